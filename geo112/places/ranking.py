"""From things that may be meant to a short list for the desk: in order, with reasons and confidence. Pure."""

import math
import re
from dataclasses import replace
from typing import Final

import numpy as np
import shapely

from geo112.city.indexing import BLOCK
from geo112.city.name_index import Kind, NameIndex
from geo112.coordinates import LonLat
from geo112.places.address import TOWARDS
from geo112.places.between import between
from geo112.places.guess import LOCAL, PLACES, Candidate, Guess, Why, distance_m
from geo112.places.joining import Joined
from geo112.places.listening import Said
from geo112.places.matching import Mentions
from geo112.places.placing import areas_at, house, marker, place
from geo112.places.scoring import hints, said_areas, scores

SAME_PLACE_M: Final = 60.0
AS_WRITTEN: Final = 0.008  # Al Barokah before Al Baroqah, if it was typed so
LONG_M: Final = 300.0  # a street that reaches farther from its middle is offered in parts too
ALIKE: Final = 3
PARTS: Final = 4
PART: Final = -0.04
OTHER_PART: Final = -0.01
FAR_FROM_FOCUS_M: Final = 3000.0
UNSURE: Final = 0.15  # so much of the words may stay unexplained in a sure answer
SECOND: Final = 0.8
RIVAL_M: Final = 250.0
_WORD: Final = re.compile(r"[^\W_]+")
KINDS: Final = {
    "street": Why("nama jalan", "name of the street"),
    "place": Why("nama tempat", "name of the place"),
    LOCAL: Why("nama setempat", "local name"),
    "crossing": Why("persimpangan dua jalan", "crossing of two streets"),
}
NARROW: Final = frozenset({*PLACES, "street", "crossing", "house", "km"})
AREA: Final = Why("nama wilayah", "name of the area")


def rank(
    index: NameIndex, said: Said, mentions: Mentions, joined: Joined, focus: LonLat | None, limit: int
) -> list[Candidate]:
    """Return the candidates, the likeliest first.

    Args:
        focus: where the caller is thought to be; it pulls the ranking, and what lies far from it says so.
    """
    if not len(joined.thing):
        return []
    score = scores(index, said, mentions, joined, focus)
    enough = limit + 10
    written = set(_WORD.findall(said.asked.text.casefold()))
    guesses: list[Guess] = []
    for at in np.argsort(-score, kind="stable")[: 6 * enough].tolist():
        guess = _guess(index, said, joined, mentions, at, float(score[at]))
        guess.score += AS_WRITTEN * _is_as_written(guess.label, written)
        if not any(_is_same(guess, other) for other in guesses):
            guesses += [guess, *_elsewhere(index, guess)]
        if len(guesses) >= enough:
            break
    guesses += _parts(index, guesses[0])
    guesses.sort(key=lambda guess: -guess.score)
    guesses = guesses[:enough]
    for guess in guesses:
        place(index, guess, said.asked)
    guesses = _narrowed(index, said, mentions, guesses)
    guesses = _with_another_reading(sorted(guesses, key=lambda guess: -guess.score))
    areas = said_areas(index, mentions, hints(said))
    for guess in guesses[:limit]:
        guess.areas = areas_at(index, guess)
        missed = [index.label(area) for mask, area in areas.items() if guess.told and int(mask) & ~guess.told]
        _explain(index, guess, said, focus, missed if guess.kind in NARROW else [])
    return [_candidate(index, guess, at, guesses) for at, guess in enumerate(guesses[:limit])]


def _guess(index: NameIndex, said: Said, joined: Joined, mentions: Mentions, at: int, score: float) -> Guess:
    thing, other = int(joined.thing[at]), int(joined.other[at])
    if other >= 0:
        kind = "crossing"
        label = f"Simpang {index.label(thing)} – {index.label(other)}"
    else:
        kind = _kind(index, thing)
        label = index.label(thing)
    return Guess(
        things=(thing,) if other < 0 else (thing, other),
        kind=kind,
        label=label,
        point=index.point(thing),
        score=score,
        mask=int(mentions.mask[joined.mention[at]]),
        told=int(joined.mask[at]),
        cover=float(joined.cover[at]),
        explained=min(1.0, float(joined.evidence[at]) / max(said.total, 1e-6)),
        uncertainty_m=float(index.thing_radius_m[thing]),
        reasons=[each for each in joined.reasons[at].tolist() if each >= 0],
    )


def _kind(index: NameIndex, thing: int) -> str:
    category = index.category(thing)
    if index.thing_kind[thing] == Kind.AREA or category == LOCAL:
        return category
    return "street" if index.thing_kind[thing] == Kind.STREET else "place"


def _is_as_written(label: str, written: set[str]) -> bool:
    return all(word in written for word in _WORD.findall(label.casefold()) if word != "jalan")


def _is_same(one: Guess, other: Guess) -> bool:
    if set(one.things) == set(other.things):
        return True
    return one.label == other.label and one.kind == other.kind and distance_m(one.point, other.point) < SAME_PLACE_M


def _elsewhere(index: NameIndex, guess: Guess) -> list[Guess]:
    """Return the other parts of a long street that what was said may mean: RW 05 of each kelurahan it passes."""
    said_areas = [each for each in guess.reasons if index.thing_kind[each] == Kind.AREA]
    found = []
    for reason in said_areas if guess.kind == "street" else ():
        others = [each for each in said_areas if each != reason]
        for area in index.areas(guess.things[0]):
            is_alike = area != reason and index.label(area) == index.label(reason)
            if is_alike and all(each in index.areas(area) for each in others):
                reasons = [area if each == reason else each for each in guess.reasons]
                found.append(replace(guess, score=guess.score + OTHER_PART, reasons=reasons, is_part=True))
    return found[:PARTS]


def _parts(index: NameIndex, guess: Guess) -> list[Guess]:
    """Return the parts of a long street of which nothing told which: one in each kelurahan, the longest first."""
    street = guess.things[0]
    is_told = any(index.thing_kind[each] == Kind.AREA for each in guess.reasons)
    if guess.kind != "street" or is_told or guess.uncertainty_m < LONG_M:
        return []
    shape = index.shape(street)
    lengths = {
        area: float(shapely.length(shapely.intersection(shape, index.shape(area))))
        for area in index.areas(street)
        if index.category(area) == "kelurahan"
    }
    longest = sorted(lengths, key=lambda area: -lengths[area])[:PARTS] if len(lengths) > 1 else []
    return [
        replace(guess, score=guess.score + PART - 0.001 * place, reasons=[*guess.reasons, area], is_part=True)
        for place, area in enumerate(longest)
    ]


def _narrowed(index: NameIndex, said: Said, mentions: Mentions, guesses: list[Guess]) -> list[Guess]:
    """Put houses and kilometre markers before their street, and a stretch between two things before all."""
    found: list[Guess] = []
    for guess in guesses:
        narrower = None
        if guess.kind == "street" and said.asked.km is not None:
            narrower = marker(index, guess, said.asked.km, _destination(index, said, mentions))
        elif said.asked.house_number is not None and _has_houses(index, guess):
            narrower = house(index, guess, said.asked.house_number)
        found += [narrower or guess]
    stretch = between(index, said, mentions, found)
    if stretch is not None:
        found.append(stretch)
    return found


def _has_houses(index: NameIndex, guess: Guess) -> bool:
    return guess.kind == "street" or index.category(guess.things[0]) == BLOCK


def _with_another_reading(guesses: list[Guess]) -> list[Guess]:
    """Where many are told by the same words (five churches of one name), show what other words tell after a few."""
    same = guesses[0].mask
    if not all(guess.mask == same for guess in guesses[: ALIKE + 1]):
        return guesses
    other = next((guess for guess in guesses if not guess.mask & same), None)
    if other is None:
        return guesses
    rest = [guess for guess in guesses if guess is not other]
    return [*rest[:ALIKE], other, *rest[ALIKE:]]


def _destination(index: NameIndex, said: Said, mentions: Mentions) -> LonLat | None:
    """Return where “arah X” leads."""
    is_after = np.array([after in TOWARDS for after in said.after])[mentions.first]
    at = np.flatnonzero(is_after & (mentions.cover > 0.8))
    if not len(at):
        return None
    best = at[np.argmax(mentions.evidence[at] * mentions.cover[at])]
    return index.point(int(index.name_thing[index.name_thing_start[mentions.name[best]]]))


def _explain(index: NameIndex, guess: Guess, said: Said, focus: LonLat | None, missed: list[str]) -> None:
    """Say why a guess is proposed, and what speaks against it."""
    why = (
        []
        if guess.kind == "between"
        else [KINDS.get(guess.kind, AREA if guess.kind not in {"house", "km"} else KINDS["street"])]
    )
    areas = [index.label(each) for each in guess.reasons if index.thing_kind[each] == Kind.AREA]
    beside = [index.label(each) for each in guess.reasons if index.thing_kind[each] == Kind.STREET]
    if areas:
        names = ", ".join(areas)
        why.append(
            Why(f"bagian di {names}", f"the part in {names}") if guess.is_part else Why(f"di {names}", f"in {names}")
        )
    if beside:
        names = ", ".join(beside)
        why.append(Why(f"di tepi {names}", f"beside {names}"))
    if missed:
        names = ", ".join(missed)
        why.append(Why(f"tidak di {names} yang disebut", f"not in {names}, which was said"))
    relations = [each for each in said.asked.relations if each not in TOWARDS]
    if relations and guess.kind in {*PLACES, "crossing", "house"}:
        names = ", ".join(f"“{each}”" for each in relations)
        why.append(Why(f"{names} tidak diukur", f"{names} is not measured"))
    if focus is not None and (away_m := distance_m(guess.point, focus)) > max(FAR_FROM_FOCUS_M, guess.uncertainty_m):
        away = f"{away_m / 1000:.0f} km"
        why.append(Why(f"{away} dari posisi penelepon", f"{away} from where the caller is thought to be"))
    guess.why = [*why, *guess.why]


def _candidate(index: NameIndex, guess: Guess, at: int, guesses: list[Guess]) -> Candidate:
    names = [index.label(each) for each in guess.areas if index.category(each) != "kota"]
    return Candidate(
        id="-".join((guess.kind, *map(str, guess.things), *(map(str, guess.areas[:1]) if guess.is_part else ()))),
        label=", ".join(dict.fromkeys((guess.label, *names))),
        kind=guess.kind,
        point=guess.point,
        uncertainty_m=guess.uncertainty_m,
        confidence=round(_confidence(guess, at, guesses), 3),
        areas=tuple(index.label(each) for each in guess.areas),
        why=tuple(guess.why),
    )


def _confidence(guess: Guess, at: int, guesses: list[Guess]) -> float:
    """Return how likely a guess is what was meant: by what is unexplained, and by rivals elsewhere."""
    rivals = sum(
        1
        for other in guesses[:20]
        if other is not guess
        and other.score > guess.score - 0.03
        and distance_m(other.point, guess.point) > max(RIVAL_M, guess.uncertainty_m)
    )
    fit = min(1.0, max(0.0, guess.score)) ** 2 * min(1.0, guess.explained + UNSURE)
    return fit / math.sqrt(1 + rivals) * (1.0 if at == 0 else SECOND)
