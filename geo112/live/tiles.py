"""Our own base map: Mapbox vector tiles from PostGIS, so that no screen asks another host for one.

    GET /api/tiles/z/x/y.mvt ── in the memory of this process? ── no: one SQL statement, ten layers ──► bytes

Layers and attributes: water(kind, name), landuse(kind), building(kind), railway(kind), road(kind, name, ref, oneway,
bridge, tunnel), area(kind, name), area_label(kind, name), poi(kind, name), house_number(number). A layer begins at the
zoom at which it can be read. Source: Mapbox Vector Tile Specification 2.1, as ST_AsMVT writes it.
"""

import threading
from collections import OrderedDict
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.city import store
from geo112.database import row

MAX_ZOOM: Final = 19
KEPT_BYTES: Final = 64 * 1024 * 1024

TILE = text("""
    WITH tile AS (
        SELECT ST_TileEnvelope(:z, :x, :y) AS square,
               ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 64.0 / 4096), 4326) AS reach,
               40075016.68 / power(2, :z) / 2048 AS step_m      -- half a pixel on a sharp screen
    ), water_shape AS (
        SELECT kind, name, ST_AsMVTGeom(ST_Simplify(ST_Transform(shape, 3857), step_m), square, 4096, 64) AS geom
          FROM water, tile
         WHERE shape && reach AND :z >= CASE WHEN ST_Dimension(shape) = 2 THEN 6
                                             WHEN kind IN ('river', 'canal', 'coastline') THEN 9 ELSE 13 END
    ), landuse_shape AS (
        SELECT kind, ST_AsMVTGeom(ST_Simplify(ST_Transform(shape, 3857), step_m), square, 4096, 64) AS geom
          FROM landuse, tile
         WHERE :z >= 10 AND shape && reach
    ), building_shape AS (
        SELECT kind, ST_AsMVTGeom(ST_Transform(shape, 3857), square, 4096, 64) AS geom
          FROM building, tile
         WHERE :z >= 15 AND shape && reach
    ), railway_line AS (
        SELECT kind, ST_AsMVTGeom(ST_Simplify(ST_Transform(line, 3857), step_m), square, 4096, 64) AS geom
          FROM railway, tile
         WHERE :z >= 10 AND line && reach
    ), road_class AS (
        SELECT name, ref, is_oneway, is_bridge, is_tunnel, line,
               CASE WHEN highway IN ('motorway', 'motorway_link') THEN 'toll'
                    WHEN highway IN ('trunk', 'trunk_link', 'primary', 'primary_link') THEN 'primary'
                    WHEN highway IN ('secondary', 'secondary_link') THEN 'secondary'
                    WHEN highway IN ('tertiary', 'tertiary_link') THEN 'tertiary'
                    WHEN highway IN ('service', 'track') THEN 'service'
                    WHEN highway IN ('footway', 'path', 'cycleway', 'steps', 'pedestrian', 'bridleway') THEN 'path'
                    ELSE 'local' END AS kind
          FROM road, tile
         WHERE :z >= 7 AND line && reach
    ), road_line AS (
        SELECT kind, name, ref, is_oneway AS oneway, is_bridge AS bridge, is_tunnel AS tunnel,
               ST_AsMVTGeom(ST_Simplify(ST_Transform(line, 3857), step_m), square, 4096, 64) AS geom
          FROM road_class, tile
         WHERE :z >= CASE kind WHEN 'toll' THEN 7 WHEN 'primary' THEN 8 WHEN 'secondary' THEN 10
                               WHEN 'tertiary' THEN 11 WHEN 'local' THEN 12 WHEN 'service' THEN 13 ELSE 14 END
    ), area_shape AS (
        SELECT kind, name, ST_AsMVTGeom(ST_Simplify(ST_Transform(polygon, 3857), step_m), square, 4096, 64) AS geom
          FROM area, tile
         WHERE polygon && reach
           AND :z >= CASE kind WHEN 'kota' THEN 6 WHEN 'kelurahan' THEN 12 WHEN 'rw' THEN 15 WHEN 'rt' THEN 16
                               ELSE 10 END
    ), area_point AS (
        SELECT category AS kind, name, ST_AsMVTGeom(ST_Transform(point, 3857), square, 4096, 64) AS geom
          FROM gazetteer, tile
         WHERE point && reach
           AND (kind = 'area' OR kind = 'place' AND category IN ('city', 'town', 'village', 'hamlet', 'suburb',
                                                                 'quarter', 'neighbourhood', 'isolated_dwelling'))
           AND :z >= CASE category WHEN 'kota' THEN 7 WHEN 'city' THEN 7 WHEN 'town' THEN 8 WHEN 'kecamatan' THEN 10
                                   WHEN 'area' THEN 11 WHEN 'suburb' THEN 12 WHEN 'village' THEN 12
                                   WHEN 'kelurahan' THEN 12 WHEN 'rw' THEN 15 WHEN 'rt' THEN 16 ELSE 14 END
    ), poi_point AS (
        SELECT category AS kind, name, ST_AsMVTGeom(ST_Transform(point, 3857), square, 4096, 64) AS geom
          FROM gazetteer, tile
         WHERE :z >= 11 AND kind = 'place' AND point && reach
           AND category NOT IN ('city', 'town', 'village', 'hamlet', 'suburb', 'quarter', 'neighbourhood',
                                'isolated_dwelling')
           AND :z >= CASE WHEN category IN ('hospital', 'fire_station', 'police', 'ambulance_station') THEN 11
                          WHEN category IN ('clinic', 'school', 'mosque', 'church', 'temple', 'market', 'fuel',
                                            'government', 'station', 'bus_station', 'mall', 'stadium') THEN 13
                          ELSE 15 END
         ORDER BY category IN ('hospital', 'fire_station', 'police', 'ambulance_station') DESC, name
    ), number_point AS (
        SELECT number, ST_AsMVTGeom(ST_Transform(point, 3857), square, 4096, 64) AS geom
          FROM house_number, tile
         WHERE :z >= 17 AND point && reach
    )
    SELECT COALESCE((SELECT ST_AsMVT(each, 'water', 4096, 'geom') FROM water_shape AS each), '')
        || COALESCE((SELECT ST_AsMVT(each, 'landuse', 4096, 'geom') FROM landuse_shape AS each), '')
        || COALESCE((SELECT ST_AsMVT(each, 'building', 4096, 'geom') FROM building_shape AS each), '')
        || COALESCE((SELECT ST_AsMVT(each, 'railway', 4096, 'geom') FROM railway_line AS each), '')
        || COALESCE((SELECT ST_AsMVT(each, 'road', 4096, 'geom') FROM road_line AS each), '')
        || COALESCE((SELECT ST_AsMVT(each, 'area', 4096, 'geom') FROM area_shape AS each), '')
        || COALESCE((SELECT ST_AsMVT(each, 'area_label', 4096, 'geom') FROM area_point AS each), '')
        || COALESCE((SELECT ST_AsMVT(each, 'poi', 4096, 'geom') FROM poi_point AS each), '')
        || COALESCE((SELECT ST_AsMVT(each, 'house_number', 4096, 'geom') FROM number_point AS each), '') AS mvt""")

Key = tuple[int | None, int, int, int]


class Kept:
    """The tiles used last, up to a number of bytes; safe for threads."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._tiles: OrderedDict[Key, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> bytes | None:
        with self._lock:
            found = self._tiles.get(key)
            if found is not None:
                self._tiles.move_to_end(key)
            return found

    def put(self, key: Key, tile: bytes) -> None:
        with self._lock:
            self._held_bytes += len(tile) - len(self._tiles.pop(key, b""))
            self._tiles[key] = tile
            while self._held_bytes > self._limit_bytes and self._tiles:
                _, oldest = self._tiles.popitem(last=False)
                self._held_bytes -= len(oldest)


_kept = Kept(KEPT_BYTES)


def is_tile(z: int, x: int, y: int) -> bool:
    """Tell whether there is such a tile: 0 ≤ z ≤ MAX_ZOOM, x and y within the 2^z tiles of a side."""
    return 0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z


async def tile(session: AsyncSession, z: int, x: int, y: int) -> bytes:
    """Return the tile z/x/y (Web Mercator, y from the north) of the city in force; empty where nothing lies."""
    key = (await store.import_id(session), z, x, y)
    found = _kept.get(key)
    if found is None:
        drawn = await row(session, TILE, z=z, x=x, y=y)
        found = b"" if drawn is None else bytes(drawn.mvt)
        _kept.put(key, found)
    return found
