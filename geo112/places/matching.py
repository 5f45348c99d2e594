"""How well a name is said by some words: word by word, in order, forgiving slips of tongue and pen. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# Words that many names share tell little of which one is meant.
COMMON: Final = frozenset(
    [
        "raya",
        "barat",
        "timur",
        "utara",
        "selatan",
        "tengah",
        "dalam",
        "besar",
        "kecil",
        "baru",
        "lama",
        "kampung",
        "kelurahan",
        "kecamatan",
        "kantor",
        "klinik",
        "pratama",
        "utama",
        "masjid",
        "musala",
        "gereja",
        "apotek",
        "rs",
        "rsud",
        "puskesmas",
        "spbu",
        "pos",
        "gang",
        "blok",
        "komplek",
        "perumahan",
        "taman",
        "pasar",
        "sekolah",
        "sd",
        "sdn",
        "smp",
        "smpn",
        "sma",
        "sman",
        "smk",
        "jakarta",
        "kota",
        "al",
        "an",
        "nur",
        "jami",
        "pt",
        "dr",
        "drg",
        "haji",
        "k",
        "h",
        "halte",
        "stasiun",
        "toko",
        "rumah",
        "makan",
        "bank",
        "praktek",
        "mandiri",
        "dokter",
        "umum",
        "bidan",
        "ps",
    ]
)
COMMON_WEIGHT: Final = 0.4
NUMBER_WEIGHT: Final = 0.6
MIN_COVER: Final = 0.3  # below this a name is not meant


def weight(word: str) -> float:
    """Return how much a word tells: 1 for a word of its own, less for common words, numbers and single letters."""
    if word in COMMON:
        return COMMON_WEIGHT
    if word.isdigit():
        return NUMBER_WEIGHT
    return 0.5 if len(word) < 3 else 1.0


@lru_cache(maxsize=65536)
def likeness(said: str, meant: str, is_cut: bool = False) -> float:
    """Return how alike two words are, 0 to 1.

    Args:
        is_cut: `said` may lack its end, for it is still being typed.
    """
    if said == meant:
        return 1.0
    if said.isdigit() or meant.isdigit():
        return 0.85 if is_cut and said.isdigit() and meant.startswith(said) else 0.0
    if is_cut and len(said) >= 2 and meant.startswith(said):
        return 0.75 + 0.2 * len(said) / len(meant)
    shorter = min(len(said), len(meant))
    if shorter >= 3 and abs(len(said) - len(meant)) <= 2:
        slips = _slips(said, meant)
        if slips == 1 and shorter >= 4:
            return 0.88
        if slips == 1:
            return 0.6
        if slips == 2 and shorter >= 6:
            return 0.75
    if len(said) >= 3 and meant.startswith(said) and len(meant) - len(said) >= 2:
        return 0.6  # shortened: “kel grog pet”
    return 0.0


def _slips(one: str, other: str) -> int:
    """Return the edits between two words: a letter more, less, other, or two swapped (optimal string alignment)."""
    previous2: list[int] = []
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        present = [row]
        for column, second in enumerate(other, start=1):
            cost = min(previous[column] + 1, present[-1] + 1, previous[column - 1] + (letter != second))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == second:
                cost = min(cost, previous2[column - 2] + 1)
            present.append(cost)
        previous2, previous = previous, present
    return previous[-1]


@dataclass(frozen=True, slots=True)
class Window:
    """The place among the words said where a name is found."""

    said: frozenset[int]  # indexes of the words that say it
    cover: float  # how much of the name is said, 0 to 1
    evidence: float  # weight of what is said, with the likeness


def windows(name: Sequence[str], said: Sequence[str], *, is_typing: bool, pieces: Sequence[int]) -> list[Window]:
    """Return where `name` is found among `said`, best first; each begins at another word.

    Args:
        name: words of the name, normal form.
        said: words said, normal form.
        is_typing: the last word said may be cut short.
        pieces: the piece of each word said; a name does not reach over a border.
    """
    total = sum(weight(word) for word in name)
    if not total:
        return []
    found: dict[frozenset[int], Window] = {}
    for start in range(len(said)):
        used: list[int] = []
        evidence = 0.0
        place = start
        skipped = 0
        for word in name:
            best, best_at = 0.0, -1
            for at in range(place, min(place + 2, len(said))):
                if pieces[at] != pieces[start]:
                    break
                alike = likeness(said[at], word, is_typing and at == len(said) - 1)
                if alike > best + 0.05:
                    best, best_at = alike, at
            if best_at >= 0:
                evidence += best * weight(word)
                used.append(best_at)
                skipped += best_at - place
                place = best_at + 1
        if used and used[0] == start:
            cover = evidence / total - 0.03 * skipped
            key = frozenset(used)
            if cover >= MIN_COVER and (key not in found or found[key].cover < cover):
                found[key] = Window(key, cover, evidence)
    return sorted(found.values(), key=lambda window: -window.evidence * window.cover)[:3]
