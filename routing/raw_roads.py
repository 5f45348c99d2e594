"""Roads as OSM has them, before junctions are told from mere bends: what every reader hands to the builder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from routing.great_circle import great_circle_m
from routing.turn_relations import TurnRelation


@dataclass(frozen=True, slots=True)
class RawRoads:
    """Every segment between two neighbouring points of a way, once for each direction in which it may be driven.

    Segments stand in the order in which osmnx would add them to its graph: way by way, along the way and then, if it
    is two-way, back. The order matters, since of parallel segments the first one gives its attributes.
    """

    node_id: NDArray[np.int64]  # (nodes,) OSM ids
    lon: NDArray[np.float64]  # (nodes,)
    lat: NDArray[np.float64]  # (nodes,)
    way_id: NDArray[np.int64]  # (ways,)
    way_kind: NDArray[np.int32]  # (ways,) index into kinds
    way_name: NDArray[np.int32]  # (ways,) index into names, -1 for none
    kinds: tuple[Mapping[str, str], ...]
    names: tuple[str, ...]
    tail: NDArray[np.int32]  # (segments,)
    head: NDArray[np.int32]  # (segments,)
    way: NDArray[np.int32]  # (segments,)
    is_back: NDArray[np.bool_]  # (segments,) driven against the order in which OSM has the way's points
    twin: NDArray[np.int32]  # (segments,) the same segment driven the other way; -1 where one-way
    length_m: NDArray[np.float64]  # (segments,)
    node_spot: NDArray[np.int32]  # (nodes,) what stands at the node: index into spot_kinds; -1 for nothing
    spot_kinds: tuple[Mapping[str, str], ...]
    relations: tuple[TurnRelation, ...]  # turn restrictions, by OSM ids
    incomplete_relations: int  # turn restrictions whose members are not all in the file


@dataclass(frozen=True, slots=True)
class Chains:
    """Edges, each a chain of segments; what simplification leaves."""

    start: NDArray[np.int64]  # (edges + 1,)
    segment: NDArray[np.int32]  # the segments of edge e are segment[start[e] : start[e + 1]], in driving order
    is_kept: NDArray[np.bool_]  # (raw nodes,) still a node of the network


@dataclass(frozen=True, slots=True)
class WayLine:
    """One OSM way with a highway tag."""

    way_id: int
    kind: int
    name: int
    nodes: Sequence[int]  # OSM node ids in driving order, without consecutive repetitions
    is_oneway: bool
    is_reversed: bool = False  # driven against the order in which OSM has its points


def segments_of_ways(
    ways: Sequence[WayLine],
    node_id: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    kinds: Sequence[Mapping[str, str]],
    names: Sequence[str],
    spots: Mapping[int, Mapping[str, str]],
    relations: tuple[TurnRelation, ...],
    incomplete_relations: int,
) -> RawRoads:
    """Cut ways into segments. `node_id` is sorted; a way's nodes that are not in it leave a gap in the way.

    Args:
        spots: what stands at nodes, by OSM id.
    """
    lengths = np.array([len(way.nodes) for way in ways], dtype=np.int64)
    refs = np.fromiter((ref for way in ways for ref in way.nodes), dtype=np.int64, count=int(lengths.sum()))
    way_of_ref = np.repeat(np.arange(len(ways), dtype=np.int32), lengths)
    index = np.minimum(np.searchsorted(node_id, refs), max(len(node_id) - 1, 0))
    is_there = node_id[index] == refs if len(node_id) else np.zeros(len(refs), dtype=np.bool_)

    is_step = (way_of_ref[:-1] == way_of_ref[1:]) & is_there[:-1] & is_there[1:]
    position = np.flatnonzero(is_step)
    tail, head = index[position].astype(np.int32), index[position + 1].astype(np.int32)
    way = way_of_ref[position]
    two_way = np.flatnonzero(~np.array([line.is_oneway for line in ways], dtype=np.bool_)[way])

    # osmnx adds all segments of a way along it, then all of them again turned round, in the same order.
    turn = np.concatenate([np.zeros(len(way), dtype=np.int8), np.ones(len(two_way), dtype=np.int8)])
    place = np.concatenate([np.arange(len(way)), two_way])
    order = np.lexsort((place, turn, way[place]))
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    twin = np.full(len(order), -1, dtype=np.int32)
    there, back = rank[two_way], rank[len(way) + np.arange(len(two_way))]
    twin[there], twin[back] = back, there

    place, is_back = place[order], turn[order] == 1
    tails, heads = np.where(is_back, head[place], tail[place]), np.where(is_back, tail[place], head[place])
    return RawRoads(
        node_id=node_id,
        lon=lon,
        lat=lat,
        way_id=np.array([line.way_id for line in ways], dtype=np.int64),
        way_kind=np.array([line.kind for line in ways], dtype=np.int32),
        way_name=np.array([line.name for line in ways], dtype=np.int32),
        kinds=tuple(kinds),
        names=tuple(names),
        tail=tails,
        head=heads,
        way=way[place],
        is_back=is_back | np.array([line.is_reversed for line in ways], dtype=np.bool_)[way[place]],
        twin=twin,
        length_m=great_circle_m(lon[tails], lat[tails], lon[heads], lat[heads]),
        **spots_of_nodes(node_id.tolist(), spots),
        relations=relations,
        incomplete_relations=incomplete_relations,
    )


class SpotColumns(TypedDict):
    """What stands at which node, as RawRoads has it."""

    node_spot: NDArray[np.int32]
    spot_kinds: tuple[Mapping[str, str], ...]


def spots_of_nodes(node_id: Sequence[int], spots: Mapping[int, Mapping[str, str]]) -> SpotColumns:
    """Number distinct sets of spot tags, in the order of the nodes."""
    kinds: dict[tuple[tuple[str, str], ...], int] = {}
    node_spot = np.full(len(node_id), -1, dtype=np.int32)
    for index, node in enumerate(node_id):
        if node in spots:
            node_spot[index] = kinds.setdefault(tuple(spots[node].items()), len(kinds))
    return {"node_spot": node_spot, "spot_kinds": tuple(dict(kind) for kind in kinds)}
