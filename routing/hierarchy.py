"""The hierarchy of a road network: what stands in the way of every search, laid out once for all metrics.

Nodes are contracted in the order of their numbers (`routing.elimination`). Contracting a node joins all its neighbours
that are left; every pair so joined, or joined by an arc, is a *link* from a lower to a higher node:

          w ─────────── x            a soonest way from a to b climbs links from a, then descends links to b.
         ╱ ╲           ╱             The heads of a node's links are all its ancestors in the elimination tree,
        u ── ─ ─ ─ ─ ─ v             so “climbing” is a walk along one line of ancestors: no queue, no comparisons.
        │ ╲           ╱
        a   ╲───────╱       b        u–w, u–v contracted before w: w–v becomes a link, whatever the roads cost.

Which links there are depends on the roads alone; what they cost is a metric's (`routing.link_times`). The method is
that of customizable contraction hierarchies: Dibbelt, Strasser and Wagner (2016).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.compiled import compiled
from routing.network import Ints, Longs, frozen

# Unsigned, so that compiled code need not ask whether a place counts from the end: a tenth to a half of a sweep's time.
Places32 = NDArray[np.uint32]
Places64 = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """The links of a search graph, whose nodes are numbered in the order in which they are contracted."""

    up_start: Places64  # (nodes + 1,) the links of v are up_start[v] … up_start[v + 1] - 1, the lowest head first
    up_head: Places32  # (links,) higher node
    parent: Ints  # (nodes,) lowest head; -1 at the top of a part of the network
    down_start: Places64  # (nodes + 1,) links by head are down_link[down_start[w] : down_start[w + 1]]
    down_link: Places32  # (links,) the lowest tail first
    down_tail: Places32  # (links,) lower node of each, in the same order
    arc_link: Ints  # (arcs,) the link that a search arc goes along; -1 for a loop
    link_arc_start: Longs  # (links + 1,) arcs by link are link_arc[link_arc_start[l] : link_arc_start[l + 1]]
    link_arc: Ints  # (arcs that are no loops,)

    @property
    def node_count(self) -> int:
        return len(self.parent)

    @property
    def link_count(self) -> int:
        return len(self.up_head)


def hierarchy_of(node_count: int, tail: Ints, head: Ints) -> Hierarchy:
    """Lay out the links of a graph whose nodes are numbered in the order of their contraction."""
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    is_arc = low < high
    first = np.lexsort((high[is_arc], low[is_arc]))
    arcs_low, arcs_high = low[is_arc][first], high[is_arc][first]
    start = np.concatenate([[0], np.cumsum(np.bincount(arcs_low, minlength=node_count))]).astype(np.int64)
    up_start, unsorted = _contract(node_count, start, arcs_high)
    down_start, down_tail = _turned_round(node_count, up_start, unsorted)
    up_start, up_head = _turned_round(node_count, down_start, down_tail)  # twice turned round is sorted
    down_link = _links_by_head(up_start, up_head, down_start)
    has_links = up_start[1:] > up_start[:-1]
    parent = np.full(node_count, -1, dtype=np.int32)
    parent[has_links] = up_head[up_start[:-1][has_links]]
    arc_link = np.full(len(tail), -1, dtype=np.int32)
    _find_links(low, high, up_start, up_head, arc_link)
    counts = np.bincount(arc_link[arc_link >= 0], minlength=len(up_head))
    link_arc = np.argsort(arc_link, kind="stable")[np.count_nonzero(arc_link < 0) :].astype(np.int32)
    return Hierarchy(
        up_start=frozen(up_start),
        up_head=frozen(up_head),
        parent=frozen(parent),
        down_start=frozen(down_start),
        down_link=frozen(down_link),
        down_tail=frozen(down_tail),
        arc_link=frozen(arc_link),
        link_arc_start=frozen(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)),
        link_arc=frozen(link_arc),
    )


@compiled
def _contract(node_count: int, start: Longs, arc_head: Ints) -> tuple[Places64, Places32]:
    """Return the links of every node, heads in no order: its arcs, and what its children in the tree pass on."""
    up_start = np.zeros(node_count + 1, dtype=np.uint64)
    up_head = np.empty(4 * len(arc_head) + 16, dtype=np.uint32)
    child = np.full(node_count, -1, dtype=np.int32)
    sibling = np.full(node_count, -1, dtype=np.int32)
    seen_by = np.full(node_count, -1, dtype=np.int32)
    filled = 0
    for node in range(node_count):
        if filled + node_count - node > len(up_head):
            wider = np.empty(2 * len(up_head) + node_count, dtype=np.uint32)
            wider[:filled] = up_head[:filled]
            up_head = wider
        begin = filled
        lowest = node_count
        for slot in range(start[node], start[node + 1]):
            if seen_by[arc_head[slot]] != node:
                seen_by[arc_head[slot]] = node
                up_head[filled] = arc_head[slot]
                lowest = min(lowest, arc_head[slot])
                filled += 1
        below = child[node]
        while below >= 0:
            for link in range(up_start[below], up_start[below + 1]):
                head = up_head[link]
                if head != node and seen_by[head] != node:
                    seen_by[head] = node
                    up_head[filled] = head
                    lowest = min(lowest, head)
                    filled += 1
            below = sibling[below]
        up_start[node + 1] = filled
        if filled > begin:
            sibling[node] = child[lowest]
            child[lowest] = node
    return up_start, up_head[:filled].copy()


@compiled
def _turned_round(node_count: int, start: Places64, other_end: Places32) -> tuple[Places64, Places32]:
    """Return the same pairs by their other end; within each, sorted."""
    turned_start = np.zeros(node_count + 1, dtype=np.uint64)
    for link in range(len(other_end)):
        turned_start[other_end[link] + np.uint32(1)] += np.uint64(1)
    for node in range(node_count):
        turned_start[node + 1] += turned_start[node]
    filled = turned_start[:-1].copy()
    turned = np.empty(len(other_end), dtype=np.uint32)
    for node in range(node_count):
        for link in range(start[node], start[node + 1]):
            turned[filled[other_end[link]]] = node
            filled[other_end[link]] += np.uint64(1)
    return turned_start, turned


@compiled
def _links_by_head(up_start: Places64, up_head: Places32, down_start: Places64) -> Places32:
    down_link = np.empty(len(up_head), dtype=np.uint32)
    filled = down_start[:-1].copy()
    for link in range(len(up_head)):
        down_link[filled[up_head[link]]] = link
        filled[up_head[link]] += np.uint64(1)
    return down_link


@compiled
def _find_links(low: Ints, high: Ints, up_start: Places64, up_head: Places32, arc_link: Ints) -> None:
    for arc in range(len(low)):
        if low[arc] < high[arc]:
            begin, end = up_start[low[arc]], up_start[low[arc] + 1]
            arc_link[arc] = begin + np.searchsorted(up_head[begin:end], np.uint32(high[arc]))
