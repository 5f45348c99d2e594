"""The cable between server and phone is cut under load and put back: nothing acknowledged is lost, and all arrives.

The phone keeps a fix until it is acknowledged and sends it again; the screen comes back with its last event id.
"""

import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.faults.hosts import A, Hosts, inside, why_not
from tests.live.feed import Places, Screen, Situation, comparable
from tests.live.servers import Server, until
from tests.town import crossing
from tests.world import City, Desk

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
CUT_S = 6.0


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    with Hosts() as both:
        yield both


class ReachableFrom(Server):
    """A server on host A; whoever speaks to it stands on host B."""

    def __init__(self, city: City, hosts: Hosts) -> None:
        self.hosts = hosts
        super().__init__(city, host=A, before=("ip", "netns", "exec", hosts.a))

    def is_ready(self) -> bool:
        with inside(self.hosts.b):
            return super().is_ready()


class Phone:
    """Makes a fix every tenth of a second and sends what it keeps, from host B; a forgetful one keeps nothing sent."""

    def __init__(self, desk: Desk, namespace: str, *, forgets: bool = False) -> None:
        self.made: list[str] = []
        self.acknowledged: set[str] = set()
        self.kept: deque[dict[str, Any]] = deque()
        self.failed = 0
        self._desk, self._namespace, self._forgets = desk, namespace, forgets
        self._rests, self._ends = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=each) for each in (self._make, self._send_all)]

    def __enter__(self) -> "Phone":
        for one in self._threads:
            one.start()
        until(lambda: len(self.acknowledged) > 10)
        return self

    def __exit__(self, *_: Any) -> None:
        self._rests.set()
        self._ends.set()
        for one in self._threads:
            one.join(30)

    def empty(self) -> None:
        """Make no more fixes, and wait until what is kept was sent."""
        self._rests.set()
        until(lambda: not self.kept, 30)

    def _make(self) -> None:
        while not self._rests.wait(0.1):
            moment = datetime.now(UTC).isoformat()
            fix = {"id": str(uuid.uuid4()), "fixed_at": moment, "lon": 107.501, "lat": -11.499, "kind": "fix"}
            self.made.append(fix["id"])
            self.kept.append(fix)

    def _send_all(self) -> None:
        with inside(self._namespace):
            while not self._ends.wait(0.1):
                if self.kept:
                    self._send(list(self.kept)[:50])

    def _send(self, fixes: list[dict[str, Any]]) -> None:
        if self._forgets:
            self._forget({one["id"] for one in fixes})
        try:
            answer = self._desk.post("/ingest/crew", json={"fixes": fixes}, timeout=2)
        except httpx.HTTPError:
            self.failed += 1
            return
        if answer.status_code == 200:
            body = answer.json()
            done = {*body["stored"], *body["already"]}
            self.acknowledged |= done
            self._forget(done)

    def _forget(self, ids: set[str]) -> None:
        while self.kept and self.kept[0]["id"] in ids:
            self.kept.popleft()


def stored(city: City) -> set[str]:
    return {str(one) for (one,) in city.sql("SELECT client_id FROM fix")}


def test_a_phone_keeps_what_was_not_acknowledged_and_a_screen_resumes(database_url: str, hosts: Hosts) -> None:
    city = City(database_url)
    unit = city.unit("DMK-1", crossing(0, 0))
    with ReachableFrom(city, hosts) as server:
        desk, supervisor = server.desk("crew", unit="DMK-1"), server.desk("supervisor")
        with inside(hosts.b):
            screen = Screen(supervisor)
        with screen, Phone(desk, hosts.b) as phone:
            before = screen.snapshot()
            screen.until(lambda one: one.positions())
            hosts.cut()
            seen = list(screen.events)
            # What happens while the screen cannot be reached.
            with inside(hosts.a):
                near = Desk(base_url=server.address, headers=supervisor.headers, timeout=30, trust_env=False)
                rung = near.ok("POST", "/api/calls", json={"ani": "0812"})["id"]
                near.ok("POST", f"/api/calls/{rung}/answer")
                near.ok("PUT", f"/api/units/{unit}/service", json={"service": "LIMITED"})
                near.close()
            time.sleep(CUT_S)
            waiting = len(phone.kept)
            hosts.heal()
            phone.empty()
        assert phone.failed, "the cut was felt"
        assert waiting > 10, "and life went on"
        assert set(phone.made) == phone.acknowledged == stored(city)
        with inside(hosts.b):
            back = Screen(supervisor, seen[-1].id)
            now = httpx.get(f"{server.address}/api/situation", headers=supervisor.headers, trust_env=False).json()
        with back:
            back.until(lambda one: len(one.changes()) >= 3)
            assert "snapshot" not in [one.name for one in back.events]

            def shown(events: list[Any]) -> tuple[Any, Any]:
                situation, places = Situation(before), Places(before)
                for event in events:
                    if event.name == "change":
                        situation.apply(event.body)
                    places.apply(event)
                return situation.comparable(), places.of

            wanted = comparable(now), Places(now).of
            back.until(lambda _: shown([*seen, *back.events]) == wanted)
            assert shown(seen) != wanted, "without what it missed it would be wrong"


def test_a_phone_that_forgets_what_it_sent_is_found_out(database_url: str, hosts: Hosts) -> None:
    """The control: the same cut, and the same comparison."""
    city = City(database_url)
    city.unit("DMK-1", crossing(0, 0))
    with ReachableFrom(city, hosts) as server:
        desk = server.desk("crew", unit="DMK-1")
        with Phone(desk, hosts.b, forgets=True) as phone:
            hosts.cut()
            time.sleep(CUT_S)
            hosts.heal()
            phone.empty()
        assert set(phone.made) - stored(city)
