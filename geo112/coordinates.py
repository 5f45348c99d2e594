"""A place on earth, in the one order used everywhere: longitude, then latitude (WGS 84, EPSG:4326)."""

from typing import NamedTuple

from geoalchemy2 import WKTElement
from pydantic import BaseModel

SRID = 4326


class LonLat(NamedTuple):
    """A point in EPSG:4326, degrees."""

    lon: float
    lat: float

    def is_on_earth(self) -> bool:
        return -180.0 <= self.lon <= 180.0 and -90.0 <= self.lat <= 90.0

    def as_geometry(self) -> WKTElement:
        """Return the point as PostGIS takes it."""
        return WKTElement(f"POINT({self.lon!r} {self.lat!r})", srid=SRID)


class Point(BaseModel):
    """A point as JSON has it, EPSG:4326, degrees."""

    lon: float
    lat: float


def utm_srid(point: LonLat) -> int:
    """Return the EPSG code of the UTM zone that `point` lies in, for work in metres."""
    zone = int((point.lon + 180.0) // 6.0) + 1
    return (32600 if point.lat >= 0 else 32700) + min(zone, 60)
