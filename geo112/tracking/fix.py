"""A fix: where a phone says it is, when by its own clock, and what may be believed of it. Pure.

Fix time rules, receive time does not: a queue flushed after a dead zone is history, it never looks live.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

Kind = Literal["fix", "heartbeat", "manual"]

FUTURE_TOLERATED = timedelta(seconds=5)  # clocks of phones differ; beyond this the fix is clamped to its arrival
OLDEST = timedelta(hours=24)  # older goes to history only
IMPOSSIBLE_MPS = 90.0  # 324 km/h


@dataclass(frozen=True, slots=True)
class Fix:
    """A position in WGS 84 degrees, lon then lat."""

    client_id: UUID
    said_id: str  # the same, as the phone wrote it: only by this does it know what it may forget
    kind: Kind
    fixed_at: datetime
    sent_at: datetime | None
    lon: float
    lat: float
    accuracy_m: float | None
    speed_mps: float | None
    bearing_deg: float | None
    battery: float | None


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
    return next((code for code, is_so in REFUSALS if is_so(fix)), None)


def clamped(fix: Fix, received_at: datetime) -> Fix:
    """Return the fix with a time in the future brought back to its arrival: it must not freeze the marker."""
    return replace(fix, fixed_at=received_at) if fix.fixed_at > received_at + FUTURE_TOLERATED else fix


def may_move_marker(fix: Fix, received_at: datetime) -> bool:
    """Say whether a fix may become the newest position: a heartbeat says only that the phone is alive."""
    return fix.kind != "heartbeat" and received_at - fix.fixed_at < OLDEST
