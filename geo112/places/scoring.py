"""How well each thing answers what was said. Pure: numbers only, for thousands of things at once.

score = the words it explains, by its name and by what lies around it
      + how much of its own name was said
      + what single words hint at (“jalan” before a name, “arah” before another, a number after it)
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo112.city.gazetteer import METRES_PER_DEGREE
from geo112.city.name_index import Kind, NameIndex
from geo112.coordinates import LonLat
from geo112.places.address import PASSING, TOWARDS
from geo112.places.joining import Joined
from geo112.places.listening import Said
from geo112.places.matching import Mentions

# Measured on phrases of callers: each of these lies in the middle of a range that answers alike.
EXPLAINED: Final = 0.62
COVERED: Final = 0.38
WHOLE: Final = 0.6  # of all words, at least, is the measure of what is explained
BY_KIND: Final = {Kind.STREET: 0.0, Kind.PLACE: 0.015, Kind.AREA: 0.02}
LONGER: Final = 0.01  # of streets of one name the longer one
UNEXPLAINED: Final = 0.1  # for an area where more was said than can be found: it lies somewhere in there
OTHER_KIND: Final = -0.1  # “jalan X” is no place X
OTHER_AREA: Final = -0.25  # “kecamatan X” is no kelurahan X
BESIDE_PLACE: Final = 0.06  # “depan X”: rather a place
BEFORE_IT: Final = -0.04  # “sebelum X”: not quite there
OFFICE: Final = -0.15  # “kelurahan X” is its office only beside, before or behind which something happens
NUMBER_ALONE: Final = -0.3  # “10” is Gang 10 only where a street was asked for
NUMBER_LEFT: Final = -0.06  # “mangga 14” is not Jalan Mangga
DESTINATION: Final = -0.15  # “arah X”
ELSEWHERE: Final = -0.1  # a kelurahan or kecamatan was said, and this does not lie there
CROSSING_SAID: Final = 0.12
CROSSING_HINTED: Final = 0.05
TWO_STREETS: Final = 0.03
NO_CROSSING: Final = -0.03
OFF_A_STREET: Final = -0.12  # “jl melati gang 2” is the gang, not where it begins
GANG: Final = 0.04
FOCUS: Final = 0.08
FOCUS_REACH_M: Final = 2000.0
# The word before a name that says what it is of.
HINTED: Final = {
    "jalan": "street",
    "gang": "street",
    "kelurahan": "kelurahan",
    "kecamatan": "kecamatan",
    "kota": "kota",
}
OFFICES: Final = ("kelurahan", "kecamatan")

Scores = NDArray[np.float64]


def scores(index: NameIndex, said: Said, mentions: Mentions, joined: Joined, focus: LonLat | None) -> Scores:
    """Return how well each joined thing answers, shape (things,); about 1 where everything fits.

    Args:
        focus: where the caller is thought to be.
    """
    asked = said.asked
    kind = index.thing_kind[joined.thing]
    is_area, is_street, is_place = (kind == each for each in (Kind.AREA, Kind.STREET, Kind.PLACE))
    first, own = mentions.first[joined.mention], mentions.mask[joined.mention]
    hint = hints(said)
    said_after = np.array(said.after, dtype=object)[first]

    # Of much speech little is of places: then what explains most is the measure.
    best = float(joined.evidence.max())
    explained = np.minimum(1.0, joined.evidence / max(best, WHOLE * said.total))
    cover = np.where(is_area, joined.cover * (0.6 + 0.4 * explained), joined.cover)
    score: Scores = EXPLAINED * explained + COVERED * cover
    score += np.select([is_street, is_place, is_area], [BY_KIND[each] for each in (Kind.STREET, Kind.PLACE, Kind.AREA)])
    score += np.where(is_street, LONGER * np.minimum(index.thing_radius_m[joined.thing] / 1000.0, 1.0), 0.0)
    score += np.where(is_area, UNEXPLAINED * (1.0 - min(1.0, best / max(said.total, 1e-6))), 0.0)

    for word in {each for each in hint if each}:
        is_it = is_street if word == "street" else index.thing_category[joined.thing] == category_number(index, word)
        wrong = np.where(is_area, OTHER_AREA, OTHER_KIND)
        score += np.where((hint[first] == word) & ~is_it, wrong, 0.0)
    is_number = (own & ~_mask_of_numbers(said)) == 0
    score += np.where(is_number & (hint[first] != "street") & (not asked.is_crossing), NUMBER_ALONE, 0.0)
    score += np.where(is_street & _number_follows(said)[_last(own)], NUMBER_LEFT, 0.0)
    score += np.where(np.isin(said_after, list(TOWARDS)), DESTINATION, 0.0)
    score += np.where((said_after != "") & is_place, BESIDE_PLACE, 0.0)
    other_after = np.where(
        joined.other >= 0, np.array(said.after, dtype=object)[mentions.first[joined.other_mention]], ""
    )
    score += np.where(np.isin(said_after, list(PASSING)) | np.isin(other_after, list(PASSING)), BEFORE_IT, 0.0)
    if "kantor" not in said.texts:
        score += np.where(_is_office(index, mentions, joined) & is_place & (said_after == ""), OFFICE, 0.0)
    for mask in said_areas(index, mentions, hint):
        score += np.where(~is_area & ((joined.mask & mask) != mask), ELSEWHERE, 0.0)
    score += np.where(joined.other >= 0, _crossing_bonus(said, hint), 0.0)
    if not asked.is_crossing:
        gangs = _has_gang(index, mentions, joined)
        score += np.where(gangs, np.where(joined.other >= 0, OFF_A_STREET, GANG if "gang" in said.texts else 0.0), 0.0)
    if focus is not None:
        east = (index.thing_lon[joined.thing] - focus.lon) * math.cos(math.radians(focus.lat))
        away_m = np.hypot(east, index.thing_lat[joined.thing] - focus.lat) * METRES_PER_DEGREE
        score += FOCUS * np.exp(-away_m / FOCUS_REACH_M)
    return score


def hints(said: Said) -> NDArray[np.object_]:
    """Return for each position what the word before it says a name there is of; “” where it says nothing."""
    found = [""] * len(said.texts)
    for at in range(1, len(found)):
        if said.piece_of[at] == said.piece_of[at - 1] and said.texts[at] not in HINTED:
            found[at] = HINTED.get(said.texts[at - 1], "")
    return np.array(found, dtype=object)


def category_number(index: NameIndex, category: str) -> int:
    return index.categories.index(category) if category in index.categories else -1


def said_areas(index: NameIndex, mentions: Mentions, hint: NDArray[np.object_]) -> dict[np.uint64, int]:
    """Return the kelurahan and kecamatan that were named for sure: the words of each as a mask, and a thing of it."""
    wanted = [category_number(index, each) for each in OFFICES]
    thing = index.name_thing[index.name_thing_start[mentions.name]]
    is_area = np.isin(index.thing_category[thing], wanted) & (index.thing_kind[thing] == Kind.AREA)
    found: dict[np.uint64, int] = {}
    for at in np.flatnonzero(is_area & (mentions.cover > 0.95)).tolist():
        mask = mentions.mask[at]
        larger = ((mentions.mask & mask) == mask) & (mentions.mask != mask) & (mentions.cover > 0.85)
        if hint[mentions.first[at]] != "street" and not np.any(larger):
            found[mask] = int(thing[at])
    return found


def _mask_of_numbers(said: Said) -> np.uint64:
    return np.uint64(sum(1 << at for at, text in enumerate(said.texts) if text.isdigit()))


def _number_follows(said: Said) -> NDArray[np.bool_]:
    """Tell for each position whether a number follows in the same piece."""
    following = [
        said.texts[at].isdigit() and said.piece_of[at] == said.piece_of[at - 1] for at in range(1, len(said.texts))
    ]
    return np.array([*following, False])


def _last(mask: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the highest position in each mask."""
    return np.frexp(mask.astype(np.float64))[1].astype(np.int64) - 1


def _is_office(index: NameIndex, mentions: Mentions, joined: Joined) -> NDArray[np.bool_]:
    """Tell which names are offices whose “kantor” may be left out: “kelurahan Suka”."""
    name = mentions.name[joined.mention]
    kind_word = index.number_of_word.get("kantor", -2)
    beginning = index.name_word[np.minimum(index.name_word_start[name], len(index.name_word) - 1)]
    ranks = [index.number_of_word.get(word, -2) for word in OFFICES]
    found: NDArray[np.bool_] = (index.name_kind_word[name] == kind_word) & np.isin(beginning, ranks)
    return found


def _has_gang(index: NameIndex, mentions: Mentions, joined: Joined) -> NDArray[np.bool_]:
    """Tell which things are gangs, or crossings with one."""
    is_gang = index.name_kind_word[mentions.name] == index.number_of_word.get("gang", -2)
    found: NDArray[np.bool_] = is_gang[joined.mention] | ((joined.other >= 0) & is_gang[joined.other_mention])
    return found


def _crossing_bonus(said: Said, hint: NDArray[np.object_]) -> float:
    if said.asked.is_crossing:
        return CROSSING_SAID
    streets = sum(each == "street" for each in hint)
    if said.asked.parting or (said.asked.relations and streets > 1):
        return CROSSING_HINTED
    return TWO_STREETS if streets > 1 else NO_CROSSING
