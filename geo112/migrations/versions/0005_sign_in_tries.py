"""Tries to sign in are counted by all workers together."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE sign_in_try (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_sign_in_try PRIMARY KEY,
            username text NOT NULL,
            address text NOT NULL,
            at timestamptz NOT NULL
        )""")


def downgrade() -> None:
    op.drop_table("sign_in_try")
