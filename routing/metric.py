"""What driving costs: milliseconds of every arc of the search graph, for one profile, hour and set of closures.

    ms of a drive = street (pieces, spots, slow stretches) + junction at its end (lights, sign, gate, road crossed)
    ms of an arc  = its drive + the turn into it, and INF_MS where a restriction that binds forbids it

    times = metric(network, PROFILES["ambulance"], Conditions(hour=17))
    times.graph.tail, times.graph.head, times.arc_ms

The graph is the same for all; a metric is made of it in some milliseconds and the last ones are kept.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from routing.alike import alike
from routing.along import NO_STRETCHES, StreetTimes, Stretches, partial_ms
from routing.closures import NOTHING_CLOSED, Closures
from routing.compiled import compiled
from routing.hourly import FREE_FLOW, SpeedSet
from routing.junctions import ends_of
from routing.link_times import LinkTimes, link_times, slower
from routing.milliseconds import INF_MS
from routing.network import Floats, Ints, Longs, RoadNetwork, frozen, street_ms
from routing.prepared import hierarchy, search_graph
from routing.profiles import PROFILES, Profile
from routing.restrictions import binding
from routing.search_graph import SearchGraph, turn_ms

METRICS_KEPT = 48  # six profiles, with and without closures, over the turn of an hour; and by which names


@dataclass(frozen=True, slots=True)
class Conditions:
    """What besides the vehicle decides how long a drive takes."""

    hour: int | None = None  # of the week, from Monday 00:00 on, local time; None: any
    closures: Closures = NOTHING_CLOSED
    speed_set: SpeedSet = FREE_FLOW


ANY_TIME = Conditions()


class ArcTimes(NamedTuple):
    """What a search needs to know of arcs where it begins and ends, as compiled functions take it."""

    tail: Ints  # (arcs,)
    drive_start: Longs  # (drives + 1,)
    drive_arc: Ints
    begin_ms: Ints  # (arcs,) the turn alone: what is spent before the drive begins; INF_MS where it is forbidden
    end_ms: Ints  # (drives,) what the junction at the end takes


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """The times of one profile under one set of conditions. Make one with `metric`."""

    graph: SearchGraph
    profile: Profile
    conditions: Conditions
    streets: StreetTimes
    arc_ms: Ints  # (arcs,) INF_MS where closed or forbidden
    arcs: ArcTimes
    links: LinkTimes


def arc_ms(graph: SearchGraph, profile: Profile, conditions: Conditions = ANY_TIME) -> Ints:
    """Return the time of every arc in milliseconds, int32, shape (arcs,); INF_MS where it may not be driven."""
    return metric(graph.network, profile, conditions).arc_ms


def metric(network: RoadNetwork, profile: Profile, conditions: Conditions = ANY_TIME) -> Metric:
    """Return the times of `profile` under `conditions`; the last ones asked for are kept.

    Raises:
        ForeignNetworkError: the closures were drawn on another network.
    """
    kept = network.once("metrics", _Kept)
    found = kept.get((profile, conditions))
    if found is None:
        same = _alike(network, profile, conditions)
        found = (kept.get((profile, same)) if same != conditions else None) or _make(network, profile, same)
        kept.put((profile, same), found)
        kept.put((profile, conditions), found)
    return found


def _alike(network: RoadNetwork, profile: Profile, conditions: Conditions) -> Conditions:
    """Return the conditions of the first hour at which the same holds."""
    if conditions.hour is None:
        return conditions
    closed = [closure.hours for closure in conditions.closures.closures]
    return replace(conditions, hour=alike(network, profile, conditions.hour, closed, conditions.speed_set))


def metrics(network: RoadNetwork, conditions: Conditions = ANY_TIME) -> Mapping[str, Metric]:
    """Return the times of every one of PROFILES under `conditions`, made side by side where there are cores for it."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = pool.map(lambda profile: metric(network, profile, conditions), PROFILES.values())
        return dict(zip(PROFILES, made, strict=True))


class _Kept:
    """The metrics asked for last."""

    def __init__(self) -> None:
        self._metrics: OrderedDict[tuple[Profile, Conditions], Metric] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[Profile, Conditions]) -> Metric | None:
        with self._lock:
            if key in self._metrics:
                self._metrics.move_to_end(key)
            return self._metrics.get(key)

    def put(self, key: tuple[Profile, Conditions], made: Metric) -> None:
        with self._lock:
            self._metrics[key] = made
            while len(self._metrics) > METRICS_KEPT:
                self._metrics.popitem(last=False)


def _make(network: RoadNetwork, profile: Profile, conditions: Conditions) -> Metric:
    stretches = conditions.closures.stretches(network, profile, conditions.hour)
    if len(stretches.street):
        return _with_closures(network, profile, conditions, stretches)
    graph = search_graph(network)
    streets = _street_times(network, profile, conditions)
    end_ms = _end_ms(graph, profile, conditions.hour)
    drive_ms = _drive_ms(graph, streets, end_ms)
    begin_ms = turn_ms(profile.delays)[graph.arc_turn]
    begin_ms[graph.ban_arc[binding(network, profile, conditions.hour)[graph.ban_restriction]]] = INF_MS
    arc_ms = np.minimum(drive_ms[graph.arc_drive].astype(np.int64) + begin_ms, INF_MS).astype(np.int32)
    arcs = ArcTimes(graph.tail, graph.drive_start, graph.drive_arc, frozen(begin_ms), frozen(end_ms))
    links = link_times(hierarchy(network), graph.tail, graph.head, arc_ms)
    return Metric(graph, profile, conditions, streets, frozen(arc_ms), arcs, links)


def _with_closures(network: RoadNetwork, profile: Profile, conditions: Conditions, stretches: Stretches) -> Metric:
    """Return a metric in which parts of some streets are slow or closed; only their arcs are looked at again."""
    before, new = _before(network, profile, conditions, stretches.street)
    graph, arcs = before.graph, before.arcs
    streets = before.streets._replace(stretches=stretches)
    arc_ms = before.arc_ms.copy()
    changed = _retime(network.street_edge, network.length_m, graph.drives.back, arcs, streets, new, arc_ms)
    links = slower(hierarchy(network), before.links, graph.tail, arc_ms, changed)
    return Metric(graph, profile, conditions, streets, frozen(arc_ms), arcs, links)


def _before(network: RoadNetwork, profile: Profile, conditions: Conditions, street: Ints) -> tuple[Metric, Ints]:
    """Return the metric without the last closure and its streets, if that is kept; else the open roads and `street`."""
    added_to = conditions.closures.added_to
    fewer = None if added_to is None else added_to()
    if fewer is not None:
        kept = network.once("metrics", _Kept).get((profile, replace(conditions, closures=fewer)))
        if kept is not None:
            last = conditions.closures.closures[-1]
            return kept, last.street if last.concerns(profile, conditions.hour) else last.street[:0]
    return metric(network, profile, replace(conditions, closures=NOTHING_CLOSED)), street


def _street_times(network: RoadNetwork, profile: Profile, conditions: Conditions) -> StreetTimes:
    spot_ms = network.spot_ms(profile, conditions.hour)[network.spot_kind]
    return StreetTimes(
        piece_start=network.piece_start,
        piece_length_m=network.piece_length_m,
        speeds=network.piece_speeds(profile, conditions.hour, conditions.speed_set),
        spot_start=network.spot_start,
        spot_at_m=network.spot_at_m,
        spot_along_ms=frozen(np.where(network.spot_way >= 0, spot_ms, 0)),
        spot_back_ms=frozen(np.where(network.spot_way <= 0, spot_ms, 0)),
        stretches=NO_STRETCHES,
    )


def _end_ms(graph: SearchGraph, profile: Profile, hour: int | None) -> Ints:
    """Return what the junction at the end of every drive takes, int32, shape (drives,); INF_MS where one is shut."""
    network, delays, ends = graph.network, profile.delays, ends_of(graph.network)
    crossing_s = np.array([0.0, delays.crossing_tertiary_s, delays.crossing_secondary_s, delays.crossing_primary_s])
    seconds = crossing_s[ends.crossed_rank] + np.where(ends.is_into_roundabout, delays.give_way_s, 0.0)
    ms = np.round(1000 * seconds).astype(np.int64)
    spot = network.node_spot[graph.drives.head]
    if len(network.spot_kinds):
        # A sign at the junction itself is for those who give way there.
        is_sign = np.array([tags.get("highway") in ("stop", "give_way") for tags in network.spot_kinds])
        counts = (spot >= 0) & (~is_sign[spot] | (ends.crossed_rank > 0))
        ms += np.where(counts, network.spot_ms(profile, hour)[spot], 0)
    return np.minimum(ms, INF_MS).astype(np.int32)


def _drive_ms(graph: SearchGraph, streets: StreetTimes, end_ms: Ints) -> Ints:
    """Return the time of every drive from end to end, int32, shape (drives,)."""
    network = graph.network
    along_ms, back_ms = street_ms(network, streets.speeds, streets.spot_along_ms, streets.spot_back_ms)
    street = network.street[graph.drives.edge]
    is_along = network.is_along[graph.drives.edge] != graph.drives.is_against
    ms: Ints = np.minimum(np.where(is_along, along_ms[street], back_ms[street]) + end_ms, INF_MS)
    return ms


@compiled
def _retime(
    street_edge: Ints, length_m: Floats, back: Ints, arcs: ArcTimes, streets: StreetTimes, changed: Ints, arc_ms: Ints
) -> Ints:
    """Write what all arcs along some streets take into `arc_ms`; return which arcs these are.

    Args:
        changed: the streets, sorted; one may come more than once.
    """
    written = [np.int32(0) for _ in range(0)]
    for number in range(len(changed)):
        street = changed[number]
        if number > 0 and street == changed[number - 1]:
            continue
        along = street_edge[street]
        for drive in (along, back[along]):
            if drive < 0:
                continue
            ms = max(partial_ms(streets, street, 0.0, length_m[along] + 1.0, drive == along), 1) + arcs.end_ms[drive]
            for slot in range(arcs.drive_start[drive], arcs.drive_start[drive + 1]):
                arc = arcs.drive_arc[slot]
                arc_ms[arc] = min(ms + arcs.begin_ms[arc], INF_MS)
                written.append(arc)
    return np.array(written, dtype=np.int32)
