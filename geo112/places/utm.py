"""UTM coordinates as surveyors, receivers and village maps write them: zone, easting, northing, in metres.

    “48M 702123 9312345” · “48 S 702123 9312345” · “zona 48S X=702.123 Y=9.312.345” · “UTM 702123 mE 9312345 mN 48M”

After a zone, “S” and “N” are read as Indonesians write them, the southern and the northern half; other letters are the
band of latitude, 8° each, and have to agree with the northing. Without a letter the half is the one in which the point
lies in Indonesia. The projection is pyproj's. Pure.
"""

import re
from functools import lru_cache
from typing import Final

from pyproj import Transformer

from geo112.places.written import Written, written

_BANDS: Final = "CDEFGHJKLMNPQRSTUVWX"  # of 8° from 80° S; X has 12°
_INDONESIA_LAT: Final = (-11.5, 6.5)
_INDONESIAN_ZONES: Final = range(46, 55)
_FALSE_NORTHING_M: Final = 10_000_000
_END_OF_BAND_S_M: Final = 4_435_000  # 40° N at the edge of a zone

_ZONE = (
    r"(?:(?:utm|zona|zone|wgs\s?84)[\s/:.,=]{0,3}){0,3}"
    rf"(?P<zone>\d{{1,2}})\s?(?P<letter>[{_BANDS}](?![a-z])|selatan|utara|south|north)?"
)
_EASTING = (
    r"(?:(?:x|e|east(?:ing)?|timur|t)[\s:=.]{0,3})?"
    r"(?P<east>\d{6}(?:[.,]\d{1,6})?|\d{3}\.\d{3}(?:,\d{1,6})?)(?:\s?m?[et]\b|\s?m\b)?"
)
_NORTHING = (
    r"(?:(?:y|n|north(?:ing)?|utara|u)[\s:=.]{0,3})?"
    r"(?P<north>\d{4,7}(?:[.,]\d{1,6})?|(?:\d\.)?\d{3}\.\d{3}(?:,\d{1,6})?)(?:\s?m?[nu]\b|\s?m\b)?"
)
_APART = r"[\s,;/]{1,4}"
_FORMS: Final = tuple(
    re.compile(rf"(?<![\w.,]){form}(?![.,]?\d)(?!\w)", re.IGNORECASE)
    for form in (
        rf"{_ZONE}{_APART}{_EASTING}{_APART}{_NORTHING}",
        rf"{_ZONE}{_APART}{_NORTHING}{_APART}{_EASTING}",
        rf"(?:utm[\s:]{{0,3}})?{_EASTING}{_APART}{_NORTHING}{_APART}\(?{_ZONE}",
        rf"(?:utm[\s:]{{0,3}})?{_NORTHING}{_APART}{_EASTING}{_APART}\(?{_ZONE}",
    )
)


def read_utm(text: str) -> list[Written]:
    """Return the points that `text` writes in UTM, with what else it says."""
    for form in _FORMS:
        found = [point for match in form.finditer(text) if (point := _point(match, text)) is not None]
        if found:
            return found
    return []


def _point(match: re.Match[str], text: str) -> Written | None:
    zone, letter = int(match["zone"]), (match["letter"] or "").upper()
    east, step_m = _metres(match["east"])
    north, other_step_m = _metres(match["north"])
    if not (1 <= zone <= 60 and 100_000 <= east < 900_000 and 0 <= north <= _FALSE_NORTHING_M):
        return None
    is_south = _is_south(zone, letter, north)
    if is_south is None:
        return None
    lon, lat = _unproject(zone, is_south).transform(east, north)
    if len(letter) == 1 and letter not in "NS" and not _is_in_band(letter, lat):
        return None
    point = written(lat, lon, max(step_m, other_step_m))
    rest = f"{text[: match.start()]} {text[match.end() :]}".strip(" \t\r\n.,;:()[]")
    return None if point is None else point.beside(rest)


def _is_south(zone: int, letter: str, north: float) -> bool | None:
    """Tell the half of the earth, or None where nothing says it."""
    if letter in {"SELATAN", "SOUTH"}:
        return True
    if letter in {"UTARA", "NORTH"}:
        return False
    if letter == "S":  # the southern half, unless it may be the band S, 32° to 40° N
        return True if north > _END_OF_BAND_S_M else None
    if letter:
        return letter < "N"
    if zone not in _INDONESIAN_ZONES:
        return None
    halves = [
        is_south
        for is_south in (True, False)
        if _INDONESIA_LAT[0] <= _unproject(zone, is_south).transform(500_000, north)[1] <= _INDONESIA_LAT[1]
    ]
    return halves[0] if len(halves) == 1 else None


def _is_in_band(letter: str, lat: float) -> bool:
    south = 8 * _BANDS.index(letter) - 80
    return south - 0.01 <= lat <= south + (12 if letter == "X" else 8) + 0.01


def _metres(text: str) -> tuple[float, float]:
    """Return metres and the step of the last digit; “9.312.345,6” has points between thousands."""
    if re.fullmatch(r"(?:\d\.)?\d{3}\.\d{3}(?:,\d+)?", text):
        text = text.replace(".", "")
    text = text.replace(",", ".")
    return float(text), 10.0 ** -len(text.partition(".")[2])


@lru_cache(120)
def _unproject(zone: int, is_south: bool) -> Transformer:
    return Transformer.from_crs((32700 if is_south else 32600) + zone, 4326, always_xy=True)
