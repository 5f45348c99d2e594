"""The application in processes of their own, several on one database, to stand for workers and for machines."""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from tests.world import City, Desk

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 240.0  # the first server of a fresh checkout compiles the road engine


class Server:
    """One process that serves a city.

    Args:
        program: what makes the application; another one is wrong on purpose.
        host: address that it listens at, and is spoken to.
        before: command that runs it somewhere else, as `ip netns exec <name>`.
        environment: further variables, GEO112_NATS_URL for one.
    """

    def __init__(
        self,
        city: City,
        *,
        program: str = "geo112.app:create_app",
        host: str = "127.0.0.1",
        before: Sequence[str] = (),
        **environment: str,
    ) -> None:
        self.city = city
        self.port = some_port()
        self.address = f"http://{host}:{self.port}"
        self._desks: list[Desk] = []
        command = [sys.executable, "-m", "uvicorn", "--factory", program, "--log-level", "warning"]
        self.process = subprocess.Popen(
            [*before, *command, "--host", host, "--port", str(self.port), "--timeout-graceful-shutdown", "1"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        )

    def __enter__(self) -> "Server":
        until(self.is_ready, READY_WITHIN_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for desk in self._desks:
            desk.close()
        self.process.kill()
        self.process.wait()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, "the server ended"
        try:
            return httpx.get(f"{self.address}/api/health", trust_env=False, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def desk(self, role: str, **more: Any) -> Desk:
        """Return somebody who is signed in and speaks to this server."""
        headers = {"Authorization": f"Bearer {self.city.token(role, **more)}", "Accept-Language": "en"}
        desk = Desk(base_url=self.address, headers=headers, timeout=30, trust_env=False)
        self._desks.append(desk)
        return desk

    def also(self, desk: Desk) -> Desk:
        """Return the same person, speaking to this server."""
        same = Desk(base_url=self.address, headers=desk.headers, timeout=30, trust_env=False)
        self._desks.append(same)
        return same

    def memory_bytes(self) -> int:
        """Return what the process holds in memory now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def some_port() -> int:
    """Return a free port below the ephemeral range, at random: a process takes it only some seconds later."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def until(found: Callable[[], Any], seconds: float = 20) -> Any:
    """Wait until `found` gives something true, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")
