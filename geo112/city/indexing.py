"""Making the index of names from the gazetteer: words, who holds them, and what lies beside what.

Names that are written alike in normal form are one name with many things. The word for what a thing is (“masjid” for a
mosque called “Al Barokah”, “jalan” for every street) may be said or left out; it stands beside the name, not in it.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo112.city.extract import HouseNumber
from geo112.city.features import bare_area_name
from geo112.city.gazetteer import METRES_PER_DEGREE, Entry, Geometries, in_metres
from geo112.city.name_index import LONGEST_WORD, Bytes, Ints, Kind, Longs, NameIndex, Text
from geo112.city.spelling import heard, normal
from routing.files import frozen

KINDS: Final = {"street": Kind.STREET, "place": Kind.PLACE, "area": Kind.AREA}
# The word that people say for what a thing is, in normal form.
KIND_WORDS: Final = {
    "mosque": "masjid", "church": "gereja", "market": "pasar", "school": "sekolah", "hospital": "rs",
    "clinic": "klinik", "pharmacy": "apotek", "fuel": "spbu", "bus_stop": "halte", "station": "stasiun",
    "fire_station": "damkar", "police": "polisi", "bank": "bank", "mall": "mal", "hotel": "hotel",
    "supermarket": "supermarket", "restaurant": "restoran", "residential": "perumahan", "government": "kantor",
    "kelurahan": "kelurahan", "kecamatan": "kecamatan", "kota": "kota", "neighbourhood": "kampung",
    "hamlet": "dusun", "village": "kampung", "temple": "fihara", "city_block": "blok",
}  # fmt: skip
BESIDE_M: Final = 150.0  # a place “on” a street: measured on the mapped places that name their street
MEETING_M: Final = 30.0  # ways of two carriageways do not always share a node
HOUSE_M: Final = 60.0
MANY_BESIDE: Final = 24  # nearest streets kept of a place
ALONG_M: Final = 25.0  # a street along the border of an area is in it
NUMBER_WEIGHT: Final = 0.5
WARD_WEIGHT: Final = 0.55  # RW numbers begin anew in every kelurahan
SHORT_WEIGHT: Final = 0.4
LEAST_WEIGHT: Final = 0.15
_PART: Final = re.compile(r"\s+[-–—]\s+|\s*\(|\s*,")


def index_of(entries: Sequence[Entry], houses: Sequence[HouseNumber] = ()) -> NameIndex:
    """Return the index of these names; a thing is numbered as its entry."""
    categories = sorted({entry.category for entry in entries})
    number_of_category = {category: number for number, category in enumerate(categories)}
    names, things_of_name = _names(entries)
    words = sorted({word for said, kind in names for word in (*said.split(), kind) if word})
    number_of_word = {word: number for number, word in enumerate(words)}
    words_of_name = [[number_of_word[word] for word in said.split()] for said, _ in names]
    postings: list[list[int]] = [[] for _ in words]
    for name, held in enumerate(words_of_name):
        for word in dict.fromkeys(held):
            postings[word].append(name)
    raw, raw_length = _matrix(words)
    sounds, sound_length = _matrix([heard(word) for word in words])
    word_text = Text.of(words)
    labels = Text.of([entry.name for entry in entries])
    shapes = [b"" if entry.shape is None else shapely.to_wkb(entry.shape) for entry in entries]
    around, beside, house = _in_space(entries, houses)
    house_points: list[shapely.Point] = [shapely.point_on_surface(shapely.from_wkb(each.shape)) for each in houses]
    numbers = Text.of([each.number for each in houses])
    posting_start, posting = lists(postings)
    name_word_start, name_word = lists(words_of_name)
    name_thing_start, name_thing = lists(things_of_name)
    arrays: dict[str, Any] = dict(
        word_start=word_text.start,
        word_letters=word_text.letters,
        word_raw=raw,
        word_heard=sounds,
        word_length=raw_length,
        heard_length=sound_length,
        word_weight=_weights(words, np.diff(posting_start), len(names)),
        posting_start=posting_start,
        posting=posting,
        name_word_start=name_word_start,
        name_word=name_word,
        name_kind_word=np.array([number_of_word[kind] if kind else -1 for _, kind in names], np.int32),
        name_thing_start=name_thing_start,
        name_thing=name_thing,
        thing_kind=np.array([KINDS[entry.kind] for entry in entries], np.int16),
        thing_category=np.array([number_of_category[entry.category] for entry in entries], np.int16),
        thing_lon=np.array([entry.point.x for entry in entries], np.float64),
        thing_lat=np.array([entry.point.y for entry in entries], np.float64),
        thing_radius_m=np.array([entry.uncertainty_m for entry in entries], np.float32),
        label_start=labels.start,
        label_letters=labels.letters,
        around_start=around[0],
        around=around[1],
        beside_start=beside[0],
        beside=beside[1],
        shape_start=np.concatenate([[0], np.cumsum([len(shape) for shape in shapes])]).astype(np.int64),
        shape_wkb=np.frombuffer(b"".join(shapes), np.uint8),
        house_start=house[0],
        house=house[1],
        house_number_start=numbers.start,
        house_number_letters=numbers.letters,
        house_lon=np.array([point.x for point in house_points], np.float64),
        house_lat=np.array([point.y for point in house_points], np.float64),
    )
    # Unwritable as those mapped from disk are: compiled code is compiled for one of the two alone.
    return NameIndex(categories=tuple(categories), **{name: frozen(array) for name, array in arrays.items()})


def _names(entries: Sequence[Entry]) -> tuple[list[tuple[str, str]], list[list[int]]]:
    """Return the different names, each with the word for what it is where it lacks that, and the things of each."""
    number: dict[tuple[str, str], int] = {}
    things: list[list[int]] = []
    for thing, entry in enumerate(entries):
        for said in _ways_to_say(entry):
            name = _with_kind_word(entry, said)
            if name not in number:
                number[name] = len(things)
                things.append([])
            things[number[name]].append(thing)
    return list(number), things


def _ways_to_say(entry: Entry) -> list[str]:
    """Return the name, and where it is a place also what people leave of it, in normal form.

    “Klinik Melati (Balai Latihan)” is also Klinik Melati, “Apotek Sehat Tebet” in Tebet also Apotek Sehat.
    """
    said = [entry.norm]
    if entry.kind == "place":
        said += [normal(part) for part in _PART.split(entry.name)[:1]]
        for area in entry.areas:
            bare = normal(bare_area_name(area))
            said += [_without_end(each, bare) for each in tuple(said) if each.endswith(" " + bare)]
    return [each for each in dict.fromkeys(said) if each == entry.norm or len(each.split()) > 1]


def _without_end(said: str, area: str) -> str:
    left = said.removesuffix(" " + area)
    return left.removesuffix(" kelurahan").removesuffix(" kecamatan").removesuffix(" kota")


def _with_kind_word(entry: Entry, said: str) -> tuple[str, str]:
    words = said.split()
    if entry.kind == "street":
        return (" ".join(words[1:]), "gang") if words[0] == "gang" and len(words) > 1 else (said, "jalan")
    kind = KIND_WORDS.get(entry.category, "")
    if (
        kind == "kantor" and words[0] == kind and words[1:2] in (["kelurahan"], ["kecamatan"])
    ):  # “depan kelurahan Suka” is its office
        return " ".join(words[1:]), kind
    return said, "" if kind in words else kind


def _weights(words: Sequence[str], names_of_word: Longs, names: int) -> NDArray[np.float32]:
    """Return how much each word tells: less the more names hold it."""
    rare = np.log((names + 1) / (np.maximum(names_of_word, 1) + 0.0)) / np.log(names + 1)
    weight: NDArray[np.float32] = np.maximum(rare, LEAST_WEIGHT).astype(np.float32)
    for number, word in enumerate(words):
        if word.isdigit() and len(word) < 4:
            weight[number] = min(weight[number], NUMBER_WEIGHT)
        elif word[:2] == "rw" and word[2:].isdigit():
            weight[number] = min(weight[number], WARD_WEIGHT)
        elif len(word) < 3:
            weight[number] = min(weight[number], SHORT_WEIGHT)
    return weight


def _matrix(words: Sequence[str]) -> tuple[Bytes, NDArray[np.int16]]:
    letters = np.zeros((len(words), LONGEST_WORD), np.uint8)
    length = np.zeros(len(words), np.int16)
    for row, word in enumerate(words):
        plain = word.encode("ascii", "replace")[:LONGEST_WORD]
        letters[row, : len(plain)] = np.frombuffer(plain, np.uint8)
        length[row] = len(plain)
    return letters, length


def lists(rows: Iterable[Sequence[int]]) -> tuple[Longs, Ints]:
    """Return lists of numbers as (start, flat)."""
    kept = list(rows)
    start = np.zeros(len(kept) + 1, np.int64)
    np.cumsum([len(row) for row in kept], out=start[1:])
    return start, np.fromiter((each for row in kept for each in row), np.int32, int(start[-1]))


def _grouped(of: Longs, value: Longs, count: int) -> tuple[Longs, Ints]:
    """Return pairs, sorted as they shall stand within each, as (start, flat)."""
    order = np.argsort(of, kind="stable")
    start = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(of, minlength=count), out=start[1:])
    return start, value[order].astype(np.int32)


def _in_space(
    entries: Sequence[Entry], houses: Sequence[HouseNumber]
) -> tuple[tuple[Longs, Ints], tuple[Longs, Ints], tuple[Longs, Ints]]:
    """Return for every thing the areas around it, the streets beside it and the house numbers along it."""
    count = len(entries)
    shapes: Geometries = np.array([entry.point if entry.shape is None else entry.shape for entry in entries], object)
    points: Geometries = np.array([entry.point for entry in entries], object)
    kind = np.array([KINDS[entry.kind] for entry in entries])
    streets, places, areas = (np.flatnonzero(kind == each) for each in (Kind.STREET, Kind.PLACE, Kind.AREA))
    # A settlement with an outline (a perumahan, a block) holds things as an area does.
    outlines = np.array(
        [each for each in places.tolist() if entries[each].category in HOLDING and shapes[each].geom_type != "Point"],
        np.int64,
    )
    return (
        _around(shapes, points, np.concatenate([areas, outlines]), kind, count),
        _beside(shapes, points, streets, places, count),
        _houses(entries, shapes, houses, count),
    )


BLOCK: Final = "city_block"
HOLDING: Final = frozenset({"residential", "neighbourhood", "city_block", "quarter", "suburb", "hamlet", "village"})


def _around(
    shapes: Geometries, points: Geometries, areas: Longs, kind: NDArray[np.int64], count: int
) -> tuple[Longs, Ints]:
    if not len(areas):
        return np.zeros(count + 1, np.int64), np.empty(0, np.int32)
    size = shapely.area(shapes[areas])
    flat = in_metres(np.concatenate([shapes[areas], np.where(kind == Kind.STREET, shapes, points)]))
    distance = np.where(kind == Kind.STREET, ALONG_M, 0.0)
    of, area = shapely.STRtree(flat[: len(areas)]).query(flat[len(areas) :], predicate="dwithin", distance=distance)
    is_itself = areas[area] == of
    # of two areas of which each holds the other's point, the larger one is around
    rank = np.full(count, -1.0)
    rank[areas] = size
    is_larger = (kind[of] != Kind.AREA) | (size[area] > 1.01 * rank[of])
    kept = ~is_itself & is_larger
    of, area = of[kept], area[kept]
    order = np.argsort(size[area], kind="stable")
    return _grouped(of[order], areas[area[order]], count)


def _beside(shapes: Geometries, points: Geometries, streets: Longs, places: Longs, count: int) -> tuple[Longs, Ints]:
    if not len(streets):
        return np.zeros(count + 1, np.int64), np.empty(0, np.int32)
    flat = in_metres(np.concatenate([shapes[streets], shapes[places]]))  # one scale for both
    lines, where = flat[: len(streets)], flat[len(streets) :]
    tree = shapely.STRtree(lines)
    place, near = tree.query(where, predicate="dwithin", distance=BESIDE_M)
    away = shapely.distance(where[place], lines[near])
    order = np.lexsort((away, place))
    place, near = place[order], near[order]
    first = np.searchsorted(place, np.arange(len(places)))
    kept = np.arange(len(place)) - first[place] < MANY_BESIDE
    one, other = tree.query(lines, predicate="dwithin", distance=MEETING_M)
    apart = one != other
    of = np.concatenate([places[place[kept]], streets[one[apart]]])
    value = np.concatenate([streets[near[kept]], streets[other[apart]]])
    return _grouped(of, value, count)


def _houses(
    entries: Sequence[Entry], shapes: Geometries, houses: Sequence[HouseNumber], count: int
) -> tuple[Longs, Ints]:
    """Return the houses of each street, and of each blok of an estate.

    A house counts for a street that it is near to and that it names, or names none.
    """
    holders = [number for number, entry in enumerate(entries) if entry.kind == "street" or entry.category == BLOCK]
    if not holders or not houses:
        return np.zeros(count + 1, np.int64), np.empty(0, np.int32)
    spots = shapely.point_on_surface(np.asarray(shapely.from_wkb([house.shape for house in houses]), object))
    streets = [normal(house.street) if house.street else None for house in houses]
    blocks = [normal(f"blok {house.block}") if house.block else None for house in houses]
    reach = HOUSE_M / METRES_PER_DEGREE
    nearby = shapely.STRtree(shapes[holders]).query(spots, predicate="dwithin", distance=reach).T.tolist()
    pairs = [
        (holders[holder], house)
        for house, holder in nearby
        if _is_of(entries[holders[holder]], streets[house], blocks[house])
    ]
    of = np.array([holder for holder, _ in pairs], np.int64)
    return _grouped(of, np.array([house for _, house in pairs], np.int64), count)


def _is_of(holder: Entry, street: str | None, block: str | None) -> bool:
    """Tell whether a house with this street and blok in its address is of a street or blok near by."""
    if holder.category == BLOCK:
        return block is not None and holder.norm.endswith(block)
    return street is None or street == holder.norm
