"""Simulated desks beside a human one: whoever is first works on the call, and the human can read what is said."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from geo112 import clock
from geo112.calls.call import CallClass
from geo112.clock import Anchor
from geo112.coordinates import LonLat
from geo112.simulation import stories
from geo112.simulation.call_takers import CallTakers
from geo112.simulation.callers import Exchange, around
from geo112.simulation.centre_clock import CentreClock
from geo112.simulation.ground import Ground, metres_between
from geo112.simulation.line import Line
from geo112.simulation.screen import Screen
from geo112.simulation.stories import Story
from routing import build
from tests import town
from tests.world import City

SPEED = 40.0
SCENE = town.crossing(0, 1.4)  # near Pasar Kosambi, on Jalan Anggrek


def act(city: City, acts: Callable[[Exchange, Screen], Awaitable[None]], ground: Ground, takers: bool = True) -> None:
    """Let call takers sit at their desks while `acts` does something."""
    now = datetime.now(UTC)
    clock.run_by(Anchor(now, now, SPEED))
    tokens = city.token("telephony"), city.token("call_taker")

    async def live() -> None:
        async with httpx.AsyncClient(base_url=city.address, trust_env=False, timeout=20) as client:
            here = CentreClock(clock.now(), SPEED)
            desk = Line(client, tokens[1], "desk")
            screen = Screen(desk, here)
            exchange = Exchange(
                Line(client, tokens[0], "exchange"),
                desk,
                screen,
                here,
                ground,
                random.Random(1),
                zone=ZoneInfo("Asia/Jakarta"),
                per_hour=60,
                emergency_share=1.0,
                posts={},
            )
            lives = [asyncio.create_task(screen.follow())]
            if takers:
                desks = CallTakers(desk, screen, here, exchange, random.Random(2))
                lives.append(asyncio.create_task(desks.run()))
            try:
                async with asyncio.timeout(30):
                    await screen.is_shown.wait()
                    await acts(exchange, screen)
            finally:
                for life in lives:
                    life.cancel()
                await asyncio.gather(*lives, return_exceptions=True)

    asyncio.run(live())


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(build.from_osm_file(town.write(tmp_path_factory.mktemp("town") / "town.osm")))


async def emergency(exchange: Exchange, scene: LonLat, seed: int) -> Story:
    return await exchange.told("fire", 2, scene, random.Random(seed))


async def closed(screen: Screen, city: City, calls: int) -> None:
    """Wait until so many calls are closed."""
    while city.sql("SELECT count(*) FROM call WHERE state = 'CLOSED'")[0][0] < calls:
        await screen.change(10.0)


def test_two_callers_of_one_fire_make_one_incident_near_where_it_is(city: City, ground: Ground) -> None:
    city.unit("DMK-1", at=town.crossing(0, 0))

    async def acts(exchange: Exchange, screen: Screen) -> None:
        first = await emergency(exchange, SCENE, 1)
        ringing = [asyncio.create_task(exchange.ring(first, random.Random(1)))]
        await closed(screen, city, 1)
        second = await emergency(exchange, town.crossing(0, 1.5), 2)
        ringing.append(asyncio.create_task(exchange.ring(second, random.Random(2))))
        await closed(screen, city, 2)
        for one in ringing:
            one.cancel()

    act(city, acts, ground)
    incidents = city.sql("SELECT id, type, state, ST_X(tkp), ST_Y(tkp), tkp_method FROM incident")
    assert [(kind, state, method) for _, kind, state, _, _, method in incidents] == [("fire", "ESCALATED", "search")]
    assert metres_between(LonLat(*incidents[0][3:5]), SCENE) < 60
    calls = city.sql("SELECT incident_id, call_class FROM call")
    assert calls == [(incidents[0][0], "emergency")] * 2
    words = [row[0] for row in city.sql("SELECT words FROM caller")]
    assert all("Jalan Anggrek" in said and "Pasar Kosambi" in said for said in words)


def test_a_silent_call_is_closed_only_after_every_step_of_the_protocol(city: City, ground: Ground) -> None:
    async def acts(exchange: Exchange, screen: Screen) -> None:
        story = stories.no_emergency(CallClass.GHOST, random.Random(4))
        ringing = asyncio.create_task(exchange.ring(story, random.Random(1)))
        await closed(screen, city, 1)
        ringing.cancel()

    act(city, acts, ground)
    steps = city.sql("SELECT silent_steps FROM call WHERE call_class = 'ghost'")
    assert steps == [(["spoke_twice", "asked_for_key", "listened", "called_back"],)]


def test_a_human_who_answers_first_keeps_the_call_and_reads_what_is_said(city: City, ground: Ground) -> None:
    city.account("sari", "call_taker")
    with httpx.Client(base_url=city.address, trust_env=False) as human:
        assert human.post("/api/session", json={"username": "sari", "password": "rahasia-sekali"}).is_success

        async def acts(exchange: Exchange, screen: Screen) -> None:
            story = await emergency(exchange, SCENE, 1)
            ringing = asyncio.create_task(exchange.ring(story, random.Random(1)))
            while not screen.calls:
                await screen.change(1.0)
            number = next(iter(screen.calls))
            answer = await asyncio.to_thread(human.post, f"/api/calls/{number}/answer")
            assert answer.is_success
            caller: dict[str, object] = {}
            while not caller.get("words"):
                caller = (await asyncio.to_thread(human.get, f"/api/calls/{number}/caller")).json()
            assert caller["words"] == story.words
            await asyncio.sleep(1.5)  # a minute on the clock: any simulated call taker would have gone on
            assert screen.calls[number]["state"] == "ANSWERED"
            ringing.cancel()

        act(city, acts, ground)
    assert city.sql("SELECT count(*) FROM incident") == [(0,)]


def test_a_caller_whom_nobody_answers_hangs_up(city: City, ground: Ground) -> None:
    async def acts(exchange: Exchange, screen: Screen) -> None:
        story = await emergency(exchange, SCENE, 1)
        await exchange.ring(story, random.Random(1))  # until the patience is at an end

    act(city, acts, ground, takers=False)
    waited_s, state = city.sql("SELECT extract(epoch FROM closed_at - received_at), state FROM call")[0]
    assert state == "ABANDONED"
    assert 85 < waited_s < 200


def test_what_lies_at_a_point_is_read_from_the_answer() -> None:
    landmark = {"name": "Pasar Kosambi", "distance_m": 12}
    found = {"properties": {"street": "Jalan Anggrek", "areas": ["Kel. Sukamaju"], "landmark": landmark}}
    assert around(found) == stories.Around("Jalan Anggrek", ("Kel. Sukamaju",), "Pasar Kosambi", 12)
    assert around(None) == stories.Around(None, (), None, None)
