"""The one clock: every rule and every SQL text gets `now` from here.

A centre's clock is real time. In a demonstration it may run faster, from an anchor that the server and the
simulator share; `real` seconds of waiting (time-outs, heartbeats) never come from here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Anchor:
    """At the real time `real` the clock showed `shown`, and it runs `speed` times as fast."""

    real: datetime
    shown: datetime
    speed: float

    def at(self, real: datetime) -> datetime:
        """Return what the clock shows at the real time `real`."""
        return self.shown + (real - self.real) * self.speed


_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
REAL_TIME = Anchor(_EPOCH, _EPOCH, 1.0)
_anchor = REAL_TIME


def real_now() -> datetime:
    """Return the machine's own time, aware, UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return the centre's time, aware, UTC."""
    return _anchor.at(real_now())


def speed() -> float:
    return _anchor.speed


def real_seconds(shown_seconds: float) -> float:
    """Return how long `shown_seconds` of the centre's clock take in real seconds."""
    return shown_seconds / _anchor.speed


def run_by(anchor: Anchor) -> None:
    """Let this process's clock run by `anchor`."""
    global _anchor
    _anchor = anchor


def as_json(moment: datetime) -> str:
    """Return a moment as RFC 3339 with Z and milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def later(moment: datetime, seconds: float) -> datetime:
    return moment + timedelta(seconds=seconds)
