"""Ways against the flow, both ends of a street, and what a driver is to do on the way."""

import math
from pathlib import Path

import pytest

from routing.build import from_osm_file
from routing.hourly import SpeedSet
from routing.manoeuvres import Turn
from routing.metric import Conditions, metric
from routing.network import RoadNetwork
from routing.path import Path as Way
from routing.path import shortest_path
from routing.prepared import search_graph
from routing.profiles import PROFILES, streets_alone
from routing.search import arrival_field
from routing.search_graph import ACROSS_PRIMARY
from routing.sides import is_left_driving
from routing.snap import place_on
from tests.routing.osm_text import write_osm

S = 0.001
PLACES = {
    1: (110.0, 0.0), 2: (110.0 + S, 0.0), 3: (110.0 + 2 * S, 0.0), 4: (110.0 + S, S), 5: (110.0 + 2 * S, S),
    6: (110.0 + S, -9 * S), 7: (110.0, -9 * S),
    8: (110.0 - S, 0.0), 9: (110.0 + 3 * S, 0.0), 10: (110.0 + S, 2 * S),
}  # fmt: skip
WAYS = {
    1: ([1, 2], {"highway": "secondary", "name": "Jalan Braga"}),
    2: ([2, 3], {"name": "Jalan Braga"}),
    3: ([4, 2], {"name": "Jalan Naripan", "oneway": "yes"}),
    4: ([4, 5, 3], {}),
    5: ([2, 6], {"highway": "primary_link", "oneway": "yes"}),
    6: ([6, 7, 1], {}),
    8: ([1, 8], {}),  # stubs, so that the ends of the others are junctions
    9: ([3, 9], {}),
    10: ([4, 10], {}),
}


@pytest.fixture
def network(tmp_path: Path) -> RoadNetwork:
    return from_osm_file(write_osm(tmp_path / "town.osm", WAYS, PLACES))


def route(network: RoadNetwork, from_way: int, to_way: int, profile: str = "ambulance", at: float = 0.5) -> Way | None:
    ends = [
        next(e for e in network.street_edge.tolist() if network.edge_pieces(e)[0].way_id == way)
        for way in (from_way, to_way)
    ]
    return shortest_path(network, place_on(network, ends[0], 0.5), place_on(network, ends[1], at), PROFILES[profile])


def test_a_light_vehicle_creeps_against_a_one_way_street_where_that_is_sooner(network: RoadNetwork) -> None:
    way = route(network, 1, 3, at=0.9)
    assert way is not None
    last = way.edges[-1]
    assert last.is_against
    assert last.length_m / last.seconds == pytest.approx(10 / 3.6, rel=1e-3)
    assert way.manoeuvres[-2:][0].is_against_flow
    assert way.points[-1] == pytest.approx(place_on(network, last.edge, 0.9).point)


def test_a_heavy_one_goes_round_and_so_does_a_profile_that_sees_streets_alone(network: RoadNetwork) -> None:
    for profile in (PROFILES["fire_engine"], streets_alone(PROFILES["ambulance"])):
        edge = next(e for e in network.street_edge.tolist() if network.edge_pieces(e)[0].way_id == 3)
        origin = next(e for e in network.street_edge.tolist() if network.edge_pieces(e)[0].way_id == 1)
        way = shortest_path(network, place_on(network, origin, 0.5), place_on(network, edge, 0.9), profile)
        assert way is not None
        assert [network.edge_pieces(each.edge)[0].way_id for each in way.edges] == [1, 2, 4, 3]
        assert not any(each.is_against for each in way.edges)


def test_walkers_walk_both_ways_at_their_pace(network: RoadNetwork) -> None:
    way = route(network, 2, 3, "on_foot", at=0.1)
    assert way is not None
    assert way.edges[-1].is_against
    assert way.edges[-1].length_m / way.edges[-1].seconds == pytest.approx(5 / 3.6, rel=1e-3)


def test_a_way_is_told_as_turns_and_names(network: RoadNetwork) -> None:
    way = route(network, 3, 2, "fire_engine")
    assert way is not None
    told = [(each.turn, each.street) for each in way.manoeuvres]
    assert told == [
        (Turn.DEPART, "Jalan Naripan"),
        (Turn.LEFT, "Jalan Braga"),  # coming from the north, eastwards
        (Turn.ARRIVE, "Jalan Braga"),
    ]
    assert way.manoeuvres[1].at == pytest.approx(PLACES[2])
    assert way.manoeuvres[1].after_m == pytest.approx(way.edges[0].length_m)
    assert way.manoeuvres[-1].after_s == pytest.approx(way.seconds)
    other = route(network, 3, 1, "fire_engine")
    assert other is not None
    assert [each.turn for each in other.manoeuvres] == [Turn.DEPART, Turn.RIGHT, Turn.ARRIVE]


def test_a_street_that_only_changes_its_class_is_not_a_turn(network: RoadNetwork) -> None:
    way = route(network, 1, 2)
    assert way is not None
    assert [each.turn for each in way.manoeuvres] == [Turn.DEPART, Turn.ARRIVE]


def test_a_link_is_never_driven_against_its_flow_on_a_trunk_road(tmp_path: Path) -> None:
    ways = {1: ([1, 2], {}), 2: ([3, 2], {"highway": "trunk", "oneway": "yes"}), 3: ([3, 5], {}), 4: ([2, 6], {})}
    network = from_osm_file(write_osm(tmp_path / "trunk.osm", ways, PLACES))
    origin, scene = (
        next(e for e in network.street_edge.tolist() if network.edge_pieces(e)[0].way_id == way) for way in (1, 3)
    )
    field = arrival_field(network, place_on(network, scene, 0.5), PROFILES["ambulance"])
    assert math.isinf(field.seconds_from(place_on(network, origin, 0.5)))


def test_a_speed_set_is_switched_by_the_query_and_nothing_is_rebuilt(network: RoadNetwork) -> None:
    graph, ambulance = search_graph(network), PROFILES["ambulance"]
    jam = SpeedSet("jam", 1, (("*", (0.5,) * 24),))
    free, slow = (
        metric(network, ambulance, Conditions(hour=8, speed_set=each)) for each in (SpeedSet("free", 1, ()), jam)
    )
    assert free.graph is slow.graph is graph
    edge = next(e for e in range(network.edge_count) if network.edge_pieces(e)[0].way_id == 6)
    arc = free.graph.drive_arc[free.graph.drive_start[edge]]
    moving = [int(each.arc_ms[arc] - each.arcs.begin_ms[arc] - each.arcs.end_ms[edge]) for each in (free, slow)]
    assert moving[1] == pytest.approx(2 * moving[0], abs=2)


def test_the_side_of_traffic_follows_the_country_and_decides_which_turn_is_dear(tmp_path: Path) -> None:
    assert [is_left_driving(*point) for point in [(106.8, -6.2), (9.5, 47.1), (11.6, 49.9), (109.2, -11.6)]] == [
        True, False, False, True,
    ]  # fmt: skip
    ways = {1: ([1, 2], {"highway": "primary"}), 2: ([2, 3], {"highway": "primary"}), 3: ([2, 4], {}), 4: ([2, 6], {})}
    for drives_left, dear in ((True, 6), (False, 4)):
        network = from_osm_file(write_osm(tmp_path / "side.osm", ways, PLACES), drives_left=drives_left)
        network.save(tmp_path / "network")
        assert RoadNetwork.load(tmp_path / "network").drives_left == drives_left
        graph = search_graph(network)
        target = {int(network.node_osm_id[network.head[graph.arc_drive[arc]]]) for arc in range(graph.arc_count)
                  if graph.arc_turn[arc] == ACROSS_PRIMARY
                  and network.node_osm_id[network.tail[graph.arc_drive[arc]]] == 2
                  and graph.tail[arc] == graph.after[_edge(network, 1, 2)]}  # fmt: skip
        assert target == {dear}  # eastwards, right is to the south


def _edge(network: RoadNetwork, tail: int, head: int) -> int:
    ids = network.node_osm_id
    return next(e for e in range(network.edge_count) if (ids[network.tail[e]], ids[network.head[e]]) == (tail, head))
