"""Which words of the city a word may be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo112.city.indexing import LONGEST_WORD
from geo112.city.spelling import heard
from geo112.places.hearing import Hearing, _alike, _letters
from tests.places.ground import Ground

WORDS = st.text("abcdehmnt", min_size=1, max_size=7)


def slow_slips(one: str, other: str) -> int:
    """Optimal string alignment, written as its recursion."""
    if not one or not other:
        return len(one) + len(other)
    best = min(
        slow_slips(one[:-1], other) + 1,
        slow_slips(one, other[:-1]) + 1,
        slow_slips(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    )
    if len(one) > 1 and len(other) > 1 and one[-1] == other[-2] and one[-2] == other[-1]:
        best = min(best, slow_slips(one[:-2], other[:-2]) + 1)
    return best


@settings(deadline=None)  # the slow twin is slow
@given(WORDS, st.lists(WORDS, min_size=1, max_size=6), st.sampled_from([2, 4]))
def test_slips_are_counted_as_the_slow_twin_counts_them(word: str, others: list[str], most: int) -> None:
    def matrix(rows: list[str]) -> tuple[np.ndarray, np.ndarray]:
        letters = np.zeros((len(rows), LONGEST_WORD), np.uint8)
        for row, text in zip(letters, rows, strict=True):
            row[: len(text)] = np.frombuffer(text.encode(), np.uint8)
        return letters, np.array([len(row) for row in rows], np.int16)

    (raw, raw_length), (sounds, sound_length) = matrix(others), matrix([heard(other) for other in others])
    numbers, halves = _alike(_letters(word), _letters(heard(word)), raw, sounds, raw_length, sound_length, most)
    expected = {}
    for number, other in enumerate(others):
        best = min(2 * slow_slips(word, other), 2 * slow_slips(heard(word), heard(other)) + 1)
        if best <= most:
            expected[number] = best
    assert dict(zip(numbers.tolist(), halves.tolist(), strict=True)) == expected


@pytest.fixture(scope="module")
def hearing() -> Hearing:
    ground = Ground()
    names = ("Kemayoran", "Manufaktur", "Grogol Selatan", "Melati", "Mawar", "Jenggala", "Raya", "Tebet", "Klinik")
    for number, name in enumerate(names):
        ground.street(f"Jalan {name}", (0, 100 * number), (100, 100 * number))
    return Hearing(ground.geocoder().index)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("kemayorn", "kemayoran"), ("manupaktur", "manufaktur"), ("grog", "grogol"), ("slt", "selatan"),
        ("meltai", "melati"), ("jengala", "jengala"), ("raia", "raya"), ("tabet", "tebet"), ("klenik", "klinik"),
    ],
)  # fmt: skip
def test_a_slip_is_forgiven(hearing: Hearing, said: str, meant: str) -> None:
    likely = {hearing.index.words[number]: like for number, like in hearing.meant(said)}
    assert likely[meant] == max(likely.values())


@pytest.mark.parametrize("said", ["5", "xyzzy", "an", "terbang"])
def test_another_word_is_not(hearing: Hearing, said: str) -> None:
    assert hearing.meant(said) == ()


def test_a_word_still_typed_may_be_every_word_that_begins_so(hearing: Hearing) -> None:
    assert {hearing.index.words[number] for number, _ in hearing.meant("m", True)} >= {"melati", "mawar", "manufaktur"}
    assert hearing.meant("m", False) == ()
