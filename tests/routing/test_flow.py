"""Streets that are one-way, turned round or free at some hours: oneway:conditional, and what is not understood."""

import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from routing.build import from_graph, from_osm_file
from routing.metric import Conditions
from routing.network import RoadNetwork
from routing.path import shortest_path
from routing.profiles import PROFILES
from routing.snap import Snapped, snap
from routing.unread import unread_conditionals
from tests.routing.osm_text import Turn, place_of, write_osm
from tests.routing.osmnx_twin import osmnx_graphs

MORNING, NOON, NIGHT = 7, 12, 23
ENGINE, AMBULANCE = PROFILES["fire_engine"], PROFILES["ambulance"]


def town(folder: Path, tags: Mapping[str, str]) -> Path:
    """Write one street with a residential street at either end; between them there is no other way."""
    ways = {1: ([1, 2], {}), 2: ([2, 3, 4], {"highway": "tertiary"} | dict(tags)), 3: ([4, 5], {})}
    return write_osm(folder / "town.osm", ways)


def seconds(network: RoadNetwork, begin: int, end: int, hour: int | None, profile: str = "fire_engine") -> float:
    """Return the time from near one node to near another; inf where there is no way."""

    def near(node: int) -> Snapped:
        found = snap(network, *place_of(node), PROFILES[profile])
        assert found is not None
        return found

    path = shortest_path(network, near(begin), near(end), PROFILES[profile], conditions=Conditions(hour))
    return math.inf if path is None else path.seconds


@pytest.mark.parametrize(
    ("tags", "there_at", "back_at"),
    [
        ({}, {None, MORNING, NOON, NIGHT}, {None, MORNING, NOON, NIGHT}),
        ({"oneway": "yes"}, {None, MORNING, NOON, NIGHT}, set()),
        ({"oneway:conditional": "yes @ (06:00-09:00)"}, {None, MORNING, NOON, NIGHT}, {None, NOON, NIGHT}),
        ({"oneway:conditional": "-1 @ (06:00-09:00)"}, {None, NOON, NIGHT}, {None, MORNING, NOON, NIGHT}),
        ({"oneway": "yes", "oneway:conditional": "no @ (22:00-05:00)"}, {None, MORNING, NOON, NIGHT}, {NIGHT}),
        ({"oneway": "yes", "oneway:conditional": "-1 @ (06:00-09:00)"}, {None, NOON, NIGHT}, {MORNING}),
        ({"oneway": "-1", "oneway:conditional": "yes @ (06:00-09:00)"}, {MORNING}, {None, NOON, NIGHT}),
        (
            {"oneway": "yes", "oneway:conditional": "-1 @ (06:00-09:00); no @ (20:00-24:00)"},
            {None, NOON, NIGHT},
            {MORNING, NIGHT},
        ),
        (  # a trunk road that is turned round, which nobody creeps along against the flow at other hours
            {"highway": "trunk", "oneway": "yes", "oneway:conditional": "-1 @ (06:00-09:00)"},
            {None, NOON, NIGHT},
            {MORNING},
        ),
        ({"oneway": "yes", "oneway:conditional": "no @ (bicycle)"}, {None, MORNING, NOON, NIGHT}, set()),
        ({"oneway": "yes", "oneway:conditional": "no @ (emergency)"}, {None, MORNING, NOON, NIGHT},
         {MORNING, NOON, NIGHT}),
    ],
)  # fmt: skip
def test_a_street_is_driven_in_the_direction_of_the_hour(
    tags: dict[str, str], there_at: set[int | None], back_at: set[int | None], tmp_path: Path
) -> None:
    path = town(tmp_path, tags)
    network = from_osm_file(path)
    hours = (None, MORNING, NOON, NIGHT)
    assert {hour for hour in hours if seconds(network, 1, 5, hour) < math.inf} == there_at
    assert {hour for hour in hours if seconds(network, 5, 1, hour) < math.inf} == back_at
    if tags.get("oneway") != "-1":  # osmnx forgets that a street is drawn against its flow
        taken = from_graph(osmnx_graphs(path).raw)
        for hour in hours:
            for ends in ((1, 5), (5, 1)):
                assert seconds(taken, *ends, hour) == pytest.approx(seconds(network, *ends, hour), abs=0.003)


def test_who_creeps_against_the_flow_does_so_against_that_of_the_hour(tmp_path: Path) -> None:
    network = from_osm_file(town(tmp_path, {"oneway:conditional": "yes @ (06:00-09:00)"}))
    with_flow, against = seconds(network, 1, 5, MORNING, "ambulance"), seconds(network, 5, 1, MORNING, "ambulance")
    assert against > 2 * with_flow
    assert against < math.inf
    assert seconds(network, 5, 1, NOON, "ambulance") == pytest.approx(with_flow, abs=0.1)


def test_a_street_that_is_freed_is_driven_back_at_full_speed(tmp_path: Path) -> None:
    tags = {"oneway": "yes", "oneway:conditional": "no @ (22:00-05:00)"}
    network = from_osm_file(town(tmp_path, tags))
    assert seconds(network, 5, 1, NIGHT, "ambulance") == pytest.approx(seconds(network, 1, 5, NIGHT, "ambulance"), 0.01)
    assert seconds(network, 5, 1, NOON, "ambulance") > 2 * seconds(network, 1, 5, NOON, "ambulance")


def test_conditional_tags_that_are_not_understood_are_counted_by_key(tmp_path: Path) -> None:
    ways = {
        1: ([1, 2, 3], {"oneway:conditional": "reversible @ (06:00-09:00)"}),
        2: ([3, 4], {"oneway:conditional": "yes @ (sunrise-sunset)"}),
        3: ([4, 5], {"oneway:conditional": "yes @ (Mo-Fr 06:00-09:00); no @ (bus)"}),
        4: ([2, 12], {"maxspeed:conditional": "60 @ (22:00-06:00); 80 @ wet"}),
        5: ([3, 13], {"maxspeed:conditional": "30 @ (weight>7.5)", "access:conditional": "no @ (Su 06:00-11:00)"}),
    }
    members = [("from", "way", 1), ("via", "node", 3), ("to", "way", 5)]
    turns = [Turn({"restriction:conditional": "no_left_turn @ (school hours)"}, members)]
    gate = {13: {"barrier": "gate", "access:conditional": "no @ (by appointment)"}}
    network = from_osm_file(write_osm(tmp_path / "town.osm", ways, turns=turns, node_tags=gate))
    assert unread_conditionals(network) == {
        "access:conditional": 1,
        "maxspeed:conditional": 1,
        "oneway:conditional": 2,
        "restriction:conditional": 1,
    }
