"""Build a road network from an OSM file or from an osmnx graph; both give the same one.

    from routing.build import from_osm_file
    network = from_osm_file(Path("city.osm.pbf"))
    network.save(folder)

Every way with a highway tag is in it, footways and building sites included: who may use it is the profile's matter.
Nodes are numbered along a Z-order curve, so that what is near in the city is near in memory.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from routing.network import Ints, Longs, RoadNetwork, array_names, frozen
from routing.osm_file import OnProgress, UnreadableFileError, read_roads
from routing.osmnx_graph import read_graph
from routing.raw_roads import Chains, RawRoads
from routing.relation_edges import follow_relations
from routing.sides import is_left_driving
from routing.simplify import simplify
from routing.spots import direction_of

__all__ = ["NoRoadsError", "UnreadableFileError", "from_graph", "from_osm_file"]


class NoRoadsError(ValueError):
    """The file or graph is readable but holds no road; the message is one sentence for the operator."""


def from_osm_file(path: Path, on_progress: OnProgress | None = None, drives_left: bool | None = None) -> RoadNetwork:
    """Build from .osm.pbf, .osm, .osm.gz or .osm.bz2, read directly.

    Nodes, edges, lengths and directions equal `ox.graph_from_xml(file, simplify=True, retain_all=True)` on a file
    with the same highway ways; only nodes without any road are left out.

    Args:
        on_progress: called with what is being done and the share that is done, 0 to 1.
        drives_left: the side of the road on which one drives; None: as in the country, see `routing.sides`.
    Raises:
        UnreadableFileError: missing, cut short, not OSM.
        NoRoadsError: no way has a highway tag.
    """
    roads = read_roads(path, on_progress)
    if len(roads.tail) == 0:
        raise NoRoadsError(f"{path.name} holds no roads (no way with a highway tag).")
    if on_progress:
        on_progress("finding junctions", 0.8)
    chains = simplify(roads)
    if len(chains.start) == 1:
        raise NoRoadsError(f"{path.name} holds no roads that meet or end anywhere.")
    network = assemble(roads, chains, drives_left)
    if on_progress:
        on_progress("road network built", 1.0)
    return network


def from_graph(graph: nx.MultiDiGraph, drives_left: bool | None = None) -> RoadNetwork:
    """Build from an osmnx graph, simplified or not, as `ox.load_graphml` or `ox.graph_from_place` return it.

    osmnx forgets which part of a simplified edge had which tags. Such an edge becomes one piece with all values
    (`highway=footway;residential`): every one must be passable, and the slowest counts. It forgets, too, which one-way
    streets OSM has drawn against the flow (`oneway=-1`): what is tagged for one direction is then read for the other.

    Raises:
        NoRoadsError: the graph has no edges.
    """
    if graph.number_of_edges() == 0:
        raise NoRoadsError("The graph holds no roads (it has no edges).")
    return assemble(*read_graph(graph), drives_left)


def assemble(roads: RawRoads, chains: Chains, drives_left: bool | None = None) -> RoadNetwork:
    """Number nodes, edges and streets and lay everything out in flat arrays."""
    old_nodes = np.flatnonzero(chains.is_kept)
    first, last = chains.segment[chains.start[:-1]], chains.segment[chains.start[1:] - 1]
    has_edge = np.zeros(len(roads.node_id), dtype=np.bool_)
    has_edge[roads.tail[first]] = has_edge[roads.head[last]] = True
    old_nodes = old_nodes[has_edge[old_nodes]]
    old_nodes = old_nodes[_z_order(roads.lon[old_nodes], roads.lat[old_nodes], roads.node_id[old_nodes])]
    new_node = np.full(len(roads.node_id), -1, dtype=np.int32)
    new_node[old_nodes] = np.arange(len(old_nodes), dtype=np.int32)

    tail, head = new_node[roads.tail[first]], new_node[roads.head[last]]
    order = np.lexsort((np.diff(chains.start), roads.way_id[roads.way[first]], head, tail))
    chain_of_edge = order.astype(np.int64)
    tail, head = tail[order], head[order]
    out_start = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=len(old_nodes)))])

    reverse_edge = _reverses(roads, chains, chain_of_edge)
    edges = np.arange(len(tail), dtype=np.int32)
    # A street is drawn as OSM draws its first way; of a pair, the edge that follows it.
    is_back = roads.is_back[first][order]
    other = np.where(reverse_edge < 0, edges, reverse_edge)
    is_along = (reverse_edge < 0) | (is_back < is_back[other]) | ((is_back == is_back[other]) & (edges < other))
    street_edge = np.flatnonzero(is_along).astype(np.int32)
    street = np.empty(len(edges), dtype=np.int32)
    street[street_edge] = np.arange(len(street_edge), dtype=np.int32)
    street[~is_along] = street[reverse_edge[~is_along]]

    arrays = {
        "node_osm_id": roads.node_id[old_nodes],
        "node_lon": roads.lon[old_nodes],
        "node_lat": roads.lat[old_nodes],
        "out_start": out_start.astype(np.int32),
        "tail": tail,
        "head": head,
        "reverse_edge": reverse_edge,
        "street": street,
        "is_along": is_along,
        "street_edge": street_edge,
    } | _shapes_and_pieces(roads, chains, chain_of_edge[street_edge])
    street_length_m = np.add.reduceat(arrays["piece_length_m"], arrays["piece_start"][:-1])
    arrays["length_m"] = street_length_m[street]
    edge_of_chain = np.empty(len(order), dtype=np.int32)
    edge_of_chain[order] = edges
    orders = follow_relations(roads, chains, edge_of_chain)
    arrays |= {
        "node_spot": roads.node_spot[old_nodes],
        "restriction_id": np.array([each.relation_id for each in roads.relations], dtype=np.int64),
        "order_start": orders.start,
        "order_edge": orders.edge,
        "order_restriction": orders.relation,
    }
    if drives_left is None:
        drives_left = is_left_driving(float(np.median(arrays["node_lon"])), float(np.median(arrays["node_lat"])))
    arrays = {name: frozen(arrays[name]) for name in array_names()}
    values: dict[str, Any] = {
        "kinds": roads.kinds,
        "names": roads.names,
        "spot_kinds": roads.spot_kinds,
        "restriction_tags": tuple(each.tags for each in roads.relations),
        "restriction_counts": orders.counts,
        "drives_left": drives_left,
    }
    return RoadNetwork(network_id=_fingerprint(values, arrays), **values, **arrays)


def _shapes_and_pieces(roads: RawRoads, chains: Chains, chain_of_street: Longs) -> dict[str, NDArray[np.generic]]:
    """Lay out the points of every street and its parts by OSM way."""
    counts = np.diff(chains.start)[chain_of_street]
    segment_start = np.concatenate([[0], np.cumsum(counts)])
    inside = np.arange(segment_start[-1]) - np.repeat(segment_start[:-1], counts)
    segments = chains.segment[np.repeat(chains.start[:-1][chain_of_street], counts) + inside]

    # n segments have n + 1 points: the tail of each, and the head of the last.
    shape_start = segment_start + np.arange(len(segment_start))
    shape_node = np.empty(shape_start[-1], dtype=np.int32)
    shape_node[np.arange(len(segments)) + np.repeat(np.arange(len(counts)), counts)] = roads.tail[segments]
    shape_node[shape_start[1:] - 1] = roads.head[segments[segment_start[1:] - 1]]

    way = roads.way[segments]
    spots = _spots(roads, segments, segment_start)
    begins_piece = np.ones(len(segments), dtype=np.bool_)
    is_back = roads.is_back[segments]
    begins_piece[1:] = (way[1:] != way[:-1]) | (is_back[1:] != is_back[:-1])
    begins_piece[segment_start[:-1]] = True
    piece_first = np.flatnonzero(begins_piece)
    piece_way = way[piece_first]
    return {
        "shape_start": shape_start,
        "shape_lon": roads.lon[shape_node],
        "shape_lat": roads.lat[shape_node],
        "piece_start": np.searchsorted(piece_first, segment_start),
        "piece_length_m": np.add.reduceat(roads.length_m[segments], piece_first),
        "piece_points": np.diff(np.append(piece_first, len(segments))).astype(np.int32),
        "piece_kind": roads.way_kind[piece_way],
        "piece_is_back": is_back[piece_first],
        "piece_name": roads.way_name[piece_way],
        "piece_way_id": roads.way_id[piece_way],
    } | spots


def _spots(roads: RawRoads, segments: Ints, segment_start: Longs) -> dict[str, NDArray[np.generic]]:
    """Find what stands on the points between the ends of every street."""
    street = np.repeat(np.arange(len(segment_start) - 1), np.diff(segment_start))
    is_last = np.zeros(len(segments), dtype=np.bool_)
    is_last[segment_start[1:] - 1] = True
    before = np.flatnonzero((roads.node_spot[roads.head[segments]] >= 0) & ~is_last)  # the segment that ends there
    kind = roads.node_spot[roads.head[segments[before]]]
    done_m = np.cumsum(roads.length_m[segments])
    begin_m = done_m[segment_start[:-1]] - roads.length_m[segments[segment_start[:-1]]]
    length_m = done_m[segment_start[1:] - 1] - begin_m
    at_m = done_m[before] - begin_m[street[before]]

    # A sign concerns one direction: the one it names, else the one in which a junction is near.
    said = np.array([{"forward": 1, "backward": -1}.get(direction_of(tags), 0) for tags in roads.spot_kinds] or [0])
    is_sign = np.array([tags.get("highway") in ("stop", "give_way") for tags in roads.spot_kinds] or [False])
    to_nearer_end = np.where(at_m > length_m[street[before]] / 2, 1, -1)
    along_way = np.where(roads.is_back[segments[before]], -1, 1)
    way = np.where(said[kind] != 0, said[kind] * along_way, np.where(is_sign[kind], to_nearer_end, 0))
    return {
        "spot_start": np.searchsorted(street[before], np.arange(len(segment_start))).astype(np.int64),
        "spot_at_m": at_m,
        "spot_kind": kind.astype(np.int32),
        "spot_way": way.astype(np.int32),
    }


def _reverses(roads: RawRoads, chains: Chains, chain_of_edge: Longs) -> Ints:
    """Pair the edges that are the same segments driven the other way, shape (edges,); -1 for one-way edges."""
    first = chains.segment[chains.start[:-1][chain_of_edge]]
    last = chains.segment[chains.start[1:][chain_of_edge] - 1]
    count = np.diff(chains.start)[chain_of_edge]
    edges = np.arange(len(chain_of_edge), dtype=np.int32)
    edge_by_last = np.full(len(roads.tail), -1, dtype=np.int32)
    edge_by_last[last] = edges
    twin = roads.twin[first]
    other = np.where(twin < 0, -1, edge_by_last[twin])
    fits = (other >= 0) & (other != edges)
    fits &= (roads.twin[last] == first[other]) & (count == count[other])
    # A one-way part may double back over itself in the middle: there and back are not the same segments.
    is_two_way = np.minimum.reduceat(roads.twin[chains.segment], chains.start[:-1]) >= 0
    fits &= is_two_way[chain_of_edge]
    other = np.where(fits, other, -1)
    is_mutual = (other >= 0) & (other[other] == edges)
    return np.where(is_mutual, other, -1).astype(np.int32)


def _z_order(lon: NDArray[np.float64], lat: NDArray[np.float64], tie: Longs) -> Longs:
    """Return the order of points along a Z-order (Morton) curve, 16 bits for each axis."""

    def spread(degrees: NDArray[np.float64]) -> NDArray[np.uint64]:
        span = max(float(np.ptp(degrees)), 1e-9) if len(degrees) else 1.0
        low = degrees.min() if len(degrees) else 0.0
        bits = ((degrees - low) / span * 65535).astype(np.uint64)
        for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
        return bits

    code = spread(lon) | (spread(lat) << np.uint64(1))
    return np.lexsort((tie, code)).astype(np.int64)


def _fingerprint(values: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> str:
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode())
    for name in array_names():
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()[:16]
