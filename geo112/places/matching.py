"""Which names of the city some words say, and how well: every name that shares a rare word is laid along them. Pure.

    said     tolong │ di  mesjid  al  barokah │ rawabadak  selatan
    name                  masjid  al  barokah                        cover 1.0, evidence of three words
    name                                        rawabadak  selatan   cover 1.0

A name may be said with slips, with words left out, turned round, or with a word between; each costs a little.
"""

import threading
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo112.city.name_index import Bytes, Floats, Ints, Longs, NameIndex
from geo112.places.listening import Said
from routing.compiled import compiled

MOST_POSTINGS: Final = 60_000  # looked at for one search; the rarest words come first
LEAST_COVER: Final = 0.4
NINE: Final = ord("9")
OTHER_NUMBER: Final = 0.15
WHOLE: Final = 0.95
PART_OF_LONGER: Final = 0.5
TURNED: Final = 0.04  # a name's words in another order


@dataclass(frozen=True, slots=True, eq=False)
class Mentions:
    """Names with where they are said. Shape of all: (mentions,)."""

    name: Ints
    mask: NDArray[np.uint64]  # bit p: the word at position p says it
    cover: Floats  # how much of the name is said, 0 … 1
    evidence: Floats  # weight of what is said, with the likeness
    first: Ints  # position of the first word


class Matcher:
    """Finds names in what was said. Each thread works on slates of its own."""

    def __init__(self, index: NameIndex) -> None:
        self.index = index
        self._local = threading.local()

    def mentions(self, said: Said) -> Mentions:
        """Return the names that the words may say, each at most twice."""
        index = self.index
        if not hasattr(self._local, "score"):
            self._local.score = np.zeros(len(index.name_word_start) - 1, np.float32)
            self._local.row_of_word = np.full(len(index.word_weight), -1, np.int32)
        found = _mentions(
            said.begin, said.end, said.piece, said.part, said.factor, said.meant_start, said.meant, said.alike,
            said.weight, np.array([text.isdigit() for text in said.texts]),
            index.word_weight, index.posting_start, index.posting, index.name_word_start, index.name_word,
            index.name_kind_word, index.word_raw, self._local.score, self._local.row_of_word,
        )  # fmt: skip
        return _longest(Mentions(*found))


def _longest(mentions: Mentions) -> Mentions:
    """Let names tell less that are only part of a longer one that was said whole: Gebang in “Pulo Gebang Permai”."""
    evidence = mentions.evidence.copy()
    for whole in np.unique(mentions.mask[mentions.cover > WHOLE]):
        is_part = ((mentions.mask & whole) == mentions.mask) & (mentions.mask != whole)
        evidence[is_part] = np.minimum(evidence[is_part], PART_OF_LONGER * mentions.evidence[is_part])
    return replace(mentions, evidence=evidence)


@compiled
def _mentions(
    begin: Ints,
    end: Ints,
    piece: Ints,
    part: Ints,
    factor: Floats,
    meant_start: Longs,
    meant: Ints,
    alike: Floats,
    weight: Floats,
    is_number: NDArray[np.bool_],
    word_weight: Floats,
    posting_start: Longs,
    posting: Ints,
    name_word_start: Longs,
    name_word: Ints,
    name_kind_word: Ints,
    word_raw: Bytes,
    score: Floats,
    row_of_word: Ints,
) -> tuple[Ints, NDArray[np.uint64], Floats, Floats, Ints]:
    """`score` and `row_of_word` are slates: zero and -1 before, and again after."""
    elements = len(begin)
    positions = len(weight)
    # likeness of each word that may be meant to each element
    words = np.empty(len(meant), np.int32)
    rows = 0
    for at in range(len(meant)):
        if row_of_word[meant[at]] < 0:
            row_of_word[meant[at]] = rows
            words[rows] = meant[at]
            rows += 1
    like = np.zeros((rows, elements), np.float32)
    best = np.zeros(rows, np.float32)
    for element in range(elements):
        for at in range(meant_start[element], meant_start[element + 1]):
            row = row_of_word[meant[at]]
            like[row, element] = max(like[row, element], alike[at])
            if factor[element] > 0.0:
                best[row] = max(best[row], alike[at])
    # names that hold one of them, the rarest words first
    order = np.argsort(np.array([posting_start[words[row] + 1] - posting_start[words[row]] for row in range(rows)]))
    touched = np.empty(MOST_POSTINGS + 200_000, np.int32)
    count, looked = 0, 0
    for row in order:
        word = words[row]
        held = posting_start[word + 1] - posting_start[word]
        if best[row] <= 0.0 or (looked > 0 and looked + held > MOST_POSTINGS) or held > 200_000:
            continue
        looked += held
        gain = word_weight[word] * best[row]
        for at in range(posting_start[word], posting_start[word + 1]):
            name = posting[at]
            if score[name] == 0.0:
                touched[count] = name
                count += 1
            score[name] += gain
    out_name = np.empty(2 * count, np.int32)
    out_mask = np.empty(2 * count, np.uint64)
    out_cover = np.empty(2 * count, np.float32)
    out_evidence = np.empty(2 * count, np.float32)
    out_first = np.empty(2 * count, np.int32)
    made = 0
    for each in range(count):
        name = touched[each]
        first_word, last_word = name_word_start[name], name_word_start[name + 1]
        total = np.float32(0.0)
        reachable = np.float32(0.0)
        for at in range(first_word, last_word):
            total += word_weight[name_word[at]]
            row = row_of_word[name_word[at]]
            if row >= 0:
                reachable += word_weight[name_word[at]]
        score[name] = 0.0
        if reachable < LEAST_COVER * total:
            continue
        length = last_word - first_word
        kept = 0
        for start in range(elements):
            says_some = False
            for at in range(first_word, last_word):
                row = row_of_word[name_word[at]]
                if row >= 0 and like[row, start] > 0.0:
                    says_some = True
                    break
            if not says_some:
                continue
            opening = begin[start]
            mask = np.uint64(0)
            evidence = np.float32(0.0)
            said = np.float32(0.0)
            farthest = opening
            expected = opening
            nearest = positions
            name_number = -1  # a number of the name that was not said
            for at in range(first_word, last_word):
                row = row_of_word[name_word[at]]
                if word_raw[name_word[at], 0] <= NINE:
                    name_number = at
                if row < 0:
                    continue
                chosen, value = -1, np.float32(0.0)
                for element in range(start, elements):
                    if begin[element] > opening + length + 1:
                        break
                    if like[row, element] <= 0.0 or piece[element] != piece[start]:
                        continue
                    bits = np.uint64(0)
                    for position in range(begin[element], end[element]):
                        bits |= np.uint64(1) << np.uint64(position)
                    if bits & mask:
                        continue
                    if begin[element] < expected and word_raw[name_word[at], 0] <= NINE and at > first_word:
                        continue  # a number stands after its name
                    worth = like[row, element] - np.float32(0.02) * abs(begin[element] - expected)
                    if part[element] != part[start]:
                        worth -= np.float32(0.05)
                    if worth > value:
                        chosen, value = element, worth
                if chosen < 0:
                    continue
                if name_number == at:
                    name_number = -1
                for position in range(begin[chosen], end[chosen]):
                    mask |= np.uint64(1) << np.uint64(position)
                if begin[chosen] < expected:
                    said -= np.float32(TURNED) * word_weight[name_word[at]]
                said += word_weight[name_word[at]] * like[row, chosen]
                heaviest = np.float32(0.0)
                for position in range(begin[chosen], end[chosen]):
                    heaviest += weight[position]
                if factor[chosen] > 0.5:  # a slip of a common word tells no more than that word
                    evidence += min(word_weight[name_word[at]], heaviest) * like[row, chosen]
                else:
                    evidence += word_weight[name_word[at]] * like[row, chosen] * factor[chosen]
                farthest = max(farthest, end[chosen] - 1)
                nearest = min(nearest, begin[chosen])
                expected = end[chosen]
            if nearest != opening or evidence <= 0.0:
                continue
            inside = 0
            for position in range(opening, farthest + 1):
                inside += 0 if (mask >> np.uint64(position)) & np.uint64(1) else 1
            cover = said / total - np.float32(0.03) * inside
            if name_number >= 0 and expected < positions and is_number[expected]:
                cover -= np.float32(OTHER_NUMBER)  # “gunung sahari 7” is not Gunung Sahari 1
            if cover < LEAST_COVER:
                continue
            kind_word = name_kind_word[name]
            if kind_word >= 0 and row_of_word[kind_word] >= 0:
                row = row_of_word[kind_word]
                for element in range(elements):
                    bit = np.uint64(1) << np.uint64(begin[element])
                    is_next = begin[element] >= opening - 2 and begin[element] <= farthest
                    if like[row, element] >= 0.6 and is_next and not mask & bit and piece[element] == piece[start]:
                        mask |= bit
                        evidence += weight[begin[element]] * like[row, element]
                        break
            place = made
            if kept > 0:  # the same words from another start; a second place of the same name
                is_new = True
                for other in range(made - kept, made):
                    if out_mask[other] & mask:
                        is_new = False
                        if evidence * cover > out_evidence[other] * out_cover[other]:
                            out_mask[other], out_cover[other] = mask, cover
                            out_evidence[other], out_first[other] = evidence, opening
                        break
                if not is_new:
                    continue
                if kept == 2:
                    place = made - 1
                    if evidence * cover <= out_evidence[place] * out_cover[place]:
                        continue
            if place == made:
                made += 1
                kept += 1
            out_name[place], out_mask[place] = name, mask
            out_cover[place], out_evidence[place], out_first[place] = cover, evidence, opening
    for row in range(rows):
        row_of_word[words[row]] = -1
    return (
        out_name[:made].copy(),
        out_mask[:made].copy(),
        out_cover[:made].copy(),
        out_evidence[:made].copy(),
        out_first[:made].copy(),
    )
