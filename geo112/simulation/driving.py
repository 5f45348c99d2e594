"""How a vehicle moves and what its phone makes of it. Pure: everything follows from the time asked for.

path (seconds by the network) ─ driver ─► Drive: where at this moment ─ Gps ─► what the phone says
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from geo112.coordinates import LonLat
from geo112.simulation.ground import Ground, metres_between, moved
from routing.course import Course, Position

GPS_MEMORY_S = 20.0  # errors of GPS drift, they do not jump: after this long about a third of one is left


class Motion(Protocol):
    """Where a vehicle is at a moment."""

    def at(self, moment: datetime) -> Position: ...

    def is_moving(self, moment: datetime) -> bool: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """A vehicle that stands."""

    point: LonLat
    bearing_deg: float = 0.0

    def at(self, moment: datetime) -> Position:
        return Position(self.point.lon, self.point.lat, self.bearing_deg, 0.0)

    def is_moving(self, moment: datetime) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Drive:
    """A vehicle on its way along a path. It takes `factor` times the path's seconds, now faster, now slower."""

    path: Course
    starts_at: datetime
    factor: float  # of the driver and the hour; 1: as the network says
    wobble: float = 0.0  # below 1: how far the pace swings around the mean
    waves: int = 1  # how often it swings on the way

    @property
    def duration_s(self) -> float:
        return self.path.seconds * self.factor

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(seconds=self.duration_s)

    def is_moving(self, moment: datetime) -> bool:
        return self.starts_at <= moment < self.ends_at

    def at(self, moment: datetime) -> Position:
        """Return where the vehicle is; before the start at the origin, after the end there."""
        share = self._share(moment)
        position = self.path.position_at(self.path.seconds * self._progress(share))
        pace = (1.0 + self.wobble * math.cos(2 * math.pi * self.waves * share)) / self.factor
        return position._replace(speed_mps=position.speed_mps * pace if self.is_moving(moment) else 0.0)

    def comes_within(self, metres: float) -> datetime:
        """Return when so many metres of the way are left; the start where the whole way is shorter."""
        left_m, index = 0.0, len(self.path.points) - 1
        while index > 0:
            step_m = metres_between(LonLat(*self.path.points[index - 1]), LonLat(*self.path.points[index]))
            if left_m + step_m >= metres:
                share = (metres - left_m) / step_m if step_m > 0 else 0.0
                here_s, next_s = self.path.point_s[index - 1], self.path.point_s[index]
                return self._moment(next_s - share * (next_s - here_s))
            left_m, index = left_m + step_m, index - 1
        return self.starts_at

    def _share(self, moment: datetime) -> float:
        if self.duration_s <= 0:
            return 1.0
        return min(max((moment - self.starts_at).total_seconds() / self.duration_s, 0.0), 1.0)

    def _progress(self, share: float) -> float:
        """Return which share of the path's seconds is driven after a share of the time: 0 at 0, 1 at 1, rising."""
        turn = 2 * math.pi * self.waves
        return share + self.wobble * math.sin(turn * share) / turn

    def _moment(self, path_s: float) -> datetime:
        wanted = path_s / self.path.seconds if self.path.seconds > 0 else 1.0
        low, high = 0.0, 1.0
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if self._progress(middle) < wanted else (low, middle)
        return self.starts_at + timedelta(seconds=high * self.duration_s)


class Gps:
    """A phone's receiver: right to some metres, with errors that drift.

    Args:
        sigma_m: standard deviation east and north, metres.
    """

    def __init__(self, rng: random.Random, sigma_m: float) -> None:
        self._rng = rng
        self.sigma_m = sigma_m
        self._east_m = rng.gauss(0.0, sigma_m)
        self._north_m = rng.gauss(0.0, sigma_m)
        self._at: datetime | None = None

    def seen(self, position: Position, moment: datetime) -> LonLat:
        """Return where the phone believes to be."""
        passed_s = GPS_MEMORY_S if self._at is None else (moment - self._at).total_seconds()
        kept = math.exp(-max(passed_s, 0.0) / GPS_MEMORY_S)
        fresh_m = self.sigma_m * math.sqrt(1.0 - kept * kept)
        self._east_m = kept * self._east_m + self._rng.gauss(0.0, fresh_m)
        self._north_m = kept * self._north_m + self._rng.gauss(0.0, fresh_m)
        self._at = moment
        return moved(LonLat(position.lon, position.lat), self._east_m, self._north_m)


@dataclass(frozen=True, slots=True)
class DeadZones:
    """Circles of the city where no phone has a network."""

    circles: tuple[tuple[LonLat, float], ...]  # (middle, radius in metres)

    def cover(self, point: LonLat) -> bool:
        return any(metres_between(point, middle) < radius_m for middle, radius_m in self.circles)


def dead_zones(ground: Ground, posts: Sequence[LonLat], rng: random.Random, count: int = 6) -> DeadZones:
    """Return some places without network, on roads but never at a post: there the crew must hear the alarm."""
    circles: list[tuple[LonLat, float]] = []
    for _ in range(count * 20):
        if len(circles) == count:
            break
        middle, radius_m = LonLat(*ground.random_place("police_car", rng).point), rng.uniform(120.0, 350.0)
        if all(metres_between(middle, post) > radius_m + 150.0 for post in posts):
            circles.append((middle, radius_m))
    return DeadZones(tuple(circles))
