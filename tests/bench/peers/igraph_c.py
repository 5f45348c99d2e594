"""python-igraph: Dijkstra in C."""

from collections.abc import Sequence
from typing import Any

import igraph
import numpy as np

from routing.milliseconds import INF_MS
from tests.bench.peers.peer import ArcsPeer, soonest_of
from tests.bench.setting import Drawn, Place, PlainArcs


class Igraph(ArcsPeer):
    """Times stand beside the graph, in seconds."""

    name = "igraph"

    def __init__(self, arcs: PlainArcs) -> None:
        super().__init__(arcs)
        self.graph = igraph.Graph(n=arcs.node_count, edges=np.column_stack([arcs.tail, arcs.head]), directed=True)
        self.seconds: list[float] = (arcs.ms / 1000.0).tolist()

    def hold(self, units: Sequence[Place]) -> Any:
        nodes = sorted({unit.node for unit in units})
        return nodes, [nodes.index(unit.node) for unit in units]  # targets may not be named twice

    def field(self, scene: Place) -> list[float]:
        return self.graph.distances([scene.node], weights=self.seconds, mode="in")[0]

    def soonest(self, held: Any, scene: Place, k: int) -> Sequence[int]:
        nodes, of_unit = held
        seconds = self.graph.distances([scene.node], nodes, self.seconds, mode="in")[0]
        return soonest_of((seconds[at] for at in of_unit), k)

    def matrix(self, held: Any, scenes: Sequence[Place]) -> list[list[float]]:
        return self.graph.distances([scene.node for scene in scenes], held[0], self.seconds, mode="in")

    def path(self, unit: Place, scene: Place) -> list[int]:
        return self.graph.get_shortest_path(unit.node, scene.node, weights=self.seconds)

    def close(self, closed: Drawn) -> None:
        for row, ms in zip(closed.row.tolist(), closed.ms.tolist(), strict=True):
            self.seconds[row] = ms / 1000.0 if ms < INF_MS else float("inf")

    def open(self, closed: Drawn) -> None:
        for row in closed.row.tolist():
            self.seconds[row] = float(self.arcs.ms[row]) / 1000.0
