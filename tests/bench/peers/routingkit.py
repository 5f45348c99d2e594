"""RoutingKit's customizable contraction hierarchies in C++, by way of routingkit-cch."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import routingkit_cch as kit

from routing.network import Floats
from tests.bench.peers.peer import ArcsPeer, soonest_of
from tests.bench.setting import Drawn, Place, PlainArcs


class RoutingKit(ArcsPeer):
    """The order of contraction is found once and kept, as ours is."""

    name = "routingkit"

    def __init__(self, arcs: PlainArcs, folder: Path) -> None:
        super().__init__(arcs)
        ends = arcs.tail.tolist(), arcs.head.tolist()
        kept = folder / f"routingkit-order-{_fingerprint(arcs)}.npy"
        if not kept.is_file():
            found = kit.compute_order_inertial(arcs.node_count, *ends, arcs.lat.tolist(), arcs.lon.tolist())
            np.save(kept, np.array(found, dtype=np.uint32))
        self.hierarchy = kit.CCH(np.load(kept).tolist(), *ends, False)
        self.metric = kit.CCHMetric(self.hierarchy, arcs.ms.tolist())
        self.updater = kit.CCHMetricPartialUpdater(self.hierarchy)

    def hold(self, units: Sequence[Place]) -> Any:
        return kit.CCHManyToOne(self.metric, [unit.node for unit in units])

    def soonest(self, held: Any, scene: Place, k: int) -> Sequence[int]:
        return soonest_of(held.distances_to(scene.node), k)

    def soonest_anew(self, held: Any, nodes: list[int], scene: Place, k: int) -> Sequence[int]:
        """Put a held fleet to other nodes, and ask."""
        held.repin_sources(nodes)
        return soonest_of(held.distances_to(scene.node), k)

    def matrix(self, held: Any, scenes: Sequence[Place]) -> list[list[int | None]]:
        return [held.distances_to(scene.node) for scene in scenes]

    def path(self, unit: Place, scene: Place) -> list[int]:
        return kit.CCHQuery(self.metric).run(unit.node, scene.node).node_path

    def times_ms(self, nodes: Sequence[int], doors: Sequence[tuple[int, int]]) -> Floats:
        """Return the time from each node to the scene behind some doors: (node, ms from there on)."""
        found = kit.CCHManyToOne(self.metric, list(nodes)).distances_to_multi(list(doors))
        return np.array([np.inf if ms is None else ms for ms in found])

    def close(self, closed: Drawn) -> None:
        self.updater.apply(self.metric, dict(zip(closed.row.tolist(), closed.ms.tolist(), strict=True)))

    def open(self, closed: Drawn) -> None:
        self.updater.apply(self.metric, dict(zip(closed.row.tolist(), self.arcs.ms[closed.row].tolist(), strict=True)))


def _fingerprint(arcs: PlainArcs) -> str:
    return hashlib.sha256(arcs.tail.tobytes() + arcs.head.tobytes()).hexdigest()[:12]
