"""networkx as those who work with osmnx call it: a MultiDiGraph whose edges carry `travel_time`."""

from collections.abc import Sequence
from typing import Any

import networkx as nx

from routing.milliseconds import INF_MS
from routing.network import Ints
from tests.bench.peers.peer import ArcsPeer, soonest_of
from tests.bench.setting import Drawn, Place, PlainArcs


class Networkx(ArcsPeer):
    """One search for all units, on the graph turned round: the best that can be had of it."""

    name = "networkx"

    def __init__(self, arcs: PlainArcs) -> None:
        super().__init__(arcs)
        self.turned = _graph(arcs.node_count, arcs.head, arcs.tail, arcs.ms)

    def hold(self, units: Sequence[Place]) -> Any:
        return [unit.node for unit in units]

    def field(self, scene: Place) -> dict[int, float]:
        return nx.single_source_dijkstra_path_length(self.turned, scene.node, weight="travel_time")

    def soonest(self, held: Any, scene: Place, k: int) -> Sequence[int]:
        seconds = self.field(scene)
        return soonest_of((seconds.get(unit) for unit in held), k)

    def path(self, unit: Place, scene: Place) -> list[int]:
        try:
            return nx.shortest_path(self.turned, scene.node, unit.node, weight="travel_time")[::-1]
        except nx.NetworkXNoPath:
            return []

    def close(self, closed: Drawn) -> None:
        self._set(closed.row, [ms / 1000.0 if ms < INF_MS else float("inf") for ms in closed.ms.tolist()])

    def open(self, closed: Drawn) -> None:
        self._set(closed.row, (self.arcs.ms[closed.row] / 1000.0).tolist())

    def _set(self, rows: Any, seconds: list[float]) -> None:
        for row, s in zip(rows.tolist(), seconds, strict=True):
            self.turned[int(self.arcs.head[row])][int(self.arcs.tail[row])][0]["travel_time"] = s


class NetworkxPerUnit(ArcsPeer):
    """The same with a search for each unit, as tutorials have it."""

    name = "networkx_per_unit"
    most_units = 50

    def __init__(self, arcs: PlainArcs) -> None:
        super().__init__(arcs)
        self.graph = _graph(arcs.node_count, arcs.tail, arcs.head, arcs.ms)

    def hold(self, units: Sequence[Place]) -> Any:
        return [unit.node for unit in units]

    def soonest(self, held: Any, scene: Place, k: int) -> Sequence[int]:
        return soonest_of((self._seconds(unit, scene.node) for unit in held), k)

    def _seconds(self, unit: int, scene: int) -> float | None:
        try:
            return nx.shortest_path_length(self.graph, unit, scene, weight="travel_time")
        except nx.NetworkXNoPath:
            return None


def _graph(node_count: int, source: Ints, target: Ints, ms: Ints) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(node_count))  # also those that a closure has cut off
    rows = zip(source.tolist(), target.tolist(), (ms / 1000.0).tolist(), strict=True)
    graph.add_weighted_edges_from(rows, weight="travel_time")
    return graph
