"""Kota Contoh on a durable cluster of its own, served by two workers, as an operator has it."""

import inspect
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import uvicorn

from geo112 import migrations
from geo112.app import create_app
from geo112.city.importing import import_city
from geo112.cluster import Cluster
from geo112.operation import log_to_stderr
from routing.network import RoadNetwork
from tests.bench.cities import REPOSITORY
from tests.world import free_port

WORKERS = 2
CITY = REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf"
LONGEST_START_S = 900.0  # the first server of a fresh checkout compiles the road engine
READY = b"Application startup complete"
WITHOUT_WORK: dict[str, Any] = {"follow": False}
TICKS = os.sysconf("SC_CLK_TCK")
# Whether a server can be had that only stores: pings that are neither snapped nor timed after their commit.
CAN_STORE_ALONE = WITHOUT_WORK.keys() <= set(inspect.signature(create_app).parameters)


class World:
    """A city in force, on a cluster with fsync and synchronous_commit on. All lies below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o755)  # PostgreSQL does not run as root
        self.cluster = Cluster(folder / "cluster")
        self.cluster.start()
        migrations.upgrade(self.cluster.url())
        city = folder / "city"
        import_city(str(CITY), self.cluster.url(), city)
        (newest,) = (city / "networks").iterdir()
        self.network = RoadNetwork.load(newest)
        self.environment = {
            **os.environ,
            "GEO112_DATABASE_URL": self.cluster.url(),
            "GEO112_CITY_FOLDER": str(city),
            "PYTHONPATH": str(REPOSITORY),
        }
        with self.connect() as connection:
            settings = {name: connection.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")}
        assert set(settings.values()) == {("on",)}, settings

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.cluster.libpq_url(), autocommit=True)

    def stop(self) -> None:
        self.cluster.stop()

    def database_cpu_s(self) -> float:
        """Return what PostgreSQL's living processes have spent."""
        postmaster = int((self.cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
        return _cpu_s([postmaster, *_children(postmaster)])

    @contextmanager
    def served(self, factory: str = "whole") -> Iterator["Server"]:
        server = Server(self, factory)
        try:
            yield server
        finally:
            server.stop()


class Server:
    """Two workers that share a socket, ready when this returns."""

    def __init__(self, world: World, factory: str) -> None:
        self.port = free_port()
        self._log = world.folder / "server.log"
        with socket.create_server(("127.0.0.1", self.port), backlog=1024) as door, self._log.open("wb") as log:
            command = [sys.executable, "-m", __name__, factory, str(door.fileno())]
            self._workers = [
                subprocess.Popen(
                    command, env=world.environment, stdout=log, stderr=log, cwd=REPOSITORY, pass_fds=[door.fileno()]
                )
                for _ in range(WORKERS)
            ]
        until = time.monotonic() + LONGEST_START_S
        while self._log.read_bytes().count(READY) < WORKERS:
            if any(one.poll() is not None for one in self._workers) or time.monotonic() > until:
                self.stop()
                raise RuntimeError(self._log.read_text()[-2000:])
            time.sleep(0.1)

    def cpu_s(self) -> list[float]:
        """Return what each worker has spent."""
        return [_cpu_s([one.pid]) for one in self._workers]

    def stop(self) -> None:
        for one in self._workers:
            one.terminate()
        for one in self._workers:
            try:
                one.wait(20)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()


def work(factory: str, door: int) -> None:
    """Be a worker, as `geo112 serve` is one."""
    log_to_stderr()
    app = create_app() if factory == "whole" else create_app(**WITHOUT_WORK)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_keep_alive=30, timeout_graceful_shutdown=2
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=door)])


def _children(of: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{of}/task/{of}/children").read_text().split()]


def _cpu_s(processes: list[int]) -> float:
    spent = 0.0
    for one in processes:
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        spent += (int(fields[11]) + int(fields[12])) / TICKS
    return spent


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]))
