"""Long questions are given up soon after nobody wants the answer, and leave everything as it was."""

import random
from collections.abc import Callable

import pytest

from routing.alternatives import alternatives
from routing.build import from_osm_file
from routing.cancelling import Cancelled, IsCancelled
from routing.isochrone import isochrone
from routing.matrix import travel_matrix
from routing.network import RoadNetwork
from routing.profiles import PROFILES
from routing.reach import reach_field
from routing.search import arrival_fields
from routing.snap import place_on
from tests.routing.osmnx_twin import REPOSITORY

AMBULANCE = PROFILES["ambulance"]


@pytest.fixture(scope="module")
def city() -> RoadNetwork:
    return from_osm_file(REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf")


@pytest.mark.parametrize("kind", ["fields", "matrix", "alternatives", "isochrone"])
def test_a_question_is_given_up_when_it_is_said_so_and_answered_when_not(city: RoadNetwork, kind: str) -> None:
    rng = random.Random(1)
    places = [place_on(city, rng.randrange(city.edge_count), 0.5) for _ in range(60)]
    reach = reach_field(city, places[0], AMBULANCE, 900.0)
    asks: dict[str, Callable[[IsCancelled], object]] = {
        "fields": lambda is_cancelled: [
            each.node_ms.sum() for each in arrival_fields(city, places, AMBULANCE, is_cancelled=is_cancelled)
        ],
        "matrix": lambda is_cancelled: travel_matrix(
            city, places, places, AMBULANCE, is_cancelled=is_cancelled
        ).tobytes(),
        "alternatives": lambda is_cancelled: [
            way.seconds for way in alternatives(city, places[0], places[1], AMBULANCE, 4, is_cancelled=is_cancelled)
        ],
        "isochrone": lambda is_cancelled: isochrone(reach, 600.0, is_cancelled=is_cancelled).wkb,
    }
    ask = asks[kind]
    asked = 0

    def at_the_second_time() -> bool:
        nonlocal asked
        asked += 1
        return asked > 1

    before = ask(lambda: False)
    with pytest.raises(Cancelled):
        ask(at_the_second_time)
    assert asked == 2, "it went on after it was told"
    assert ask(lambda: False) == before
