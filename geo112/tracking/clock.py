"""How wrong a device's clock is, and when a fix was taken by ours. Pure.

    offset = our clock - the device's, from live messages: received - sent. Delay only ever adds to a sample, therefore
    a low quartile of the last twelve; a few seconds are delay and no error, and are left alone.

Where a format does not tell the moment of sending, the newest fix stands for it. Then a clock that is ahead can be
seen, but one that is behind looks just like a queue that comes late, and is never made fresher than it says. Such a
message shows nothing: a flushed queue must not make a clock that is known to be ahead look right.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

WINDOW = 12  # samples: a corrected clock counts after three, a clock set right after nine
LEAST = 3
TOLERATED_S = 5.0  # what networks take
ABSURD_S = 3600.0  # such a clock tells nothing; its fixes are clamped or old


def sample(received_at: datetime, sent_at: datetime | None, newest_fix_at: datetime | None) -> float | None:
    """Return seconds to add to the device's clock as one message shows it, or None where it shows nothing."""
    if sent_at is not None:
        found = (received_at - sent_at).total_seconds()
    elif newest_fix_at is not None:
        found = (received_at - newest_fix_at).total_seconds()
        if found > TOLERATED_S:
            return None
        found = min(0.0, found)
    else:
        return None
    return found if abs(found) < ABSURD_S else None


def offset_s(samples: Sequence[float]) -> float:
    """Return seconds to add to the device's clock; 0 while little is known or where it is about right."""
    if len(samples) < LEAST:
        return 0.0
    low = sorted(samples)[len(samples) // 4]
    return low if abs(low) > TOLERATED_S else 0.0


def corrected(fixed_at: datetime, offset: float, received_at: datetime) -> tuple[datetime, bool]:
    """Return when a fix was taken by our clock, and whether it lay in the future and was brought back."""
    at = fixed_at
    if offset:
        try:
            at = fixed_at + timedelta(seconds=offset)
        except OverflowError:
            at = fixed_at
    if (at - received_at).total_seconds() > TOLERATED_S:
        return received_at, True
    return at, False
