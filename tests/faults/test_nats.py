"""NATS is killed under load: two servers, which stand for two machines, still show every acknowledged position.

phones ─► server ─┐                ┌─ server ◄─ screen
                  ├─ PostgreSQL    │                       each also hears the other by NATS, while it lives
phones ─► server ─┘                └─ server ◄─ screen
"""

import random
import threading
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.conftest import FULL
from tests.faults.nats import PROGRAM, Nats
from tests.live.feed import Screen
from tests.live.servers import Server, until
from tests.town import crossing
from tests.world import City, Desk

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no nats-server: bin/test fetches it")
KILLS = 20 if FULL else 2
PHONES = 4
SHOWN_WITHIN_S = 5.0  # after the acknowledgement; the feed looks by itself every second
BACK_WITHIN_S = 10.0
CHANNELS = 3


@dataclass(frozen=True)
class Acknowledged:
    """A fix of which the phone was told that it is kept."""

    id: str
    unit: int
    fixed_at: str
    at: float


class Phones:
    """Phones that send one fix after the other, each by its own server."""

    def __init__(self, city: City, servers: list[Server]) -> None:
        self.acknowledged: list[Acknowledged] = []
        self._stop = threading.Event()
        self._threads = []
        for number in range(PHONES):
            unit = city.unit(f"DMK-{number}", crossing(0, 0))
            desk = servers[number % len(servers)].desk("crew", unit=f"DMK-{number}")
            self._threads.append(threading.Thread(target=self._send, args=(desk, unit)))

    def __enter__(self) -> "Phones":
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._stop.set()
        for one in self._threads:
            one.join(30)

    def _send(self, desk: Desk, unit: int) -> None:
        while not self._stop.wait(0.1):
            moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            fix = {"id": str(uuid.uuid4()), "fixed_at": moment, "lon": 107.501, "lat": -11.499, "kind": "fix"}
            try:
                answer = desk.post("/ingest/crew", json={"sent_at": moment, "fixes": [fix]})
            except httpx.HTTPError:
                continue
            if answer.status_code == 200 and fix["id"] in answer.json()["stored"]:
                self.acknowledged.append(Acknowledged(fix["id"], unit, moment, time.monotonic()))


def not_shown(screen: Screen, acknowledged: list[Acknowledged]) -> list[tuple[Acknowledged, float]]:
    """Return what a screen did not show, or too late: it, or a newer fix of its unit."""
    shown = [
        (event.at, place["unit_id"], place["fixed_at"])
        for event in list(screen.events)
        if event.name == "positions"
        for place in event.body["positions"]
    ]
    found = []
    for one in acknowledged:
        at = min((at for at, unit, fixed in shown if unit == one.unit and fixed >= one.fixed_at), default=float("inf"))
        if at > one.at + SHOWN_WITHIN_S:
            found.append((one, at - one.at))
    return found


def lost(city: City, acknowledged: list[Acknowledged]) -> set[str]:
    return {one.id for one in acknowledged} - {str(one) for (one,) in city.sql("SELECT client_id FROM fix")}


def test_nats_is_killed_and_every_screen_shows_every_acknowledged_position(database_url: str) -> None:
    city, chance = City(database_url), random.Random(112)
    with Nats() as nats, ExitStack() as running:
        servers = [running.enter_context(Server(city, GEO112_NATS_URL=nats.url)) for _ in range(2)]
        screens = [running.enter_context(Screen(server.desk("supervisor"))) for server in servers]
        for screen in screens:
            screen.snapshot()
        until(lambda: nats.listeners >= CHANNELS * len(servers), BACK_WITHIN_S)
        slowest_s = 0.0
        with Phones(city, servers) as phones:
            for _ in range(KILLS):
                words = nats.words
                until(lambda words=words: nats.words > words + 5)  # it is NATS that carries the words
                time.sleep(chance.uniform(0, 0.5))
                nats.kill()
                time.sleep(chance.uniform(0.3, 2.5))
                nats.start()
                began = time.monotonic()
                until(lambda: nats.listeners >= CHANNELS * len(servers), BACK_WITHIN_S)
                slowest_s = max(slowest_s, time.monotonic() - began)
            time.sleep(0.5)
        time.sleep(SHOWN_WITHIN_S)
        print(f"{KILLS} kills, {len(phones.acknowledged)} acknowledged, joined again within {slowest_s:.1f} s")
        assert len(phones.acknowledged) > 20 * KILLS
        assert lost(city, phones.acknowledged) == set()
        for screen in screens:
            assert not_shown(screen, phones.acknowledged) == []
            assert not screen.is_over


def test_a_feed_that_trusts_nats_alone_is_found_out(database_url: str) -> None:
    """The control: the same phones, screens and check, and a server that neither looks by itself nor hears NOTIFY."""
    city = City(database_url)
    with Nats() as nats, ExitStack() as running:
        program = "tests.faults.trusting:create_app"
        servers = [running.enter_context(Server(city, program=program, GEO112_NATS_URL=nats.url)) for _ in range(2)]
        screens = [running.enter_context(Screen(server.desk("supervisor"))) for server in servers]
        for screen in screens:
            screen.snapshot()
        until(lambda: nats.listeners >= CHANNELS * len(servers), BACK_WITHIN_S)
        with Phones(city, servers) as phones:
            time.sleep(2)
            nats.kill()
            time.sleep(2)
        time.sleep(SHOWN_WITHIN_S)
        assert all(not_shown(screen, phones.acknowledged) for screen in screens)
