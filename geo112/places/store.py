"""The SQL of the search, on the gazetteer that the import filled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.city import features
from geo112.coordinates import LonLat
from geo112.database import row, rows

PER_SPAN: Final = 24  # names fetched for each stretch of words
NEARBY_M: Final = 150.0

_COLUMNS: Final = """id, kind, category, name, norm, areas, uncertainty_m,
           ST_X(point) AS lon, ST_Y(point) AS lat, ST_AsBinary(COALESCE(shape, point)) AS shape"""

# Names that are one of some stretches of what was said, or begin with what is being typed.
SAME = text(f"""
    SELECT DISTINCT ON (id) {_COLUMNS}
      FROM (
            SELECT named.*
              FROM unnest(CAST(:exact AS text[])) AS span
             CROSS JOIN LATERAL (
                    SELECT * FROM gazetteer
                     WHERE norm = span AND category NOT IN ('rw', 'rt')
                     ORDER BY point <-> ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), id
                     LIMIT :per_span) AS named
             UNION ALL
            SELECT named.*
              FROM unnest(CAST(:prefix AS text[])) AS span
             CROSS JOIN LATERAL (
                    SELECT * FROM gazetteer
                     WHERE norm LIKE span || '%' AND category NOT IN ('rw', 'rt')
                     ORDER BY length(norm), point <-> ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), id
                     LIMIT :per_span) AS named
           ) AS found""")  # noqa: S608  (the columns are our own constant)
# Names alike by trigrams.
ALIKE = text(f"""
    SELECT DISTINCT ON (id) {_COLUMNS}
      FROM unnest(CAST(:fuzzy AS text[])) AS span
     CROSS JOIN LATERAL (
            SELECT * FROM gazetteer
             WHERE norm % span AND category NOT IN ('rw', 'rt')
             ORDER BY similarity(norm, span) DESC, point <-> ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), id
             LIMIT :per_span) AS named""")  # noqa: S608

# Places beside a street or in an area that was named, whatever they are called; the words said decide.
AROUND = text(f"""
    WITH beside AS MATERIALIZED (
        SELECT DISTINCT place.id
          FROM gazetteer AS street
          JOIN gazetteer AS place ON ST_DWithin(place.point, street.shape, :near_degrees)   -- GiST on the point
         WHERE street.id = ANY(CAST(:streets AS bigint[])) AND place.kind = 'place'
    ), worded AS MATERIALIZED (
        SELECT gazetteer.*, word_similarity(norm, :said) AS alike FROM gazetteer JOIN beside USING (id)
    )
    SELECT {_COLUMNS}
      FROM worded
     WHERE alike > 0.35
     ORDER BY alike DESC, id
     LIMIT 60""")  # noqa: S608
IN_AREAS = text(f"""
    SELECT {_COLUMNS}
      FROM gazetteer
     WHERE areas && CAST(:areas AS text[])
       AND category NOT IN ('rw', 'rt')
       AND word_similarity(norm, :said) > 0.45
     ORDER BY word_similarity(norm, :said) DESC, id
     LIMIT 60""")  # noqa: S608
WARDS = text(f"""
    SELECT {_COLUMNS}
      FROM gazetteer
     WHERE norm = 'rw ' || :rw AND category = 'rw'
       AND (areas && CAST(:areas AS text[])
            OR EXISTS (SELECT 1 FROM gazetteer AS street
                        WHERE street.id = ANY(CAST(:streets AS bigint[]))
                          AND ST_Intersects(gazetteer.shape, street.shape)))
     LIMIT 60""")  # noqa: S608
HOUSES = text("""
    SELECT house.number, house.street, street.id AS street_id, ST_X(house.point) AS lon, ST_Y(house.point) AS lat
      FROM gazetteer AS street
      JOIN house_number AS house ON ST_DWithin(house.point, street.shape, :near_degrees)
     WHERE street.id = ANY(CAST(:streets AS bigint[]))
       AND lower(replace(house.number, ' ', '')) = :number
     LIMIT 100""")
SET_THRESHOLD = text("SELECT set_config('pg_trgm.similarity_threshold', '0.35', true)")

STREET_AT = text("""
    SELECT name, ST_Distance(CAST(shape AS geography), CAST(place.point AS geography)) AS distance_m
      FROM gazetteer, (SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS point) AS place
     WHERE kind = 'street' AND shape && ST_Expand(place.point, :near_degrees)
     ORDER BY shape <-> place.point, id
     LIMIT 1""")
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

METRES_PER_DEGREE: Final = 111_320.0


@dataclass(frozen=True, slots=True)
class Named:
    """A name of the gazetteer."""

    id: int
    kind: str  # street, place, area
    category: str
    name: str
    norm: str
    areas: tuple[str, ...]  # smallest first
    uncertainty_m: float
    point: LonLat
    shape: shapely.Geometry  # EPSG:4326; the point itself where there is no more


@dataclass(frozen=True, slots=True)
class House:
    street_id: int
    street: str | None
    number: str
    point: LonLat


def _named(found: Row[Any]) -> Named:
    return Named(
        found.id,
        found.kind,
        found.category,
        found.name,
        found.norm,
        tuple(found.areas),
        found.uncertainty_m,
        LonLat(found.lon, found.lat),
        shapely.from_wkb(bytes(found.shape)),
    )


async def same(session: AsyncSession, *, exact: Sequence[str], prefix: Sequence[str], focus: LonLat) -> list[Named]:
    """Return names equal to one of `exact` or beginning like `prefix`; of many the same, those nearest to `focus`."""
    place = {"lon": focus.lon, "lat": focus.lat}
    found = await rows(session, SAME, exact=list(exact), prefix=list(prefix), per_span=PER_SPAN, **place)
    return [_named(each) for each in found]


async def alike(session: AsyncSession, fuzzy: Sequence[str], focus: LonLat) -> list[Named]:
    """Return names that share many trigrams with these stretches of words."""
    await session.execute(SET_THRESHOLD)
    found = await rows(session, ALIKE, fuzzy=list(fuzzy), lon=focus.lon, lat=focus.lat, per_span=PER_SPAN)
    return [_named(each) for each in found]


async def around(session: AsyncSession, streets: Sequence[int], said: str) -> list[Named]:
    """Return places within 150 m of these streets that share words with `said`."""
    near = NEARBY_M / METRES_PER_DEGREE
    return [_named(each) for each in await rows(session, AROUND, streets=list(streets), said=said, near_degrees=near)]


async def in_areas(session: AsyncSession, areas: Sequence[str], said: str) -> list[Named]:
    """Return streets and places in these areas (“Kel. Melati”) that share words with `said`."""
    return [_named(each) for each in await rows(session, IN_AREAS, areas=list(areas), said=said)]


async def wards(session: AsyncSession, rw: int, areas: Sequence[str], streets: Sequence[int]) -> list[Named]:
    """Return the RW of this number in these areas, or where these streets pass."""
    found = await rows(session, WARDS, rw=str(rw), areas=list(areas), streets=list(streets))
    return [_named(each) for each in found]


async def houses(session: AsyncSession, streets: Sequence[int], number: str) -> list[House]:
    """Return house numbers equal to `number` within 60 m of these streets."""
    found = await rows(session, HOUSES, streets=list(streets), number=number, near_degrees=60.0 / METRES_PER_DEGREE)
    return [House(each.street_id, each.street, each.number, LonLat(each.lon, each.lat)) for each in found]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies at a point."""

    street: str | None
    areas: tuple[tuple[str, str], ...]  # (kind, name), smallest first
    landmark: str | None
    landmark_m: float | None

    @property
    def area_names(self) -> tuple[str, ...]:
        return tuple(features.area_name(kind, name) for kind, name in self.areas)

    @property
    def label(self) -> str | None:
        """Return the street and the areas below the city in one line; None where none is known."""
        named = [self.street] if self.street else []
        return ", ".join([*named, *(area for area in self.area_names if not area.startswith("Kota "))]) or None


async def surroundings(session: AsyncSession, point: LonLat) -> Surroundings:
    """Return the street within 100 m, the areas around and the nearest landmark within 500 m."""
    place = {"lon": point.lon, "lat": point.lat}
    street = await row(session, STREET_AT, near_degrees=200 / METRES_PER_DEGREE, **place)
    landmark = await row(session, LANDMARK_AT, near_degrees=500 / METRES_PER_DEGREE, **place)
    areas = await rows(session, AREAS_AT, **place)
    return Surroundings(
        street=street.name if street and street.distance_m <= 100 else None,
        areas=tuple((each.kind, each.name) for each in areas),
        landmark=landmark.name if landmark else None,
        landmark_m=landmark.distance_m if landmark else None,
    )
