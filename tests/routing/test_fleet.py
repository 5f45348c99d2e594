"""Who can be there first, by the fleet tree, against the arrival field and a plain sort."""

import contextlib
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.access import scene_near
from routing.build import from_osm_file
from routing.closures import NOTHING_CLOSED, ClosureError, in_area
from routing.fleet import Fleet, fleet_at
from routing.matrix import travel_matrix
from routing.metric import Conditions
from routing.network import ForeignNetworkError, RoadNetwork
from routing.profiles import PROFILES
from routing.reach import reach_field
from routing.search import arrival_field, arrival_fields, soonest
from routing.snap import Snapped, place_on
from tests.routing.osmnx_twin import REPOSITORY

NAMES = tuple(PROFILES)


@pytest.fixture(scope="module")
def city() -> RoadNetwork:
    return from_osm_file(REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf")


def anywhere(network: RoadNetwork, rng: random.Random) -> Snapped:
    return place_on(network, rng.randrange(network.edge_count), rng.random())


def by_the_field(network: RoadNetwork, scene: Snapped, units: list[Snapped], name: str, k: int, limit_s: float,
                 conditions: Conditions) -> list[tuple[int, float]]:  # fmt: skip
    seconds = arrival_field(network, scene, PROFILES[name], limit_s, conditions).seconds_from_many(units)
    return sorted(((i, s) for i, s in enumerate(seconds.tolist()) if s < np.inf), key=lambda each: each[::-1])[:k]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.sampled_from([1, 2, 3, 10, 50, 400]), name=st.sampled_from(NAMES))
def test_the_fleet_says_what_the_field_says(city: RoadNetwork, seed: int, count: int, name: str) -> None:
    rng = random.Random(seed)
    units = [anywhere(city, rng) for _ in range(count)]
    units += rng.sample(units, count // 3)  # some stand at the same place
    scene = rng.choice([*units[:2], anywhere(city, rng)])  # now and then where a unit stands
    lon, lat = scene.point
    ring = [(lon - 2e-3, lat + 1e-3), (lon + 2e-3, lat + 1e-3), (lon + 2e-3, lat + 3e-3), (lon - 2e-3, lat + 3e-3)]
    closed = NOTHING_CLOSED
    if seed % 2 and city.bounds.south < lat < city.bounds.north - 3e-3:
        with contextlib.suppress(ClosureError):  # no street there
            closed = closed.with_closure(in_area(city, "flood", ring, factor=0.0))
    conditions = Conditions(hour=rng.choice([None, 3, 12]), closures=closed)
    fleet = fleet_at(city, units)
    for k, limit_s in ((1, 14400.0), (5, 14400.0), (len(units), 14400.0), (7, 120.0)):
        found = fleet.soonest(scene, PROFILES[name], k, limit_s, conditions)
        assert found == by_the_field(city, scene, units, name, k, limit_s, conditions)
    assert soonest(city, scene, units, PROFILES[name], 4, conditions=conditions) == fleet.soonest(
        scene, PROFILES[name], 4, conditions=conditions
    )


def test_a_ping_makes_another_fleet_and_leaves_the_first_as_it_was(city: RoadNetwork) -> None:
    rng = random.Random(5)
    units = [anywhere(city, rng) for _ in range(40)]
    fleet, scene, engine = fleet_at(city, units), anywhere(city, rng), PROFILES["fire_engine"]
    before = fleet.soonest(scene, engine)
    for step in range(60):
        unit, place = rng.randrange(40), anywhere(city, rng)
        moved = fleet.moved(unit, place)
        there = [*fleet.units[:unit], place, *fleet.units[unit + 1 :]]
        assert moved.soonest(scene, engine) == by_the_field(
            city, scene, there, "fire_engine", 40, 14400.0, Conditions()
        )
        for column, anew in zip(moved.tree, fleet_at(city, there).tree, strict=True):
            assert np.array_equal(column, anew)
            assert column.dtype == anew.dtype
        if step == 0:
            assert fleet.soonest(scene, engine) == before
        fleet = moved


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.sampled_from([1, 2, 5, 30]))
def test_a_tree_in_which_one_unit_moved_is_the_tree_of_the_fleet_there(
    city: RoadNetwork, seed: int, count: int
) -> None:
    rng = random.Random(seed)
    near = [anywhere(city, rng) for _ in range(6)]  # few places, so that units meet and ways up are shared
    near += [place_on(city, int(rng.choice(np.flatnonzero(city.tail == city.head[each.edge]))), 0.5)
             for each in near if (city.tail == city.head[each.edge]).any()]  # fmt: skip
    fleet = fleet_at(city, [rng.choice(near) for _ in range(count)])
    for _ in range(6):
        unit, place = rng.randrange(count), rng.choice([*near, anywhere(city, rng)])
        fleet = fleet.moved(unit, place)
        for column, anew in zip(fleet.tree, fleet_at(city, fleet.units).tree, strict=True):
            assert np.array_equal(column, anew)


def test_many_scenes_at_once_are_what_they_are_one_by_one(city: RoadNetwork) -> None:
    rng = random.Random(8)
    units = [anywhere(city, rng) for _ in range(70)]
    scenes = [anywhere(city, rng) for _ in range(33)]  # two passes of sixteen, and one
    lon, lat = city.node_lon[500], city.node_lat[500]
    off_the_road = scene_near(city, float(lon) + 4e-4, float(lat) + 3e-4, PROFILES["ambulance"])
    assert off_the_road is not None
    for name in ("ambulance", "on_foot"):
        asked = [*scenes, off_the_road]
        one_by_one = [arrival_field(city, each, PROFILES[name], 900.0) for each in asked]
        together = arrival_fields(city, asked, PROFILES[name], 900.0)
        seconds = travel_matrix(city, asked, units, PROFILES[name], 900.0)
        assert seconds.shape == (34, 70)
        assert np.isinf(seconds).any(), "the limit cuts somebody off"
        for one, other, row in zip(one_by_one, together, seconds, strict=True):
            assert np.array_equal(one.node_ms, other.node_ms)
            assert np.array_equal(one.seconds_from_many(units), row)
        assert np.array_equal(travel_matrix(city, asked, fleet_at(city, units), PROFILES[name], 900.0), seconds)


def test_threads_that_ask_at_once_get_what_each_would_get_alone(city: RoadNetwork) -> None:
    rng = random.Random(13)
    units, scenes = ([anywhere(city, rng) for _ in range(count)] for count in (120, 24))
    fleet, names = fleet_at(city, units), ("ambulance", "motorcycle")

    def ask(number: int) -> tuple[object, ...]:
        scene, profile = scenes[number % 24], PROFILES[names[number % 2]]
        field = arrival_field(city, scene, profile)
        rows = travel_matrix(city, scenes[number % 8 : number % 8 + 5], fleet, profile).tobytes()
        reached = reach_field(city, scene, profile, 600.0).node_ms.tobytes()
        return fleet.soonest(scene, profile, 10), field.node_ms.tobytes(), rows, reached

    alone = [ask(number) for number in range(48)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert list(pool.map(ask, range(48))) == alone


def test_nobody_is_sent_from_an_empty_fleet_and_nobody_comes_to_no_scene(city: RoadNetwork) -> None:
    scene, engine = place_on(city, 3, 0.5), PROFILES["fire_engine"]
    assert fleet_at(city, []).soonest(scene, engine) == []
    assert travel_matrix(city, [scene], [], engine).shape == (1, 0)
    assert travel_matrix(city, [], [scene], engine).shape == (0, 1)
    assert arrival_fields(city, [], engine) == []


def test_a_place_of_another_network_is_refused(city: RoadNetwork, tmp_path: Path) -> None:
    fleet = fleet_at(city, [place_on(city, 3, 0.5)])
    foreign = Snapped("another", 3, None, 0.5, city.edge_coordinates(3)[0], 0.0)  # type: ignore[arg-type]
    for ask in (
        lambda: fleet_at(city, [foreign]),
        lambda: fleet.moved(0, foreign),
        lambda: fleet.soonest(foreign, PROFILES["ambulance"]),
        lambda: travel_matrix(city, [foreign], [place_on(city, 3, 0.5)], PROFILES["ambulance"]),
        lambda: arrival_fields(city, [foreign], PROFILES["ambulance"]),
    ):
        with pytest.raises(ForeignNetworkError):
            ask()
    assert isinstance(fleet, Fleet)
    assert fleet.soonest(place_on(city, 3, 0.5), PROFILES["ambulance"]) == [(0, 0.0)]
