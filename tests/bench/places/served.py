"""A city as an operator has it: imported and served by the product's own commands, on a throw-away PostGIS."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from geo112.home import city_folder
from tests.bench.places.geocoders import Ours
from tests.postgres import Postgres
from tests.world import free_port

LONGEST_START_S = 900.0
# As the application does when it starts; then it waits to be looked at.
ROADS_ALONE = """
import sys
from pathlib import Path
import geo112.app
from geo112.dispatching.travel import warm_up
from routing.network import RoadNetwork
warm_up(RoadNetwork.load(Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.readline()
"""


class Cost(NamedTuple):
    seconds: float
    mib: float


class Served:
    """Imports at once; `start` serves. Everything lies below `folder`."""

    def __init__(self, postgres: Postgres, folder: Path, source: Path, database: str) -> None:
        self.postgres, self.folder, self.database = postgres, folder, database
        postgres.admin(f"CREATE DATABASE {database}")
        began = time.perf_counter()
        self._run("import", str(source))
        self.import_s = time.perf_counter() - began
        self._token = self._run("token", "create", "--role", "call_taker").split()[-1]
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> Ours:
        """Serve, and return a connection; `start_s` is then how long it took to the first answer."""
        port = free_port()
        began = time.perf_counter()
        with (self.folder / "server.log").open("wb") as log:
            self._server = subprocess.Popen(
                self._command("serve", "--workers", "1", "--port", str(port)),
                env=self._environment(),
                stdout=log,
                stderr=log,
            )
        ours = Ours(port, self._token)
        while True:
            try:
                ours.ask("jalan", None, 1)
                break
            except OSError:
                pass
            if self._server.poll() is not None or time.perf_counter() - began > LONGEST_START_S:
                raise RuntimeError((self.folder / "server.log").read_text()[-2000:])
            time.sleep(0.02)
        self.start_s = time.perf_counter() - began
        return ours

    def memory_mib(self) -> float:
        """Return what the server holds in memory now, supervisor and one worker, mapped files among it."""
        assert self._server is not None
        supervisor = self._server.pid
        workers = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
        return sum(map(_memory_mib, [supervisor, *map(int, workers)]))

    def roads_alone(self) -> Cost:
        """Return what a server takes without the search: its modules, the road network, the road engine made ready."""
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-c", ROADS_ALONE, str(self._newest_network())],
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            if process.stdout.readline() != b"ready\n":
                raise RuntimeError("the roads alone cannot be made ready")
            cost = Cost(time.perf_counter() - began, _memory_mib(process.pid))
            process.communicate(b"\n")
        return cost

    def _newest_network(self) -> Path:
        networks = city_folder(self.folder, self.database) / "networks"
        return max((each for each in networks.iterdir() if each.is_dir()), key=lambda each: int(each.name))

    def stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None

    def url(self) -> str:
        """Return the address of the city's database, as libpq takes it."""
        return self.postgres.url(self.database).replace("postgresql+psycopg://", "postgresql://")

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "geo112.cli", "--city", self.database, *arguments]

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            self._command(*arguments),
            env=self._environment(),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"geo112 {arguments[0]}: {done.stderr[-2000:]}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        mine = {"GEO112_DATA_DIR": str(self.folder), "GEO112_DATABASE_URL": self.postgres.url(self.database)}
        return {
            name: value for name, value in os.environ.items() if name not in {"PBF", "PLACE", "HOST", "PORT"}
        } | mine


def _memory_mib(process: int) -> float:
    """Return a process's share of what it has in memory: pages that several have are shared out among them."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    held = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(held.split()[1]) / 1024
