"""Searching by the hierarchy: climb from the scene, then give every node what its links upwards say.

    climb     scene ─► its ancestors: the time to the scene from each by descending alone      (some hundred nodes)
    settle    a node: the least of that and, over its links, link + what the head has          (heads first)
    sweep     settle all nodes from the top down: the field, with no queue                     (every link once)
    in lanes  the same for 16 scenes at once: one link is read for all of them

The loop that settles a node is written out wherever it is needed, since to call it would cost as much again; and its
sums are said to be of 32 bits, since numba would make them 64 and half as many at a time.
Exact: every soonest way climbs and then descends (see `routing.hierarchy`). Sources: Dibbelt, Strasser and Wagner
(2016) for the climb along the elimination tree, Delling, Goldberg, Nowatzyk and Werneck (2011) for the sweep.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.along import StreetTimes
from routing.compiled import compiled
from routing.link_times import LinkTimes
from routing.metric import ArcTimes, Metric
from routing.milliseconds import INF_MS
from routing.network import Ints, RoadNetwork
from routing.places import Entries, enter_ms
from routing.prepared import search_graph

LANES = 16  # of 32 bits: what all have at one node fills one line of the processor's cache
LaneTimes = NDArray[np.int32]  # (nodes, LANES)


UNSEEN = 0
Signs = NDArray[np.int8]


class Slate(NamedTuple):
    """Room for one search, clean between searches. One is lent to a query for as long as it computes."""

    node_ms: Ints  # (nodes,) INF_MS
    seen: Signs  # (nodes,) UNSEEN
    line: Ints  # (nodes,) what was written on, to be wiped


@contextmanager
def lent_slate(network: RoadNetwork) -> Iterator[Slate]:
    """Lend a clean slate; whoever has it wipes it. One that a failure has left unwiped is not lent again."""
    pool: list[Slate] = network.once("slates", list)
    try:
        slate = pool.pop()  # of a list, which two threads cannot do at once
    except IndexError:
        nodes = search_graph(network).node_count
        slate = Slate(
            node_ms=np.full(nodes, INF_MS, dtype=np.int32),
            seen=np.full(nodes, UNSEEN, dtype=np.int8),
            line=np.empty(nodes, dtype=np.int32),
        )
    yield slate
    pool.append(slate)


@compiled
def doors(graph: ArcTimes, scene: Entries, streets: StreetTimes, limit_ms: int) -> tuple[Ints, Ints]:
    """Return the search nodes from which a last drive leads to the scene, and what it takes; a node may come twice."""
    room = 0
    for access in range(len(scene.walk_ms)):
        for way in range(2):
            drive = scene.places.along[access] if way == 0 else scene.places.back[access]
            if drive >= 0:
                room += graph.drive_start[drive + 1] - graph.drive_start[drive]
    node, ms = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    count = 0
    for access in range(len(scene.walk_ms)):
        for way in range(2):
            drive = scene.places.along[access] if way == 0 else scene.places.back[access]
            if drive < 0:
                continue
            last_ms = enter_ms(scene, access, way, streets)
            if last_ms > limit_ms:
                continue
            for slot in range(graph.drive_start[drive], graph.drive_start[drive + 1]):
                arc = graph.drive_arc[slot]
                if last_ms + graph.begin_ms[arc] <= limit_ms:
                    node[count] = graph.tail[arc]
                    ms[count] = last_ms + graph.begin_ms[arc]
                    count += 1
    return node[:count], ms[:count]


@compiled
def climb(times: LinkTimes, door: Ints, door_ms: Ints, node_ms: Ints, seen: Signs, line: Ints) -> int:
    """Give the doors and all their ancestors the time by descending alone; write them on `line`, ancestors first.

    Args:
        node_ms: given full of INF_MS; seen: given full of UNSEEN, set to 1 where the climb comes by.
    Returns:
        how many nodes stand on the line.
    """
    count = 0
    for i in range(len(door)):
        node_ms[door[i]] = min(node_ms[door[i]], door_ms[i])
        # The way from here up to what is on the line already goes behind it, turned round.
        begin = count
        node = door[i]
        while node >= 0 and seen[node] == UNSEEN:
            seen[node] = 1
            line[count] = node
            count += 1
            node = times.parent[node]
        low, high = begin, count - 1
        while low < high:
            line[low], line[high] = line[high], line[low]
            low += 1
            high -= 1
    up_start, up_head, row = times.up_start, times.up_head, times.changed_row
    link_ms, changed_ms = times.down_ms, times.changed_down_ms
    for at in range(count - 1, -1, -1):
        node = line[at]
        ms, begin, end = node_ms[node], up_start[node], up_start[node + 1]
        if row[node] < 0:
            for link in range(begin, end):
                node_ms[up_head[link]] = min(node_ms[up_head[link]], ms + link_ms[link])
        else:
            first = np.uint64(row[node])
            for link in range(begin, end):
                node_ms[up_head[link]] = min(node_ms[up_head[link]], ms + changed_ms[first + (link - begin)])
    return count


@compiled
def climb_once(times: LinkTimes, door: Ints, door_ms: Ints, node_ms: Ints, slate: Slate) -> None:
    """Climb, and wipe the slate."""
    count = climb(times, door, door_ms, node_ms, slate.seen, slate.line)
    for at in range(count):
        slate.seen[slate.line[at]] = UNSEEN


@compiled
def sweep(times: LinkTimes, node_ms: Ints, limit_ms: int) -> None:
    """Settle every node after a climb; INF_MS where it is beyond the limit."""
    up_start, up_head, row = times.up_start, times.up_head, times.changed_row
    link_ms, changed_ms = times.up_ms, times.changed_up_ms
    for node in range(len(node_ms) - 1, -1, -1):
        best, begin, end = node_ms[node], up_start[node], up_start[node + 1]
        if row[node] < 0:
            for link in range(begin, end):
                best = min(best, np.int32(node_ms[up_head[link]] + link_ms[link]))
        else:
            first = np.uint64(row[node])
            for link in range(begin, end):
                best = min(best, np.int32(node_ms[up_head[link]] + changed_ms[first + (link - begin)]))
        node_ms[node] = best
    for node in range(len(node_ms)):
        if node_ms[node] > limit_ms:
            node_ms[node] = INF_MS


@contextmanager
def lent_lanes(times: Metric, scenes: Sequence[Entries], limit_ms: int) -> Iterator[LaneTimes]:
    """Lend lanes in which up to 16 scenes have climbed; lanes that nobody needs are at INF_MS."""
    network, nodes = times.graph.network, times.graph.node_count
    pool: list[LaneTimes] = network.once("lanes", list)
    try:
        lane_ms = pool.pop()
    except IndexError:
        # Sixteen times at a node are one line of the cache only if the first line begins where a line does.
        room = np.empty(nodes * LANES + LANES, dtype=np.int32)
        begin = (-room.ctypes.data // room.itemsize) % LANES
        lane_ms = room[begin : begin + nodes * LANES].reshape(nodes, LANES)
    lane_ms.fill(INF_MS)
    with lent_slate(network) as slate:
        for lane, scene in enumerate(scenes):
            door, door_ms = doors(times.arcs, scene, times.streets, limit_ms)
            climb_once(times.links, door, door_ms, lane_ms[:, lane], slate)
    yield lane_ms
    pool.append(lane_ms)


@compiled
def sweep_lanes(times: LinkTimes, nodes: Ints, lane_ms: LaneTimes) -> None:
    """Settle `nodes` in every lane after a climb in each; ancestors come before what is below them."""
    up_start, up_head, row = times.up_start, times.up_head, times.changed_row
    link_ms, changed_ms = times.up_ms, times.changed_up_ms
    for node in nodes:
        mine, begin, end = lane_ms[node], up_start[node], up_start[node + 1]
        if row[node] < 0:
            for link in range(begin, end):
                theirs, ms = lane_ms[up_head[link]], link_ms[link]
                for lane in range(len(mine)):  # of a length unknown to the compiler: else it writes sixteen steps out
                    mine[lane] = min(mine[lane], np.int32(theirs[lane] + ms))
        else:
            first = np.uint64(row[node])
            for link in range(begin, end):
                theirs, ms = lane_ms[up_head[link]], changed_ms[first + (link - begin)]
                for lane in range(len(mine)):
                    mine[lane] = min(mine[lane], np.int32(theirs[lane] + ms))
