"""From an extract's objects to names that can be asked for, each with its point, its extent and its areas.

    ways of one name ── within 150 m of each other ──► one street ┐
    named points and buildings ─────────────────────────────────  ├─► Entry
    administrative areas ─────────────────────────────────────────┘

A street's name recurs in other kelurahan; ways far apart are therefore different streets of that name.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo112.city import features
from geo112.city.extract import Area, Extract, HouseNumber, Road
from geo112.city.spelling import normal

STREET_GAP_M = 150.0  # measured on Jakarta: tells two streets of a name from one street with a gap
METRES_PER_DEGREE = 111_320.0
POINT_UNCERTAINTY_M = 50.0  # a mapped point against the gate where a crew stops

Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the gazetteer; see `tables.Gazetteer`."""

    kind: str
    category: str
    name: str
    norm: str
    areas: tuple[str, ...]
    uncertainty_m: float
    point: shapely.Point
    shape: shapely.Geometry | None


@dataclass(frozen=True, slots=True)
class NamedArea:
    """An administrative area with its kind decided."""

    source: Area
    kind: str
    polygon: shapely.Geometry


class AreaFinder:
    """Which areas lie around a point."""

    def __init__(self, areas: Sequence[NamedArea]) -> None:
        self.areas = areas
        self._polygons: Geometries = np.array([area.polygon for area in areas], dtype=object)
        self._tree = shapely.STRtree(self._polygons)
        self._sizes = shapely.area(self._polygons)

    def around(self, points: Geometries) -> list[list[int]]:
        """Return for each point the indexes of the areas that hold it, smallest first."""
        found: list[list[int]] = [[] for _ in range(len(points))]
        if not len(self.areas):
            return found
        point_index, area_index = self._tree.query(points, predicate="intersects")
        for point, area in zip(point_index.tolist(), area_index.tolist(), strict=True):
            found[point].append(area)
        for indexes in found:
            indexes.sort(key=lambda index: float(self._sizes[index]))
        return found

    def names(self, indexes: Sequence[int], *, within: int | None = None) -> tuple[str, ...]:
        """Return the names of these areas; of those larger than the area `within` where that is given."""
        return tuple(
            dict.fromkeys(
                features.area_name(self.areas[index].kind, self.areas[index].source.name)
                for index in indexes
                if within is None or self._sizes[index] > 1.01 * self._sizes[within]
            )
        )


def named_areas(extract: Extract, is_indonesia: bool) -> list[NamedArea]:
    """Return the administrative areas that are of use, each with its kind."""
    kinds = [features.area_kind(area.admin_level, area.name, is_indonesia) for area in extract.areas]
    kept = [(area, kind) for area, kind in zip(extract.areas, kinds, strict=True) if kind]
    polygons = shapely.from_wkb([area.polygon for area, _ in kept])
    return [NamedArea(area, kind, polygon) for (area, kind), polygon in zip(kept, polygons.tolist(), strict=True)]


def gather(extract: Extract, areas: Sequence[NamedArea]) -> list[Entry]:
    """Return every name of the extract that can be asked for."""
    finder = AreaFinder(areas)
    of_areas = _areas(finder)
    taken = {(entry.norm, area) for entry in of_areas for area in (entry.name, *entry.areas)}
    return [
        *_streets(extract.roads, finder), *of_areas, *_places(extract, finder, taken),
        *_blocks(extract.house_numbers, finder),
    ]  # fmt: skip


def _streets(roads: Sequence[Road], finder: AreaFinder) -> list[Entry]:
    named = [road for road in roads if road.name and normal(road.name)]
    lines: Geometries = np.asarray(shapely.from_wkb([road.line for road in named]), dtype=object)
    by_norm: dict[str, list[int]] = defaultdict(list)
    for index, road in enumerate(named):
        by_norm[normal(road.name or "")].append(index)
    flat = in_metres(lines)
    groups = [(norm, part) for norm, indexes in by_norm.items() for part in _near_each_other(indexes, flat)]
    shapes: Geometries = np.array([shapely.multilinestrings(lines[part].tolist()) for _, part in groups], dtype=object)
    points = _middles(shapes)
    entries: list[Entry] = []
    around = finder.around(points)
    for (norm, part), shape, point, indexes in zip(groups, shapes.tolist(), points.tolist(), around, strict=True):
        members = [named[index] for index in part]
        name = Counter(road.name or "" for road in members).most_common(1)[0][0]
        highway = Counter(road.highway for road in members).most_common(1)[0][0]
        extent_m = max(25.0, 0.9 * _reach_m(point, shape))
        others = {normal(other): other for road in members for other in road.other_names}
        for other_norm, other in [(norm, name), *others.items()]:
            if other_norm and (other_norm != norm or other == name):
                entries.append(
                    Entry("street", highway, other, other_norm, finder.names(indexes), extent_m, point, shape)
                )
    return entries


def _near_each_other(indexes: list[int], flat: Geometries) -> list[list[int]]:
    """Split the ways of one name into streets: chains of ways at most STREET_GAP_M apart."""
    if len(indexes) == 1:
        return [indexes]
    lines = flat[indexes]
    left, right = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=STREET_GAP_M)
    links = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(len(indexes), len(indexes)))
    count, part = connected_components(links, directed=False)
    parts: list[list[int]] = [[] for _ in range(count)]
    for index, of in zip(indexes, part.tolist(), strict=True):
        parts[of].append(index)
    return parts


def _areas(finder: AreaFinder) -> list[Entry]:
    points: Geometries = np.array([shapely.point_on_surface(area.polygon) for area in finder.areas], dtype=object)
    middles: Geometries = np.array([shapely.centroid(area.polygon) for area in finder.areas], dtype=object)
    entries = []
    for index, indexes in enumerate(finder.around(points)):
        area = finder.areas[index]
        middle = middles[index] if shapely.intersects(area.polygon, middles[index]) else points[index]
        name = features.area_name(area.kind, area.source.name)
        norm = normal(name if area.kind in {"rw", "rt"} else features.bare_area_name(name))
        if norm:
            entries.append(
                Entry(
                    "area",
                    area.kind,
                    name,
                    norm,
                    finder.names(indexes, within=index),
                    max(25.0, 0.9 * _reach_m(middle, area.polygon)),
                    middle,
                    area.polygon,
                )
            )
    return entries


def _places(extract: Extract, finder: AreaFinder, taken: set[tuple[str, str]]) -> list[Entry]:
    """Return the places; a settlement's point that only repeats the name of the area around it is left out."""
    shapes: Geometries = np.asarray(shapely.from_wkb([place.shape for place in extract.places]), dtype=object)
    points = shapely.point_on_surface(shapes) if len(shapes) else shapes
    entries = []
    around = finder.around(points)
    for place, shape, point, indexes in zip(extract.places, shapes.tolist(), points.tolist(), around, strict=True):
        areas = finder.names(indexes)
        is_point = shape.geom_type == "Point"
        radius_m = POINT_UNCERTAINTY_M if is_point else max(POINT_UNCERTAINTY_M, _reach_m(point, shape))
        for name in (place.name, *place.other_names):
            norm = normal(name)
            if norm and not any((norm, area) in taken and _is_settlement(place.category) for area in areas):
                entries.append(
                    Entry("place", place.category, name, norm, areas, radius_m, point, None if is_point else shape)
                )
    return entries


def _blocks(houses: Sequence[HouseNumber], finder: AreaFinder) -> list[Entry]:
    """Return the blok of estates, as far as the addresses of their houses tell: “Blok C3” where houses are of it.

    Each is named twice, alone and with the estate that its houses name.
    """
    of_block: dict[tuple[str, str], list[HouseNumber]] = defaultdict(list)
    for house in houses:
        if house.block:
            of_block[house.street or "", house.block].append(house)
    spots: list[Geometries] = [
        shapely.point_on_surface(np.asarray(shapely.from_wkb([house.shape for house in block]), dtype=object))
        for block in of_block.values()
    ]
    hulls = [shapely.convex_hull(shapely.union_all(of)) for of in spots]
    # the house in the middle: the middle itself may lie outside of the estate
    points: Geometries = np.array(
        [of[shapely.distance(of, shapely.centroid(hull)).argmin()] for of, hull in zip(spots, hulls, strict=True)],
        dtype=object,
    )
    entries = []
    for (estate, name), hull, point, indexes in zip(
        of_block, hulls, points.tolist(), finder.around(points), strict=True
    ):
        shape = hull if hull.geom_type == "Polygon" else None
        radius_m = max(POINT_UNCERTAINTY_M, _reach_m(point, hull))
        for said in dict.fromkeys((f"blok {name}", f"{estate} blok {name}")):
            areas = finder.names(indexes)
            entries.append(Entry("place", "city_block", f"Blok {name}", normal(said), areas, radius_m, point, shape))
    return entries


def _is_settlement(category: str) -> bool:
    return category in {"city", "town", "village", "suburb", "quarter", "neighbourhood", "borough", "municipality"}


def in_metres(shapes: Geometries) -> Geometries:
    """Return the shapes on a plane in metres, true to scale east-west at the middle latitude of them all."""
    if not len(shapes):
        return shapes
    _, south, _, north = shapely.total_bounds(shapes)
    east = METRES_PER_DEGREE * np.cos(np.radians((south + north) / 2))
    scaled: Geometries = shapely.transform(shapes, lambda places: places * (east, METRES_PER_DEGREE))
    return scaled


def _middles(lines: Geometries) -> Geometries:
    """Return for each street the point on it that is nearest to its centre of gravity."""
    if not len(lines):
        return lines
    to_line = shapely.shortest_line(lines, shapely.centroid(lines))
    middles: Geometries = shapely.get_point(to_line, 0)
    return middles


def _reach_m(point: shapely.Point, shape: shapely.Geometry) -> float:
    """Return how far the farthest corner of `shape` lies from `point`, in metres."""
    places = shapely.get_coordinates(shape) - (point.x, point.y)
    places *= (METRES_PER_DEGREE * np.cos(np.radians(point.y)), METRES_PER_DEGREE)
    return float(np.hypot(places[:, 0], places[:, 1]).max())
