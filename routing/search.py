"""How soon a unit can be at the scene: one search backwards from the scene answers for all units.

    unit ──► after its drive ──► … ──► before the scene's drive ──► scene
       └──► the other way, if it may ──►  …  ──► the other way ──────┘         or straight along, if on one street

The scene is inserted on its street: the search starts at the tails of all arcs of its two drives with the time from
there to the scene. A unit is inserted on its own in the same way, and may set off in either direction; against the
flow of a one-way street if its profile may. Turns cost and bind as `routing.metric` says. Times are whole
milliseconds in int32, so results do not depend on the order of sums. Method: Dijkstra (1959) on the reversed graph.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routing.access import Scene, as_scene
from routing.along import NOTHING_M, StreetTimes, partial_ms
from routing.compiled import compiled
from routing.heap import NUMBER_BITS, NUMBER_MASK, drop_first, push
from routing.metric import ANY_TIME, ArcTimes, Conditions, Metric, metric
from routing.milliseconds import INF_MS, whole_ms
from routing.network import Flags, Floats, ForeignNetworkError, Ints, Longs, RoadNetwork, frozen
from routing.profiles import Profile
from routing.search_graph import SearchGraph
from routing.snap import Snapped

LIMIT_S = 4 * 3600.0  # nothing farther is an emergency response


@dataclass(frozen=True, slots=True, eq=False)
class ArrivalField:
    """The time to one place from everywhere. Make one with `arrival_field`; it holds for its conditions' hour."""

    network: RoadNetwork
    scene: Scene
    profile: Profile
    limit_s: float
    metric: Metric
    node_ms: Ints  # (search nodes,) from the node to the scene; INF_MS where it is unreachable or beyond the limit

    @property
    def place(self) -> Snapped:
        """Return the place on the nearest street."""
        return self.scene.nearest

    def seconds_from(self, origin: Snapped) -> float:
        """Return the seconds from `origin` to the scene, the walk included; inf if there is no way within the limit.

        Raises:
            ForeignNetworkError: `origin` was snapped to another network.
        """
        return float(self.seconds_from_many([origin])[0])

    def seconds_from_many(self, origins: Sequence[Snapped]) -> Floats:
        """Return the seconds from each origin, float64, shape (origins,); inf where there is no way."""
        ms = np.empty(len(origins), dtype=np.int64)
        graph, times = self.metric.graph, self.metric
        _from_field(located(graph, origins), entries_of(graph, self.scene), times.streets, times.arcs, self.node_ms, ms)
        return np.where(ms <= whole_ms(self.limit_s), ms / 1000.0, np.inf)


def arrival_field(
    network: RoadNetwork,
    place: Snapped | Scene,
    profile: Profile,
    limit_s: float = LIMIT_S,
    conditions: Conditions = ANY_TIME,
) -> ArrivalField:
    """Compute the time to `place` from everywhere.

    One backward search answers for every unit at once; a GPS ping is then a table look-up.

    Args:
        place: where the scene lies, on a street (`routing.snap`) or beside several (`routing.access`).
        limit_s: what is farther than this many seconds counts as unreachable.
        conditions: the hour, what is closed, and the speed set.
    Raises:
        ForeignNetworkError: `place` was snapped to another network, or a closure drawn on one.
    """
    times = metric(network, profile, conditions)
    scene = as_scene(place)
    node_ms = np.full(times.graph.node_count, INF_MS, dtype=np.int32)
    _spread(times.arcs, entries_of(times.graph, scene), times.streets, whole_ms(limit_s), node_ms)
    return ArrivalField(network, scene, profile, limit_s, times, frozen(node_ms))


def soonest(
    network: RoadNetwork,
    place: Snapped | Scene,
    units: Sequence[Snapped],
    profile: Profile,
    k: int | None = None,
    limit_s: float = LIMIT_S,
    conditions: Conditions = ANY_TIME,
) -> list[tuple[int, float]]:
    """Find the `k` units that can be at `place` first (None: all), as (index in `units`, seconds).

    Sorted by seconds, then index. Units that cannot get there within `limit_s` are left out. The search ends as soon
    as the answer is certain; it is exact.

    Raises:
        ForeignNetworkError: `place` or a unit was snapped to another network, or a closure drawn on one.
    """
    times = metric(network, profile, conditions)
    places, scene = located(times.graph, units), entries_of(times.graph, as_scene(place))
    wanted = len(units) if k is None else min(k, len(units))
    if wanted <= 0:
        return []
    limit_ms = whole_ms(limit_s)
    best_ms = np.full(len(units), INF_MS, dtype=np.int64)
    _spread_to_units(times.arcs, scene, places, times.streets, limit_ms, wanted, best_ms)
    order = np.lexsort((np.arange(len(best_ms)), best_ms))[:wanted]
    return [(int(unit), float(best_ms[unit]) / 1000.0) for unit in order if best_ms[unit] <= limit_ms]


class Places(NamedTuple):
    """Snapped places as columns, as compiled functions take them."""

    street: Ints
    at_m: Floats  # metres from the start of the street
    length_m: Floats  # of the street
    along: Ints  # the drive along the street
    back: Ints  # the drive back; -1 where there is none
    is_back_against: Flags  # the drive back goes against the flow
    after_along: Ints  # search node after the drive along
    after_back: Ints  # search node after the drive back; -1 where there is none


class Entries(NamedTuple):
    """The accesses of a scene as columns, as compiled functions take them."""

    places: Places
    walk_ms: Longs  # (accesses,) from there to the scene


def entries_of(graph: SearchGraph, scene: Scene) -> Entries:
    """Return the accesses of a scene as columns.

    Raises:
        ForeignNetworkError: it was found on another network.
    """
    walk_ms = np.array([round(1000 * each.walk_s) for each in scene.accesses], dtype=np.int64)
    return Entries(located(graph, [each.place for each in scene.accesses]), walk_ms)


def located(graph: SearchGraph, places: Sequence[Snapped]) -> Places:
    """Return snapped places as columns.

    Raises:
        ForeignNetworkError: one of them was snapped to another network.
    """
    network = graph.network
    if any(place.network_id != network.network_id for place in places):
        raise ForeignNetworkError("The place was found on another road network; snap it to this one.")
    edge = np.array([place.edge for place in places], dtype=np.int64)
    fraction = np.array([place.fraction for place in places], dtype=np.float64)
    length_m = network.length_m[edge]
    back = graph.drives.back[edge]
    return Places(
        street=network.street[edge],
        at_m=fraction * length_m,
        length_m=length_m,
        along=edge.astype(np.int32),
        back=back,
        is_back_against=(back >= 0) & graph.drives.is_against[back],
        after_along=graph.after[edge],
        after_back=np.where(back >= 0, graph.after[back], -1).astype(np.int32),
    )


@compiled
def _spread(graph: ArcTimes, scene: Entries, streets: StreetTimes, limit_ms: int, node_ms: Ints) -> None:
    """Fill `node_ms` (given full of INF_MS) with the time to the scene from every node within the limit."""
    heap = np.empty(2 * len(graph.tail) + 3, dtype=np.int64)  # an arc is used once, and once more by the scene
    size = _enter(graph, scene, streets, limit_ms, node_ms, heap)
    while size > 0:
        ms = heap[0] >> NUMBER_BITS
        node = heap[0] & NUMBER_MASK
        size = drop_first(heap, size)
        if ms == node_ms[node]:
            size = _relax(graph, node, ms, limit_ms, node_ms, heap, size)


@compiled
def _spread_to_units(
    graph: ArcTimes,
    scene: Entries,
    units: Places,
    streets: StreetTimes,
    limit_ms: int,
    wanted: int,
    best_ms: Longs,
) -> None:
    """Search until `wanted` units are certain; `best_ms` (given full of INF_MS) is right for those."""
    nodes = len(graph.in_start) - 1
    # Where units join the network: a list at each node, two entries at most for each unit.
    first = np.full(nodes, -1, dtype=np.int32)
    after = np.full(2 * len(units.street), -1, dtype=np.int32)
    join_ms = np.full(2 * len(units.street), INF_MS, dtype=np.int64)
    waiting = np.empty(3 * len(units.street) + 1, dtype=np.int64)  # (best time so far, unit), not certain yet
    waiting_size = 0
    for unit in range(len(units.street)):
        best_ms[unit] = _straight_ms(units, unit, scene, streets)
        if best_ms[unit] < INF_MS:
            waiting_size = push(waiting, waiting_size, best_ms[unit], unit)
        for way in range(2):
            join_ms[2 * unit + way] = leave_ms(graph, units, unit, way, streets)
            if join_ms[2 * unit + way] < INF_MS:
                node = units.after_along[unit] if way == 0 else units.after_back[unit]
                after[2 * unit + way] = first[node]
                first[node] = 2 * unit + way

    node_ms = np.full(nodes, INF_MS, dtype=np.int32)
    heap = np.empty(2 * len(graph.tail) + 3, dtype=np.int64)
    size = _enter(graph, scene, streets, limit_ms, node_ms, heap)
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
def _from_field(
    origins: Places, scene: Entries, streets: StreetTimes, graph: ArcTimes, node_ms: Ints, out_ms: Longs
) -> None:
    for i in range(len(origins.street)):
        best = _straight_ms(origins, i, scene, streets)
        for way in range(2):
            node = origins.after_along[i] if way == 0 else origins.after_back[i]
            if node >= 0 and node_ms[node] < INF_MS:
                best = min(best, node_ms[node] + leave_ms(graph, origins, i, way, streets))
        out_ms[i] = best


@compiled
def _enter(graph: ArcTimes, scene: Entries, streets: StreetTimes, limit_ms: int, node_ms: Ints, heap: Longs) -> int:
    """Queue the tails of all arcs that lead along the scene's streets, with the time to it; return the queue's size."""
    size = 0
    for access in range(len(scene.walk_ms)):
        for way in range(2):
            ms = _enter_ms(scene, access, way, streets)
            drive = scene.places.along[access] if way == 0 else scene.places.back[access]
            if ms > limit_ms:
                continue
            for slot in range(graph.drive_start[drive], graph.drive_start[drive + 1]):
                arc = graph.drive_arc[slot]
                node = graph.tail[arc]
                whole = ms + graph.begin_ms[arc]
                if whole <= limit_ms and whole < node_ms[node]:
                    node_ms[node] = whole
                    size = push(heap, size, whole, node)
    return size


@compiled
def _relax(graph: ArcTimes, node: int, ms: int, limit_ms: int, node_ms: Ints, heap: Longs, size: int) -> int:
    """Go one arc back from `node` in every direction; return the new size of the queue."""
    for slot in range(graph.in_start[node], graph.in_start[node + 1]):
        longer = ms + graph.in_ms[slot]
        tail = graph.in_tail[slot]
        if longer <= limit_ms and longer < node_ms[tail]:
            node_ms[tail] = longer
            size = push(heap, size, longer, tail)
    return size


@compiled
def _enter_ms(scene: Entries, access: int, way: int, streets: StreetTimes) -> int:
    """Return the time to the scene from the start of an access's street (way 0), or from its end (way 1)."""
    places = scene.places
    street, at_m = places.street[access], places.at_m[access]
    if way == 0:
        return min(partial_ms(streets, street, 0.0, at_m, True, False) + int(scene.walk_ms[access]), INF_MS)
    if places.back[access] >= 0:
        against = places.is_back_against[access]
        ms = partial_ms(streets, street, at_m, places.length_m[access], False, against)
        return min(ms + int(scene.walk_ms[access]), INF_MS)
    return INF_MS


@compiled
def leave_ms(graph: ArcTimes, units: Places, unit: int, way: int, streets: StreetTimes) -> int:
    """Return the time from a unit past the junction at the end of its street (way 0), or at its start (way 1)."""
    if way == 0:
        ms = partial_ms(streets, units.street[unit], units.at_m[unit], units.length_m[unit], True, False)
        return min(ms + int(graph.end_ms[units.along[unit]]), INF_MS)
    if units.back[unit] >= 0:
        ms = partial_ms(streets, units.street[unit], 0.0, units.at_m[unit], False, units.is_back_against[unit])
        return min(ms + int(graph.end_ms[units.back[unit]]), INF_MS)
    return INF_MS


@compiled
def _straight_ms(units: Places, unit: int, scene: Entries, streets: StreetTimes) -> int:
    """Return the time along the one street on which unit and scene both lie; INF_MS if there is none."""
    best = INF_MS
    street, from_m = units.street[unit], units.at_m[unit]
    for access in range(len(scene.walk_ms)):
        to_m = scene.places.at_m[access]
        if street != scene.places.street[access]:
            continue
        if from_m <= to_m + NOTHING_M:
            ms = partial_ms(streets, street, from_m, to_m, True, False)
            best = min(best, ms + int(scene.walk_ms[access]))
        # A vehicle that stands there already may have come from either side.
        if units.back[unit] >= 0 and from_m >= to_m - NOTHING_M:
            ms = partial_ms(streets, street, to_m, from_m, False, units.is_back_against[unit])
            best = min(best, ms + int(scene.walk_ms[access]))
    return min(best, INF_MS)
