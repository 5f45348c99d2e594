"""Names that the call centre adds; the search of names moved out of the database."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_gazetteer_norm_trgm", table_name="gazetteer")
    op.drop_index("ix_gazetteer_norm", table_name="gazetteer")
    op.create_table(
        "local_name",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("point", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("uncertainty_m", sa.Double(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('PROPOSED', 'APPROVED', 'REJECTED')", name=op.f("ck_local_name_state_known")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_local_name_incident_id_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_name")),
    )


def downgrade() -> None:
    op.drop_table("local_name")
    op.create_index("ix_gazetteer_norm", "gazetteer", ["norm"], postgresql_ops={"norm": "text_pattern_ops"})
    op.create_index(
        "ix_gazetteer_norm_trgm", "gazetteer", ["norm"], postgresql_using="gin", postgresql_ops={"norm": "gin_trgm_ops"}
    )
