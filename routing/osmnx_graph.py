"""Take the roads out of an osmnx graph, simplified or not."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import networkx as nx
import numpy as np
import osmnx

from routing import flow
from routing.great_circle import great_circle_m
from routing.maxspeed import BACKWARD, FORWARD
from routing.osm_file import Kinds
from routing.raw_roads import Chains, RawRoads, spots_of_nodes
from routing.simplify import simplify, whole_edges
from routing.spots import spot_tags


def read_graph(graph: nx.MultiDiGraph) -> tuple[RawRoads, Chains]:
    """Return the graph's segments and its edges as chains of them.

    osmnx keeps no turn restrictions, and of the nodes only `highway` and `railway`, at junctions.

    A simplified graph keeps its own nodes and edges; the bends of their lines become points between them. In a graph
    that is not simplified the junctions are found here, as osmnx would. Lengths are the graph's own.
    """
    if osmnx.projection.is_projected(graph.graph["crs"]):
        graph = osmnx.projection.project_graph(graph, to_latlong=True)
    index = {node: i for i, node in enumerate(graph.nodes)}
    node_id = list(graph.nodes)
    lon = [float(graph.nodes[node]["x"]) for node in node_id]
    lat = [float(graph.nodes[node]["y"]) for node in node_id]
    tail: list[int] = []
    head: list[int] = []
    edge_of_segment: list[int] = []
    start = [0]
    edge_length_m: list[float] = []
    is_back: list[bool] = []
    kinds = Kinds()
    edge_kind: list[int] = []
    edge_name: list[int] = []
    edge_way: list[int] = []
    edge_points: list[list[tuple[float, float]]] = []
    for edge, (u, v, attributes) in enumerate(graph.edges(data=True)):
        points = _points(graph, u, v, attributes)
        inner = range(len(lon), len(lon) + len(points) - 2)
        for x, y in points[1:-1]:
            lon.append(x)
            lat.append(y)
            node_id.append(-1)
        chain = [index[u], *inner, index[v]]
        tail += chain[:-1]
        head += chain[1:]
        edge_of_segment += [edge] * (len(chain) - 1)
        start.append(len(tail))
        tags = {key: _joined(value) for key, value in attributes.items() if _joined(value)}
        if isinstance(attributes.get("reversed"), list):
            tags = _for_both_directions(tags)
        tags["oneway"] = "yes" if attributes.get("oneway") in (True, "True", "yes") else "no"
        edge_kind.append(kinds.kind(tags))
        edge_name.append(kinds.name(tags))
        edge_way.append(_way_id(attributes))
        edge_length_m.append(float(attributes["length"]))
        is_back.append(attributes.get("reversed") is True)
        edge_points.append(points)

    tails, heads = np.array(tail, dtype=np.int32), np.array(head, dtype=np.int32)
    lons, lats = np.array(lon), np.array(lat)
    edges, starts = np.array(edge_of_segment, dtype=np.int32), np.array(start, dtype=np.int64)
    drawn_m = great_circle_m(lons[tails], lats[tails], lons[heads], lats[heads])
    whole_m = np.add.reduceat(drawn_m, starts[:-1])
    share = np.divide(drawn_m, whole_m[edges], out=1.0 / np.diff(starts)[edges], where=whole_m[edges] > 0)
    roads = RawRoads(
        node_id=np.array(node_id, dtype=np.int64),
        lon=lons,
        lat=lats,
        way_id=np.array(edge_way, dtype=np.int64),
        way_kind=np.array(edge_kind, dtype=np.int32),
        way_name=np.array(edge_name, dtype=np.int32),
        kinds=tuple(kinds.all_kinds()),
        names=tuple(kinds.all_names()),
        tail=tails,
        head=heads,
        way=edges,
        is_back=np.array(is_back, dtype=np.bool_)[edges],
        twin=_twins(edge_points, edge_way, starts),
        length_m=np.array(edge_length_m)[edges] * share,
        **spots_of_nodes(node_id, {node: tags for node in graph.nodes if (tags := _spot(graph.nodes[node]))}),
        relations=(),
        incomplete_relations=0,
    )
    if graph.graph.get("simplified"):
        return roads, whole_edges(roads, starts, np.arange(len(tails), dtype=np.int32))
    return _by_way(roads), simplify(roads)


def _by_way(roads: RawRoads) -> RawRoads:
    """Give segments of one OSM way one number, so that an edge's pieces are ways again and not segments."""
    keys: dict[tuple[int, int, int], int] = {}
    triples = zip(roads.way_id.tolist(), roads.way_kind.tolist(), roads.way_name.tolist(), strict=True)
    way = np.array([keys.setdefault(triple, len(keys)) for triple in triples], dtype=np.int32)
    ways = np.array(list(keys), dtype=np.int64).reshape(-1, 3)
    values: dict[str, Any] = {name: getattr(roads, name) for name in RawRoads.__slots__}
    values |= {
        "way": way[roads.way],
        "way_id": ways[:, 0],
        "way_kind": ways[:, 1].astype(np.int32),
        "way_name": ways[:, 2].astype(np.int32),
    }
    return RawRoads(**values)


def _points(graph: nx.MultiDiGraph, u: int, v: int, attributes: dict[str, Any]) -> list[tuple[float, float]]:
    if "geometry" in attributes:
        return [(float(x), float(y)) for x, y in attributes["geometry"].coords]
    return [(float(graph.nodes[node]["x"]), float(graph.nodes[node]["y"])) for node in (u, v)]


def _joined(value: object) -> str:
    """Write a tag value as OSM would: several values with semicolons, in a fixed order; "" for none."""
    if isinstance(value, list):
        return ";".join(sorted(map(str, value)))
    return "" if value is None or value != value else str(value)


def _for_both_directions(tags: dict[str, str]) -> dict[str, str]:
    """Return the tags of an edge merged from ways that run along and against it: what is said of either counts."""
    for forward, backward in ((FORWARD, BACKWARD), (f"{FORWARD}:conditional", f"{BACKWARD}:conditional")):
        said = ";".join(tags[key] for key in (forward, backward) if key in tags)
        tags |= {forward: said, backward: said} if said else {}
    return {key: value for key, value in tags.items() if key != flow.KEY}  # which way it flows cannot be known


def _spot(attributes: Mapping[str, object]) -> dict[str, str]:
    return spot_tags({key: _joined(value) for key, value in attributes.items()})


def _way_id(attributes: dict[str, Any]) -> int:
    osmid = attributes.get("osmid", -1)
    return int(min(osmid) if isinstance(osmid, list) else osmid)


def _twins(
    points: list[list[tuple[float, float]]], way: list[int], start: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Pair the segments of edges that follow the same line of the same way in opposite directions."""
    waiting: dict[tuple[int, tuple[tuple[float, float], ...]], list[int]] = defaultdict(list)
    twin = np.full(int(start[-1]), -1, dtype=np.int32)
    for edge, line in enumerate(points):
        others = waiting[way[edge], tuple(reversed(line))]
        if others:
            other = others.pop()
            there = np.arange(start[edge], start[edge + 1], dtype=np.int32)
            back = np.arange(start[other], start[other + 1], dtype=np.int32)[::-1]
            twin[there], twin[back] = back, there
        else:
            waiting[way[edge], tuple(line)].append(edge)
    return twin
