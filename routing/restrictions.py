"""Turn restrictions: whom they bind and when, and which orders of drives they forbid.

    no_left_turn     edges a, b              forbids  a b
    only_right_turn  edges a, b              forbids  a c, a d, a back      for every other exit of the junction
    no_u_turn        edges a, via, b         forbids  a via b, and turning round on the via: a via back
    only_straight_on edges a, via, b         forbids  a via c, …            who has not come by a may do as he likes

They bind emergency vehicles too, unless they except their class: a dispatcher's arrival time must be safe.
"""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from routing.hours import Vehicle, read_conditional
from routing.network import Flags, RoadNetwork, frozen
from routing.profiles import Profile
from routing.search_graph import Ban, Drives, grouped
from routing.turn_relations import RESTRICTION_KEYS


def bans_of(network: RoadNetwork, drives: Drives) -> list[Ban]:
    """List the orders of drives that the network's restrictions forbid, whomever they bind."""
    leave_start, leaving = grouped(drives.tail, network.node_count)
    bans: list[Ban] = []
    demanded: dict[tuple[int, tuple[int, ...]], set[int]] = defaultdict(set)
    for number in range(len(network.order_restriction)):
        order = tuple(network.order_edge[network.order_start[number] : network.order_start[number + 1]].tolist())
        restriction = int(network.order_restriction[number])
        if not is_only(network.restriction_tags[restriction]):
            bans.append(Ban(order, restriction))
            # Who turns round on the via way has forgotten where he came from, and could go on as he liked.
            turned = [(*order[:length], int(drives.back[order[length - 1]])) for length in range(2, len(order))]
            bans += [Ban(each, restriction) for each in turned if each[-1] >= 0 and each != order[: len(each)]]
            continue
        for length in range(max(1, min(2, len(order) - 1)), len(order)):
            demanded[restriction, order[:length]].add(order[length])
    for (restriction, begun), onward in demanded.items():
        node = drives.head[begun[-1]]
        exits = leaving[leave_start[node] : leave_start[node + 1]].tolist()
        bans += [Ban((*begun, drive), restriction) for drive in exits if drive not in onward]
    return bans


def is_only(tags: Mapping[str, str]) -> bool:
    """Say whether a restriction demands its turn (only_*) instead of forbidding it (no_*)."""
    return any(tags[key].strip().startswith("only") for key in RESTRICTION_KEYS if key in tags)


def binding(network: RoadNetwork, profile: Profile, hour: int | None) -> Flags:
    """Say which restrictions bind, shape (restrictions,).

    Args:
        hour: of the week, from Monday 00:00 on; None: any, so that a restriction of some hours binds.
    """
    vehicle = profile.vehicle
    binds = [profile.obeys_restrictions and binds_vehicle(tags, vehicle, hour) for tags in network.restriction_tags]
    return frozen(np.array(binds, dtype=np.bool_))


def binds_vehicle(tags: Mapping[str, str], vehicle: Vehicle, hour: int | None) -> bool:
    """Say whether a restriction with these tags speaks to a vehicle in an hour of the week."""
    excepted = {each.strip() for each in tags.get("except", "").split(";")}
    if not excepted.isdisjoint(vehicle.classes):
        return False
    for key in RESTRICTION_KEYS:
        if key not in tags:
            continue
        of_class = key.removeprefix("restriction").removesuffix(":conditional").removeprefix(":")
        if of_class and of_class not in vehicle.classes:
            continue
        if not key.endswith(":conditional"):
            if _is_turn(tags[key]):
                return True
        elif any(
            _is_turn(value) and (hour is None or hour in hours) for value, hours in read_conditional(tags[key], vehicle)
        ):
            return True
    return False


def _is_turn(value: str) -> bool:
    return value.strip().startswith(("no_", "only_"))
