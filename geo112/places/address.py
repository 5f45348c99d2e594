"""Reading what was said of a place: its words in their order, and what only points at it.

    “depan Masjid An Nur, Jl. Melati 2 RT 03/05 Kel. Suka no 7”
       │                                                  └ house number, told apart
       └ a relation: parts the words, and is told

Pure, and without a city: which names the words say is for `matching`. Words are in the normal form of
`geo112.city.spelling`.
"""

# ruff: noqa: SIM905 (long lists of words read better as text)

import re
from dataclasses import dataclass, field, replace
from typing import Final

from geo112.city.spelling import sounded, words
from geo112.places.speech import CHATTER, SPEECH, is_of

MAX_WORDS: Final = 60

CROSSINGS: Final = frozenset(
    map(sounded, "simpang perempatan pertigaan perlimaan persimpangan prapatan pojok sudut pertemuan simpangan".split())
)
COUNTS_OF_ROADS: Final = frozenset({"3", "4", "5", "6"})
RELATIONS: Final = frozenset(
    (
        "depan didepan seberang diseberang belakang dibelakang samping disamping sebelah disebelah dekat didekat "
        "sebelum sesudah setelah pojok antara sekitar disekitar hadapan"
    ).split()
)
TOWARDS: Final = frozenset("arah menuju kearah".split())
PASSING: Final = frozenset({"sebelum", "sesudah", "setelah"})
BETWEEN: Final = "antara"
SIDES: Final = frozenset("utara selatan timur barat".split())
SPLITS: Final = frozenset(
    "di ke dari dan dengan atau pada yang sama yg dgn persis sampai didaerah dikawasan diwilayah dijalan dr".split()
)
MUCH: Final = 7  # words
_BLOCK_AND_NUMBER: Final = re.compile(
    r"\b(?:blok|blk)?\.?\s*\b([a-z]{1,2}\d{1,3}|(?<=blok )[a-z])\s*/\s*(\d{1,3})\b", re.IGNORECASE
)
_SIGNALS: Final = re.compile(r"\b(?:lampu merah|lampu lalu lintas|traffic light|bangjo)\b", re.IGNORECASE)
_KM: Final = re.compile(r"\b(?:km|kilometer)\W{0,3}(\d{1,4})(?:\s*[+.,]\s*(\d{1,3}))?(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Word:
    """One word, as it was said."""

    text: str
    piece: int  # words of one piece stand together: no relation between them, no “dan”
    part: int  # a comma or bracket within a piece begins another part
    is_speech: bool = False  # said of every emergency: no part of a name unless letter for letter
    after: str = ""  # the relation right before it: depan, seberang, arah …


@dataclass(frozen=True, slots=True)
class Asked:
    """What was said of a place."""

    text: str
    words: tuple[Word, ...]
    house_number: str | None = None
    km: float | None = None  # of a marker along a road
    relations: tuple[str, ...] = ()  # depan, seberang …, as said
    side: str | None = None  # utara, selatan …: “barat puskesmas …”
    is_crossing: bool = False  # a word for a crossing was said
    is_typing: bool = True  # the last word may be cut short
    parting: frozenset[int] = frozenset()  # pieces that begin after a sign or word that may join two streets

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.words)


@dataclass(slots=True)
class _Reader:
    piece: int = 0
    part_number: int = 0
    after: str = ""
    kept: list[Word] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    number: str | None = None
    is_crossing: bool = False
    parting: set[int] = field(default_factory=set)

    def part(self, *, joins: bool = False) -> None:
        if self.kept and self.kept[-1].piece == self.piece:
            self.piece += 1
        if joins:
            self.parting.add(self.piece)

    def keep(self, text: str) -> None:
        self.kept.append(Word(text, self.piece, self.part_number, is_of(text, SPEECH), self.after))
        self.after = ""


def read(text: str) -> Asked:
    """Read `text`; anything can be read, and what says nothing gives no words."""
    text = _BLOCK_AND_NUMBER.sub(r"blok \1 nomor \2 ", text)
    text = _SIGNALS.sub(", ", text)
    marker = _KM.search(text)
    if marker:
        text = f"{text[: marker.start()]}, {text[marker.end() :]}"
    reader = _Reader()
    for piece, is_joined in _pieces(text):
        if is_joined:
            reader.part(joins=True)
        reader.part_number += 1
        _read_piece(reader, words(piece))
    kept = reader.kept[:MAX_WORDS]
    if sum(not word.is_speech for word in kept) > MUCH:
        kept = [replace(word, is_speech=word.is_speech or is_of(word.text, CHATTER)) for word in kept]
    return Asked(
        text=text,
        words=tuple(kept),
        house_number=reader.number,
        km=float(f"{marker[1]}.{marker[2] or 0}") if marker else None,
        relations=tuple(dict.fromkeys(reader.relations)),
        side=_side(reader.kept),
        is_crossing=reader.is_crossing,
        is_typing=bool(text) and text[-1].isalnum(),
        parting=frozenset(reader.parting),
    )


def _read_piece(reader: _Reader, said: list[str]) -> None:
    place = 0
    while place < len(said):
        word = said[place]
        following = said[place + 1] if place + 1 < len(said) else ""
        place += 1
        if word == "nomor" and following.isdigit():
            place += 1
            number = following
            if place < len(said) and len(said[place]) == 1 and said[place].isalpha():
                number += said[place]
                place += 1
            while place < len(said) and said[place].isdigit() and reader.number is None:  # “no 67-69”
                place += 1
            reader.number = reader.number or number
            reader.part()
        elif word in CROSSINGS and following in COUNTS_OF_ROADS and place + 1 == len(said):
            reader.keep(word)  # “Simpang Lima” is a place by itself
        elif word in CROSSINGS and (following or not reader.kept or reader.kept[-1].piece != reader.piece):
            reader.is_crossing = True
            if following in COUNTS_OF_ROADS and place + 1 < len(said):
                place += 1
            reader.part(joins=True)
        elif word in RELATIONS or word in TOWARDS:
            reader.relations.append(word)
            reader.part()
            reader.after = word
        elif word in SPLITS:
            reader.part(joins=word in {"dan", "dengan", "sama", "dgn"})
        elif word.isdigit() and len(word) == 5:  # a post code
            reader.part()
        else:
            reader.keep(word)


def _side(kept: list[Word]) -> str | None:
    """Return the compass side that a piece begins with: “(barat puskesmas pandian)”."""
    for place, word in enumerate(kept[:-1]):
        begins = place > 0 and kept[place - 1].part != word.part
        if begins and word.text in SIDES and kept[place + 1].part == word.part:
            return word.text
    return None


def _pieces(text: str) -> list[tuple[str, bool]]:
    """Split at signs that part; the flag tells that a dash or a stroke stands before, as between two streets."""
    found: list[tuple[str, bool]] = []
    piece, is_joined = "", False
    for index, sign in enumerate(text):
        before = text[index - 1] if index else " "
        after = text[index + 1] if index + 1 < len(text) else " "
        is_number = before.isdigit() and after.isdigit()
        is_dash = sign in "-–—" and before.isspace() and after.isspace()
        is_stroke = sign in "/&×" and not is_number and "rt" not in piece.lower()[-6:]
        is_stop = sign == "." and after.isspace() and len(piece) - len(piece.rstrip("abcdefghijklmnopqrstuvwxyz")) > 4
        if sign in ",;()\n[]|:?!" or is_dash or is_stroke or is_stop:
            found.append((piece, is_joined))
            piece, is_joined = "", is_dash or is_stroke
        else:
            piece += sign
    found.append((piece, is_joined))
    return [(each, joined) for each, joined in found if each.strip()]
