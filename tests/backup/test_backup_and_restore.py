"""A machine burns; the other disk brings everything back but the loss window. All by the operator's commands."""

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.backup.centre import Centre, Work, finish_piece, kept, lost, stop_hard
from tests.world import City

pytestmark = pytest.mark.timeout(1200)


class Fire:
    """What was acknowledged before each mark, and the disk that did not burn."""

    def __init__(self, centre: Centre, disk: Path, before_base: Work) -> None:
        self.centre, self.disk, self.work = centre, disk, before_base
        self.in_base: tuple[int, int] = (0, 0)
        self.at_moment: tuple[int, int] = (0, 0)
        self.archived: tuple[int, int] = (0, 0)
        self.moment = datetime.now(UTC)

    def count(self) -> tuple[int, int]:
        return len(self.work.pings), len(self.work.incidents)

    def until(self, mark: tuple[int, int]) -> tuple[list[str], list[str]]:
        return self.work.pings[: mark[0]], self.work.incidents[: mark[1]]


@pytest.fixture(scope="module")
def fire() -> Iterator[Fire]:
    """Work, a backup while people work on, more work, the log brought away, a little more work; then the fire."""
    centre = Centre()
    try:
        centre.begin()
        (centre.place / "certificates").mkdir(mode=0o755)
        (centre.place / "certificates" / "authority.crt").write_text("the authority")
        disk, city = centre.disk("usb"), centre.city()
        centre.serve(city)
        work = Work(city)
        work.go_on()
        fire = Fire(centre, disk, work)
        fire.in_base = fire.count()
        stop = threading.Event()

        def keep_working() -> None:
            while not stop.is_set():
                work.go_on(2)

        worker = threading.Thread(target=keep_working)
        worker.start()
        try:
            said = centre.ok("backup", "--folder", disk).stderr
        finally:
            stop.set()
            worker.join()
        assert "Copying the database" in said
        fire.moment = datetime.now(UTC)
        fire.at_moment = fire.count()
        work.go_on()
        finish_piece(centre.cluster, disk / "log")
        fire.archived = fire.count()
        work.go_on()
        centre.burn()
        yield fire
    finally:
        centre.end()


@pytest.fixture
def machine(fire: Fire) -> Iterator[Centre]:
    """A new machine with the old disk."""
    yield fire.centre
    stop_hard(fire.centre.cluster)
    shutil.rmtree(fire.centre.home, ignore_errors=True)


def test_nothing_older_than_the_loss_window_is_missing(fire: Fire, machine: Centre) -> None:
    assert fire.in_base < fire.at_moment < fire.archived < fire.count()
    said = machine.run("restore", "--folder", fire.disk, city=None).stderr
    assert "The last change in the database" in said
    machine.ok("up")
    city = machine.city()
    assert lost(city, *fire.until(fire.archived)) == []
    assert lost(city, *fire.until(fire.count())), "what was written after the last piece burnt with the machine"
    assert (machine.place / "certificates" / "authority.crt").read_text() == "the authority"
    ((import_id,),) = city.sql("SELECT city_import_id FROM centre")
    assert {"names", "nodes.npy"} & {file.name for file in (machine.place / "networks" / str(import_id)).iterdir()}
    machine.serve(city)
    work = City.desk(city, "dispatcher", "DAMKAR")
    assert work.ok("GET", "/api/incidents")
    assert machine.server is not None
    machine.server.terminate()
    machine.server.wait(30)
    machine.server = None


def test_a_base_without_the_log_after_it_is_found_out(fire: Fire, machine: Centre) -> None:
    """The control: the same comparison sees the rows that only the log brought back."""
    bare = machine.copy(fire.disk, "bare")
    for piece in (bare / "log").iterdir():
        piece.unlink()
    machine.ok("restore", "--folder", bare)
    machine.ok("up")
    assert lost(machine.city(), *fire.until(fire.in_base)) == []
    assert lost(machine.city(), *fire.until(fire.archived))


def test_it_is_brought_forward_to_a_moment_and_no_further(fire: Fire, machine: Centre) -> None:
    machine.ok("restore", "--folder", fire.disk, "--at", fire.moment.isoformat())
    machine.ok("up")
    assert lost(machine.city(), *fire.until(fire.at_moment)) == []
    pings, incidents = kept(machine.city())
    assert not pings & set(fire.work.pings[fire.at_moment[0] :])
    assert not incidents & set(fire.work.incidents[fire.at_moment[1] :])


def test_a_moment_after_the_log_is_as_far_as_it_goes(fire: Fire, machine: Centre) -> None:
    later = datetime.now(UTC) + timedelta(minutes=1)
    machine.ok("restore", "--folder", fire.disk, "--at", later.isoformat())
    machine.ok("up")
    assert lost(machine.city(), *fire.until(fire.archived)) == []


def test_a_damaged_piece_of_the_log_is_named(fire: Fire, machine: Centre) -> None:
    torn = machine.copy(fire.disk, "torn")
    pieces = sorted((torn / "log").glob("????????????????????????.gz"))
    pieces[-1].write_bytes(pieces[-1].read_bytes()[:-20])
    (torn / "log" / f"{int(pieces[-1].stem, 16) + 1:024X}.gz").write_bytes(b"later")
    said = machine.ok("restore", "--folder", torn).stderr
    assert f"broken at {pieces[-1].stem}" in said
    machine.ok("up")
    assert lost(machine.city(), *fire.until(fire.in_base)) == []
