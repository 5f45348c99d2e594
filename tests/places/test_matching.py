"""How well a name is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.places.matching import _slips, likeness, windows

WORDS = st.text("abcde", min_size=0, max_size=6)


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


@given(WORDS, WORDS)
def test_slips_are_counted_as_the_slow_twin_counts_them(one: str, other: str) -> None:
    assert _slips(one, other) == slow_slips(one, other)


@pytest.mark.parametrize(
    ("said", "meant"), [("melati", "meltai"), ("kemayoran", "kemayorn"), ("grogol", "grogool"), ("mel", "melati")]
)
def test_a_slip_is_forgiven(said: str, meant: str) -> None:
    assert 0.5 < likeness(said, meant) < 1


@pytest.mark.parametrize(("said", "meant"), [("melati", "mawar"), ("5", "6"), ("12", "1"), ("an", "al")])
def test_another_word_is_not(said: str, meant: str) -> None:
    assert likeness(said, meant) == 0


def test_a_name_is_found_where_it_is_said_and_not_across_a_border() -> None:
    said = ("bisma", "2", "bisma", "tengah", "1")
    (best, *_) = windows(("bisma", "tengah", "1"), said, is_typing=False, pieces=(0,) * 5)
    assert best.said == {2, 3, 4}
    assert best.cover == pytest.approx(1)
    parted = windows(("bisma", "tengah", "1"), said, is_typing=False, pieces=(0, 0, 0, 1, 1))
    assert all(window.cover < 0.7 for window in parted)
