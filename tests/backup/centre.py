"""A centre on a machine of its own, run by its operator's commands: data home, private cluster, a disk for backups."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg

from geo112.city.importing import import_city
from geo112.cluster import SUPERUSER, Cluster
from geo112.home import service_user
from tests import town
from tests.town import crossing
from tests.world import City, Desk

ROOT = Path(__file__).parents[2]
SLUG = "uji"


class Centre:
    """Commands run as in life: root becomes the service user before anything is done."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="geo112-backup-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.home = self.folder / "home"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("GEO112_")}
        self.environment |= {"GEO112_DATA_DIR": str(self.home), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        self.operator = subprocess.Popen(
            [sys.executable, "-m", "tests.backup.operator"],
            env=self.environment,
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.server: subprocess.Popen[bytes] | None = None

    @property
    def place(self) -> Path:
        return self.home / "cities" / SLUG

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.place / "cluster")

    def disk(self, name: str) -> Path:
        """Return an empty folder that the service user may write to."""
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        return give(folder)

    def copy(self, disk: Path, name: str) -> Path:
        """Return a copy of a folder of backups."""
        return give(Path(shutil.copytree(disk, self.folder / name)))

    def run(self, *arguments: object, city: str | None = SLUG, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the operator's to its end."""
        words = [*(["--city", city] if city else []), *map(str, arguments)]
        stdout, stderr = self.folder / "stdout", self.folder / "stderr"
        wanted = {"arguments": words, "stdout": str(stdout), "stderr": str(stderr)}
        assert self.operator.stdin is not None
        assert self.operator.stdout is not None
        self.operator.stdin.write(json.dumps({**wanted, "environment": self.environment | environment}) + "\n")
        self.operator.stdin.flush()
        code = int(self.operator.stdout.readline())
        return subprocess.CompletedProcess(words, code, stdout.read_text(), stderr.read_text())

    def ok(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done

    def begin(self) -> None:
        """Import Kota Uji into a cluster that goes on running."""
        self.ok("up")
        import_city(str(town.write(self.folder / "uji.osm")), self.cluster.libpq_url(), self.place)
        give(self.place / "networks")

    def city(self) -> City:
        city = City(self.cluster.libpq_url())
        city.port = random.randrange(20_000, 30_000)  # not the first free one: it is another process that will bind it
        city.address = f"http://127.0.0.1:{city.port}"
        return city

    def serve(self, city: City) -> None:
        command = [sys.executable, "-m", "uvicorn", "--factory", "geo112.app:create_app", "--port", str(city.port)]
        served = {"GEO112_DATABASE_URL": self.cluster.libpq_url(), "GEO112_CITY_FOLDER": str(self.place)}
        log = (self.folder / "server.log").open("ab")
        self.server = subprocess.Popen(command, env=self.environment | served, cwd=ROOT, stdout=log, stderr=log)
        until = time.monotonic() + 600  # the first server of a fresh checkout compiles the road engine
        while time.monotonic() < until and self.server.poll() is None:
            try:
                if httpx.get(f"{city.address}/api/health", trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError((self.folder / "server.log").read_text()[-2000:])

    def burn(self) -> None:
        """Kill everything at once and lose the machine's disk."""
        if self.server is not None:
            self.server.kill()
            self.server.wait()
            self.server = None
        stop_hard(self.cluster)
        shutil.rmtree(self.home)

    def end(self) -> None:
        if self.server is not None:
            self.server.kill()
            self.server.wait()
        stop_hard(self.cluster)
        self.operator.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)


def give(folder: Path) -> Path:
    """Let a folder and what lies in it belong to the service user, where there is one."""
    if os.geteuid() == 0:
        for one in (folder, *folder.rglob("*")):
            os.chown(one, service_user().pw_uid, service_user().pw_gid)
    return folder


def stop_hard(cluster: Cluster) -> None:
    """Send SIGKILL to PostgreSQL and wait until none of its processes lives."""
    pid_file = cluster.folder / "data" / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text().split()[0])
    children = Path(f"/proc/{pid}/task/{pid}/children")
    family = [pid, *map(int, children.read_text().split())] if children.exists() else [pid]
    for one in family:
        try:
            os.kill(one, signal.SIGKILL)
        except ProcessLookupError:
            continue
    while any(_lives(one) for one in family):
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def finish_piece(cluster: Cluster, log: Path) -> None:
    """Let PostgreSQL finish the present piece of its log, as it does by itself within a minute, and see it arrive."""
    with psycopg.connect(cluster.libpq_url("postgres", SUPERUSER), autocommit=True) as connection:
        found = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    assert found is not None
    until = time.monotonic() + 60
    while not (log / f"{found[0]}.gz").exists():
        assert time.monotonic() < until, sorted(one.name for one in log.iterdir())
        time.sleep(0.05)


class Work:
    """Callers and phones, and what the server told them was kept."""

    def __init__(self, city: City) -> None:
        self.city = city
        city.unit("DMK-1", at=crossing(0, 0), position=False)
        self.crew: Desk = city.desk("crew", unit="DMK-1")
        self.pings: list[str] = []
        self.incidents: list[str] = []
        self._sent = 0

    def go_on(self, times: int = 5) -> None:
        for _ in range(times):
            self._sent += 1
            at = datetime.now(UTC) - timedelta(milliseconds=self._sent)
            answer = self.city.ping(self.crew, crossing(0, self._sent % 50 / 1000), at)
            self.pings += answer["stored"]
        self.incidents.append(self.city.fire(crossing(0, 1))["number"])


def kept(city: City) -> tuple[set[str], set[str]]:
    """Return the ids of pings and the numbers of incidents that are in the database."""
    return (
        {str(one) for (one,) in city.sql("SELECT client_id FROM fix")},
        {number for (number,) in city.sql("SELECT number FROM incident WHERE state <> 'DRAFT'")},
    )


def lost(city: City, pings: list[str], incidents: list[str]) -> list[str]:
    """Return what was acknowledged and is not there."""
    stored, known = kept(city)
    return [*(one for one in pings if one not in stored), *(one for one in incidents if one not in known)]


def one_sentence(refused: subprocess.CompletedProcess[Any]) -> str:
    assert refused.returncode == 1, refused.stderr
    lines = [line for line in refused.stderr.splitlines() if "%" not in line[:8]]
    assert len(lines) == 1, refused.stderr
    return str(lines[0]).removeprefix("Geo112: ")
