"""Width, height and weight: what a way or a gate lets through."""

import re
from collections.abc import Callable, Mapping

from routing.profiles import CAR, Profile

_METRES = re.compile(r"(\d+(?:[.,]\d+)?)\s*(m|cm|ft)?")
_FEET = re.compile(r"(\d+)\s*'\s*(?:(\d+)\s*(?:\"|''))?")
_TONNES = re.compile(r"(\d+(?:[.,]\d+)?)\s*(t|kg|st|lbs)?")
_METRES_PER = {None: 1.0, "m": 1.0, "cm": 0.01, "ft": 0.3048}
_TONNES_PER = {None: 1.0, "t": 1.0, "kg": 0.001, "st": 0.90718474, "lbs": 0.00045359237}

WIDTH_KEYS = ("maxwidth", "maxwidth:physical", "width", "est_width")
HEIGHT_KEYS = ("maxheight", "maxheight:physical")
WEIGHT_KEYS = ("maxweight", "maxweightrating")
# Streets on which a long vehicle cannot come round at once: an outer radius of 10.5 m (our assumption for a pumper of
# 8 m; fire codes ask for 25 to 50 feet) and a body of 2.5 m want 10.5 - 8 × cos(θ / 2) metres for a turn of θ in both
# streets: 4.8 m for 90°, 5.9 m for 110°. What must let a fire engine pass is 4 m wide (SNI 03-1735-2000, 4.2.2).
NARROW_M = 6.0
NARROW_CLASSES = frozenset({"service", "living_street"})
# On tracks 10 km/h leave time for corners; to count theirs would double the copies of nodes in a forest.
ROOM_CLASSES = frozenset(CAR) - {"track"}
NO_ROOM, NARROW, WIDE = range(3)  # for a long vehicle to turn in
SIZE_KEYS = (*WIDTH_KEYS, *HEIGHT_KEYS, *WEIGHT_KEYS)


def fits(tags: Mapping[str, str], profile: Profile) -> bool:
    """Say whether the vehicle fits. Values that are no number (`default`, `below_default`) say nothing here."""
    return (
        _is_below(tags, WIDTH_KEYS, profile.width_m, metres)
        and _is_below(tags, HEIGHT_KEYS, profile.height_m, metres)
        and _is_below(tags, WEIGHT_KEYS, profile.weight_t, tonnes)
    )


def room_to_turn(tags: Mapping[str, str]) -> int:
    """Return WIDE or NARROW by a street's width, else by its class; NO_ROOM on tracks and where no car drives."""
    classes = tags.get("highway", "").split(";")
    if not ROOM_CLASSES.issuperset(classes):
        return NO_ROOM
    widths = [width for key in ("width", "est_width") if key in tags and (width := metres(tags[key])) is not None]
    is_narrow = min(widths) < NARROW_M if widths else not NARROW_CLASSES.isdisjoint(classes)
    return NARROW if is_narrow else WIDE


def metres(text: str) -> float | None:
    """Read `2.5`, `2.5 m`, `250 cm`, `7'10"` as metres."""
    text = text.strip().lower()
    match = _METRES.fullmatch(text)
    if match:
        return float(match[1].replace(",", ".")) * _METRES_PER[match[2]]
    feet = _FEET.fullmatch(text)
    return None if feet is None else (int(feet[1]) + int(feet[2] or 0) / 12) * 0.3048


def tonnes(text: str) -> float | None:
    """Read `3.5`, `3.5 t`, `3500 kg` as tonnes."""
    match = _TONNES.fullmatch(text.strip().lower())
    return None if match is None else float(match[1].replace(",", ".")) * _TONNES_PER[match[2]]


def _is_below(tags: Mapping[str, str], keys: tuple[str, ...], size: float, read: Callable[[str], float | None]) -> bool:
    limits = [limit for key in keys if key in tags and (limit := read(tags[key])) is not None]
    return not limits or size <= min(limits)
