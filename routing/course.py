"""Where a vehicle is after so many seconds on a line with times."""

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routing.great_circle import great_circle_m
from routing.network import LonLat


class Position(NamedTuple):
    """Where a vehicle is on its course."""

    lon: float
    lat: float
    bearing_deg: float  # clockwise from north, 0 … 360
    speed_mps: float  # 0 at the end of the course


@dataclass(frozen=True, slots=True)
class Course:
    """A line and when a vehicle is at each of its points."""

    points: tuple[LonLat, ...]
    point_s: tuple[float, ...]  # seconds from the first point
    length_m: float

    @property
    def seconds(self) -> float:
        return self.point_s[-1]

    def position_at(self, seconds: float) -> Position:
        """Return where a vehicle is that drives exactly as planned; before 0 at the origin, after the end there."""
        if len(self.points) == 1:
            return Position(*self.points[0], 0.0, 0.0)
        step = min(max(bisect_right(self.point_s, seconds) - 1, 0), len(self.points) - 2)
        while step > 0 and self.point_s[step] == self.point_s[step + 1]:
            step -= 1  # points that coincide have no direction
        here, there = self.points[step], self.points[step + 1]
        duration_s = self.point_s[step + 1] - self.point_s[step]
        share = min(max((seconds - self.point_s[step]) / duration_s, 0.0), 1.0) if duration_s > 0 else 0.0
        length_m = _between_m(here, there)
        is_moving = duration_s > 0 and seconds < self.seconds
        return Position(
            here.lon + share * (there.lon - here.lon),
            here.lat + share * (there.lat - here.lat),
            _bearing_deg(here, there),
            length_m / duration_s if is_moving else 0.0,
        )


def _between_m(here: LonLat, there: LonLat) -> float:
    ends = [np.array([value]) for value in (*here, *there)]
    return float(great_circle_m(*ends)[0])


def _bearing_deg(here: LonLat, there: LonLat) -> float:
    """Return the initial great-circle bearing, clockwise from north."""
    lat1, lat2 = math.radians(here.lat), math.radians(there.lat)
    delta = math.radians(there.lon - here.lon)
    y = math.sin(delta) * math.cos(lat2)
    x = math.cos(lat1) * math.sin(lat2) - math.sin(lat1) * math.cos(lat2) * math.cos(delta)
    return math.degrees(math.atan2(y, x)) % 360.0
