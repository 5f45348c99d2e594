"""What a driver does on the way, as data: where to turn, into which street. Words are for the screen to choose."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from routing.junctions import STRAIGHT_RAD, drives_of, ends_of, turn_rad
from routing.network import Ints, LonLat, RoadNetwork

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


class Step(NamedTuple):
    """One drive of a path, as far as manoeuvres go."""

    drive: int
    length_m: float
    seconds: float


def manoeuvres(network: RoadNetwork, steps: Sequence[Step], start: LonLat, end: LonLat) -> tuple[Manoeuvre, ...]:
    """List what is done along `steps`: departure, every turn or change of name, arrival.

    Going on where nothing else leaves the junction is no turn, however the street bends.
    """
    if not steps:
        return ()
    drives = drives_of(network)
    driven = np.array([step.drive for step in steps], dtype=np.int32)
    angles = turn_rad(ends_of(network), driven[:-1], driven[1:])
    against = drives.is_against[driven].tolist()
    names = [network.edge_name(int(edge)) for edge in drives.edge[driven]]
    found = [Manoeuvre(Turn.DEPART, start, 0.0, 0.0, names[0], against[0])]
    done_m, done_s = steps[0].length_m, steps[0].seconds
    for number, angle in enumerate(angles.tolist(), start=1):
        node = int(drives.tail[driven[number]])
        turn = _turn(network, angle, drives.back[driven[number - 1]] == driven[number], node)
        is_same_street = names[number] == names[number - 1] and against[number] == against[number - 1]
        if turn != Turn.STRAIGHT or not is_same_street:
            at = LonLat(float(network.node_lon[node]), float(network.node_lat[node]))
            found.append(Manoeuvre(turn, at, done_m, done_s, names[number], against[number]))
        done_m, done_s = done_m + steps[number].length_m, done_s + steps[number].seconds
    return (*found, Manoeuvre(Turn.ARRIVE, end, done_m, done_s, names[-1], against[-1]))


def _turn(network: RoadNetwork, angle: float, is_back: bool, node: int) -> Turn:
    if is_back or abs(angle) > U_TURN_RAD:
        return Turn.U_TURN
    arms = network.once("arms", lambda: _arms(network))
    if abs(angle) <= STRAIGHT_RAD or arms[node] <= 2:
        return Turn.STRAIGHT
    return Turn.LEFT if angle > 0 else Turn.RIGHT


def _arms(network: RoadNetwork) -> Ints:
    """Return how many street ends meet at each node, shape (nodes,)."""
    ends = np.concatenate([network.tail[network.street_edge], network.head[network.street_edge]])
    return np.bincount(ends, minlength=network.node_count).astype(np.int32)
