"""Points gathered into cells so large and so full that nobody can be found in them.

    points (lon, lat) ─► Grid.index ─► how many per (column, row) ─┬─► at least `minimum`: a Cell, drawn
                                                                   └─► fewer: left out, only their sum is told

A cell is a square of the city's UTM zone. UTM stretches, so a square is laid out a little larger than asked: on the
ground its sides are never shorter than `cell_m`. Counting may as well be done where the points lie (in a database,
with `srid` and `step_m` of the same grid), so that single points never travel; see `cells_of_counts`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer
from shapely import Polygon

SMALLEST_CELL_M = 250.0  # what the owner of the project allows to be published
SMALLEST_MINIMUM = 5  # the same: no cell shows fewer incidents than this

# UTM's scale is 0.9996 on its central meridian, 1.0010 at the zone's edge and 1.0021 four degrees out (Snyder 1987,
# Map Projections, eq. 8-11, at the equator, where it is largest); a city that begins in one zone may end in the next.
STRETCH = 1.0025
REACH_DEG = 4.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Squares of a UTM zone, counted from its origin: column to the east, row to the north.

    Args:
        srid: EPSG code of a UTM zone on WGS 84, 326xx or 327xx.
        cell_m: how long a side is at least, on the ground; 250 or more.
    Raises:
        ValueError: cells smaller than may be published, or an SRID that is no UTM zone.
    """

    srid: int
    cell_m: float = 500.0

    def __post_init__(self) -> None:
        if not self.cell_m >= SMALLEST_CELL_M:
            raise ValueError(f"a cell of {self.cell_m:g} m could show where a caller lives; at least 250 m")
        if not (1 <= self.srid % 100 <= 60 and self.srid // 100 in (326, 327)):
            raise ValueError(f"EPSG:{self.srid} is not a UTM zone on WGS 84")

    @property
    def step_m(self) -> float:
        """The side of a cell in the zone's own metres, a little more than `cell_m`."""
        return self.cell_m * STRETCH

    @property
    def central_meridian(self) -> float:
        return self.srid % 100 * 6.0 - 183.0

    def index(self, points: ArrayLike) -> NDArray[np.int64]:
        """Return the cell of each point.

        Args:
            points: degrees, EPSG:4326, lon then lat; shape (n, 2).
        Returns:
            Column and row, shape (n, 2).
        Raises:
            ValueError: a point is not finite, or more than four degrees of longitude from the zone's meridian.
        """
        lon_lat = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        if not np.all(np.abs(lon_lat[:, 0] - self.central_meridian) <= REACH_DEG) or np.any(np.abs(lon_lat) > 180):
            raise ValueError(f"a point lies outside the reach of EPSG:{self.srid}")
        east, north = _into(self.srid).transform(lon_lat[:, 0], lon_lat[:, 1])
        metres = np.column_stack([east, north])
        if not np.all(np.isfinite(metres)):
            raise ValueError("a point is not on earth")
        return np.floor(metres / self.step_m).astype(np.int64)

    def polygon(self, column: int, row: int) -> Polygon:
        """Return the outline of a cell in EPSG:4326, lon then lat, anticlockwise from its south-west corner."""
        east = np.array([column, column + 1, column + 1, column]) * self.step_m
        north = np.array([row, row, row + 1, row + 1]) * self.step_m
        lon, lat = _out_of(self.srid).transform(east, north)
        return Polygon(np.column_stack([lon, lat]))

    def centre(self, column: int, row: int) -> tuple[float, float]:
        """Return the middle of a cell in EPSG:4326, lon then lat."""
        lon, lat = _out_of(self.srid).transform((column + 0.5) * self.step_m, (row + 0.5) * self.step_m)
        return float(lon), float(lat)


@dataclass(frozen=True, slots=True)
class Cell:
    """One square with enough incidents to be shown."""

    column: int
    row: int
    count: int
    polygon: Polygon  # EPSG:4326, lon then lat


@dataclass(frozen=True, slots=True)
class Cells:
    """What may be shown, fullest cell first, and how much is not."""

    grid: Grid
    minimum: int
    shown: tuple[Cell, ...]
    incidents_left_out: int

    @property
    def incidents_shown(self) -> int:
        return sum(cell.count for cell in self.shown)


def cells(points: ArrayLike, grid: Grid, minimum: int = SMALLEST_MINIMUM) -> Cells:
    """Gather points into cells and leave out those with fewer than `minimum`.

    Args:
        points: degrees, EPSG:4326, lon then lat; shape (n, 2), n may be 0.
    Raises:
        ValueError: `minimum` below 5, or a point outside the reach of the grid's zone.
    """
    places, counts = np.unique(grid.index(points), axis=0, return_counts=True)
    return cells_of_counts(
        ((int(column), int(row), int(count)) for (column, row), count in zip(places, counts, strict=True)),
        grid,
        minimum,
    )


def cells_of_counts(
    counts: Iterable[tuple[int, int, int]],
    grid: Grid,
    minimum: int = SMALLEST_MINIMUM,
    left_out: int = 0,
) -> Cells:
    """Make cells of counts per column and row.

    Args:
        counts: column, row and how many; a cell at most once.
        left_out: incidents that whoever counted has left out already.
    Raises:
        ValueError: `minimum` below 5.
    """
    if minimum < SMALLEST_MINIMUM:
        raise ValueError(f"cells with fewer than {SMALLEST_MINIMUM} incidents are not shown; {minimum} was asked")
    shown = []
    for column, row, count in counts:
        if count >= minimum:
            shown.append(Cell(column, row, count, grid.polygon(column, row)))
        else:
            left_out += count
    shown.sort(key=lambda cell: (-cell.count, cell.row, cell.column))
    return Cells(grid, minimum, tuple(shown), left_out)


@lru_cache(maxsize=8)
def _into(srid: int) -> Transformer:
    return Transformer.from_crs(4326, srid, always_xy=True)


@lru_cache(maxsize=8)
def _out_of(srid: int) -> Transformer:
    return Transformer.from_crs(srid, 4326, always_xy=True)
