"""Isochrones: the area that a unit reaches within so many minutes, as polygons.

    reach = reach_field(network, post, PROFILES["fire_engine"], limit_s=480)
    area = isochrone(reach, within_s=480)          # shapely, EPSG:4326

The area is what lies within some metres of a street that is reached in time, cut off on the street itself where the
time is up. It is for looking at and for counting people; who wants to know about one place asks the field.
"""

import math

import numpy as np
import shapely

from routing.along import street_metres
from routing.cancelling import IsCancelled, give_up_if, never
from routing.great_circle import METRES_PER_DEGREE
from routing.reach import Covered, ReachField

BESIDE_M = 75.0  # half a city block: where streets lie closer, their areas meet
SIMPLIFIED_M = 5.0
STREETS_AT_ONCE = 2000  # neighbours for the most part, as the network is ordered


def isochrone(
    reach: ReachField, within_s: float, beside_m: float = BESIDE_M, is_cancelled: IsCancelled = never
) -> shapely.MultiPolygon:
    """Return the area within `beside_m` of the streets that are reached in time, EPSG:4326; empty if nothing is.

    Takes two seconds for ten minutes of Jakarta, which is most of it: for reports and planning, not for every ping.

    Args:
        within_s: seconds; beyond the field's limit they count as its limit.
    Raises:
        Cancelled: the answer is not wanted any more.
    """
    lines = _lines(reach, reach.covered(within_s))
    box = reach.network.bounds
    origin = np.array([(box.west + box.east) / 2, (box.south + box.north) / 2])
    scale = METRES_PER_DEGREE * np.array([math.cos(math.radians(origin[1])), 1.0])
    flat = shapely.transform(np.array(lines, dtype=object), lambda points: (points - origin) * scale)
    areas = []
    for first in range(0, len(flat), STREETS_AT_ONCE):
        give_up_if(is_cancelled)
        areas.append(shapely.union_all(shapely.buffer(flat[first : first + STREETS_AT_ONCE], beside_m, quad_segs=2)))
    area = shapely.simplify(shapely.union_all(areas), SIMPLIFIED_M)
    area = shapely.transform(area, lambda points: points / scale + origin)
    return shapely.MultiPolygon([part for part in shapely.get_parts(area) if isinstance(part, shapely.Polygon)])


def _lines(reach: ReachField, covered: Covered) -> list[shapely.LineString]:
    """Return the lines of the covered parts of streets, EPSG:4326."""
    network, point_m = reach.network, street_metres(reach.network).point_m
    lines = []
    parts = zip(covered.street.tolist(), covered.from_m.tolist(), covered.to_m.tolist(), strict=True)
    for street, low_m, high_m in dict.fromkeys(parts):  # most streets are driven from end to end both ways
        first, last = int(network.shape_start[street]), int(network.shape_start[street + 1])
        at_m = point_m[first:last]
        inside = (at_m > low_m) & (at_m < high_m)
        places_m = np.concatenate([[low_m], at_m[inside], [high_m]])
        lon = np.interp(places_m, at_m, network.shape_lon[first:last])
        lat = np.interp(places_m, at_m, network.shape_lat[first:last])
        lines.append(shapely.LineString(np.column_stack([lon, lat])))
    return lines
