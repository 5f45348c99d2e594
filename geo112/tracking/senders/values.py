"""Numbers, times and keys as phones write them. None stands for what is missing, unknown or no such thing."""

import base64
import binascii
import math
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec

from geo112.tracking.fix import Fix, Kind

KNOT_MPS = 1852 / 3600
KMH_MPS = 1 / 3.6
SECONDS_BELOW = 2**31 - 1  # Traccar's rule: a greater number is in milliseconds


def number(said: Any) -> float | None:
    """Return a finite number, written as one or as text."""
    if type(said) is float:  # nearly all are
        return said if math.isfinite(said) else None
    if isinstance(said, bool) or not isinstance(said, (int, float, str)):
        return None
    try:
        value = float(said)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def known(said: Any, times: float = 1.0) -> float | None:
    """Return a number that cannot be negative, in another unit; phones write -1 for unknown."""
    value = number(said)
    return None if value is None or value < 0 else value * times


def accuracy(said: Any) -> float | None:
    """Return a radius in metres; no receiver is exact, so that 0 means unknown."""
    return known(said) or None


def percent(said: Any) -> float | None:
    """Return a share from 0 to 1 of what is written from 0 to 100."""
    return share(known(said, 0.01))


def share(said: Any) -> float | None:
    value = known(said)
    return None if value is None else min(value, 1.0)


def moment(said: Any, zone: tzinfo) -> datetime | None:
    """Return an aware moment in UTC of seconds, milliseconds or ISO 8601; `zone` is of times that name none."""
    value = None if isinstance(said, str) and ":" in said else number(said)
    try:
        if value is not None:
            return datetime.fromtimestamp(value if value < SECONDS_BELOW else value / 1000, UTC)
        if not isinstance(said, str):
            return None
        at = datetime.fromisoformat(said.strip())
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def is_true(said: Any) -> bool:
    return said is True or (isinstance(said, str) and said.strip().lower() in ("true", "1", "yes"))


def text(said: Any) -> str:
    return str(said) if isinstance(said, str | int) else ""


def member(said: Any) -> dict[str, Any]:
    """Return a JSON object, or an empty one where something else stands."""
    return said if isinstance(said, dict) else {}


def json(body: bytes) -> Any:
    """Return what a body says.

    Raises:
        msgspec.DecodeError: it is no JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error


def bearer(headers: Mapping[str, str]) -> str:
    """Return the token of an Authorization header, or nothing."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def basic(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return user and password of an Authorization header, or nothing twice."""
    scheme, _, coded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password


def place(lon: Any, lat: Any) -> tuple[float, float] | None:
    """Return lon and lat in degrees, or None where one is missing or no number."""
    east, north = number(lon), number(lat)
    return None if east is None or north is None else (east, north)


def fix(at: datetime, lon_lat: tuple[float, float], kind: Kind = "fix", **more: Any) -> Fix:
    return Fix(kind=kind, fixed_at=at, lon=lon_lat[0], lat=lon_lat[1], **more)
