"""What driving costs: milliseconds of every arc of the search graph, for one profile, hour and set of closures.

    ms of a drive = street (pieces, spots, slow stretches) + junction at its end (lights, sign, gate, road crossed)
    ms of an arc  = its drive + the turn into it, and INF_MS where a restriction that binds forbids it

    times = metric(network, PROFILES["ambulance"], Conditions(hour=17))
    times.graph.tail, times.graph.head, times.arc_ms

The graph is the same for all; a metric is made of it in some milliseconds and the last ones are kept.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routing.along import NO_STRETCHES, StreetTimes, Stretches, partial_ms
from routing.closures import NOTHING_CLOSED, Closures
from routing.compiled import compiled
from routing.hourly import FREE_FLOW, SpeedSet
from routing.junctions import costly_turns, drives_of, ends_of
from routing.milliseconds import INF_MS
from routing.network import Flags, Floats, Ints, Longs, RoadNetwork, frozen, street_ms
from routing.profiles import PROFILES, Profile
from routing.restrictions import bans_of, binding
from routing.search_graph import SearchGraph, derive
from routing.turning_round import remembered_drives

METRICS_KEPT = 16  # six profiles, with and without closures, over the turn of an hour; 20 MB each at a million nodes


@dataclass(frozen=True, slots=True)
class Conditions:
    """What besides the vehicle decides how long a drive takes."""

    hour: int | None = None  # of the week, from Monday 00:00 on, local time; None: any
    closures: Closures = NOTHING_CLOSED
    speed_set: SpeedSet = FREE_FLOW


ANY_TIME = Conditions()


class ArcTimes(NamedTuple):
    """A search graph with its times, as compiled functions take it."""

    tail: Ints  # (arcs,)
    arc_drive: Ints
    drive_start: Longs  # (drives + 1,)
    drive_arc: Ints
    in_start: Longs  # (search nodes + 1,)
    in_tail: Ints  # (arcs,) tails, in the order of the heads
    in_ms: Ints  # (arcs,) times in the same order
    begin_ms: Ints  # (arcs,) the turn alone: what is spent before the drive begins; INF_MS where it is forbidden
    end_ms: Ints  # (drives,) what the junction at the end takes


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """The times of one profile under one set of conditions. Make one with `metric`."""

    graph: SearchGraph
    profile: Profile
    conditions: Conditions
    streets: StreetTimes
    drive_ms: Ints  # (drives,) from end to end, the junction at the end included; INF_MS where closed
    arc_ms: Ints  # (arcs,) INF_MS where closed or forbidden
    arcs: ArcTimes


def search_graph(network: RoadNetwork) -> SearchGraph:
    """Return the search graph of a network; derived once, for all of PROFILES."""

    def make() -> SearchGraph:
        drives, turns = drives_of(network), costly_turns(network)
        bans = bans_of(network, drives)
        remembered = remembered_drives(network, drives, bans, turns, PROFILES.values())
        return derive(network, drives, bans, turns, remembered)

    return network.once("search_graph", make)


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
        found = _make(network, profile, conditions)
        kept.put((profile, conditions), found)
    return found


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
        open_roads = metric(network, profile, Conditions(conditions.hour, NOTHING_CLOSED, conditions.speed_set))
        return _with_stretches(open_roads, conditions, stretches)
    graph = search_graph(network)
    streets = _street_times(network, profile, conditions)
    end_ms = _end_ms(graph, profile, conditions.hour)
    drive_ms = _drive_ms(graph, streets, end_ms)
    delays = profile.delays
    turn_s = np.array([0.0, delays.u_turn_s, delays.across_primary_s, delays.across_secondary_s])
    begin_ms = np.round(1000 * turn_s).astype(np.int32)[graph.arc_turn]
    begin_ms[graph.ban_arc[binding(network, profile, conditions.hour)[graph.ban_restriction]]] = INF_MS
    arc_ms = np.minimum(drive_ms[graph.arc_drive].astype(np.int64) + begin_ms, INF_MS).astype(np.int32)
    arcs = ArcTimes(
        tail=graph.tail,
        arc_drive=graph.arc_drive,
        drive_start=graph.drive_start,
        drive_arc=graph.drive_arc,
        in_start=graph.in_start,
        in_tail=network.once("in_tail", lambda: frozen(graph.tail[graph.in_arc])),
        in_ms=frozen(arc_ms[graph.in_arc]),
        begin_ms=frozen(begin_ms),
        end_ms=frozen(end_ms),
    )
    return Metric(graph, profile, conditions, streets, frozen(drive_ms), frozen(arc_ms), arcs)


def _with_stretches(open_roads: Metric, conditions: Conditions, stretches: Stretches) -> Metric:
    """Return a metric in which parts of some streets are slow or closed; only their arcs are looked at again."""
    graph, arcs = open_roads.graph, open_roads.arcs
    streets = open_roads.streets._replace(stretches=stretches)
    along = graph.network.street_edge[np.unique(stretches.street)]
    back = graph.drives.back[along]
    drives = np.concatenate([along, back[back >= 0]])
    drive_ms = open_roads.drive_ms.copy()
    drive_ms[drives] = _whole_ms(streets, *_as_driven(graph, drives), arcs.end_ms[drives])

    touched = np.concatenate(
        [graph.drive_arc[graph.drive_start[d] : graph.drive_start[d + 1]] for d in drives.tolist()]
    )
    total_ms = drive_ms[graph.arc_drive[touched]].astype(np.int64) + arcs.begin_ms[touched]
    arc_ms, in_ms = open_roads.arc_ms.copy(), arcs.in_ms.copy()
    arc_ms[touched] = np.minimum(total_ms, INF_MS)
    in_ms[_in_slot(graph)[touched]] = arc_ms[touched]
    return Metric(
        graph,
        open_roads.profile,
        conditions,
        streets,
        frozen(drive_ms),
        frozen(arc_ms),
        arcs._replace(in_ms=frozen(in_ms)),
    )


def _in_slot(graph: SearchGraph) -> Ints:
    """Return where each arc stands in the order of heads, shape (arcs,)."""

    def make() -> Ints:
        slot = np.empty(graph.arc_count, dtype=np.int32)
        slot[graph.in_arc] = np.arange(graph.arc_count, dtype=np.int32)
        return frozen(slot)

    return graph.network.once("in_slot", make)


def _street_times(network: RoadNetwork, profile: Profile, conditions: Conditions) -> StreetTimes:
    spot_ms = network.spot_ms(profile, conditions.hour)[network.spot_kind]
    return StreetTimes(
        piece_start=network.piece_start,
        piece_length_m=network.piece_length_m,
        piece_mps=network.piece_mps(profile, conditions.hour, conditions.speed_set),
        against_mps=profile.against_flow_kmh / 3.6,
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
    along_ms, back_ms = street_ms(network, streets.piece_mps, streets.spot_along_ms, streets.spot_back_ms)
    ms = np.where(network.is_along, along_ms[network.street], back_ms[network.street]).astype(np.int64)
    with_flow = np.minimum(ms + end_ms[: network.edge_count], INF_MS).astype(np.int32)
    against = np.arange(network.edge_count, len(graph.drives.edge))
    return np.concatenate([with_flow, _whole_ms(streets, *_as_driven(graph, against), end_ms[against])])


def _as_driven(graph: SearchGraph, drives: Ints | Longs) -> tuple[Ints, Flags, Flags, Floats]:
    """Return street, is_along, is_against and length in metres of drives."""
    edge, is_against = graph.drives.edge[drives], graph.drives.is_against[drives]
    network = graph.network
    return network.street[edge], network.is_along[edge] != is_against, is_against, network.length_m[edge]


@compiled
def _whole_ms(
    streets: StreetTimes, street: Ints, is_along: Flags, is_against: Flags, length_m: Floats, end_ms: Ints
) -> Ints:
    ms = np.empty(len(street), dtype=np.int32)
    for i in range(len(street)):
        along_ms = partial_ms(streets, street[i], 0.0, length_m[i] + 1.0, is_along[i], is_against[i])
        ms[i] = min(max(along_ms, 1) + end_ms[i], INF_MS)
    return ms
