"""Other ways: truly other, truly timed, and none where there is none."""

import random
from itertools import combinations
from pathlib import Path

import pytest

from routing.alternatives import LONGER_AT_MOST, SHARED_AT_MOST, alternatives, shared_m
from routing.build import from_osm_file
from routing.closures import NOTHING_CLOSED, on_street
from routing.metric import Conditions
from routing.profiles import PROFILES
from routing.search import arrival_field
from routing.snap import place_on
from tests.routing.osm_text import write_osm
from tests.routing.osmnx_twin import JAKARTA, extract
from tests.routing.test_closures import PLACES, WAYS, on

AMBULANCE = PROFILES["ambulance"]


def test_the_way_round_is_the_alternative_and_a_closed_one_is_not(tmp_path: Path) -> None:
    network = from_osm_file(write_osm(tmp_path / "town.osm", {**WAYS, 2: (WAYS[2][0], {"maxspeed": "50"})}, PLACES))
    origin, scene = on(network, 3), on(network, 4)
    ways = alternatives(network, origin, scene, AMBULANCE)
    assert [[network.edge_pieces(each.edge)[0].way_id for each in way.edges] for way in ways] == [[3, 1, 4], [3, 2, 4]]
    closed = Conditions(closures=NOTHING_CLOSED.with_closure(on_street(network, "works", 1)))
    (only,) = alternatives(network, origin, scene, AMBULANCE, conditions=closed)
    # It takes as long as a search says from which the first way is closed.
    assert (
        ways[1].seconds
        == only.seconds
        == arrival_field(network, scene, AMBULANCE, conditions=closed).seconds_from(origin)
    )


@pytest.mark.extract
def test_alternatives_in_a_city_are_sorted_different_and_not_much_longer() -> None:
    network = from_osm_file(extract(JAKARTA))
    rng = random.Random(8)
    part = network.largest_component(AMBULANCE)
    edges = [e for e in range(network.edge_count) if part[network.tail[e]] and part[network.head[e]]]
    several = 0
    for _ in range(12):
        origin, scene = (place_on(network, rng.choice(edges), 0.5) for _ in range(2))
        ways = alternatives(network, origin, scene, AMBULANCE)
        several += len(ways) > 1
        assert ways[0].seconds == arrival_field(network, scene, AMBULANCE).seconds_from(origin)
        assert [way.seconds for way in ways] == sorted(way.seconds for way in ways)
        assert all(way.seconds <= LONGER_AT_MOST * ways[0].seconds for way in ways)
        for one, other in combinations(ways, 2):
            assert shared_m(network, other, one) <= max(SHARED_AT_MOST * max(one.length_m, other.length_m), 1e-6)
        for way in ways:
            assert sum(edge.seconds for edge in way.edges) == pytest.approx(way.seconds)
    assert several >= 8
