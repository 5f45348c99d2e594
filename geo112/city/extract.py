"""What an OSM extract holds of a city, as read from a file: the layers, before names are gathered.

    .osm.pbf .osm .osm.gz .osm.bz2 ── osmium, two passes ──► Extract ── gazetteer, store ──► PostGIS

Geometries are hex WKB, EPSG:4326, lon then lat. An extract is cut somewhere: ways lose nodes and relations lose
members there. A way keeps the nodes it has; an area with a gap in its border is left out, and both are counted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import osmium
import osmium.filter
import osmium.geom
import osmium.io
import osmium.osm
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo112.city import broken_areas, features
from geo112.city.errors import CityImportError, extract_damaged, extract_missing, extract_without_roads, unknown_format

FORMATS = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")


@dataclass(frozen=True, slots=True)
class Road:
    osm_way_id: int
    name: str | None
    ref: str | None
    highway: str
    is_oneway: bool
    is_bridge: bool
    is_tunnel: bool
    line: str  # in the direction of travel where it is one way
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    osm_id: int
    admin_level: int | None
    name: str
    polygon: str


@dataclass(frozen=True, slots=True)
class Place:
    category: str
    name: str
    other_names: tuple[str, ...]
    shape: str  # a point, or the area that bears the name


@dataclass(frozen=True, slots=True)
class HouseNumber:
    street: str | None
    number: str
    block: str | None
    shape: str


@dataclass(frozen=True, slots=True)
class Shape:
    """Water, land use, a railway or a building."""

    kind: str
    name: str | None
    shape: str


@dataclass(slots=True)
class Extract:
    """Everything that one extract gives for a city."""

    origin: str  # file name or place name
    generator: str = ""
    roads: list[Road] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    house_numbers: list[HouseNumber] = field(default_factory=list)
    water: list[Shape] = field(default_factory=list)
    landuse: list[Shape] = field(default_factory=list)
    railways: list[Shape] = field(default_factory=list)
    buildings: list[Shape] = field(default_factory=list)
    part_of_road: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))  # shape (roads,)
    part_sizes: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))  # road nodes of each part
    incomplete_ways: int = 0
    incomplete_areas: int = 0
    is_roads_only: bool = False  # the source can hold nothing else (a street graph)

    def big_parts(self) -> int:
        """Count the connected parts of the roads that hold at least a twentieth of all road nodes."""
        return int(np.count_nonzero(self.part_sizes * 20 >= self.part_sizes.sum())) if len(self.part_sizes) else 0


def is_file_format(source: str) -> bool:
    return source.lower().endswith(FORMATS)


def read_file(path: Path, on_objects: Callable[[int], None] = lambda count: None) -> Extract:
    """Read an OSM file with osmium.

    Args:
        path: one of FORMATS.
        on_objects: told now and then how many tagged objects were read.
    Raises:
        CityImportError: the file is missing, of another format, damaged, or without roads.
    """
    source = str(path)
    if not path.is_file():
        raise extract_missing(source)
    if not is_file_format(source):
        raise unknown_format(source)
    reading = _Reading(Extract(origin=path.name))
    try:
        with path.open("rb"):
            pass
        with osmium.io.Reader(source, osmium.osm.osm_entity_bits.NOTHING) as header_reader:
            reading.extract.generator = header_reader.header().get("generator")
        objects = osmium.FileProcessor(source).with_areas().with_filter(osmium.filter.EmptyTagFilter())
        for count, entity in enumerate(objects):
            reading.take(entity)
            if count % 20_000 == 0:
                on_objects(count)
        reading.mend(path)
    except PermissionError as error:
        raise extract_missing(source) from error
    except CityImportError:
        raise
    except RuntimeError as error:  # osmium's own: EOF, bad XML, bad blob, gzip
        raise extract_damaged(source, str(error).split("\n")[0][:120]) from error
    return reading.finish(source)


class _Reading:
    """One pass over an extract's tagged objects."""

    def __init__(self, extract: Extract) -> None:
        self.extract = extract
        self.wkb = osmium.geom.WKBFactory()
        self.border_relations = 0
        self.border_areas = 0
        self.incomplete_areas = 0
        self.broken: dict[tuple[str, int], dict[str, str]] = {}  # tags by (r or w, id)
        self.way_nodes: list[list[int]] = []  # of drivable roads, for the connected parts
        self.drivable: list[int] = []  # index of the road each belongs to

    def take(self, entity: osmium.osm.OSMObject) -> None:
        tags = dict(entity.tags)
        if isinstance(entity, osmium.osm.Node):
            self._point(tags, self.wkb.create_point(entity))
        elif isinstance(entity, osmium.osm.Way):
            self._way(entity, tags)
        elif isinstance(entity, osmium.osm.Area):
            if not entity.from_way() and _is_border(tags):
                self.border_areas += 1
            if not self._is_of_use(tags):
                return
            if entity.num_rings()[0]:
                self._area(entity.orig_id(), tags, str(self.wkb.create_multipolygon(entity)))
            else:
                self.broken["w" if entity.from_way() else "r", entity.orig_id()] = tags
        elif isinstance(entity, osmium.osm.Relation) and _is_border(tags):
            self.border_relations += 1

    def mend(self, path: Path) -> None:
        """Read again the areas that osmium could not put together."""
        if not self.broken:
            return
        relations, ways = ({number for kind, number in self.broken if kind == wanted} for wanted in "rw")
        shapes = broken_areas.mended(path, relations, ways)
        for key, shape in shapes.items():
            self._area(key[1], self.broken[key], shape)
        self.incomplete_areas += len(self.broken) - len(shapes)

    def finish(self, source: str) -> Extract:
        extract = self.extract
        extract.incomplete_areas = self.incomplete_areas + max(0, self.border_relations - self.border_areas)
        if extract.incomplete_ways * 2 > len(extract.roads):
            raise extract_damaged(source, f"{extract.incomplete_ways} ways lack nodes")
        if not self.drivable:
            raise extract_without_roads(source)
        extract.part_of_road, extract.part_sizes = connected_parts(len(extract.roads), self.drivable, self.way_nodes)
        return extract

    def _point(self, tags: dict[str, str], shape: str) -> None:
        place = features.place(tags)
        if place:
            self.extract.places.append(Place(*place, tuple(features.other_names(tags)), shape))
        self._house_number(tags, shape)

    def _house_number(self, tags: dict[str, str], shape: str) -> None:
        number = tags.get("addr:housenumber")
        if number:
            street = tags.get("addr:street") or tags.get("addr:place")
            self.extract.house_numbers.append(HouseNumber(street, number, tags.get("addr:block"), shape))

    def _way(self, way: osmium.osm.Way, tags: dict[str, str]) -> None:
        highway = features.highway(tags)
        rails = features.railway(tags)
        water = features.water(tags) if not way.is_closed() else None
        if highway is None and rails is None and water is None:
            return
        direction = features.oneway(tags) if highway else 0
        line = self._line(way, backwards=direction < 0)
        if line is None:
            return
        name = tags.get("name")
        if highway:
            if highway in features.DRIVABLE:
                self.drivable.append(len(self.extract.roads))
                self.way_nodes.append([node.ref for node in way.nodes])
            self.extract.roads.append(
                Road(
                    way.id,
                    name,
                    tags.get("ref"),
                    highway,
                    direction != 0,
                    features.is_crossing_above(tags),
                    features.is_below(tags),
                    line,
                    tuple(features.other_names(tags)),
                )
            )
        if rails:
            self.extract.railways.append(Shape(rails, name, line))
        if water:
            self.extract.water.append(Shape(water, name, line))

    def _line(self, way: osmium.osm.Way, *, backwards: bool) -> str | None:
        direction = osmium.geom.direction.BACKWARD if backwards else osmium.geom.direction.FORWARD
        try:
            return str(self.wkb.create_linestring(way, osmium.geom.use_nodes.UNIQUE, direction))
        except (osmium.InvalidLocationError, RuntimeError):
            self.extract.incomplete_ways += 1
        places = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
        if len(set(places)) < 2:
            return None
        return line_wkb(places[::-1] if backwards else places)

    def _is_of_use(self, tags: dict[str, str]) -> bool:
        if _is_border(tags):
            return "name" in tags
        is_place = "highway" not in tags and features.place(tags) is not None
        kinds = (features.water(tags), features.landuse(tags), features.building(tags))
        return is_place or any(kinds) or "addr:housenumber" in tags

    def _area(self, osm_id: int, tags: dict[str, str], shape: str) -> None:
        name = tags.get("name")
        for layer, kind in (
            (self.extract.water, features.water(tags)),
            (self.extract.landuse, features.landuse(tags)),
            (self.extract.buildings, features.building(tags)),
        ):
            if kind:
                layer.append(Shape(kind, name, shape))
        if _is_border(tags):
            self._border(osm_id, tags, shape)
        elif "highway" not in tags and (place := features.place(tags)):
            self.extract.places.append(Place(*place, tuple(features.other_names(tags)), shape))
        self._house_number(tags, shape)

    def _border(self, osm_id: int, tags: dict[str, str], shape: str) -> None:
        level = tags.get("admin_level", "")
        self.extract.areas.append(Area(osm_id, int(level) if level.isdigit() else None, tags["name"], shape))


def _is_border(tags: dict[str, str]) -> bool:
    return tags.get("boundary") == "administrative"


def line_wkb(places: list[tuple[float, float]]) -> str:
    """Return a line through `places` (lon, lat) as hex WKB."""
    header = np.array([1], np.uint8).tobytes() + np.array([2, len(places)], "<u4").tobytes()
    return (header + np.array(places, "<f8").tobytes()).hex()


def connected_parts(
    roads: int, drivable: list[int], way_nodes: list[list[int]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Tell which roads hang together, without regard to direction.

    Args:
        roads: how many there are.
        drivable: indexes of those that count.
        way_nodes: the node ids of each of these.
    Returns:
        the part of each road, int64 (roads,), -1 for roads that do not count; the number of nodes of each part.
    """
    lengths = np.fromiter((len(nodes) for nodes in way_nodes), np.int64, len(way_nodes))
    ids = np.fromiter((ref for nodes in way_nodes for ref in nodes), np.int64, int(lengths.sum()))
    unique, index = np.unique(ids, return_inverse=True)
    way = np.repeat(np.arange(len(way_nodes)), lengths)
    follows = way[1:] == way[:-1]
    links = coo_array(
        (np.ones(int(follows.sum()), np.int8), (index[:-1][follows], index[1:][follows])),
        shape=(len(unique), len(unique)),
    )
    _, part_of_node = connected_components(links, directed=False)
    part = np.full(roads, -1, np.int64)
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
    part[np.array(drivable, np.int64)] = part_of_node[index[first]]
    return part, np.bincount(part_of_node).astype(np.int64)
