"""What links cost: the times of a metric laid upon the hierarchy, so that climbing and descending finds soonest ways.

  w        A link takes the least of its own arcs and, for each lower node v that it closes a triangle with,
 ╱ ╲       of u ─► v ─► w. Nodes are dealt with from the lowest up, so v's links are right when u's are made.
u   │
 ╲  │      After a closure only links are looked at whose time came by way of something that got slower.
  v─┘
"""

from typing import NamedTuple

import numpy as np

from routing.compiled import compiled
from routing.heap import drop_first, push
from routing.hierarchy import Hierarchy, Places32, Places64
from routing.milliseconds import INF_MS
from routing.network import AnyArray, Ints, Longs, frozen


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
def _slower(
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
    step, one32, INF = np.uint64(1), np.uint32(1), np.int32(INF_MS)
    was_row, was_up_ms, was_down_ms = times.changed_row, times.changed_up_ms, times.changed_down_ms
    row = was_row.copy()
    filled = len(was_up_ms)
    up_ms, down_ms = np.empty(filled + 1024, dtype=np.int32), np.empty(filled + 1024, dtype=np.int32)
    up_ms[:filled], down_ms[:filled] = was_up_ms, was_down_ms
    # Links to look at again, the lowest first: what they depend on is right by then.
    queue = np.empty(len(arcs) + 1024, dtype=np.int64)
    size = 0
    for arc in arcs:
        if arc_link[arc] >= 0:
            size = push(queue, size, 0, int(arc_link[arc]))
    done = np.int64(-1)
    while size > 0:
        first_link = queue[0]
        size = drop_first(queue, size)
        if first_link == done:
            continue
        done = first_link
        link = np.uint64(first_link)
        node = np.searchsorted(up_start, link, side="right") - 1
        head = up_head[link]
        to_ms, from_ms = INF, INF
        for slot in range(link_arc_start[link], link_arc_start[link + step]):
            arc = link_arc[slot]
            if tail[arc] == node:
                to_ms = min(to_ms, arc_ms[arc])
            else:
                from_ms = min(from_ms, arc_ms[arc])
        # Every lower node that both ends have links to.
        other = down_start[head]
        for one in range(down_start[node], down_start[node + 1]):
            below = down_tail[one]
            while down_tail[other] < below:
                other += step
            if down_tail[other] == below:
                first, second = np.uint64(down_link[one]), np.uint64(down_link[other])
                if row[below] < 0:
                    to_ms = min(to_ms, np.int32(old_down_ms[first] + old_up_ms[second]))
                    from_ms = min(from_ms, np.int32(old_down_ms[second] + old_up_ms[first]))
                else:
                    begin = np.uint64(row[below]) - up_start[below]  # may wrap around, and back again in the sum
                    to_ms = min(to_ms, np.int32(down_ms[begin + first] + up_ms[begin + second]))
                    from_ms = min(from_ms, np.int32(down_ms[begin + second] + up_ms[begin + first]))
        begin, end = up_start[node], up_start[node + 1]
        # Where what held before stands: with the open roads, or in a row that an earlier closure has changed.
        node_up_ms, node_down_ms, was = old_up_ms, old_down_ms, np.uint64(0)
        if was_row[node] >= 0:
            node_up_ms, node_down_ms, was = was_up_ms, was_down_ms, np.uint64(was_row[node]) - begin
        up_was_ms, down_was_ms = node_up_ms[was + link], node_down_ms[was + link]
        is_up_slower, is_down_slower = to_ms > up_was_ms, from_ms > down_was_ms
        if not (is_up_slower or is_down_slower):
            continue
        while size + np.int64(end - begin) > len(queue):
            queue = _doubled(queue)
        if row[node] < 0:
            row[node] = filled
            while filled + np.int64(end - begin) > len(up_ms):
                up_ms, down_ms = _doubled(up_ms), _doubled(down_ms)
            for each in range(begin, end):
                up_ms[filled], down_ms[filled] = old_up_ms[each], old_down_ms[each]
                filled += 1
        at = np.uint64(row[node]) + (link - begin)
        up_ms[at], down_ms[at] = to_ms, from_ms
        # What was as soon as the way by this link may have got slower with it: links from its head to lower heads …
        for each in range(begin, link):
            by_up_ms = np.int32(node_down_ms[was + each] + up_was_ms) if is_up_slower else INF
            by_down_ms = np.int32(node_up_ms[was + each] + down_was_ms) if is_down_slower else INF
            if by_up_ms < INF or by_down_ms < INF:
                low = up_head[each]
                third = up_start[low]
                third += np.searchsorted(up_head[third : up_start[low + one32]], head)
                if was_row[low] < 0:
                    third_up_ms, third_down_ms = old_up_ms[third], old_down_ms[third]
                else:
                    place = np.uint64(was_row[low]) + (third - up_start[low])
                    third_up_ms, third_down_ms = was_up_ms[place], was_down_ms[place]
                if (by_up_ms < INF and by_up_ms == third_up_ms) or (by_down_ms < INF and by_down_ms == third_down_ms):
                    size = push(queue, size, 0, int(third))
        # … and to higher ones.
        third = up_start[head]
        for each in range(link + step, end):
            while up_head[third] < up_head[each]:
                third += step
            if was_row[head] < 0:
                third_up_ms, third_down_ms = old_up_ms[third], old_down_ms[third]
            else:
                place = np.uint64(was_row[head]) + (third - up_start[head])
                third_up_ms, third_down_ms = was_up_ms[place], was_down_ms[place]
            if (is_down_slower and np.int32(down_was_ms + node_up_ms[was + each]) == third_up_ms < INF) or (
                is_up_slower and np.int32(up_was_ms + node_down_ms[was + each]) == third_down_ms < INF
            ):
                size = push(queue, size, 0, int(third))
    return row, up_ms[:filled].copy(), down_ms[:filled].copy()


@compiled
def _doubled(array: AnyArray) -> AnyArray:
    longer = np.empty(2 * len(array), dtype=array.dtype)
    longer[: len(array)] = array
    return longer  # type: ignore[return-value]  # the same kind of numbers
