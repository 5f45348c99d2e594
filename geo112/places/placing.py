"""Where a guess lies, and how far off the scene may be: parts of streets, crossings, houses, markers. Pure.

“jl melati kel suka”      the part of Jalan Melati in Kel. Suka
“simpang melati mawar”    where the two meet
“jl melati no 12”         house 12; between 10 and 14; else the whole street, and says so
“tol … km 12+400”         two fifths of the way from marker 12 to marker 13
"""

import math
import re
from dataclasses import replace
from typing import Final

import numpy as np
import shapely

from geo112.city.gazetteer import METRES_PER_DEGREE
from geo112.city.name_index import Kind, NameIndex
from geo112.coordinates import LonLat
from geo112.places.address import Asked
from geo112.places.guess import PLACES, Guess, Why, distance_m

# Measured on addresses with known places: such a radius holds them nine times of ten.
STREET_REACH: Final = 1.25  # times the radius of nine tenths of the way to the farthest end
STREET_LEAST_M: Final = 150.0  # houses stand off the street, and its name goes on round the corner
CROSSING_UNCERTAINTY_M: Final = 40.0
HOUSE_UNCERTAINTY_M: Final = 25.0
BESIDE_UNCERTAINTY_M: Final = 100.0  # “depan”, “seberang”: beside the landmark, not on it
BORDER_M: Final = 60.0
ACROSS_M: Final = 150.0
SIDE_M: Final = 60.0  # “barat puskesmas”: so far to the west of it
HOUSE_MAPPED: Final = 0.03  # on the score; more would make the one mapped number of a city too sure
HOUSE_BETWEEN: Final = 0.02
HOUSES_APART_M: Final = 500.0  # numbers farther apart are of two rows
MARKER_UNCERTAINTY_M: Final = 100.0
PAST_MARKER_KM: Final = 1.5
CARRIAGEWAYS_M: Final = 60.0
SIDES: Final = {"utara": (0, 1), "selatan": (0, -1), "timur": (1, 0), "barat": (-1, 0)}
_NUMBER: Final = re.compile(r"\d+")
_MARKER: Final = re.compile(r"(\d+)(?:[+.,](\d+))?")


def place(index: NameIndex, guess: Guess, asked: Asked) -> None:
    """Find the point and the radius of a guess."""
    if guess.kind == "crossing":
        guess.point = meeting_point(index.shape(guess.things[0]), index.shape(guess.things[1]))
        guess.uncertainty_m = CROSSING_UNCERTAINTY_M
    elif guess.kind == "street":
        _cut_to_areas(index, guess)
        guess.uncertainty_m = max(STREET_LEAST_M, STREET_REACH * guess.uncertainty_m)
    elif guess.kind in PLACES:
        if asked.side:
            east, north = SIDES[asked.side]
            guess.point = _moved(guess.point, east * SIDE_M, north * SIDE_M)
        if asked.relations or asked.side:
            guess.uncertainty_m = max(guess.uncertainty_m, BESIDE_UNCERTAINTY_M)


def _cut_to_areas(index: NameIndex, guess: Guess) -> None:
    """Keep of a street what lies in the smallest area that was said."""
    areas = [each for each in guess.reasons if index.thing_kind[each] == Kind.AREA]
    if not areas:
        return
    smallest = min(areas, key=lambda each: float(index.thing_radius_m[each]))
    street, area = index.shape(guess.things[0]), index.shape(smallest)
    if shapely.contains_properly(area, street):
        guess.areas = [smallest, *index.areas(smallest)]
        return
    part = shapely.intersection(street, area)
    if shapely.length(part) < min(BORDER_M / METRES_PER_DEGREE, shapely.length(street) / 3):
        # it runs along the border, or only comes near the area
        part = shapely.intersection(street, shapely.buffer(area, ACROSS_M / METRES_PER_DEGREE, quad_segs=2))
        guess.score -= 0.02
    if part.is_empty:
        return
    middle = shapely.get_point(shapely.shortest_line(part, shapely.centroid(part)), 0)
    guess.point, guess.shape = LonLat(middle.x, middle.y), part
    guess.uncertainty_m = reach_m(guess.point, part)
    guess.areas = [smallest, *index.areas(smallest)]


def areas_at(index: NameIndex, guess: Guess) -> list[int]:
    """Return the areas that hold the point, smallest first."""
    if guess.areas:
        return guess.areas
    around = index.areas(guess.things[0])
    if index.thing_kind[guess.things[0]] != Kind.STREET:
        return around
    point = shapely.Point(guess.point)
    return [each for each in around if shapely.intersects(index.shape(each), point)]


def meeting_point(one: shapely.Geometry, other: shapely.Geometry) -> LonLat:
    """Return the middle of where two streets meet, or of the gap between them."""
    meeting = shapely.intersection(one, other)
    if shapely.is_empty(meeting):
        meeting = shapely.shortest_line(one, other)
    middle = shapely.centroid(meeting)
    nearest = shapely.get_point(shapely.shortest_line(meeting, middle), 0)  # of several crossings, the middle one
    return LonLat(nearest.x, nearest.y)


def reach_m(point: LonLat, shape: shapely.Geometry) -> float:
    """Return nine tenths of the way from `point` to the farthest corner of `shape`, in metres."""
    corners = shapely.get_coordinates(shape) - (point.lon, point.lat)
    corners *= (METRES_PER_DEGREE * math.cos(math.radians(point.lat)), METRES_PER_DEGREE)
    return max(25.0, 0.9 * float(np.hypot(corners[:, 0], corners[:, 1]).max()))


def _moved(point: LonLat, east_m: float, north_m: float) -> LonLat:
    scale = METRES_PER_DEGREE * math.cos(math.radians(point.lat))
    return LonLat(point.lon + east_m / scale, point.lat + north_m / METRES_PER_DEGREE)


# --- house numbers ----------------------------------------------------------------------------------------------------


def house(index: NameIndex, guess: Guess, number: str) -> Guess | None:
    """Return the house of that number beside a street, or where it stands between its neighbours.

    Returns:
        None where no mapped number tells; `guess` then says so.
    """
    houses = index.houses(guess.things[0])
    wanted = _plain(number)
    exact = [point for other, point in houses if _plain(other) == wanted]
    if exact:
        nearest = min(exact, key=lambda point: distance_m(point, guess.point))
        why = Why(f"nomor rumah {number}", f"house number {number}")
        return _at(guess, nearest, HOUSE_UNCERTAINTY_M, number, why, HOUSE_MAPPED)
    value = int(_NUMBER.search(number)[0])  # type: ignore[index]
    along = sorted(
        (int(found[0]), point) for other, point in houses if (found := _NUMBER.match(other)) and int(found[0]) < 10_000
    )
    for step in (2, 1):  # the same side of the street first
        row = [(other, point) for other, point in along if step == 1 or other % 2 == value % 2]
        below = [each for each in row if each[0] <= value][-1:]
        above = [each for each in row if each[0] > value][:1]
        if below and above and (apart_m := distance_m(below[0][1], above[0][1])) < HOUSES_APART_M:
            share = (value - below[0][0]) / (above[0][0] - below[0][0])
            point = _between(_line(index, guess), below[0][1], above[0][1], share)
            why = Why(
                f"antara nomor {below[0][0]} dan {above[0][0]}", f"between numbers {below[0][0]} and {above[0][0]}"
            )
            return _at(guess, point, max(50.0, apart_m / 2 + HOUSE_UNCERTAINTY_M), number, why, HOUSE_BETWEEN)
    guess.why.append(Why(f"nomor {number} tidak ada di peta", f"number {number} is not on the map"))
    return None


def _line(index: NameIndex, guess: Guess) -> shapely.Geometry:
    return index.shape(guess.things[0]) if guess.shape is None else guess.shape


def _plain(number: str) -> str:
    return re.sub(r"[^0-9a-z]", "", number.casefold()).lstrip("0")


def _between(line: shapely.Geometry, one: LonLat, other: LonLat, share: float) -> LonLat:
    """Return the place on `line` nearest to a share of the way between two places beside it."""
    there = shapely.Point(one.lon + share * (other.lon - one.lon), one.lat + share * (other.lat - one.lat))
    nearest = shapely.get_point(shapely.shortest_line(line, there), 0)
    return LonLat(nearest.x, nearest.y)


def _at(guess: Guess, point: LonLat, uncertainty_m: float, number: str, why: Why, bonus: float) -> Guess:
    return replace(
        guess,
        kind="house",
        label=f"{guess.label} No. {number.upper()}",
        point=point,
        uncertainty_m=uncertainty_m,
        areas=[],
        score=guess.score + bonus,
        why=[*guess.why, why],
    )


# --- markers along a road ---------------------------------------------------------------------------------------------


def marker(index: NameIndex, guess: Guess, km: float, towards: LonLat | None) -> Guess | None:
    """Return the place at kilometre `km` of a road, from the markers mapped beside it.

    Args:
        towards: where the lane leads that was said (“arah Bogor”); the lane nearest to it is taken.
    Returns:
        None where no markers tell; `guess` then says so.
    """
    road = index.shape(guess.things[0])
    along = sorted(_markers(index, guess.things[0]))
    label = f"KM {int(km)}" + (f"+{round(km % 1 * 1000):03d}" if km % 1 else "")
    below, above = [each for each in along if each[0] <= km][-1:], [each for each in along if each[0] > km][:1]
    point: LonLat | None = None
    uncertainty_m = MARKER_UNCERTAINTY_M
    if below and abs(below[0][0] - km) < 0.05:
        point = below[0][1]
    elif below and above and above[0][0] - below[0][0] <= 10:
        share = (km - below[0][0]) / (above[0][0] - below[0][0])
        point = _between(road, below[0][1], above[0][1], share)
        uncertainty_m += 100.0 * (above[0][0] - below[0][0])
    elif len(along) >= 2 and min(abs(each[0] - km) for each in along) <= PAST_MARKER_KM:
        near, next_one = sorted(along, key=lambda each: abs(each[0] - km))[:2]
        share = (km - near[0]) / (next_one[0] - near[0]) if next_one[0] != near[0] else 0.0
        point = _between(road, near[1], next_one[1], share)
        uncertainty_m += 300.0
    if point is None:
        guess.why.append(Why(f"{label} tidak ada di peta", f"{label} is not on the map"))
        return None
    if towards is not None:
        point = _on_lane(road, point, towards)
    why = Why(f"patok {label}", f"marker {label}")
    return replace(
        guess,
        kind="km",
        label=f"{guess.label} {label}",
        point=point,
        uncertainty_m=uncertainty_m,
        areas=[],
        score=guess.score + 0.05,
        why=[*guess.why, why],
    )


def _markers(index: NameIndex, street: int) -> list[tuple[float, LonLat]]:
    """Return the markers beside a street or beside another of its name: (kilometre, where)."""
    if "milestone" not in index.categories:
        return []
    label = index.label(street)
    found = []
    for each in np.flatnonzero(index.thing_category == index.categories.index("milestone")).tolist():
        beside = index.beside[index.beside_start[each] : index.beside_start[each + 1]].tolist()
        written = _MARKER.search(index.label(each))
        if written and any(other == street or index.label(other) == label for other in beside):
            found.append((float(f"{written[1]}.{written[2] or 0}"), index.point(each)))
    return found


def _on_lane(road: shapely.Geometry, point: LonLat, towards: LonLat) -> LonLat:
    """Return the place on that carriageway of `road` near `point` whose traffic goes towards a place."""
    here = shapely.Point(point)
    reach = CARRIAGEWAYS_M / METRES_PER_DEGREE
    best, best_turn = point, -2.0
    for lane in shapely.get_parts(road).tolist():
        if shapely.distance(lane, here) > reach:
            continue
        at = shapely.line_locate_point(lane, here)
        begin = shapely.line_interpolate_point(lane, max(0.0, at - reach))
        end = shapely.line_interpolate_point(lane, min(shapely.length(lane), at + reach))
        way = np.array([end.x - begin.x, end.y - begin.y])
        goal = np.array([towards.lon - point.lon, towards.lat - point.lat])
        lengths = float(np.hypot(*way) * np.hypot(*goal))
        turn = float(way @ goal) / lengths if lengths else -1.0
        if turn > best_turn:
            there = shapely.line_interpolate_point(lane, at)
            best, best_turn = LonLat(there.x, there.y), turn
    return best
