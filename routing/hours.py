"""When something is in force: hours of the week, read from OSM's opening hours and conditional values.

    05:00-23:00                         a gate that is shut at night
    no_left_turn @ (Mo-Fr 06:00-09:00)  a turn that is forbidden in the morning
    60 @ (22:00-06:00); 80 @ wet        limits; the weather is not known here, so the second is not in force

Hours count from Monday 00:00 in the city's local time, 0 … 167. An hour of which only a part is meant counts whole.
Only the common forms of https://wiki.openstreetmap.org/wiki/Key:opening_hours are read: days, times, `24/7`, `off`.
"""

import operator
import re
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
WEEK_H = 168
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le
}  # fmt: skip

# Transport modes that conditions name: https://wiki.openstreetmap.org/wiki/Key:access#Transport_mode_restrictions
CLASSES = frozenset(
    {
        "vehicle", "motor_vehicle", "motorcar", "motorcycle", "moped", "mofa", "hgv", "goods", "bus", "psv", "taxi",
        "tourist_bus", "coach", "emergency", "bicycle", "foot", "horse", "agricultural", "trailer", "hazmat",
    }
)  # fmt: skip

Hours = frozenset[int]  # hours of the week
ALWAYS: Hours = frozenset(range(WEEK_H))
NEVER: Hours = frozenset()

_DAY = "|".join(DAYS)
_RULE = re.compile(
    rf"(?P<days>(?:{_DAY})(?:\s*[-,]\s*(?:{_DAY}))*)?\s*:?\s*"
    r"(?P<times>\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}(?:\s*,\s*\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2})*)?"
    r"\s*(?P<off>off|closed)?"
)
_AT_LEAST = re.compile(r"(weight|maxweight|maxweightrating|height|width)\s*(>=|>|<=|<)\s*(\d+(?:\.\d+)?)\s*(?:t|m)?")


class Conditional(NamedTuple):
    """One value of a conditional tag and when it is in force."""

    value: str
    hours: Hours


class Vehicle(NamedTuple):
    """What a condition may ask of a vehicle."""

    classes: Collection[str]  # of OSM's transport modes
    weight_t: float
    height_m: float
    width_m: float


def read_hours(text: str) -> Hours | None:
    """Read opening hours; None where they say something that is not understood here.

    Rules of public and school holidays are passed over: no calendar of them is kept.
    """
    found: set[int] = set()
    understood = False
    for rule in text.strip().lower().split(";"):
        rule = rule.strip()
        if not rule or rule.startswith(("ph", "sh")):
            continue
        if rule == "24/7":
            return ALWAYS
        match = _RULE.fullmatch(rule)
        if match is None or not any(match.group("days", "times", "off")):
            return None
        days = _days(match["days"] or "mo-su")
        of_rule = {hour for day in days for hour in _hours_of_day(day, match["times"])}
        if match["off"]:
            found -= of_rule
        else:
            found = {hour for hour in found if hour // 24 not in days} | of_rule  # a later rule replaces its days
        understood = True
    return frozenset(found) if understood else None


def read_conditional(text: str, vehicle: Vehicle) -> list[Conditional]:
    """Read `value @ (conditions); …` for a vehicle. A value under conditions that are not understood stays out."""
    found = []
    for value, conditions in _clauses(text):
        hours: Hours | None = ALWAYS
        for condition in conditions:
            met = _when(condition, vehicle)
            hours = None if met is None or hours is None else hours & met
        if hours:
            found.append(Conditional(value, hours))
    return found


def values_if_read(text: str) -> list[str] | None:
    """Return the values of `value @ (conditions); …` if all conditions are understood for any vehicle; else None."""
    nobody = Vehicle((), 0, 0, 0)
    clauses = _clauses(text)
    for _, conditions in clauses:
        if any(each not in CLASSES and _when(each, nobody) is None for each in conditions):
            return None
    return [value for value, _ in clauses] or None


def _clauses(text: str) -> list[tuple[str, list[str]]]:
    """Return the values of a conditional tag, each with its conditions."""
    clauses = []
    for clause in _outside_brackets(text, ";"):
        value, at, conditions = clause.partition("@")
        if at:
            each = re.split(r"\s+and\s+", conditions.strip().strip("()").strip(), flags=re.IGNORECASE)
            clauses.append((value.strip(), [condition.strip().lower() for condition in each]))
    return clauses


def _when(condition: str, vehicle: Vehicle) -> Hours | None:
    compared = _AT_LEAST.fullmatch(condition)
    if compared:
        sizes = {"height": vehicle.height_m, "width": vehicle.width_m}
        size, limit = sizes.get(compared[1], vehicle.weight_t), float(compared[3])
        return ALWAYS if COMPARISONS[compared[2]](size, limit) else NEVER
    if condition in vehicle.classes:
        return ALWAYS
    return read_hours(condition)


def _days(text: str) -> set[int]:
    days: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        days |= {day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)}
    return days


def _hours_of_day(day: int, times: str | None) -> set[int]:
    if times is None:
        return set(range(24 * day, 24 * day + 24))
    hours: set[int] = set()
    for span in times.replace(" ", "").split(","):
        begin_min, end_min = (60 * int(clock.split(":")[0]) + int(clock.split(":")[1]) for clock in span.split("-"))
        if end_min <= begin_min:
            end_min += 24 * 60  # past midnight
        hours |= {(24 * day + hour) % WEEK_H for hour in range(begin_min // 60, -(-end_min // 60))}
    return hours


def _outside_brackets(text: str, separator: str) -> list[str]:
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == separator and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
