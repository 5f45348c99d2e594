"""What junctions are like: who crosses whose road, where one turns across oncoming traffic, where lights see to it.

    ══ primary ══════●═══════    coming from below one waits for the primary road: charged to the edge that enters
                     │
                     │ residential

All of it is geometry and class; how many seconds it takes is the profile's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from routing.flow import ROUNDABOUTS, always_keeps_flow
from routing.network import Flags, Floats, Ints, Longs, RoadNetwork, frozen
from routing.search_graph import ACROSS_PRIMARY, ACROSS_SECONDARY, SHARP, SHARP_ACROSS, CostlyTurns, Drives, grouped
from routing.sizes import NARROW, NO_ROOM, WIDE, room_to_turn

# How a class of road counts at a crossing. Motorways and links have lanes to merge from, the rest gives way alike.
TERTIARY, SECONDARY, PRIMARY = 1, 2, 3
RANKS: Mapping[str, int] = {"trunk": PRIMARY, "primary": PRIMARY, "secondary": SECONDARY, "tertiary": TERTIARY}

SIGNAL_REACH_M = 30.0  # lights this near before the end of an edge are the junction's
STRAIGHT_RAD = np.radians(35.0)  # OSRM's guidance calls up to 35° straight on or slight
TURN_BACK_RAD = np.radians(150.0)
SHARP_RAD = np.radians(110.0)  # what a long vehicle cannot turn at once into a street below `sizes.NARROW_M`


def drives_of(network: RoadNetwork) -> Drives:
    """List the ways to drive: all edges, then one-way edges against the flow where anybody might."""

    def make() -> Drives:
        edges = np.arange(network.edge_count, dtype=np.int32)
        keeps = np.array([always_keeps_flow(tags) for tags in network.kinds], dtype=np.bool_)
        street_keeps = np.logical_or.reduceat(keeps[network.piece_kind], network.piece_start[:-1])
        against = np.flatnonzero((network.reverse_edge < 0) & ~street_keeps[network.street]).astype(np.int32)
        back = np.concatenate([network.reverse_edge, against])
        back[against] = network.edge_count + np.arange(len(against), dtype=np.int32)
        head = np.concatenate([network.head, network.tail[against]])
        return Drives(
            edge=frozen(np.concatenate([edges, against])),
            is_against=frozen(np.arange(len(edges) + len(against)) >= len(edges)),
            tail=frozen(np.concatenate([network.tail, network.head[against]])),
            head=frozen(head),
            back=frozen(back),
            ends_narrow=frozen(_room_at_nodes(network)[head] < WIDE),
        )

    return network.once("drives", make)


@dataclass(frozen=True, slots=True)
class Ends:
    """The two ends of every drive."""

    leaves_rad: Floats  # (drives,) direction in which it begins, counterclockwise from east
    arrives_rad: Floats  # (drives,) direction in which it ends
    rank: Ints  # (drives,) of its road where it ends
    crossed_rank: Ints  # (drives,) of the road to give way to there; 0: none
    is_into_roundabout: Flags  # (drives,)
    has_signal: Flags  # (drives,) lights where it ends


def ends_of(network: RoadNetwork) -> Ends:
    """Return what the ends of all drives are like; computed once."""

    def make() -> Ends:
        drives = drives_of(network)
        leaves_rad, arrives_rad = _directions(network, drives)
        is_along = network.is_along[drives.edge] != drives.is_against
        street = network.street[drives.edge]
        first, last = network.piece_start[street], network.piece_start[street + 1] - 1
        end_kind, begin_kind = (
            network.piece_kind[np.where(is_along, *pieces)] for pieces in ((last, first), (first, last))
        )
        of_kind = rank_of_kinds(network)
        is_round = np.array(
            [not ROUNDABOUTS.isdisjoint(tags.get("junction", "").split(";")) for tags in network.kinds],
            dtype=np.bool_,
        )
        rank = of_kind[end_kind]
        node_rank = np.zeros(network.node_count, dtype=np.int32)
        np.maximum.at(node_rank, drives.head, rank)
        np.maximum.at(node_rank, drives.tail, of_kind[begin_kind])
        leads_round = np.zeros(network.node_count, dtype=np.bool_)
        leads_round[drives.tail[is_round[begin_kind] & ~drives.is_against]] = True
        arms = np.bincount(network.tail[network.street_edge], minlength=network.node_count)
        arms += np.bincount(network.head[network.street_edge], minlength=network.node_count)

        has_signal = _has_signal(network, drives, is_along)
        is_into_roundabout = leads_round[drives.head] & ~is_round[end_kind]
        crosses = (node_rank[drives.head] > rank) & (arms[drives.head] > 2) & ~has_signal & ~leads_round[drives.head]
        return Ends(
            leaves_rad=frozen(leaves_rad),
            arrives_rad=frozen(arrives_rad),
            rank=frozen(rank),
            crossed_rank=frozen(np.where(crosses, node_rank[drives.head], 0).astype(np.int32)),
            is_into_roundabout=frozen(is_into_roundabout),
            has_signal=frozen(has_signal),
        )

    return network.once("ends", make)


def undivided_rank(network: RoadNetwork) -> Ints:
    """Return the rank of every piece where the road is undivided, int32, shape (pieces,): 0 on one-way streets.

    OSM draws the two carriageways of a divided road as one-way streets of their own.
    """

    def make() -> Ints:
        is_two_way = np.repeat(network.reverse_edge[network.street_edge] >= 0, np.diff(network.piece_start))
        return frozen(np.where(is_two_way, rank_of_kinds(network)[network.piece_kind], 0).astype(np.int32))

    return network.once("undivided_rank", make)


def rank_of_kinds(network: RoadNetwork) -> Ints:
    """Return how every set of tags counts at a crossing, int32, shape (kinds,)."""
    ranks = [max(RANKS.get(each, 0) for each in tags.get("highway", "").split(";")) for tags in network.kinds]
    return np.array(ranks, dtype=np.int32)


def turn_rad(ends: Ends, source: Ints, target: Ints) -> Floats:
    """Return by how much one turns from one drive into another, radians in -π … π, left positive."""
    angle: Floats = np.remainder(ends.leaves_rad[target] - ends.arrives_rad[source] + np.pi, 2 * np.pi) - np.pi
    return angle


def costly_turns(network: RoadNetwork) -> CostlyTurns:
    """Find the turns that cost, but for U-turns: across the oncoming traffic, and sharply into narrow streets."""
    across, sharp = _across_oncoming(network), _sharp_into_narrow(network)
    kinds: dict[tuple[int, int], int] = {
        (source, target): kind for source, target, kind in zip(*(each.tolist() for each in across), strict=True)
    }
    for turn in zip(*(each.tolist() for each in sharp), strict=True):
        kinds[turn] = SHARP_ACROSS[kinds[turn]] if turn in kinds else SHARP
    turns = np.array(sorted(kinds), dtype=np.int32).reshape(-1, 2)
    kind = np.array([kinds[turn] for turn in sorted(kinds)], dtype=np.int32)
    return CostlyTurns(turns[:, 0].copy(), turns[:, 1].copy(), kind)


def _sharp_into_narrow(network: RoadNetwork) -> tuple[Ints, Ints]:
    """Find the turns, by source and target, into a narrow street that a long vehicle does not drive in one go.

    None against the flow of a one-way street: no long vehicle drives there.
    """
    drives, ends = drives_of(network), ends_of(network)
    room = _room_of_kinds(network)
    first, last = network.piece_start[:-1], network.piece_start[1:] - 1
    begins_narrow = np.where(
        network.is_along, *(room[network.piece_kind[each]][network.street] == NARROW for each in (first, last))
    )
    may_drive = np.minimum.reduceat(room[network.piece_kind], first)[network.street] > NO_ROOM
    into = np.flatnonzero(begins_narrow & may_drive).astype(np.int32)
    enter_start, entering = grouped(drives.head[: network.edge_count], network.node_count)
    source, target = _pairs(into, enter_start, entering, network.tail[into])
    is_sharp = (np.abs(turn_rad(ends, source, target)) > SHARP_RAD) & (drives.back[source] != target)
    is_sharp &= may_drive[source]
    return source[is_sharp], target[is_sharp]


def _pairs(drives: Ints, start: Longs, others: Ints, node: Ints) -> tuple[Ints, Ints]:
    """Pair each drive with all of `others` that are grouped at its node; return the others and the drives."""
    counts = np.diff(start)[node]
    inside = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return others[np.repeat(start[node], counts) + inside], np.repeat(drives, counts)


def _across_oncoming(network: RoadNetwork) -> CostlyTurns:
    """Find the turns out of undivided arterials across the oncoming traffic, without lights.

    There is oncoming traffic if the arterial goes on straight ahead as a two-way road of such a class.
    """
    drives, ends = drives_of(network), ends_of(network)
    is_two_way = (network.reverse_edge >= 0)[drives.edge] & ~drives.is_against
    from_arterial = np.flatnonzero(is_two_way & (ends.rank >= SECONDARY) & ~ends.has_signal).astype(np.int32)
    leave_start, leaving = grouped(drives.tail, network.node_count)
    target, source = _pairs(from_arterial, leave_start, leaving, drives.head[from_arterial])
    angle = turn_rad(ends, source, target)
    back = drives.back[target]

    goes_on = (np.abs(angle) <= STRAIGHT_RAD) & is_two_way[target] & (ends.rank[back] >= SECONDARY)
    has_oncoming = np.zeros(len(drives.edge), dtype=np.bool_)
    has_oncoming[source[goes_on]] = True
    across = -angle if network.drives_left else angle
    is_across = (across > STRAIGHT_RAD) & (across < TURN_BACK_RAD) & (drives.back[source] != target)
    chosen = np.flatnonzero(is_across & has_oncoming[source])
    kind = np.where(ends.rank[source[chosen]] == PRIMARY, ACROSS_PRIMARY, ACROSS_SECONDARY)
    return CostlyTurns(source[chosen], target[chosen], kind.astype(np.int32))


def _room_of_kinds(network: RoadNetwork) -> Ints:
    return np.array([room_to_turn(tags) for tags in network.kinds], dtype=np.int32)


def _room_at_nodes(network: RoadNetwork) -> Ints:
    """Return the room to turn in at every node: that of the widest street that begins or ends there."""
    room = _room_of_kinds(network)[network.piece_kind]
    at_node = np.full(network.node_count, NO_ROOM, dtype=np.int32)
    along = network.street_edge
    np.maximum.at(at_node, network.tail[along], room[network.piece_start[:-1]])
    np.maximum.at(at_node, network.head[along], room[network.piece_start[1:] - 1])
    return at_node


def _directions(network: RoadNetwork, drives: Drives) -> tuple[Floats, Floats]:
    """Return the directions in which drives begin and end, on a plane that touches the earth at the city's middle."""
    bounds = network.bounds
    shrink = np.cos(np.radians((bounds.south + bounds.north) / 2))

    def direction(point: Longs) -> Floats:
        x = (network.shape_lon[point + 1] - network.shape_lon[point]) * shrink
        y = network.shape_lat[point + 1] - network.shape_lat[point]
        rad: Floats = np.arctan2(y, x)
        return rad

    street = network.street[drives.edge]
    at_start = direction(network.shape_start[:-1])[street]
    at_end = direction(network.shape_start[1:] - 2)[street]
    is_along = network.is_along[drives.edge] != drives.is_against
    return np.where(is_along, at_start, at_end + np.pi), np.where(is_along, at_end, at_start + np.pi)


def _has_signal(network: RoadNetwork, drives: Drives, is_along: Flags) -> Flags:
    is_signal = np.array([tags.get("highway") == "traffic_signals" for tags in network.spot_kinds] or [False])
    at_node = (network.node_spot >= 0) & is_signal[network.node_spot]
    lights = np.flatnonzero(is_signal[network.spot_kind]) if len(network.spot_kind) else np.zeros(0, dtype=np.int64)
    street = np.searchsorted(network.spot_start, lights, side="right") - 1
    length_m = network.length_m[network.street_edge]
    at_m, way = network.spot_at_m[lights], network.spot_way[lights]
    near_end, near_start = (np.zeros(network.street_count, dtype=np.bool_) for _ in range(2))
    near_end[street[(length_m[street] - at_m <= SIGNAL_REACH_M) & (way >= 0)]] = True
    near_start[street[(at_m <= SIGNAL_REACH_M) & (way <= 0)]] = True
    of_drive = network.street[drives.edge]
    flags: Flags = at_node[drives.head] | np.where(is_along, near_end[of_drive], near_start[of_drive])
    return flags
