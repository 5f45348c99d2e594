"""Peers that know no turns: scipy, networkx, igraph, pandana and RoutingKit, on our search graph with our times.

They begin and end at nodes, without the pieces of streets at either end: a little less work than ours.
"""

from collections.abc import Callable, Sequence
from typing import Any

import networkx as nx
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from routing.network import Floats
from tests.bench.interleaved import Report
from tests.bench.setting import PlainArcs

NEVER = 2**31 - 1


class Scipy:
    """scipy.sparse.csgraph, on the graph turned round: one search answers for all units."""

    def __init__(self, arcs: PlainArcs) -> None:
        shape = (arcs.node_count, arcs.node_count)
        self.turned = csr_matrix((arcs.ms / 1000.0, (arcs.head, arcs.tail)), shape=shape)

    def field(self, scene: int) -> Floats:
        return dijkstra(self.turned, indices=scene)  # type: ignore[no-any-return]

    def soonest(self, scene: int, units: Sequence[int], k: int) -> Any:
        return np.argsort(self.field(scene)[units])[:k]

    def matrix(self, scenes: Sequence[int], units: Sequence[int]) -> Floats:
        return dijkstra(self.turned, indices=scenes)[:, units]  # type: ignore[no-any-return]


class Networkx:
    """networkx as those who work with osmnx call it: a dictionary of seconds from the scene, the graph turned round."""

    def __init__(self, arcs: PlainArcs) -> None:
        self.turned = nx.DiGraph()
        rows = zip(arcs.head.tolist(), arcs.tail.tolist(), (arcs.ms / 1000.0).tolist(), strict=True)
        self.turned.add_weighted_edges_from(rows, weight="travel_time")

    def field(self, scene: int) -> dict[int, float]:
        return nx.single_source_dijkstra_path_length(self.turned, scene, weight="travel_time")  # type: ignore[no-any-return]

    def soonest(self, scene: int, units: Sequence[int], k: int) -> list[int]:
        seconds = self.field(scene)
        return sorted(range(len(units)), key=lambda unit: seconds.get(units[unit], float("inf")))[:k]

    def path(self, scene: int, unit: int) -> Any:
        return nx.shortest_path(self.turned, scene, unit, weight="travel_time")


class Igraph:
    """python-igraph."""

    def __init__(self, arcs: PlainArcs) -> None:
        import igraph

        pairs = np.column_stack([arcs.tail, arcs.head])
        self.graph = igraph.Graph(n=arcs.node_count, edges=pairs, directed=True)
        self.seconds = (arcs.ms / 1000.0).tolist()

    def field(self, scene: int) -> Any:
        return self.graph.distances(source=[scene], weights=self.seconds, mode="in")[0]

    def soonest(self, scene: int, units: Sequence[int], k: int) -> list[int]:
        targets = sorted(set(units))
        found = dict(zip(targets, self.graph.distances([scene], targets, self.seconds, mode="in")[0], strict=True))
        return sorted(range(len(units)), key=lambda unit: found[units[unit]])[:k]

    def path(self, scene: int, unit: int) -> Any:
        return self.graph.get_shortest_path(unit, scene, weights=self.seconds)


class Pandana:
    """pandana's contraction hierarchy; it takes pairs, and seconds, since milliseconds keep it busy for minutes."""

    def __init__(self, arcs: PlainArcs) -> None:
        import pandana
        import pandas as pd

        places, ends = (pd.Series(arcs.lon), pd.Series(arcs.lat)), (pd.Series(arcs.tail), pd.Series(arcs.head))
        self.network = pandana.Network(*places, *ends, pd.DataFrame({"s": arcs.ms / 1000.0}), twoway=False)

    def soonest(self, scene: int, units: Sequence[int], k: int) -> Any:
        return np.argsort(self.network.shortest_path_lengths(list(units), [scene] * len(units)))[:k]

    def matrix(self, scenes: Sequence[int], units: Sequence[int]) -> Any:
        pairs = [(unit, scene) for scene in scenes for unit in units]
        return self.network.shortest_path_lengths(*map(list, zip(*pairs, strict=True)))

    def path(self, scene: int, unit: int) -> Any:
        return self.network.shortest_path(unit, scene)

    @staticmethod
    def after_closing(arcs: PlainArcs, scene: int, units: Sequence[int], k: int) -> Any:
        return Pandana(arcs).soonest(scene, units, k)  # times cannot be changed


class RoutingKit:
    """RoutingKit's customizable contraction hierarchies in C++, by routingkit-cch."""

    def __init__(self, arcs: PlainArcs) -> None:
        import routingkit_cch as kit

        ends = arcs.tail.tolist(), arcs.head.tolist()
        order = kit.compute_order_inertial(arcs.node_count, *ends, arcs.lat.tolist(), arcs.lon.tolist())
        self._kit = kit
        self.hierarchy = kit.CCH(order, *ends, False)
        self.metric = kit.CCHMetric(self.hierarchy, arcs.ms.tolist())
        self.updater = kit.CCHMetricPartialUpdater(self.hierarchy)

    def pinned(self, units: Sequence[int]) -> Any:
        return self._kit.CCHManyToOne(self.metric, list(units))

    @staticmethod
    def soonest(pinned: Any, scene: int, k: int) -> list[int]:
        return first(pinned.distances_to(scene), k)

    def soonest_anew(self, pinned: Any, scene: int, units: list[int], k: int) -> list[int]:
        pinned.repin_sources(units)
        return first(pinned.distances_to(scene), k)

    @staticmethod
    def matrix(pinned: Any, scenes: Sequence[int]) -> Any:
        return [pinned.distances_to(scene) for scene in scenes]

    def path(self, scene: int, unit: int) -> Any:
        query = self._kit.CCHQuery(self.metric)
        return query.run(unit, scene).arc_path

    def after_closing(self, changes: dict[int, int], units: Sequence[int], scene: int, k: int) -> list[int]:
        self.updater.apply(self.metric, changes)  # while no query is held, so that units are pinned afterwards
        return first(self.pinned(units).distances_to(scene), k)


def first(distances: Sequence[int | None], k: int) -> list[int]:
    return sorted(range(len(distances)), key=lambda unit: NEVER if (ms := distances[unit]) is None else ms)[:k]


def plain_peers(arcs: PlainArcs, report: Report, wanted: Sequence[str]) -> dict[str, Any]:
    """Return the peers by name, and say who is left out."""
    makers: dict[str, Callable[[PlainArcs], Any]] = {
        "scipy": Scipy, "networkx": Networkx, "igraph": Igraph, "pandana": Pandana, "routingkit": RoutingKit,
    }  # fmt: skip
    peers = {}
    for name in wanted:
        try:
            peers[name] = makers[name](arcs)
        except ImportError as error:
            report.leave_out(name, f"not installed: {error}")
    return peers
