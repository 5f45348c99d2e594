"""What an arrival time is worth when the fix behind it grows old: an interval. Pure.

    soonest   it drove on to the TKP ever since            eta − 1.05 × age, not below 0
    latest    on its way: it has stood there since         eta
              free: it drove away, and has to come back    eta + 1.05 × age, of at most a quarter of an hour

By the triangle inequality: who drove for so long is at most so much nearer, or farther. web/src/core/aging.ts counts
the same on a screen as the age grows; tests/dispatching/aged_etas.json holds both to the same figures.
"""

from dataclasses import dataclass

from geo112.dispatching.whereabouts import LONGEST_S, SLACK

FRESH_S = 60.0  # up to here a fix is now, and its arrival time one figure


@dataclass(frozen=True, slots=True)
class Interval:
    """Between when and when a unit can be there, seconds from now."""

    soonest_s: float
    latest_s: float

    @property
    def middle_s(self) -> float:
        return (self.soonest_s + self.latest_s) / 2


def aged(eta_s: float, age_s: float, *, is_on_its_way: bool) -> Interval:
    """Return the interval that an arrival time has become.

    Args:
        eta_s: from the place of the fix, seconds.
        age_s: of the fix, seconds.
        is_on_its_way: it was sent to this TKP and has not arrived; else it may have driven anywhere.
    """
    age_s = max(age_s, 0.0)
    away_s = 0.0 if is_on_its_way else SLACK * min(age_s, LONGEST_S)
    return Interval(max(0.0, eta_s - SLACK * age_s), eta_s + away_s)
