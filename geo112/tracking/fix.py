"""A fix: where a phone says it is, when by its own clock, and what may be believed of it. Pure.

Fix time rules, receive time does not: a queue flushed after a dead zone is history, it never looks live.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

# A ping is sent by the app of its own accord, a heartbeat because time went by: neither says that the place is fresh.
Kind = Literal["fix", "manual", "ping", "heartbeat"]

OLDEST = timedelta(hours=24)  # older goes to history only
IMPOSSIBLE_MPS = 90.0  # 324 km/h


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """A position in WGS 84 degrees, lon then lat."""

    kind: Kind
    fixed_at: datetime  # by the phone's clock, aware, UTC
    lon: float
    lat: float
    client_id: UUID | None = None  # by which its phone marks it, where that is a uuid
    said_id: str = ""  # the mark as the phone wrote it: only by this does it know what it may forget
    sent_at: datetime | None = None  # by the phone's clock; None where the format does not tell
    accuracy_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    battery: float | None = None  # 0 to 1
    is_mock: bool = False  # the phone says itself that something feeds it positions


def _off_earth(fix: Fix) -> bool:
    return not (-180 <= fix.lon <= 180 and -90 <= fix.lat <= 90)


def _at_null_island(fix: Fix) -> bool:
    return abs(fix.lon) < 1e-6 and abs(fix.lat) < 1e-6


def _impossible_speed(fix: Fix) -> bool:
    return fix.speed_mps is not None and fix.speed_mps > IMPOSSIBLE_MPS


# What is not believed at all, with the code an administrator sees; tried in this order.
REFUSALS: tuple[tuple[str, Callable[[Fix], bool]], ...] = (
    ("off_earth", _off_earth),
    ("null_island", _at_null_island),
    ("impossible_speed", _impossible_speed),
)


def refusal(fix: Fix) -> str | None:
    """Return why a fix is not believed, or None."""
    for code, is_so in REFUSALS:
        if is_so(fix):
            return code
    return None
