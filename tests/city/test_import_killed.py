"""An import that is killed leaves a whole city: the one that was there, or the new one. Nothing between."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import psycopg
import pytest

from geo112.city import load
from geo112.city.importing import STORING, CityImport, import_city
from tests import town
from tests.city.test_import import village
from tests.city.whole import Fingerprint, connect, fingerprint
from tests.conftest import FULL

REPOSITORY = Path(__file__).parents[2]
MOMENTS = 10 if FULL else 3

# Children are forked from a server that has the importer loaded already: a kill then hits the import, not its start.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["geo112.city.importing"])


def honest(source: str, url: str, data_dir: Path, has_begun: Event) -> None:
    """Import as the command line does."""
    has_begun.set()
    CityImport(source, url, data_dir).run()


class Hasty(CityImport):
    """The control: commits before the end, as an import without the transaction would, and dies half-way."""

    def _connect(self) -> psycopg.Connection[Any]:
        self.connection = CityImport._connect(self)
        return self.connection

    def _tell(self, words: tuple[str, str], share: float) -> None:
        if words is STORING and share > 0.8:
            self.connection.execute("COMMIT")
            os.kill(os.getpid(), signal.SIGKILL)


def hasty(source: str, url: str, data_dir: Path, has_begun: Event) -> None:
    has_begun.set()
    Hasty(source, url, data_dir).run()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_killed_import_leaves_a_whole_city(empty_database_url: str, data_dir: Path, tmp_path: Path) -> None:
    url = empty_database_url
    old_file = town.write(tmp_path / "uji.osm")
    new_file = REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf" if FULL else village(tmp_path / "suka.osm")
    import_city(str(new_file), url, data_dir)
    new = fingerprint(url, data_dir)
    import_city(str(old_file), url, data_dir)
    old = fingerprint(url, data_dir)

    process = started(honest, new_file, url, data_dir)
    began = time.monotonic()
    process.join()
    lasts_s = time.monotonic() - began
    assert fingerprint(url, data_dir) == new

    seed = random.randrange(10**6)
    moments = random.Random(seed)
    for _ in range(MOMENTS):
        import_city(str(old_file), url, data_dir)
        killed_at_s = moments.uniform(0.0, 1.05 * lasts_s)
        process = started(honest, new_file, url, data_dir)
        time.sleep(killed_at_s)
        process.kill()
        process.join()
        found = after_the_database_noticed(url, data_dir)
        assert found in (old, new), f"killed at {killed_at_s:.3f} s of {lasts_s:.3f} s (seed {seed})"

    import_city(str(new_file), url, data_dir)  # what the killed ones left behind hinders nobody, and goes
    assert fingerprint(url, data_dir) == new
    assert len(list((data_dir / "networks").iterdir())) <= 2


def test_without_the_transaction_the_same_check_sees_the_broken_city(
    empty_database_url: str, data_dir: Path, tmp_path: Path
) -> None:
    url = empty_database_url
    old_file, new_file = town.write(tmp_path / "uji.osm"), village(tmp_path / "suka.osm")
    import_city(str(new_file), url, data_dir)
    new = fingerprint(url, data_dir)
    import_city(str(old_file), url, data_dir)
    old = fingerprint(url, data_dir)
    process = started(hasty, new_file, url, data_dir)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert after_the_database_noticed(url, data_dir) not in (old, new)


def started(importer: Callable[[str, str, Path, Event], None], source: Path, url: str, data_dir: Path) -> BaseProcess:
    """Start an importer in a process of its own and return when it begins."""
    has_begun = PROCESSES.Event()
    process = PROCESSES.Process(target=importer, args=(str(source), url, data_dir, has_begun))
    process.start()
    assert has_begun.wait(60)
    return process


def after_the_database_noticed(url: str, data_dir: Path) -> Fingerprint:
    """Return the fingerprint once the killed import's connection is gone and what it left open is rolled back."""
    with connect(url) as connection:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if connection.execute("SELECT pg_try_advisory_lock(%s)", (load.IMPORT_LOCK,)).fetchone() == (True,):
                break
            time.sleep(0.05)
    return fingerprint(url, data_dir)
