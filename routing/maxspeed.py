"""The tag maxspeed=* and its kin in their many forms, as km/h."""

import re
from collections.abc import Mapping

from routing.hours import Vehicle, read_conditional

KMH_PER_MPH = 1.609344  # the international mile
KMH_PER_KNOT = 1.852
WALK_KMH = 5.0  # maxspeed=walk, the legal "walking pace"
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?")
_ZONE = re.compile(r"(?:[a-z]{2}:)?zone:?(\d+)|[a-z]{2}:(\d+)")

# What a country's law says where a sign names only the zone (`ID:urban`, `RO:rural`). Indonesia: PM 111/2015, article
# 3(4). Others: https://wiki.openstreetmap.org/wiki/Default_speed_limits. Liechtenstein's law follows Switzerland's.
ZONES: Mapping[str, float] = {
    "id:residential": 30, "id:urban": 50, "id:rural": 80, "id:trunk": 80, "id:motorway": 100,
    "de:living_street": 7, "de:urban": 50, "de:rural": 100, "de:bicycle_road": 30,
    "at:living_street": 5, "at:urban": 50, "at:rural": 100, "at:trunk": 100, "at:motorway": 130,
    "ch:living_street": 20, "ch:urban": 50, "ch:rural": 80, "ch:trunk": 100, "ch:motorway": 120,
    "li:living_street": 20, "li:urban": 50, "li:rural": 80,
    "ro:living_street": 20, "ro:urban": 50, "ro:rural": 90, "ro:trunk": 100, "ro:motorway": 130,
}  # fmt: skip
FORWARD, BACKWARD = "maxspeed:forward", "maxspeed:backward"
CONDITIONAL_KEYS = tuple(f"{key}:conditional" for key in ("maxspeed", FORWARD, BACKWARD))
DIRECTED_KEYS = (FORWARD, BACKWARD, *CONDITIONAL_KEYS[1:])  # along the order of the way's points, and against it
# Tags that name the zone beside or instead of the number.
ZONE_KEYS = ("maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic")


def posted_kmh(maxspeed: str) -> float | None:
    """Read a value of maxspeed=* as km/h; None where it says no number (`none`, `signals`, an unknown zone)."""
    text = maxspeed.strip().lower()
    if text in {"walk", "walking"}:
        return WALK_KMH
    if text in ZONES:
        return ZONES[text]
    zone = _ZONE.fullmatch(text)
    match = _NUMBER.fullmatch(text if zone is None else next(filter(None, zone.groups())))
    if match is None or float(match[1]) <= 0:
        return None
    factor = {"mph": KMH_PER_MPH, "knots": KMH_PER_KNOT}.get(match[2], 1.0)
    return float(match[1]) * factor


def limit_kmh(tags: Mapping[str, str], vehicle: Vehicle, hour: int | None, is_back: bool) -> float | None:
    """Return the limit on a way in one direction; None where its tags name none.

    What is said of the direction goes before what is said of the way. A conditional limit counts in its hours and only
    if it is lower, so that no arrival time relies on a night's haste.

    Args:
        is_back: driven against the order of the way's points.
    """
    in_direction = BACKWARD if is_back else FORWARD
    said = next((key for key in (in_direction, "maxspeed") if key in tags), None)
    of_zone = (posted_kmh(tags[key]) for key in ZONE_KEYS if key in tags)
    first = posted_kmh(tags[said]) if said is not None else next((kmh for kmh in of_zone if kmh is not None), None)
    limits = [first]
    for key in ("maxspeed:conditional", f"{in_direction}:conditional"):
        if hour is not None and key in tags:
            limits += [posted_kmh(each.value) for each in read_conditional(tags[key], vehicle) if hour in each.hours]
    return min((kmh for kmh in limits if kmh is not None), default=None)
