"""What links cost: the times of a metric laid upon the hierarchy, so that climbing and descending finds soonest ways.

  w        A link takes the least of its own arcs and, for each lower node v that it closes a triangle with,
 ╱ ╲       of u ─► v ─► w. Nodes are dealt with from the lowest up, so v's links are right when u's are made.
u   │
 ╲  │      After a closure only links are looked at whose time came by way of something that got slower.
  v─┘    Node by node, too: what a slower lower node upholds in a row is found, and the row made anew from all lower
         nodes, through which it goes once for however many of its links.
"""

from typing import NamedTuple

import numpy as np

from routing.compiled import compiled
from routing.heap import NUMBER_MASK, drop_first, push
from routing.hierarchy import Hierarchy, Places32, Places64
from routing.milliseconds import INF_MS
from routing.network import AnyArray, Ints, Longs, frozen

UP, DOWN = 1, 2  # which of a link's two times got slower
SEARCH = 3  # to find one link among a node's takes as long as to go through so many; 2 to 16 measured alike


class LinkTimes(NamedTuple):
    """The links of a hierarchy with their times, as compiled functions take them.

    Metrics that differ in a few links share the long arrays: where changed_row[v] ≥ 0, the times of all links of v
    are found from there on in the changed ones.
    """

    up_start: Places64  # (nodes + 1,)
    up_head: Places32  # (links,)
    parent: Ints  # (nodes,)
    up_ms: Ints  # (links,) from the lower node to the higher; INF_MS where there is no way
    down_ms: Ints  # (links,) from the higher node to the lower
    changed_row: Ints  # (nodes,)
    changed_up_ms: Ints
    changed_down_ms: Ints


def link_times(hierarchy: Hierarchy, tail: Ints, head: Ints, arc_ms: Ints) -> LinkTimes:
    """Return the times of all links for a metric.

    Args:
        tail, head, arc_ms: the arcs of the search graph, shape (arcs,).
    """
    up_ms = np.full(hierarchy.link_count, INF_MS, dtype=np.int32)
    down_ms = np.full(hierarchy.link_count, INF_MS, dtype=np.int32)
    _arcs_to_links(hierarchy.arc_link, tail, head, arc_ms, up_ms, down_ms)
    _customize(
        hierarchy.up_start, hierarchy.up_head, hierarchy.down_start, hierarchy.down_link, hierarchy.down_tail,
        up_ms, down_ms,
    )  # fmt: skip
    none = frozen(np.zeros(0, dtype=np.int32))
    unchanged = frozen(np.full(hierarchy.node_count, -1, dtype=np.int32))
    return LinkTimes(
        hierarchy.up_start, hierarchy.up_head, hierarchy.parent, frozen(up_ms), frozen(down_ms), unchanged, none, none
    )


def slower(hierarchy: Hierarchy, times: LinkTimes, tail: Ints, arc_ms: Ints, arcs: Ints) -> LinkTimes:
    """Return the times after some arcs became slower; `times` stays as it is and shares what did not change.

    Args:
        times: of a metric in which no arc is slower than in the new one.
        arc_ms: of all arcs, in the new metric.
        arcs: those that differ.
    """
    changed_row, changed_up_ms, changed_down_ms = _slower(
        times, hierarchy.down_start, hierarchy.down_link, hierarchy.down_tail, hierarchy.arc_link,
        hierarchy.link_arc_start, hierarchy.link_arc, tail, arc_ms, arcs,
    )  # fmt: skip
    return times._replace(
        changed_row=frozen(changed_row), changed_up_ms=frozen(changed_up_ms), changed_down_ms=frozen(changed_down_ms)
    )


def turned_round(times: LinkTimes) -> LinkTimes:
    """Return the times of the network with every arc turned round: for searches from a place instead of to one."""
    return times._replace(
        up_ms=times.down_ms,
        down_ms=times.up_ms,
        changed_up_ms=times.changed_down_ms,
        changed_down_ms=times.changed_up_ms,
    )


@compiled
def _arcs_to_links(arc_link: Ints, tail: Ints, head: Ints, arc_ms: Ints, up_ms: Ints, down_ms: Ints) -> None:
    for arc in range(len(tail)):
        link = arc_link[arc]
        if link >= 0:
            if tail[arc] < head[arc]:
                up_ms[link] = min(up_ms[link], arc_ms[arc])
            else:
                down_ms[link] = min(down_ms[link], arc_ms[arc])


@compiled
def _customize(
    up_start: Places64,
    up_head: Places32,
    down_start: Places64,
    down_link: Places32,
    down_tail: Places32,
    up_ms: Ints,
    down_ms: Ints,
) -> None:
    """Lower the times of all links to what ways through lower nodes take."""
    nodes = len(up_start) - 1
    to_ms = np.empty(nodes, dtype=np.int32)  # from the node at hand to each head of its links
    from_ms = np.empty(nodes, dtype=np.int32)
    one, one32 = np.uint64(1), np.uint32(1)
    for node in range(nodes):
        for link in range(up_start[node], up_start[node + 1]):
            to_ms[up_head[link]] = up_ms[link]
            from_ms[up_head[link]] = down_ms[link]
        for slot in range(down_start[node], down_start[node + 1]):
            below = np.uint64(down_link[slot])
            to_below_ms, from_below_ms = down_ms[below], up_ms[below]
            for link in range(below + one, up_start[down_tail[slot] + one32]):
                head = up_head[link]
                to_ms[head] = min(to_ms[head], np.int32(to_below_ms + up_ms[link]))
                from_ms[head] = min(from_ms[head], np.int32(from_below_ms + down_ms[link]))
        for link in range(up_start[node], up_start[node + 1]):
            up_ms[link] = to_ms[up_head[link]]
            down_ms[link] = from_ms[up_head[link]]


@compiled
def _slower(  # one function, since to call its parts would cost as much as they do
    times: LinkTimes,
    down_start: Places64,
    down_link: Places32,
    down_tail: Places32,
    arc_link: Ints,
    link_arc_start: Longs,
    link_arc: Ints,
    tail: Ints,
    arc_ms: Ints,
    arcs: Ints,
) -> tuple[Ints, Ints, Ints]:
    up_start, up_head = times.up_start, times.up_head
    old_up_ms, old_down_ms = times.up_ms, times.down_ms
    one, one32, INF = np.uint64(1), np.uint32(1), np.int32(INF_MS)
    was_row, was_up_ms, was_down_ms = times.changed_row, times.changed_up_ms, times.changed_down_ms
    nodes = len(was_row)
    row = was_row.copy()
    filled = len(was_up_ms)
    room = filled + 4096
    up_ms, down_ms = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    up_ms[:filled], down_ms[:filled] = was_up_ms, was_down_ms
    slowed = np.zeros(room, dtype=np.int8)  # beside up_ms and down_ms: which of the two is slower than before
    # The slower links of a node, as places among its links: slower_at[slower_from[node] : … + slower_count[node]].
    slower_at = np.empty(4096, dtype=np.uint32)
    slower_from, slower_count = np.empty(nodes, dtype=np.int64), np.zeros(nodes, dtype=np.int32)
    listed = 0
    # Nodes whose links are to be looked at, the lowest first: what they depend on is right by then.
    queue = np.empty(1024, dtype=np.int64)
    is_waiting = np.zeros(nodes, dtype=np.bool_)
    size = 0
    seeds = np.empty(len(arcs), dtype=np.uint64)
    seed_count = 0
    for arc in arcs:
        if arc_link[arc] >= 0:
            seeds[seed_count] = arc_link[arc]
            seed_count += 1
    seeds = np.sort(seeds[:seed_count])
    for link in seeds:
        lower = np.searchsorted(up_start, link, side="right") - 1
        if not is_waiting[lower]:
            is_waiting[lower] = True
            if size == len(queue):
                queue = _doubled(queue)
            size = push(queue, size, 0, int(lower))
    seed = 0
    place = np.empty(nodes, dtype=np.uint32)  # of a head among the links of the node at hand
    was_up, was_down = np.empty(256, dtype=np.int32), np.empty(256, dtype=np.int32)
    to_ms, from_ms = np.empty(256, dtype=np.int32), np.empty(256, dtype=np.int32)
    is_dirty, dirty_at = np.zeros(256, dtype=np.bool_), np.empty(256, dtype=np.uint32)
    while size > 0:
        node = np.uint64(queue[0] & NUMBER_MASK)
        size = drop_first(queue, size)
        begin, end = up_start[node], up_start[node + one]
        count = end - begin
        while count > len(was_up):
            was_up, was_down = _doubled(was_up), _doubled(was_down)
            to_ms, from_ms = _doubled(to_ms), _doubled(from_ms)
            is_dirty, dirty_at = _doubled(is_dirty), _doubled(dirty_at)
        # Where what held before stands: with the open roads, or in a row that an earlier closure has changed.
        if was_row[node] < 0:
            was_up[:count], was_down[:count] = old_up_ms[begin:end], old_down_ms[begin:end]
        else:
            first = np.uint64(was_row[node])
            was_up[:count], was_down[:count] = was_up_ms[first : first + count], was_down_ms[first : first + count]
        for each in range(count):
            place[up_head[begin + each]] = each
            is_dirty[each] = False
        dirty = 0
        while seed < seed_count and seeds[seed] < end:
            dirty += not is_dirty[seeds[seed] - begin]
            is_dirty[seeds[seed] - begin] = True
            seed += 1
        # What was as soon as a way by a lower node whose links got slower may have got slower with it.
        for slot in range(down_start[node], down_start[node + one]):
            below, link = down_tail[slot], np.uint64(down_link[slot])
            if slower_count[below] == 0:
                continue
            last = up_start[below + one32]
            low = up_start[below]
            by_up_ms, by_down_ms, was = old_up_ms, old_down_ms, np.uint64(0)
            if was_row[below] >= 0:
                by_up_ms, by_down_ms, was = was_up_ms, was_down_ms, np.uint64(was_row[below]) - low  # may wrap around
            now = np.uint64(row[below]) - low
            this_slowed = slowed[now + link]
            this_up_ms, this_down_ms = by_up_ms[was + link], by_down_ms[was + link]
            # Both links of a triangle count: all higher ones if this one got slower, else those that did.
            pairs = np.int64(last - link) - 1 if this_slowed else np.int64(slower_count[below])
            listed_at = slower_from[below]
            for number in range(pairs):
                each = last - one - np.uint64(number)
                if not this_slowed:
                    each = low + np.uint64(slower_at[listed_at + pairs - 1 - number])
                    if each < link:
                        break
                at = place[up_head[each]]
                by_up = np.int32(this_down_ms + by_up_ms[was + each])
                by_down = np.int32(by_down_ms[was + each] + this_up_ms)
                if by_up == was_up[at] or by_down == was_down[at]:
                    how = slowed[now + each]
                    is_up = ((this_slowed & DOWN) | (how & UP)) != 0 and by_up == was_up[at] and by_up < INF
                    is_down = ((this_slowed & UP) | (how & DOWN)) != 0 and by_down == was_down[at] and by_down < INF
                    if (is_up or is_down) and not is_dirty[at]:
                        is_dirty[at] = True
                        dirty += 1
        if dirty == 0:
            continue
        dirty = 0
        for each in range(count):
            to_ms[each], from_ms[each] = INF, INF
            if is_dirty[each]:
                dirty_at[dirty] = each
                dirty += 1
                for slot in range(link_arc_start[begin + each], link_arc_start[begin + each + one]):
                    arc = link_arc[slot]
                    if tail[arc] == node:
                        to_ms[each] = min(to_ms[each], arc_ms[arc])
                    else:
                        from_ms[each] = min(from_ms[each], arc_ms[arc])
        for slot in range(down_start[node], down_start[node + one]):
            below, link = down_tail[slot], np.uint64(down_link[slot])
            first, last = link + one, up_start[below + one32]
            by_up_ms, by_down_ms, now = old_up_ms, old_down_ms, np.uint64(0)
            if row[below] >= 0:
                by_up_ms, by_down_ms, now = up_ms, down_ms, np.uint64(row[below]) - up_start[below]
            this_up_ms, this_down_ms = by_up_ms[now + link], by_down_ms[now + link]
            if last - first == count:
                # The lower node has links to all heads of this one: no need to look where.
                ups, downs = by_up_ms[now + first : now + last], by_down_ms[now + first : now + last]
                for each in range(len(ups)):
                    to_ms[each] = min(to_ms[each], np.int32(this_down_ms + ups[each]))
                for each in range(len(downs)):
                    from_ms[each] = min(from_ms[each], np.int32(downs[each] + this_up_ms))
            elif last - first <= np.uint64(SEARCH * dirty):
                for each in range(first, last):
                    at = place[up_head[each]]
                    to_ms[at] = min(to_ms[at], np.int32(this_down_ms + by_up_ms[now + each]))
                    from_ms[at] = min(from_ms[at], np.int32(by_down_ms[now + each] + this_up_ms))
            else:
                for number in range(dirty):
                    at = dirty_at[number]
                    head = up_head[begin + at]
                    high = last
                    while first < high:
                        middle = (first + high) >> one
                        if up_head[middle] < head:
                            first = middle + one
                        else:
                            high = middle
                    if first == last:
                        break
                    if up_head[first] == head:
                        to_ms[at] = min(to_ms[at], np.int32(this_down_ms + by_up_ms[now + first]))
                        from_ms[at] = min(from_ms[at], np.int32(by_down_ms[now + first] + this_up_ms))
        further = np.uint64(0)
        for number in range(dirty):
            mine = np.uint64(dirty_at[number])
            hows = (UP if to_ms[mine] > was_up[mine] else 0) | (DOWN if from_ms[mine] > was_down[mine] else 0)
            if hows == 0:
                continue
            if row[node] < 0:
                row[node] = filled
                while filled + np.int64(count) > len(up_ms):
                    up_ms, down_ms = _doubled(up_ms), _doubled(down_ms)
                    slowed = np.append(slowed, np.zeros(len(slowed), dtype=np.int8))
                for each in range(count):
                    up_ms[filled], down_ms[filled] = was_up[each], was_down[each]
                    filled += 1
            at = np.uint64(row[node]) + mine
            up_ms[at], down_ms[at], slowed[at] = to_ms[mine], from_ms[mine], hows
            if slower_count[node] == 0:
                slower_from[node] = listed
            if listed == len(slower_at):
                slower_at = _doubled(slower_at)
            slower_at[listed] = mine
            slower_count[node] += 1
            listed += 1
            further = mine + one
        for each in range(min(further, count - one)):
            head = up_head[begin + each]
            if not is_waiting[head]:
                is_waiting[head] = True
                if size == len(queue):
                    queue = _doubled(queue)
                size = push(queue, size, 0, int(head))
    return row, up_ms[:filled].copy(), down_ms[:filled].copy()


@compiled
def _doubled(array: AnyArray) -> AnyArray:
    longer = np.empty(2 * len(array), dtype=array.dtype)
    longer[: len(array)] = array
    return longer  # type: ignore[return-value]  # the same kind of numbers
