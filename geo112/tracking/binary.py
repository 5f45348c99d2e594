"""Values as PostgreSQL writes them in binary. Each is None where the value is NULL.

Source: PostgreSQL's functions boolsend, int8send, float8send, timestamptz_send, array_send.
"""

import struct
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # moments are microseconds since then
MICROSECOND = timedelta(microseconds=1)

ARRAY_HEADER = 20  # bytes of an array of one dimension before its elements


def microseconds(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def moment(value: bytes | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(microseconds=int.from_bytes(value, signed=True))


def whole(value: bytes | None) -> int | None:
    return None if value is None else int.from_bytes(value, signed=True)


def number(value: bytes | None) -> float | None:
    """Return a float8."""
    found: float | None = None if value is None else struct.unpack(">d", value)[0]
    return found


def numbers(value: bytes | None) -> list[float]:
    """Return a float8[] of one dimension without NULL in it; NULL and the empty array are the empty list."""
    if value is None:
        return []
    many = max(0, len(value) - ARRAY_HEADER) // 12
    return list(struct.unpack_from(">" + "4xd" * many, value, ARRAY_HEADER)) if many else []


def is_true(value: bytes | None) -> bool:
    return value == b"\x01"


def text(value: bytes | None) -> str:
    return "" if value is None else value.decode()
