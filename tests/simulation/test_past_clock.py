"""The clock of a past: whoever is next in time acts, alone, and nobody reaches the end."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from geo112.simulation.past_clock import PastClock

SINCE = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Jakarta")


def clock(hours: float) -> PastClock:
    return PastClock(SINCE, SINCE + timedelta(hours=hours), ZONE)


def test_lives_act_in_the_order_of_their_moments_however_they_were_begun() -> None:
    past, seen, moments = clock(100), [], []

    async def live(name: str, *steps_s: float) -> None:
        for step_s in steps_s:
            await past.sleep(step_s)
            await asyncio.sleep(0)  # as a statement to the database would
            seen.append((name, (past.now - SINCE).total_seconds()))

    async def first() -> None:
        past.begin(live("slow", 50, 50))
        past.begin(live("quick", 20, 20, 20))
        await past.sleep(10)
        past.begin(live("late", 15))

    asyncio.run(past.run(first(), moments.append))
    assert seen == [("quick", 20), ("late", 25), ("quick", 40), ("slow", 50), ("quick", 60), ("slow", 100)]
    assert moments == sorted(moments)


def test_nobody_sleeps_past_the_end_and_order_is_kept() -> None:
    past, moments = clock(1), []

    async def live() -> None:
        for _ in range(30):
            await past.sleep(3000)

    asyncio.run(past.run(live(), moments.append))
    assert len(moments) == 31
    assert moments == sorted(moments)
    assert moments[-1] < SINCE + timedelta(hours=1)


def test_an_error_in_one_life_ends_all() -> None:
    past = clock(1)

    async def wrong() -> None:
        await past.sleep(5)
        raise ValueError("a bug")

    async def first() -> None:
        past.begin(wrong())
        await past.sleep(1000)
        pytest.fail("went on after an error")

    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(past.run(first(), lambda moment: None))
    assert raised.group_contains(ValueError, match="a bug")


def test_the_hour_is_that_of_the_centres_day() -> None:
    assert clock(1).hour == 7
