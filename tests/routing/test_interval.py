"""Intervals of arrival: they hold the estimate, grow with it, and what is learned has the quantiles of its drives."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.simulation.crews import Habits
from routing.interval import DRIVES_EACH, SIMULATED, Spread, arrival_interval, learned

TABLE = (Spread(120.0, 0.8, 1.9), Spread(600.0, 0.9, 1.4), Spread(math.inf, 1.05, 1.2))


@given(st.floats(0, 1e6), st.sampled_from([SIMULATED, TABLE]))
def test_an_interval_holds_the_estimate_and_is_never_negative(seconds: float, table: tuple[Spread, ...]) -> None:
    earliest_s, latest_s = arrival_interval(seconds, table)
    assert 0 <= earliest_s <= seconds <= latest_s


@given(st.floats(0, 1e5), st.floats(0, 1e5))
def test_a_longer_drive_of_the_same_length_class_is_expected_later(one: float, other: float) -> None:
    sooner, later = sorted([one, other])
    assert all(a <= b for a, b in zip(arrival_interval(sooner), arrival_interval(later), strict=True))


def test_no_way_has_no_interval_and_nonsense_is_refused() -> None:
    assert arrival_interval(math.inf) == (math.inf, math.inf)
    for nonsense in (-1.0, math.nan):
        with pytest.raises(ValueError, match="takes some seconds"):
            arrival_interval(nonsense)


def test_what_is_learned_holds_eight_in_ten_of_drives_like_those_it_was_learned_of() -> None:
    rng = random.Random(2)

    def drive() -> tuple[float, float]:
        seconds = rng.uniform(30, 1800)
        return seconds, seconds * rng.lognormvariate(0.1, 0.5 if seconds < 300 else 0.15)

    table = learned([(0.0, 5.0), *(drive() for _ in range(8000))])
    assert len(table) == 8
    assert table[0].high - table[0].low > 2 * (table[-1].high - table[-1].low), "short drives vary more"
    for least, most in ((30, 300), (300, 1800)):
        fresh = [pair for pair in (drive() for _ in range(8000)) if least <= pair[0] < most]
        inside = sum(low <= driven <= high for s, driven in fresh for low, high in [arrival_interval(s, table)])
        assert inside / len(fresh) == pytest.approx(0.8, abs=0.06)


def test_too_few_drives_teach_nothing() -> None:
    with pytest.raises(ValueError, match="too little"):
        learned([(100.0, 110.0)] * (DRIVES_EACH - 1))
    assert learned([(100.0, 110.0)] * DRIVES_EACH) == (Spread(math.inf, 1.1, 1.1),)


def test_the_table_that_comes_along_is_that_of_the_simulated_drivers() -> None:
    least, most = Habits().driver
    tenth = (most - least) / 10
    assert SIMULATED[0].low == pytest.approx(least + tenth, abs=0.01)
    assert SIMULATED[0].high == pytest.approx(most - tenth, abs=0.01)
