"""Hourly speed sets: what share of the free speed is left in each hour of the day, by class of road.

    set = SpeedSet("workday", 1, (("primary", (1.0,) * 6 + (0.7, 0.5, …)), (OTHERS, (0.9,) * 24)))

A set is switched by naming another one in the query; nothing is rebuilt. A share is at most 1, so that what a search
graph assumes of the fastest possible drive stays true.
"""

from dataclasses import dataclass

OTHERS = "*"  # the row of all classes that have none of their own


@dataclass(frozen=True, slots=True)
class SpeedSet:
    """Shares of the free speed. Hashed by name and version: raise the version when a number changes."""

    name: str
    version: int
    shares: tuple[tuple[str, tuple[float, ...]], ...]  # (value of highway=* or OTHERS, 24 shares from 00:00 on)

    def __post_init__(self) -> None:
        for highway, row in self.shares:
            if len(row) != 24 or not all(0.0 < share <= 1.0 for share in row):
                raise ValueError(f"The row {highway} needs 24 shares above 0 and at most 1, not {row}.")

    def __hash__(self) -> int:
        return hash((self.name, self.version))

    def share(self, highway: str, hour: int | None) -> float:
        """Return the share for a class in an hour of the week, from Monday 00:00 on; 1.0 where no hour is given."""
        if hour is None:
            return 1.0
        rows = dict(self.shares)
        row = rows.get(highway) or rows.get(OTHERS)
        return 1.0 if row is None else row[hour % 24]


FREE_FLOW = SpeedSet("free flow", 1, ())
