"""The newest position of every unit, in the order in which this process came to see them.

                      turn   1   2   3   4   5 …        each position seen gets the next turn
    a screen that was told up to turn 3 ────────► needs 4, 5, …; of a unit that moved twice only the newest is left

So no position ever waits for a slow screen: what it has missed is looked up when it can be told again.

A *version* is drawn by the database when a position is written, and becomes visible with the commit, up to OVERLAP_S
later: a smaller one may appear after a greater one. Marks say which version was the greatest one visible at which time.

* What was drawn by then is visible OVERLAP_S later. So whatever has appeared since the last look has a version above
  the mark of OVERLAP_S before that look (`floor`), however long ago the look was.
* A screen that comes back names the greatest version it was told. While this process did not see that version yet, the
  screen had not been told it either, by whatever process; whatever was seen here by then is older than what it knows.
  It is told all since (`turn_before`), and OVERLAP_S more. A process that is younger than that tells it everything.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

OVERLAP_S = 20.0  # longer than a delivery of pings may take (tracking.pipeline.ANSWERS_WITHIN_S)
MARK_EVERY_S = 0.5
MARKS = 1200  # ten minutes of a busy day; who was away for longer gets every position


@dataclass(slots=True)
class Located:
    """Where a unit is, as screens are told it; written when asked, for most are overtaken before any screen is."""

    unit_id: int
    version: int
    lon: float
    lat: float
    opd_ids: frozenset[int]  # its own OPD, and those of the incident that it is on
    is_assigned: bool
    write: Callable[[], tuple[bytes, bytes | None]]  # position and ETA, JSON
    turn: int = 0
    _written: tuple[bytes, bytes | None] | None = None

    def written(self) -> tuple[bytes, bytes | None]:
        if self._written is None:
            self._written = self.write()
        return self._written


class Mark(NamedTuple):
    at_s: float
    version: int
    turn: int


class Latest:
    """See the module. Times are monotonic seconds of one clock."""

    def __init__(self) -> None:
        self.turn = 0
        self.version = 0
        self._by_unit: dict[int, Located] = {}  # in order of turn
        self._asked_at_s = 0.0
        self._marks: deque[Mark] = deque(maxlen=MARKS)

    def take(self, found: Iterable[Located], asked_at_s: float, seen_at_s: float) -> None:
        """Take all that had become visible when the database was asked; the times: just before and just after that."""
        for one in found:
            self.turn += 1
            self.version = max(self.version, one.version)
            self._by_unit.pop(one.unit_id, None)
            one.turn = self.turn
            self._by_unit[one.unit_id] = one
        self._asked_at_s = asked_at_s
        newest = self._marks[-1] if self._marks else None
        if newest is None or (newest.version < self.version and newest.at_s + MARK_EVERY_S <= seen_at_s):
            self._marks.append(Mark(seen_at_s, self.version, self.turn))

    def floor(self) -> int:
        """Return a version above which everything lies that was not seen yet; 0: it may be anywhere."""
        return next((mark.version for mark in reversed(self._marks) if mark.at_s <= self._asked_at_s - OVERLAP_S), 0)

    def versions_above(self, floor: int) -> list[int]:
        """Return the versions above a floor that were seen, so that only others are asked for."""
        return [one.version for one in self._by_unit.values() if one.version > floor]

    def turn_before(self, version: int) -> int:
        """Return a turn up to which a screen that was told `version` knows everything; 0: it may know nothing."""
        unseen = next((mark for mark in reversed(self._marks) if mark.version < version), None)
        if unseen is None:
            return 0
        return next((mark.turn for mark in reversed(self._marks) if mark.at_s <= unseen.at_s - OVERLAP_S), 0)

    def since(self, turn: int) -> Iterator[Located]:
        """Yield what was seen after a turn, the newest first."""
        for one in reversed(self._by_unit.values()):
            if one.turn <= turn:
                return
            yield one

    def of(self, unit_id: int | None) -> Located | None:
        return None if unit_id is None else self._by_unit.get(unit_id)
