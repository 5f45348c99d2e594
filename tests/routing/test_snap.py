"""Snapping against brute force: shapely's tree of segments, and every segment of a real city."""

import math
import os
import random
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.build import from_osm_file
from routing.network import RoadNetwork
from routing.profiles import PROFILES, Profile
from routing.snap import place_on, snap, snap_many
from routing.speeds import speed_kmh
from tests.routing.osm_text import write_osm
from tests.routing.osmnx_twin import BANDUNG_TANGERANG, JAKARTA, extract

AMBULANCE = PROFILES["ambulance"]
EARTH_M = 6_371_009.0
POINTS = 10_000 if os.environ.get("GEO112_FULL") == "1" else 300  # for each profile


def passable_segments(network: RoadNetwork, profile: Profile) -> np.ndarray:
    """Return all segments on which the profile may be, shape (segments, 2, 2), lon then lat."""
    segments = []
    for edge in network.street_edge.tolist():
        line = network.edge_coordinates(edge)
        street, first = network.street[edge], 0
        for piece in range(network.piece_start[street], network.piece_start[street + 1]):
            last = first + int(network.piece_points[piece])
            if speed_kmh(network.kinds[network.piece_kind[piece]], profile) > 0:
                segments += [line[i : i + 2] for i in range(first, last)]
            first = last
        assert first == len(line) - 1
    return np.array(segments)


def in_metres(points: np.ndarray, lon: float, lat: float) -> np.ndarray:
    """Project to the plane that touches the earth at (lon, lat)."""
    metres = np.radians(points - np.array([lon, lat])) * EARTH_M
    metres[..., 0] *= math.cos(math.radians(lat))
    return metres


def distance_to_nearest_m(segments: np.ndarray) -> float:
    """Measure from the origin to the nearest of all segments, one by one."""
    a, d = segments[:, 0], segments[:, 1] - segments[:, 0]
    square = (d * d).sum(axis=1)
    t = np.clip(-(a * d).sum(axis=1) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    return float(np.hypot(*(a + t[:, None] * d).T).min())


@pytest.mark.extract
@pytest.mark.parametrize("profile", ["ambulance", "on_foot"])
def test_random_points_over_two_cities_equal_brute_force_over_all_segments(profile: str) -> None:
    network = from_osm_file(extract(BANDUNG_TANGERANG))
    segments = passable_segments(network, PROFILES[profile])
    rng = random.Random(9)
    near = segments[[rng.randrange(len(segments)) for _ in range(150)], 0]
    points = [(lon + rng.gauss(0, 0.002), lat + rng.gauss(0, 0.002)) for lon, lat in near]
    box = network.bounds
    points += [(rng.uniform(box.west - 1, box.east + 1), rng.uniform(box.south - 1, box.north + 1)) for _ in range(30)]
    found = snap_many(network, [p[0] for p in points], [p[1] for p in points], PROFILES[profile], max_m=700.0)
    nothing = 0
    for (lon, lat), place in zip(points, found, strict=True):
        nearest_m = distance_to_nearest_m(in_metres(segments, lon, lat))
        if nearest_m > 700.0:
            assert place is None
            nothing += 1
            continue
        assert place is not None
        assert place.distance_m == pytest.approx(nearest_m, abs=1e-6)
        line = shapely.LineString(in_metres(network.edge_coordinates(place.edge), lon, lat))
        point = shapely.Point(in_metres(np.array(place.point), lon, lat))
        assert point.distance(line) < 1e-6
        assert math.hypot(point.x, point.y) == pytest.approx(nearest_m, abs=1e-6)
        # The fraction says the same as the point: metres along a line of short segments.
        assert line.project(point, normalized=True) == pytest.approx(place.fraction, abs=1e-4)
    assert 10 < nothing < len(points) / 2


@pytest.mark.extract
@pytest.mark.parametrize("name", list(PROFILES))
def test_ten_thousand_points_lie_as_near_as_brute_force_says(name: str) -> None:
    network = from_osm_file(extract(JAKARTA))
    segments = passable_segments(network, PROFILES[name])
    rng = np.random.default_rng(17)
    at = segments[rng.integers(len(segments), size=POINTS), 0] + rng.normal(0, 0.003, (POINTS, 2))
    found = snap_many(network, at[:, 0], at[:, 1], PROFILES[name], max_m=500.0)
    none = 0
    for (lon, lat), place in zip(at.tolist(), found, strict=True):
        nearest_m = distance_to_nearest_m(in_metres(segments, lon, lat))
        none += place is None
        if place is None or nearest_m > 500.0:
            assert (place is None) == (nearest_m > 500.0)
        else:
            assert place.distance_m == pytest.approx(nearest_m, abs=1e-6)
    assert none < POINTS / 2


COORDINATE = st.floats(-0.02, 0.02)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(COORDINATE, COORDINATE), min_size=4, max_size=12, unique=True),
    st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=20),
    st.sampled_from([30.0, 500.0, 5000.0, math.inf]),
)
def test_any_streets_equal_the_tree_of_shapely(
    tmp_path_factory: pytest.TempPathFactory,
    nodes: list[tuple[float, float]],
    points: list[tuple[float, float]],
    max_m: float,
) -> None:
    folder = tmp_path_factory.mktemp("streets")
    half = len(nodes) // 2
    refs = list(range(1, len(nodes) + 1))
    places = {ref: (round(lon, 7), round(lat, 7)) for ref, (lon, lat) in zip(refs, nodes, strict=True)}
    ways = {1: (refs[:half], {"oneway": "yes"}), 2: (refs[half:], {"highway": "footway"}), 3: (refs[1:half], {})}
    path = write_osm(folder / "streets.osm", {k: way for k, way in ways.items() if len(way[0]) > 1}, places)
    network = from_osm_file(path)
    segments = passable_segments(network, AMBULANCE)
    tree = shapely.STRtree(shapely.linestrings(np.radians(segments) * EARTH_M))  # on the equator a degree is a degree
    for (lon, lat), place in zip(points, snap_many(network, *np.array(points).T, AMBULANCE, max_m), strict=True):
        asked = shapely.Point(math.radians(lon) * EARTH_M, math.radians(lat) * EARTH_M)
        _, distances = tree.query_nearest(asked, return_distance=True, all_matches=False)
        if distances[0] > max_m + 0.01:
            assert place is None
        elif distances[0] < max_m - 0.01:
            assert place is not None
            assert place.distance_m == pytest.approx(distances[0], rel=1e-6, abs=1e-3)


def test_no_road_near_is_none_and_not_the_nearest_road_anyway(tmp_path: Path) -> None:
    network = from_osm_file(write_osm(tmp_path / "town.osm", {1: ([1, 2], {})}))
    assert snap(network, 110.0, -5.1, AMBULANCE) is None
    assert snap(network, -80.0, 60.0, AMBULANCE) is None
    assert snap(network, 110.0, -5.1, AMBULANCE, max_m=50_000) is not None


def test_a_road_that_the_profile_may_not_use_is_no_road(tmp_path: Path) -> None:
    network = from_osm_file(write_osm(tmp_path / "town.osm", {1: ([1, 2], {"highway": "footway"}), 2: ([11, 12], {})}))
    vehicle = snap(network, 110.0015, -5.0, AMBULANCE)
    walker = snap(network, 110.0015, -5.0, PROFILES["on_foot"])
    assert vehicle is not None
    assert walker is not None
    assert network.edge_tags(vehicle.edge)["highway"] == "residential"
    assert network.edge_tags(walker.edge)["highway"] == "footway"


def test_a_one_way_street_has_no_way_back(tmp_path: Path) -> None:
    network = from_osm_file(write_osm(tmp_path / "town.osm", {1: ([1, 2], {"oneway": "-1"}), 2: ([11, 12], {})}))
    one_way, two_way = snap(network, 110.0015, -5.0, AMBULANCE), snap(network, 110.0015, -4.999, AMBULANCE)
    assert one_way is not None
    assert two_way is not None
    assert one_way.reverse_edge is None
    assert two_way.reverse_edge == network.reverse_edge[two_way.edge]
    assert network.node_osm_id[network.tail[one_way.edge]] == 2


@given(fraction=st.floats(0, 1), edge=st.integers(0, 5))
def test_a_place_on_an_edge_is_the_same_place_seen_from_its_reverse(
    tmp_path_factory: pytest.TempPathFactory, fraction: float, edge: int
) -> None:
    folder = tmp_path_factory.mktemp("town")
    network = from_osm_file(write_osm(folder / "town.osm", {1: ([1, 2, 3, 4], {}), 2: ([3, 13], {})}))
    edge %= network.edge_count
    place = place_on(network, edge, fraction)
    again = place_on(network, int(network.reverse_edge[edge]), 1 - fraction)
    assert place.edge == again.edge
    assert place.fraction == pytest.approx(again.fraction, abs=1e-9)
    snapped = snap(network, *place.point, AMBULANCE)
    assert snapped is not None
    assert snapped.distance_m < 1e-3


@pytest.mark.parametrize(("lon", "lat"), [(math.nan, -6.0), (106.8, math.inf), (-6.2, 106.8), (190.0, 0.0)])
def test_what_is_no_coordinate_is_refused(tmp_path: Path, lon: float, lat: float) -> None:
    network = from_osm_file(write_osm(tmp_path / "town.osm", {1: ([1, 2], {})}))
    with pytest.raises(ValueError, match=r"not a number|swapped"):
        snap(network, lon, lat, AMBULANCE)
