"""Where it happens again and again: junctions of large roads, markets and stations; and everywhere else a little.

crossings of large roads ─┐
markets, malls, stations ─┴─► a dozen, far apart, the first the busiest ─► a scene on a road some steps away
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.coordinates import LonLat
from geo112.database import rows
from geo112.simulation.callers import SCENE_PROFILE
from geo112.simulation.ground import Ground, metres_between, moved

HOT_SPOTS = 12
APART_M = 700.0  # so that two do not fall into one cell of the heat map
HOT_SHARE = 0.7  # of the incidents; the rest lies anywhere
SPREAD_M = 80.0  # standard deviation east and north
REACH_M = 400.0
OWN_KIND = 0.5  # of a hot spot's incidents are of the kind that it is known for
KNOWN_FOR = {
    "junction": ("traffic_accident",),
    "place": ("security", "medical", "fire"),
}

JUNCTIONS = text("""
    SELECT DISTINCT ST_X(crossing.point) AS lon, ST_Y(crossing.point) AS lat
      FROM road AS one
      JOIN road AS other ON ST_Intersects(one.line, other.line) AND one.name < other.name
           CROSS JOIN LATERAL (SELECT ST_PointOnSurface(ST_Intersection(one.line, other.line)) AS point) AS crossing
     WHERE one.highway IN ('trunk', 'primary', 'secondary')
       AND other.highway IN ('trunk', 'primary', 'secondary', 'tertiary')
     ORDER BY lon, lat""")

PLACES = text("""
    SELECT DISTINCT ST_X(point) AS lon, ST_Y(point) AS lat
      FROM gazetteer
     WHERE kind = 'place' AND category IN ('marketplace', 'mall', 'bus_station', 'station', 'department_store')
     ORDER BY lon, lat""")


@dataclass(frozen=True, slots=True)
class HotSpot:
    middle: LonLat
    known_for: str  # type of incident


@dataclass(frozen=True, slots=True)
class Scene:
    """Where something happens; `kind` is its type of incident where the place suggests one."""

    point: LonLat
    kind: str | None


class Scenes:
    """The scenes of a city."""

    def __init__(self, ground: Ground, spots: Sequence[HotSpot]) -> None:
        self.spots = tuple(spots)
        self._ground = ground
        self._weights = [1.0 / (place + 2) for place in range(len(spots))]

    def scene(self, rng: random.Random) -> Scene:
        """Return where the next incident happens: on a road, most often at a hot spot."""
        if self.spots and rng.random() < HOT_SHARE:
            spot = rng.choices(self.spots, self._weights)[0]
            near = moved(spot.middle, rng.gauss(0.0, SPREAD_M), rng.gauss(0.0, SPREAD_M))
            place = self._ground.settle(near, SCENE_PROFILE, REACH_M)
            if place is not None:
                return Scene(LonLat(*place.point), spot.known_for if rng.random() < OWN_KIND else None)
        return Scene(LonLat(*self._ground.random_place(SCENE_PROFILE, rng).point), None)


async def scenes(session: AsyncSession, ground: Ground, rng: random.Random) -> Scenes:
    """Choose the hot spots of the city in force: as many junctions as places, and any road where those are few."""
    candidates = []
    for sort, statement in (("junction", JUNCTIONS), ("place", PLACES)):
        found = [LonLat(one.lon, one.lat) for one in await rows(session, statement)]
        rng.shuffle(found)
        candidates.append([HotSpot(point, rng.choice(KNOWN_FOR[sort])) for point in found])
    in_turn = [spot for pair in zip(*candidates, strict=False) for spot in pair]
    in_turn += [spot for spot in (*candidates[0], *candidates[1]) if spot not in in_turn]
    in_turn += [
        HotSpot(LonLat(*ground.random_place(SCENE_PROFILE, rng).point), "traffic_accident") for _ in range(HOT_SPOTS)
    ]
    chosen: list[HotSpot] = []
    for spot in in_turn:
        if len(chosen) < HOT_SPOTS and all(metres_between(spot.middle, one.middle) >= APART_M for one in chosen):
            chosen.append(spot)
    return Scenes(ground, chosen)
