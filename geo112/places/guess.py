"""A candidate on its way through the ranking, and what is said of it to the desk."""

import math
from dataclasses import dataclass, field
from typing import Final

import shapely

from geo112.city.gazetteer import METRES_PER_DEGREE
from geo112.coordinates import LonLat

LOCAL: Final = "local_name"
PLACES: Final = ("place", LOCAL)


@dataclass(frozen=True, slots=True)
class Why:
    """One reason, in both languages."""

    words_id: str
    words_en: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may be the scene."""

    id: str
    label: str
    kind: str  # coordinates, crossing, house, km, between, street, place, local_name, or the kind of area
    point: LonLat
    uncertainty_m: float  # a radius meant to hold the scene nine times of ten
    confidence: float  # 0 to 1: how likely this is what was meant
    areas: tuple[str, ...]  # smallest first
    why: tuple[Why, ...]


@dataclass(slots=True)
class Guess:
    """A thing, or two that meet, that may be meant."""

    things: tuple[int, ...]
    kind: str
    label: str
    point: LonLat
    score: float
    mask: int  # the words that name it, one bit each
    told: int  # and those that what lies around it explains
    cover: float  # how much of its name was said
    explained: float  # how much of the words it explains, 0 to 1
    uncertainty_m: float
    reasons: list[int]  # things around it that were said too
    shape: shapely.Geometry | None = None  # the part of a street that was said
    areas: list[int] = field(default_factory=list)  # smallest first
    is_part: bool = False  # of a long street
    why: list[Why] = field(default_factory=list)


def distance_m(one: LonLat, other: LonLat) -> float:
    """Return the distance on a plane through both, in metres; good for a city."""
    east = (one.lon - other.lon) * math.cos(math.radians((one.lat + other.lat) / 2))
    return math.hypot(east, one.lat - other.lat) * METRES_PER_DEGREE
