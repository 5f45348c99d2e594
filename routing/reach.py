"""How far a unit gets: the seconds from one place to everywhere, the counterpart of the arrival field.

    post ──► after its drive ──► … ──► every search node ──► isochrone, “what can DMK-1 reach in 8 minutes”

The search runs forwards, over the links of the hierarchy turned round, so that the time from a post to a scene is the
same whichever end asks.
"""

import math
from dataclasses import dataclass

import numpy as np

from routing.along import StreetTimes, partial_ms
from routing.climbing import climb_once, lent_slate, sweep
from routing.compiled import compiled
from routing.link_times import turned_round
from routing.metric import ANY_TIME, ArcTimes, Conditions, Metric, metric
from routing.milliseconds import INF_MS, whole_ms
from routing.network import Flags, Floats, Ints, Longs, RoadNetwork, frozen
from routing.places import Places, leave_ms, located
from routing.profiles import Profile
from routing.snap import Snapped


@dataclass(frozen=True, slots=True, eq=False)
class Covered:
    """The parts of streets that can be reached in time."""

    street: Ints  # (parts,) a street may come twice, entered from either end
    from_m: Floats  # (parts,) metres from the start of its shape
    to_m: Floats


@dataclass(frozen=True, slots=True, eq=False)
class ReachField:
    """The time from one place to everywhere. Make one with `reach_field`."""

    network: RoadNetwork
    origin: Snapped
    profile: Profile
    limit_s: float
    metric: Metric
    node_ms: Ints  # (search nodes,) from the origin to the node; INF_MS where it is unreachable or beyond the limit

    def covered(self, within_s: float) -> Covered:
        """Return what of the streets is reached within `within_s` seconds, as far as that lies within the limit."""
        graph, times = self.metric.graph, self.metric
        within_ms = whole_ms(min(within_s, self.limit_s))
        # When one is at the beginning of a drive, the turn into it done: by the best of its arcs.
        begin_ms = self.node_ms[graph.tail].astype(np.int64) + times.arcs.begin_ms
        first_ms = np.full(len(graph.drives.edge), INF_MS, dtype=np.int64)
        np.minimum.at(first_ms, graph.arc_drive, begin_ms)
        chosen = np.flatnonzero(first_ms < within_ms)
        edge = graph.drives.edge[chosen]
        is_along = self.network.is_along[edge] != graph.drives.is_against[chosen]
        length_m, street = self.network.length_m[edge], self.network.street[edge]
        reached_m = np.empty(len(chosen))
        _reached_m(times.streets, street, is_along, length_m, within_ms - first_ms[chosen], reached_m)
        own_street, own_from, own_to = self._own_street(within_ms)
        return Covered(
            street=np.concatenate([street, own_street]),
            from_m=np.concatenate([np.where(is_along, 0.0, length_m - reached_m), own_from]),
            to_m=np.concatenate([np.where(is_along, reached_m, length_m), own_to]),
        )

    def _own_street(self, within_ms: int) -> tuple[Ints, Floats, Floats]:
        """Return the part of the origin's own street that is reached in either direction without leaving it."""
        edge, streets, drives = self.origin.edge, self.metric.streets, self.metric.graph.drives
        street, length_m = int(self.network.street[edge]), float(self.network.length_m[edge])
        at_m = self.origin.fraction * length_m
        ahead_m = _driven_m(streets, street, at_m, length_m, True, within_ms)
        has_back = drives.back[edge] >= 0
        behind_m = _driven_m(streets, street, 0.0, at_m, False, within_ms) if has_back else 0.0
        return np.array([street], dtype=np.int32), np.array([at_m - behind_m]), np.array([at_m + ahead_m])


def reach_field(
    network: RoadNetwork, origin: Snapped, profile: Profile, limit_s: float, conditions: Conditions = ANY_TIME
) -> ReachField:
    """Compute the time from `origin` to everywhere within `limit_s` seconds.

    Raises:
        ForeignNetworkError: `origin` was snapped to another network, or a closure drawn on one.
        ValueError: the limit is no number.
    """
    if not math.isfinite(limit_s):
        raise ValueError("How far one gets needs a limit in seconds.")
    times = metric(network, profile, conditions)
    door, door_ms = _ways_out(times.arcs, located(times.graph, [origin]), times.streets)
    node_ms = np.full(times.graph.node_count, INF_MS, dtype=np.int32)
    forwards = turned_round(times.links)
    with lent_slate(network) as slate:
        climb_once(forwards, door, door_ms, node_ms, slate)
    sweep(forwards, node_ms, whole_ms(limit_s))
    return ReachField(network, origin, profile, limit_s, times, frozen(node_ms))


@compiled
def _ways_out(graph: ArcTimes, origin: Places, streets: StreetTimes) -> tuple[Ints, Ints]:
    """Return the search nodes in which a vehicle is that has left its street, and what that takes."""
    node, ms = np.empty(2, dtype=np.int32), np.empty(2, dtype=np.int32)
    count = 0
    for way in range(2):
        away_ms = leave_ms(graph, origin, 0, way, streets)
        if away_ms < INF_MS:
            node[count] = origin.after_along[0] if way == 0 else origin.after_back[0]
            ms[count] = away_ms
            count += 1
    return node[:count], ms[:count]


@compiled
def _reached_m(
    streets: StreetTimes, street: Ints, is_along: Flags, length_m: Floats, left_ms: Longs, out_m: Floats
) -> None:
    """Find how many metres of each drive are driven in the time that is left."""
    for i in range(len(street)):
        out_m[i] = _driven_m(streets, street[i], 0.0, length_m[i], is_along[i], left_ms[i])


@compiled
def _driven_m(streets: StreetTimes, street: int, from_m: float, to_m: float, is_along: bool, left_ms: int) -> float:
    """Return how many metres one gets from one place of a street towards another, to a centimetre.

    Args:
        from_m: metres from the start of the shape; where one begins, or, against the shape, where one is bound for.
    """
    if partial_ms(streets, street, from_m, to_m, is_along) <= left_ms:
        return to_m - from_m
    near, far = 0.0, to_m - from_m
    while far - near > 0.01:
        middle = (near + far) / 2
        low_m, high_m = (from_m, from_m + middle) if is_along else (to_m - middle, to_m)
        if partial_ms(streets, street, low_m, high_m, is_along) <= left_ms:
            near = middle
        else:
            far = middle
    return near
