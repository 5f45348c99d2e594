"""What a peer is asked. Each may lack some calls; a work asks those that have the one it needs."""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
from shapely import LineString

from routing.milliseconds import INF_MS
from tests.bench.setting import Drawn, Place, PlainArcs

NEVER_MS = 2**31 - 1


class NotHere(Exception):
    """What a peer needs is not installed; the message says what."""


class Peer:
    """An engine: `soonest`, and as far as it can `field`, `matrix`, `path`, `close` and `open`.

    What it may do once for a fleet, whose units stand where they stand for many questions, it does in `hold`.
    """

    name: ClassVar[str]
    most_units: ClassVar[int] = 10**9  # beyond, one answer takes seconds to minutes
    is_in_process: ClassVar[bool] = True  # so that what it takes in memory can be seen

    def hold(self, units: Sequence[Place]) -> Any:
        raise NotImplementedError

    def soonest(self, held: Any, scene: Place, k: int) -> Sequence[int]:
        raise NotImplementedError

    def end(self) -> None:
        """Give back what is held outside this process."""

    def can(self, call: str) -> bool:
        return hasattr(self, call)


class ArcsPeer(Peer):
    """One that knows no turns: it runs on our search graph with our times, from node to node.

    It is spared the pieces of streets at either end, so it has a little less to do than ours.
    """

    def __init__(self, arcs: PlainArcs) -> None:
        self.arcs = arcs

    def hold(self, units: Sequence[Place]) -> Any:
        return np.array([unit.node for unit in units])

    def leads_through(self, way: Sequence[int], closed: Drawn) -> bool:
        """Say whether a way, as nodes in driving order, uses a closed arc."""
        rows = closed.row[closed.ms >= INF_MS]
        shut = set(zip(self.arcs.tail[rows].tolist(), self.arcs.head[rows].tolist(), strict=True))
        return any(step in shut for step in itertools.pairwise(way))


class ExtractPeer(Peer):
    """One that reads the extract with a profile of its own, turns included: only its time can be compared."""

    def hold(self, units: Sequence[Place]) -> Any:
        return [unit.lon_lat for unit in units]

    def leads_through(self, way: Any, closed: Drawn) -> bool:
        inside = closed.outline.buffer(-1e-5)  # a metre: what is snapped to the edge is out
        return way is not None and bool(self.line(way).intersects(inside))

    def line(self, way: Any) -> LineString:
        raise NotImplementedError


def soonest_of(times: Iterable[float | None], k: int) -> list[int]:
    """Return the numbers of the `k` least times; None: no way."""
    known = [NEVER_MS if each is None else each for each in times]
    return sorted(range(len(known)), key=known.__getitem__)[:k]
