"""The city as it is in force: read by every page, written by the import alone."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.coordinates import LonLat
from geo112.database import row

PRESENT_CITY = text("""
    SELECT city.id, city.name, city.code, city.is_invented, centre.is_demonstration, city.attribution, city.utm_srid,
           city.drives_left, city.network_folder, city.notes, city.imported_at, city.origin,
           COALESCE(CAST(city.counts ->> 'road_nodes' AS integer), 0) AS road_nodes,
           ST_XMin(city.bounds) AS west, ST_YMin(city.bounds) AS south,
           ST_XMax(city.bounds) AS east, ST_YMax(city.bounds) AS north,
           ST_X(city.centre) AS lon, ST_Y(city.centre) AS lat
      FROM centre JOIN city_import AS city ON city.id = centre.city_import_id
     WHERE centre.id = 1""")
PRESENT_IMPORT = text("SELECT city_import_id FROM centre WHERE id = 1")


@dataclass(frozen=True, slots=True)
class City:
    """The city in force."""

    import_id: int
    name: str
    code: str  # in the numbers of incidents
    is_invented: bool
    is_demonstration: bool
    attribution: str
    bounds: tuple[float, float, float, float]  # west, south, east, north; degrees
    centre: LonLat  # on a road of the biggest connected part
    utm_srid: int
    drives_left: bool
    network_folder: str  # below the data folder
    notes: tuple[str, ...]
    road_nodes: int
    imported_at: datetime
    origin: str


async def city(session: AsyncSession) -> City | None:
    """Return the city in force, or None before the first import."""
    found = await row(session, PRESENT_CITY)
    if found is None:
        return None
    return City(
        import_id=found.id,
        name=found.name,
        code=found.code,
        is_invented=found.is_invented,
        is_demonstration=found.is_demonstration,
        attribution=found.attribution,
        bounds=(found.west, found.south, found.east, found.north),
        centre=LonLat(found.lon, found.lat),
        utm_srid=found.utm_srid,
        drives_left=found.drives_left,
        network_folder=found.network_folder,
        notes=tuple(found.notes),
        road_nodes=found.road_nodes,
        imported_at=found.imported_at,
        origin=found.origin,
    )


async def import_id(session: AsyncSession) -> int | None:
    """Return the id of the import in force."""
    found = await row(session, PRESENT_IMPORT)
    return None if found is None else found.city_import_id
