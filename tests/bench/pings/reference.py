"""What the server is measured by: raw COPY, and the best that one connection can do with the same tables by itself.

Rows are made ready as binary COPY before the clock runs: neither reference pays for Python.
"""

import struct
import uuid
from collections.abc import Sequence

import psycopg

from tests.bench.pings.fleet import Phone
from tests.bench.pings.tracks import Fixes

COLUMNS = (
    "device_id, fixed_at, lon, lat, kind, unit_id, client_id, at, sent_at, received_at, accuracy_m, speed_mps,"
    " bearing_deg, battery, is_clamped, refused"
)
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
SINCE_2000 = 946_684_800  # PostgreSQL counts from there
RAW_ROWS = 5_000  # a commit

PLAIN = f"CREATE TABLE plain AS SELECT {COLUMNS} FROM fix WHERE false"  # noqa: S608  (a constant)
STAGE = f"CREATE TEMP TABLE stage ON COMMIT DELETE ROWS AS SELECT {COLUMNS} FROM fix WHERE false"  # noqa: S608
# The history, and of each unit the newest: all that an ingest must do for the database. Two ways to keep a fix once.
KEEP = """
    WITH stored AS (
            {insert}
         RETURNING device_id, unit_id, at, received_at, lon, lat, accuracy_m, speed_mps, bearing_deg, battery)
    INSERT INTO unit_position AS present (unit_id, lon, lat, fixed_at, received_at, heard_at, accuracy_m,
                                          speed_mps, bearing_deg, battery, version, device_id)
    SELECT DISTINCT ON (unit_id) unit_id, lon, lat, at, received_at, received_at, accuracy_m, speed_mps,
           bearing_deg, battery, nextval('position_version'), device_id
      FROM stored
     ORDER BY unit_id, at DESC
        ON CONFLICT (unit_id) DO UPDATE
       SET lon = EXCLUDED.lon, lat = EXCLUDED.lat, fixed_at = EXCLUDED.fixed_at, received_at = EXCLUDED.received_at,
           heard_at = EXCLUDED.heard_at, accuracy_m = EXCLUDED.accuracy_m, speed_mps = EXCLUDED.speed_mps,
           bearing_deg = EXCLUDED.bearing_deg, battery = EXCLUDED.battery, version = EXCLUDED.version,
           device_id = EXCLUDED.device_id
     WHERE present.fixed_at < EXCLUDED.fixed_at"""
INSERT = f"INSERT INTO fix ({COLUMNS}) SELECT {COLUMNS} FROM stage"  # noqa: S608
TWIN = """
    fix.device_id = stage.device_id AND fix.fixed_at = stage.fixed_at
    AND (fix.client_id = stage.client_id OR (fix.lon = stage.lon AND fix.lat = stage.lat AND fix.kind = stage.kind))"""
WAYS = {
    "on conflict": KEEP.format(insert=f"{INSERT} ORDER BY device_id, fixed_at ON CONFLICT DO NOTHING"),
    "unless there": KEEP.format(
        insert=f"{INSERT} WHERE NOT EXISTS (SELECT FROM fix WHERE {TWIN}) ORDER BY device_id, fixed_at"
    ),
}


def as_copy(fixes: Fixes, phones: Sequence[Phone]) -> list[bytes]:
    """Return each fix as a row of binary COPY, with a uuid as the crew's page makes one."""
    pack = struct.Struct(">hiqiqididi3siqi16siq4siqididididib4s").pack
    rows = []
    columns = (fixes.device, fixes.second, fixes.lon, fixes.lat, fixes.speed_mps, fixes.bearing_deg)
    for device, second, lon, lat, speed, bearing in zip(*(one.tolist() for one in columns), strict=True):
        at = (second - SINCE_2000) * 1_000_000
        phone = phones[device]
        rows.append(
            pack(
                16, 8, phone.device_id, 8, at, 8, lon, 8, lat, 3, b"fix", 8, phone.unit_id, 16, uuid.uuid4().bytes,
                8, at, NULL, 8, at, 8, 9.0, 8, speed, 8, bearing, 8, 0.62, 1, 0, NULL,
            )
        )  # fmt: skip
    return rows


def parts(rows: Sequence[bytes], many: int) -> list[bytes]:
    """Return whole COPY streams of `many` rows each."""
    return [HEADER + b"".join(rows[first : first + many]) + TRAILER for first in range(0, len(rows), many)]


def copy_raw(connection: psycopg.Connection, streams: Sequence[bytes]) -> None:
    """COPY each stream into a table of the same columns without any index, and commit it."""
    for stream in streams:
        with connection.cursor().copy("COPY plain FROM STDIN (FORMAT binary)") as copy:
            copy.write(stream)


def keep(connection: psycopg.Connection, streams: Sequence[bytes], way: str) -> None:
    """Keep each stream, each in a commit: through a stage into the history and the newest positions."""
    for stream in streams:
        with connection.transaction():
            with connection.cursor().copy("COPY stage FROM STDIN (FORMAT binary)") as copy:
                copy.write(stream)
            connection.execute(WAYS[way], prepare=True)
