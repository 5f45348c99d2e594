"""Many scenes × many units: every time at once, sixteen scenes to a pass over the fleet tree."""

from collections.abc import Sequence

import numpy as np

from routing.access import Scene, as_scene
from routing.along import StreetTimes
from routing.cancelling import IsCancelled, give_up_if, never
from routing.climbing import LANES, LaneTimes, lent_lanes, sweep_lanes
from routing.compiled import compiled
from routing.fleet import Fleet, fleet_at
from routing.fleet_tree import FleetTree
from routing.metric import ANY_TIME, ArcTimes, Conditions, metric
from routing.milliseconds import INF_MS, LIMIT_S, whole_ms
from routing.network import Floats, Ints, RoadNetwork
from routing.places import Entries, Places, entries_of, leave_ms, straight_ms
from routing.profiles import Profile
from routing.snap import Snapped


def travel_matrix(
    network: RoadNetwork,
    places: Sequence[Snapped | Scene],
    units: Sequence[Snapped] | Fleet,
    profile: Profile,
    limit_s: float = LIMIT_S,
    conditions: Conditions = ANY_TIME,
    is_cancelled: IsCancelled = never,
) -> Floats:
    """Return the seconds to each place from each unit, float64, shape (places, units); inf beyond the limit.

    Raises:
        ForeignNetworkError: a place or a unit was snapped to another network, or a closure drawn on one.
        Cancelled: the answer is not wanted any more.
    """
    fleet = units if isinstance(units, Fleet) else fleet_at(network, units)
    times = metric(network, profile, conditions)
    scenes = [entries_of(times.graph, as_scene(place), profile) for place in places]
    limit_ms = whole_ms(limit_s)
    away_ms = _away(times.arcs, times.streets, fleet.places)
    seconds = np.empty((len(scenes), len(fleet.units)))
    for first in range(0, len(scenes), LANES):
        give_up_if(is_cancelled)
        together = scenes[first : first + LANES]
        unit_ms = np.full((len(fleet.units), LANES), INF_MS, dtype=np.int32)
        with lent_lanes(times, together, limit_ms) as lane_ms:
            sweep_lanes(times.links, fleet.tree.node, lane_ms)
            _gather(fleet.tree, away_ms, lane_ms, unit_ms)
        for lane, scene in enumerate(together):
            _straight(fleet.places, scene, times.streets, unit_ms[:, lane])
            seconds[first + lane] = unit_ms[:, lane]
    seconds[seconds > limit_ms] = np.inf
    return seconds / 1000.0


@compiled
def _away(graph: ArcTimes, streets: StreetTimes, units: Places) -> Ints:
    """Return the time of each unit to where it joins the network, either way, shape (2 × units,)."""
    away_ms = np.empty(2 * len(units.street), dtype=np.int32)
    for unit in range(len(units.street)):
        for way in range(2):
            away_ms[2 * unit + way] = leave_ms(graph, units, unit, way, streets)
    return away_ms


@compiled
def _gather(tree: FleetTree, away_ms: Ints, lane_ms: LaneTimes, unit_ms: LaneTimes) -> None:
    """Lower the times of units to those at the nodes where they join, and from there on."""
    join_start, join = tree.join_start, tree.join
    for at in range(len(tree.node)):
        for slot in range(join_start[at], join_start[at + 1]):
            mine, theirs, ms = unit_ms[join[slot] >> 1], lane_ms[tree.node[at]], away_ms[join[slot]]
            for lane in range(len(mine)):
                mine[lane] = min(mine[lane], np.int32(theirs[lane] + ms))


@compiled
def _straight(units: Places, scene: Entries, streets: StreetTimes, ms: Ints) -> None:
    unit_street, street = units.street, scene.places.street
    for unit in range(len(ms)):
        for access in range(len(street)):
            if unit_street[unit] == street[access]:
                ms[unit] = min(ms[unit], straight_ms(units, unit, scene, streets))
                break
