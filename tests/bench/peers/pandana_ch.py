"""pandana's contraction hierarchy: pairs of nodes at a time, times good to some milliseconds."""

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandana
import pandas as pd

from routing.milliseconds import INF_MS
from tests.bench.peers.peer import ArcsPeer
from tests.bench.setting import Drawn, Place, PlainArcs

warnings.filterwarnings("ignore", module="pandana")  # it lists every pair that has no way


class Pandana(ArcsPeer):
    """It is fed seconds: of milliseconds its contraction comes to no end within minutes."""

    name = "pandana"

    def __init__(self, arcs: PlainArcs) -> None:
        super().__init__(arcs)
        self.network = self._made(arcs.ms)

    def soonest(self, held: Any, scene: Place, k: int) -> Sequence[int]:
        return np.argsort(self.network.shortest_path_lengths(held, np.full(len(held), scene.node)))[:k].tolist()

    def matrix(self, held: Any, scenes: Sequence[Place]) -> list[float]:
        nodes = np.repeat([scene.node for scene in scenes], len(held))
        return self.network.shortest_path_lengths(np.tile(held, len(scenes)), nodes)

    def path(self, unit: Place, scene: Place) -> list[int]:
        return self.network.shortest_path(unit.node, scene.node).tolist()

    def close(self, closed: Drawn) -> None:
        ms = self.arcs.ms.copy()
        ms[closed.row] = closed.ms
        self.network = self._made(ms)  # times of a network cannot be changed

    def open(self, closed: Drawn) -> None:
        self.network = self._made(self.arcs.ms)

    def _made(self, ms: Any) -> Any:
        arcs, is_open = self.arcs, ms < INF_MS
        ends = pd.Series(arcs.tail[is_open]), pd.Series(arcs.head[is_open])
        seconds = pd.DataFrame({"s": ms[is_open] / 1000.0})
        with _silence():
            return pandana.Network(pd.Series(arcs.lon), pd.Series(arcs.lat), *ends, seconds, twoway=False)


@contextmanager
def _silence() -> Iterator[None]:
    """Keep from standard output what C++ writes there, past Python's own."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
