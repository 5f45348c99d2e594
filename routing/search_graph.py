"""The graph that searches run on: the road network with a copy of a node wherever it matters where one came from.

            a ──e──► (v)  ──► b, c, d            free to go on anywhere: the network's own node
            f ──g──► (v') ──► b, c               turning from g into v–d is forbidden: g ends in a copy of v,
                                                 and the copy has no arc into v–d, or one that costs more

A *drive* is a way to drive along a street: every edge is one, and so is a one-way edge against its flow. An *arc* is
a drive from one search node to another; a drive has one arc for each search node in which it can begin. A copy stands
for “arrived at v by this drive”, or, for a restriction via ways, “by these drives in this order”.

Splitting only those nodes keeps the graph small; expanding every node by its edges made fields 4.6 times and
customization 9 times dearer. The states are those of Aho and Corasick (1975), with drives for letters.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from routing.network import Flags, Floats, Ints, Longs, RoadNetwork, frozen
from routing.profiles import Delays

# Kinds of turns that cost enough to split a node for; `turn_ms` says how much. A turn may be sharp and lead across.
NO_TURN, U_TURN, NARROW_U_TURN, ACROSS_PRIMARY, ACROSS_SECONDARY, SHARP = range(6)
SHARP_ACROSS = {ACROSS_PRIMARY: 6, ACROSS_SECONDARY: 7}


def turn_ms(delays: Delays) -> Ints:
    """Return what each kind of turn takes beyond going straight, int32 milliseconds, by kind."""
    across_s = (delays.across_primary_s, delays.across_secondary_s)
    both_s = [delays.sharp_turn_s + each for each in across_s]
    seconds = [0.0, delays.u_turn_s, delays.narrow_u_turn_s, *across_s, delays.sharp_turn_s, *both_s]
    return np.round(1000 * np.array(seconds)).astype(np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Drives:
    """The ways to drive along streets. Drive d < edge_count is the edge d; the others go against a one-way edge."""

    edge: Ints  # (drives,) network edge
    is_against: Flags  # (drives,) against the flow of a one-way edge: from its head to its tail
    tail: Ints  # (drives,) network node it leaves
    head: Ints  # (drives,) network node it enters
    back: Ints  # (drives,) the same street the other way; -1 where there is none
    ends_narrow: Flags  # (drives,) all streets that meet where it ends are narrow: no room to turn round


class Ban(NamedTuple):
    """Drives that may not follow one another in this order, by a restriction of the network."""

    drives: tuple[int, ...]  # two, or more where the restriction goes via ways
    restriction: int


class CostlyTurns(NamedTuple):
    """Turns that take at least 5 s more than going straight, but for U-turns."""

    source: Ints  # (turns,) drive
    target: Ints  # (turns,) drive
    kind: Ints  # (turns,)


@dataclass(frozen=True, slots=True, eq=False)
class SearchGraph:
    """Search nodes and arcs. What an arc costs is for `routing.metric` to say; the graph serves every profile."""

    network: RoadNetwork
    drives: Drives
    node_of: Ints  # (search nodes,) network node
    lon: Floats  # (search nodes,) degrees
    lat: Floats
    tail: Ints  # (arcs,) search node; arcs are sorted by it
    head: Ints  # (arcs,) search node
    arc_drive: Ints  # (arcs,)
    arc_turn: Ints  # (arcs,) kind of the turn from the tail's drive into this one
    after: Ints  # (drives,) search node in which a vehicle is that has driven it, and of which no more is known
    out_start: Longs  # (search nodes + 1,) arcs by tail
    drive_start: Longs  # (drives + 1,) arcs of a drive are drive_arc[drive_start[d] : drive_start[d + 1]]
    drive_arc: Ints  # (arcs,)
    ban_arc: Ints  # (bans,) arc that a restriction forbids
    ban_restriction: Ints  # (bans,) the restriction

    @property
    def node_count(self) -> int:
        return len(self.node_of)

    @property
    def arc_count(self) -> int:
        return len(self.tail)

    @property
    def copy_count(self) -> int:
        """Return how many nodes splitting adds to the network's."""
        return len(self.node_of) - self.network.node_count


def derive(
    network: RoadNetwork, drives: Drives, bans: Sequence[Ban], turns: CostlyTurns, remembered: Ints
) -> SearchGraph:
    """Split nodes where manoeuvres differ and lay out the arcs; the network's own nodes come first, as they are.

    Args:
        remembered: drives after which turning round costs; see `routing.turning_round`.
    """
    # A copy for each drive out of which manoeuvres differ, then one for each longer beginning of a forbidden order.
    first = np.array([ban.drives[0] for ban in bans], dtype=np.int32)
    split = np.unique(np.concatenate([first, turns.source, remembered]))
    deeper = sorted({ban.drives[:length] for ban in bans for length in range(2, len(ban.drives))})
    last = np.concatenate([split, np.array([each[-1] for each in deeper], dtype=np.int32)])
    node_of = np.concatenate([np.arange(network.node_count, dtype=np.int32), drives.head[last]])
    after = drives.head.copy()
    after[split] = network.node_count + np.arange(len(split), dtype=np.int32)

    # Out of every search node, an arc for each drive out of its network node.
    leave_start, leaving = grouped(drives.tail, network.node_count)
    counts = np.diff(leave_start)[node_of]
    out_start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    tail = np.repeat(np.arange(len(node_of), dtype=np.int32), counts)
    slot = np.arange(out_start[-1]) - np.repeat(out_start[:-1], counts) + np.repeat(leave_start[node_of], counts)
    arc_drive = leaving[slot]
    head = after[arc_drive]

    ban_arcs: list[tuple[int, int]] = []
    if bans:
        states: dict[tuple[int, ...], int] = {(drive,): int(after[drive]) for drive in np.unique(first).tolist()}
        states |= {each: network.node_count + len(split) + number for number, each in enumerate(deeper)}
        _obey(bans, states, out_start, arc_drive, head, ban_arcs)
    ban_pairs = np.array(sorted(ban_arcs), dtype=np.int32).reshape(-1, 2)

    drive_start, drive_arc = grouped(arc_drive, len(drives.edge))
    return SearchGraph(
        network=network,
        drives=drives,
        node_of=frozen(node_of),
        lon=frozen(network.node_lon[node_of]),
        lat=frozen(network.node_lat[node_of]),
        tail=frozen(tail),
        head=frozen(head),
        arc_drive=frozen(arc_drive),
        arc_turn=frozen(_turn_kinds(network.node_count, drives, turns, last, tail, arc_drive)),
        after=frozen(after),
        out_start=frozen(out_start),
        drive_start=frozen(drive_start),
        drive_arc=frozen(drive_arc),
        ban_arc=frozen(ban_pairs[:, 0].copy()),
        ban_restriction=frozen(ban_pairs[:, 1].copy()),
    )


def numbered(graph: SearchGraph, order: Ints) -> SearchGraph:
    """Return the same graph with its search nodes numbered anew: `order[i]` becomes i."""
    number = np.empty(graph.node_count, dtype=np.int32)
    number[order] = np.arange(graph.node_count, dtype=np.int32)
    tail, head = number[graph.tail], number[graph.head]
    arcs = np.argsort(tail, kind="stable")
    arc_number = np.empty(graph.arc_count, dtype=np.int32)
    arc_number[arcs] = np.arange(graph.arc_count, dtype=np.int32)
    tail, head, arc_drive = tail[arcs], head[arcs], graph.arc_drive[arcs]
    drive_start, drive_arc = grouped(arc_drive, len(graph.drives.edge))
    return replace(
        graph,
        node_of=frozen(graph.node_of[order]),
        lon=frozen(graph.lon[order]),
        lat=frozen(graph.lat[order]),
        tail=frozen(tail),
        head=frozen(head),
        arc_drive=frozen(arc_drive),
        arc_turn=frozen(graph.arc_turn[arcs]),
        after=frozen(number[graph.after]),
        out_start=frozen(grouped(tail, graph.node_count)[0]),
        drive_start=frozen(drive_start),
        drive_arc=frozen(drive_arc),
        ban_arc=frozen(arc_number[graph.ban_arc]),
    )


def grouped(group: Ints, count: int) -> tuple[Longs, Ints]:
    """Return where each group begins, shape (count + 1,), and the members sorted by group, in their own order."""
    start = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=count))]).astype(np.int64)
    return start, np.argsort(group, kind="stable").astype(np.int32)


def _obey(
    bans: Sequence[Ban],
    states: dict[tuple[int, ...], int],
    out_start: Longs,
    arc_drive: Ints,
    head: Ints,
    ban_arcs: list[tuple[int, int]],
) -> None:
    """List the arcs that complete a forbidden order, and lead those that begin one into the copy that remembers."""
    forbidden: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for ban in bans:
        forbidden[ban.drives].append(ban.restriction)
    for known, node in states.items():
        for arc in range(out_start[node], out_start[node + 1]):
            driven = (*known, int(arc_drive[arc]))
            endings = [driven[begin:] for begin in range(len(driven) - 1)]  # of two drives or more, the longest first
            for ending in endings:
                ban_arcs += [(arc, restriction) for restriction in forbidden.get(ending, ())]
            longest = next((ending for ending in endings if ending in states), None)
            if longest is not None:
                head[arc] = states[longest]


def _turn_kinds(node_count: int, drives: Drives, turns: CostlyTurns, last: Ints, tail: Ints, arc_drive: Ints) -> Ints:
    """Return the kind of turn of every arc, int32, shape (arcs,); nothing is known of who leaves a network node."""
    kind = np.full(len(tail), NO_TURN, dtype=np.int32)
    from_copy = np.flatnonzero(tail >= node_count)
    source, target = last[tail[from_copy] - node_count], arc_drive[from_copy]
    width = len(drives.edge)
    listed = turns.source.astype(np.int64) * width + turns.target
    order = np.argsort(listed, kind="stable")
    wanted = source.astype(np.int64) * width + target
    if len(listed):
        place = np.minimum(np.searchsorted(listed[order], wanted), len(listed) - 1)
        kind[from_copy] = np.where(listed[order][place] == wanted, turns.kind[order][place], NO_TURN)
    turns_round = drives.back[source] == target
    kind[from_copy[turns_round]] = np.where(drives.ends_narrow[source[turns_round]], NARROW_U_TURN, U_TURN)
    return kind
