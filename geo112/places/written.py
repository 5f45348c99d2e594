"""A point as somebody wrote it, and how sure its writing leaves it.

Every reader of coordinates gives this: `degrees`, `utm`, `plus_codes`, `map_links`; `notation` asks them all.
"""

from dataclasses import dataclass, replace
from typing import Final

from geo112.coordinates import LonLat

METRES_PER_DEGREE: Final = 111_320.0
# Phones and people write more digits than they know: a circle is never drawn smaller than this.
LEAST_UNCERTAINTY_M: Final = 10.0
# Of a square of one last digit, the circle with this share of its side holds nine tenths: sqrt(0.9 / pi) = 0.535.
NINE_TENTHS_OF_A_SQUARE: Final = 0.54


@dataclass(frozen=True, slots=True)
class Written:
    """A point as it was written."""

    point: LonLat
    uncertainty_m: float  # what the writing leaves open, at least 10 m
    rest: str = ""  # what else was said beside it, to be searched for like any other words
    is_lon_first: bool = False  # bare numbers, the longitude first; their size alone tells so

    def beside(self, rest: str) -> "Written":
        return replace(self, rest=rest)


def written(lat: float, lon: float, step_m: float, *, is_lon_first: bool = False) -> Written | None:
    """Return the point, or None where it is not on earth (NaN is not).

    Args:
        step_m: what one step of the last digit is on the ground.
    """
    point = LonLat(lon, lat)
    if not point.is_on_earth():
        return None
    return Written(point, max(LEAST_UNCERTAINTY_M, step_m * NINE_TENTHS_OF_A_SQUARE), is_lon_first=is_lon_first)
