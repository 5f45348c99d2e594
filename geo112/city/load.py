"""The SQL of an import: one transaction in which the old city goes and the new one comes.

Rows go in by COPY. DELETE, not TRUNCATE, so that screens read the old city until the commit.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import psycopg
import shapely
from psycopg import sql
from psycopg.types.json import Jsonb

from geo112 import journal
from geo112.city.extract import Extract, HouseNumber, Shape
from geo112.city.gazetteer import Entry, NamedArea
from geo112.tables import CITY_LAYERS

# Held for the whole import by its connection: a second import is refused, and a killed one lets go by itself.
IMPORT_LOCK: Final = 112_000_002
CHANNEL: Final = "city"

IS_PREPARED = "SELECT to_regclass('city_import') IS NOT NULL AND to_regclass('journal') IS NOT NULL"
TRY_LOCK = "SELECT pg_try_advisory_lock(%s)"
NEXT_ID = "SELECT nextval(pg_get_serial_sequence('city_import', 'id'))"

# The present city, and whether it may be left for one that lies elsewhere.
PRESENT = """
    SELECT city.id, city.name,
           ST_Intersects(city.bounds, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)) AS overlaps,
           EXISTS (SELECT 1 FROM incident) AS has_incidents
      FROM centre JOIN city_import AS city ON city.id = centre.city_import_id
     WHERE centre.id = 1"""

INSERT_IMPORT = """
    INSERT INTO city_import (id, name, code, is_invented, origin, checksum, attribution, utm_srid, drives_left,
                             network_folder, counts, notes, imported_at, bounds, centre)
    OVERRIDING SYSTEM VALUE
    VALUES (%(id)s, %(name)s, %(code)s, %(is_invented)s, %(origin)s, %(checksum)s, %(attribution)s, %(utm_srid)s,
            %(drives_left)s, %(network_folder)s, %(counts)s, %(notes)s, %(imported_at)s,
            ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326),
            ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326))"""

# The switch: with the commit of this row the new city is in force.
SWITCH = """
    INSERT INTO centre (id, city_import_id) VALUES (1, %(id)s)
        ON CONFLICT (id) DO UPDATE SET city_import_id = excluded.city_import_id"""

TAKE_JOURNAL_TURN = "SELECT pg_advisory_xact_lock(%s)"
INSERT_JOURNAL = """
    INSERT INTO journal (at, kind, object, object_id, actor, roles, opd_ids, unit_ids, value)
    VALUES (%(at)s, 'city.imported', 'city', %(id)s, 'system', %(roles)s, NULL, NULL, %(value)s)
    RETURNING id"""
NOTIFY = "SELECT pg_notify(%s, %s)"

Cursor = psycopg.Cursor[Any]


def replace_layers(
    cursor: Cursor,
    extract: Extract,
    areas: Sequence[NamedArea],
    entries: Sequence[Entry],
    on_layer: Callable[[str], None] = lambda layer: None,
) -> dict[str, int]:
    """Put the new city's rows in the place of the old ones; return how many of each layer."""
    for layer in CITY_LAYERS:
        cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(layer.__tablename__)))
    counts: dict[str, int] = {}
    for table, columns, rows in _layers(extract, areas, entries):
        on_layer(table)
        counts[table] = _copy(cursor, table, columns, rows)
    for layer in CITY_LAYERS:
        cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(layer.__tablename__)))
    return counts


def _layers(
    extract: Extract, areas: Sequence[NamedArea], entries: Sequence[Entry]
) -> Iterator[tuple[str, str, Iterable[tuple[object, ...]]]]:
    yield (
        "road",
        "osm_way_id name ref highway is_oneway is_bridge is_tunnel line",
        (
            (
                road.osm_way_id,
                road.name,
                road.ref,
                road.highway,
                road.is_oneway,
                road.is_bridge,
                road.is_tunnel,
                with_srid(road.line),
            )
            for road in extract.roads
        ),
    )
    yield (
        "area",
        "osm_id kind admin_level name polygon",
        (
            (area.source.osm_id, area.kind, area.source.admin_level, area.source.name, with_srid(area.source.polygon))
            for area in areas
        ),
    )
    yield "house_number", "street number block point", _house_numbers(extract.house_numbers)
    yield (
        "gazetteer",
        "kind category name norm areas uncertainty_m point shape",
        (
            (
                entry.kind,
                entry.category,
                entry.name,
                entry.norm,
                list(entry.areas),
                entry.uncertainty_m,
                ewkb(entry.point),
                None if entry.shape is None else ewkb(entry.shape),
            )
            for entry in entries
        ),
    )
    yield "water", "kind name shape", _shapes(extract.water)
    yield "landuse", "kind name shape", _shapes(extract.landuse)
    yield "railway", "kind name line", _shapes(extract.railways)
    yield "building", "kind shape", ((shape.kind, with_srid(shape.shape)) for shape in extract.buildings)


def _shapes(shapes: Iterable[Shape]) -> Iterator[tuple[object, ...]]:
    return ((shape.kind, shape.name, with_srid(shape.shape)) for shape in shapes)


def _house_numbers(numbers: Iterable[HouseNumber]) -> Iterator[tuple[object, ...]]:
    for number in numbers:
        point = shapely.point_on_surface(shapely.from_wkb(number.shape))
        yield number.street, number.number, number.block, ewkb(point)


def _copy(cursor: Cursor, table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> int:
    names = sql.SQL(", ").join(sql.Identifier(column) for column in columns.split())
    count = 0
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def with_srid(wkb: str) -> str:
    """Turn little-endian hex WKB into EWKB of EPSG:4326 (PostGIS: flag 0x20000000 in the type, then the SRID)."""
    return f"{wkb[:8]}20E6100000{wkb[10:]}"


def ewkb(shape: shapely.Geometry) -> str:
    return with_srid(shapely.to_wkb(shape, hex=True, byte_order=1))


def switch(cursor: Cursor, city: dict[str, Any], value: dict[str, Any]) -> None:
    """Write the row of the import, let the centre name it, and tell the journal.

    Args:
        city: the columns of INSERT_IMPORT.
        value: the city as `GET /api/city` shows it, for the screens.
    """
    cursor.execute(INSERT_IMPORT, {**city, "counts": Jsonb(city["counts"])})
    cursor.execute(SWITCH, city)
    cursor.execute(TAKE_JOURNAL_TURN, (journal.LOCK,))
    roles = list(journal.EVERYBODY.roles)
    cursor.execute(INSERT_JOURNAL, {"at": city["imported_at"], "id": city["id"], "roles": roles, "value": Jsonb(value)})
    written = cursor.fetchone()
    assert written is not None
    cursor.execute(NOTIFY, (journal.CHANNEL, str(written[0])))
    cursor.execute(NOTIFY, (CHANNEL, str(city["id"])))
