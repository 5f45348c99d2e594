"""What a driver does on the way, as data: where to turn, into which street. Words are for the screen to choose."""

from enum import StrEnum
from typing import NamedTuple

import numpy as np

from routing.junctions import STRAIGHT_RAD, drives_of, ends_of, turn_rad
from routing.network import Ints, LonLat, RoadNetwork, frozen
from routing.walk import Legs

_STRAIGHT, _LEFT, _RIGHT, _U_TURN = range(4)
U_TURN_RAD = np.radians(170.0)  # beyond this one drives back; sharp turns stay turns


class Turn(StrEnum):
    """What is done at a manoeuvre."""

    DEPART = "depart"
    STRAIGHT = "straight"  # listed only where the street changes its name
    LEFT = "left"
    RIGHT = "right"
    U_TURN = "u_turn"
    ARRIVE = "arrive"


class Manoeuvre(NamedTuple):
    """One thing to do."""

    turn: Turn
    at: LonLat
    after_m: float  # metres from the origin
    after_s: float  # seconds from the origin
    street: str | None  # the street one is in from here on; None where it has no name
    is_against_flow: bool  # from here on one drives against a one-way street


_TURNS = (Turn.STRAIGHT, Turn.LEFT, Turn.RIGHT, Turn.U_TURN)


def manoeuvres(network: RoadNetwork, legs: Legs, start: LonLat, end: LonLat) -> tuple[Manoeuvre, ...]:
    """List what is done along `legs`: departure, every turn or change of name, arrival.

    Going on where nothing else leaves the junction is no turn, however the street bends.
    """
    drives = drives_of(network)
    angle = turn_rad(ends_of(network), legs.drive[:-1], legs.drive[1:])
    node = drives.tail[legs.drive[1:]]
    is_u_turn = (drives.back[legs.drive[:-1]] == legs.drive[1:]) | (np.abs(angle) > U_TURN_RAD)
    is_bend = network.once("arms", lambda: _arms(network))[node] <= 2
    is_straight = ~is_u_turn & ((np.abs(angle) <= STRAIGHT_RAD) | is_bend)
    name = _names(network)[network.street[drives.edge[legs.drive]]]
    is_against = drives.is_against[legs.drive]
    is_same_street = (name[1:] == name[:-1]) & (is_against[1:] == is_against[:-1])
    listed = np.flatnonzero(~is_straight | ~is_same_street)
    after_m, after_s = np.cumsum(legs.to_m - legs.from_m), np.cumsum(legs.ms, dtype=np.int64) / 1000
    after_m, after_s = np.append(after_m[listed], after_m[-1]), np.append(after_s[listed], after_s[-1])
    turn = np.where(is_straight, _STRAIGHT, np.where(angle > 0, _LEFT, _RIGHT))
    turn[is_u_turn] = _U_TURN
    turns = [Turn.DEPART, *(_TURNS[each] for each in turn[listed].tolist()), Turn.ARRIVE]
    lon, lat = network.node_lon[node[listed]].tolist(), network.node_lat[node[listed]].tolist()
    onto = np.concatenate([[0], listed + 1, [-1]])
    names = [None if each < 0 else network.names[each] for each in name[onto].tolist()]
    places, done_m, done_s = (start, *map(LonLat, lon, lat), end), (0.0, *after_m.tolist()), (0.0, *after_s.tolist())
    return tuple(map(Manoeuvre, turns, places, done_m, done_s, names, is_against[onto].tolist()))


def _arms(network: RoadNetwork) -> Ints:
    """Return how many street ends meet at each node, shape (nodes,)."""
    ends = np.concatenate([network.tail[network.street_edge], network.head[network.street_edge]])
    return np.bincount(ends, minlength=network.node_count).astype(np.int32)


def _names(network: RoadNetwork) -> Ints:
    """Return the name of each street's longest named piece, an index into names; -1 where none has one."""

    def make() -> Ints:
        street = np.repeat(np.arange(network.street_count), np.diff(network.piece_start))
        length_m = np.where(network.piece_name >= 0, network.piece_length_m, -1.0)
        longest_last = np.lexsort((-np.arange(len(street)), length_m, street))
        last = longest_last[network.piece_start[1:] - 1]
        return frozen(network.piece_name[last])

    return network.once("street_names", make)
