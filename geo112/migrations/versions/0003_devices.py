"""Devices with keys of their own, a history of pings in partitions by day, a quarantine that is bounded.

No foreign keys and no GiST on the history: each costs as much as the row. What was kept so far becomes the history of
one device a unit, in the default partition.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STEPS = """
CREATE TABLE device (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_device PRIMARY KEY,
    sender text NOT NULL,
    label text NOT NULL,
    unit_id bigint CONSTRAINT fk_device_unit_id_unit REFERENCES unit (id),
    priority smallint NOT NULL DEFAULT 1,
    key_hash bytea CONSTRAINT uq_device_key_hash UNIQUE,
    token_id bigint CONSTRAINT uq_device_token_id UNIQUE CONSTRAINT fk_device_token_id_token REFERENCES token (id),
    account_id bigint CONSTRAINT uq_device_account_id UNIQUE
                      CONSTRAINT fk_device_account_id_account REFERENCES account (id),
    forwarder_id bigint CONSTRAINT fk_device_forwarder_id_device REFERENCES device (id),
    said_id text,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    revoked_at timestamptz,
    heard_at timestamptz,
    clock_offset_s double precision NOT NULL DEFAULT 0,
    clock_samples double precision[] NOT NULL DEFAULT '{}',
    believed_at timestamptz,
    believed_lon double precision,
    believed_lat double precision,
    suspect_at timestamptz,
    suspect_lon double precision,
    suspect_lat double precision,
    suspect_since timestamptz,
    suspect_count smallint,
    CONSTRAINT uq_device_forwarder_id_said_id UNIQUE (forwarder_id, said_id)
) WITH (fillfactor = 70);
ALTER TABLE fix RENAME TO fix_before;
ALTER TABLE fix_before RENAME CONSTRAINT pk_fix TO pk_fix_before;
CREATE TABLE fix (
    device_id bigint NOT NULL,
    fixed_at timestamptz NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    kind text NOT NULL,
    unit_id bigint NOT NULL,
    client_id uuid,
    at timestamptz NOT NULL,
    sent_at timestamptz,
    received_at timestamptz NOT NULL,
    accuracy_m double precision,
    speed_mps double precision,
    bearing_deg double precision,
    battery double precision,
    is_clamped boolean NOT NULL DEFAULT false,
    refused text,
    CONSTRAINT pk_fix PRIMARY KEY (device_id, fixed_at, lon, lat, kind)
) PARTITION BY RANGE (fixed_at);
CREATE UNIQUE INDEX uq_fix_client ON fix (device_id, client_id, fixed_at) WHERE client_id IS NOT NULL;
CREATE TABLE fix_other_days PARTITION OF fix DEFAULT;
INSERT INTO device (sender, label, unit_id, created_at, created_by)
SELECT DISTINCT 'crew', 'sebelum 0003', unit_id, now(), 'system' FROM fix_before;
INSERT INTO fix
SELECT device.id, old.fixed_at, old.lon, old.lat, old.kind, old.unit_id, old.client_id, old.fixed_at, old.sent_at,
       old.received_at, old.accuracy_m, old.speed_mps, old.bearing_deg, old.battery
  FROM fix_before AS old JOIN device ON device.unit_id = old.unit_id
    ON CONFLICT DO NOTHING;
DROP TABLE fix_before;
ALTER TABLE unit_position ADD COLUMN device_id bigint, ADD COLUMN priority smallint NOT NULL DEFAULT 1;
CREATE TABLE quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_quarantine PRIMARY KEY,
    device_id bigint CONSTRAINT fk_quarantine_device_id_device REFERENCES device (id),
    unit_id bigint CONSTRAINT fk_quarantine_unit_id_unit REFERENCES unit (id),
    sender text NOT NULL,
    code text NOT NULL,
    said_id text NOT NULL,
    client_id text NOT NULL,
    address text NOT NULL,
    received_at timestamptz NOT NULL,
    body text NOT NULL
);
CREATE TABLE quarantine_count (
    sender text NOT NULL,
    code text NOT NULL,
    put_aside bigint NOT NULL DEFAULT 0,
    dropped bigint NOT NULL DEFAULT 0,
    CONSTRAINT pk_quarantine_count PRIMARY KEY (sender, code)
);
INSERT INTO quarantine (unit_id, sender, code, said_id, client_id, address, received_at, body)
SELECT unit_id, 'crew', code, '', client_id, '', received_at, CAST(body AS text) FROM fix_quarantine ORDER BY id;
INSERT INTO quarantine_count (sender, code, put_aside) SELECT sender, code, count(*) FROM quarantine GROUP BY 1, 2;
DROP TABLE fix_quarantine
"""


def upgrade() -> None:
    for step in STEPS.split(";\n"):
        op.execute(step)
