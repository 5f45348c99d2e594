"""A phone or vehicle box that sends for a unit: what is known of it before its next message is judged."""

from dataclasses import dataclass
from datetime import datetime

from geo112.coordinates import LonLat


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a device was, EPSG:4326, and when by the corrected clock."""

    at: datetime
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Suspect:
    """A place that looks like a jump, and how long the device has insisted on it."""

    last: Seen
    since: datetime
    count: int


@dataclass(slots=True)
class Device:
    """A device under its row lock. What judging changes is written back in the same transaction."""

    id: int
    sender: str
    unit_id: int | None
    priority: int  # 1 before 2: a smaller number wins while it is fresh
    post: LonLat | None  # of its unit
    is_revoked: bool
    clock_samples: list[float]  # seconds, newest last; see clock.py
    believed: Seen | None  # the newest fix that was believed
    suspect: Suspect | None
    newest_at: datetime | None = None  # the latest raw fix time in its history: what is later is no twin of anything
