"""A ground to search on, drawn in metres: streets, places and areas by name, without an import.

ground = Ground()
ground.street("Jalan Melati", (0, 0), (400, 0))
ground.geocoder().search("jl melati")
"""

import math

import shapely

from geo112.city.extract import HouseNumber
from geo112.city.features import area_name, bare_area_name
from geo112.city.gazetteer import METRES_PER_DEGREE, Entry
from geo112.city.indexing import index_of
from geo112.city.spelling import normal
from geo112.coordinates import LonLat
from geo112.places.geocode import Geocoder
from geo112.places.placing import reach_m

ORIGIN = LonLat(107.5, -11.5)  # in open sea
Metres = tuple[float, float]  # east and north of the origin


def at(east_m: float, north_m: float) -> LonLat:
    scale = METRES_PER_DEGREE * math.cos(math.radians(ORIGIN.lat))
    return LonLat(ORIGIN.lon + east_m / scale, ORIGIN.lat + north_m / METRES_PER_DEGREE)


class Ground:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.houses: list[HouseNumber] = []

    def street(self, name: str, *corners: Metres, lanes: tuple[tuple[Metres, ...], ...] = ()) -> None:
        lines = [[at(*corner) for corner in lane] for lane in (corners, *lanes) if lane]
        shape = shapely.multilinestrings([shapely.linestrings(line) for line in lines])
        middle = shapely.get_point(shapely.shortest_line(shape, shapely.centroid(shape)), 0)
        self._add("street", "residential", name, normal(name), middle, shape)

    def place(self, name: str, category: str, where: Metres, outline: tuple[Metres, ...] = ()) -> None:
        shape = shapely.polygons([at(*corner) for corner in outline]) if outline else None
        self._add("place", category, name, normal(name), shapely.Point(at(*where)), shape)

    def area(self, kind: str, name: str, west: float, south: float, east: float, north: float) -> None:
        shape = shapely.box(*at(west, south), *at(east, north))
        label = area_name(kind, name)
        norm = normal(label if kind == "rw" else bare_area_name(label))
        self._add("area", kind, label, norm, shapely.centroid(shape), shape)

    def house(self, street: str | None, number: str, where: Metres, block: str | None = None) -> None:
        self.houses.append(HouseNumber(street, number, block, shapely.to_wkb(shapely.Point(at(*where)), hex=True)))

    def geocoder(self) -> Geocoder:
        return Geocoder(index_of(self.entries, self.houses))

    def _add(
        self, kind: str, category: str, name: str, norm: str, point: shapely.Point, shape: shapely.Geometry | None
    ) -> None:
        radius_m = 50.0 if shape is None else reach_m(LonLat(point.x, point.y), shape)
        areas = tuple(
            entry.name
            for entry in self.entries
            if entry.kind == "area" and entry.shape is not None and shapely.intersects(entry.shape, point)
        )
        self.entries.append(Entry(kind, category, name, norm, areas, radius_m, point, shape))
