"""Where a unit may be by now, when its newest fix is old: what it can have reached since. Pure.

old fix ─ a road of its kind near? ─► as far as the roads let it, and a little beside them
        └ none, or no roads at all ─► a circle
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import shapely

from geo112.city.gazetteer import METRES_PER_DEGREE
from geo112.coordinates import LonLat
from routing.isochrone import BESIDE_M, isochrone
from routing.metric import ANY_TIME, Conditions
from routing.network import RoadNetwork
from routing.profiles import PROFILES, Profile
from routing.reach import reach_field
from routing.snap import snap

SNAP_WITHIN_M: Final = 100.0  # farther from every road, a unit is not on one
LONGEST_S: Final = 900.0  # after a quarter of an hour an area says no more than the map
SLACK: Final = 1.05  # drivers are at times quicker than the table of speeds
DETOUR: Final = 1.3  # roads are longer than the straight line by about this much where they are many
PACE: Final = "secondary"  # the class of road whose speed is that of a drive across a city


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The area that a unit can have reached since its newest fix."""

    area: shapely.Geometry  # polygons, EPSG:4326
    by: Literal["road", "circle"]
    since_s: float  # for how long it may have driven, at most LONGEST_S


def whereabouts(
    network: RoadNetwork | None,
    profile: str,
    fix: LonLat,
    age_s: float,
    accuracy_m: float | None = None,
    conditions: Conditions = ANY_TIME,
) -> Whereabouts:
    """Return where a unit may be that was at `fix` so many seconds ago.

    Args:
        profile: a key of PROFILES. accuracy_m: radius of the fix, added on every side.
    """
    since_s = min(max(age_s, 0.0), LONGEST_S)
    beside_m = max(BESIDE_M, accuracy_m or 0.0)
    place = None if network is None else snap(network, fix.lon, fix.lat, PROFILES[profile], SNAP_WITHIN_M)
    if network is not None and place is not None:
        limit_s = SLACK * since_s
        reach = reach_field(network, place, PROFILES[profile], limit_s, conditions=conditions)
        area = isochrone(reach, limit_s, beside_m)
        if not area.is_empty:
            return Whereabouts(area, "road", since_s)
    return Whereabouts(circle(fix, beside_m + since_s * straight_mps(PROFILES[profile])), "circle", since_s)


def straight_mps(profile: Profile) -> float:
    """Return how fast a vehicle gets away in a straight line where no roads are known, metres a second."""
    kmh = dict(profile.speeds).get(PACE, 0.0) or max(kmh for _, kmh in profile.speeds)
    return min(profile.top_kmh, profile.siren_factor * kmh) / DETOUR / 3.6


def circle(middle: LonLat, radius_m: float) -> shapely.Polygon:
    """Return a circle on the ground, EPSG:4326."""
    round_one = shapely.buffer(shapely.Point(0, 0), radius_m, quad_segs=16)
    scale = (METRES_PER_DEGREE * math.cos(math.radians(middle.lat)), METRES_PER_DEGREE)
    return shapely.transform(round_one, lambda metres: metres / scale + (middle.lon, middle.lat))


def area_m2(area: shapely.Geometry) -> float:
    """Return the size of an area, EPSG:4326, on the ground."""
    middle = shapely.centroid(area)
    return float(shapely.area(area)) * METRES_PER_DEGREE**2 * math.cos(math.radians(middle.y))
