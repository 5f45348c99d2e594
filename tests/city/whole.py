"""Is the city that is in force a whole one? A fingerprint of everything an import writes."""

from dataclasses import dataclass
from pathlib import Path

import psycopg

from geo112.city.network import folder_of
from routing.network import NetworkFileError, RoadNetwork

# Rows in an order of their own contents, so that two imports of one file give the same.
LAYERS = {
    "road": "osm_way_id, name, highway, is_oneway, ST_AsText(line)",
    "area": "osm_id, kind, name, ST_AsText(polygon)",
    "house_number": "street, number, ST_AsText(point)",
    "gazetteer": "kind, category, name, norm, areas, ST_AsText(point), ST_AsText(shape)",
    "water": "kind, name, ST_AsText(shape)",
    "landuse": "kind, name, ST_AsText(shape)",
    "railway": "kind, name, ST_AsText(line)",
    "building": "kind, ST_AsText(shape)",
}


@dataclass(frozen=True)
class Fingerprint:
    """What is in force: equal for two whole imports of one source, and for nothing else."""

    checksum: str | None  # of the source of the import that the centre names
    layers: tuple[str, ...]
    network_id: str


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def fingerprint(url: str, data_dir: Path) -> Fingerprint:
    """Read the city in force from the database and its network from the data folder."""
    with connect(url) as connection:

        def one(statement: str) -> object:
            row = connection.execute(statement).fetchone()  # type: ignore[arg-type]
            return row[0] if row else None

        checksum = one(
            "SELECT checksum FROM centre JOIN city_import ON city_import.id = centre.city_import_id WHERE centre.id = 1"
        )
        layers = tuple(
            str(one(f"SELECT md5(string_agg(concat_ws(',', {columns}), '|' ORDER BY {columns})) FROM {table}"))  # noqa: S608
            for table, columns in LAYERS.items()
        )
        import_id = one("SELECT city_import_id FROM centre WHERE id = 1")
    try:
        network_id = RoadNetwork.load(folder_of(int(str(import_id)), data_dir)).network_id
    except (NetworkFileError, ValueError):
        network_id = "no whole network"
    return Fingerprint(str(checksum) if checksum else None, layers, network_id)
