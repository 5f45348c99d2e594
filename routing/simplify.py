"""Tell junctions from bends, exactly as osmnx does, so that both networks have the same nodes and edges.

The rule is `osmnx.simplification._is_endpoint` and the walk `_build_path` of osmnx 2.1: a point stays a node if it
has a number of neighbours other than two, or two neighbours and a number of segments other than two or four, or
nothing enters or nothing leaves it. The oddities of that walk (doubled ways, loops) are kept too: this is a twin,
not an improvement. Method: Boeing (2025), Transactions in GIS 29(3), e70037.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from routing.compiled import compiled
from routing.raw_roads import Chains, RawRoads

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]


def simplify(roads: RawRoads) -> Chains:
    """Join segments into edges between junctions; rings that touch nothing are left out, as osmnx leaves them."""
    count = len(roads.node_id)
    is_end = _endpoints(count, roads.tail, roads.head)
    by_tail = np.argsort(roads.tail, kind="stable").astype(np.int32)
    out_start = _starts(roads.tail, count)
    path_start, path_segment, is_removed = _walk(out_start, by_tail, roads.head, is_end)

    ends = np.flatnonzero(np.diff(path_start) > 0)
    first, last = path_segment[path_start[ends]], path_segment[path_start[ends + 1] - 1]
    path_stays = ends[~is_removed[roads.tail[first]] & ~is_removed[roads.head[last]]]
    single = np.flatnonzero(~is_removed[roads.tail] & ~is_removed[roads.head]).astype(np.int32)

    lengths = np.concatenate([np.ones(len(single), dtype=np.int64), np.diff(path_start)[path_stays]])
    start = np.concatenate([[0], np.cumsum(lengths)])
    chosen = [path_segment[path_start[p] : path_start[p + 1]] for p in path_stays]
    chains = Chains(start, np.concatenate([single, *chosen]).astype(np.int32), ~is_removed)
    return _without_rings(roads, chains)


def whole_edges(roads: RawRoads, start: Longs, segment: Ints) -> Chains:
    """Return given chains as they are; their ends are the nodes. For a graph that osmnx has simplified already."""
    is_kept = np.zeros(len(roads.node_id), dtype=np.bool_)
    is_kept[roads.tail[segment[start[:-1]]]] = True
    is_kept[roads.head[segment[start[1:] - 1]]] = True
    return Chains(start, segment, is_kept)


def _without_rings(roads: RawRoads, chains: Chains) -> Chains:
    """Drop the parts in which no node is a junction or an end, `osmnx.simplification._remove_rings`."""
    tail, head = roads.tail[chains.segment[chains.start[:-1]]], roads.head[chains.segment[chains.start[1:] - 1]]
    count = len(roads.node_id)
    is_end = _endpoints(count, tail, head)
    links = coo_matrix((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(count, count))
    parts, label = connected_components(links, directed=False)
    has_end = np.zeros(parts, dtype=np.bool_)
    has_end[label[is_end & chains.is_kept]] = True
    is_kept = chains.is_kept & has_end[label]
    stays = np.flatnonzero(is_kept[tail])
    lengths = np.diff(chains.start)[stays]
    segments = [chains.segment[chains.start[e] : chains.start[e + 1]] for e in stays]
    return Chains(
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.concatenate([np.zeros(0, dtype=np.int32), *segments]).astype(np.int32),
        is_kept,
    )


def _starts(node_of: Ints, count: int) -> Longs:
    """Return where the rows of a table sorted by node begin, shape (count + 1,)."""
    return np.concatenate([[0], np.cumsum(np.bincount(node_of, minlength=count))]).astype(np.int64)


def _endpoints(count: int, tail: Ints, head: Ints) -> Flags:
    """Apply osmnx's rules 1 to 3 to every node of a multigraph."""
    outs, ins = np.bincount(tail, minlength=count), np.bincount(head, minlength=count)
    degree = outs + ins
    pairs = np.unique(np.concatenate([tail.astype(np.int64) * count + head, head.astype(np.int64) * count + tail]))
    neighbours = np.bincount(pairs // count, minlength=count) if count else np.zeros(0, dtype=np.int64)
    is_own_neighbour = np.zeros(count, dtype=np.bool_)
    is_own_neighbour[tail[tail == head]] = True
    is_plain = (neighbours == 2) & ((degree == 2) | (degree == 4)) & (outs > 0) & (ins > 0) & ~is_own_neighbour
    flags: Flags = ~is_plain
    return flags


@compiled
def _walk(out_start: Longs, by_tail: Ints, head: Ints, is_end: Flags) -> tuple[Longs, Ints, Flags]:
    """Follow every way out of every junction to the next one; `osmnx.simplification._build_path`.

    Returns path starts, the segments of all paths, and which nodes lie inside a path.
    """
    count = len(is_end)
    is_removed = np.zeros(count, dtype=np.bool_)
    seen = np.full(count, -1, dtype=np.int64)  # the last path that holds this node
    starts = np.zeros(len(head) + 1, dtype=np.int64)
    segments = np.empty(2 * len(head) + 16, dtype=np.int32)
    path = 0
    used = 0
    for end in range(count):
        if not is_end[end]:
            continue
        for slot in range(out_start[end], out_start[end + 1]):
            second = head[by_tail[slot]]
            if is_end[second] or _first(out_start, by_tail, head, end, second) != slot:
                continue  # an edge of its own, or a parallel of one that was followed already
            if used + count + 2 > len(segments):  # a path visits a node once, so this is room enough
                grown = np.empty(2 * len(segments) + count + 2, dtype=np.int32)
                grown[:used] = segments[:used]
                segments = grown
            seen[end] = path
            seen[second] = path
            segments[used] = by_tail[slot]
            used += 1
            node = second
            while not is_end[node]:
                onward = -1
                closing = -1
                for exit_slot in range(out_start[node], out_start[node + 1]):
                    target = head[by_tail[exit_slot]]
                    if seen[target] != path:
                        onward = exit_slot
                        break
                    if target == end and closing < 0:
                        closing = exit_slot
                if onward < 0:
                    if closing >= 0 and node != second:  # a loop back to where it began
                        is_removed[node] = True
                        segments[used] = by_tail[closing]
                        used += 1
                    break
                is_removed[node] = True
                segments[used] = by_tail[onward]
                used += 1
                node = head[by_tail[onward]]
                seen[node] = path
            path += 1
            starts[path] = used
    return starts[: path + 1].copy(), segments[:used].copy(), is_removed


@compiled
def _first(out_start: Longs, by_tail: Ints, head: Ints, node: int, target: int) -> int:
    """Return the slot of the first segment from `node` to `target`."""
    for slot in range(out_start[node], out_start[node + 1]):
        if head[by_tail[slot]] == target:
            return slot
    return -1
