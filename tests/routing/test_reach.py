"""How far one gets: the same times as the arrival field gives, and areas that hold what is reached and nothing else."""

import math
import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing.build import NoRoadsError, from_osm_file
from routing.isochrone import BESIDE_M, SIMPLIFIED_M, isochrone
from routing.metric import Conditions
from routing.network import RoadNetwork
from routing.profiles import PROFILES, Profile
from routing.reach import ReachField, reach_field
from routing.search import arrival_field
from routing.snap import Snapped, place_on
from tests.routing.osmnx_twin import BANDUNG_TANGERANG, extract
from tests.routing.test_turns import grid_town, random_closures


def is_covered(reach: ReachField, place: Snapped, within_s: float) -> bool:
    covered = reach.covered(within_s)
    at_m = place.fraction * float(reach.network.length_m[place.edge])
    mine = covered.street == reach.network.street[place.edge]
    return bool((mine & (covered.from_m <= at_m) & (at_m <= covered.to_m)).any())


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(list(PROFILES.values())), st.randoms(use_true_random=False))
def test_what_is_covered_is_what_the_arrival_field_says_is_in_time(profile: Profile, rng: random.Random) -> None:
    with TemporaryDirectory() as folder:
        try:
            network = from_osm_file(grid_town(rng, Path(folder)))
        except NoRoadsError:
            assume(False)
    conditions = Conditions(closures=random_closures(network, rng, 0.0002))
    origin = place_on(network, rng.randrange(network.edge_count), rng.uniform(0.05, 0.95))
    reach = reach_field(network, origin, profile, 600, conditions)
    for _ in range(8):
        place = place_on(network, rng.randrange(network.edge_count), rng.uniform(0.05, 0.95))
        seconds = arrival_field(network, place, profile, 600, conditions).seconds_from(origin)
        if math.isinf(seconds):
            assert not is_covered(reach, place, 600)
            continue
        # A centimetre of road takes less than 20 ms at a walker's pace, and 50 ms in a slow zone.
        assert is_covered(reach, place, seconds + 0.06)
        assert seconds < 0.06 or not is_covered(reach, place, seconds - 0.06)


def random_place(network: RoadNetwork, rng: random.Random) -> Snapped:
    part = network.largest_component(PROFILES["ambulance"])
    while True:
        edge = rng.randrange(network.edge_count)
        if part[network.tail[edge]] and part[network.head[edge]]:
            return place_on(network, edge, rng.random())


@pytest.mark.extract
def test_an_isochrone_holds_the_places_in_time_and_grows_with_it() -> None:
    network = from_osm_file(extract(BANDUNG_TANGERANG))
    rng = random.Random(4)
    origin = random_place(network, rng)
    reach = reach_field(network, origin, PROFILES["ambulance"], 300)
    began = time.perf_counter()
    areas = [isochrone(reach, minutes * 60) for minutes in (1, 3, 5)]
    assert time.perf_counter() - began < 20
    assert all(area.is_valid for area in areas)
    assert areas[0].area < areas[1].area < areas[2].area
    inside = 0
    margin_deg = (BESIDE_M + SIMPLIFIED_M) / 111_000
    for _ in range(150):
        place = random_place(network, rng)
        seconds = arrival_field(network, place, PROFILES["ambulance"], 3600).seconds_from(origin)
        if seconds <= 180:
            inside += 1
            assert areas[1].covers(shapely.Point(place.point))
        if not areas[2].buffer(margin_deg).covers(shapely.Point(place.point)):
            assert seconds > 300
    assert inside >= 3


def test_a_limit_that_is_no_number_is_refused(tmp_path: Path) -> None:
    network = from_osm_file(grid_town(random.Random(3), tmp_path))
    with pytest.raises(ValueError, match="limit"):
        reach_field(network, place_on(network, 0, 0.5), PROFILES["ambulance"], math.inf)
