"""How soon one can be at a scene from everywhere: searches backwards from the scene.

    unit ──► after its drive ──► … ──► before the scene's drive ──► scene
       └──► the other way, if it may ──►  …  ──► the other way ──────┘         or straight along, if on one street

The scene is inserted on its street: the search starts at the tails of all arcs of its two drives (its *doors*) with
the time from there to the scene. A unit is inserted on its own in the same way, and may set off in either direction;
against the flow of a one-way street if its profile may. Turns cost and bind as `routing.metric` says. Times are whole
milliseconds in int32, so results do not depend on the order of sums. How it searches: `routing.climbing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.access import Scene, as_scene
from routing.cancelling import IsCancelled, give_up_if, never
from routing.climbing import LANES, LaneTimes, climb_once, doors, lent_lanes, lent_slate, sweep, sweep_lanes
from routing.compiled import compiled
from routing.fleet import fleet_at
from routing.metric import ANY_TIME, Conditions, Metric, metric
from routing.milliseconds import INF_MS, LIMIT_S, whole_ms
from routing.network import Floats, Ints, RoadNetwork, frozen
from routing.places import Entries, entries_of, located, times_from
from routing.profiles import Profile
from routing.snap import Snapped


@dataclass(frozen=True, slots=True, eq=False)
class ArrivalField:
    """The time to one place from everywhere. Make one with `arrival_field`; it holds for its conditions' hour."""

    network: RoadNetwork
    scene: Scene
    profile: Profile
    limit_s: float
    metric: Metric
    entries: Entries  # the scene's accesses as columns
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
        times_from(located(graph, origins), self.entries, times.streets, times.arcs, self.node_ms, ms)
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
    limit_ms = whole_ms(limit_s)
    entries = entries_of(times.graph, scene, profile)
    door, door_ms = doors(times.arcs, entries, times.streets, limit_ms)
    node_ms = np.full(times.graph.node_count, INF_MS, dtype=np.int32)
    with lent_slate(network) as slate:
        climb_once(times.links, door, door_ms, node_ms, slate)
    sweep(times.links, node_ms, limit_ms)
    return ArrivalField(network, scene, profile, limit_s, times, entries, frozen(node_ms))


def arrival_fields(
    network: RoadNetwork,
    places: Sequence[Snapped | Scene],
    profile: Profile,
    limit_s: float = LIMIT_S,
    conditions: Conditions = ANY_TIME,
    is_cancelled: IsCancelled = never,
) -> list[ArrivalField]:
    """Compute the time to each place from everywhere, sixteen at once: several times sooner than one by one.

    See `arrival_field`.

    Raises:
        Cancelled: the answer is not wanted any more.
    """
    times = metric(network, profile, conditions)
    scenes = [as_scene(place) for place in places]
    entries = [entries_of(times.graph, scene, profile) for scene in scenes]
    node_ms = np.empty((len(scenes), times.graph.node_count), dtype=np.int32)
    downwards = np.arange(times.graph.node_count - 1, -1, -1, dtype=np.int32)
    for first in range(0, len(scenes), LANES):
        give_up_if(is_cancelled)
        with lent_lanes(times, entries[first : first + LANES], whole_ms(limit_s)) as lane_ms:
            sweep_lanes(times.links, downwards, lane_ms)
            _apart(lane_ms, whole_ms(limit_s), node_ms[first : first + LANES])
    return [
        ArrivalField(network, scene, profile, limit_s, times, its_entries, frozen(row))
        for scene, its_entries, row in zip(scenes, entries, node_ms, strict=True)
    ]


def soonest(
    network: RoadNetwork,
    place: Snapped | Scene,
    units: Sequence[Snapped],
    profile: Profile,
    k: int | None = None,
    limit_s: float = LIMIT_S,
    conditions: Conditions = ANY_TIME,
) -> list[tuple[int, float]]:
    """Find the `k` of `units` that can be at `place` first; see `Fleet.soonest`, which is for units asked again."""
    return fleet_at(network, units).soonest(place, profile, k, limit_s, conditions)


@compiled
def _apart(lane_ms: LaneTimes, limit_ms: int, node_ms: LaneTimes) -> None:
    """Write each lane into a row of its own; INF_MS where the time is beyond the limit."""
    for node in range(len(lane_ms)):
        for lane in range(len(node_ms)):
            ms = lane_ms[node, lane]
            node_ms[lane, node] = ms if ms <= limit_ms else INF_MS
