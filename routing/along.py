"""Along a street: metres from its start, and the time between two places on it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routing.compiled import compiled
from routing.great_circle import great_circle_m
from routing.milliseconds import INF_MS
from routing.network import Floats, Ints, Longs, PieceSpeeds, RoadNetwork, frozen

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


class Stretches(NamedTuple):
    """Parts of streets that are closed or slow for the time being, sorted by street; they may overlap."""

    street: Ints
    from_m: Floats  # metres from the start of the street
    to_m: Floats
    factor: Floats  # multiplies the speed; 0: closed


NO_STRETCHES = Stretches(
    frozen(np.zeros(0, dtype=np.int32)), *(frozen(np.zeros(0, dtype=np.float64)) for _ in range(3))
)


class StreetTimes(NamedTuple):
    """What driving along streets takes, for one profile at one time, as compiled functions take it."""

    piece_start: Longs  # (streets + 1,)
    piece_length_m: Floats  # (pieces,)
    speeds: PieceSpeeds
    spot_start: Longs  # (streets + 1,)
    spot_at_m: Floats  # (spots,)
    spot_along_ms: Longs  # (spots,) what passing takes along the shape; INF_MS where one may not
    spot_back_ms: Longs  # (spots,) the same, against it
    stretches: Stretches


@compiled
def partial_ms(times: StreetTimes, street: int, from_m: float, to_m: float, is_along: bool) -> int:
    """Return the time between two places of a street (from_m ≤ to_m) in whole ms; INF_MS where one may not pass.

    Args:
        is_along: driven in the direction of the street's shape.
    """
    first_stretch = int(np.searchsorted(times.stretches.street, street))
    has_stretches = first_stretch < len(times.stretches.street) and times.stretches.street[first_stretch] == street
    seconds = 0.0
    begin_m = 0.0
    for piece in range(times.piece_start[street], times.piece_start[street + 1]):
        end_m = begin_m + times.piece_length_m[piece]
        low_m, high_m = max(begin_m, from_m), min(end_m, to_m)
        if high_m - low_m > NOTHING_M:
            mps = times.speeds.along_mps[piece] if is_along else times.speeds.back_mps[piece]
            if mps <= 0.0:
                return INF_MS
            if has_stretches:
                seconds += _slowed_s(times.stretches, first_stretch, street, low_m, high_m, mps)
            else:
                seconds += (high_m - low_m) / mps
        begin_m = end_m
    if seconds * 1000.0 >= INF_MS:
        return INF_MS
    ms = round(seconds * 1000.0)
    for spot in range(times.spot_start[street], times.spot_start[street + 1]):
        if from_m + NOTHING_M < times.spot_at_m[spot] < to_m - NOTHING_M:
            ms += times.spot_along_ms[spot] if is_along else times.spot_back_ms[spot]
    return min(ms, INF_MS)


@compiled
def _slowed_s(stretches: Stretches, first: int, street: int, from_m: float, to_m: float, mps: float) -> float:
    """Return the seconds on a part of one piece; where stretches overlap, the slowest counts. inf: closed."""
    seconds = 0.0
    at_m = from_m
    while at_m < to_m:
        next_m, factor = to_m, 1.0
        stretch = first
        while stretch < len(stretches.street) and stretches.street[stretch] == street:
            if stretches.from_m[stretch] > at_m:
                next_m = min(next_m, stretches.from_m[stretch])
            elif stretches.to_m[stretch] > at_m:
                next_m = min(next_m, stretches.to_m[stretch])
                factor = min(factor, stretches.factor[stretch])
            stretch += 1
        if next_m - at_m > NOTHING_M:
            if factor <= 0.0:
                return np.inf
            seconds += (next_m - at_m) / (mps * factor)
        at_m = next_m
    return seconds
