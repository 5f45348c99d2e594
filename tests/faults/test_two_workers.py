"""Two workers are one server: what one of them learns the other knows, and both end and come back together."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.faults.centre import Centre
from tests.faults.phone import sending
from tests.live.feed import Screen
from tests.processes import is_alive
from tests.town import crossing
from tests.world import Desk


@pytest.fixture
def served(centre: Centre) -> Iterator[Centre]:
    with centre.served(workers=2):
        yield centre


@contextmanager
def only(centre: Centre, worker: int) -> Iterator[None]:
    """Let one worker alone take what comes in."""
    others = [pid for pid in centre.workers() if pid != worker]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


def desk(centre: Centre, role: str, **more: str) -> Desk:
    """Return somebody who comes with a new connection each time."""
    made = centre.city.desk(role, **more)
    made.headers["Connection"] = "close"
    return made


def test_wrong_passwords_are_counted_by_both_together(served: Centre) -> None:
    served.city.account("sari", "call_taker")

    def try_with(password: str) -> int:
        said = {"username": "sari", "password": password}
        return httpx.post(f"{served.city.address}/api/session", json=said, trust_env=False, timeout=30).status_code

    one, other = served.workers()
    with only(served, one):
        assert [try_with("salah") for _ in range(3)] == [401] * 3
    with only(served, other):
        assert [try_with("salah") for _ in range(3)] == [401, 401, 429]
        assert try_with("rahasia-sekali") == 429
    with only(served, one):
        assert try_with("rahasia-sekali") == 429


def test_who_signed_in_at_one_is_known_to_the_other_until_signing_out_there(served: Centre) -> None:
    served.city.account("budi", "call_taker")
    one, other = served.workers()
    with httpx.Client(base_url=served.city.address, trust_env=False, headers={"Connection": "close"}) as client:
        with only(served, one):
            said = {"username": "budi", "password": "rahasia-sekali"}
            assert client.post("/api/session", json=said, timeout=30).status_code == 200
            cookies = dict(client.cookies)
        with only(served, other):
            assert client.get("/api/session").json()["username"] == "budi"
            assert client.delete("/api/session").status_code == 204
        client.cookies.update(cookies)
        with only(served, one):
            assert client.get("/api/session").status_code == 401


def test_a_screen_hears_what_the_other_worker_did_and_may_come_back_to_it(served: Centre) -> None:
    supervisor = desk(served, "supervisor")
    unit = served.city.unit("DMK-1", at=crossing(0, 0), position=False)
    crew = desk(served, "crew", unit="DMK-1")

    def ring() -> int:
        return int(supervisor.ok("POST", "/api/calls", json={"ani": "0812"})["id"])

    one, other = served.workers()
    with only(served, one):
        first = Screen(supervisor)
        first.snapshot()
    with first as screen:
        with only(served, other):
            rung = ring()
            served.city.ping(crew, crossing(0, 1))
        screen.until(lambda it: rung in [change["object_id"] for change in it.changes()])
        screen.until(lambda it: unit in {p["unit_id"] for batch in it.positions() for p in batch["positions"]})
        last = screen.last_id
    missed = [ring() for _ in range(3)]
    with only(served, other), Screen(supervisor, last_event_id=last) as screen:
        screen.until(lambda it: len(it.changes()) >= 3)
        assert [change["object_id"] for change in screen.changes()] == missed
        assert "snapshot" not in [event.name for event in screen.events]


def test_after_the_supervisor_was_killed_a_new_one_takes_over(centre: Centre) -> None:
    phones = centre.phones("crew", "overland", "osmand")
    centre.start()
    assert centre.server is not None
    workers = centre.workers()
    with sending(centre.city.address, phones):
        centre.until(lambda: all(one.served for one in phones), 60)
        centre.server.kill()
        centre.server.wait()
        centre.server = None
        centre.until(lambda: not any(is_alive(pid) for pid in workers), 10)
        assert centre.cluster.is_running()
        centre.start()
        served = [len(one.served) for one in phones]
        centre.until(lambda: all(len(one.served) > then for one, then in zip(phones, served, strict=True)), 60)
    centre.stop()
    assert [words for one in phones for words in one.unexpected] == []
    assert centre.lost(phones) == []


def test_what_it_has_begun_is_answered_when_it_is_told_to_stop(centre: Centre) -> None:
    phones = centre.phones("crew", "overland", "osmand")
    centre.start()
    assert centre.server is not None
    server, workers = centre.server, centre.workers()
    with sending(centre.city.address, phones):
        centre.until(lambda: all(one.served for one in phones), 60)
        centre.stop()
    assert server.returncode == 0
    assert not any(is_alive(pid) for pid in workers)
    assert [words for one in phones for words in one.unexpected] == []
    for one in phones:
        assert set(centre.stored(one.unit_id)) == set(one.acknowledged), "nothing was stored without an answer"


def test_the_database_is_not_taken_away_from_a_server(served: Centre) -> None:
    refused = served.run("down")
    assert refused.returncode == 1
    assert "already works on the data folder" in refused.stderr
    assert served.is_ready()


def test_the_clock_of_a_demonstration_is_one_for_both_and_goes_on_after_a_kill(centre: Centre) -> None:
    supervisor = desk(centre, "supervisor")

    def clocks() -> list[tuple[datetime, float]]:
        shown = []
        for worker in centre.workers():
            with only(centre, worker), Screen(supervisor) as screen:
                snapshot = screen.snapshot()
                shown.append((datetime.fromisoformat(snapshot["now"]), snapshot["speed"]))
        return shown

    centre.city.sql("UPDATE centre SET is_demonstration = true")
    try:
        began, real = datetime.now(UTC), time.monotonic()
        with centre.served("--speed", "10"):
            before = clocks()
            centre.kill("workers")
            centre.until(centre.is_ready, 60)
            centre.until(lambda: len(centre.workers()) == 2, 60)
            after = clocks()
        took_s = time.monotonic() - real
    finally:
        centre.city.sql("UPDATE centre SET is_demonstration = false, clock_real = NULL, clock_shown = NULL")
    assert [speed for _, speed in before + after] == [10.0] * 4
    moments = [moment for moment, _ in before + after]
    assert moments == sorted(moments)
    assert began < moments[0]
    assert moments[-1] < began + timedelta(seconds=10 * took_s)
