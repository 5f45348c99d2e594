"""scipy.sparse.csgraph, on the graph turned round: one search answers for all units."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from routing.milliseconds import INF_MS
from routing.network import Floats
from tests.bench.peers.peer import ArcsPeer
from tests.bench.setting import Drawn, Place, PlainArcs


class Scipy(ArcsPeer):
    """Times are whole milliseconds in float64, so that sums are exact."""

    name = "scipy"

    def __init__(self, arcs: PlainArcs) -> None:
        super().__init__(arcs)
        order = np.lexsort((arcs.tail, arcs.head))
        start = np.concatenate([[0], np.cumsum(np.bincount(arcs.head, minlength=arcs.node_count))])
        shape = (arcs.node_count, arcs.node_count)
        self.turned = csr_matrix((arcs.ms[order].astype(np.float64), arcs.tail[order], start), shape=shape)
        self.slot = np.empty(len(order), dtype=np.int64)
        self.slot[order] = np.arange(len(order))

    def field(self, scene: Place) -> Floats:
        return self.field_ms(scene.node)

    def field_ms(self, node: int) -> Floats:
        return dijkstra(self.turned, indices=node)

    def soonest(self, held: Any, scene: Place, k: int) -> Sequence[int]:
        return np.argsort(self.field(scene)[held])[:k].tolist()

    def matrix(self, held: Any, scenes: Sequence[Place]) -> Floats:
        return dijkstra(self.turned, indices=[scene.node for scene in scenes])[:, held]

    def close(self, closed: Drawn) -> None:
        self.turned.data[self.slot[closed.row]] = np.where(closed.ms < INF_MS, closed.ms, np.inf)

    def open(self, closed: Drawn) -> None:
        self.turned.data[self.slot[closed.row]] = self.arcs.ms[closed.row]
