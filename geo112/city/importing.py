"""Importing a city, whole or not at all.

    source ── read ──► Extract ── gather ──► names        one transaction:
       │                              └► NameIndex ┐          old rows out, new rows in,
       └── routing.build ──► RoadNetwork ──────────┴ written   the row that names it, journal
                             beside the old, fsynced ───────► COMMIT is the switch ──► older networks removed

Until the commit every screen reads the old city and every worker drives its network. A failed or killed import
leaves at most a folder that nothing names, which the next import removes.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import networkx as nx
import numpy as np
import psycopg
import shapely
from psycopg.rows import dict_row

from geo112 import clock
from geo112.city import errors, graphs, identity, load, names, network
from geo112.city.extract import Extract, is_file_format, read_file
from geo112.city.gazetteer import Entry, Geometries, NamedArea, gather, named_areas
from geo112.city.indexing import index_of
from geo112.coordinates import LonLat, utm_srid
from routing import build
from routing.network import RoadNetwork
from routing.unread import unread_conditionals


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is."""

    words_id: str
    words_en: str
    share: float  # 0 … 1


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import brought."""

    import_id: int
    name: str
    code: str
    is_invented: bool
    attribution: str
    bounds: tuple[float, float, float, float]  # west, south, east, north; degrees
    centre: LonLat
    counts: dict[
        str, int
    ]  # rows by table, road_nodes, turn_restrictions_*, conditional_tags_unread, incomplete_*, parts
    notes: tuple[str, ...]
    seconds: float


OnProgress = Callable[[Progress], None]

READING: Final = ("Membaca ekstrak OSM", "Reading the OSM extract")
FETCHING: Final = ("Mengambil jalan dari OpenStreetMap", "Fetching the streets from OpenStreetMap")
NAMING: Final = ("Mengumpulkan nama jalan dan tempat", "Gathering names of streets and places")
BUILDING: Final = ("Menyusun jaringan jalan", "Building the road network")
STORING: Final = ("Menyimpan kota ke basis data", "Storing the city in the database")
DONE: Final = ("Kota siap", "The city is ready")


@dataclass(frozen=True, slots=True)
class _Source:
    """A source that was read, and how to build the network from it."""

    extract: Extract
    checksum: str
    build_network: Callable[[Callable[[str, float], None], bool], RoadNetwork]  # told the side of the road


@dataclass(slots=True)
class CityImport:
    """One import. `run` does it all; a step is a method of its own so that a test can stand between two."""

    source: str  # a file, or the name of a place
    database_url: str
    data_dir: Path
    on_progress: OnProgress = lambda progress: None
    _started: float = field(default_factory=time.monotonic)

    def run(self) -> ImportSummary:
        """Import the city.

        Raises:
            CityImportError: refused or failed; the city that was there is still there, whole.
        """
        try:
            with self._connect() as connection:
                self._check(connection)
                return self._import(connection)
        except psycopg.OperationalError as error:
            raise errors.database_unreachable(first_line(error)) from error

    def _connect(self) -> psycopg.Connection[Any]:
        url = self.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
        try:
            return psycopg.connect(url, autocommit=True, application_name="geo112 import", connect_timeout=10)
        except psycopg.ProgrammingError as error:  # not an address at all
            raise errors.database_unreachable(first_line(error)) from error

    def _check(self, connection: psycopg.Connection[Any]) -> None:
        """See that an import can be stored at all, before the long reading begins."""
        if not _value(connection, load.IS_PREPARED):
            raise errors.database_not_prepared()
        if not _value(connection, load.TRY_LOCK, load.IMPORT_LOCK):
            raise errors.import_running()
        folder = self.data_dir / "networks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".writable"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise errors.folder_unwritable(str(self.data_dir), error.strerror or str(error)) from error

    def _import(self, connection: psycopg.Connection[Any]) -> ImportSummary:
        source = self._read()
        extract = source.extract
        lines: Geometries = np.asarray(shapely.from_wkb([road.line for road in extract.roads]), dtype=object)
        west, south, east, north = (float(edge) for edge in shapely.total_bounds(lines))
        box = {"west": west, "south": south, "east": east, "north": north}
        self._previous(connection, box)

        self._tell(NAMING, 0.3)
        centre = centre_of(extract, lines)
        areas = named_areas(extract, identity.is_indonesia(centre))
        entries = gather(extract, areas)
        self._tell(BUILDING, 0.45)
        try:
            drives_left = identity.is_indonesia(centre)
            roads = source.build_network(lambda words, share: self._tell(BUILDING, 0.45 + 0.25 * share), drives_left)
        except build.NoRoadsError as error:
            raise errors.extract_without_roads(self.source) from error
        except build.UnreadableFileError as error:
            raise errors.extract_damaged(self.source, first_line(error)) from error

        name = identity.name(extract, areas, shapely.get_point(lines, 0))
        city: dict[str, Any] = {
            "id": int(_value(connection, load.NEXT_ID)),
            "name": name,
            "code": identity.code(name),
            "is_invented": identity.is_invented(extract),
            "origin": extract.origin,
            "checksum": source.checksum,
            "attribution": identity.attribution(extract),
            "utm_srid": utm_srid(centre),
            "drives_left": drives_left,
            "notes": identity.notes(extract, areas, entries),
            "imported_at": clock.now(),
            "lon": centre.lon,
            "lat": centre.lat,
            **box,
        }
        city["network_folder"] = f"networks/{city['id']}"
        counts = {
            "road_nodes": roads.node_count,
            "road_edges": roads.edge_count,
            **{f"turn_restrictions_{fate}": count for fate, count in roads.restriction_counts.items()},
            "conditional_tags_unread": sum(unread_conditionals(roads).values()),
            "incomplete_ways": extract.incomplete_ways,
            "incomplete_areas": extract.incomplete_areas,
            "parts": extract.big_parts(),
        }
        self._tell(STORING, 0.7)
        previous = self._store(connection, city, counts, extract, areas, entries, roads)
        self._forget_older(city["id"], previous)
        self._tell(DONE, 1.0)
        return ImportSummary(
            import_id=city["id"],
            name=name,
            code=city["code"],
            is_invented=city["is_invented"],
            attribution=city["attribution"],
            bounds=(west, south, east, north),
            centre=centre,
            counts=counts,
            notes=tuple(city["notes"]),
            seconds=time.monotonic() - self._started,
        )

    def _read(self) -> _Source:
        path = Path(self.source).expanduser()
        is_graphml = self.source.lower().endswith(".graphml")
        if is_file_format(self.source):
            self._tell(READING, 0.02)
            extract = read_file(path, lambda objects: self._tell(READING, 0.02 + 0.26 * objects / (objects + 200_000)))

            def from_file(on_progress: Callable[[str, float], None], drives_left: bool) -> RoadNetwork:
                return build.from_osm_file(path, on_progress, drives_left)

            return _Source(extract, checksum_of(path), from_file)
        if not is_graphml and path.is_file():
            raise errors.unknown_format(self.source)
        if not is_graphml and looks_like_a_path(self.source):
            raise errors.extract_missing(self.source)
        self._tell(READING if is_graphml else FETCHING, 0.02)
        graph: nx.MultiDiGraph = graphs.read_graphml(path) if is_graphml else graphs.fetch_place(self.source)
        extract = graphs.extract_of(graph, path.name if is_graphml else self.source)
        checksum = checksum_of(path) if is_graphml else checksum_of_roads(extract)
        return _Source(extract, checksum, lambda on_progress, drives_left: build.from_graph(graph, drives_left))

    def _previous(self, connection: psycopg.Connection[Any], box: dict[str, float]) -> int | None:
        """Return the id of the import in force; refuse to leave it for another place once it has incidents."""
        with connection.cursor(row_factory=dict_row) as cursor:
            present = cursor.execute(load.PRESENT, box).fetchone()
        if present is None:
            return None
        if present["has_incidents"] and not present["overlaps"]:
            raise errors.city_has_incidents(present["name"])
        return int(present["id"])

    def _store(
        self,
        connection: psycopg.Connection[Any],
        city: dict[str, Any],
        counts: dict[str, int],
        extract: Extract,
        areas: list[NamedArea],
        entries: list[Entry],
        roads: RoadNetwork,
    ) -> int | None:
        """Write network and rows, and switch; return the id of the import that was in force before."""
        folder = network.folder_of(city["id"], self.data_dir)
        is_committed = False
        try:
            network.write(roads, folder)
            names.write(index_of(entries, extract.house_numbers), folder)
            with connection.transaction(), connection.cursor() as cursor:
                previous = self._previous(connection, {key: city[key] for key in ("west", "south", "east", "north")})
                counts |= load.replace_layers(
                    cursor, extract, areas, entries, lambda layer: self._tell(STORING, SHARES[layer])
                )
                load.switch(cursor, {**city, "counts": counts}, shown(city, counts))
            is_committed = True
            return previous
        except OSError as error:
            raise errors.folder_unwritable(str(self.data_dir), error.strerror or str(error)) from error
        finally:
            if not is_committed:
                network.remove(folder)

    def _forget_older(self, import_id: int, previous: int | None) -> None:
        """Remove older networks; the last one stays for workers that still drive it."""
        kept = {network.folder_of(each, self.data_dir) for each in (import_id, previous) if each is not None}
        network.remove_others(kept, self.data_dir / "networks")

    def _tell(self, words: tuple[str, str], share: float) -> None:
        self.on_progress(Progress(*words, share))


SHARES: Final = {
    "road": 0.72,
    "area": 0.77,
    "house_number": 0.79,
    "gazetteer": 0.8,
    "water": 0.86,
    "landuse": 0.87,
    "railway": 0.89,
    "building": 0.9,
}


def import_city(
    source: str, database_url: str, data_dir: Path, on_progress: OnProgress = lambda progress: None
) -> ImportSummary:
    """Import a city from `source` and put it in force; see `CityImport`.

    Args:
        source: .osm.pbf, .osm, .osm.gz, .osm.bz2, .graphml, or the name of a place (needs the internet).
        database_url: of a migrated database, libpq or SQLAlchemy form.
        data_dir: where the road network goes, below networks/.
    Raises:
        CityImportError: one sentence; the city that was there is still there.
    """
    return CityImport(source, database_url, data_dir, on_progress).run()


def centre_of(extract: Extract, lines: Geometries) -> LonLat:
    """Return the place on a road of the biggest connected part that is nearest to that part's median."""
    biggest = lines[extract.part_of_road == int(extract.part_sizes.argmax())]
    places = shapely.get_coordinates(biggest)
    nearest = places[np.abs(places - np.median(places, axis=0)).sum(axis=1).argmin()]
    return LonLat(float(nearest[0]), float(nearest[1]))


def shown(city: dict[str, Any], counts: dict[str, int]) -> dict[str, Any]:
    """Return the city as the journal and the screens get it."""
    return {
        "import_id": city["id"],
        "name": city["name"],
        "code": city["code"],
        "is_invented": city["is_invented"],
        "attribution": city["attribution"],
        "bounds": [city["west"], city["south"], city["east"], city["north"]],
        "centre": {"lon": city["lon"], "lat": city["lat"]},
        "notes": city["notes"],
        "road_nodes": counts["road_nodes"],
        "drives_left": city["drives_left"],
    }


def looks_like_a_path(source: str) -> bool:
    return "/" in source or bool(Path(source).suffix and " " not in source)


def checksum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksum_of_roads(extract: Extract) -> str:
    return hashlib.sha256("".join(sorted(road.line for road in extract.roads)).encode()).hexdigest()


def first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]


def _value(connection: psycopg.Connection[Any], statement: str, *parameters: object) -> Any:
    found = connection.execute(statement, parameters).fetchone()
    return found[0] if found else None
