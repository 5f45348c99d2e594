"""What was said, word by word: each with the words of the city that it may be, and with how much it tells. Pure."""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from geo112.city.name_index import Floats, Ints, Longs, NameIndex
from geo112.places.address import MAX_WORDS, Asked, Word
from geo112.places.hearing import Hearing, Meant

KIND_WEIGHT: Final = 0.15  # of “jalan”, “kelurahan” beside a name
KINDS_SAID: Final = frozenset({"jalan", "kelurahan", "kecamatan", "kota", "gang"})
SPEECH_WEIGHT: Final = 0.2  # of its own, for a word of speech that is part of a name
UNKNOWN_WEIGHT: Final = 0.35  # of a word that no name has
NUMBER_WEIGHT: Final = 0.1  # of a number that no name has
GLUED: Final = 0.95
SHORTEST_GLUED: Final = 5  # letters
ALIKE_ENOUGH: Final = 0.8
FEW: Final = 5  # words, among which a single letter still typed may be the beginning of one


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """The words as elements that a name's words may be: each word, and two words that are one."""

    asked: Asked
    begin: Ints  # position of the first word, shape (elements,)
    end: Ints  # one after the last
    piece: Ints
    part: Ints
    factor: Floats  # of the evidence: 0 for words of speech
    meant_start: Longs  # into meant, alike
    meant: Ints
    alike: Floats
    weight: Floats  # how much each position tells, shape (positions,)
    texts: tuple[str, ...]  # at each position
    piece_of: tuple[int, ...]
    after: tuple[str, ...]  # the relation that stands before its piece

    @property
    def total(self) -> float:
        return float(self.weight.sum())


class _Element(NamedTuple):
    """One word, or two that are one, that a name's word may be."""

    begin: int
    end: int
    word: Word
    factor: float
    meant: Meant


def listen(asked: Asked, hearing: Hearing) -> Said:
    """Return the elements of what was said, each with the words of the city that it may be."""
    index = hearing.index
    told = _split_glued(asked, hearing)
    elements: list[_Element] = []
    weight = np.zeros(len(told), np.float32)
    for place, word in enumerate(told):
        meant = _meant(word, asked.is_typing and place == len(told) - 1, len(told), hearing)
        elements.append(_Element(place, place + 1, word, SPEECH_WEIGHT if word.is_speech else 1.0, meant))
        weight[place] = _weight(word, meant, index)
        following = told[place + 1] if place + 1 < len(told) else None
        if following is not None and following.piece == word.piece and not word.text.isdigit():
            glued = word.text + following.text
            both = index.number_of_word.get(glued)
            if both is not None and len(glued) >= SHORTEST_GLUED:
                elements.append(_Element(place, place + 2, word, 1.0, ((both, GLUED),)))
    rows = [element.meant for element in elements]
    lengths = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=lengths[1:])
    return Said(
        asked=asked,
        begin=np.array([element.begin for element in elements], np.int32),
        end=np.array([element.end for element in elements], np.int32),
        piece=np.array([element.word.piece for element in elements], np.int32),
        part=np.array([element.word.part for element in elements], np.int32),
        factor=np.array([element.factor for element in elements], np.float32),
        meant_start=lengths,
        meant=np.array([word for row in rows for word, _ in row], np.int32),
        alike=np.array([like for row in rows for _, like in row], np.float32),
        weight=weight,
        texts=tuple(word.text for word in told),
        piece_of=tuple(word.piece for word in told),
        after=_carried(told),
    )


def _meant(word: Word, is_last: bool, count: int, hearing: Hearing) -> Meant:
    if not word.is_speech:
        return hearing.meant(word.text, is_last and (len(word.text) > 1 or count <= FEW))
    exact = hearing.index.number_of_word.get(word.text)
    return () if exact is None else ((exact, 1.0),)


def _weight(word: Word, meant: Meant, index: NameIndex) -> float:
    """Return how much of what was said this word is."""
    if word.is_speech:
        return SPEECH_WEIGHT * float(index.word_weight[meant[0][0]]) if meant else 0.0
    if word.text in KINDS_SAID:
        return KIND_WEIGHT
    if not meant:
        is_number = word.text.isdigit() or (word.text[:2] == "rt" and word.text[2:].isdigit())
        return NUMBER_WEIGHT if is_number else UNKNOWN_WEIGHT
    closest = meant[0][1]
    return max(float(index.word_weight[number]) * like for number, like in meant if like >= closest - 0.05)


def _carried(told: list[Word]) -> tuple[str, ...]:
    """Return the relation before the piece of each word: “depan” for each word of “depan masjid al huda”."""
    relation: dict[int, str] = {}
    for word in told:
        relation.setdefault(word.piece, word.after)
    return tuple(relation[word.piece] for word in told)


def _split_glued(asked: Asked, hearing: Hearing) -> list[Word]:
    """Return the words; one that nobody knows and that is two known ones is read as these: “durikepa”."""
    told: list[Word] = []
    for place, word in enumerate(asked.words):
        text = word.text
        is_last = asked.is_typing and place == len(asked.words) - 1
        if len(text) >= 6 and text.isalpha() and not word.is_speech and not is_last and not hearing.knows(text):
            best = max((like for _, like in hearing.meant(text, False)), default=0.0)
            cuts = range(3, len(text) - 2)
            cut = next((at for at in cuts if hearing.knows(text[:at]) and hearing.knows(text[at:])), 0)
            if cut and best < ALIKE_ENOUGH:
                told += [replace(word, text=text[:cut]), replace(word, text=text[cut:], after="")]
                continue
        told.append(word)
    return told[:MAX_WORDS]
