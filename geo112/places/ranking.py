"""Which of the names found is the scene that was meant: joined in space, ranked, with an honest radius. Pure.

names like the words ── where each is said (matching) ──► a street, a place, an area, an RW, a crossing of two
   what of the words is left ── an area around it? a street beside it? ──► explained
score = how much of the words is explained, how much of the name was said, what the words hint at
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Final

import numpy as np
import shapely

from geo112.coordinates import LonLat
from geo112.places.address import Asked, Of
from geo112.places.matching import Window, weight, windows
from geo112.places.store import METRES_PER_DEGREE, NEARBY_M, House, Named

CROSSING_GAP_M: Final = 30.0  # ways of two carriageways do not always share a node
CROSSING_UNCERTAINTY_M: Final = 40.0
HOUSE_UNCERTAINTY_M: Final = 25.0
RELATION_UNCERTAINTY_M: Final = 100.0  # “depan”, “seberang”: beside the landmark, not on it
SAID: Final = 0.7  # a name covered so far counts as said
NARROW: Final = frozenset({"street", "place", "crossing", "house"})  # all other kinds are areas
FOCUS_REACH_M: Final = 2000.0


@dataclass(frozen=True, slots=True)
class Why:
    """One reason, in both languages."""

    words_id: str
    words_en: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may be the scene."""

    id: str
    label: str
    kind: str  # coordinates, crossing, house, street, place, or the kind of area
    point: LonLat
    uncertainty_m: float  # a radius meant to hold the scene nine times of ten
    confidence: float  # 0 to 1
    areas: tuple[str, ...]  # smallest first
    why: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class _Mention:
    """A name with the words that say it."""

    named: Named
    window: Window


@dataclass(slots=True)
class _Guess:
    """A candidate on its way through the ranking."""

    id: str
    label: str
    kind: str
    named: tuple[Named, ...]
    point: LonLat
    uncertainty_m: float
    areas: tuple[str, ...]
    said: frozenset[int]
    evidence: float
    cover: float
    bonus: float
    shape: shapely.Geometry
    why: list[Why] = field(default_factory=list)
    score: float = 0.0


def mentions(asked: Asked, named: Iterable[Named]) -> list[_Mention]:
    """Return every name that the words may say, with where they say it."""
    pieces = [word.piece for word in asked.words]
    return [
        _Mention(each, window)
        for each in named
        for window in windows(each.norm.split(), asked.texts, is_typing=asked.is_typing, pieces=pieces)
    ]


def said_areas(found: Sequence[_Mention]) -> list[_Mention]:
    return [each for each in found if each.named.kind == "area" and each.window.cover >= SAID]


def said_streets(found: Sequence[_Mention]) -> list[_Mention]:
    """Return the streets that the words say, those with the most evidence first."""
    streets = [each for each in found if each.named.kind == "street" and each.window.cover >= SAID]
    return sorted(streets, key=lambda each: (-each.window.evidence * each.window.cover, each.named.id))


def surely_said(found: Iterable[_Mention]) -> frozenset[int]:
    """Return the words that whole names of two words or more say letter for letter, or of one unlike any other."""
    return frozenset(
        index
        for each in found
        if each.window.cover > 0.999 and (len(each.window.said) > 1 or each.named.kind == "area")
        for index in each.window.said
    )


def left_over(asked: Asked, found: Iterable[_Mention]) -> list[str]:
    """Return the words that none of these names says."""
    taken = {index for each in found for index in each.window.said}
    return [word.text for index, word in enumerate(asked.words) if index not in taken]


def rank(
    asked: Asked,
    found: Sequence[_Mention],
    wards: Sequence[Named],
    houses: Sequence[House],
    focus: LonLat | None,
    limit: int,
) -> list[Candidate]:
    """Return the candidates, the likeliest first.

    Args:
        found: the names that the words may say.
        wards: RW of the number that was said.
        houses: house numbers equal to the one said.
        focus: where the caller is thought to be; draws the ranking towards it.
    """
    areas = said_areas(found)
    streets = said_streets(found)[:60]
    guesses = [_guess(asked, each) for each in found]
    guesses += _crossings(asked, streets)
    guesses += [_ward_guess(ward) for ward in wards]
    _explain_by_areas(asked, guesses, areas, wards)
    _explain_by_streets(guesses, streets)
    total = sum(weight(word) for word in asked.texts) + (1.0 if asked.rw is not None and wards else 0.0)
    for guess in guesses:
        explained = min(1.0, guess.evidence / total) if total else 0.0
        # An area is what was meant only where little else was said; else it tells where the rest lies.
        cover = guess.cover if guess.kind in NARROW else guess.cover * (0.6 + 0.4 * explained)
        guess.score = 0.62 * explained + 0.38 * cover + guess.bonus
        if focus is not None:
            guess.score += 0.08 * math.exp(-_distance_m(guess.point, focus) / FOCUS_REACH_M)
    guesses = _with_houses(asked, _best_of_each(guesses), houses)
    return _candidates(asked, guesses, limit)


def _guess(asked: Asked, mention: _Mention) -> _Guess:
    named, window = mention.named, mention.window
    kind = named.category if named.kind == "area" else named.kind
    hint = {"street": 0.015, "place": 0.01, "area": 0.02}[named.kind]
    hint += min(named.uncertainty_m, 1000.0) / 1e5 if named.kind == "street" else 0.0  # the longer of a name
    for of in {asked.words[index].of for index in window.said}:
        if of is Of.STREET:
            hint += 0.06 if named.kind == "street" else -0.08
        elif of in {Of.KELURAHAN, Of.KECAMATAN, Of.KOTA}:
            hint += 0.05 if kind == of.value else -0.25
    words = {
        "street": Why("nama jalan", "name of the street"),
        "place": Why("nama tempat", "name of the place"),
        "area": Why("nama wilayah", "name of the area"),
    }
    return _Guess(
        id=f"{named.kind}-{named.id}",
        label=named.name,
        kind=kind,
        named=(named,),
        point=named.point,
        uncertainty_m=named.uncertainty_m,
        areas=named.areas,
        said=window.said,
        evidence=window.evidence,
        cover=window.cover,
        bonus=hint,
        shape=named.shape,
        why=[words[named.kind]],
    )


def _ward_guess(ward: Named) -> _Guess:
    return _Guess(
        id=f"area-{ward.id}",
        label=ward.name,
        kind="rw",
        named=(ward,),
        point=ward.point,
        uncertainty_m=ward.uncertainty_m,
        areas=ward.areas,
        said=frozenset(),
        evidence=1.0,
        cover=1.0,
        bonus=0.0,
        shape=ward.shape,
        why=[Why(f"{ward.name}", f"{ward.name}")],
    )


def _crossings(asked: Asked, streets: Sequence[_Mention]) -> list[_Guess]:
    """Return where two streets that were both said meet."""
    hinted = {word.piece for word in asked.words if word.of is Of.STREET}
    if not (asked.is_crossing or asked.is_parted_by_sign or len(hinted) > 1):
        return []
    found = []
    for one, other in combinations(streets, 2):
        if one.window.said & other.window.said or one.named.norm == other.named.norm:
            continue
        if shapely.distance(one.named.shape, other.named.shape) * METRES_PER_DEGREE > CROSSING_GAP_M:
            continue
        point = _meeting_point(one.named.shape, other.named.shape)
        first, second = sorted((one, other), key=lambda each: min(each.window.said))
        found.append(
            _Guess(
                id=f"crossing-{first.named.id}-{second.named.id}",
                label=f"Simpang {first.named.name} – {second.named.name}",
                kind="crossing",
                named=(first.named, second.named),
                point=point,
                uncertainty_m=CROSSING_UNCERTAINTY_M,
                areas=first.named.areas,
                said=one.window.said | other.window.said,
                evidence=one.window.evidence + other.window.evidence,
                cover=(one.window.cover + other.window.cover) / 2,
                bonus=0.12 if asked.is_crossing else 0.05 if asked.is_parted_by_sign else 0.0,
                shape=shapely.Point(point),
                why=[Why("persimpangan dua jalan", "crossing of two streets")],
            )
        )
    return found


def _meeting_point(one: shapely.Geometry, other: shapely.Geometry) -> LonLat:
    """Return the middle of where two streets meet, or of the gap between them."""
    meeting = shapely.intersection(one, other)
    if shapely.is_empty(meeting):
        meeting = shapely.shortest_line(one, other)
    middle = shapely.centroid(meeting)
    nearest = shapely.get_point(shapely.shortest_line(meeting, middle), 0)  # of several crossings, the middle one
    return LonLat(nearest.x, nearest.y)


def _explain_by_areas(
    asked: Asked, guesses: Sequence[_Guess], areas: Sequence[_Mention], wards: Sequence[Named]
) -> None:
    """Let the areas that were said explain the words that say them, and move a street into them."""
    shapes = np.array([guess.shape for guess in guesses], dtype=object)
    inside: dict[int, np.ndarray] = {}
    for named in {each.named.id: each.named for each in areas}.values():
        shapely.prepare(named.shape)
        inside[named.id] = shapely.intersects(named.shape, shapes)
    in_ward = {ward.id: shapely.intersects(ward.shape, shapes) for ward in wards}
    hinted_of = {Of.KELURAHAN: "kelurahan", Of.KECAMATAN: "kecamatan"}
    wanted = {hinted_of[word.of] for word in asked.words if word.of in hinted_of}
    for index, guess in enumerate(guesses):
        kinds: set[str] = set()
        around: list[Named] = []
        for each in sorted(areas, key=lambda each: (-each.window.evidence, each.named.uncertainty_m)):
            if each.window.said & guess.said or each.named in guess.named or not inside[each.named.id][index]:
                continue
            if each.named.category in kinds or _is_larger(guess, each.named):
                continue
            ofs = {asked.words[at].of for at in each.window.said}
            if ofs & {Of.STREET} or (ofs & set(hinted_of) and each.named.category not in {of.value for of in ofs}):
                continue
            guess.said |= each.window.said
            guess.evidence += each.window.evidence
            kinds.add(each.named.category)
            around.append(each.named)
        if guess.kind == "rw" and guess.id.startswith("area-"):
            if not around and not guess.said:
                guess.bonus -= 0.2  # the RW of that number, but of which kelurahan?
        elif guess.kind in NARROW:
            ward = next((ward for ward in wards if in_ward[ward.id][index]), None)
            if ward is not None and (not around or any(set(ward.areas) & {area.name} for area in around)):
                guess.evidence += 1.0
                around.append(ward)
        missed = {kind for kind in wanted - kinds if kind != guess.kind}
        known = {area.named.category for area in areas}
        guess.bonus -= 0.12 * len(missed & known)
        if around:
            _move_into(guess, min(around, key=lambda area: area.uncertainty_m))
            names = ", ".join(area.name for area in around)
            guess.why.append(Why(f"di {names}", f"in {names}"))


def _is_larger(guess: _Guess, area: Named) -> bool:
    """Tell whether the guess is itself an area at least as large as `area`, which then says nothing of it."""
    return guess.kind not in NARROW | {"rw"} and guess.uncertainty_m >= area.uncertainty_m


def _move_into(guess: _Guess, area: Named) -> None:
    """Keep of a street only what lies in `area`, and take the point and the radius from that."""
    if guess.kind != "street" or shapely.contains(area.shape, guess.shape):
        return
    part = shapely.intersection(guess.shape, area.shape)
    if shapely.is_empty(part):
        return
    middle = shapely.get_point(shapely.shortest_line(part, shapely.centroid(part)), 0)
    guess.point = LonLat(middle.x, middle.y)
    guess.shape = part
    corners = (LonLat(x, y) for x, y in shapely.get_coordinates(part))
    guess.uncertainty_m = max(25.0, 0.9 * max(_distance_m(guess.point, corner) for corner in corners))
    guess.areas = (area.name, *area.areas)


def _explain_by_streets(guesses: Sequence[_Guess], streets: Sequence[_Mention]) -> None:
    """Let a street that was said explain its words for the places beside it."""
    if not streets:
        return
    places = [guess for guess in guesses if guess.kind == "place" and len(guess.named) == 1]
    points = np.array([shapely.Point(guess.point) for guess in places], dtype=object)
    near = {
        street.id: shapely.distance(street.shape, points) * METRES_PER_DEGREE <= NEARBY_M
        for street in {each.named.id: each.named for each in streets}.values()
    }
    for index, guess in enumerate(places):
        for each in streets:
            if near[each.named.id][index] and not each.window.said & guess.said:
                guess.said |= each.window.said
                guess.evidence += each.window.evidence
                guess.bonus += 0.02
                guess.why.append(Why(f"di tepi {each.named.name}", f"beside {each.named.name}"))
                break


def _best_of_each(guesses: Iterable[_Guess]) -> list[_Guess]:
    """Keep the best guess of each thing, and of things of one name at one place, best first."""
    kept: list[_Guess] = []
    seen: set[str] = set()
    for guess in sorted(guesses, key=lambda guess: (-guess.score, guess.id)):
        if guess.id in seen:
            continue
        seen.add(guess.id)
        is_same = (other.label == guess.label and _distance_m(other.point, guess.point) < 60 for other in kept[:40])
        if not any(is_same):
            kept.append(guess)
        if len(kept) >= 80:
            break
    return kept


def _with_houses(asked: Asked, guesses: list[_Guess], houses: Sequence[House]) -> list[_Guess]:
    """Put a mapped house number before the street it lies on."""
    found: list[_Guess] = []
    for guess in guesses:
        if guess.kind == "street" and asked.house_number is not None:
            near = [house for house in houses if house.street_id == guess.named[0].id]
            exact = [house for house in near if house.street is None or house.street == guess.named[0].name]
            if exact:
                why = [*guess.why, Why(f"nomor rumah {exact[0].number}", f"house number {exact[0].number}")]
                found.append(
                    replace(
                        guess,
                        id=f"{guess.id}-{exact[0].number}",
                        label=f"{guess.label} No. {exact[0].number}",
                        kind="house",
                        point=exact[0].point,
                        uncertainty_m=HOUSE_UNCERTAINTY_M,
                        why=why,
                    )
                )
                continue
            number = asked.house_number
            guess.why.append(Why(f"nomor {number} tidak ada di peta", f"number {number} is not on the map"))
        found.append(guess)
    return found


def _candidates(asked: Asked, guesses: Sequence[_Guess], limit: int) -> list[Candidate]:
    found = []
    for place, guess in enumerate(guesses[:limit]):
        rivals = sum(
            1
            for other in guesses[:20]
            if other is not guess
            and other.score > guess.score - 0.03
            and _distance_m(other.point, guess.point) > max(250.0, guess.uncertainty_m)
        )
        confidence = min(1.0, max(0.0, guess.score)) ** 2 / math.sqrt(1 + rivals) * (1.0 if place == 0 else 0.8)
        relations = ", ".join(f"“{relation}”" for relation in asked.relations)
        why = list(guess.why)
        if relations:
            why.append(Why(f"{relations} tidak diukur", f"{relations} is not measured"))
        is_beside = bool(asked.relations) and guess.kind in {"place", "crossing", "house"}
        found.append(
            Candidate(
                id=guess.id,
                label=", ".join((guess.label, *(area for area in guess.areas if not area.startswith("Kota ")))),
                kind=guess.kind,
                point=guess.point,
                uncertainty_m=round(
                    max(guess.uncertainty_m, RELATION_UNCERTAINTY_M) if is_beside else guess.uncertainty_m
                ),
                confidence=round(confidence, 3),
                areas=guess.areas,
                why=tuple(why),
            )
        )
    return found


def _distance_m(one: LonLat, other: LonLat) -> float:
    east = (one.lon - other.lon) * math.cos(math.radians((one.lat + other.lat) / 2))
    return math.hypot(east, one.lat - other.lat) * METRES_PER_DEGREE
