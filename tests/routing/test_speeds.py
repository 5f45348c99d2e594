"""Who may use which way, and how fast: the table, tag by tag."""

import pytest

from routing.profiles import PROFILES
from routing.speeds import posted_kmh, speed_kmh

VEHICLES = ["fire_engine", "ambulance", "police_car", "rescue_truck"]
LIGHT, HEAVY = ["ambulance", "police_car"], ["fire_engine", "rescue_truck"]
MOTORCYCLE, ON_FOOT = "motorcycle", "on_foot"
EVERYONE = [*VEHICLES, MOTORCYCLE, ON_FOOT]


def who_may(tags: dict[str, str]) -> set[str]:
    return {name for name, profile in PROFILES.items() if speed_kmh(tags, profile) > 0}


@pytest.mark.parametrize(
    ("maxspeed", "kmh"),
    [
        ("50", 50), ("50 km/h", 50), ("30 mph", 48.28032), ("30mph", 48.28032), ("5 knots", 9.26), ("walk", 5),
        ("12.5", 12.5), ("none", None), ("signals", None),
        ("ID:urban", 50), ("RO:rural", 90), ("DE:zone30", 30), ("RO:zone:40", 40), ("XX:urban", None),
        ("0", None), ("", None), ("fast", None),
        ("50-60", None), ("-20", None),
    ],
)  # fmt: skip
def test_maxspeed_is_read_in_its_many_forms(maxspeed: str, kmh: float | None) -> None:
    assert posted_kmh(maxspeed) == (None if kmh is None else pytest.approx(kmh))


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"highway": "residential"}, EVERYONE),
        ({"highway": "unclassified"}, EVERYONE),
        ({"highway": "living_street"}, EVERYONE),
        ({"highway": "service"}, EVERYONE),
        ({"highway": "track"}, EVERYONE),
        ({"highway": "motorway"}, VEHICLES),
        ({"highway": "motorway_link"}, VEHICLES),
        ({"highway": "trunk", "toll": "yes"}, [*VEHICLES, ON_FOOT]),
        ({"highway": "service", "service": "alley"}, [*LIGHT, MOTORCYCLE, ON_FOOT]),
        ({"highway": "path"}, [MOTORCYCLE, ON_FOOT]),
        ({"highway": "footway"}, [MOTORCYCLE, ON_FOOT]),
        ({"highway": "steps"}, [ON_FOOT]),
        ({"highway": "steps", "emergency": "yes"}, [ON_FOOT]),
        ({"highway": "construction"}, []),
        ({"highway": "proposed"}, []),
        ({}, []),
        # access
        ({"highway": "residential", "access": "private"}, EVERYONE),
        ({"highway": "residential", "access": "no"}, []),
        ({"highway": "residential", "access": "no", "emergency": "yes"}, EVERYONE),
        ({"highway": "residential", "emergency": "no"}, []),
        ({"highway": "residential", "motor_vehicle": "no"}, [ON_FOOT]),
        ({"highway": "residential", "motor_vehicle": "no", "emergency": "designated"}, EVERYONE),
        ({"highway": "residential", "vehicle": "no", "motorcycle": "yes"}, [MOTORCYCLE, ON_FOOT]),
        ({"highway": "footway", "motorcycle": "no"}, [ON_FOOT]),
        ({"highway": "residential", "access": "no", "foot": "yes"}, [ON_FOOT]),
        ({"highway": "primary", "foot": "no"}, [*VEHICLES, MOTORCYCLE]),
        ({"highway": "footway", "emergency": "yes"}, EVERYONE),
        ({"highway": "footway", "access": "yes"}, [MOTORCYCLE, ON_FOOT]),
        ({"highway": "pedestrian", "motor_vehicle": "yes"}, EVERYONE),
        # busways are open to those who come to help
        ({"highway": "busway"}, [*VEHICLES, MOTORCYCLE]),
        ({"highway": "service", "access": "no", "bus": "yes"}, [*VEHICLES, MOTORCYCLE]),
        ({"highway": "service", "motor_vehicle": "no", "psv": "designated"}, EVERYONE),
        # several values: what any of them forbids is forbidden
        ({"highway": "footway;residential"}, [MOTORCYCLE, ON_FOOT]),
        ({"highway": "residential;tertiary", "access": "no;yes"}, []),
    ],
)  # fmt: skip
def test_a_way_is_open_to_whom_its_tags_say(tags: dict[str, str], who: list[str]) -> None:
    assert who_may(tags) == set(who)


def test_the_siren_multiplies_the_posted_limit_and_else_the_speed_of_the_class() -> None:
    ambulance = PROFILES["ambulance"]
    assert speed_kmh({"highway": "primary"}, ambulance) == pytest.approx(65 * 1.3)
    assert speed_kmh({"highway": "primary", "maxspeed": "40"}, ambulance) == pytest.approx(40 * 1.3)
    assert speed_kmh({"highway": "primary", "maxspeed": "signals"}, ambulance) == pytest.approx(65 * 1.3)
    assert speed_kmh({"highway": "primary", "maxspeed": "80;40"}, ambulance) == pytest.approx(40 * 1.3)


def test_no_vehicle_is_faster_than_it_can_be() -> None:
    for profile in PROFILES.values():
        assert speed_kmh({"highway": "trunk", "maxspeed": "200"}, profile) <= profile.top_kmh


def test_walkers_do_not_speed_up_with_the_limit() -> None:
    assert speed_kmh({"highway": "primary", "maxspeed": "80"}, PROFILES["on_foot"]) == 5


def test_a_heavy_vehicle_is_nowhere_faster_than_a_light_one() -> None:
    for highway, _ in PROFILES["fire_engine"].speeds:
        tags = {"highway": highway}
        assert speed_kmh(tags, PROFILES["fire_engine"]) <= speed_kmh(tags, PROFILES["ambulance"])
