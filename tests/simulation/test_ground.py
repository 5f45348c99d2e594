"""Units and scenes are placed within one connected part: whoever is sent can get there, and back."""

import random

import networkx as nx
import pytest

from geo112.coordinates import LonLat
from geo112.simulation.ground import Ground, metres_between
from routing import build
from tests.routing.osm_text import place_of, write_osm

MAINLAND, ISLAND, TRAP = range(1, 7), (41, 42, 43), 17


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """A street of six nodes with a loop, a one-way street into a dead end, and an island of two streets."""
    ways = {
        1: (list(MAINLAND), {"name": "Jalan Daratan"}),
        2: ([6, 16, 15, 14, 13, 12, 11, 1], {"name": "Jalan Lingkar"}),
        3: ([16, TRAP], {"oneway": "yes", "name": "Jalan Buntu"}),
        4: (list(ISLAND), {"name": "Jalan Pulau"}),
        5: ([3, 13], {"name": "Jalan Tengah"}),
    }
    return Ground(build.from_osm_file(write_osm(tmp_path_factory.mktemp("isle") / "isle.osm", ways)))


def test_random_places_reach_each_other_there_and_back(ground: Ground) -> None:
    graph = nx.DiGraph(zip(ground.network.tail.tolist(), ground.network.head.tolist(), strict=True))
    largest = max(nx.strongly_connected_components(graph), key=len)
    rng = random.Random(1)
    for _ in range(200):
        place = ground.random_place("ambulance", rng)
        assert int(ground.network.tail[place.edge]) in largest
        assert int(ground.network.head[place.edge]) in largest
        assert ground.network.edge_name(place.edge) not in ("Jalan Pulau", "Jalan Buntu")


def test_what_stands_on_an_island_or_in_a_trap_is_settled_on_the_mainland_or_not_at_all(ground: Ground) -> None:
    assert ground.settle(LonLat(*place_of(42)), "ambulance", 100.0) is None
    settled = ground.settle(LonLat(*place_of(TRAP)), "ambulance", 300.0)
    assert settled is not None
    assert ground.network.edge_name(settled.edge) != "Jalan Buntu"
    assert metres_between(LonLat(*settled.point), LonLat(*place_of(TRAP))) < 200


def test_where_no_road_leads_the_way_is_a_slow_straight_line(ground: Ground) -> None:
    way = ground.way(LonLat(*place_of(1)), LonLat(112.0, -5.0), "ambulance")
    assert len(way.points) == 2
    assert way.seconds > way.length_m / (25 / 3.6)


def test_spread_places_share_the_streets_and_are_the_same_for_the_same_stream(ground: Ground) -> None:
    places = ground.spread("ambulance", 3, random.Random(5))
    assert places == ground.spread("ambulance", 3, random.Random(5))
    assert all(ground.settle(LonLat(*place.point), "ambulance", 1.0) for place in places)
    assert len({place.point for place in places}) == 3
