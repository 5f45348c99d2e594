"""Vehicles drive the network, in its seconds times the driver's factor; phones see them nearly where they are."""

import math
import random
from datetime import UTC, datetime, timedelta

import pytest
from shapely import MultiLineString, Point
from shapely.ops import unary_union

from geo112.coordinates import LonLat
from geo112.simulation.driving import DeadZones, Drive, Gps, dead_zones
from geo112.simulation.ground import Ground, metres_between
from routing import build
from routing.path import Position
from tests import town

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FIRE_ENGINE_MPS = 25 * 0.85 * 1.15 / 3.6  # residential street, heavy vehicle, siren: by hand from the profile's table
DEGREE_M = 6_371_009 * math.pi / 180


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(build.from_osm_file(town.write(tmp_path_factory.mktemp("town") / "town.osm")))


def drive(ground: Ground, factor: float, wobble: float = 0.3, waves: int = 3) -> Drive:
    path = ground.way(town.crossing(0.4, 0), town.crossing(4, 5), "fire_engine")
    return Drive(path, START, factor, wobble, waves)


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_straight_drive_takes_its_metres_by_the_speed_times_the_factor(ground: Ground) -> None:
    path = ground.way(town.crossing(0, 0), town.crossing(0, 2), "fire_engine")
    metres = 2 * town.STEP * DEGREE_M * math.cos(math.radians(town.SOUTH_WEST.lat))
    for factor in (0.9, 1.0, 1.15):
        going = Drive(path, START, factor, wobble=0.25, waves=2)
        assert going.duration_s == pytest.approx(factor * metres / FIRE_ENGINE_MPS, abs=0.02)
        assert going.is_moving(later(going.duration_s - 0.1))
        assert not going.is_moving(later(going.duration_s + 0.1))
        there = going.at(going.ends_at)
        assert metres_between(LonLat(there.lon, there.lat), town.crossing(0, 2)) < 0.1


def test_every_position_of_a_drive_lies_on_a_street(ground: Ground) -> None:
    going = drive(ground, 1.1)
    rows = [[town.crossing(row, 0), town.crossing(row, 2)] for row in range(5)]
    rows += [[town.crossing(row, 3), town.crossing(row, 5)] for row in range(5)]
    rows.append([town.crossing(5, 0), town.crossing(5, 5)])
    columns = [[town.crossing(0, column), town.crossing(5, column)] for column in range(6)]
    streets = unary_union(MultiLineString(rows + columns))
    for second in range(0, int(going.duration_s) + 2):
        place = going.at(later(second))
        assert streets.distance(Point(place.lon, place.lat)) * DEGREE_M < 0.5


def test_a_drive_goes_forward_only_and_its_speed_is_what_the_positions_say(ground: Ground) -> None:
    going = drive(ground, 1.0)
    driven_m, before = 0.0, going.at(START)
    seconds = 0.0
    while seconds < going.duration_s:
        seconds += 0.5
        place = going.at(later(seconds))
        step_m = metres_between(LonLat(before.lon, before.lat), LonLat(place.lon, place.lat))
        assert step_m <= 0.5 * 1.4 * max(FIRE_ENGINE_MPS, 65 * 0.85 * 1.15 / 3.6)
        driven_m, before = driven_m + step_m, place
    assert driven_m == pytest.approx(going.path.length_m, rel=0.01)
    middle = going.duration_s / 3
    here, there = going.at(later(middle)), going.at(later(middle + 0.1))
    seen_mps = metres_between(LonLat(here.lon, here.lat), LonLat(there.lon, there.lat)) / 0.1
    assert here.speed_mps == pytest.approx(seen_mps, rel=0.05)


def test_the_crew_presses_its_button_when_so_many_metres_are_left(ground: Ground) -> None:
    going = drive(ground, 1.05)
    end = town.crossing(4, 5)
    for metres in (0.0, 12.0, 30.0):
        place = going.at(going.comes_within(metres))
        assert metres_between(LonLat(place.lon, place.lat), end) == pytest.approx(metres, abs=0.3)
    assert going.comes_within(1e6) == START


def test_gps_errs_by_its_sigma_and_drifts_instead_of_jumping() -> None:
    gps = Gps(random.Random(7), 6.0)
    still = Position(107.5, -11.5, 0.0, 0.0)
    errors, jumps, before = [], [], None
    for step in range(4000):
        seen = gps.seen(still, later(5 * step))
        errors.append((seen.lat - still.lat) * DEGREE_M)
        if before is not None:
            jumps.append(metres_between(seen, before))
        before = seen
    assert math.sqrt(sum(error**2 for error in errors) / len(errors)) == pytest.approx(6.0, rel=0.1)
    assert sum(jumps) / len(jumps) < 6.0  # independent errors of this size would be 10.6 m apart


def test_no_dead_zone_covers_a_post(ground: Ground) -> None:
    posts = [town.crossing(0, 0), town.crossing(5, 5)]
    zones = dead_zones(ground, posts, random.Random(3))
    assert zones.circles
    assert not any(zones.cover(post) for post in posts)
    middle, radius_m = zones.circles[0]
    assert zones.cover(middle)
    assert radius_m < 400
    assert not DeadZones(()).cover(middle)
