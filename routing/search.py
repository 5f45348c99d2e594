"""How soon a unit can be at the scene: one search backwards from the scene answers for all units.

    unit ──► head of its edge ──► … ──► tail of the scene's edge ──► scene
       └──► tail, if two-way ──►  …  ──► head of it, if two-way ──┘         or straight along, if on one street

The scene is inserted on its edge: the search starts at its ends with the time from there to the scene. A unit is
inserted on its own in the same way. Times are whole milliseconds in int32, so results do not depend on the order of
sums. Method: Dijkstra (1959) on the reversed graph. No turn costs or restrictions yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routing.along import NOTHING_M, Pieces, partial_ms, pieces_of
from routing.compiled import compiled
from routing.heap import NUMBER_BITS, NUMBER_MASK, drop_first, push
from routing.network import INF_MS, Flags, Floats, ForeignNetworkError, Ints, Longs, RoadNetwork, frozen
from routing.profiles import Profile
from routing.snap import Snapped

LIMIT_S = 4 * 3600.0  # nothing farther is an emergency response


@dataclass(frozen=True, slots=True, eq=False)
class ArrivalField:
    """The time to one place from everywhere. Make one with `arrival_field`; it stays true for every later ping."""

    network: RoadNetwork
    place: Snapped
    profile: Profile
    limit_s: float
    node_ms: Ints  # (nodes,) from the node to the place; INF_MS where it is unreachable or beyond the limit

    def seconds_from(self, origin: Snapped) -> float:
        """Return the seconds from `origin` to the place by road; inf if there is no way within the limit.

        Raises:
            ForeignNetworkError: `origin` was snapped to another network.
        """
        return float(self.seconds_from_many([origin])[0])

    def seconds_from_many(self, origins: Sequence[Snapped]) -> Floats:
        """Return the seconds from each origin, float64, shape (origins,); inf where there is no way."""
        ms = np.empty(len(origins), dtype=np.int64)
        pieces, scene = pieces_of(self.network, self.profile), located(self.network, [self.place])
        _from_field(located(self.network, origins), scene, pieces, self.node_ms, ms)
        return np.where(ms <= _whole_ms(self.limit_s), ms / 1000.0, np.inf)


def arrival_field(network: RoadNetwork, place: Snapped, profile: Profile, limit_s: float = LIMIT_S) -> ArrivalField:
    """Compute the driving time to `place` from every node.

    One backward search answers for every unit at once; a GPS ping is then a table look-up.

    Args:
        place: where on the network the scene lies; see `routing.snap`.
        limit_s: what is farther than this many seconds counts as unreachable.
    Raises:
        ForeignNetworkError: `place` was snapped to another network.
    """
    scene = located(network, [place])
    node_ms = np.full(network.node_count, INF_MS, dtype=np.int32)
    _spread(_backward(network, profile), scene, pieces_of(network, profile), _whole_ms(limit_s), node_ms)
    return ArrivalField(network, place, profile, limit_s, frozen(node_ms))


def soonest(
    network: RoadNetwork,
    place: Snapped,
    units: Sequence[Snapped],
    profile: Profile,
    k: int | None = None,
    limit_s: float = LIMIT_S,
) -> list[tuple[int, float]]:
    """Find the `k` units that can be at `place` first (None: all), as (index in `units`, seconds).

    Sorted by seconds, then index. Units that cannot get there within `limit_s` are left out. The search ends as soon
    as the answer is certain; it is exact.

    Raises:
        ForeignNetworkError: `place` or a unit was snapped to another network.
    """
    places, scene = located(network, units), located(network, [place])
    wanted = len(units) if k is None else min(k, len(units))
    if wanted <= 0:
        return []
    limit_ms = _whole_ms(limit_s)
    best_ms = np.full(len(units), INF_MS, dtype=np.int64)
    pieces = pieces_of(network, profile)
    _spread_to_units(_backward(network, profile), scene, places, pieces, limit_ms, wanted, best_ms)
    order = np.lexsort((np.arange(len(best_ms)), best_ms))[:wanted]
    return [(int(unit), float(best_ms[unit]) / 1000.0) for unit in order if best_ms[unit] <= limit_ms]


class Places(NamedTuple):
    """Snapped places as columns, as compiled functions take them."""

    street: Ints
    at_m: Floats  # metres from the start of the street
    length_m: Floats  # of the street
    tail: Ints  # node at its start
    head: Ints  # node at its end
    is_two_way: Flags


def located(network: RoadNetwork, places: Sequence[Snapped]) -> Places:
    """Return snapped places as columns.

    Raises:
        ForeignNetworkError: one of them was snapped to another network.
    """
    if any(place.network_id != network.network_id for place in places):
        raise ForeignNetworkError("The place was found on another road network; snap it to this one.")
    edge = np.array([place.edge for place in places], dtype=np.int64)
    fraction = np.array([place.fraction for place in places], dtype=np.float64)
    length_m = network.length_m[edge]
    return Places(
        street=network.street[edge],
        at_m=fraction * length_m,
        length_m=length_m,
        tail=network.tail[edge],
        head=network.head[edge],
        is_two_way=network.reverse_edge[edge] >= 0,
    )


class _Backward(NamedTuple):
    """The edges by the node they enter, with the times of one profile."""

    start: Longs  # (nodes + 1,)
    tail: Ints  # (edges,)
    ms: Ints  # (edges,)


def _backward(network: RoadNetwork, profile: Profile) -> _Backward:
    def by_head() -> tuple[Longs, Ints, Ints]:
        edge = np.argsort(network.head, kind="stable").astype(np.int32)
        counts = np.bincount(network.head, minlength=network.node_count)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return frozen(start), frozen(network.tail[edge]), frozen(edge)

    start, tail, edge = network.once("by_head", by_head)
    ms = network.once(("by_head_ms", profile), lambda: frozen(network.travel_ms(profile)[edge]))
    return _Backward(start, tail, ms)


def _whole_ms(limit_s: float) -> int:
    return int(min(max(limit_s, 0.0) * 1000.0, INF_MS - 1))


@compiled
def _spread(graph: _Backward, scene: Places, pieces: Pieces, limit_ms: int, node_ms: Ints) -> None:
    """Fill `node_ms` (given full of INF_MS) with the time to the scene from every node within the limit."""
    heap = np.empty(len(graph.tail) + 3, dtype=np.int64)  # an edge is used once, when its head is reached
    size = _enter(scene, pieces, limit_ms, node_ms, heap)
    while size > 0:
        ms = heap[0] >> NUMBER_BITS
        node = heap[0] & NUMBER_MASK
        size = drop_first(heap, size)
        if ms == node_ms[node]:
            size = _relax(graph, node, ms, limit_ms, node_ms, heap, size)


@compiled
def _spread_to_units(
    graph: _Backward,
    scene: Places,
    units: Places,
    pieces: Pieces,
    limit_ms: int,
    wanted: int,
    best_ms: Longs,
) -> None:
    """Search until `wanted` units are certain; `best_ms` (given full of INF_MS) is right for those."""
    nodes = len(graph.start) - 1
    # Where units join the network: a list at each node, two entries at most for each unit.
    first = np.full(nodes, -1, dtype=np.int32)
    after = np.full(2 * len(units.street), -1, dtype=np.int32)
    join_ms = np.full(2 * len(units.street), INF_MS, dtype=np.int64)
    waiting = np.empty(3 * len(units.street) + 1, dtype=np.int64)  # (best time so far, unit), not certain yet
    waiting_size = 0
    for unit in range(len(units.street)):
        best_ms[unit] = _straight_ms(units, unit, scene, pieces)
        if best_ms[unit] < INF_MS:
            waiting_size = push(waiting, waiting_size, best_ms[unit], unit)
        for way in range(2):
            join_ms[2 * unit + way] = _leave_ms(units, unit, way, pieces)
            if join_ms[2 * unit + way] < INF_MS:
                node = units.head[unit] if way == 0 else units.tail[unit]
                after[2 * unit + way] = first[node]
                first[node] = 2 * unit + way

    node_ms = np.full(nodes, INF_MS, dtype=np.int32)
    heap = np.empty(len(graph.tail) + 3, dtype=np.int64)
    size = _enter(scene, pieces, limit_ms, node_ms, heap)
    certain = 0
    while size > 0:
        ms = heap[0] >> NUMBER_BITS
        node = heap[0] & NUMBER_MASK
        size = drop_first(heap, size)
        if ms != node_ms[node]:
            continue
        # Whatever comes later takes at least `ms`: units below it are certain. Equal ones wait, since another unit
        # of the same time and a lower index may still come.
        while waiting_size > 0 and waiting[0] >> NUMBER_BITS < ms:
            if waiting[0] >> NUMBER_BITS == best_ms[waiting[0] & NUMBER_MASK]:
                certain += 1
            waiting_size = drop_first(waiting, waiting_size)
        if certain >= wanted:
            return
        join = first[node]
        while join >= 0:
            if ms + join_ms[join] < best_ms[join >> 1]:
                best_ms[join >> 1] = ms + join_ms[join]
                waiting_size = push(waiting, waiting_size, best_ms[join >> 1], join >> 1)
            join = after[join]
        size = _relax(graph, node, ms, limit_ms, node_ms, heap, size)


@compiled
def _from_field(origins: Places, scene: Places, pieces: Pieces, node_ms: Ints, out_ms: Longs) -> None:
    for i in range(len(origins.street)):
        best = _straight_ms(origins, i, scene, pieces)
        for way in range(2):
            node = origins.head[i] if way == 0 else origins.tail[i]
            if node_ms[node] < INF_MS:
                best = min(best, node_ms[node] + _leave_ms(origins, i, way, pieces))
        out_ms[i] = best


@compiled
def _enter(scene: Places, pieces: Pieces, limit_ms: int, node_ms: Ints, heap: Longs) -> int:
    """Put the ends of the scene's street into the queue, with the time from there to the scene; return its size."""
    size = 0
    for way in range(2):
        ms = enter_ms(scene, way, pieces)
        node = scene.tail[0] if way == 0 else scene.head[0]
        if ms <= limit_ms and ms < node_ms[node]:
            node_ms[node] = ms
            size = push(heap, size, ms, node)
    return size


@compiled
def _relax(graph: _Backward, node: int, ms: int, limit_ms: int, node_ms: Ints, heap: Longs, size: int) -> int:
    """Go one edge back from `node` in every direction; return the new size of the queue."""
    for slot in range(graph.start[node], graph.start[node + 1]):
        longer = ms + graph.ms[slot]
        tail = graph.tail[slot]
        if longer <= limit_ms and longer < node_ms[tail]:
            node_ms[tail] = longer
            size = push(heap, size, longer, tail)
    return size


@compiled
def enter_ms(scene: Places, way: int, pieces: Pieces) -> int:
    """Return the time from the start of the scene's street to it (way 0), or from the end (way 1, if two-way)."""
    if way == 0:
        return partial_ms(pieces, scene.street[0], 0.0, scene.at_m[0])
    if scene.is_two_way[0]:
        return partial_ms(pieces, scene.street[0], scene.at_m[0], scene.length_m[0])
    return INF_MS


@compiled
def _leave_ms(units: Places, unit: int, way: int, pieces: Pieces) -> int:
    """Return the time from a unit to the end of its street (way 0), or to the start (way 1, if two-way)."""
    if way == 0:
        return partial_ms(pieces, units.street[unit], units.at_m[unit], units.length_m[unit])
    if units.is_two_way[unit]:
        return partial_ms(pieces, units.street[unit], 0.0, units.at_m[unit])
    return INF_MS


@compiled
def _straight_ms(units: Places, unit: int, scene: Places, pieces: Pieces) -> int:
    """Return the time along the one street on which unit and scene both lie; INF_MS if there is none."""
    if units.street[unit] != scene.street[0]:
        return INF_MS
    if units.at_m[unit] <= scene.at_m[0] + NOTHING_M:
        return partial_ms(pieces, units.street[unit], units.at_m[unit], scene.at_m[0])
    if units.is_two_way[unit]:
        return partial_ms(pieces, units.street[unit], scene.at_m[0], units.at_m[unit])
    return INF_MS
