"""Links of map programs, as messages bring them: the place that was shared, else the middle of what the map showed.

    geo:-6.2088,106.8456?q=…         RFC 5870, and what Android adds
    …google…/maps/place/Monas/@-6.1,106.9,15z/data=…!3d-6.2088!4d106.8456   the place stands behind the view
    …google…/maps?q= · ?ll= · ?daddr= · &destination= · /maps/dir/…/-6.2088,106.8456 · /maps/search/…
    …openstreetmap…/?mlat=…&mlon=… · #map=17/-6.2088/106.8456
    waze…/ul?ll= · …to=ll.-6.2088,106.8456     …apple…/?ll= · ?q= · /place?coordinate=

A way leads to its end, never to its beginning: “saddr” and “origin” are not read. Shortened links hold no coordinates.
Nothing is fetched. Pure.
"""

import re
from math import cos, radians
from typing import Final
from urllib.parse import unquote, unquote_plus

from geo112.places.degrees import read_degrees
from geo112.places.plus_codes import read_plus_code
from geo112.places.written import LEAST_UNCERTAINTY_M, METRES_PER_DEGREE, Written, written

_N = r"[-+]?\d{1,3}(?:\.\d{1,20})?"
_LINK: Final = re.compile(
    r"(?<![\w.])(?:geo:|google\.navigation:|maps:|[a-z][a-z0-9+.-]{1,30}://|(?:[a-z0-9-]{1,40}\.){1,5}[a-z]{2,10}(?=[/?#]))"
    r"(?:[^\s<>]|(?<=\d,)\s(?=[-+]?\d{1,3}\.\d))+",  # a hand that typed “, ” did not end the link
    re.IGNORECASE,
)
_GEO: Final = re.compile(rf"geo:({_N}),({_N})(?:,{_N})?((?:;[^?;]*)*)(?:\?(.*))?", re.IGNORECASE)
_NAMED_PLACES: Final = (  # of a query, the plainest first
    "destination", "daddr", "to", "query", "q", "ll", "latlng", "coordinate", "coordinates", "loc", "location", "point",
    "pin", "markers", "marker", "sp", "pt",
)  # fmt: skip
_NAMED_VIEWS: Final = ("center", "cp", "cbll", "viewpoint", "map", "near")
_NAMED_PAIRS: Final = (("mlat", "mlon"), ("lat", "lon"), ("lat", "lng"), ("lat", "long"), ("latitude", "longitude"))
_PLACE_IN_DATA: Final = re.compile(rf"!3d({_N})!4d({_N})")
_END_OF_WAY: Final = re.compile(rf"!2m2!1d({_N})!2d({_N})")  # lon, lat
_VIEW_OF_EMBEDDED: Final = re.compile(rf"!1d(\d+(?:\.\d+)?)!2d({_N})!3d({_N})")  # metres, lon, lat
_VIEW_AT: Final = re.compile(rf"@({_N}),({_N})(?:,(\d{{1,7}}(?:\.\d{{1,10}})?)([zma]))?")
_VIEW_OF_OSM: Final = re.compile(rf"[#&]map=(\d{{1,2}}(?:\.\d+)?)/({_N})/({_N})")

# A map of zoom 0 shows the earth on 256 pixels; 256 more are half a screen of a phone.
# https://wiki.openstreetmap.org/wiki/Zoom_levels
_HALF_A_SCREEN_AT_ZOOM_0_M: Final = 156_543.03 * 256
_ZOOM_WHERE_NONE_IS_SAID: Final = 16.0


def read_links(text: str) -> tuple[list[Written], str]:
    """Return the points of all links in `text`, and `text` without its links."""
    rest = " ".join(_LINK.sub(" ", text).split())
    found = [_read(match[0].rstrip(".,;)]}\"'")) for match in _LINK.finditer(text)]
    return [each.beside(rest) for each in found if each is not None], rest


def _read(link: str) -> Written | None:
    if link.lower().startswith("geo:"):
        return _geo(link)
    address, _, fragment = link.partition("#")
    path, _, query = re.sub(r"^([a-z.]+:)(?=q=)", r"\1?", address).partition("?")
    decoded = unquote(link)
    said = [named.partition("=")[::2] for named in re.split(r"[&;?]", query) + re.split(r"[&;?]", fragment)]
    named = {name.lower(): value for name, value in reversed(said)}
    if match := _PLACE_IN_DATA.search(decoded):
        return _written(match[1], match[2])
    if ends := _END_OF_WAY.findall(decoded):
        return _written(ends[-1][1], ends[-1][0])
    for lat, lon in _NAMED_PAIRS:
        if re.fullmatch(_N, named.get(lat, "")) and re.fullmatch(_N, named.get(lon, "")):
            return _written(named[lat], named[lon])
    values = [named[name] for name in _NAMED_PLACES if name in named]
    values += [step for step in reversed(path.split("/")[1:]) if not step.startswith(("@", "data="))]
    for value in values:
        if found := _value(value):
            return found[-1]
    return _view(decoded, named)


def _value(value: str) -> list[Written]:
    """Return the points that a value gives: “-6.2,106.8(Rumah)”, “loc:-6.2+106.8”, a plus code, degrees and minutes."""
    plain = re.sub(r"^(?:loc:|ll\.|point\.)|~|(?<=\d)_(?=[-\d])", " ", unquote_plus(value)).strip()
    return read_plus_code(unquote(value)) or read_degrees(plain)


def _view(decoded: str, named: dict[str, str]) -> Written | None:
    """Return the middle of the map that was seen; what was meant may lie anywhere on that screen."""
    if match := _VIEW_AT.search(decoded):
        lat, lon, amount, kind = match.groups()
        if kind == "a":  # a panorama, taken where it says
            return _written(lat, lon)
        if kind == "m":  # the height of what is seen
            return _seen(float(lat), float(lon), float(amount) / 2)
        return _seen_at_zoom(lat, lon, amount)
    if match := _VIEW_OF_OSM.search(decoded):
        return _seen_at_zoom(match[2], match[3], match[1])
    if match := _VIEW_OF_EMBEDDED.search(decoded):
        return _seen(float(match[3]), float(match[2]), float(match[1]) / 2)
    for name in _NAMED_VIEWS:
        if found := _value(named.get(name, "")):
            point = found[-1].point
            return _seen_at_zoom(
                str(point.lat), str(point.lon), named.get("zoom") or named.get("z") or named.get("lvl")
            )
    return None


def _geo(link: str) -> Written | None:
    match = _GEO.match(link)
    if match is None:
        return None
    lat, lon, parameters, query = match.groups()
    for named in re.split("[&;?]", query or ""):
        name, _, value = named.partition("=")
        if name.lower() == "q" and (found := _value(value)):
            return found[-1]
    if float(lat) == float(lon) == 0:
        return None  # what Android writes where only a name is known
    said = dict(parameter.lower().partition("=")[::2] for parameter in parameters.split(";"))
    if said.get("crs", "wgs84") != "wgs84":
        return None
    point = _written(lat, lon)
    uncertainty = said.get("u", "")
    if point is not None and re.fullmatch(r"\d{1,6}(?:\.\d+)?", uncertainty):
        return Written(point.point, max(LEAST_UNCERTAINTY_M, float(uncertainty)))
    return point


def _written(lat: str, lon: str) -> Written | None:
    """Return the point; longitude before latitude, as some maps have it, is told by its size."""
    first, second = float(lat), float(lon)
    if abs(first) > 90 >= abs(second):
        first, second = second, first
    step = max(10.0 ** -len(each.partition(".")[2]) for each in (lat, lon))
    return written(first, second, step * METRES_PER_DEGREE)


def _seen_at_zoom(lat: str, lon: str, zoom: str | None) -> Written | None:
    try:
        level = min(max(float(zoom or _ZOOM_WHERE_NONE_IS_SAID), 0.0), 22.0)
    except ValueError:
        level = _ZOOM_WHERE_NONE_IS_SAID
    return _seen(float(lat), float(lon), _HALF_A_SCREEN_AT_ZOOM_0_M * cos(radians(float(lat))) / 2**level)


def _seen(lat: float, lon: float, radius_m: float) -> Written | None:
    point = written(lat, lon, 0.0)
    return None if point is None else Written(point.point, max(LEAST_UNCERTAINTY_M, radius_m))
