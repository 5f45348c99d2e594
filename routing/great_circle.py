"""Lengths on the sphere, to the last bit as osmnx measures them, so that both networks weigh the same."""

import numpy as np
from numpy.typing import NDArray

# osmnx.distance.EARTH_RADIUS_M: the mean radius (2a + b) / 3 of WGS 84, in whole metres.
EARTH_RADIUS_M = 6_371_009.0
METRES_PER_DEGREE = EARTH_RADIUS_M * np.pi / 180.0

Floats = NDArray[np.float64]


def great_circle_m(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Measure great-circle distances in metres between WGS 84 points in degrees (haversine), shape as given."""
    y1, y2 = np.deg2rad(lat1), np.deg2rad(lat2)
    delta_x = np.deg2rad(lon2) - np.deg2rad(lon1)
    h = np.sin((y2 - y1) / 2) ** 2 + np.cos(y1) * np.cos(y2) * np.sin(delta_x / 2) ** 2
    metres: Floats = 2 * np.arcsin(np.sqrt(np.minimum(1.0, h))) * EARTH_RADIUS_M
    return metres
