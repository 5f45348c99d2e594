"""Where a screen looks: what lies inside reaches it at once, what lies outside some seconds later, nothing never.

Boxes are widened to a grid whose cells are about an eighth of them, so that desks that look at nearly the same part of
the city have equal views, and share what is encoded for one of them.
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

CELLS_ACROSS = 8
SMALLEST_CELL_DEG = 1 / 128  # about 860 m at the equator


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees, WGS 84, edges included. None crosses the meridian of 180°."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class View:
    """Boxes and OPD that a screen looks at; None: at all. It narrows what its role may see, and never widens it."""

    boxes: frozenset[Box] | None = None
    opd_ids: frozenset[int] | None = None

    def shows(self, lon: float, lat: float, opd_ids: Collection[int]) -> bool:
        """Say whether a unit there lies inside; `opd_ids`: its own OPD and those of the incident that it is on."""
        if self.opd_ids is not None and self.opd_ids.isdisjoint(opd_ids):
            return False
        if self.boxes is None:
            return True
        for box in self.boxes:  # noqa: SIM110  # for every position and view: `any` takes three times as long
            if box.west <= lon <= box.east and box.south <= lat <= box.north:
                return True
        return False


EVERYTHING = View()


def widened(boxes: Iterable[Box]) -> frozenset[Box]:
    """Return the boxes, each grown to whole cells of the grid that suits its size."""
    return frozenset(_widened(box) for box in boxes)


def _widened(box: Box) -> Box:
    across = max(box.east - box.west, box.north - box.south) / CELLS_ACROSS
    # A power of two, also below 1: cells of one size lie inside those of the next, and their edges are exact floats.
    cell = 2.0 ** math.ceil(math.log2(max(across, SMALLEST_CELL_DEG)))
    return Box(
        math.floor(box.west / cell) * cell,
        math.floor(box.south / cell) * cell,
        math.ceil(box.east / cell) * cell,
        math.ceil(box.north / cell) * cell,
    )
