"""Reading what was said of a place: its words, what each word seems to be of, and what only points at it.

    “depan Masjid An Nur, Jl. Melati 2 RT 03/05 Kel. Suka no 7”
       │       │             │        │         │       └ house number
       │       │             │        rt, rw    └ kelurahan
       │       └ a place     └ a street
       └ a relation, told and set aside

Pure. The words are in the normal form of `geo112.city.spelling`, in their order.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from geo112.city.spelling import sounded, words

MAX_WORDS: Final = 40


class Of(StrEnum):
    """What a word seems to be of, by the word that stands before it."""

    ANYTHING = "anything"
    STREET = "street"
    KELURAHAN = "kelurahan"
    KECAMATAN = "kecamatan"
    KOTA = "kota"


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    of: Of
    piece: int  # words of one piece stand together, with nothing between them that parts


@dataclass(frozen=True, slots=True)
class Asked:
    """What was said of a place."""

    words: tuple[Word, ...]
    rt: int | None = None
    rw: int | None = None
    house_number: str | None = None
    relations: tuple[str, ...] = ()  # depan, seberang …, as said
    is_crossing: bool = False  # a word for a crossing was said
    is_typing: bool = True  # the last word may be cut short
    is_parted_by_sign: bool = False  # “X / Y”, “X - Y”: may be a crossing

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.words)


CROSSINGS: Final = frozenset(
    map(
        sounded,
        ("simpang", "perempatan", "pertigaan", "perlimaan", "persimpangan", "prapatan", "pojok", "sudut", "pertemuan"),
    )
)
COUNTS_OF_ROADS: Final = frozenset({"3", "4", "5", "6"})
RELATIONS: Final = frozenset(
    [
        "depan",
        "seberang",
        "belakang",
        "samping",
        "sebelah",
        "dekat",
        "sebelum",
        "sesudah",
        "setelah",
        "arah",
        "ujung",
        "pojok",
        "antara",
        "sekitar",
        "menuju",
    ]
)
SPLITS: Final = frozenset({"di", "ke", "dari", "dan", "dengan", "atau", "pada", "yang", "sama", "yg", "dgn", "persis"})
# Said of every emergency and of no place.
NOISE: Final = frozenset(
    [
        "tolong",
        "pak",
        "bu",
        "bapak",
        "ibu",
        "mas",
        "mbak",
        "bang",
        "min",
        "admin",
        "halo",
        "hallo",
        "ada",
        "ini",
        "itu",
        "situ",
        "sini",
        "sana",
        "ya",
        "dong",
        "nih",
        "sih",
        "kok",
        "tadi",
        "lagi",
        "sudah",
        "udah",
        "telah",
        "banyak",
        "asap",
        "api",
        "kebakaran",
        "terbakar",
        "kecelakaan",
        "tabrakan",
        "banjir",
        "tumbang",
        "pohon",
        "orang",
        "warga",
        "pingsan",
        "segera",
        "cepat",
        "cepetan",
        "kirim",
        "damkar",
        "pemadam",
        "ambulans",
        "ambulan",
        "minta",
        "butuh",
        "lokasi",
        "lokasinya",
        "alamat",
        "alamatnya",
        "daerah",
        "kawasan",
        "wilayah",
        "dekatnya",
        "katanya",
        "saya",
        "kami",
        "kita",
        "tempat",
        "kejadian",
        "tkp",
        "terjadi",
        "indonesia",
    ]
)
NUMBERED_PLACES: Final = frozenset({"kantor", "pos", "balai", "sekretariat", "posyandu", "gang"})


@dataclass(slots=True)
class _Reader:
    of: Of = Of.ANYTHING
    piece: int = 0
    kept: list[Word] = field(default_factory=list)

    def part(self, of: Of = Of.ANYTHING) -> None:
        self.piece += 1
        self.of = of


def read(text: str) -> Asked:
    """Read `text`; anything can be read, and what says nothing gives no words."""
    pieces = _pieces(text)
    reader = _Reader()
    rt: int | None = None
    rw: int | None = None
    number: str | None = None
    relations: list[str] = []
    is_crossing = False
    for piece, _ in pieces:
        reader.part()
        said = words(piece)
        place = 0
        while place < len(said):
            word = said[place]
            following = said[place + 1] if place + 1 < len(said) else ""
            before = said[place - 1] if place else ""
            if word in {"rt", "rw"} and following.isdigit() and before not in NUMBERED_PLACES:
                rt, rw, place = _rt_rw(said, place, rt, rw)
                reader.part()
                continue
            if word == "nomor" and following.isdigit():
                number = following
                place += 2
                if place < len(said) and len(said[place]) == 1 and said[place].isalpha():
                    number += said[place]
                    place += 1
                reader.part()
                continue
            if word in CROSSINGS and (following or not before):
                is_crossing = True
                place += 2 if following in COUNTS_OF_ROADS and place + 2 < len(said) else 1
                reader.part()
                continue
            place += 1
            if word in RELATIONS:
                relations.append(word)
                reader.part()
            elif word in SPLITS:
                reader.part()
            elif word in NOISE or (word.isdigit() and len(word) == 5):  # a post code
                continue
            elif word == "jalan":
                reader.part(Of.STREET)
            elif word in {"kelurahan", "kecamatan"} and before in RELATIONS:  # “samping kelurahan X”: its office
                reader.kept.append(Word(word, reader.of, reader.piece))
            elif word in {"kelurahan", "desa", "lurah"} and before not in {"kantor", "puskesmas", "pos"}:
                reader.part(Of.KELURAHAN)
            elif word in {"kecamatan", "camat"} and before not in {"kantor", "puskesmas", "pos"}:
                reader.part(Of.KECAMATAN)
            elif word in {"kota", "kabupaten"} and reader.of is not Of.STREET:
                reader.part(Of.KOTA)
            else:
                if word == "gang":
                    reader.part(Of.STREET)
                reader.kept.append(Word(word, reader.of, reader.piece))
    return Asked(
        words=tuple(reader.kept[:MAX_WORDS]),
        rt=rt,
        rw=rw,
        house_number=number,
        relations=tuple(dict.fromkeys(relations)),
        is_crossing=is_crossing,
        is_parted_by_sign=any(sign for _, sign in pieces),
        is_typing=bool(text) and (text[-1].isalnum()),
    )


def _rt_rw(said: list[str], place: int, rt: int | None, rw: int | None) -> tuple[int | None, int | None, int]:
    """Read “rt 3 rw 5”, “rt 3 5”, “rw 5” from `place` on; return both and the place after them."""
    if said[place] == "rw":
        return rt, int(said[place + 1][:4]), place + 2
    rt = int(said[place + 1][:4])
    place += 2
    if place < len(said) and said[place].isdigit():
        return rt, int(said[place][:4]), place + 1
    return rt, rw, place


def _pieces(text: str) -> list[tuple[str, bool]]:
    """Split at signs that part; the flag tells that a dash or a stroke parted two names, as at a crossing."""
    found: list[tuple[str, bool]] = []
    piece = ""
    for index, sign in enumerate(text):
        before = text[index - 1] if index else " "
        after = text[index + 1] if index + 1 < len(text) else " "
        is_number = before.isdigit() and after.isdigit()
        is_dash = sign in "-–—" and before.isspace() and after.isspace()
        is_stroke = sign in "/&×" and not is_number and "rt" not in piece.lower()[-6:]
        if sign in ",;()\n[]|:" or is_dash or is_stroke:
            found.append((piece, False))
            piece = ""
            if is_dash or is_stroke:
                found.append(("", True))
        else:
            piece += sign
    found.append((piece, False))
    return [(each, by_sign) for each, by_sign in found if each.strip() or by_sign]
