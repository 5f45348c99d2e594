"""Which words of a city's names a word may be, as it was said or typed: slips, sounds, cut ends, shortened words.

    “kemayorn” ── one letter away ──► kemayoran 0.86      “manupaktur” ── sounds alike ──► manufaktur 0.92
    “kemay|”   ── still being typed ──► kemayoran 0.86    “grog” ── shortened ──► grogol 0.6

Every word of the vocabulary is compared, in compiled code that looks at lengths and letters first.
"""

import bisect
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo112.city.name_index import LONGEST_WORD, Bytes, NameIndex, Shorts
from geo112.city.spelling import ABBREVIATIONS, heard, sounded
from routing.compiled import compiled

MOST: Final = 40  # words that one word may be
ALIKE_BY_SOUND: Final = 0.92
ONE_SLIP: Final = 0.86
ONE_SLIP_SHORT: Final = 0.75
TWO_SLIPS: Final = 0.7
SHORTENED: Final = 0.6
CUT: Final = 0.75  # and up to 0.2 more, the more of the word was typed
VOWELS: Final = frozenset("aeiou")

Meant = tuple[tuple[int, float], ...]  # (number of the word, how alike 0 … 1), the likeliest first


class Hearing:
    """Compares words with those of one city; what was compared before is remembered."""

    def __init__(self, index: NameIndex) -> None:
        self.index = index
        self.meant = lru_cache(maxsize=20_000)(self._meant)

    def knows(self, word: str) -> bool:
        return word in self.index.number_of_word

    def _meant(self, word: str, is_cut: bool = False) -> Meant:
        """Return the words that `word` may be; `is_cut`: its end may be missing, for it is still being typed."""
        index = self.index
        exact = index.number_of_word.get(word)
        found: dict[int, float] = {} if exact is None else {exact: 1.0}
        if word.isdigit() or (word[:2] in {"rt", "rw"} and word[2:].isdigit()):
            if is_cut:
                self._beginning(word, found, lambda whole: 0.8 if whole.isdigit() or whole[:2] == word[:2] else 0.0)
        else:
            if is_cut:
                for writing, usual in ABBREVIATIONS.items():  # “kantor lu…”, which is kelurahan in normal form
                    number = index.number_of_word.get(usual)
                    if writing.startswith(word) and number is not None:
                        found.setdefault(number, CUT)
                self._beginning(word, found, lambda whole: CUT + 0.2 * len(word) / len(whole))
            elif len(word) >= 3:
                self._beginning(word, found, lambda whole: SHORTENED if len(whole) >= len(word) + 2 else 0.0)
            if 2 <= len(word) <= 4 and not VOWELS & set(word):
                self._skeleton(word, found)
            if exact is None and len(word) >= 4:
                for writing, usual in ABBREVIATIONS.items():
                    number = index.number_of_word.get(usual)
                    if number is not None and len(writing) >= 4 and _is_slip(word, sounded(writing)):
                        found[number] = max(found.get(number, 0.0), ONE_SLIP_SHORT)
            if len(word) >= (3 if exact is None else 4):
                self._slips(word, found, is_sure=exact is not None)
        best = sorted(found.items(), key=lambda each: (-each[1], each[0]))[: MOST if not is_cut else 10 * MOST]
        return tuple(best)

    def _beginning(self, word: str, found: dict[int, float], likeness: Callable[[str], float]) -> None:
        """Add words that begin with `word`, as alike as `likeness` says."""
        words = self.index.words
        at = bisect.bisect_left(words, word)
        while at < len(words) and words[at].startswith(word) and len(found) < 400:
            if words[at] != word:
                like = likeness(words[at])
                if like > found.get(at, 0.0):
                    found[at] = like
            at += 1

    def _skeleton(self, word: str, found: dict[int, float]) -> None:
        """Add words whose consonants begin like `word`: slt → selatan."""
        words = self.index.words
        at = bisect.bisect_left(words, word[0])
        while at < len(words) and words[at][0] == word[0]:
            whole = words[at]
            if len(whole) > len(word) and "".join(letter for letter in whole if letter not in VOWELS).startswith(word):
                found.setdefault(at, SHORTENED)
            at += 1

    def _slips(self, word: str, found: dict[int, float], *, is_sure: bool) -> None:
        index = self.index
        plain, sound = _letters(word), _letters(heard(word))
        numbers, slips = _alike(
            plain,
            sound,
            index.word_raw,
            index.word_heard,
            index.word_length,
            index.heard_length,
            4 if len(word) >= 6 else 2,
        )
        for number, halves in zip(numbers.tolist(), slips.tolist(), strict=True):
            shorter = min(len(word), int(index.word_length[number]))
            if shorter < 3 or (shorter < 4 and (halves > 2 or is_sure)):
                continue
            like = _likeness(halves, shorter)
            if is_sure:
                like -= 0.15  # it is a word by itself
            if like > found.get(number, 0.0):
                found[number] = like


def _likeness(halves: int, shorter: int) -> float:
    """Return how alike two words are that are so many half slips apart; `shorter`: letters of the shorter one."""
    if halves <= 1:
        return ALIKE_BY_SOUND if shorter >= 5 else ONE_SLIP_SHORT
    if halves == 2:
        return ONE_SLIP if shorter >= 5 else ONE_SLIP_SHORT if shorter == 4 else SHORTENED
    if shorter < 6:
        return 0.0
    return ONE_SLIP_SHORT if halves == 3 else TWO_SLIPS


def _is_slip(word: str, other: str) -> bool:
    """Tell whether two words are one slip apart; only words of about one length are."""
    if abs(len(word) - len(other)) > 1:
        return False
    row = _letters(other)[np.newaxis, :]
    room = np.zeros((1, LONGEST_WORD), np.uint8)
    room[0, : row.shape[1]] = row
    length = np.array([row.shape[1]], np.int16)
    return len(_alike(_letters(word), _letters(word), room, room, length, length, 2)[0]) > 0


def _letters(word: str) -> Bytes:
    return np.frombuffer(word.encode("ascii", "replace")[:LONGEST_WORD], np.uint8)


@compiled
def _alike(
    plain: Bytes, sound: Bytes, raw: Bytes, heard_rows: Bytes, raw_length: Shorts, heard_length: Shorts, most: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the rows that are at most `most` half slips away, and how many half slips.

    A letter more, less, another, or two swapped is one slip (optimal string alignment). Words are compared as they are
    written, and as they are heard, which counts a half more; the less counts.
    """
    numbers = np.empty(256, np.int32)
    halves = np.empty(256, np.int32)
    count = 0
    before2 = np.empty(LONGEST_WORD + 1, np.int32)
    before = np.empty(LONGEST_WORD + 1, np.int32)
    now = np.empty(LONGEST_WORD + 1, np.int32)
    for row in range(len(raw)):
        if count == 256:
            break
        best = most + 1
        for way in range(2):
            one = plain if way == 0 else sound
            other = raw[row] if way == 0 else heard_rows[row]
            length = raw_length[row] if way == 0 else heard_length[row]
            limit = (most - way) // 2
            if abs(len(one) - length) > limit:
                continue
            for column in range(length + 1):
                before[column] = column
            is_near = True
            for line in range(1, len(one) + 1):
                now[0] = line
                least = line
                for column in range(1, length + 1):
                    cost = before[column - 1] + (one[line - 1] != other[column - 1])
                    cost = min(cost, before[column] + 1, now[column - 1] + 1)
                    if (
                        line > 1
                        and column > 1
                        and one[line - 1] == other[column - 2]
                        and one[line - 2] == other[column - 1]
                    ):
                        cost = min(cost, before2[column - 2] + 1)
                    now[column] = cost
                    least = min(least, cost)
                if least > limit:
                    is_near = False
                    break
                before2, before, now = before, now, before2
            if is_near and before[length] <= limit:
                best = min(best, 2 * before[length] + way)
        if best <= most:
            numbers[count] = row
            halves[count] = best
            count += 1
    return numbers[:count].copy(), halves[:count].copy()
