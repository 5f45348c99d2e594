"""Put a point on the street it belongs to: the nearest one that the profile may use, or None.

A uniform grid of cells lists the segments that cross each cell; a query looks at rings of cells around the point
until nothing nearer can come. Distances are measured in a plane that touches the earth at the asked point: within
500 m its error is below a centimetre.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routing.along import street_metres
from routing.compiled import compiled
from routing.great_circle import METRES_PER_DEGREE
from routing.network import Bounds, Floats, Ints, Longs, LonLat, RoadNetwork, frozen
from routing.profiles import Profile

CELL_M = 150.0  # about one block; 75 to 400 m measured alike on Jakarta, about 10 µs a point
MAX_CELLS_PER_SEGMENT = 8  # keeps the grid of two far-apart cities small; cells grow instead


@dataclass(frozen=True, slots=True)
class Snapped:
    """A place on the network. Make one with `snap`, `snap_many` or `place_on`."""

    network_id: str  # of the network it lies on; another network refuses it
    edge: int  # the edge that travels in the direction in which the street is drawn
    reverse_edge: int | None  # the edge the other way; None where the street is one-way
    fraction: float  # 0 … 1 of the length of `edge`, from its tail
    point: LonLat  # the place itself, on the street
    distance_m: float  # from the point that was asked for


def snap(network: RoadNetwork, lon: float, lat: float, profile: Profile, max_m: float = 500.0) -> Snapped | None:
    """Find the place nearest to (lon, lat) on a street that `profile` may use; None if none is within `max_m`.

    Only the passable pieces of a street count, even where it goes on as something impassable.

    Raises:
        ValueError: not a number, or not degrees (|lat| > 90: lon and lat were swapped).
    """
    return snap_many(network, [lon], [lat], profile, max_m)[0]


def snap_many(
    network: RoadNetwork,
    lons: Sequence[float] | Floats,
    lats: Sequence[float] | Floats,
    profile: Profile,
    max_m: float = 500.0,
) -> list[Snapped | None]:
    """Snap many points at once; the answers stand in the order of the points. See `snap`."""
    lon, lat = checked_degrees(lons, lats)
    grid = street_grid(network)
    point = np.full(len(lon), -1, dtype=np.int64)
    share = np.zeros(len(lon))
    distance_m = np.full(len(lon), np.inf)
    _nearest(
        lon,
        lat,
        float(max_m),
        (grid.west, grid.south, grid.cell_lon, grid.cell_lat),
        (grid.columns, grid.rows),
        grid.cell_start,
        grid.cell_point,
        network.shape_lon,
        network.shape_lat,
        street_metres(network).point_piece,
        network.piece_speeds(profile).along_mps,
        point,
        share,
        distance_m,
    )
    streets = np.searchsorted(network.shape_start, point, side="right") - 1
    found = zip(point.tolist(), share.tolist(), distance_m.tolist(), streets.tolist(), strict=True)
    return [None if p < 0 else snapped_at(network, p, t, m, street) for p, t, m, street in found]


def checked_degrees(lons: Sequence[float] | Floats, lats: Sequence[float] | Floats) -> tuple[Floats, Floats]:
    """Return coordinates as arrays.

    Raises:
        ValueError: not a number, or not degrees (|lat| > 90: lon and lat were swapped).
    """
    lon, lat = np.ascontiguousarray(lons, dtype=np.float64), np.ascontiguousarray(lats, dtype=np.float64)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise ValueError("A coordinate is not a number.")
    if (np.abs(lat) > 90).any() or (np.abs(lon) > 180).any():
        raise ValueError("Coordinates are longitude (-180 to 180), then latitude (-90 to 90); were they swapped?")
    return lon, lat


def place_on(network: RoadNetwork, edge: int, fraction: float) -> Snapped:
    """Return the place at `fraction` (0 … 1) of the length of `edge`, counted in its direction of travel."""
    if not 0.0 <= fraction <= 1.0:
        raise ValueError(f"A place on an edge lies between 0 and 1 of its length, not at {fraction}.")
    street = int(network.street[edge])
    if not network.is_along[edge]:
        fraction = 1.0 - fraction
    first, last = int(network.shape_start[street]), int(network.shape_start[street + 1]) - 1
    point_m = street_metres(network).point_m
    at_m = fraction * float(point_m[last])
    point = min(max(int(np.searchsorted(point_m[first : last + 1], at_m, side="right")) - 1 + first, first), last - 1)
    step_m = float(point_m[point + 1] - point_m[point])
    return snapped_at(network, point, (at_m - float(point_m[point])) / step_m if step_m > 0 else 0.0, 0.0, street)


def snapped_at(network: RoadNetwork, point: int, share: float, distance_m: float, street: int) -> Snapped:
    """Return the place at a share of the segment that begins at a shape point of `street`."""
    point_m = street_metres(network).point_m
    edge = int(network.street_edge[street])
    length_m = float(network.length_m[edge])
    at_m = float(point_m[point]) + share * float(point_m[point + 1] - point_m[point])
    lon, lat = network.shape_lon, network.shape_lat
    reverse = int(network.reverse_edge[edge])
    return Snapped(
        network_id=network.network_id,
        edge=edge,
        reverse_edge=None if reverse < 0 else reverse,
        fraction=min(max(at_m / length_m, 0.0), 1.0) if length_m > 0 else 0.0,
        point=LonLat(
            float(lon[point] + share * (lon[point + 1] - lon[point])),
            float(lat[point] + share * (lat[point + 1] - lat[point])),
        ),
        distance_m=distance_m,
    )


class Grid(NamedTuple):
    """Cells, and the segments that cross each."""

    west: float
    south: float
    cell_lon: float  # degrees
    cell_lat: float
    columns: int
    rows: int
    cell_start: Longs  # (cells + 1,)
    cell_point: Ints  # first shape point of every segment that crosses the cell


def street_grid(network: RoadNetwork) -> Grid:
    """Return the grid of all segments; computed once."""

    def make() -> Grid:
        box = network.bounds
        shrink = math.cos(math.radians((box.south + box.north) / 2))
        width_m = (box.east - box.west) * METRES_PER_DEGREE * shrink
        height_m = (box.north - box.south) * METRES_PER_DEGREE
        room = MAX_CELLS_PER_SEGMENT * len(network.shape_lon) + 1
        cell_m = max(CELL_M, math.sqrt(width_m * height_m / room), max(width_m, height_m) / room)
        cell_lat = cell_m / METRES_PER_DEGREE
        cell_lon = cell_lat / shrink
        columns, rows = int((box.east - box.west) / cell_lon) + 1, int((box.north - box.south) / cell_lat) + 1
        frame, shape = (box.west, box.south, cell_lon, cell_lat), (columns, rows)
        piece = street_metres(network).point_piece
        counts = np.zeros(columns * rows + 1, dtype=np.int64)
        _list_segments(frame, shape, network.shape_lon, network.shape_lat, piece, counts, np.zeros(0, dtype=np.int32))
        cell_start = np.cumsum(counts)
        cell_point = np.empty(cell_start[-1], dtype=np.int32)
        filled = cell_start.copy()
        _list_segments(frame, shape, network.shape_lon, network.shape_lat, piece, filled, cell_point)
        return Grid(*frame, *shape, frozen(cell_start), frozen(cell_point))

    return network.once("snap_grid", make)


def segments_in(network: RoadNetwork, box: Bounds) -> Ints:
    """Return the first shape points of all segments that may touch a box, sorted, int32."""
    grid = street_grid(network)
    low_column, high_column = (
        min(max(math.floor((lon - grid.west) / grid.cell_lon), 0), grid.columns - 1) for lon in (box.west, box.east)
    )
    low_row, high_row = (
        min(max(math.floor((lat - grid.south) / grid.cell_lat), 0), grid.rows - 1) for lat in (box.south, box.north)
    )
    return _listed(grid.cell_start, grid.cell_point, grid.columns, low_column, high_column, low_row, high_row)


@compiled
def _listed(
    cell_start: Longs, cell_point: Ints, columns: int, low_column: int, high_column: int, low_row: int, high_row: int
) -> Ints:
    """Return what lies in the cells of some columns and rows, each once, sorted."""
    count = 0
    for row in range(low_row, high_row + 1):
        count += cell_start[row * columns + high_column + 1] - cell_start[row * columns + low_column]
    points = np.empty(count, dtype=np.int32)
    filled = 0
    for row in range(low_row, high_row + 1):
        for slot in range(cell_start[row * columns + low_column], cell_start[row * columns + high_column + 1]):
            points[filled] = cell_point[slot]
            filled += 1
    points.sort()
    kept = 0
    for number in range(count):
        if number == 0 or points[number] != points[number - 1]:
            points[kept] = points[number]
            kept += 1
    return points[:kept]


@compiled
def _list_segments(
    frame: tuple[float, float, float, float],
    shape: tuple[int, int],
    lon: Floats,
    lat: Floats,
    point_piece: Ints,
    at: Longs,
    cell_point: Ints,
) -> None:
    """Count the segments of each cell into at[cell + 1], or, given `cell_point`, write them from at[cell] on."""
    west, south, cell_lon, cell_lat = frame
    columns, rows = shape
    for point in range(len(lon)):
        if point_piece[point] < 0:
            continue
        x0, x1 = (lon[point] - west) / cell_lon, (lon[point + 1] - west) / cell_lon
        y0, y1 = (lat[point] - south) / cell_lat, (lat[point + 1] - south) / cell_lat
        low_row = max(int(min(y0, y1)), 0)
        high_row = min(int(max(y0, y1)), rows - 1)
        for row in range(low_row, high_row + 1):
            # The part of the segment within this row spans these columns; a hair wider against rounding.
            left, right = min(x0, x1), max(x0, x1)
            if y0 != y1:
                t0, t1 = (row - y0) / (y1 - y0), (row + 1 - y0) / (y1 - y0)
                t0, t1 = max(min(t0, t1), 0.0), min(max(t0, t1), 1.0)
                left, right = (
                    min(x0 + t0 * (x1 - x0), x0 + t1 * (x1 - x0)),
                    max(x0 + t0 * (x1 - x0), x0 + t1 * (x1 - x0)),
                )
            low_column = max(math.floor(left - 1e-9), 0)
            high_column = min(math.floor(right + 1e-9), columns - 1)
            for column in range(low_column, high_column + 1):
                cell = row * columns + column
                if len(cell_point) == 0:
                    at[cell + 1] += 1
                else:
                    cell_point[at[cell]] = point
                    at[cell] += 1


@compiled
def nearest_on_segment(
    lon: float, lat: float, metres_x: float, metres_y: float, shape_lon: Floats, shape_lat: Floats, point: int
) -> tuple[float, float, float]:
    """Find what of the segment from `point` to the next one is nearest to (lon, lat).

    Args:
        metres_x, metres_y: of a degree of longitude and of latitude at (lon, lat).
    Returns:
        The share of the segment, 0 … 1, and where that lies from (lon, lat): metres east and north.
    """
    ax, ay = (shape_lon[point] - lon) * metres_x, (shape_lat[point] - lat) * metres_y
    bx, by = (shape_lon[point + 1] - lon) * metres_x, (shape_lat[point + 1] - lat) * metres_y
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    share = min(max(-(ax * dx + ay * dy) / square, 0.0), 1.0) if square > 0.0 else 0.0
    return share, ax + share * dx, ay + share * dy


@compiled
def _nearest(
    lons: Floats,
    lats: Floats,
    max_m: float,
    frame: tuple[float, float, float, float],
    shape: tuple[int, int],
    cell_start: Longs,
    cell_point: Ints,
    shape_lon: Floats,
    shape_lat: Floats,
    point_piece: Ints,
    piece_mps: Floats,
    out_point: Longs,
    out_share: Floats,
    out_distance_m: Floats,
) -> None:
    west, south, cell_lon, cell_lat = frame
    columns, rows = shape
    for asked in range(len(lons)):
        lon, lat = lons[asked], lats[asked]
        metres_x = METRES_PER_DEGREE * math.cos(math.radians(lat))
        metres_y = METRES_PER_DEGREE
        middle_x = math.floor((lon - west) / cell_lon)
        middle_y = math.floor((lat - south) / cell_lat)
        rings = max(abs(middle_x), abs(middle_x - columns), abs(middle_y), abs(middle_y - rows)) + 1
        best = max_m * max_m
        best_point = -1
        best_share = 0.0
        for ring in range(rings + 1):
            if ring > 0:  # everything up to here lies within the square of the rings before
                reach_x = min(
                    lon - (west + (middle_x - ring + 1) * cell_lon), west + (middle_x + ring) * cell_lon - lon
                )
                reach_y = min(
                    lat - (south + (middle_y - ring + 1) * cell_lat), south + (middle_y + ring) * cell_lat - lat
                )
                reach_m = min(reach_x * metres_x, reach_y * metres_y)
                if reach_m > 0.0 and reach_m * reach_m > best:
                    break
            for row in range(max(middle_y - ring, 0), min(middle_y + ring, rows - 1) + 1):
                is_edge_row = row == middle_y - ring or row == middle_y + ring
                step = 1 if is_edge_row or ring == 0 else 2 * ring
                for column in range(middle_x - ring, middle_x + ring + 1, step):
                    if column < 0 or column >= columns:
                        continue
                    cell = row * columns + column
                    for slot in range(cell_start[cell], cell_start[cell + 1]):
                        point = cell_point[slot]
                        if piece_mps[point_piece[point]] <= 0.0:
                            continue
                        share, x_m, y_m = nearest_on_segment(lon, lat, metres_x, metres_y, shape_lon, shape_lat, point)
                        here = x_m * x_m + y_m * y_m
                        # The lowest point number wins a tie, so that the answer does not depend on the grid.
                        if here < best or (here == best and (best_point < 0 or point < best_point)):
                            best, best_point, best_share = here, point, share
        if best_point >= 0:
            out_point[asked] = best_point
            out_share[asked] = best_share
            out_distance_m[asked] = math.sqrt(best)
