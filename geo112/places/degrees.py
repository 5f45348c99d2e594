"""Latitude and longitude in degrees, as people, phones and hand-held receivers write them.

    “-6,2088 106,8456” · “S 6.2088 E 106.8456” · “6°12'31.7"S 106°50'44.2"E” · “6 12 31.7 LS, 106 50 44.2 BT”
    “lintang -6.2088 bujur 106.8456” · “S 06° 12.528' E 106° 50.736'” · “061231.7S 1065044.2E”

A letter or a label says which of two angles is the latitude; where there is none, latitude comes first unless the size
of the numbers says otherwise. Among other words two bare numbers are coordinates only if they have the decimals for it:
“KM 12.400 13.600” are none. Pure.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from geo112.places.written import METRES_PER_DEGREE, Written, written

# LS, LU, BT, BB: lintang selatan and utara, bujur timur and barat; single letters are English or Indonesian.
_SIGNS: Final = {  # letter → (is a latitude, sign)
    "s": (True, -1), "ls": (True, -1), "lintang selatan": (True, -1), "selatan": (True, -1), "south": (True, -1),
    "n": (True, 1), "u": (True, 1), "lu": (True, 1), "lintang utara": (True, 1), "utara": (True, 1), "north": (True, 1),
    "e": (False, 1), "t": (False, 1), "bt": (False, 1), "bujur timur": (False, 1), "timur": (False, 1),
    "east": (False, 1),
    "w": (False, -1), "b": (False, -1), "bb": (False, -1), "bujur barat": (False, -1), "barat": (False, -1),
    "west": (False, -1),
}  # fmt: skip
_LATITUDE: Final = r"(?:lintang|latitude|lat|y(?=\s*[:=]))"
_LONGITUDE: Final = r"(?:bujur|longitude|long|lon|lng|x(?=\s*[:=]))"

_DEGREES = r"\s{0,3}(?:[°º˚*]|derajat|degrees?|deg|d(?=[\s\d])|o(?=\s?\d))\s{0,3}"
_MINUTES = r"\s{0,3}(?:['’′`´]|menit|minutes?|min|m(?=[\s\d]))\s{0,3}"
_SECONDS = r"\s{0,3}(?:[\"”″“]|''|’’|′′|detik|seconds?|sec|s(?=\s?[NSEWULB]))"
_FRACTION = r"(?:[.,]\d{1,20})"
_WITH_SIGNS: Final = (
    rf"\d{{1,3}}{_DEGREES}\d{{1,2}}{_MINUTES}\d{{1,2}}{_FRACTION}?(?:{_SECONDS})?",
    rf"\d{{1,3}}{_DEGREES}\d{{1,2}}{_FRACTION}?(?:{_MINUTES})?",
    rf"\d{{1,3}}{_FRACTION}?(?:{_DEGREES})?",
)
_ONLY_WITH_LETTERS: Final = (  # without a letter these are house numbers, times and telephone numbers
    rf"\d{{1,3}}[\s:-]{{1,3}}\d{{1,2}}[\s:-]{{1,3}}\d{{1,2}}{_FRACTION}?(?:{_SECONDS})?",
    rf"\d{{1,3}}[\s:-]{{1,3}}\d{{1,2}}{_FRACTION}(?:{_MINUTES})?",
    rf"\d{{6,7}}{_FRACTION}?",  # DDMMSS
    rf"\d{{4,5}}{_FRACTION}",  # DDMM.mmm, as receivers send it (NMEA 0183)
)
_SIGN = r"[-+−–]?"
_ANGLE: Final = rf"{_SIGN}(?:{'|'.join(_WITH_SIGNS)})(?!\d)"
_LETTERED_ANGLE: Final = rf"{_SIGN}(?:{'|'.join((*_ONLY_WITH_LETTERS, *_WITH_SIGNS))})(?!\d)"
_LETTER: Final = "|".join(sorted(_SIGNS, key=len, reverse=True)).replace(" ", r"\s+")


def _label(side: int) -> str:
    return rf"\b(?P<label{side}>{_LATITUDE}|{_LONGITUDE})\b[\s:=\"'.]{{0,5}}"


def _before(side: int) -> str:
    return rf"(?<![^\W\d_])(?P<before{side}>{_LETTER})[\s.:=]{{0,3}}"


def _after(side: int) -> str:
    return rf"[\s,]{{0,2}}(?P<after{side}>{_LETTER})(?![^\W\d_])"


def _angle(side: int, pattern: str = _LETTERED_ANGLE) -> str:
    return rf"(?P<angle{side}>{pattern})"


def _labelled(side: int) -> str:
    return rf"{_label(side)}(?:{_before(side)})?{_angle(side)}(?:{_after(side)})?"


def _pair(first: str, apart: str, second: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\d.,−+-]){first}{apart}{second}(?![.,]?\d)", re.IGNORECASE)


_APART = r"(?:\s{0,3}[,;/|]\s{0,3}|\s{1,5}|(?=\+))"
_APART_BY_LETTERS = r"[\s,;/|\"'}{–-]{0,5}(?:(?:dan|and)\s{1,3})?"
_BOTH_LABELLED: Final = _pair(_labelled(1), _APART_BY_LETTERS, _labelled(2))
_BOTH_LETTERED: Final = (
    _pair(_before(1) + _angle(1), _APART_BY_LETTERS, _before(2) + _angle(2)),
    _pair(_angle(1) + _after(1), _APART_BY_LETTERS, _angle(2) + _after(2)),
)
_ONE_LETTERED: Final = (  # read only where nothing else was said: a letter among words may belong to a word before it
    _pair(_before(1) + _angle(1, _ANGLE), _APART, _angle(2, _ANGLE)),
    _pair(_angle(1, _ANGLE) + _after(1), _APART, _angle(2, _ANGLE)),
    _pair(_angle(1, _ANGLE), _APART, _angle(2, _ANGLE) + _after(2)),
)
_BARE: Final = _pair(_angle(1, _ANGLE), _APART, _angle(2, _ANGLE))

_SAYS_NOTHING: Final = re.compile(
    r"\b(?:titik|ko?ordinat(?:nya)?|tikor|coordinates?|lokasi(?:nya)?|posisi(?:nya)?|location|share ?lo[ck]|share|live|"
    r"saya|my|di|ini|gps|g?maps?|google|point)\b|[\W_]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Angle:
    degrees: float
    step_degrees: float  # of the last digit written
    is_latitude: bool | None  # None: nothing says
    parts: int  # degrees alone, with minutes, with seconds
    decimals: int
    has_sign: bool  # of degrees

    @property
    def is_exact(self) -> bool:
        return self.parts > 1 or self.has_sign or self.decimals > 0


def read_degrees(text: str) -> list[Written]:
    """Return every point that `text` writes in degrees, with what else it says; those off the earth are left out."""
    found = list(_all(_BOTH_LABELLED, text, lambda angles, _: all(each.is_exact for each in angles)))
    for form in _BOTH_LETTERED:
        found += _all(form, text, _is_meant_by_letters)
    if found:
        return found
    for form in _ONE_LETTERED:
        if found := list(_all(form, text, lambda angles, is_all: is_all and all(each.is_exact for each in angles))):
            return found
    return list(_all(_BARE, text, _is_meant_without_letters))


def is_said_of_no_place(words: str) -> bool:
    """Tell whether `words` say nothing but that coordinates follow (“lokasi saya:”)."""
    return not _SAYS_NOTHING.sub("", words)


def _is_meant_by_letters(angles: tuple[_Angle, _Angle], is_all: bool) -> bool:
    return all(each.parts > 1 or each.has_sign or each.decimals >= (1 if is_all else 3) for each in angles)


def _is_meant_without_letters(angles: tuple[_Angle, _Angle], is_all: bool) -> bool:
    if is_all:
        return all(each.is_exact for each in angles)
    fewest = 3 if any(each.degrees < 0 for each in angles) else 4
    return all((each.parts > 1 and each.has_sign) or each.decimals >= fewest for each in angles)


def _all(
    form: re.Pattern[str], text: str, is_meant: Callable[[tuple[_Angle, _Angle], bool], bool]
) -> Iterator[Written]:
    for match in form.finditer(text):
        rest = f"{text[: match.start()]} {text[match.end() :]}".strip(" \t\r\n.,;:()[]{}\"'")
        is_all = is_said_of_no_place(rest)
        if not is_all and not any(sign.isalpha() for sign in rest):
            continue  # more numbers, which nobody has explained
        angles = _read_angle(match, 1), _read_angle(match, 2)
        if angles[0] is None or angles[1] is None or not is_meant((angles[0], angles[1]), is_all):
            continue
        point = _point(angles[0], angles[1])
        if point is not None:
            yield point.beside("" if is_all else rest)


def _point(first: _Angle, second: _Angle) -> Written | None:
    said = first.is_latitude, second.is_latitude
    if said in {(True, True), (False, False)}:
        return None
    is_lon_first = False in said[:1] or True in said[1:]
    is_lon_first_by_size = said == (None, None) and abs(first.degrees) > 90 >= abs(second.degrees)
    if is_lon_first or is_lon_first_by_size:
        first, second = second, first
    step_m = max(first.step_degrees, second.step_degrees) * METRES_PER_DEGREE
    return written(first.degrees, second.degrees, step_m, is_lon_first=is_lon_first_by_size)


def _read_angle(match: re.Match[str], side: int) -> _Angle | None:
    """Return an angle of a pair; None where minutes or seconds reach 60, or label and letter are at odds."""
    said = {name: text for name, text in match.groupdict().items() if name.endswith(str(side)) and text}
    text = said[f"angle{side}"]
    numbers = re.findall(rf"\d+{_FRACTION}?", text)
    whole, _, fraction = numbers[0].replace(",", ".").partition(".")
    if len(whole) > 3:  # DDMMSS or DDMM.mmm, all in one
        pairs = [whole[-2:]] if len(whole) < 6 else [whole[-4:-2], whole[-2:]]
        numbers = [whole[: -2 * len(pairs)], *pairs]
        numbers[-1] += f".{fraction}" if fraction else ""
    values = [float(number.replace(",", ".")) for number in numbers]
    if any(value >= 60 for value in values[1:]):
        return None
    degrees = sum(value / 60**place for place, value in enumerate(values))
    decimals = len(numbers[-1].replace(",", ".").partition(".")[2])
    is_latitude: bool | None = None
    if label := said.get(f"label{side}"):
        is_latitude = re.fullmatch(_LATITUDE.replace(r"(?=\s*[:=])", ""), label, re.IGNORECASE) is not None
    sign = -1 if text[0] in "-−–" else 1
    if letter := said.get(f"before{side}") or said.get(f"after{side}"):
        is_latitude_by_letter, sign_of_letter = _SIGNS[" ".join(letter.lower().split())]
        if is_latitude is not None and is_latitude != is_latitude_by_letter:
            return None
        is_latitude, sign = is_latitude_by_letter, sign_of_letter
    return _Angle(
        degrees=sign * degrees,
        step_degrees=10.0**-decimals / 60 ** (len(numbers) - 1),
        is_latitude=is_latitude,
        parts=len(numbers),
        decimals=decimals,
        has_sign=re.search(_DEGREES, text) is not None,
    )
