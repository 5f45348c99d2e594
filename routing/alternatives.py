"""Other ways to the scene that are worth knowing: for when the soonest one turns out to be blocked.

What the ways found so far drive over is made slower, and the search asked again: a way that still comes out is either
another one or has no rival. Method: penalties, Bader, Dees, Geisberger and Sanders (2011), Alternative Route Graphs.
"""

from collections import Counter

import numpy as np

from routing.access import Scene
from routing.cancelling import IsCancelled, give_up_if, never
from routing.closures import Closure
from routing.metric import ANY_TIME, Conditions, metric
from routing.milliseconds import LIMIT_S
from routing.network import RoadNetwork, frozen
from routing.path import Path, path_from_field
from routing.profiles import Profile
from routing.search import arrival_field
from routing.snap import Snapped

SLOWED = 0.6  # speed left on a street for each way that has used it
LONGER_AT_MOST = 1.5  # times the soonest way; nobody chooses a way that takes longer
SHARED_AT_MOST = 0.7  # of its length with any better way; else it is the same way with a detour
ATTEMPTS_EACH = 3


def alternatives(
    network: RoadNetwork,
    origin: Snapped,
    destination: Snapped | Scene,
    profile: Profile,
    count: int = 2,
    limit_s: float = LIMIT_S,
    conditions: Conditions = ANY_TIME,
    is_cancelled: IsCancelled = never,
) -> list[Path]:
    """Return the soonest way and up to `count` others, the soonest first; [] if there is no way within `limit_s`.

    Raises:
        ForeignNetworkError: a place was snapped to another network, or a closure drawn on one.
        Cancelled: the answer is not wanted any more.
    """
    true_times = metric(network, profile, conditions)
    soonest = path_from_field(arrival_field(network, destination, profile, limit_s, conditions), origin)
    if soonest is None:
        return []
    found, used = [soonest], Counter(_streets(network, soonest))
    for _ in range(ATTEMPTS_EACH * count):
        if len(found) > count:
            break
        give_up_if(is_cancelled)
        slowed = conditions
        for times_used in set(used.values()):
            slowed = _with_slow(network, slowed, used, times_used)
        path = path_from_field(arrival_field(network, destination, profile, 3 * limit_s, slowed), origin, true_times)
        if path is None:
            break
        used.update(_streets(network, path))
        if _is_worth_it(network, path, found):
            found.append(path)
    return sorted(found, key=lambda each: each.seconds + each.walk_s)


def shared_m(network: RoadNetwork, one: Path, other: Path) -> float:
    """Return how many metres of one way lie on streets that the other drives, too."""
    theirs = set(_streets(network, other))
    return sum(edge.length_m for edge in one.edges if int(network.street[edge.edge]) in theirs)


def _is_worth_it(network: RoadNetwork, path: Path, found: list[Path]) -> bool:
    if path.seconds + path.walk_s > LONGER_AT_MOST * (found[0].seconds + found[0].walk_s):
        return False
    return all(shared_m(network, path, other) <= SHARED_AT_MOST * path.length_m for other in found)


def _streets(network: RoadNetwork, path: Path) -> list[int]:
    return [int(network.street[edge.edge]) for edge in path.edges]


def _with_slow(network: RoadNetwork, conditions: Conditions, used: Counter[int], times_used: int) -> Conditions:
    street = np.array(sorted(each for each, count in used.items() if count == times_used), dtype=np.int32)
    slow = Closure(
        closure_id=f"used {times_used} times",
        network_id=network.network_id,
        factor=SLOWED**times_used,
        street=frozen(street),
        from_m=frozen(np.zeros(len(street))),
        to_m=frozen(network.length_m[network.street_edge[street]] + 1.0),
    )
    return Conditions(conditions.hour, conditions.closures.with_closure(slow), conditions.speed_set)
