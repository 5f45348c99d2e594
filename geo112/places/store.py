"""The SQL of what lies at a point, on the layers that the import filled."""

from dataclasses import dataclass
from typing import Final

import shapely
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.city import features
from geo112.city.gazetteer import METRES_PER_DEGREE
from geo112.coordinates import LonLat
from geo112.database import row, rows
from geo112.places.readback import MEETING_M, cross_streets

STREET_AT = text("""
    SELECT id, name, ST_AsBinary(shape) AS shape,
           ST_Distance(CAST(shape AS geography), CAST(place.point AS geography)) AS distance_m
      FROM gazetteer, (SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS point) AS place
     WHERE kind = 'street' AND shape && ST_Expand(place.point, :near_degrees)
     ORDER BY shape <-> place.point, id
     LIMIT 1""")
CROSSING = text("""
    SELECT other.name, ST_AsBinary(other.shape) AS shape
      FROM gazetteer AS street
      JOIN gazetteer AS other ON other.shape && ST_Expand(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :near_degrees)
     WHERE street.id = :street AND other.kind = 'street' AND other.name <> street.name
       AND ST_DWithin(other.shape, street.shape, :gap_degrees)""")
AREAS_AT = text("""
    SELECT kind, name
      FROM area
     WHERE ST_Intersects(polygon, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))
     ORDER BY ST_Area(polygon), id""")
LANDMARK_AT = text("""
    SELECT name, ST_Distance(CAST(gazetteer.point AS geography), CAST(place.point AS geography)) AS distance_m
      FROM gazetteer, (SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS point) AS place
     WHERE kind = 'place' AND gazetteer.point && ST_Expand(place.point, :near_degrees)
       AND category NOT IN ('city', 'town', 'village', 'suburb', 'neighbourhood', 'hamlet', 'quarter')
     ORDER BY gazetteer.point <-> place.point, id
     LIMIT 1""")

STREET_WITHIN_M: Final = 100.0
CROSSING_WITHIN_M: Final = 600.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies at a point."""

    street: str | None
    between: tuple[str, ...]  # the cross streets on either side; one at a crossing
    areas: tuple[tuple[str, str], ...]  # (kind, name), smallest first
    landmark: str | None
    landmark_m: float | None

    @property
    def area_names(self) -> tuple[str, ...]:
        return tuple(features.area_name(kind, name) for kind, name in self.areas)

    @property
    def label(self) -> str | None:
        """Return the street, its cross streets and the areas below the city in one line; None for nothing known."""
        named = [self.street] if self.street else []
        if len(self.between) == 2:
            named.append(f"antara {self.between[0]} dan {self.between[1]}")
        elif self.between:
            named.append(f"dekat {self.between[0]}")
        return ", ".join([*named, *(area for area in self.area_names if not area.startswith("Kota "))]) or None


async def surroundings(session: AsyncSession, point: LonLat) -> Surroundings:
    """Return the street within 100 m, the areas around and the nearest landmark within 500 m."""
    place = {"lon": point.lon, "lat": point.lat}
    street = await row(session, STREET_AT, near_degrees=200 / METRES_PER_DEGREE, **place)
    landmark = await row(session, LANDMARK_AT, near_degrees=500 / METRES_PER_DEGREE, **place)
    areas = await rows(session, AREAS_AT, **place)
    between: tuple[str, ...] = ()
    if street is not None and street.distance_m > STREET_WITHIN_M:
        street = None
    if street is not None:
        near, gap = CROSSING_WITHIN_M / METRES_PER_DEGREE, MEETING_M / METRES_PER_DEGREE
        found = await rows(session, CROSSING, street=street.id, near_degrees=near, gap_degrees=gap, **place)
        others = [(each.name, shapely.from_wkb(bytes(each.shape))) for each in found]
        between = cross_streets(shapely.from_wkb(bytes(street.shape)), shapely.Point(point), others)
    return Surroundings(
        street=street.name if street else None,
        between=between,
        areas=tuple((each.kind, each.name) for each in areas),
        landmark=landmark.name if landmark else None,
        landmark_m=landmark.distance_m if landmark else None,
    )
