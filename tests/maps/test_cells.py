"""Cells: nobody is lost, nobody can be found."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from shapely import Point

from maps.cells import Cells, Grid, cells, cells_of_counts

WGS84 = Geod(ellps="WGS84")

# Aceh to Papua: the zones of Indonesia, north and south of the equator, up to a degree beyond a zone's edge.
zones = st.tuples(st.integers(46, 54), st.booleans())
sizes = st.sampled_from([250.0, 300.0, 500.0, 1000.0])


@st.composite
def crowds(draw: st.DrawFn) -> tuple[Grid, list[tuple[float, float]]]:
    """Draw a grid and points that gather around a few places, so that some cells are full."""
    zone, is_north = draw(zones)
    grid = Grid((32600 if is_north else 32700) + zone, draw(sizes))
    lat = st.floats(0.05, 6.9) if is_north else st.floats(-10.9, -0.05)
    lon = st.floats(grid.central_meridian - 3.9, grid.central_meridian + 3.9)
    middles = draw(st.lists(st.tuples(lon, lat), min_size=1, max_size=4))
    away = st.floats(-0.01, 0.01)
    points = draw(st.lists(st.tuples(st.sampled_from(middles), away, away), max_size=120))
    return grid, [(x + dx, y + dy) for (x, y), dx, dy in points]


def slow_twin(points: list[tuple[float, float]], grid: Grid) -> Counter[tuple[int, int]]:
    """Count one point after the other, with a transformer and a rounding of its own."""
    into = Transformer.from_crs("EPSG:4326", f"EPSG:{grid.srid}")  # authority's order: lat, lon
    counted: Counter[tuple[int, int]] = Counter()
    for lon, lat in points:
        east, north = into.transform(lat, lon)
        counted[math.floor(east / grid.step_m), math.floor(north / grid.step_m)] += 1
    return counted


@settings(max_examples=60, deadline=None)
@given(crowds(), st.integers(5, 9))
def test_every_incident_is_either_shown_or_told_as_left_out(
    crowd: tuple[Grid, list[tuple[float, float]]], minimum: int
) -> None:
    grid, points = crowd
    found = cells(points, grid, minimum)
    assert found.incidents_shown + found.incidents_left_out == len(points)
    assert all(cell.count >= minimum for cell in found.shown)
    twin = slow_twin(points, grid)
    assert {(cell.column, cell.row): cell.count for cell in found.shown} == {
        place: count for place, count in twin.items() if count >= minimum
    }
    assert [cell.count for cell in found.shown] == sorted((cell.count for cell in found.shown), reverse=True)


@settings(max_examples=60, deadline=None)
@given(crowds())
def test_a_cell_is_nowhere_narrower_on_the_ground_than_asked(crowd: tuple[Grid, list[tuple[float, float]]]) -> None:
    grid, points = crowd
    for column, row in {(int(c), int(r)) for c, r in grid.index(points)}:
        corners = grid.polygon(column, row).exterior.coords
        for (lon, lat), (next_lon, next_lat) in itertools.pairwise(corners):
            _, _, side_m = WGS84.inv(lon, lat, next_lon, next_lat)
            assert grid.cell_m <= side_m <= grid.cell_m * 1.004


@settings(max_examples=30, deadline=None)
@given(crowds())
def test_a_point_lies_in_the_cell_that_counts_it(crowd: tuple[Grid, list[tuple[float, float]]]) -> None:
    grid, points = crowd
    for point, (column, row) in zip(points, grid.index(points), strict=True):
        assert grid.polygon(int(column), int(row)).buffer(1e-7).contains(Point(point))


def test_four_incidents_at_one_door_are_not_shown_and_a_fifth_shows_the_cell() -> None:
    grid, door = Grid(32748, 250), (106.83, -6.2)
    assert cells([door] * 4, grid) == Cells(grid, 5, (), 4)
    assert cells([door] * 5, grid).incidents_shown == 5


def test_no_incident_at_all_is_an_answer() -> None:
    assert cells(np.empty((0, 2)), Grid(32748)) == Cells(Grid(32748), 5, (), 0)


def test_what_the_counter_left_out_is_added_to_what_is_left_out_here() -> None:
    found = cells_of_counts([(1, 1, 7), (2, 1, 4)], Grid(32748), left_out=10)
    assert (found.incidents_shown, found.incidents_left_out) == (7, 14)


@pytest.mark.parametrize("cell_m", [249.9, 0, -500, math.nan])
def test_a_cell_smaller_than_250_m_is_refused(cell_m: float) -> None:
    with pytest.raises(ValueError, match="250"):
        Grid(32748, cell_m)


def test_a_minimum_below_five_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than 5"):
        cells([(106.8, -6.2)], Grid(32748), minimum=4)


@pytest.mark.parametrize("srid", [4326, 3857, 32700, 32761])
def test_a_grid_that_is_no_utm_zone_is_refused(srid: int) -> None:
    with pytest.raises(ValueError, match="UTM"):
        Grid(srid)


@pytest.mark.parametrize("point", [(112.0, -7.0), (math.nan, -6.0), (106.8, math.inf), (-6.2, 106.8)])
def test_a_point_that_the_zone_does_not_reach_is_refused(point: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="point"):
        cells([point], Grid(32748))
