"""A hose tender does not come round a sharp corner into a narrow street at once, nor turn where all is narrow."""

import math
from pathlib import Path

import pytest

from routing.build import from_osm_file
from routing.network import RoadNetwork
from routing.path import Path as Way
from routing.path import shortest_path
from routing.profiles import PROFILES
from routing.snap import Snapped, snap
from tests.routing.osm_text import turn, write_osm

ENGINE = PROFILES["fire_engine"]
R = 0.001


def compass(bearing_deg: float, radius: float = R) -> tuple[float, float]:
    """Return the place at a bearing from the junction, clockwise from north."""
    return 110 + radius * math.sin(math.radians(bearing_deg)), radius * math.cos(math.radians(bearing_deg))


def junction(folder: Path, bearing_deg: float, from_tags: dict[str, str], tags: dict[str, str]) -> RoadNetwork:
    """Write a street that ends at a junction heading east, one that goes on, and one that leaves at a bearing."""
    places = {1: compass(270), 5: (110.0, 0.0), 2: compass(90), 3: compass(bearing_deg), 4: compass(bearing_deg, 2 * R)}
    ways = {1: ([1, 5], from_tags), 2: ([5, 2], {}), 3: ([5, 3, 4], tags)}
    return from_osm_file(write_osm(folder / "town.osm", ways, places), drives_left=True)


def drive(network: RoadNetwork, profile: str, begin: tuple[float, float], end: tuple[float, float]) -> Way:
    def near(place: tuple[float, float]) -> Snapped:
        found = snap(network, *place, PROFILES[profile])
        assert found is not None
        return found

    way = shortest_path(network, near(begin), near(end), PROFILES[profile])
    assert way is not None
    return way


SERVICE, NARROW, BROAD = {"highway": "service"}, {"width": "4.5"}, {"highway": "service", "width": "7"}


@pytest.mark.parametrize(
    ("bearing_deg", "tags", "cost_s"),
    [  # heading east, 90° is straight on
        (0, SERVICE, 0), (180, SERVICE, 0), (135, SERVICE, 0), (205, SERVICE, 10), (-25, SERVICE, 10),
        (205, {"highway": "living_street"}, 10), (205, NARROW, 10), (205, {}, 0), (205, BROAD, 0),
    ],
)  # fmt: skip
def test_a_sharp_turn_into_a_narrow_street_costs_a_hose_tender(
    bearing_deg: float, tags: dict[str, str], cost_s: float, tmp_path: Path
) -> None:
    network = junction(tmp_path, bearing_deg, {}, tags)
    for profile, expected_s in (("fire_engine", cost_s), ("rescue_truck", 0), ("ambulance", 0)):
        way = drive(network, profile, compass(270, R / 2), compass(bearing_deg, 1.9 * R))
        moving_s = sum(
            piece_m / float(network.piece_speeds(PROFILES[profile]).along_mps[piece])
            for piece, piece_m in zip(way.line.piece.tolist(), way.line.step_m.tolist(), strict=True)
        )
        assert way.seconds - moving_s == pytest.approx(expected_s, abs=0.005)


def test_a_turn_that_is_sharp_and_leads_across_the_oncoming_traffic_costs_both(tmp_path: Path) -> None:
    primary = {"highway": "primary"}
    places = {1: compass(270), 5: (110.0, 0.0), 2: compass(90), 3: compass(205), 4: compass(205, 2 * R)}
    seconds = {}
    for name, tags in (("sharp", SERVICE), ("wide", BROAD)):
        ways = {1: ([1, 5], primary), 2: ([5, 2], primary), 3: ([5, 3, 4], tags)}
        network = from_osm_file(write_osm(tmp_path / f"{name}.osm", ways, places), drives_left=True)
        seconds[name] = drive(network, "fire_engine", compass(270, R / 2), compass(205, 1.9 * R)).seconds
    assert seconds["sharp"] - seconds["wide"] == pytest.approx(ENGINE.delays.sharp_turn_s, abs=0.005)


@pytest.mark.parametrize(("profile", "dearer_s"), [("fire_engine", 40), ("rescue_truck", 0), ("ambulance", 0)])
def test_turning_round_among_narrow_streets_takes_a_hose_tender_longer(
    profile: str, dearer_s: float, tmp_path: Path
) -> None:
    """Who may not turn left turns round at the end of the street ahead, which is narrow or not."""
    places = {1: compass(270), 5: (110.0, 0.0), 2: compass(90), 3: compass(0)}
    seconds = {}
    for name, ahead in (("narrow", {"width": "4.5"}), ("wide", {"width": "8"})):
        ways = {1: ([1, 5], {}), 2: ([5, 2], ahead), 3: ([5, 3], {})}
        no_left = [turn("no_left_turn", 1, 5, 3), turn("no_u_turn", 1, 5, 1)]
        network = from_osm_file(write_osm(tmp_path / f"{name}.osm", ways, places, turns=no_left), drives_left=True)
        way = drive(network, profile, compass(270, R / 2), compass(0, R / 2))
        assert "u_turn" in [each.turn for each in way.manoeuvres]
        seconds[name] = way.seconds
    assert seconds["narrow"] - seconds["wide"] == pytest.approx(dearer_s, abs=0.005)
