"""The road engine beside its peers, on the same network with the same weights, interleaved in one run.

bin/bench routing            Jakarta (GEO112_EXTRACTS), else Kota Contoh
SMALL=1 bin/bench routing    a tenth of the queries

Prints medians, 99th percentiles and ratios, and last a line `BENCH {json}`: `<work>/<peer>` is the peer's median
divided by ours, plain names are our own figures. Machines are noisy: only ratios within one run mean anything.
"""

import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import networkx as nx
import numpy as np
import osmnx as ox
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from routing.build import from_osm_file
from routing.network import INF_MS, RoadNetwork
from routing.path import path_from_field
from routing.profiles import PROFILES, streets_alone
from routing.search import arrival_field, soonest
from routing.snap import Snapped, snap
from tests.routing.osmnx_twin import EXTRACTS, JAKARTA, REPOSITORY, copy_highways

QUERIES = 20 if os.environ.get("SMALL") == "1" else 200
PROFILE = streets_alone(PROFILES["ambulance"])  # the peers know no turns
K = 10
Work = dict[str, Callable[[], Any]]


def main() -> None:
    real = EXTRACTS / JAKARTA
    source = real if real.is_file() else REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf"
    if source is not real:
        print(f"Left out for lack of the real extract: {JAKARTA}; Kota Contoh instead.")
    figures: dict[str, float] = {}
    network = setting_up(source, figures)
    queries(network, random.Random(112), figures)
    print("BENCH " + json.dumps({name: round(figure, 4) for name, figure in figures.items()}))


def setting_up(source: Path, figures: dict[str, float]) -> RoadNetwork:
    """Time the way from file to network, ours and osmnx's, and loading it again."""
    from_osm_file(source)  # compiled from here on
    began = time.perf_counter()
    network = from_osm_file(source)
    figures["build_s"] = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        highways = Path(folder) / "highways.osm"
        began = time.perf_counter()
        copy_highways(source, highways)
        graph = ox.graph_from_xml(highways, simplify=True, retain_all=True)
        theirs_s = time.perf_counter() - began
        figures["build/osmnx"] = theirs_s / figures["build_s"]
        network.save(Path(folder) / "network")
        began = time.perf_counter()
        RoadNetwork.load(Path(folder) / "network")
        figures["load_s"] = time.perf_counter() - began
    print(f"{source.name}: {network}, osmnx {len(graph)} nodes, {graph.number_of_edges()} edges")
    print(f"build   ours {figures['build_s']:8.2f} s   osmnx {theirs_s:8.2f} s   × {figures['build/osmnx']:.1f}")
    print(f"load    ours {figures['load_s'] * 1000:8.2f} ms")
    return network


def queries(network: RoadNetwork, rng: random.Random, figures: dict[str, float]) -> None:
    ms = network.travel_ms(PROFILE)
    open_edges = np.flatnonzero(ms < INF_MS)
    seconds = ms[open_edges] / 1000.0
    # From a node to the scene is from the scene to the node on the reversed graph. Of parallel edges the quickest.
    reversed_graph = nx.DiGraph()
    for tail, head, s in zip(network.tail[open_edges], network.head[open_edges], seconds, strict=True):
        if not reversed_graph.has_edge(head, tail) or reversed_graph[head][tail]["s"] > s:
            reversed_graph.add_edge(int(head), int(tail), s=float(s))
    size = (network.node_count,) * 2
    rows = [(u, v, d["s"]) for u, v, d in reversed_graph.edges(data=True)]
    heads, tails, weights = zip(*rows, strict=True)
    matrix = csr_matrix((weights, (heads, tails)), shape=size)

    components = network.largest_component(PROFILE)
    inside = np.flatnonzero(components[network.tail] & components[network.head] & (ms < INF_MS))

    def place() -> Snapped:
        edge = int(rng.choice(inside))
        lon, lat = network.edge_coordinates(edge).mean(axis=0)
        found = snap(network, float(lon), float(lat), PROFILE)
        assert found is not None
        return found

    for units in (50, 500, 5000):
        fleet = [place() for _ in range(units)]
        ends = [network.tail[one.edge] for one in fleet]
        work: list[Work] = []
        for _ in range(QUERIES):
            scene = place()
            node = int(network.tail[scene.edge])
            work.append(
                {
                    "ours": lambda scene=scene, fleet=fleet: soonest(network, scene, fleet, PROFILE, K),
                    "scipy": lambda node=node, ends=ends: nearest(dijkstra(matrix, indices=node)[ends]),
                    "networkx": lambda node=node, ends=ends: nearest_of(
                        nx.single_source_dijkstra_path_length(reversed_graph, node, weight="s"), ends
                    ),
                }
            )
        report(f"k{K}_of_{units}", work, rng, figures, slow={"networkx": 10})

    work = []
    for _ in range(QUERIES):
        scene = place()
        node = int(network.tail[scene.edge])
        work.append(
            {
                "ours": lambda scene=scene: arrival_field(network, scene, PROFILE),
                "scipy": lambda node=node: dijkstra(matrix, indices=node),
                "networkx": lambda node=node: nx.single_source_dijkstra_path_length(reversed_graph, node, weight="s"),
            }
        )
    report("field", work, rng, figures, slow={"networkx": 10})

    work = []
    for _ in range(QUERIES):
        field, unit = arrival_field(network, place(), PROFILE), place()
        origin, end = int(network.tail[field.place.edge]), int(network.head[unit.edge])
        work.append(
            {
                "ours": lambda field=field, unit=unit: path_from_field(field, unit),
                "networkx": lambda origin=origin, end=end: nx.shortest_path(reversed_graph, origin, end, weight="s"),
            }
        )
    report("path", work, rng, figures, slow={"networkx": 20})


def nearest(seconds: np.ndarray) -> np.ndarray:
    return np.argsort(seconds)[:K]


def nearest_of(seconds: dict[int, float], ends: Sequence[int]) -> list[int]:
    return sorted(range(len(ends)), key=lambda i: seconds.get(ends[i], float("inf")))[:K]


def report(
    name: str, work: Sequence[Work], rng: random.Random, figures: dict[str, float], slow: dict[str, int]
) -> None:
    """Run every query by every engine, in random order, and print medians, 99th percentiles and ratios.

    Args:
        slow: engines that take too long for all queries, and how many they get.
    """
    times: dict[str, list[float]] = {}
    work[0]["ours"]()  # compiled from here on
    for number, query in enumerate(work):
        engines = [engine for engine in query if number < slow.get(engine, len(work))]
        for engine in rng.sample(engines, len(engines)):
            began = time.perf_counter()
            query[engine]()
            times.setdefault(engine, []).append((time.perf_counter() - began) * 1000)
    ours = median(times["ours"])
    figures[f"{name}_ms"] = ours
    for engine, spent in times.items():
        p99 = quantiles(spent, n=100)[98]
        ratio = median(spent) / ours
        print(f"{name:12s} {engine:9s} {median(spent):9.3f} ms   p99 {p99:9.3f} ms   × {ratio:8.1f}   n {len(spent)}")
        if engine != "ours":
            figures[f"{name}/{engine}"] = ratio


if __name__ == "__main__":
    main()
