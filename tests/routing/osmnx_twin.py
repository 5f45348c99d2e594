"""The independent twin: osmnx's graph of the same roads, and networkx's Dijkstra on it.

Recipe: pyosmium copies the highway ways and their nodes into an .osm file; osmnx reads it with
`graph_from_xml(simplify=False, retain_all=True)` and simplifies with `simplify_graph(track_merged=True)`, which is
what `graph_from_xml(simplify=True, retain_all=True)` does, but remembers which segments each edge was merged from.

The rule for merged edges: the unsimplified segments decide. An edge weighs round(1000 × Σ length ÷ speed) over its
merged segments, the speed being that of the segment's own tags, and is left out if any segment is closed.
A scene or unit that lies on an edge is a node of its own, joined to the ends by its share of the edge's segments.
"""

import hashlib
import math
import os
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
import osmium
import osmnx as ox
import pytest

from routing.build import from_osm_file
from routing.network import RoadNetwork
from routing.profiles import PROFILES, Profile, streets_alone
from routing.speeds import ROUTING_TAGS, speed_kmh

REPOSITORY = Path(__file__).parents[2]
EXTRACTS = Path(os.environ.get("GEO112_EXTRACTS", REPOSITORY.parent / "shared" / "data"))
CACHE = REPOSITORY / ".cache" / "osmnx"

JAKARTA = "jakarta/jakarta.osm.pbf"
BANDUNG_TANGERANG = "bandung-tangerang/bandung-tangerang.osm.pbf"
LIECHTENSTEIN = "liechtenstein/liechtenstein-latest.osm.pbf"
BAYREUTH = "bayreuth/north-bayreuth.osm.gz"
KOTA_CONTOH = "data/osm/kota-contoh.osm.pbf"  # the demonstration city, of this repository
NETWORKS = [
    KOTA_CONTOH,
    *(pytest.param(name, marks=pytest.mark.extract) for name in (JAKARTA, BANDUNG_TANGERANG, LIECHTENSTEIN, BAYREUTH)),
]

# osmnx knows no turns, barriers or one-way streets against the flow: profiles without them.
PLAIN = {name: streets_alone(profile) for name, profile in PROFILES.items()}


def extract(name: str) -> Path:
    """Return the path of a real extract or of the demonstration city; skip the test if it is absent."""
    path = (REPOSITORY if name == KOTA_CONTOH else EXTRACTS) / name
    if not path.is_file():
        pytest.skip(f"the real extract {name} is not in {EXTRACTS} (set GEO112_EXTRACTS)")
    return path


@cache
def real_network(name: str) -> RoadNetwork:
    """Return the network of a real extract or of the demonstration city; built once for all tests."""
    return from_osm_file(extract(name))


def copy_highways(source: Path, target: Path) -> None:
    """Write the highway ways of `source`, and the nodes that are theirs, to the .osm file `target`."""
    with osmium.BackReferenceWriter(str(target), ref_src=str(source), overwrite=True, remove_tags=False) as writer:
        for way in osmium.FileProcessor(str(source), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway")):
            writer.add(way)


@dataclass(frozen=True)
class Graphs:
    """osmnx's graph before and after simplification."""

    raw: nx.MultiDiGraph
    simple: nx.MultiDiGraph  # edges carry merged_edges: [(u, v), …] where they were merged


def osmnx_graphs(highways: Path) -> Graphs:
    """Let osmnx read an .osm file that holds highways only."""
    before = ox.settings.useful_tags_way
    ox.settings.useful_tags_way = [*dict.fromkeys([*before, *ROUTING_TAGS])]
    try:
        raw = ox.graph_from_xml(highways, simplify=False, retain_all=True)
    finally:
        ox.settings.useful_tags_way = before
    return Graphs(raw, ox.simplify_graph(raw, track_merged=True))


@cache
def graphs_of(name: str) -> Graphs:
    """Return osmnx's graphs of a real extract; kept on disk by its checksum, since osmnx takes half a minute."""
    source = extract(name)
    key = hashlib.sha256(source.read_bytes() + Path(__file__).read_bytes() + ox.__version__.encode()).hexdigest()[:16]
    kept = CACHE / f"{source.name}-{key}.pickle"
    if not kept.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        highways = kept.with_suffix(f".{os.getpid()}.osm")
        copy_highways(source, highways)
        graphs = osmnx_graphs(highways)
        highways.unlink()
        half = kept.with_suffix(f".{os.getpid()}.half")
        half.write_bytes(pickle.dumps((graphs.raw, graphs.simple)))
        half.replace(kept)
    return Graphs(*pickle.loads(kept.read_bytes()))


def tags_of(attributes: dict[str, Any]) -> dict[str, str]:
    """Return the OSM tags of a raw edge that the profiles read; `oneway` is osmnx's verdict and decides no speed."""
    return {key: attributes[key] for key in ROUTING_TAGS if key in attributes and key != "oneway"}


Edge = tuple[int, int, int]
Segment = tuple[int, int]


class Twin:
    """networkx on osmnx's graph, weighted for one profile."""

    def __init__(self, graphs: Graphs, profile: Profile) -> None:
        self.graphs, self.profile = graphs, profile
        self._speeds: dict[tuple[tuple[str, str], ...], float] = {}
        self.ms: dict[Edge, int] = {}  # of the edges that may be passed from end to end
        for u, v, k, attributes in graphs.simple.edges(keys=True, data=True):
            seconds = 0.0
            for segment in attributes.get("merged_edges", [(u, v)]):
                chosen = attributes if "merged_edges" not in attributes else self._segment(segment)
                mps = self._mps(chosen)
                seconds = seconds + chosen["length"] / mps if mps > 0 else float("inf")
            if seconds < float("inf"):
                self.ms[u, v, k] = max(1, round(1000 * seconds))
        self.graph = nx.DiGraph()
        self.graph.add_nodes_from(graphs.simple)
        for (u, v, _), ms in self.ms.items():
            if not self.graph.has_edge(u, v) or self.graph[u][v]["ms"] > ms:
                self.graph.add_edge(u, v, ms=ms)

    def _segment(self, segment: Segment) -> dict[str, Any]:
        attributes: dict[str, Any] = next(iter(self.graphs.raw.get_edge_data(*segment).values()))
        return attributes

    def _mps(self, attributes: dict[str, Any]) -> float:
        tags, is_back = tags_of(attributes), bool(attributes["reversed"])
        key = (*tags.items(), ("reversed", str(is_back)))
        if key not in self._speeds:
            self._speeds[key] = speed_kmh(tags, self.profile, is_back=is_back) / 3.6
        return self._speeds[key]

    def segments(self, edge: Edge) -> list[Segment]:
        """Return the raw segments of an edge, in driving order."""
        merged: list[Segment] = self.graphs.simple.edges[edge].get("merged_edges", [edge[:2]])
        return merged

    def is_open(self, edge: Edge, segment: Segment) -> bool:
        return self._mps(self._on(edge, segment)) > 0

    def _on(self, edge: Edge, segment: Segment) -> dict[str, Any]:
        attributes: dict[str, Any] = self.graphs.simple.edges[edge]
        return self._segment(segment) if "merged_edges" in attributes else attributes

    def point(self, segment: Segment, share: float) -> tuple[float, float]:
        """Return (lon, lat) at a share of a segment."""
        nodes = self.graphs.raw.nodes
        (x0, y0), (x1, y1) = ((nodes[n]["x"], nodes[n]["y"]) for n in segment)
        return x0 + share * (x1 - x0), y0 + share * (y1 - y0)

    def with_places(self, places: Sequence[tuple[Edge, int, float]]) -> tuple[nx.DiGraph, list[Any]]:
        """Insert a scene and the units after it (edge, number of the segment, share of it); return graph and nodes.

        A unit is joined to the ends of its edge, the ends of the scene's edge to the scene, and units on that edge
        straight to it, all in whole milliseconds. Nobody drives through a place, so that edges keep their weights.
        """
        graph = self.graph.copy()
        names: list[Any] = [("place", i) for i in range(len(places))]
        graph.add_nodes_from(names)
        scene_at = {edge: stop for edge, stop in self._both_ways(*places[0])}
        for edge, stop in scene_at.items():
            self._join(graph, edge[0], names[0], self._ms(edge, (0, 0.0), stop))
        for name, place in zip(names[1:], places[1:], strict=True):
            for edge, stop in self._both_ways(*place):
                self._join(graph, name, edge[1], self._ms(edge, stop, (len(self.segments(edge)) - 1, 1.0)))
                if edge in scene_at and stop <= scene_at[edge]:
                    self._join(graph, name, names[0], self._ms(edge, stop, scene_at[edge]))
        return graph, names

    def _both_ways(self, edge: Edge, number: int, share: float) -> list[tuple[Edge, tuple[int, float]]]:
        back = self.reverse(edge)
        turned = [] if back is None else [(back, (len(self.segments(edge)) - 1 - number, 1 - share))]
        return [(edge, (number, share)), *turned]

    def _ms(self, edge: Edge, begin: tuple[int, float], end: tuple[int, float]) -> float:
        """Return the time between two places of an edge, given as (number of the segment, share of it)."""
        seconds = 0.0
        for number in range(begin[0], end[0] + 1):
            attributes = self._on(edge, self.segments(edge)[number])
            share = (end[1] if number == end[0] else 1.0) - (begin[1] if number == begin[0] else 0.0)
            if share > 0:
                mps = self._mps(attributes)
                seconds += share * attributes["length"] / mps if mps > 0 else math.inf
        return seconds if math.isinf(seconds) else round(1000 * seconds)

    @staticmethod
    def _join(graph: nx.DiGraph, here: Any, there: Any, ms: float) -> None:
        if not math.isinf(ms) and (not graph.has_edge(here, there) or graph[here][there]["ms"] > ms):
            graph.add_edge(here, there, ms=ms)

    def reverse(self, edge: Edge) -> Edge | None:
        """Return the edge that follows the same segments the other way; None where it is one-way."""
        u, v, _ = edge
        turned = [(b, a) for a, b in reversed(self.segments(edge))]
        if any(self._on(edge, segment)["oneway"] for segment in self.segments(edge)):
            return None  # a one-way that doubles back over itself is two streets, not a two-way one
        ways = [self._on(edge, segment)["osmid"] for segment in self.segments(edge)]
        for k in self.graphs.simple.get_edge_data(v, u, default={}):
            other = (v, u, k)
            if other == edge or self.segments(other) != turned:
                continue
            if [self._on(other, segment)["osmid"] for segment in turned] == ways[::-1]:
                return other
        return None

    @staticmethod
    def seconds_to(graph: nx.DiGraph, scene: Any) -> dict[Any, float]:
        """Return the seconds to `scene` from every node that can reach it."""
        ms = nx.single_source_dijkstra_path_length(graph.reverse(copy=False), scene, weight="ms")
        return {node: value / 1000 for node, value in ms.items()}
