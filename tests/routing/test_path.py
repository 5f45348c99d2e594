"""A path is a drive that one can follow on the map: it begins, goes on, and ends where and when it says."""

import math
import random
from itertools import pairwise
from pathlib import Path as FilePath

import osmnx as ox
import pytest

from routing.build import from_osm_file
from routing.network import INF_MS, LonLat
from routing.path import Path, path_from_field, shortest_path
from routing.search import arrival_field
from routing.snap import place_on, snap, snap_many
from tests.routing.osm_text import place_of, write_osm
from tests.routing.osmnx_twin import LIECHTENSTEIN, PLAIN, extract

AMBULANCE = PLAIN["ambulance"]


def apart_m(here: LonLat, there: LonLat) -> float:
    return float(ox.distance.great_circle(here.lat, here.lon, there.lat, there.lon))


@pytest.mark.extract
@pytest.mark.parametrize("profile", ["ambulance", "motorcycle"])
def test_random_paths_are_unbroken_drives_that_take_as_long_as_the_field_says(profile: str) -> None:
    network = from_osm_file(extract(LIECHTENSTEIN))
    rng, box = random.Random(4), network.bounds
    lons, lats = ([rng.uniform(low, high) for _ in range(400)] for low, high in [(box[0], box[2]), (box[1], box[3])])
    places = [place for place in snap_many(network, lons, lats, PLAIN[profile]) if place is not None]
    ms = network.travel_ms(PLAIN[profile])
    found = 0
    for scene in places[:5]:
        field = arrival_field(network, scene, PLAIN[profile])
        for origin in places[5:45]:
            path = path_from_field(field, origin)
            if path is None:
                assert field.seconds_from(origin) == math.inf
                continue
            found += 1
            assert path.seconds == field.seconds_from(origin)
            assert sum(edge.seconds for edge in path.edges) == pytest.approx(path.seconds)
            assert path.length_m == pytest.approx(sum(edge.length_m for edge in path.edges))
            assert apart_m(path.points[0], origin.point) < 1e-3
            assert apart_m(path.points[-1], scene.point) < 1e-3
            # The line is as long as the path says, its streets too, and its points come one after the other.
            assert sum(apart_m(a, b) for a, b in pairwise(path.points)) == pytest.approx(path.length_m, abs=0.01)
            assert sum(street.length_m for street in path.streets) == pytest.approx(path.length_m, abs=0.01)
            assert list(path.point_s) == sorted(path.point_s)
            assert path.point_s[-1] == pytest.approx(path.seconds)
            for before, after in pairwise(path.edges):
                assert network.head[before.edge] == network.tail[after.edge]
                assert before.to_m == network.length_m[before.edge]
                assert after.from_m == 0.0
            assert all(ms[edge.edge] < INF_MS for edge in path.edges[1:-1])
            assert all(a.name != b.name for a, b in pairwise(path.streets))
    assert found > 50


def drive(folder: FilePath) -> Path:
    """A primary street eastwards, then a residential one north: from the middle of one to the middle of the other."""
    ways = {
        1: ([1, 2, 3], {"highway": "primary", "name": "Jalan Asia Afrika"}),
        2: ([3, 13], {"name": "Jalan Cikapundung"}),
        3: ([3, 4], {}),
    }
    network = from_osm_file(write_osm(folder / "town.osm", ways))
    (lon1, lat1), (lon2, lat2), (lon3, lat3) = place_of(1), place_of(2), place_of(3)
    origin = snap(network, (lon1 + lon2) / 2, (lat1 + lat2) / 2, AMBULANCE)
    lon4, lat4 = place_of(13)
    scene = snap(network, (lon3 + lon4) / 2, (lat3 + lat4) / 2, AMBULANCE)
    assert origin is not None
    assert scene is not None
    path = shortest_path(network, origin, scene, AMBULANCE)
    assert path is not None
    return path


def test_a_path_names_its_streets_in_driving_order(tmp_path: FilePath) -> None:
    path = drive(tmp_path)
    assert [street.name for street in path.streets] == ["Jalan Asia Afrika", "Jalan Cikapundung"]
    first_m = apart_m(path.points[0], path.points[1]) + apart_m(path.points[1], path.points[2])
    assert path.streets[0].length_m == pytest.approx(first_m, abs=0.001)


def test_a_vehicle_on_a_path_is_where_its_speed_says(tmp_path: FilePath) -> None:
    path = drive(tmp_path)
    primary_mps, residential_mps = 65 * 1.3 / 3.6, 25 * 1.3 / 3.6
    start, end = path.position_at(0), path.position_at(path.seconds)
    assert (start.lon, start.lat) == path.points[0]
    assert start.speed_mps == pytest.approx(primary_mps, rel=1e-3)
    assert (end.lon, end.lat) == pytest.approx(tuple(path.points[-1]))
    assert end.speed_mps == 0
    assert path.position_at(-5)[:2] == start[:2]
    assert path.position_at(path.seconds + 99)[:2] == pytest.approx(end[:2])
    later = path.position_at(path.seconds - 1)
    assert later.speed_mps == pytest.approx(residential_mps, rel=1e-3)
    assert apart_m(LonLat(later.lon, later.lat), path.points[-1]) == pytest.approx(residential_mps, rel=1e-3)
    assert later.bearing_deg == pytest.approx(0, abs=0.1) or later.bearing_deg == pytest.approx(360, abs=0.1)
    assert 45 < start.bearing_deg < 135  # eastwards, with the zigzag


def test_a_vehicle_that_stands_at_the_scene_has_a_path_of_no_length(tmp_path: FilePath) -> None:
    network = from_osm_file(write_osm(tmp_path / "town.osm", {1: ([1, 2], {}), 2: ([2, 3], {"highway": "primary"})}))
    for fraction in (0.0, 0.4, 1.0):
        place = place_on(network, 0, fraction)
        path = shortest_path(network, place, place, AMBULANCE)
        assert path is not None
        assert (path.seconds, path.length_m, path.streets) == (0, 0, ())
        assert path.position_at(10) == (*place.point, 0.0, 0.0)


def test_no_way_is_none(tmp_path: FilePath) -> None:
    network = from_osm_file(write_osm(tmp_path / "town.osm", {1: ([1, 2], {}), 2: ([11, 12], {})}))
    apart = [place_on(network, int(edge), 0.5) for edge in network.street_edge]
    assert shortest_path(network, apart[0], apart[1], AMBULANCE) is None


def test_every_joint_of_a_drawn_path_lies_where_the_streets_meet(tmp_path: FilePath) -> None:
    path = drive(tmp_path)
    for point, node in zip(path.points[1:3], (2, 3), strict=True):
        assert tuple(point) == pytest.approx(place_of(node), abs=1e-9)
