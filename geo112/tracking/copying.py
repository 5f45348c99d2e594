"""Fixes as PostgreSQL's binary COPY takes them: a third of the work of parameters, and the history has many columns.

    11 bytes that say what follows · flags · no extension · rows: count of fields, each its length and value · end

Source: PostgreSQL's documentation of COPY, binary format. What values are: binary.py.
"""

import struct
from collections.abc import Iterable

from geo112.tracking.binary import microseconds
from geo112.tracking.judging import Ping

COPY = b"""
    COPY fix (device_id, unit_id, fixed_at, at, received_at, lon, lat, is_clamped, kind, refused, client_id, sent_at,
              accuracy_m, speed_mps, bearing_deg, battery)
    FROM STDIN (FORMAT binary)"""

HEADER, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
ALWAYS = struct.Struct(">hiqiqiqiqiqididi?").pack  # the first eight of sixteen fields
TEXT = struct.Struct(">i").pack
MOMENT = struct.Struct(">iq").pack
NUMBER = struct.Struct(">id").pack
UUID = struct.Struct(">i16s").pack


def as_copy(pings: Iterable[Ping]) -> bytes:
    """Return a whole stream for COPY."""
    return HEADER + b"".join(map(_row, pings)) + END


def _row(ping: Ping) -> bytes:
    fix = ping.fix
    fixed_at = microseconds(fix.fixed_at)
    at = fixed_at if ping.at is fix.fixed_at else microseconds(ping.at)
    received_at = microseconds(ping.received_at)
    kind = fix.kind.encode()
    return b"".join(
        (
            ALWAYS(
                16, 8, ping.device_id, 8, ping.unit_id, 8, fixed_at, 8, at, 8, received_at, 8, fix.lon, 8, fix.lat,
                1, ping.is_clamped,
            ),
            TEXT(len(kind)),
            kind,
            NULL if ping.refused is None else TEXT(len(ping.refused)) + ping.refused.encode(),
            NULL if fix.client_id is None else UUID(16, fix.client_id.bytes),
            NULL if fix.sent_at is None else MOMENT(8, microseconds(fix.sent_at)),
            NULL if fix.accuracy_m is None else NUMBER(8, fix.accuracy_m),
            NULL if fix.speed_mps is None else NUMBER(8, fix.speed_mps),
            NULL if fix.bearing_deg is None else NUMBER(8, fix.bearing_deg),
            NULL if fix.battery is None else NUMBER(8, fix.battery),
        )
    )  # fmt: skip
