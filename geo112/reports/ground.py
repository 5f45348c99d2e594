"""The city in force as a base map for reports: its water, main roads, railways and borders, from PostGIS."""

import asyncio

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.city.features import bare_area_name
from geo112.city.store import City
from geo112.database import rows
from maps.basemap import BaseMap, Label, base_map

# Thinned out here already (0.00005° is about 5 m), so that a large city is a few megabytes on its way.
SHAPES = text("""
    SELECT kind, ST_AsBinary(shape) AS wkb
      FROM (
        SELECT CASE WHEN highway IN ('motorway', 'motorway_link') THEN 'toll'
                    WHEN highway IN ('trunk', 'trunk_link', 'primary', 'primary_link') THEN 'primary'
                    WHEN highway IN ('secondary', 'secondary_link') THEN 'secondary'
                    ELSE 'tertiary' END AS kind,
               ST_Simplify(line, 0.00005) AS shape
          FROM road
         WHERE highway IN ('motorway', 'motorway_link', 'trunk', 'trunk_link', 'primary', 'primary_link',
                           'secondary', 'secondary_link', 'tertiary', 'tertiary_link')
         UNION ALL
        SELECT 'railway', ST_Simplify(line, 0.00005)
          FROM railway
         WHERE kind IN ('rail', 'light_rail')
         UNION ALL
        SELECT 'water', ST_Simplify(shape, 0.00005)
          FROM water
         WHERE ST_Dimension(shape) = 2 OR kind IN ('river', 'canal', 'coastline')
         UNION ALL
        SELECT 'green', ST_Simplify(shape, 0.00005)
          FROM landuse
         WHERE kind IN ('park', 'forest', 'wood', 'nature_reserve', 'cemetery', 'grave_yard', 'golf_course', 'grass',
                        'recreation_ground', 'wetland')
           AND ST_Area(shape) > 0.000002                                    -- about two hectares
         UNION ALL
        SELECT CASE kind WHEN 'area' THEN 'kecamatan' ELSE kind END, polygon
          FROM area
         WHERE kind IN ('kota', 'kecamatan', 'kelurahan', 'area')
      ) AS drawn
     WHERE shape IS NOT NULL AND NOT ST_IsEmpty(shape)""")

LABELS = text("""
    SELECT name, CASE kind WHEN 'area' THEN 'kecamatan' ELSE kind END AS kind,
           ST_X(middle) AS lon, ST_Y(middle) AS lat
      FROM area CROSS JOIN LATERAL (SELECT ST_PointOnSurface(polygon) AS middle) AS place
     WHERE kind IN ('kecamatan', 'kelurahan', 'area')
     ORDER BY kind = 'kelurahan', ST_Area(polygon) DESC, area.id""")

_drawn: dict[int, BaseMap] = {}  # by import; only the newest is kept


async def ground(session: AsyncSession, city: City) -> BaseMap:
    """Return the base map of the city in force; kept in this process until another import is in force."""
    kept = _drawn.get(city.import_id)
    if kept is not None:
        return kept
    shapes: dict[str, list[BaseGeometry]] = {}
    for found in await rows(session, SHAPES):
        shapes.setdefault(found.kind, []).append(shapely.from_wkb(bytes(found.wkb)))
    labels = [
        Label(bare_area_name(found.name), found.kind, found.lon, found.lat) for found in await rows(session, LABELS)
    ]
    made = await asyncio.to_thread(base_map, city.bounds, city.attribution, shapes, labels)
    _drawn.clear()
    _drawn[city.import_id] = made
    return made
