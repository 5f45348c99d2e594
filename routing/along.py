"""Along a street: metres from its start, and the time between two places on it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routing.compiled import compiled
from routing.great_circle import great_circle_m
from routing.network import INF_MS, Floats, Ints, Longs, RoadNetwork, frozen
from routing.profiles import Profile

# Shares of a piece shorter than this are rounding, not road: a vehicle that stands where its street becomes a
# footway is not on the footway.
NOTHING_M = 1e-6


@dataclass(frozen=True, slots=True)
class StreetMetres:
    """Where the points of all shapes lie along their streets."""

    point_m: Floats  # (points,) metres from the start of the street
    point_piece: Ints  # (points,) piece of the segment that begins here; -1 at the last point of a street


def street_metres(network: RoadNetwork) -> StreetMetres:
    """Return where the shape points lie; computed once for each network."""

    def make() -> StreetMetres:
        lon, lat = network.shape_lon, network.shape_lat
        step_m = np.append(great_circle_m(lon[:-1], lat[:-1], lon[1:], lat[1:]), 0.0)
        point_m = np.zeros(len(lon))
        point_piece = np.full(len(lon), -1, dtype=np.int32)
        _measure(
            network.shape_start,
            network.piece_start,
            network.piece_points,
            network.piece_length_m,
            step_m,
            point_m,
            point_piece,
        )
        return StreetMetres(frozen(point_m), frozen(point_piece))

    return network.once("street_metres", make)


@compiled
def _measure(
    shape_start: Longs,
    piece_start: Longs,
    piece_points: Ints,
    piece_length_m: Floats,
    step_m: Floats,
    point_m: Floats,
    point_piece: Ints,
) -> None:
    for street in range(len(shape_start) - 1):
        point = shape_start[street]
        done_m = 0.0
        for piece in range(piece_start[street], piece_start[street + 1]):
            drawn_m = 0.0
            for step in range(piece_points[piece]):
                drawn_m += step_m[point + step]
            # A graph from elsewhere may say another length than its line has; the points share the difference.
            scale = piece_length_m[piece] / drawn_m if drawn_m > 0.0 else 0.0
            along_m = 0.0
            for _ in range(piece_points[piece]):
                point_piece[point] = piece
                along_m += step_m[point] * scale
                point += 1
                point_m[point] = done_m + along_m
            done_m += piece_length_m[piece]
            point_m[point] = done_m


class Pieces(NamedTuple):
    """The pieces of all streets and how fast one profile is on them, as compiled functions take them."""

    start: Longs  # (streets + 1,)
    length_m: Floats  # (pieces,)
    mps: Floats  # (pieces,) 0 where closed


def pieces_of(network: RoadNetwork, profile: Profile) -> Pieces:
    """Return the pieces of the network as `profile` sees them."""
    return Pieces(network.piece_start, network.piece_length_m, network.piece_mps(profile))


@compiled
def partial_ms(pieces: Pieces, street: int, from_m: float, to_m: float) -> int:
    """Return the time between two places of a street (from_m ≤ to_m) in whole ms; INF_MS where it is closed."""
    seconds = 0.0
    begin_m = 0.0
    for piece in range(pieces.start[street], pieces.start[street + 1]):
        end_m = begin_m + pieces.length_m[piece]
        share_m = min(end_m, to_m) - max(begin_m, from_m)
        if share_m > NOTHING_M:
            if pieces.mps[piece] <= 0.0:
                return INF_MS
            seconds += share_m / pieces.mps[piece]
        begin_m = end_m
    if seconds * 1000.0 >= INF_MS:
        return INF_MS
    return round(seconds * 1000.0)
