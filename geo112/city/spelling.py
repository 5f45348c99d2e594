"""One normal form for Indonesian names, so that a name in OSM and a name as spoken compare equal.

    “Jl. Pejaten Raya” · “jln pejaten raya”      → pejaten raya
    “RSUD Dr. Soetomo” · “rs dr sutomo”          → rsud dr sutomo · rs dr sutomo
    “Kramat V” · “kramat lima” · “kramat 05”     → kramat 5
    “RT 03 / RW 05” · “rt.3/5” · “rt 3 rw lima”  → rt3 rw5

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
    "kel": "kelurahan", "kelrahan": "kelurahan", "desa": "kelurahan", "ds": "kelurahan", "lurah": "kelurahan",
    "kec": "kecamatan", "camat": "kecamatan", "dsn": "dusun",
    "kab": "kabupaten", "prov": "provinsi",
    "brt": "barat", "bar": "barat", "tim": "timur", "tmr": "timur", "sel": "selatan", "slt": "selatan",
    "sltn": "selatan", "ut": "utara", "utr": "utara", "tgh": "tengah", "teng": "tengah", "jkt": "jakarta",
    "jaksel": "jakarta selatan", "jakut": "jakarta utara", "jakbar": "jakarta barat", "jaktim": "jakarta timur",
    "jakpus": "jakarta pusat",
    "ry": "raya", "dlm": "dalam", "bsr": "besar", "br": "baru", "tj": "tanjung", "tjg": "tanjung", "tg": "tanjung",
    "kb": "kebon", "kbn": "kebon", "kebun": "kebon", "ps": "pasar", "psr": "pasar",
    "mesjid": "masjid", "msjd": "masjid", "musholla": "musala", "mushola": "musala", "mushalla": "musala",
    "musolla": "musala", "langgar": "musala", "apotik": "apotek", "aptk": "apotek", "klnk": "klinik",
    "pkm": "puskesmas", "puskes": "puskesmas", "praktik": "praktek", "rsu": "rs",
    "sta": "stasiun", "stsn": "stasiun",
    "bunderan": "bundaran", "sebrang": "seberang", "deket": "dekat", "dpn": "depan", "blkg": "belakang",
    "sblm": "sebelum", "nmr": "nomor", "no": "nomor", "nomer": "nomor", "blk": "blok",
    "rmh": "rumah", "jenderal": "jend", "jendral": "jend", "jendr": "jend", "kapt": "kapten", "kol": "kolonel",
    "haji": "h", "hj": "h", "hajah": "h", "hajjah": "h", "kyai": "k", "kiai": "k", "dokter": "dr", "doktor": "dr",
    "profesor": "prof", "insinyur": "ir", "indomart": "indomaret", "alfamat": "alfamart", "ktr": "kantor",
    "kntr": "kantor",
    "sdn": "sd", "smpn": "smp", "smun": "sma", "sman": "sma", "smu": "sma", "smkn": "smk",
}  # fmt: skip

PHRASES = (
    (re.compile(r"\brumah sakit umum daerah\b"), "rsud"),
    (re.compile(r"\brumah sakit\b"), "rs"),
    (re.compile(r"\bpom bensin\b"), "spbu"),
    (re.compile(r"\bk h\b"), "kh"),
    (re.compile(r"\b(letnan|let) jend\b"), "letjen"),
    (re.compile(r"\b(mayor|may) jend\b"), "mayjen"),
    (re.compile(r"\b(brigadir|brig) jend\b"), "brigjen"),
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

# Letters that are heard alike when said aloud, after the normal form.
HEARD = (("ai", "e"), ("ei", "e"), ("ie", "i"), ("ks", "s"), ("h", ""))
HEARD_LETTERS = str.maketrans("fzqbdviy", "pjkptpii")

_DOTTED = re.compile(r"\b((?:[a-z]\.\s?){2,})")
_APOSTROPHE = re.compile(r"['’`´ʼ]")
_RT_AND_RW = re.compile(r"\brt\W{0,3}(\d{1,3})\s*/\s*0*(\d{1,3})")
_WORD = re.compile(r"[a-z]+|\d+")


def words(text: str) -> list[str]:
    """Return the words of `text` in their normal form, in order; punctuation and accents are gone."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = _APOSTROPHE.sub("", plain)
    plain = _DOTTED.sub(lambda match: re.sub(r"[.\s]", "", match[1]) + " ", plain)
    plain = _RT_AND_RW.sub(r"rt \1 rw \2 ", plain)
    joined = " ".join(ABBREVIATIONS.get(word, word) for word in _WORD.findall(plain))
    for pattern, instead in PHRASES:
        joined = pattern.sub(instead, joined)
    found: list[str] = []
    for word in joined.split():
        before = found[-1] if found else ""
        word = _word(word, before)
        if before in {"rt", "rw"} and word.isdigit():
            found[-1] = before + word[:3]
        else:
            found.append(word)
    return found


def _word(word: str, before: str) -> str:
    if word.isdigit():
        return word.lstrip("0") or "0"
    if before and before != "jalan":  # a first word is a name: “Jalan I Gusti Ngurah Rai”
        number = ROMAN.get(word) or NUMBER_WORDS.get(word)
        if number:
            return number
    return sounded(word)


def sounded(word: str) -> str:
    """Return `word` with old spellings and doublings made one: Soetomo → sutomo, Jenggalla → jengala."""
    if len(word) > 3:  # KH, PT and their like are no sounds
        for old, new in SOUNDS:
            word = word.replace(old, new)
    single = re.sub(r"([a-z])\1+", r"\1", word)
    return single if len(single) > 3 else word  # Daan is not “dan”


def heard(word: str) -> str:
    """Return what is heard of a word: “manufaktur” and “manupaktur” are one."""
    if len(word) <= 3 or word.isdigit():
        return word
    plain = word.translate(HEARD_LETTERS)
    first, rest = plain[0], plain[1:]
    for old, new in HEARD:
        rest = rest.replace(old, new)
    return first + rest


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """Return the form that names are compared in; empty if nothing in `text` can be compared.

    “Jalan” is left out, for people leave it out too; “gang” stays, for Gang Melati is not Jalan Melati.
    """
    found = words(text)
    kept = [word for word in found if word != "jalan"]
    return " ".join(kept or found)
