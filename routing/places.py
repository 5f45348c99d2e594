"""Places on streets as columns, and the times between them and the ends of their streets.

    ◄── away by the drive back ── place ── away by the drive along ──►      both ways, as far as the profile may
    ─── in by the drive along ──► place ◄── in by the drive back ───

Against the flow of a one-way street a drive back exists too; the metric says whether a profile may use it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from routing.access import NEITHER, Scene
from routing.along import NOTHING_M, StreetTimes, partial_ms
from routing.compiled import compiled, direct
from routing.metric import ArcTimes
from routing.milliseconds import INF_MS
from routing.network import Floats, ForeignNetworkError, Ints, Longs, RoadNetwork
from routing.profiles import Profile
from routing.search_graph import SearchGraph
from routing.snap import Snapped


class Places(NamedTuple):
    """Snapped places as columns, as compiled functions take them."""

    street: Ints
    at_m: Floats  # metres from the start of the street
    length_m: Floats  # of the street
    along: Ints  # the drive along the street
    back: Ints  # the drive back; -1 where there is none
    after_along: Ints  # search node after the drive along
    after_back: Ints  # search node after the drive back; -1 where there is none

    def with_one(self, number: int, place: "Places") -> "Places":
        """Return the places with another one, the only one of `place`, at `number`."""
        columns: list[Any] = [column.copy() for column in self]
        for column, only in zip(columns, place, strict=True):
            column[number : number + 1] = only
        return Places(*columns)


class Entries(NamedTuple):
    """The accesses of a scene as columns, as compiled functions take them."""

    places: Places
    walk_ms: Longs  # (accesses,) from there to the scene
    crossing_ms: Longs  # (accesses, 2) across the road to its side of it, if one comes by the drive along, or back


def entries_of(graph: SearchGraph, scene: Scene, profile: Profile) -> Entries:
    """Return the accesses of a scene as columns.

    Raises:
        ForeignNetworkError: it was found on another network.
    """
    walk_ms = np.array([round(1000 * each.walk_s) for each in scene.accesses], dtype=np.int64)
    crossing_ms = np.zeros((len(walk_ms), 2), dtype=np.int64)
    for number, access in enumerate(scene.accesses):
        if access.far_way != NEITHER:
            crossing_ms[number, access.far_way] = round(1000 * access.crossing_s(access.far_way, profile.delays))
    return Entries(located(graph, [each.place for each in scene.accesses]), walk_ms, crossing_ms)


def located(graph: SearchGraph, places: Sequence[Snapped]) -> Places:
    """Return snapped places as columns.

    Raises:
        ForeignNetworkError: one of them was snapped to another network.
    """
    network = graph.network
    for place in places:
        check_network(network, place)
    edge = np.array([place.edge for place in places], dtype=np.int32)
    fraction = np.array([place.fraction for place in places], dtype=np.float64)
    drives = graph.drives
    return Places(*_columns_directly(edge, fraction, network.street, network.length_m, drives.back, graph.after))


@compiled
def columns(
    edge: Ints, fraction: Floats, street: Ints, length_m: Floats, back: Ints, after: Ints
) -> tuple[Ints, Floats, Floats, Ints, Ints, Ints, Ints]:
    count = len(edge)
    out_street, out_back = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
    out_along, out_behind = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
    out_at_m, out_length_m = np.empty(count), np.empty(count)
    for i in range(count):
        out_street[i] = street[edge[i]]
        out_length_m[i] = length_m[edge[i]]
        out_at_m[i] = fraction[i] * length_m[edge[i]]
        out_along[i] = after[edge[i]]
        out_back[i] = back[edge[i]]
        out_behind[i] = -1
        if back[edge[i]] >= 0:
            out_behind[i] = after[back[edge[i]]]
    return out_street, out_at_m, out_length_m, edge, out_back, out_along, out_behind


_columns_directly = direct(columns)


def check_network(network: RoadNetwork, place: Snapped) -> None:
    """Raise ForeignNetworkError where a place was snapped to another network."""
    if place.network_id != network.network_id:
        raise ForeignNetworkError("The place was found on another road network; snap it to this one.")


@compiled
def enter_ms(scene: Entries, access: int, way: int, streets: StreetTimes) -> int:
    """Return the time to the scene from the start of an access's street (way 0), or from its end (way 1)."""
    places = scene.places
    street, at_m = places.street[access], places.at_m[access]
    beyond_ms = int(scene.walk_ms[access] + scene.crossing_ms[access, way])
    if way == 0:
        return min(partial_ms(streets, street, 0.0, at_m, True) + beyond_ms, INF_MS)
    if places.back[access] >= 0:
        return min(partial_ms(streets, street, at_m, places.length_m[access], False) + beyond_ms, INF_MS)
    return INF_MS


@compiled
def leave_ms(graph: ArcTimes, units: Places, unit: int, way: int, streets: StreetTimes) -> int:
    """Return the time from a unit past the junction at the end of its street (way 0), or at its start (way 1)."""
    if way == 0:
        ms = partial_ms(streets, units.street[unit], units.at_m[unit], units.length_m[unit], True)
        return min(ms + int(graph.end_ms[units.along[unit]]), INF_MS)
    if units.back[unit] >= 0:
        ms = partial_ms(streets, units.street[unit], 0.0, units.at_m[unit], False)
        return min(ms + int(graph.end_ms[units.back[unit]]), INF_MS)
    return INF_MS


@compiled
def straight_ms(units: Places, unit: int, scene: Entries, streets: StreetTimes) -> int:
    """Return the time along the one street on which unit and scene both lie; INF_MS if there is none."""
    best = INF_MS
    street, from_m = units.street[unit], units.at_m[unit]
    for access in range(len(scene.walk_ms)):
        to_m = scene.places.at_m[access]
        if street != scene.places.street[access]:
            continue
        if from_m <= to_m + NOTHING_M:
            ms = partial_ms(streets, street, from_m, to_m, True)
            best = min(best, ms + int(scene.walk_ms[access] + scene.crossing_ms[access, 0]))
        # A vehicle that stands there already may have come from either side.
        if units.back[unit] >= 0 and from_m >= to_m - NOTHING_M:
            ms = partial_ms(streets, street, to_m, from_m, False)
            best = min(best, ms + int(scene.walk_ms[access] + scene.crossing_ms[access, 1]))
    return min(best, INF_MS)


@compiled
def times_from(
    origins: Places, scene: Entries, streets: StreetTimes, graph: ArcTimes, node_ms: Ints, out_ms: Longs
) -> None:
    """Write the time to the scene from each origin, given that from every search node; INF_MS where it is no way."""
    for i in range(len(origins.street)):
        best = straight_ms(origins, i, scene, streets)
        for way in range(2):
            node = origins.after_along[i] if way == 0 else origins.after_back[i]
            if node >= 0 and node_ms[node] < INF_MS:
                best = min(best, node_ms[node] + leave_ms(graph, origins, i, way, streets))
        out_ms[i] = best
