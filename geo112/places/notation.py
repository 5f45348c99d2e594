"""Coordinates in any writing, alone or among other words → the point, how sure it is, and what else was said.

map_links   “Lokasi saya: https://…/?q=-6.2088,106.8456”      plus_codes   “6P58QRRV+2M”
utm         “48M 702123 9312345”                              degrees      “6°12'31.7"S 106°50'44.2"E”, “-6,2 106,8”

    “kebakaran di -6.2088, 106.8456 belakang pasar” ──► the point, and “kebakaran di belakang pasar”

A short plus code (“QRRV+2M Menteng”) is no point yet: `read_short_code` gives it and the words beside it; who knows
where these are, or where the caller is thought to be, asks it for the point `near` there. Never a wrong point: half a
coordinate, what lies off the earth, and two places in one message give none. Pure.
"""

from typing import Final

from geo112.coordinates import LonLat
from geo112.places.degrees import is_said_of_no_place, read_degrees
from geo112.places.map_links import read_links
from geo112.places.plus_codes import ShortCode, read_plus_code, read_short_code
from geo112.places.utm import read_utm
from geo112.places.written import METRES_PER_DEGREE, Written

__all__ = ["ShortCode", "Written", "read_point", "read_short_code"]

# What is cut could lose a digit, so longer messages are not read. Links are long; the worst other text takes 80 ms so.
MOST_SIGNS: Final = 2_000
MOST_SIGNS_WITHOUT_LINKS: Final = 500


def read_point(text: str) -> Written | None:
    """Return the point that `text` writes, or None where it writes none, or two that are not the same place."""
    if len(text) > MOST_SIGNS or not any(sign.isdigit() or sign == "+" for sign in text):
        return None
    found, rest = read_links(text)
    if not found and len(rest) <= MOST_SIGNS_WITHOUT_LINKS:
        found = read_plus_code(rest) or read_utm(rest) or read_degrees(rest)
    if not found or not all(_is_same_place(found[0], other) for other in found[1:]):
        return None
    first = found[0]
    return first.beside("" if is_said_of_no_place(first.rest) else " ".join(first.rest.split()))


def _is_same_place(one: Written, other: Written) -> bool:
    return _apart_m(one.point, other.point) <= one.uncertainty_m + other.uncertainty_m


def _apart_m(one: LonLat, other: LonLat) -> float:
    """Return metres at most: degrees of longitude are taken as long as at the equator."""
    return METRES_PER_DEGREE * (abs(one.lon - other.lon) + abs(one.lat - other.lat))
