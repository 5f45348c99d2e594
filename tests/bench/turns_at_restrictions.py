"""The turns that the restrictions of a network speak of, forbidden and free, and what is driven where one is asked for.

A restriction is asked about from some metres before its via to some metres behind it: the turn is the way that offers
itself, and who goes another way was made to.
"""

from collections.abc import Sequence
from typing import NamedTuple

from routing.metric import ANY_TIME, Conditions
from routing.milliseconds import INF_MS
from routing.network import RoadNetwork
from routing.path import shortest_path
from routing.profiles import Profile
from routing.restrictions import binding, is_only
from routing.snap import Snapped, place_on


class TurnThere(NamedTuple):
    """One way to go on where a restriction begins."""

    restriction: int
    edges: tuple[int, ...]  # the first from its restriction's from way, then one, or the via ways and one
    is_forbidden: bool


def turns_at_restrictions(network: RoadNetwork, profile: Profile) -> list[TurnThere]:
    """List what each restriction forbids, and the other exits of its junction; only edges that `profile` may drive.

    Turning round is left out, and so are exits that another restriction forbids.
    """
    binds = binding(network, profile, None)
    orders = [
        (int(restriction), tuple(network.order_edge[begin:end].tolist()))
        for restriction, begin, end in zip(
            network.order_restriction, network.order_start[:-1], network.order_start[1:], strict=True
        )
    ]
    found: dict[tuple[int, ...], TurnThere] = {}
    for restriction, order in orders:
        is_demand = is_only(network.restriction_tags[restriction])
        exits = _exits(network, order[:-1], profile)
        for edges in [(*order[:-1], last) for last in exits]:
            is_forbidden = bool(binds[restriction]) and (edges == order) != is_demand
            if edges not in found or is_forbidden:
                found[edges] = TurnThere(restriction, edges, is_forbidden)
    return list(found.values())


def _exits(network: RoadNetwork, begun: Sequence[int], profile: Profile) -> list[int]:
    node = network.head[begun[-1]]
    leaving = range(network.out_start[node], network.out_start[node + 1])
    open_ms = network.travel_ms(profile)
    return [each for each in leaving if each != network.reverse_edge[begun[-1]] and open_ms[each] < INF_MS]


def ends_of_turn(network: RoadNetwork, edges: Sequence[int], near_m: float) -> tuple[Snapped, Snapped]:
    """Return where one asks from and to: this near before the first junction and behind the last, or half-way."""
    first_m, last_m = (float(network.length_m[end]) for end in (edges[0], edges[-1]))
    before_m, behind_m = min(near_m, first_m / 2), min(near_m, last_m / 2)
    return place_on(network, edges[0], 1 - before_m / first_m), place_on(network, edges[-1], behind_m / last_m)


def driven_near(
    network: RoadNetwork,
    edges: Sequence[int],
    profile: Profile,
    near_m: float = 5.0,
    conditions: Conditions = ANY_TIME,
) -> tuple[int, ...] | None:
    """Return the edges of the soonest way between the ends of a turn; None if there is none."""
    origin, scene = ends_of_turn(network, edges, near_m)
    found = shortest_path(network, origin, scene, profile, conditions=conditions)
    return None if found is None else tuple(each.edge for each in found.edges)


def is_part(order: tuple[int, ...], way: tuple[int, ...]) -> bool:
    """Say whether edges are driven one right after the other somewhere on a way."""
    return any(way[begin : begin + len(order)] == order for begin in range(len(way)))
