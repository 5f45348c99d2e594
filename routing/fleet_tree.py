"""The fleet tree: where units join the network, and all ancestors of those nodes in the hierarchy; see `routing.fleet`.

  ●              a ping moves one unit: what led to it alone is taken out, what leads to its new place put in,
┌─┴─┐            and everything else copied as it stands
●   ○ ─ ─ ○
U   ╎     U      Nodes are numbered in post-order: from the highest down, parents come before children, and every
    U taken out  subtree stands in one stretch.
"""

from typing import NamedTuple

import numpy as np

from routing.compiled import compiled
from routing.network import Flags, Ints


class FleetTree(NamedTuple):
    """The fleet tree, parents before children, each subtree in one stretch; as compiled functions take it."""

    node: Ints  # (tree nodes,) search node
    end: Ints  # (tree nodes,) where the subtree ends
    join_start: Ints  # (tree nodes + 1,) who joins there is join[join_start[i] : join_start[i + 1]]
    join: Ints  # 2 × unit, + 1 for the drive back


def grown(parent: Ints, after_along: Ints, after_back: Ints) -> FleetTree:
    """Return the tree of a fleet.

    Args:
        parent: of the hierarchy's nodes.
        after_along, after_back: the search nodes at which each unit joins, shape (units,); -1 for none.
    """
    return FleetTree(*_grow(parent, after_along, after_back))


def replanted(parent: Ints, tree: FleetTree, unit: int, was: tuple[int, int], now: tuple[int, int]) -> FleetTree:
    """Return the tree with one unit elsewhere; what `grown` would return, but only what differs is looked for.

    Args:
        was, now: the search nodes at which the unit joined and joins, along and back; -1 for none.
    """
    return FleetTree(*_replant(parent, tree, unit, was, now))


@compiled
def _grow(parent: Ints, after_along: Ints, after_back: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    is_in = np.zeros(len(parent), dtype=np.bool_)
    node = np.empty(len(parent), dtype=np.int32)
    size = 0
    joins = 0
    for unit in range(len(after_along)):
        for way in range(2):
            at = after_along[unit] if way == 0 else after_back[unit]
            joins += at >= 0
            while at >= 0 and not is_in[at]:
                is_in[at] = True
                node[size] = at
                size += 1
                at = parent[at]
    # Nodes are numbered in post-order: from the highest down, parents come before children, subtrees in one stretch.
    node = -np.sort(-node[:size])
    end = _ends(parent, node)
    join_start = np.zeros(size + 1, dtype=np.int32)
    place = np.full(2 * len(after_along), -1, dtype=np.int32)
    for unit in range(len(after_along)):
        for way in range(2):
            at = after_along[unit] if way == 0 else after_back[unit]
            if at >= 0:
                i = size - np.searchsorted(node[::-1], at, side="right")
                place[2 * unit + way] = i
                join_start[i + 1] += 1
    for i in range(size):
        join_start[i + 1] += join_start[i]
    join = np.empty(joins, dtype=np.int32)
    filled = join_start[:-1].copy()
    for number in range(len(place)):
        if place[number] >= 0:
            join[filled[place[number]]] = number
            filled[place[number]] += 1
    return node, end, join_start, join


@compiled
def _ends(parent: Ints, node: Ints) -> Ints:
    """Return where the subtree of each node of a tree ends."""
    size = len(node)
    end = np.full(size, size, dtype=np.int32)
    open_at = np.empty(size, dtype=np.int32)
    depth = 0
    for i in range(size):
        while depth > 0 and node[open_at[depth - 1]] != parent[node[i]]:
            depth -= 1
            end[open_at[depth]] = i
        open_at[depth] = i
        depth += 1
    return end


@compiled
def _at(node: Ints, wanted: int) -> int:
    """Return where a node stands, the highest first; where it would stand if it is not in."""
    low, high = 0, len(node)
    while low < high:
        middle = (low + high) >> 1
        if node[middle] > wanted:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _take_out(parent: Ints, tree: FleetTree, unit: int, was: tuple[int, int]) -> Flags:
    """Say which nodes led to one unit alone, shape (tree nodes,)."""
    is_out = np.zeros(len(tree.node), dtype=np.bool_)
    for way in range(2):
        above = was[way]
        while above >= 0:
            at = _at(tree.node, above)
            is_needed = False
            for slot in range(tree.join_start[at], tree.join_start[at + 1]):
                is_needed |= tree.join[slot] >> 1 != unit
            child = at + 1
            while child < tree.end[at] and not is_needed:
                is_needed = not is_out[child]
                child = tree.end[child]
            if is_needed:
                break
            is_out[at] = True
            above = parent[above]
    return is_out


@compiled
def _replant(
    parent: Ints, tree: FleetTree, unit: int, was: tuple[int, int], now: tuple[int, int]
) -> tuple[Ints, Ints, Ints, Ints]:
    is_out = _take_out(parent, tree, unit, was)
    added = [np.int32(0) for _ in range(0)]
    for way in range(2):
        above = now[way]
        met = 0  # the first way up is in order, and so is the second
        first = len(added)
        while above >= 0:
            while way == 1 and met < first and added[met] < above:
                met += 1
            if way == 1 and met < first and added[met] == above:
                break
            at = _at(tree.node, above)
            if at == len(tree.node) or tree.node[at] != above:
                added.append(np.int32(above))
            elif is_out[at]:
                is_out[at] = False
            else:
                break
            above = parent[above]
    joins = len(tree.join) - (was[0] >= 0) - (was[1] >= 0) + (now[0] >= 0) + (now[1] >= 0)
    size = len(tree.node) + len(added)
    for each in is_out:
        size -= each
    coming = np.empty(len(added), dtype=np.int32)
    for number in range(len(added)):
        coming[number] = added[number]
    coming = -np.sort(-coming)
    node, join = np.empty(size, dtype=np.int32), np.empty(joins, dtype=np.int32)
    join_start = np.zeros(size + 1, dtype=np.int32)
    filled = 0
    old, new = 0, 0
    for at in range(size):
        while old < len(tree.node) and is_out[old]:
            old += 1
        is_old = new == len(coming) or (old < len(tree.node) and tree.node[old] > coming[new])
        here = tree.node[old] if is_old else coming[new]
        node[at] = here
        # Whoever joins here stays in the order of the units.
        first_slot, last_slot = (tree.join_start[old], tree.join_start[old + 1]) if is_old else (0, 0)
        is_written = False
        for slot in range(first_slot, last_slot + 1):
            if not is_written and (slot == last_slot or tree.join[slot] >> 1 >= unit):
                is_written = True
                for way in range(2):
                    if now[way] == here:
                        join[filled] = 2 * unit + way
                        filled += 1
            if slot < last_slot and tree.join[slot] >> 1 != unit:
                join[filled] = tree.join[slot]
                filled += 1
        join_start[at + 1] = filled
        old += is_old
        new += not is_old
    return node, _ends(parent, node), join_start, join
