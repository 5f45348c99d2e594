"""A phone in a dead zone keeps what it has and sends it later, with the time at which it was there; once, not twice."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from geo112.simulation import phone as phones
from geo112.simulation.centre_clock import CentreClock
from geo112.simulation.driving import DeadZones, Drive, Standing
from geo112.simulation.ground import straight
from geo112.simulation.line import Line
from geo112.simulation.phone import Phone
from tests import town
from tests.world import City

HERE, OUTSIDE = town.crossing(0, 0), town.crossing(0, 4)
ZONE = DeadZones(((HERE, 150.0),))


def with_phone(city: City, test: Callable[[Phone], Awaitable[None]]) -> None:
    """Give the phone of DMK-1, which stands in the dead zone."""
    city.unit("DMK-1", at=HERE, position=False)
    token = city.token("crew", unit="DMK-1")

    async def run() -> None:
        async with httpx.AsyncClient(base_url=city.address, trust_env=False, timeout=20) as client:
            clock = CentreClock(datetime.now(UTC), 1.0)
            phone = Phone(Line(client, token, "DMK-1"), clock, random.Random(1), ZONE, lambda: phone_at[0])
            await test(phone)

    asyncio.run(run())


phone_at: list[Standing | Drive] = [Standing(HERE)]


@pytest.fixture(autouse=True)
def _at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    phone_at[0] = Standing(HERE)
    monkeypatch.setattr(phones, "STANDING_LEAST_S", 0.0)
    monkeypatch.setattr(phones, "MOVING_LEAST_S", 0.0)
    monkeypatch.setattr(phones, "ANSWERS_LOST", 0.0)


def test_fixes_wait_in_a_dead_zone_and_come_later_with_the_time_they_were_taken(city: City) -> None:
    now = datetime.now(UTC)

    async def test(phone: Phone) -> None:
        for minute in (4, 3, 2, 1):
            phone.take_fix(now - timedelta(minutes=minute))
            await phone.flush()
        assert city.sql("SELECT count(*) FROM fix") == [(0,)]
        assert len(phone.queue) == 4
        phone_at[0] = Standing(OUTSIDE)
        await phone.flush()
        assert not phone.queue

    with_phone(city, test)
    rows = city.sql("SELECT extract(epoch FROM received_at - fixed_at), kind FROM fix ORDER BY fixed_at")
    assert [age_s for age_s, _ in rows] == pytest.approx([240, 180, 120, 60], abs=15)
    assert [kind for _, kind in rows] == ["fix", "heartbeat", "fix", "heartbeat"]
    newest = city.sql("SELECT extract(epoch FROM now() - fixed_at) FROM unit_position")
    assert newest[0][0] > 100  # the last real fix, not the heartbeat, and not the time of arrival


def test_a_batch_whose_answer_was_lost_is_sent_again_and_stored_once(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone_at[0] = Standing(OUTSIDE)

    async def test(phone: Phone) -> None:
        phone.take_fix(datetime.now(UTC))
        monkeypatch.setattr(phones, "ANSWERS_LOST", 1.0)
        await phone.flush()
        assert len(phone.queue) == 1
        monkeypatch.setattr(phones, "ANSWERS_LOST", 0.0)
        phone.take_fix(datetime.now(UTC))
        await phone.flush()
        assert not phone.queue

    with_phone(city, test)
    assert city.sql("SELECT count(*) FROM fix") == [(2,)]


def test_a_long_queue_goes_out_whole_in_batches(city: City) -> None:
    phone_at[0] = Standing(OUTSIDE)

    async def test(phone: Phone) -> None:
        for second in range(250):
            phone.take_fix(datetime.now(UTC) - timedelta(seconds=250 - second))
        await phone.flush()
        assert not phone.queue

    with_phone(city, test)
    assert city.sql("SELECT count(*) FROM fix") == [(250,)]


def test_while_the_server_is_away_nothing_is_lost(city: City) -> None:
    phone_at[0] = Standing(OUTSIDE)

    async def test(phone: Phone) -> None:
        away = httpx.AsyncClient(base_url="http://127.0.0.1:9", trust_env=False)
        there, phone._line = phone._line, Line(away, "none", "DMK-1")
        phone.take_fix(datetime.now(UTC))
        await phone.flush()
        assert len(phone.queue) == 1
        phone._line = there
        await phone.flush()
        assert not phone.queue
        await away.aclose()

    with_phone(city, test)
    assert city.sql("SELECT count(*) FROM fix") == [(1,)]


def test_a_moving_phone_says_how_fast_it_goes_and_where_it_is_within_metres(city: City) -> None:
    now = datetime.now(UTC)
    way = straight(town.crossing(0, 3), OUTSIDE)
    phone_at[0] = Drive(way, now - timedelta(seconds=way.seconds / 2), 1.0)

    async def test(phone: Phone) -> None:
        phone.take_fix(now)
        await phone.flush()

    with_phone(city, test)
    lon, lat, speed_mps, bearing_deg, kind = city.sql("SELECT lon, lat, speed_mps, bearing_deg, kind FROM fix")[0]
    middle = town.crossing(0, 3.5)
    assert abs(lon - middle.lon) * 110_000 < 35
    assert abs(lat - middle.lat) * 110_000 < 35
    assert speed_mps == pytest.approx(way.length_m / way.seconds, rel=0.15)
    assert bearing_deg == pytest.approx(90, abs=12)
    assert kind == "fix"
