"""Turn a restriction's ways and nodes into the edges that may not follow one another.

    from way ──last segment──► via ──first segment──► to way         segments are the points' own, before junctions
              (edge 17)                 (edge 4)                      were told from bends; edges are chains of them

A relation is followed segment by segment and only then read as edges: so it does not matter whether ways were merged
into one edge at a node that is no junction.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from routing.network import Ints, Longs
from routing.raw_roads import Chains, RawRoads
from routing.turn_relations import TurnRelation

# What became of a relation; the words of `RoadNetwork.restriction_counts`.
KEPT = "kept"  # it is in the network
INCOMPLETE = "incomplete"  # members are missing in the file
UNCLEAR = "unclear"  # its ways do not meet at the via, or pass through it: which turn is meant is not said
IDLE = "idle"  # it forbids what cannot be done anyway, against a one-way street or within a street
INSIDE_STREET = "inside_street"  # it closes a street in its middle, where there is nothing to turn into
FATES = (KEPT, INCOMPLETE, UNCLEAR, IDLE, INSIDE_STREET)
MOST_VIA_WAYS = 4  # every order of them is tried


@dataclass(frozen=True, slots=True)
class EdgeOrders:
    """Orders of edges that restrictions speak of; one restriction may speak of several."""

    start: Longs  # (orders + 1,)
    edge: Ints  # edges of order i are edge[start[i] : start[i + 1]]
    relation: Ints  # (orders,) index into RawRoads.relations
    counts: Mapping[str, int]  # relations by what became of them


class _Fate(Exception):
    """Why a relation has no edges."""


def follow_relations(roads: RawRoads, chains: Chains, edge_of_chain: Ints) -> EdgeOrders:
    """Find the edges of every relation.

    Args:
        edge_of_chain: number in the network of every chain.
    """
    counts = Counter({INCOMPLETE: roads.incomplete_relations})
    orders: list[tuple[int, tuple[int, ...]]] = []
    ways = _Ways(roads, chains, edge_of_chain)
    for number, relation in enumerate(roads.relations):
        try:
            found = sorted(set(_orders(relation, ways)))
        except _Fate as fate:
            counts[str(fate)] += 1
            continue
        counts[KEPT] += 1
        orders += [(number, order) for order in found]
    return EdgeOrders(
        start=np.cumsum([0, *(len(order) for _, order in orders)]).astype(np.int64),
        edge=np.array([edge for _, order in orders for edge in order], dtype=np.int32),
        relation=np.array([number for number, _ in orders], dtype=np.int32),
        counts={fate: counts[fate] for fate in FATES},
    )


class _Ways:
    """The segments of those ways that restrictions name."""

    def __init__(self, roads: RawRoads, chains: Chains, edge_of_chain: Ints) -> None:
        named = {way for each in roads.relations for way in (*each.from_ways, *each.via_ways, *each.to_ways)}
        is_named = np.isin(roads.way_id[roads.way], np.array(sorted(named), dtype=np.int64))
        self.into: dict[tuple[int, int], list[int]] = defaultdict(list)  # (way id, node) → segments that end there
        self.out_of: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.nodes: dict[int, set[int]] = defaultdict(set)  # way id → its nodes
        self.tail, self.head = roads.tail, roads.head
        for segment in np.flatnonzero(is_named).tolist():
            way, tail, head = int(roads.way_id[roads.way[segment]]), int(roads.tail[segment]), int(roads.head[segment])
            self.into[way, head].append(segment)
            self.out_of[way, tail].append(segment)
            self.nodes[way] |= {tail, head}
        self._node_id = roads.node_id
        chain = np.repeat(np.arange(len(chains.start) - 1), np.diff(chains.start))
        uses = np.bincount(chains.segment, minlength=len(roads.tail))
        edge = np.full(len(roads.tail), -1, dtype=np.int32)
        edge[chains.segment] = edge_of_chain[chain]
        edge[uses != 1] = -1  # doubled ways: not said which of them is meant
        self.edge = edge
        self.is_last = np.zeros(len(roads.tail), dtype=np.bool_)
        self.is_last[chains.segment[chains.start[1:] - 1]] = True

    def node(self, osm_id: int) -> int:
        return int(np.searchsorted(self._node_id, osm_id))

    def neighbours(self, way: int, node: int) -> set[int]:
        ahead = {int(self.head[segment]) for segment in self.out_of[way, node]}
        return ahead | {int(self.tail[segment]) for segment in self.into[way, node]}

    def ends(self, way: int) -> list[int]:
        return sorted(node for node in self.nodes[way] if len(self.neighbours(way, node)) == 1)

    def one_segment(self, segments: list[int], way: int, node: int) -> int:
        """Return the only segment of `way` there; raise what it means if there is none or there are several."""
        if len(self.neighbours(way, node)) != 1:
            raise _Fate(UNCLEAR)  # the way does not touch the node, or goes on beyond it
        if not segments:
            raise _Fate(IDLE)  # one-way, the other way
        if len(segments) > 1:
            raise _Fate(UNCLEAR)
        return segments[0]

    def along(self, way: int, node: int) -> tuple[list[int], int] | None:
        """Drive the whole `way` from its end `node`; return the segments and the other end, None if one may not."""
        segments: list[int] = []
        before = -1
        while True:
            onward = [segment for segment in self.out_of[way, node] if int(self.head[segment]) != before]
            if not onward and segments:
                return segments, node
            if len(onward) != 1 or len(segments) > len(self.nodes[way]):
                return None
            segments.append(onward[0])
            before, node = node, int(self.head[onward[0]])

    def edges(self, segments: list[int]) -> tuple[int, ...]:
        """Return the edges on which the segments lie, one after the other."""
        order: list[int] = []
        for place, segment in enumerate(segments):
            edge = int(self.edge[segment])
            if edge < 0:
                raise _Fate(UNCLEAR)
            if order and order[-1] == edge and not self.is_last[segments[place - 1]]:
                continue
            if order and not self.is_last[segments[place - 1]]:
                raise _Fate(INSIDE_STREET)
            order.append(edge)
        return tuple(order)


def _orders(relation: TurnRelation, ways: _Ways) -> Iterator[tuple[int, ...]]:
    is_only = any(value.strip().startswith("only") for key, value in relation.tags.items() if key != "except")
    for from_way, to_way in product(relation.from_ways, relation.to_ways):
        order = ways.edges(_segments(relation, from_way, to_way, ways))
        if len(order) > 1:
            yield order
        else:
            raise _Fate(IDLE if is_only else INSIDE_STREET)


def _segments(relation: TurnRelation, from_way: int, to_way: int, ways: _Ways) -> list[int]:
    """Return the last segment of the from way, all of the via ways, and the first of the to way."""
    if relation.via_node is not None:
        via = ways.node(relation.via_node)
        last = ways.one_segment(ways.into[from_way, via], from_way, via)
        return [last, ways.one_segment(ways.out_of[to_way, via], to_way, via)]
    if len(relation.via_ways) > MOST_VIA_WAYS:
        raise _Fate(UNCLEAR)
    found: list[list[int]] = []
    why = UNCLEAR
    for order in permutations(relation.via_ways):
        for begin in ways.ends(order[0]):
            try:
                found.append(_via_ways(order, begin, from_way, to_way, ways))
            except _Fate as fate:
                why = IDLE if str(fate) == IDLE else why
    if len(found) != 1:
        raise _Fate(UNCLEAR if found else why)
    return found[0]


def _via_ways(order: tuple[int, ...], begin: int, from_way: int, to_way: int, ways: _Ways) -> list[int]:
    segments = [ways.one_segment(ways.into[from_way, begin], from_way, begin)]
    node = begin
    for way in order:
        if node not in ways.ends(way):
            raise _Fate(UNCLEAR)
        driven = ways.along(way, node)
        if driven is None:
            raise _Fate(IDLE)
        segments += driven[0]
        node = driven[1]
    return [*segments, ways.one_segment(ways.out_of[to_way, node], to_way, node)]
