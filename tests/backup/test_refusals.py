"""What a backup or a restore is refused with: one sentence each, and whatever was there is there still."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from geo112.archiving import MARK
from tests.backup.centre import SLUG, Centre, give, one_sentence, stop_hard

pytestmark = pytest.mark.timeout(600)


class Backed:
    """A centre with a database that runs, and a disk with three backups of which two were to stay."""

    def __init__(self, centre: Centre) -> None:
        self.centre, self.disk = centre, centre.disk("usb")
        centre.ok("up")
        self.say("one")
        self.folders = [Path(centre.ok("backup", "--folder", self.disk).stdout.strip())]
        for words in ("two", "three"):
            self.say(words)
            self.folders.append(Path(centre.ok("backup", "--keep", "2").stdout.strip()))

    def say(self, words: str) -> None:
        with psycopg.connect(self.centre.cluster.libpq_url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS said (words text)")
            connection.execute("INSERT INTO said VALUES (%s)", [words])

    def said(self) -> list[str]:
        with psycopg.connect(self.centre.cluster.libpq_url()) as connection:
            return [words for (words,) in connection.execute("SELECT words FROM said")]


@pytest.fixture(scope="module")
def backed() -> Iterator[Backed]:
    centre = Centre()
    try:
        yield Backed(centre)
    finally:
        centre.end()


@pytest.fixture
def stopped(backed: Backed) -> Iterator[Backed]:
    backed.centre.ok("down")
    yield backed
    backed.centre.ok("up")


def test_of_three_backups_two_stay_and_the_log_that_they_need(backed: Backed) -> None:
    assert sorted((backed.disk / "base").iterdir()) == backed.folders[1:]
    needed = json.loads((backed.folders[1] / "base.json").read_text())["first_piece"]
    pieces = sorted(file.name[:24] for file in (backed.disk / "log").iterdir())
    assert pieces[0] == needed


def test_a_backup_needs_a_folder_of_its_own(backed: Backed) -> None:
    centre = backed.centre
    foreign = centre.disk("photos")
    (foreign / "holiday.jpg").touch()
    assert "holds other things" in one_sentence(centre.run("backup", "--folder", give(foreign)))
    closed = centre.folder / "closed"
    closed.mkdir(mode=0o700)
    if os.geteuid() == 0:
        assert "install -d -o geo112" in one_sentence(centre.run("backup", "--folder", closed))
    assert "cannot use" in one_sentence(centre.run("backup", "--folder", centre.folder / "no" / "such"))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"city": "bandung"}, "of the city “bandung”"),
        ({"series": "x"}, "of another database"),
        ({"form": 9}, "no whole"),
    ],
)
def test_a_folder_of_others_is_not_written_to(backed: Backed, said: dict[str, object], words: str) -> None:
    other = backed.centre.disk(f"other-{next(iter(said))}")
    (other / MARK).write_text(json.dumps(json.loads((backed.disk / MARK).read_text()) | said))
    assert words in one_sentence(backed.centre.run("backup", "--folder", give(other)))
    assert [file.name for file in other.iterdir()] == [MARK]


def test_a_disk_that_is_not_mounted_is_not_begun_anew(backed: Backed) -> None:
    away = backed.disk.rename(backed.disk.with_name("away"))
    try:
        assert "cannot use the folder" in one_sentence(backed.centre.run("backup"))
        backed.centre.disk(backed.disk.name)
        assert "no whole backup" in one_sentence(backed.centre.run("backup")), "only the bare mount point is there"
    finally:
        backed.disk.rmdir()
        away.rename(backed.disk)


def test_a_database_of_others_is_backed_up_by_them(backed: Backed) -> None:
    for command in (("backup",), ("restore", "--folder", backed.disk)):
        said = one_sentence(backed.centre.run(*command, GEO112_DATABASE_URL="postgresql://db.kota.lan/geo112"))
        assert "have its operator keep base backups" in said


def test_too_little_room_is_said_before_anything_is_copied(backed: Backed) -> None:
    small = backed.centre.disk("small")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root alone")
    try:
        assert "not enough room" in one_sentence(backed.centre.run("backup", "--folder", give(small)))
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)


def test_no_restore_while_the_database_runs(backed: Backed) -> None:
    backed.say("still running")
    assert "geo112 down" in one_sentence(backed.centre.run("restore", "--folder", backed.disk))
    assert backed.said()[-1] == "still running"


@pytest.mark.parametrize(
    ("said", "words"),
    [({"postgres": 9}, "made with PostgreSQL 9"), ({"city": "bandung"}, "of the city “bandung”")],
)
def test_no_restore_of_what_does_not_fit(stopped: Backed, said: dict[str, object], words: str) -> None:
    other = stopped.centre.copy(stopped.disk, f"unfit-{next(iter(said))}")
    (other / MARK).write_text(json.dumps(json.loads((other / MARK).read_text()) | said))
    assert words in one_sentence(stopped.centre.run("restore", "--folder", other))
    assert stopped.centre.cluster.major() is not None


def test_no_restore_from_nothing_nor_to_before_the_first(stopped: Backed) -> None:
    run = stopped.centre.run
    assert "no whole backup" in one_sentence(run("restore", "--folder", stopped.centre.disk("empty")))
    early = one_sentence(run("restore", "--folder", stopped.disk, "--at", "2020-01-01T00:00:00"))
    assert "before 2020-01-01 00:00:00 WIB; the oldest ended at 20" in early
    assert "no time" in one_sentence(run("restore", "--folder", stopped.disk, "--at", "yesterday"))


def test_a_restore_that_fails_leaves_the_old_database_as_it_was(backed: Backed) -> None:
    backed.say("before the failure")
    backed.centre.ok("down")
    bad = backed.centre.copy(backed.disk, "bad")
    for base in (bad / "base").iterdir():
        (base / "data" / "global" / "pg_control").write_bytes(bytes(8192))
    assert "no whole backup" in one_sentence(backed.centre.run("restore", "--folder", bad))
    assert not (backed.centre.place / "cluster.new").exists()
    backed.centre.ok("up")
    assert backed.said()[-1] == "before the failure"


def test_a_damaged_backup_is_passed_over_for_an_older_one_and_the_log(backed: Backed) -> None:
    backed.say("after all backups")
    backed.centre.ok("backup", "--keep", "9")
    backed.centre.ok("down")
    bad = backed.centre.copy(backed.disk, "half-bad")
    newest = max((bad / "base").iterdir())
    (newest / "data" / "global" / "pg_control").write_bytes(bytes(8192))
    done = backed.centre.ok("restore", "--folder", bad)
    assert newest.name not in done.stderr
    (before,) = backed.centre.place.glob("cluster.before-*")
    assert (before / "data" / "PG_VERSION").is_file()
    backed.centre.ok("up")
    assert {"one", "two", "three", "after all backups"} <= set(backed.said())
    refused = one_sentence(backed.centre.run("backup", "--folder", backed.disk))
    assert "such as the one from before a restore" in refused
    stop_hard(backed.centre.cluster)
    shutil.rmtree(backed.centre.place / "cluster")
    before.rename(backed.centre.place / "cluster")
    backed.centre.ok("up")


def test_the_city_is_named_by_the_backup(backed: Backed) -> None:
    assert json.loads((backed.disk / MARK).read_text())["city"] == SLUG
