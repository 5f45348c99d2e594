"""Coordinates as people write them: decimal with point or comma, degrees and minutes, geo: URIs, map links.

    “-6,2088 106,8456” · “S 6.2088 E 106.8456” · “6°12'31.7"S 106°50'44.2"E” · “6° 12' LS 106° 50' BT”
    “geo:-6.2088,106.8456” · “https://…/@-6.2088,106.8456,17z”

Latitude comes first unless a letter or the size of the number says otherwise. Pure.
"""

import re
from dataclasses import dataclass
from typing import Final

from geo112.coordinates import LonLat

METRES_PER_DEGREE: Final = 111_320.0

_NUMBER = r"[-+−–]?\d{1,3}(?:[.,]\d+)?"
_LETTER = r"(?:LS|LU|BT|BB|[NSEWU])"
_ANGLE = re.compile(
    rf"(?:(?P<before>{_LETTER})\b\s*)?(?P<degrees>{_NUMBER})\s*(?:[°º]|derajat|deg)?\s*"
    r"(?:(?P<minutes>\d{1,2}(?:[.,]\d+)?)\s*(?:['’′]|menit)\s*)?"
    r"(?:(?P<seconds>\d{1,2}(?:[.,]\d+)?)\s*(?:[\"”″]|''|’’|detik)\s*)?"
    rf"(?P<after>{_LETTER}\b)?",
    re.IGNORECASE,
)
_LABELS = re.compile(
    r"\b(?:koordinat|titik|lokasi|posisi|location|lintang|bujur|latitude|longitude|lat|lon|lng|long|x|y|gps)\b\.?\s*[:=]?",
    re.IGNORECASE,
)
_LINK = re.compile(
    rf"(?:geo:|[@=/]|[?&](?:q|ll|query|center|daddr)=)(?:loc:)?({_NUMBER})(?:,|%2C|\+|/)\s*({_NUMBER})", re.IGNORECASE
)
_LINK_PAIRS: Final = (  # the place itself stands before the view of the map, where a link has both
    re.compile(rf"!3d({_NUMBER})!4d({_NUMBER})"),
    re.compile(rf"mlat=({_NUMBER})&mlon=({_NUMBER})", re.IGNORECASE),
    _LINK,
)
_BARE_DMS = re.compile(rf"(\d{{1,3}})\s+(\d{{1,2}})\s+(\d{{1,2}}(?:[.,]\d+)?)\s*({_LETTER})\b", re.IGNORECASE)
_SOUTH: Final = frozenset({"S", "LS"})
_NORTH: Final = frozenset({"N", "LU", "U"})
_WEST: Final = frozenset({"W", "BB"})
_EAST: Final = frozenset({"E", "BT", "T"})
_LATITUDES: Final = _SOUTH | _NORTH


@dataclass(frozen=True, slots=True)
class Written:
    """A point as it was written."""

    point: LonLat
    uncertainty_m: float  # what the last digit written leaves open, at least 10 m


def read_point(text: str) -> Written | None:
    """Return the point that `text` writes, or None where it is not coordinates and nothing else."""
    if len(text) > 500:
        return None
    if re.search(r"geo:|https?://", text, re.IGNORECASE):
        link = next((found for pattern in _LINK_PAIRS if (found := pattern.search(text))), None)
        return None if link is None else _written(_value(link[1]), _value(link[2]), _step(link[1]))
    plain = _BARE_DMS.sub(r"\1°\2′\3″\4", _LABELS.sub(" ", text)).strip(" \t\r\n.,;()[]")
    angles = _angles(plain)
    if angles is None:
        return None
    (first, first_letter, step), (second, second_letter, _) = angles
    is_lon_first = first_letter in _EAST | _WEST or second_letter in _LATITUDES or abs(first) > 90 >= abs(second)
    return _written(second, first, step) if is_lon_first else _written(first, second, step)


def _angles(plain: str) -> list[tuple[float, str, float]] | None:
    """Return two angles with letter and step in degrees, if they are all that `plain` holds."""
    for separator in (r"\s*[,;]?\s+", r"\s*;\s*", r","):
        pattern = re.compile(rf"({_ANGLE.pattern}){separator}({_again(_ANGLE.pattern)})", re.IGNORECASE)
        match = pattern.fullmatch(plain)
        if match is None:
            continue
        found = [_angle(match, ""), _angle(match, "2")]
        if any(value is not None and abs(value[0]) > 180 for value in found):
            continue
        if found[0] and found[1] and _is_meant(plain):
            return [found[0], found[1]]
    return None


def _again(pattern: str) -> str:
    """Return the pattern with its groups named apart, for the second angle."""
    return re.sub(r"\(\?P<(\w+)>", r"(?P<\g<1>2>", pattern)


def _angle(match: re.Match[str], which: str) -> tuple[float, str, float] | None:
    letter = (match["before" + which] or match["after" + which] or "").upper()
    degrees, minutes, seconds = (match[part + which] for part in ("degrees", "minutes", "seconds"))
    value = _value(degrees)
    step = _step(degrees)
    if minutes is not None:
        fraction = _value(minutes) / 60 + (_value(seconds) / 3600 if seconds else 0.0)
        if _value(minutes) >= 60 or (seconds and _value(seconds) >= 60):
            return None
        value = abs(value) + fraction if value >= 0 and not degrees.startswith(("-", "−", "–")) else value - fraction
        step = _step(seconds) / 3600 if seconds else _step(minutes) / 60
    if letter in _SOUTH | _WEST:
        value = -abs(value)
    return value, letter, step


def _is_meant(plain: str) -> bool:
    """Tell coordinates from two whole numbers (“3, 5”): both have a fraction, or there is a sign of degrees."""
    return len(re.findall(r"\d[.,]\d", plain)) >= 2 or "°" in plain or "º" in plain


def _value(text: str) -> float:
    return float(re.sub(r"^[−–]", "-", text).replace(",", "."))


def _step(text: str) -> float:
    _, _, decimals = text.replace(",", ".").partition(".")
    return 10.0 ** -len(decimals)


def _written(lat: float, lon: float, step: float) -> Written | None:
    point = LonLat(lon, lat)
    if not point.is_on_earth():
        return None
    return Written(point, max(10.0, min(step, 1.0) * METRES_PER_DEGREE / 2))
