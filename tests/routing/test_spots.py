"""What stands on a street: who gets past it, when, and in how many seconds; also where streets are merged."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from routing.build import from_osm_file
from routing.metric import Conditions
from routing.milliseconds import INF_MS
from routing.network import RoadNetwork
from routing.profiles import NO_DELAYS, PROFILES
from routing.search import arrival_field
from routing.snap import place_on
from routing.spots import passing_ms, spot_tags
from tests.routing.osm_text import write_osm

LIGHT, HEAVY = {"ambulance", "police_car"}, {"fire_engine", "rescue_truck"}
VEHICLES, EVERYONE = LIGHT | HEAVY, set(PROFILES)
NIGHT, DAY = 2, 12


def who_passes(tags: dict[str, str], hour: int | None = None) -> set[str]:
    return {name for name, profile in PROFILES.items() if passing_ms(tags, profile, hour) < INF_MS}


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"barrier": "gate"}, EVERYONE),
        ({"barrier": "lift_gate"}, EVERYONE),
        ({"barrier": "gate", "access": "private"}, EVERYONE),  # a crew on duty may enter
        ({"barrier": "gate", "access": "no"}, set()),
        ({"barrier": "gate", "access": "no", "emergency": "yes"}, EVERYONE),
        ({"barrier": "gate", "locked": "yes"}, set()),
        ({"barrier": "gate", "locked": "yes", "emergency": "yes"}, EVERYONE),
        ({"barrier": "gate", "access": "no", "foot": "yes", "motorcycle": "yes"}, {"motorcycle", "on_foot"}),
        ({"barrier": "bollard"}, {"motorcycle", "on_foot"}),
        ({"barrier": "bollard", "emergency": "yes"}, EVERYONE),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, EVERYONE),
        ({"barrier": "block"}, {"motorcycle", "on_foot"}),
        ({"barrier": "cycle_barrier"}, {"on_foot"}),
        ({"barrier": "jersey_barrier"}, {"on_foot"}),
        ({"barrier": "something_new"}, {"on_foot"}),
        ({"barrier": "bollard", "maxwidth": "2"}, {"motorcycle", "on_foot"}),
        ({"barrier": "height_restrictor", "maxheight": "2.6"}, EVERYONE - HEAVY),
        ({"barrier": "height_restrictor", "maxheight": "8'6\""}, EVERYONE - HEAVY),
        ({"barrier": "height_restrictor", "maxheight": "default"}, EVERYONE),
        ({"barrier": "height_restrictor"}, {"police_car", "motorcycle", "on_foot"}),
        ({"barrier": "gate", "maxweight": "7.5 t"}, EVERYONE - HEAVY),
        ({"highway": "traffic_signals"}, EVERYONE),
        ({"railway": "level_crossing"}, EVERYONE),
        ({"motor_vehicle": "no"}, {"on_foot"}),
    ],
)  # fmt: skip
def test_a_spot_lets_through_whom_its_tags_say(tags: dict[str, str], who: set[str]) -> None:
    assert spot_tags(tags) == tags
    assert who_passes(tags) == who


def test_a_portal_is_shut_at_night_but_to_those_it_excepts() -> None:
    portal = {"barrier": "lift_gate", "access": "permissive", "opening_hours": "05:00-23:00"}
    assert who_passes(portal, DAY) == who_passes(portal) == EVERYONE
    assert who_passes(portal, NIGHT) == set()
    assert who_passes(portal | {"emergency": "yes"}, NIGHT) == EVERYONE
    by_condition = {"barrier": "gate", "access:conditional": "no @ (22:00-05:00)"}
    assert who_passes(by_condition, DAY) == EVERYONE
    assert who_passes(by_condition, NIGHT) == set()
    assert who_passes({"barrier": "gate", "opening_hours": "when the guard is awake"}, NIGHT) == EVERYONE


def test_a_mere_point_is_no_spot() -> None:
    assert spot_tags({"highway": "bus_stop", "name": "Halte"}) == {}
    assert spot_tags({"railway": "crossing"}) == {}
    assert spot_tags({"access": "yes"}) == {}


# -- on the street ------------------------------------------------------------------------------------------------

SPOT_AT = 0.0004  # degrees from the west end of a street of 0.001 degrees


def street(folder: Path, tags: dict[str, str], **way: str) -> RoadNetwork:
    """Return one street of three points, eastwards, the middle one tagged."""
    places = {1: (110.0, 0.0), 2: (110.0 + SPOT_AT, 0.0), 3: (110.001, 0.0)}
    return from_osm_file(write_osm(folder / "street.osm", {1: ([1, 2, 3], way)}, places, node_tags={2: tags}))


def seconds(
    network: RoadNetwork, begin: float, end: float, profile: str = "ambulance", hour: int | None = None
) -> float:
    edge = next(e for e in range(network.edge_count) if network.is_along[e])
    field = arrival_field(network, place_on(network, edge, end), PROFILES[profile], conditions=Conditions(hour=hour))
    return field.seconds_from(place_on(network, edge, begin))


def test_a_shut_gate_within_a_street_parts_it_and_both_ends_stay_in_reach(tmp_path: Path) -> None:
    network = street(tmp_path, {"barrier": "gate", "access": "no"})
    assert network.edge_count == 2  # the gate is no junction
    assert network.spot_at_m.tolist() == pytest.approx([0.4 * network.length_m[0]], rel=1e-6)
    assert seconds(network, 0.1, 0.9) == seconds(network, 0.9, 0.1) == math.inf
    assert seconds(network, 0.1, 0.3) < math.inf
    assert seconds(network, 0.9, 0.5) < math.inf


def test_passing_costs_once_and_only_those_who_pass(tmp_path: Path) -> None:
    plain = street(tmp_path, {"name": "nothing"})
    gate = street(tmp_path, {"barrier": "gate"})
    assert seconds(gate, 0.1, 0.9) == pytest.approx(seconds(plain, 0.1, 0.9) + 10)
    assert seconds(gate, 0.9, 0.1) == pytest.approx(seconds(plain, 0.9, 0.1) + 10)
    assert seconds(gate, 0.1, 0.3) == seconds(plain, 0.1, 0.3)
    assert seconds(gate, 0.1, 0.9, "motorcycle") == pytest.approx(seconds(plain, 0.1, 0.9, "motorcycle") + 5)
    crossing = street(tmp_path, {"railway": "level_crossing"})
    wait_s = PROFILES["fire_engine"].delays.level_crossing_s
    assert seconds(crossing, 0.1, 0.9, "fire_engine") == pytest.approx(seconds(plain, 0.1, 0.9, "fire_engine") + wait_s)


@pytest.mark.parametrize(
    ("tags", "eastwards", "westwards"),
    [
        ({"highway": "traffic_signals"}, True, True),
        ({"highway": "traffic_signals", "traffic_signals:direction": "forward"}, True, False),
        ({"highway": "stop", "direction": "backward"}, False, True),
        ({"highway": "give_way"}, False, True),  # unsaid: for those who leave the street by the end that is nearer
    ],
)
def test_signs_and_lights_concern_the_direction_they_face(
    tmp_path: Path, tags: dict[str, str], eastwards: bool, westwards: bool
) -> None:
    plain, signed = street(tmp_path, {"name": "nothing"}), street(tmp_path, tags)
    assert (seconds(signed, 0.1, 0.9) > seconds(plain, 0.1, 0.9)) == eastwards
    assert (seconds(signed, 0.9, 0.1) > seconds(plain, 0.9, 0.1)) == westwards


def test_a_gate_is_shut_to_a_search_at_night(tmp_path: Path) -> None:
    network = street(tmp_path, {"barrier": "lift_gate", "opening_hours": "05:00-23:00"})
    assert seconds(network, 0.1, 0.9, hour=DAY) == seconds(network, 0.1, 0.9) < math.inf
    assert seconds(network, 0.1, 0.9, hour=NIGHT) == math.inf


def test_a_gate_at_a_junction_stops_those_who_enter_it(tmp_path: Path) -> None:
    places = {1: (110.0, 0.0), 2: (110.001, 0.0), 3: (110.002, 0.0), 4: (110.001, 0.001)}
    ways = {1: ([1, 2], {}), 2: ([2, 3], {}), 3: ([2, 4], {})}
    path = write_osm(tmp_path / "node.osm", ways, places, node_tags={2: {"barrier": "bollard"}})
    network = from_osm_file(path)
    west, east = (
        next(e for e in range(network.edge_count) if network.edge_pieces(e)[0].way_id == way) for way in (1, 2)
    )
    for name, is_stopped in (("ambulance", True), ("motorcycle", False)):
        field = arrival_field(network, place_on(network, east, 0.5), PROFILES[name])
        assert math.isinf(field.seconds_from(place_on(network, west, 0.5))) == is_stopped
        assert len(set(network.components(PROFILES[name]).tolist())) == (4 if is_stopped else 1)


def test_entering_a_greater_road_without_lights_takes_longer_and_lights_see_to_the_turn_across(tmp_path: Path) -> None:
    places = {1: (110.0, 0.0), 2: (110.001, 0.0), 3: (110.002, 0.0), 4: (110.001, 0.001)}
    ways = {1: ([1, 2], {"highway": "primary"}), 2: ([2, 3], {"highway": "primary"}), 3: ([4, 2], {})}

    def extra_s(node_tags: dict[int, dict[str, str]], from_way: int, to_way: int) -> float:
        network = from_osm_file(
            write_osm(tmp_path / "junction.osm", ways, places, node_tags=node_tags), drives_left=True
        )
        origin, scene = (
            place_on(
                network, next(e for e in range(network.edge_count) if network.edge_pieces(e)[0].way_id == way), 0.5
            )
            for way in (from_way, to_way)
        )
        ambulance = PROFILES["ambulance"]
        free = arrival_field(network, scene, replace(ambulance, delays=NO_DELAYS)).seconds_from(origin)
        return round(arrival_field(network, scene, ambulance).seconds_from(origin) - free, 3)

    delays, lights = PROFILES["ambulance"].delays, {2: {"highway": "traffic_signals"}}
    assert extra_s({}, 3, 1) == delays.crossing_primary_s
    assert extra_s({}, 1, 2) == 0
    assert extra_s({}, 1, 3) == 0  # left, off the road on which one drives on the left
    assert extra_s({}, 2, 3) == delays.across_primary_s  # right, across those who come from the west
    assert {extra_s(lights, a, b) for a, b in ((3, 1), (1, 2), (2, 3))} == {delays.signal_s}
