"""Scenes beside the road: every street from which one walks is tried, and the walk is added."""

import math
import random
from pathlib import Path

import numpy as np
import pytest
from shapely import LineString, Point, distance

from routing.access import ROADSIDE_M, WALK_KMH, Scene, scene_near
from routing.build import from_osm_file
from routing.great_circle import METRES_PER_DEGREE
from routing.network import RoadNetwork
from routing.path import path_from_field
from routing.profiles import PROFILES
from routing.search import arrival_field, soonest
from routing.snap import place_on, snap
from tests.routing.osm_text import write_osm
from tests.routing.osmnx_twin import JAKARTA, extract

S = 0.001
AMBULANCE = PROFILES["ambulance"]
# Two parallel streets 111 m apart that meet only far to the west.
PLACES = {1: (110.0, 0.0), 2: (110.0 + 5 * S, 0.0), 3: (110.0, S), 4: (110.0 + 5 * S, S), 5: (110.0 - 5 * S, 0.0),
          6: (110.0 - 5 * S, S), 7: (110.0 - 6 * S, 0.0), 8: (110.0 - 6 * S, S), 9: (110.0 + 5 * S, 3 * S)}  # fmt: skip
WAYS = {1: ([5, 1, 2], {}), 2: ([6, 3, 4], {}), 3: ([5, 6], {}), 4: ([7, 5], {}), 5: ([8, 6], {}), 6: ([4, 9], {})}


@pytest.fixture
def network(tmp_path: Path) -> RoadNetwork:
    return from_osm_file(write_osm(tmp_path / "town.osm", WAYS, PLACES))


def scene(network: RoadNetwork, lon: float, lat: float) -> Scene:
    found = scene_near(network, lon, lat, AMBULANCE)
    assert found is not None
    return found


def test_a_scene_inside_a_block_is_reached_from_the_street_that_suits_the_unit(network: RoadNetwork) -> None:
    inside = scene(network, 110.0 + 2.5 * S, 0.45 * S)  # nearer to the southern street
    assert len(inside.accesses) == 2
    walks_s = [0.45 * S * METRES_PER_DEGREE / (WALK_KMH / 3.6), 0.55 * S * METRES_PER_DEGREE / (WALK_KMH / 3.6)]
    assert [access.walk_s for access in inside.accesses] == pytest.approx(walks_s, rel=1e-3)
    field = arrival_field(network, inside, AMBULANCE)
    for latitude, walk_s in ((0.0, walks_s[0]), (S, walks_s[1])):
        unit = snap(network, 110.0 + 4 * S, latitude, AMBULANCE)
        assert unit is not None
        drive_s = 1.5 * S * METRES_PER_DEGREE / (25 * 1.3 / 3.6)
        assert field.seconds_from(unit) == pytest.approx(drive_s + walk_s, abs=0.01)
        path = path_from_field(field, unit)
        assert path is not None
        assert path.walk_s == pytest.approx(walk_s, rel=1e-3)
        assert path.seconds + path.walk_s == pytest.approx(field.seconds_from(unit))
        assert soonest(network, inside, [unit], AMBULANCE) == [(0, field.seconds_from(unit))]


def test_the_nearest_street_alone_would_send_the_other_unit_round_the_block(network: RoadNetwork) -> None:
    unit = snap(network, 110.0 + 4 * S, S, AMBULANCE)
    only = snap(network, 110.0 + 2.5 * S, 0.45 * S, AMBULANCE)
    assert unit is not None
    assert only is not None
    by_all = arrival_field(network, scene(network, 110.0 + 2.5 * S, 0.45 * S), AMBULANCE).seconds_from(unit)
    by_nearest = arrival_field(network, only, AMBULANCE).seconds_from(unit)
    assert by_nearest > by_all + 60


def test_a_scene_at_the_roadside_has_its_street_alone(network: RoadNetwork) -> None:
    assert len(scene(network, 110.0 + 2.5 * S, 0.05 * S).accesses) == 1
    corner = scene(network, 110.0 - 5 * S + 0.0001, 0.0001)
    assert len(corner.accesses) == 3
    assert corner.nearest.distance_m <= ROADSIDE_M


def test_the_time_is_the_best_over_all_streets(network: RoadNetwork) -> None:
    rng = random.Random(5)
    for _ in range(40):
        inside = scene(network, 110.0 + rng.uniform(-6, 5) * S, rng.uniform(-1, 2) * S)
        unit = place_on(network, rng.randrange(network.edge_count), rng.random())
        singly = [
            arrival_field(network, access.place, AMBULANCE).seconds_from(unit) + round(access.walk_s, 3)
            for access in inside.accesses
        ]
        assert arrival_field(network, inside, AMBULANCE).seconds_from(unit) == pytest.approx(min(singly), abs=0.0015)


def test_no_street_near_is_none_and_bad_coordinates_are_refused(network: RoadNetwork) -> None:
    assert scene_near(network, 110.0, 0.1, AMBULANCE) is None
    for lon, lat in ((math.nan, 0.0), (0.0, 110.0)):
        with pytest.raises(ValueError, match=r"not a number|swapped"):
            scene_near(network, lon, lat, AMBULANCE)


@pytest.mark.extract
def test_streets_around_random_points_equal_brute_force() -> None:
    network = from_osm_file(extract(JAKARTA))
    rng = random.Random(9)
    speeds = network.piece_speeds(AMBULANCE).along_mps
    open_streets = np.flatnonzero(np.minimum.reduceat(speeds, network.piece_start[:-1]) > 0)
    for _ in range(25):
        lon, lat = rng.uniform(106.7, 106.95), rng.uniform(-6.35, -6.12)
        found = scene_near(network, lon, lat, AMBULANCE, max_m=200)
        scale = np.array([METRES_PER_DEGREE * math.cos(math.radians(lat)), METRES_PER_DEGREE])
        near = {}
        for street in open_streets[
            np.abs(network.node_lat[network.tail[network.street_edge[open_streets]]] - lat) < 0.05
        ]:
            line = network.edge_coordinates(int(network.street_edge[street]))
            near[int(street)] = distance(LineString((line - [lon, lat]) * scale), Point(0, 0))
        nearest_m = min(near.values(), default=math.inf)
        if nearest_m > 200:
            assert found is None
            continue
        assert found is not None
        reach_m = min(max(ROADSIDE_M, 2 * nearest_m), 200)
        wanted = sorted(m for m in near.values() if m <= reach_m)[:8]
        ours = [access.place.distance_m for access in found.accesses if network.street[access.place.edge] in near]
        assert ours == pytest.approx(wanted, abs=0.01)
