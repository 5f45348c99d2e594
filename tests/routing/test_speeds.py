"""Who may use which way, and how fast: the table, tag by tag."""

import pytest

from routing.hourly import OTHERS, SpeedSet
from routing.profiles import PROFILES
from routing.sizes import metres
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


@pytest.mark.parametrize(
    ("tags", "kmh"),
    [
        ({"maxspeed:forward": "60", "maxspeed:backward": "40"}, 40),
        ({"maxspeed:type": "ID:urban"}, 50),
        ({"source:maxspeed": "DE:rural"}, 100),
        ({"zone:maxspeed": "DE:30"}, 30),
        ({"maxspeed": "70", "maxspeed:type": "ID:urban"}, 70),
        ({"maxspeed": "none", "maxspeed:type": "ID:urban"}, 65),  # said to be without limit: as fast as the class
        ({"maxspeed:type": "sign"}, 65),
    ],
)
def test_a_limit_may_be_said_by_direction_or_by_zone(tags: dict[str, str], kmh: float) -> None:
    police = PROFILES["police_car"]
    assert speed_kmh({"highway": "primary"} | tags, police) == pytest.approx(min(1.3 * kmh, police.top_kmh))


def test_a_conditional_limit_counts_in_its_hours_and_only_if_it_is_lower() -> None:
    tags = {
        "highway": "primary",
        "maxspeed": "60",
        "maxspeed:conditional": "30 @ (Mo-Fr 07:00-09:00); 100 @ (22:00-05:00)",
    }
    kmh = {hour: speed_kmh(tags, PROFILES["police_car"], hour) / 1.3 for hour in (None, 8, 12, 23)}
    assert kmh == pytest.approx({None: 60, 8: 30, 12: 60, 23: 60})


def test_a_street_may_be_closed_at_some_hours() -> None:
    tags = {"highway": "residential", "motor_vehicle:conditional": "no @ (Su 06:00-11:00)"}
    assert speed_kmh(tags, PROFILES["ambulance"], 6 * 24 + 7) == 0
    assert speed_kmh(tags, PROFILES["ambulance"], 7) == speed_kmh(tags, PROFILES["ambulance"]) > 0
    assert speed_kmh(tags, PROFILES["on_foot"], 6 * 24 + 7) == 5


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"maxheight": "2.7"}, [*LIGHT, MOTORCYCLE, ON_FOOT]),
        ({"maxheight": "4.2 m"}, EVERYONE),
        ({"maxheight": "below_default"}, EVERYONE),
        ({"maxwidth": "2.0"}, [*LIGHT, MOTORCYCLE, ON_FOOT]),
        ({"width": "1.5"}, [MOTORCYCLE, ON_FOOT]),
        ({"width": "240 cm"}, [*LIGHT, "rescue_truck", MOTORCYCLE, ON_FOOT]),
        ({"est_width": "0.8"}, [ON_FOOT]),
        ({"maxweight": "3.5"}, [*LIGHT, MOTORCYCLE, ON_FOOT]),
        ({"maxweight": "10000 kg"}, [*LIGHT, "rescue_truck", MOTORCYCLE, ON_FOOT]),
    ],
)  # fmt: skip
def test_a_vehicle_that_is_too_big_or_heavy_is_kept_out(tags: dict[str, str], who: list[str]) -> None:
    assert who_may({"highway": "residential"} | tags) == set(who)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2.5", 2.5), ("2,5 m", 2.5), ("250 cm", 2.5), ("8'", 2.4384), ("7'10\"", 2.38760), ("low", None), ("", None)],
)
def test_sizes_are_read_in_their_many_forms(text: str, value: float | None) -> None:
    assert metres(text) == (None if value is None else pytest.approx(value))


def test_a_speed_set_takes_its_share_by_class_and_hour_and_only_where_an_hour_is_known() -> None:
    rush = SpeedSet("rush", 1, (("primary", (1.0,) * 7 + (0.5,) * 2 + (0.8,) * 15), (OTHERS, (0.9,) * 24)))
    police = PROFILES["police_car"]

    def kmh(highway: str, hour: int | None) -> float:
        return speed_kmh({"highway": highway}, police, hour, rush) / police.siren_factor

    assert kmh("primary", 7) == pytest.approx(32.5)
    assert kmh("primary", 24 + 8) == pytest.approx(32.5)  # a day has the same hours all week
    assert kmh("primary", 6) == pytest.approx(65)
    assert kmh("residential", 7) == pytest.approx(22.5)
    assert kmh("primary", None) == pytest.approx(65)


@pytest.mark.parametrize("row", [(1.0,) * 23, (1.0,) * 23 + (0.0,), (1.0,) * 23 + (1.1,)])
def test_a_row_that_is_no_day_of_shares_is_refused(row: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="24 shares"):
        SpeedSet("wrong", 1, (("primary", row),))


def test_no_vehicle_is_heavier_wider_or_slower_to_turn_than_the_fire_engine() -> None:
    engine = PROFILES["fire_engine"]
    for profile in PROFILES.values():
        assert (profile.width_m, profile.height_m, profile.weight_t) <= (
            engine.width_m,
            engine.height_m,
            engine.weight_t,
        )
        assert profile.delays.u_turn_s <= engine.delays.u_turn_s
        assert profile.delays.narrow_u_turn_s <= engine.delays.narrow_u_turn_s
        assert profile.delays.sharp_turn_s <= engine.delays.sharp_turn_s


@pytest.mark.parametrize(
    ("tags", "along_kmh", "back_kmh"),
    [
        ({"maxspeed:forward": "60", "maxspeed:backward": "40"}, 60, 40),
        ({"maxspeed": "70", "maxspeed:backward": "50"}, 70, 50),
        ({"maxspeed": "50", "maxspeed:forward": "70"}, 70, 50),  # what is said of the direction goes first
        ({"maxspeed:forward": "40"}, 40, 65),  # nothing is said of the other: the speed of the class
        ({"maxspeed:type": "ID:urban", "maxspeed:backward": "30"}, 50, 30),
    ],
)
def test_a_limit_of_one_direction_counts_in_that_direction_alone(
    tags: dict[str, str], along_kmh: float, back_kmh: float
) -> None:
    tags, police = {"highway": "primary"} | tags, PROFILES["police_car"]
    assert speed_kmh(tags, police, is_back=False) == pytest.approx(1.3 * along_kmh)
    assert speed_kmh(tags, police, is_back=True) == pytest.approx(1.3 * back_kmh)
    assert speed_kmh(tags, police) == pytest.approx(1.3 * min(along_kmh, back_kmh))


def test_a_conditional_limit_of_one_direction_counts_in_that_direction_alone() -> None:
    tags = {"highway": "primary", "maxspeed": "60", "maxspeed:forward:conditional": "30 @ (07:00-09:00)"}
    police = PROFILES["police_car"]
    assert speed_kmh(tags, police, 8, is_back=False) == pytest.approx(1.3 * 30)
    assert speed_kmh(tags, police, 8, is_back=True) == speed_kmh(tags, police, 12, is_back=False) > 1.3 * 30
