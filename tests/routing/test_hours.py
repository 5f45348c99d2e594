"""Hours of the week, as mappers write them."""

import pytest

from routing.hours import ALWAYS, Conditional, Vehicle, read_conditional, read_hours

ENGINE = Vehicle(("vehicle", "motor_vehicle", "hgv"), weight_t=15, height_m=3.3, width_m=2.5)
CAR = Vehicle(("vehicle", "motor_vehicle", "motorcar"), weight_t=2, height_m=2, width_m=1.8)


def each_day(*hours: int) -> frozenset[int]:
    return frozenset(24 * day + hour for day in range(7) for hour in hours)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("24/7", ALWAYS),
        ("05:00-23:00", each_day(*range(5, 23))),
        ("22:00-05:00", each_day(22, 23, 0, 1, 2, 3, 4)),
        ("06:30-09:15", each_day(6, 7, 8, 9)),
        ("07:00-09:00,16:00-18:00", each_day(7, 8, 16, 17)),
        ("Mo-Fr 07:00-09:00", frozenset(24 * day + hour for day in range(5) for hour in (7, 8))),
        ("Sa,Su", frozenset(range(120, 168))),
        ("Fr-Mo 00:00-01:00", frozenset({96, 120, 144, 0})),
        ("Mo-Su 08:00-10:00; Su off", frozenset(24 * day + hour for day in range(6) for hour in (8, 9))),
        ("08:00-10:00; Su 12:00-13:00; PH off", frozenset(
            {24 * day + hour for day in range(6) for hour in (8, 9)} | {156}
        )),
        ("Su 23:00-01:00", frozenset({167, 0})),
        ("sunrise-sunset", None),
        ("by appointment", None),
        ("", None),
    ],
)  # fmt: skip
def test_hours_are_read_in_their_common_forms(text: str, hours: frozenset[int] | None) -> None:
    assert read_hours(text) == hours


def test_a_condition_may_name_hours_vehicles_and_sizes() -> None:
    def values(text: str, vehicle: Vehicle = ENGINE) -> list[Conditional]:
        return read_conditional(text, vehicle)

    assert values("no_left_turn @ (Mo-Su 07:00-09:00)") == [Conditional("no_left_turn", each_day(7, 8))]
    assert values("60 @ 22:00-23:00; 80 @ wet") == [Conditional("60", each_day(22))]
    assert values("no @ (Mo-Su 07:00-08:00; Sa off)") == [
        Conditional("no", frozenset(24 * day + 7 for day in (0, 1, 2, 3, 4, 6)))
    ]
    assert values("no @ (weight>7.5)") == [Conditional("no", ALWAYS)]
    assert values("no @ (weight>7.5)", CAR) == []
    assert values("no @ (hgv AND 07:00-08:00)") == [Conditional("no", each_day(7))]
    assert values("no @ (hgv AND 07:00-08:00)", CAR) == []
    assert values("no_left_turn") == []
