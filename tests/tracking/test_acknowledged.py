"""What was acknowledged is in the database, whatever is killed and when: the phone has forgotten it."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.town import crossing
from tests.world import City

PHONES = 4
TERMINATE = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()"""


class Server:
    """A server process of its own, so that it can be killed as a machine kills it."""

    def __init__(self, city: City, factory: str) -> None:
        command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(city.port)]
        self.process = subprocess.Popen(
            [*command, "--log-level", "critical"],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([".", os.environ.get("PYTHONPATH", "")])},
        )
        until = time.monotonic() + 90
        while time.monotonic() < until:
            try:
                if httpx.get(f"{city.address}/api/health", trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        self.kill()
        pytest.fail("the server did not start")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def acknowledged_under_fire(city: City, factory: str, *, terminate: bool) -> set[str]:
    """Let phones send one batch after the other, kill what serves them, and return the ids that were acknowledged."""
    acknowledged: set[str] = set()
    phones = []
    for number in range(PHONES):
        city.unit(f"DMK-{number}", at=crossing(0, 0))
        phones.append(city.desk("crew", unit=f"DMK-{number}"))
    server = Server(city, factory)
    stop = threading.Event()

    def send(phone: httpx.Client) -> None:
        while not stop.is_set():
            fixes: list[dict[str, Any]] = [
                {"id": str(uuid.uuid4()), "fixed_at": datetime.now(UTC).isoformat(), "lon": 107.501, "lat": -11.499}
                for _ in range(5)
            ]
            try:
                answer = phone.post("/ingest/crew", json={"fixes": fixes})
            except httpx.HTTPError:
                if server.process.poll() is not None:
                    return
                continue
            if answer.status_code == 200:
                acknowledged.update(answer.json()["stored"], answer.json()["already"])
            else:
                assert answer.status_code == 503, answer.text

    senders = [threading.Thread(target=send, args=(phone,)) for phone in phones]
    for one in senders:
        one.start()
    try:
        for _ in range(8):
            time.sleep(0.25)
            if terminate:
                city.sql(TERMINATE)
    finally:
        server.kill()
        stop.set()
        for one in senders:
            one.join(30)
    return acknowledged


def lost(city: City, acknowledged: set[str]) -> set[str]:
    """Return what was acknowledged and is not there, once the killed server's transactions have ended."""
    with psycopg.connect(city.url, autocommit=True) as connection:
        connection.execute(TERMINATE)
        return acknowledged - {str(one) for (one,) in connection.execute("SELECT client_id FROM fix")}


def test_whatever_is_killed_what_was_acknowledged_is_there(database_url: str) -> None:
    city = City(database_url)
    acknowledged = acknowledged_under_fire(city, "geo112.app:create_app", terminate=True)
    assert len(acknowledged) > 50, "phones were served between the blows"
    assert lost(city, acknowledged) == set()


def test_a_server_that_acknowledges_first_is_found_out(database_url: str) -> None:
    """The control: the same check sees what is lost when the answer goes out before the commit."""
    city = City(database_url)
    acknowledged = acknowledged_under_fire(city, "tests.tracking.careless:create_app", terminate=False)
    assert len(acknowledged) > 50
    assert lost(city, acknowledged)
