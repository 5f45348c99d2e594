"""A centre in which things are killed: Kota Uji on a durable cluster of its own, served by real processes.

GEO112_DATA_DIR=<folder>   geo112 import ─► geo112 serve --workers 2 ─┬─ worker, worker   ◄── phones
                                                                      └─ PostgreSQL, fsync on
"""

import hashlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import httpx
import psycopg

from geo112.cluster import SUPERUSER, Cluster
from geo112.home import service_user
from tests import town
from tests.faults.phone import APPS, Phone, number_of
from tests.processes import children, command_of
from tests.town import SOUTH_WEST
from tests.world import City

ROOT = Path(__file__).parents[2]
CITY = "uji"
READY_WITHIN_S = 240.0  # the first server of a fresh checkout compiles the road engine
CAREFUL, CARELESS = "geo112.cli", "tests.faults.careless"


class Centre:
    """One data folder, and the server that works on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = Cluster(folder / "cities" / CITY / "cluster")
        self.city = City(self.cluster.url())
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GEO112_")},
            "GEO112_DATA_DIR": str(folder),
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
        }
        self.server: subprocess.Popen[bytes] | None = None
        self.log = folder / "server.log"
        self._units = 0

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "geo112.cli", "--city", CITY, *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=self.folder, capture_output=True, text=True, timeout=240, check=False
        )

    # --- its server -----------------------------------------------------------------------------------------------

    def start(self, *more: str, workers: int = 2, program: str = CAREFUL) -> None:
        """Start `geo112 serve`, or the careless one, and wait until it answers."""
        port = str(self.city.port)
        careful = ["--city", CITY, "serve", "--port", port, "--workers", str(workers), *more]
        arguments = [program, *(careful if program == CAREFUL else [CITY, port])]
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(
                [sys.executable, "-P", "-m", *arguments], env=self.environment, cwd=self.folder, stdout=log, stderr=log
            )
        self.until(lambda: len(self.workers()) == workers, READY_WITHIN_S)
        self.until(self.is_ready, READY_WITHIN_S)

    def stop(self) -> None:
        """Stop the server as a service manager does."""
        if self.server is not None:
            self.server.terminate()
            self.server.wait(40)
            self.server = None

    @contextmanager
    def served(self, *more: str, workers: int = 2, program: str = CAREFUL) -> Iterator[None]:
        try:
            self.start(*more, workers=workers, program=program)
            yield
        finally:
            self.stop()

    def is_ready(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.city.address}/api/health", trust_env=False, timeout=10).status_code == 200
        return False

    def until(self, is_so: Callable[[], object], within_s: float) -> None:
        end = time.monotonic() + within_s
        while not is_so():
            assert time.monotonic() < end, self.said()
            assert self.server is None or self.server.poll() is None, self.said()
            time.sleep(0.05)

    def said(self) -> str:
        """Return the last of what the server said, less the requests."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return "\n".join([one for one in lines if " geo112.access " not in one][-60:])

    # --- its processes --------------------------------------------------------------------------------------------

    def workers(self) -> list[int]:
        """Return the supervisor's workers; one that starts PostgreSQL may be among them."""
        assert self.server is not None
        return children(self.server.pid)

    def postgres(self) -> list[int]:
        """Return all processes of the cluster, its first one first; none where it is down."""
        try:
            first = int((self.cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
        except (OSError, IndexError, ValueError):
            return []
        return [first, *children(first)] if b"postgres" in command_of(first) else []

    def kill(self, what: str) -> None:
        """Kill all of `workers`, `postgres` or `both`, as a machine out of memory does."""
        victims = (self.workers() if what != "postgres" else []) + (self.postgres() if what != "workers" else [])
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    # --- its phones -----------------------------------------------------------------------------------------------

    def phones(self, *apps: str) -> list[Phone]:
        """Return phones of these apps, each with a unit of its own that was never heard of."""
        made = []
        for app in apps:
            self._units += 1
            sign = f"HP-{self._units}"
            unit_id = self.city.unit(sign, at=SOUTH_WEST, position=False)
            key = self.city.token("crew", unit=sign) if app == "crew" else self.device(app, sign, unit_id)
            made.append(Phone(APPS[app], key, unit_id))
        return made

    def device(self, app: str, label: str, unit_id: int) -> str:
        key = secrets.token_hex(16)
        self.city.sql(
            "INSERT INTO device (sender, label, unit_id, key_hash, created_at, created_by)"
            " VALUES (%s, %s, %s, %s, now(), 'tests')",
            app,
            label,
            unit_id,
            hashlib.sha256(key.encode()).digest(),
        )
        return key

    def lost(self, phones: Sequence[Phone]) -> list[tuple[int, int]]:
        """Return unit and number of every fix that was acknowledged and is not there, once what still ran has ended."""
        return [
            (one.unit_id, number) for one in phones for number in set(one.acknowledged) - set(self.stored(one.unit_id))
        ]

    def stored(self, unit_id: int) -> Counter[int]:
        """Return how often each fix of a unit lies in the history."""
        return Counter(number_of(lon) for (lon,) in self.city.sql("SELECT lon FROM fix WHERE unit_id = %s", unit_id))

    def marker(self, unit_id: int) -> int:
        """Return which fix the marker of a unit stands on, -1 where it has none."""
        found = self.city.sql("SELECT lon FROM unit_position WHERE unit_id = %s", unit_id)
        return number_of(found[0][0]) if found else -1

    def admin(self, *statements: str) -> None:
        with psycopg.connect(self.cluster.libpq_url("geo112", SUPERUSER), autocommit=True) as connection:
            for one in statements:
                connection.execute(one)  # type: ignore[arg-type]


@contextmanager
def centre(disk_mb: int | None = None) -> Iterator[Centre]:
    """Give a centre whose city is imported and that nobody serves yet.

    Args:
        disk_mb: size of a disk of its own for the cluster; only root can mount one.
    """
    with tempfile.TemporaryDirectory(prefix="geo112-faults-", dir="/tmp", ignore_cleanup_errors=True) as name:
        made = Centre(Path(name))
        for folder in (made.folder, made.folder / "cities", made.cluster.folder.parent):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)  # root's tests let PostgreSQL run as somebody else
        with disk(made.cluster.folder, disk_mb) if disk_mb else nullcontext():
            try:
                done = made.run("import", str(town.write(made.folder / "uji.osm")))
                assert done.returncode == 0, done.stderr
                yield made
            finally:
                made.stop()
                made.cluster.stop()


@contextmanager
def disk(folder: Path, size_mb: int) -> Iterator[None]:
    """Give the cluster a disk of this size."""
    user = service_user()
    options = f"size={size_mb}m,mode=700,uid={user.pw_uid},gid={user.pw_gid}"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
