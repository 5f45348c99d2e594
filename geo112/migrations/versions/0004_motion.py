"""What each unit does by its newest fix, and the steps that its motion speaks for, until a person confirms them."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STEPS = """
CREATE TABLE unit_motion (
    unit_id bigint CONSTRAINT pk_unit_motion PRIMARY KEY
                   CONSTRAINT fk_unit_motion_unit_id_unit REFERENCES unit (id),
    fixed_at timestamptz NOT NULL,
    road_lon double precision,
    road_lat double precision,
    road_m double precision,
    is_moving boolean NOT NULL,
    since timestamptz NOT NULL,
    rest_lon double precision NOT NULL,
    rest_lat double precision NOT NULL,
    rest_at timestamptz NOT NULL,
    fixes integer NOT NULL,
    outside_at timestamptz,
    assignment_id bigint,
    is_homeward boolean NOT NULL,
    left_at timestamptz,
    there_since timestamptz,
    home_since timestamptz,
    eta_s double precision,
    eta_source text,
    straight_m double precision
) WITH (fillfactor = 70);
CREATE TABLE proposal (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_proposal PRIMARY KEY,
    assignment_id bigint NOT NULL CONSTRAINT fk_proposal_assignment_id_assignment REFERENCES assignment (id),
    status text NOT NULL,
    at timestamptz NOT NULL,
    evidence jsonb NOT NULL,
    proposed_at timestamptz NOT NULL,
    state text NOT NULL,
    settled_at timestamptz,
    settled_by text,
    CONSTRAINT uq_proposal_assignment_id_status_at UNIQUE (assignment_id, status, at)
);
CREATE UNIQUE INDEX uq_proposal_open ON proposal (assignment_id, status) WHERE state = 'OPEN';
CREATE INDEX ix_assignment_unit_id_id ON assignment (unit_id, id)
"""


def upgrade() -> None:
    for step in STEPS.split(";\n"):
        op.execute(step)
