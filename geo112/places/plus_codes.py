"""Plus codes (Open Location Code): a cell on earth in a few letters, as map programs show them.

    “6P58QRRV+2M”  a full code    “QRRV+2M Menteng, Jakarta”  a short one: which of many such cells, the place says

Twenty digits, in pairs for latitude and longitude: each pair divides the cell before it by 20 × 20, the first ones the
earth by 9 × 18 of 20°; after ten digits, each one divides by 5 rows × 4 columns. Before the plus stand eight digits;
“0” fills up what was left out there. Pure.

Source: Open Location Code, specification and test data, https://github.com/google/open-location-code (Apache 2.0).
"""

import re
from dataclasses import dataclass
from typing import Final

from geo112.coordinates import LonLat
from geo112.places.written import METRES_PER_DEGREE, Written, written

DIGITS: Final = "23456789CFGHJMPQRVWX"
_PAIRS: Final = 5  # ten digits are pairs, what follows divides by rows and columns
_ROWS, _COLUMNS = 5, 4
_MOST_DIGITS: Final = 15  # more say nothing that a double holds
_BEFORE_PLUS: Final = 8

_CODE: Final = re.compile(rf"(?<![^\W_])([{DIGITS}]{{2,8}}0{{0,6}})\+([{DIGITS}]{{0,32}})(?![\w+])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a code stands for, degrees."""

    south: float
    west: float
    height: float
    width: float

    @property
    def middle(self) -> LonLat:
        return LonLat(self.west + self.width / 2, self.south + self.height / 2)


@dataclass(frozen=True, slots=True)
class ShortCode:
    """A code without its beginning, and the words said beside it, which name a place near by."""

    code: str
    rest: str

    def near(self, reference: LonLat) -> Written | None:
        """Return the point of that name nearest to `reference`."""
        return _written(decode(recover(self.code, reference)), self.rest)


def read_plus_code(text: str) -> list[Written]:
    """Return the points of all full plus codes in `text`, with what else it says."""
    found = [_written(decode(code), rest) for code, rest in _codes(text) if is_full(code)]
    return [each for each in found if each is not None]


def read_short_code(text: str) -> ShortCode | None:
    """Return the short plus code that `text` holds; None for none and for several.

    Four or six digits before the plus, as map programs write it, at least one of them a letter: “2345+67” is a sum.
    """
    codes = {
        code: rest
        for code, rest in _codes(text)
        if is_short(code) and code.index("+") in {4, 6} and any(sign.isalpha() for sign in code)
    }
    if len(codes) != 1:
        return None
    ((code, rest),) = codes.items()
    return ShortCode(code, rest)


def is_full(code: str) -> bool:
    return _is_valid(code) and code.index("+") == _BEFORE_PLUS and _is_on_earth(code)


def is_short(code: str) -> bool:
    return _is_valid(code) and code.index("+") < _BEFORE_PLUS and "0" not in code


def decode(full: str) -> Cell:
    """Return the cell of a full code; a code that is not full is an error of the caller."""
    digits = [DIGITS.index(sign) for sign in full.upper().replace("+", "").rstrip("0")][:_MOST_DIGITS]
    south, west, height, width = -90.0, -180.0, 400.0, 400.0
    for lat, lon in zip(digits[: 2 * _PAIRS : 2], digits[1 : 2 * _PAIRS : 2], strict=True):
        height, width = height / 20, width / 20
        south, west = south + lat * height, west + lon * width
    for digit in digits[2 * _PAIRS :]:
        height, width = height / _ROWS, width / _COLUMNS
        south, west = south + digit // _COLUMNS * height, west + digit % _COLUMNS * width
    return Cell(south, west, height, width)


def encode(point: LonLat, pairs: int = _PAIRS) -> str:
    """Return the code of the cell that `point` lies in, of one to five pairs of digits."""
    step = 20.0 / 20 ** (pairs - 1)
    rows, columns = round(180 / step), round(360 / step)
    row = min(int((point.lat + 90) / step + 1e-9), rows - 1)
    column = int((point.lon + 180) / step + 1e-9) % columns
    code = ""
    for _ in range(pairs):
        code = DIGITS[row % 20] + DIGITS[column % 20] + code
        row, column = row // 20, column // 20
    code = code.ljust(_BEFORE_PLUS, "0")
    return f"{code[:_BEFORE_PLUS]}+{code[_BEFORE_PLUS:]}"


def recover(short: str, reference: LonLat) -> str:
    """Return the full code nearest to `reference` that ends in `short`."""
    missing = _BEFORE_PLUS - short.index("+")
    # The beginning comes from the cell that the reference lies in; the code may lie just over the edge of that.
    size = 400.0 / 20 ** (missing // 2)
    full = encode(reference)[:missing] + short.upper()
    middle = decode(full).middle
    lat, lon = (
        near - size if near - there > size / 2 else near + size if there - near > size / 2 else near
        for near, there in ((middle.lat, reference.lat), (middle.lon, reference.lon))
    )
    lat = middle.lat if not -90 <= lat <= 90 else lat
    return encode(LonLat((lon + 180) % 360 - 180, lat))[:missing] + short.upper()


def _written(cell: Cell, rest: str) -> Written | None:
    middle = cell.middle
    point = written(middle.lat, middle.lon, cell.height * METRES_PER_DEGREE)
    return None if point is None else point.beside(rest)


def _codes(text: str) -> list[tuple[str, str]]:
    return [
        (match[0].upper(), f"{text[: match.start()]} {text[match.end() :]}".strip(" \t\r\n.,;:()[]"))
        for match in _CODE.finditer(text)
    ]


def _is_valid(code: str) -> bool:
    before, plus, after = code.upper().partition("+")
    digits = before.rstrip("0")
    return (
        plus == "+"
        and len(before) <= _BEFORE_PLUS
        and len(before) % 2 == len(digits) % 2 == 0
        and (digits == before or (len(before) == _BEFORE_PLUS and digits != "" and after == ""))
        and len(after) != 1
        and len(digits + after) >= 2
        and all(sign in DIGITS for sign in digits + after)
    )


def _is_on_earth(code: str) -> bool:
    return DIGITS.index(code[0].upper()) < 9 and DIGITS.index(code[1].upper()) < 18
