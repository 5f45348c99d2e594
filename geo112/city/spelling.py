"""One normal form for Indonesian names, so that a name in OSM and a name as spoken compare equal.

    “Jl. Pejaten Raya” · “jln pejaten raya”      → pejaten raya
    “RSUD Dr. Soetomo” · “rs dr sutomo”          → rsud dr sutomo · rs dr sutomo
    “Kramat V” · “kramat lima” · “kramat 05”     → kramat 5

Both sides go through it, so an abbreviation is unified, never “expanded” into a name (MT Haryono stays MT).
Source of the abbreviations and sound pairs: what was measured on real Indonesian addresses and reports.
"""

# ruff: noqa: SIM905 (long lists of words read better as text)

import re
import unicodedata
from functools import lru_cache

# Every writing of a word → the one that is compared.
ABBREVIATIONS = {
    "jl": "jalan", "jln": "jalan", "jlan": "jalan", "jalur": "jalur",
    "gg": "gang", "gng": "gang", "lrg": "lorong",
    "kp": "kampung", "kpg": "kampung", "kamp": "kampung",
    "komp": "komplek", "kompl": "komplek", "kompleks": "komplek",
    "perum": "perumahan", "prm": "perumahan",
    "kel": "kelurahan", "kec": "kecamatan", "ds": "desa", "dsn": "dusun",
    "kab": "kabupaten", "prov": "provinsi",
    "brt": "barat", "bar": "barat", "tim": "timur", "tmr": "timur", "sel": "selatan", "slt": "selatan",
    "ut": "utara", "utr": "utara", "tgh": "tengah", "teng": "tengah",
    "ry": "raya", "dlm": "dalam", "bsr": "besar", "br": "baru", "tj": "tanjung", "tjg": "tanjung", "tg": "tanjung",
    "kb": "kebon", "kbn": "kebon", "kebun": "kebon", "ps": "pasar", "psr": "pasar",
    "mesjid": "masjid", "msjd": "masjid", "musholla": "musala", "mushola": "musala", "mushalla": "musala",
    "musolla": "musala", "langgar": "musala", "apotik": "apotek", "klnk": "klinik", "pkm": "puskesmas",
    "rsu": "rs", "hotel": "hotel", "st": "stasiun", "sta": "stasiun", "stsn": "stasiun",
    "bunderan": "bundaran", "sebrang": "seberang", "deket": "dekat", "dpn": "depan", "blkg": "belakang",
    "sblm": "sebelum", "nmr": "nomor", "no": "nomor", "nomer": "nomor", "blk": "blok",
    "indomart": "indomaret", "alfamat": "alfamart", "ktr": "kantor", "kntr": "kantor",
}  # fmt: skip

PHRASES = (
    (re.compile(r"\brumah sakit umum daerah\b"), "rsud"),
    (re.compile(r"\brumah sakit\b"), "rs"),
    (re.compile(r"\bpom bensin\b"), "spbu"),
    (re.compile(r"\bpusat kesehatan masyarakat\b"), "puskesmas"),
    (re.compile(r"\bkantor (lurah|kelurahan|kepala desa)\b"), "kantor kelurahan"),
    (re.compile(r"\bkantor (camat|kecamatan)\b"), "kantor kecamatan"),
    (re.compile(r"\bfly over\b"), "flyover"),
    (re.compile(r"\bunder pass\b"), "underpass"),
)

NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(("nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas").split())
}
ROMAN = {
    roman: str(number)
    for number, roman in enumerate(
        ("i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx xxi xxii xxiii xxiv xxv").split(),
        start=1,
    )
}

# Old spelling and sounds that people write alike. Doubled letters are one.
SOUNDS = (("oe", "u"), ("dj", "j"), ("tj", "c"), ("sy", "s"), ("kh", "k"), ("ph", "f"), ("v", "f"), ("q", "k"))

_DOTTED = re.compile(r"\b((?:[a-z]\.\s?){2,})")
_APOSTROPHE = re.compile(r"['’`´ʼ]")
_GLUED_NUMBER = re.compile(r"\b(rt|rw|no|gang|gg|blok|jl|jln)\.?\s*(\d)")
_WORD = re.compile(r"[a-z]+|\d+")


def words(text: str) -> list[str]:
    """Return the words of `text` in their normal form, in order; punctuation and accents are gone."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = _APOSTROPHE.sub("", plain)
    plain = _DOTTED.sub(lambda match: re.sub(r"[.\s]", "", match[1]) + " ", plain)
    plain = _GLUED_NUMBER.sub(r"\1 \2", plain)
    found = [ABBREVIATIONS.get(word, word) for word in _WORD.findall(plain)]
    joined = " ".join(found)
    for pattern, instead in PHRASES:
        joined = pattern.sub(instead, joined)
    return [_word(word, place) for place, word in enumerate(joined.split())]


def _word(word: str, place: int) -> str:
    if word.isdigit():
        return word.lstrip("0") or "0"
    if place > 0 and word in ROMAN:  # a first word is a name: “I Gusti Ngurah Rai”
        return ROMAN[word]
    if place > 0 and word in NUMBER_WORDS:
        return NUMBER_WORDS[word]
    return sounded(word)


def sounded(word: str) -> str:
    """Return `word` with old spellings and doublings made one: Soetomo → sutomo, Jenggalla → jengala."""
    if len(word) > 3:  # KH, PT and their like are no sounds
        for old, new in SOUNDS:
            word = word.replace(old, new)
    return re.sub(r"([a-z])\1+", r"\1", word)


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """Return the form that names are compared in; empty if nothing in `text` can be compared.

    “Jalan” is left out, for people leave it out too; “gang” stays, for Gang Melati is not Jalan Melati.
    """
    found = words(text)
    kept = [word for word in found if word != "jalan"]
    return " ".join(kept or found)
