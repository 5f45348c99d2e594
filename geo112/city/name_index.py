"""Every name of a city in the form that the search reads: arrays, made by the import, mapped by every worker.

    word ──posting──► name ──thing_of_name──► thing ──around──► areas that hold or cross it
    (sorted)          (its words)             (street,  ──beside──► streets near a place, streets that meet a street
                                               place, area) ──house──► house numbers along a street

Lists of lists are two arrays: `x_start` (one longer than the things it is of) and `x`. Nothing here is dense in
words × names, so a province fits: about 300 bytes a name.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from enum import IntEnum
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo112.coordinates import LonLat
from routing.files import NetworkFileError, map_arrays, read_description, write_arrays

TITLE: Final = "names"
VERSION: Final = 1
SHAPES_KEPT: Final = 20_000
LONGEST_WORD: Final = 20  # letters that are compared

Bytes = NDArray[np.uint8]
Shorts = NDArray[np.int16]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


class Kind(IntEnum):
    """What a thing is."""

    STREET = 0
    PLACE = 1
    AREA = 2


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """Many strings, one after the other in UTF-8."""

    start: Longs
    letters: Bytes

    def __len__(self) -> int:
        return len(self.start) - 1

    def __getitem__(self, number: int) -> str:
        return bytes(self.letters[self.start[number] : self.start[number + 1]]).decode()

    def __iter__(self) -> Iterator[str]:
        whole = self.letters.tobytes()
        edges = self.start.tolist()
        for begin, end in pairwise(edges):
            yield whole[begin:end].decode()

    @classmethod
    def of(cls, strings: Sequence[str]) -> "Text":
        parts = [string.encode() for string in strings]
        start = np.zeros(len(parts) + 1, np.int64)
        np.cumsum([len(part) for part in parts], out=start[1:])
        return cls(start, np.frombuffer(b"".join(parts), np.uint8))


@dataclass(frozen=True, eq=False)
class NameIndex:
    """The names of a city. `x_start` and `x` are lists of lists, see above."""

    categories: tuple[str, ...]  # highway classes, kinds of places and of areas
    # words, sorted
    word_start: Longs
    word_letters: Bytes
    word_raw: Bytes  # shape (words, LONGEST_WORD): the letters again, 0 after the end
    word_heard: Bytes  # the same with letters that sound alike made one, see `heard`
    word_length: Shorts
    heard_length: Shorts
    word_weight: Floats  # how much a word tells, 0 … 1
    posting_start: Longs
    posting: Ints  # names that hold the word
    # names, each of them once
    name_word_start: Longs
    name_word: Ints
    name_kind_word: Ints  # a word that may be said with it and is no part of it (masjid, jalan), -1 for none
    name_thing_start: Longs
    name_thing: Ints
    # things
    thing_kind: Shorts
    thing_category: Shorts  # index in categories
    thing_lon: Doubles
    thing_lat: Doubles
    thing_radius_m: Floats  # how far its farthest part lies from its point
    label_start: Longs
    label_letters: Bytes
    around_start: Longs
    around: Ints  # things (areas), smallest first
    beside_start: Longs
    beside: Ints  # things (streets)
    shape_start: Longs
    shape_wkb: Bytes  # EPSG:4326; nothing where it is the point alone
    # house numbers of each thing that is a street
    house_start: Longs
    house: Ints  # into house_number …
    house_number_start: Longs
    house_number_letters: Bytes
    house_lon: Doubles
    house_lat: Doubles
    folder: Path | None = field(default=None, repr=False)

    @property
    def thing_count(self) -> int:
        return len(self.thing_kind)

    @cached_property
    def words(self) -> list[str]:
        return list(Text(self.word_start, self.word_letters))

    @cached_property
    def number_of_word(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words)}

    def label(self, thing: int) -> str:
        """Return a thing's name as it is written."""
        return Text(self.label_start, self.label_letters)[thing]

    def category(self, thing: int) -> str:
        return self.categories[int(self.thing_category[thing])]

    def point(self, thing: int) -> LonLat:
        return LonLat(float(self.thing_lon[thing]), float(self.thing_lat[thing]))

    @cached_property
    def shape(self) -> Callable[[int], shapely.Geometry]:
        """Return a thing's shape, EPSG:4326: its point where there is no more. The last ones asked for are kept."""
        return lru_cache(maxsize=SHAPES_KEPT)(self._shape)

    def _shape(self, thing: int) -> shapely.Geometry:
        begin, end = self.shape_start[thing], self.shape_start[thing + 1]
        if begin == end:
            return shapely.Point(self.point(thing))
        shape: shapely.Geometry = shapely.from_wkb(self.shape_wkb[begin:end].tobytes())
        shapely.prepare(shape)
        return shape

    def areas(self, thing: int) -> list[int]:
        """Return the areas that hold or cross a thing, smallest first."""
        found: list[int] = self.around[self.around_start[thing] : self.around_start[thing + 1]].tolist()
        return found

    def houses(self, street: int) -> list[tuple[str, LonLat]]:
        """Return the house numbers beside a street, as they are written in OSM, and where they stand."""
        numbers = Text(self.house_number_start, self.house_number_letters)
        found = self.house[self.house_start[street] : self.house_start[street + 1]].tolist()
        return [(numbers[each], LonLat(float(self.house_lon[each]), float(self.house_lat[each]))) for each in found]

    def save(self, folder: Path) -> None:
        """Write the index into `folder`, whole or not at all."""
        arrays = {name: getattr(self, name) for name in array_names()}
        write_arrays(folder, TITLE, arrays, {"version": VERSION, "categories": list(self.categories)})

    @classmethod
    def load(cls, folder: Path) -> "NameIndex":
        """Map the index that lies in `folder`.

        Raises:
            routing.files.NetworkFileError: there is none, or of another version.
        """
        description = read_description(folder, TITLE)
        if description.get("version") != VERSION:
            raise NetworkFileError(f"The index of names in {folder} is of another version; import the city again.")
        arrays: dict[str, Any] = map_arrays(folder, array_names(), description["lengths"])
        return cls(categories=tuple(description["categories"]), folder=folder, **arrays)


def array_names() -> list[str]:
    return [each.name for each in fields(NameIndex) if each.name not in {"categories", "folder"}]
