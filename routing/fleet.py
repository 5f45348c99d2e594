"""A fleet on the road: asked who can be at a scene first, it looks at hardly more than the units that can.

            top                      The *fleet tree*: where units join the network, and all ancestors of those in the
          ┌──┴───┐                   hierarchy. A way out of the part below a node leads by the heads of its links, so
          ●      ●  ≥ 9 min          the least time at those is the least for all units below. Parts are gone into in
        ┌─┴─┐   ┌┴┐                  that order, and not at all once as many units as are asked for are sooner.
        ●   ●   U U  … not looked at
        U   U

The tree knows roads, not times: it serves every profile, hour and closure. Units join at the end of the street on
which they stand, either way. Method: Buchhold and Wagner (2021), with the elimination tree for a separator tree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.access import Scene, as_scene
from routing.along import StreetTimes
from routing.climbing import UNSEEN, Slate, climb, doors, lent_slate
from routing.compiled import compiled, direct
from routing.fleet_tree import FleetTree, grown, replanted
from routing.heap import NUMBER_BITS, NUMBER_MASK, drop_first, push
from routing.link_times import LinkTimes
from routing.metric import ANY_TIME, ArcTimes, Conditions, metric
from routing.milliseconds import INF_MS, LIMIT_S, whole_ms
from routing.network import Ints, Longs, RoadNetwork
from routing.places import Entries, Places, entries_of, leave_ms, located, straight_ms
from routing.prepared import hierarchy, search_graph
from routing.profiles import Profile
from routing.snap import Snapped


@dataclass(frozen=True, slots=True, eq=False)
class Fleet:
    """Units at their places on a network. Make one with `fleet_at`; a ping makes the next one with `moved`."""

    network: RoadNetwork
    units: tuple[Snapped, ...]
    places: Places
    tree: FleetTree

    def moved(self, unit: int, place: Snapped) -> "Fleet":
        """Return the fleet with one unit at another place; this one stays as it is, for queries under way.

        Raises:
            ForeignNetworkError: `place` was snapped to another network.
        """
        graph = search_graph(self.network)
        places = self.places.with_one(unit, located(graph, [place]))
        was, now = ((int(each.after_along[unit]), int(each.after_back[unit])) for each in (self.places, places))
        tree = self.tree if was == now else replanted(hierarchy(self.network).parent, self.tree, unit, was, now)
        units = (*self.units[:unit], place, *self.units[unit + 1 :])
        return Fleet(self.network, units, places, tree)

    def soonest(
        self,
        place: Snapped | Scene,
        profile: Profile,
        k: int | None = None,
        limit_s: float = LIMIT_S,
        conditions: Conditions = ANY_TIME,
    ) -> list[tuple[int, float]]:
        """Find the `k` units that can be at `place` first (None: all), as (number of the unit, seconds).

        Sorted by seconds, then number. Units that cannot get there within `limit_s` are left out. Exact.

        Raises:
            ForeignNetworkError: `place` was snapped to another network, or a closure drawn on one.
        """
        wanted = len(self.units) if k is None else min(k, len(self.units))
        if wanted <= 0:
            return []
        times = metric(self.network, profile, conditions)
        scene = entries_of(times.graph, as_scene(place), profile)
        with lent_slate(self.network) as slate:
            leaders = _soonest_directly(
                times.links, times.arcs, scene, times.streets, self.places, self.tree, whole_ms(limit_s), wanted, slate
            )
        return [(each & NUMBER_MASK, (each >> NUMBER_BITS) / 1000.0) for each in leaders.tolist()]


def fleet_at(network: RoadNetwork, units: Sequence[Snapped]) -> Fleet:
    """Return the fleet of units at these places.

    Raises:
        ForeignNetworkError: one was snapped to another network.
    """
    places = located(search_graph(network), units)
    return Fleet(network, tuple(units), places, grown(hierarchy(network).parent, places.after_along, places.after_back))


@compiled
def _soonest(
    times: LinkTimes,
    graph: ArcTimes,
    scene: Entries,
    streets: StreetTimes,
    units: Places,
    tree: FleetTree,
    limit_ms: int,
    wanted: int,
    slate: Slate,
) -> Longs:
    """Return (time, unit) of the soonest units, at most `wanted`, packed and sorted."""
    leaders = np.empty(wanted, dtype=np.int64)
    leading = 0
    best_ms = np.full(len(units.street), INF_MS, dtype=np.int32)
    bound_ms = limit_ms  # who is later is out
    for unit in range(len(units.street)):
        for access in range(len(scene.walk_ms)):
            if units.street[unit] == scene.places.street[access]:
                along_ms = straight_ms(units, unit, scene, streets)
                if along_ms <= bound_ms and along_ms < best_ms[unit]:
                    leading, bound_ms = _lead(leaders, leading, wanted, unit, along_ms, best_ms, bound_ms)
                break

    door, door_ms = doors(graph, scene, streets, limit_ms)
    node_ms, seen, line = slate
    line_size = climb(times, door, door_ms, node_ms, seen, line)
    up_start, up_head, row = times.up_start, times.up_head, times.changed_row
    link_ms, changed_ms = times.up_ms, times.changed_up_ms
    tree_node, tree_end, join_start, join = tree
    queue = np.empty(len(tree_node) + 1, dtype=np.int64)  # (least time in the part below, where the part stands)
    size = 0
    part, part_end = -1, len(tree_node)  # the whole tree, whose parts are the roots'
    while True:
        # Look at the heads of the parts of this part.
        at = part + 1
        only_ms = -1
        while at < part_end:
            node = tree_node[at]
            ms, least_ms, begin, end = node_ms[node], np.int32(INF_MS), up_start[node], up_start[node + 1]
            if row[node] < 0:
                for link in range(begin, end):
                    head_ms = node_ms[up_head[link]]
                    least_ms = min(least_ms, head_ms)
                    ms = min(ms, head_ms + link_ms[link])
            else:
                first = np.uint64(row[node])
                for link in range(begin, end):
                    head_ms = node_ms[up_head[link]]
                    least_ms = min(least_ms, head_ms)
                    ms = min(ms, head_ms + changed_ms[first + (link - begin)])
            node_ms[node] = ms
            if seen[node] == UNSEEN:
                seen[node] = 1
                line[line_size] = node
                line_size += 1
            else:
                least_ms = np.int32(0)  # the scene itself lies below
            for slot in range(join_start[at], join_start[at + 1]):
                if ms > bound_ms:
                    break
                unit, way = join[slot] >> 1, join[slot] & 1
                whole_ms = ms + leave_ms(graph, units, unit, way, streets)
                if whole_ms <= bound_ms and whole_ms < best_ms[unit]:
                    leading, bound_ms = _lead(leaders, leading, wanted, unit, whole_ms, best_ms, bound_ms)
            if tree_end[at] > at + 1 and least_ms <= bound_ms:
                if tree_end[at] == part_end and at == part + 1:
                    only_ms = int(least_ms)  # an only child needs no queue
                else:
                    size = push(queue, size, int(least_ms), at)
            at = int(tree_end[at])
        if only_ms >= 0 and (size == 0 or only_ms <= queue[0] >> NUMBER_BITS):
            part, part_end = part + 1, int(tree_end[part + 1])
            continue
        if only_ms >= 0:
            size = push(queue, size, only_ms, part + 1)
        if size == 0 or queue[0] >> NUMBER_BITS > bound_ms:
            break
        part = int(queue[0] & NUMBER_MASK)
        part_end = int(tree_end[part])
        size = drop_first(queue, size)

    for at in range(line_size):
        node_ms[line[at]] = INF_MS
        seen[line[at]] = UNSEEN
    return leaders[:leading]


_soonest_directly = direct(_soonest)


@compiled
def _lead(
    leaders: Longs, leading: int, wanted: int, unit: int, ms: int, best_ms: Ints, bound_ms: int
) -> tuple[int, int]:
    """Put a unit that is at most as late as the bound where it belongs; return how many lead, and the new bound."""
    at = leading
    if best_ms[unit] < INF_MS:  # it may lead already
        before = (np.int64(best_ms[unit]) << NUMBER_BITS) | unit
        at = 0
        while at < leading and leaders[at] != before:
            at += 1
    best_ms[unit] = ms
    if at == leading:
        if leading < wanted:
            leading += 1
        else:
            at -= 1
            if leaders[at] <= (np.int64(ms) << NUMBER_BITS) | unit:
                return leading, bound_ms
    entry = (np.int64(ms) << NUMBER_BITS) | unit
    while at > 0 and leaders[at - 1] > entry:
        leaders[at] = leaders[at - 1]
        at -= 1
    leaders[at] = entry
    return leading, leaders[leading - 1] >> NUMBER_BITS if leading == wanted else bound_ms
