"""How soon a unit can be there, as the dispatcher is told: by road, then on foot, under the conditions of the hour."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from geo112.coordinates import LonLat
from geo112.dispatching import travel
from routing.build import from_osm_file
from routing.closures import NOTHING_CLOSED, on_street
from routing.metric import Conditions
from tests.routing.osm_text import write_osm

S = 0.001
PLACES = {1: (110.0, 0.0), 2: (110.0 + S, 0.0), 3: (110.0 + 2 * S, 0.0)}
WAYS = {1: ([1, 2, 3], {"name": "Jalan Braga"})}
PORTAL = {2: {"barrier": "lift_gate", "opening_hours": "05:00-23:00"}}
WEST, EAST = LonLat(110.0 + 0.2 * S, 0.0), LonLat(110.0 + 1.8 * S, 0.0)


def test_a_portal_and_a_closure_count_in_their_hour_and_at_once(tmp_path: Path) -> None:
    network = from_osm_file(write_osm(tmp_path / "town.osm", WAYS, PLACES, node_tags=PORTAL))

    def told(conditions: Conditions) -> travel.Travel:
        return travel.seconds_to(network, EAST, [("ambulance", WEST)], conditions)[0]

    by_day = told(Conditions(hour=12))
    assert by_day.source == "road"
    assert by_day == travel.seconds_to(network, EAST, [("ambulance", WEST)])[0]
    assert told(Conditions(hour=2)).source == "straight_line"
    closed = NOTHING_CLOSED.with_closure(on_street(network, "works", "Jalan Braga"))
    assert told(Conditions(hour=12, closures=closed)).source == "straight_line"
    assert told(Conditions(hour=12)) == by_day
    assert travel.route(network, EAST, "ambulance", WEST, Conditions(hour=2)) is None


def test_the_walk_to_a_scene_beside_the_street_is_part_of_the_time(tmp_path: Path) -> None:
    network = from_osm_file(write_osm(tmp_path / "town.osm", WAYS, PLACES))
    beside = LonLat(EAST.lon, 0.0005)  # 56 m off the street
    (at_street,), (off_street,) = (travel.seconds_to(network, tkp, [("ambulance", WEST)]) for tkp in (EAST, beside))
    assert off_street.eta_s - at_street.eta_s == pytest.approx(0.0005 * 111_195 / (5 / 3.6), rel=1e-2)
    path = travel.route(network, beside, "ambulance", WEST)
    assert path is not None
    assert path.seconds + path.walk_s == pytest.approx(off_street.eta_s)


@pytest.mark.parametrize(
    ("moment", "zone", "hour"),
    [
        ("2026-11-22T17:30Z", "Asia/Jakarta", 0),  # Monday, half past midnight in WIB
        ("2026-11-22T16:59Z", "Asia/Jakarta", 167),
        ("2026-11-26T03:00Z", "Asia/Jayapura", 3 * 24 + 12),
    ],
)
def test_the_hour_of_the_week_is_that_of_the_city(moment: str, zone: str, hour: int) -> None:
    assert travel.conditions_at(datetime.fromisoformat(moment), ZoneInfo(zone)) == Conditions(hour=hour)
