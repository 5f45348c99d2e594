"""Callers ring as often, and for what, as a centre knows it; their words name the street."""

import random
from collections import Counter

import pytest

from geo112.calls.call import CallClass
from geo112.coordinates import LonLat
from geo112.incidents.response_plan import TYPES
from geo112.simulation import stories
from geo112.simulation.stories import Around

SCENE = LonLat(107.5, -11.5)


def chi_square(counts: Counter[CallClass], shares: dict[CallClass, float]) -> float:
    total = counts.total()
    return sum((counts[kind] - total * share) ** 2 / (total * share) for kind, share in shares.items())


def test_the_real_mix_is_that_of_the_counted_city() -> None:
    counted = {
        CallClass.PRANK: 1147 / 2802,
        CallClass.GHOST: 1170 / 2802,
        CallClass.INFORMATION: 455 / 2802,
        CallClass.EMERGENCY: 30 / 2802,
    }
    rng = random.Random(112)
    drawn = Counter(stories.call_class(stories.REAL_EMERGENCY_SHARE, rng) for _ in range(50_000))
    assert chi_square(drawn, counted) < 16.3  # 3 degrees of freedom, p = 0.001


def test_a_raised_share_of_emergencies_keeps_the_mix_of_the_others() -> None:
    rng = random.Random(112)
    drawn = Counter(stories.call_class(0.35, rng) for _ in range(50_000))
    shares = {CallClass.EMERGENCY: 0.35} | {
        kind: 0.65 * calls / 2772
        for kind, calls in ((CallClass.PRANK, 1147), (CallClass.GHOST, 1170), (CallClass.INFORMATION, 455))
    }
    assert chi_square(drawn, shares) < 16.3


def test_a_day_brings_as_many_calls_as_asked_for_and_the_evening_more_than_the_night() -> None:
    rng = random.Random(1)
    by_hour: Counter[int] = Counter()
    second = 0.0
    while second < 20 * 86_400:
        second += stories.gap_s(100.0, int(second // 3600) % 24, rng)
        by_hour[int(second // 3600) % 24] += 1
    assert by_hour.total() / (20 * 24) == pytest.approx(100.0, rel=0.05)
    assert by_hour[18] > 3 * by_hour[3]


@pytest.mark.parametrize("kind", [kind.type for kind in stories.KINDS])
def test_the_words_of_an_emergency_name_its_street_and_the_landmark_near_it(kind: str) -> None:
    rng = random.Random(9)
    around = Around("Jalan Anggrek", ("RW 02", "Kel. Sukamaju", "Kec. Barat"), "Pasar Kosambi", 40.0)
    for _ in range(30):
        told = stories.emergency(kind, stories.priority(kind, rng), SCENE, around, rng)
        assert told.words is not None
        assert told.place_words is not None
        assert "Jalan Anggrek" in told.place_words
        assert "Pasar Kosambi" in told.place_words
        assert told.place_words in told.words
        assert told.type in TYPES
        assert told.landmark == "Pasar Kosambi"


def test_a_landmark_far_away_is_not_named_and_a_place_without_names_still_has_words() -> None:
    rng = random.Random(4)
    far = stories.emergency("fire", 1, SCENE, Around("Jalan Melati", (), "RSUD Kota Uji", 400.0), rng)
    assert far.words is not None
    assert "RSUD" not in far.words
    nowhere = stories.emergency("fire", 1, SCENE, Around(None, (), None, None), rng)
    assert nowhere.words
    assert nowhere.place_words is None


def test_numbers_belong_to_no_operator() -> None:
    rng = random.Random(2)
    numbers = {stories.number(rng) for _ in range(500)}
    assert all(number.startswith("+6284") and len(number) == 14 and number[1:].isdigit() for number in numbers)


def test_the_same_stream_tells_the_same_story() -> None:
    around = Around("Jalan Anggrek", ("Kel. Sukamaju",), None, None)
    one, other = (stories.emergency("medical", 2, SCENE, around, random.Random(77)) for _ in range(2))
    assert one == other
