"""Between when and when a unit is expected, from what the roads say it takes.

    seconds by the roads ──► × how much longer or shorter drives of that length have taken ──► 8 in 10 arrive in between

The table is data for a planner to replace: `learned` makes one of drives that a centre has recorded.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

SHARE_IN = 0.8  # of all arrivals; a tenth is earlier, a tenth later
DRIVES_EACH = 50  # fewer say too little of tenths


class Spread(NamedTuple):
    """How drives of a length have turned out."""

    up_to_s: float  # drives that should take this long at most; inf: all longer ones
    low: float  # times what it should take: a tenth was sooner
    high: float  # a tenth was later


Table = Sequence[Spread]  # by up_to_s, the last one for inf

# Nobody has published how Indonesian emergency drives compare with free-flow road times. Until a centre has driven,
# this is what the simulated drivers of the demonstration do: 0.9 to 1.15 times the path (geo112/simulation/crews.py),
# evenly, less a tenth at either end. It is too narrow for a real city; `learned` replaces it.
SIMULATED: Table = (Spread(float("inf"), 0.925, 1.125),)


class Interval(NamedTuple):
    """Seconds from now."""

    earliest_s: float
    latest_s: float


def arrival_interval(seconds: float, table: Table = SIMULATED) -> Interval:
    """Return between when and when a drive of `seconds` ends, eight times in ten; it holds `seconds` itself.

    inf (no way) stays inf.

    Raises:
        ValueError: `seconds` is negative or no number.
    """
    if not seconds >= 0.0:
        raise ValueError(f"A drive takes some seconds or none, not {seconds}.")
    spread = table[bisect_left([each.up_to_s for each in table], seconds)]
    return Interval(seconds * min(spread.low, 1.0), seconds * max(spread.high, 1.0))


def learned(drives: Iterable[tuple[float, float]]) -> Table:
    """Return the table of recorded drives (seconds by the roads, seconds driven), in as many lengths as they bear.

    Drives that should have taken no time are left out. Lengths are cut so that each holds as many drives, at least
    `DRIVES_EACH`, and eight at most.

    Raises:
        ValueError: there are fewer drives than that.
    """
    pairs = np.array([pair for pair in drives if pair[0] > 0], dtype=np.float64).reshape(-1, 2)
    if len(pairs) < DRIVES_EACH:
        raise ValueError(f"{len(pairs)} drives say too little; {DRIVES_EACH} are needed.")
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    groups = np.array_split(pairs, min(8, len(pairs) // DRIVES_EACH))
    ends = [float(group[-1, 0]) for group in groups[:-1]] + [float("inf")]
    tenth = (1 - SHARE_IN) / 2
    factors = [np.quantile(group[:, 1] / group[:, 0], [tenth, 1 - tenth]).tolist() for group in groups]
    return tuple(Spread(end, low, high) for end, (low, high) in zip(ends, factors, strict=True))
