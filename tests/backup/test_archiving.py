"""The script that PostgreSQL calls with each finished piece of its log, run as PostgreSQL runs it."""

import gzip
import subprocess
from pathlib import Path

import pytest

from geo112.archiving import MARK, MOST_WAITING, Target, script
from geo112.backup.log import after, piece_at, prune, reach

PIECE = "000000010000000000000003"
CONTENT = b"log" * 10_000


class Archiver:
    """PostgreSQL's side: a data folder with a finished piece."""

    def __init__(self, folder: Path) -> None:
        self.data, self.target = folder / "data", folder / "it's a disk" / "100% full"
        (self.data / "pg_wal" / "archive_status").mkdir(parents=True)
        (self.target / "log").mkdir(parents=True)
        (self.target / MARK).write_text('{"series": "abc"}')
        self.finish(CONTENT)
        (self.data / "archive.sh").write_text(script(Target(self.target, "abc")))

    def finish(self, content: bytes) -> None:
        (self.data / "pg_wal" / PIECE).write_bytes(content)

    def call(self) -> subprocess.CompletedProcess[str]:
        command = ["sh", "archive.sh", f"pg_wal/{PIECE}", PIECE]
        return subprocess.run(command, cwd=self.data, capture_output=True, text=True, check=False)

    def arrived(self) -> list[str]:
        return sorted(file.name for file in (self.target / "log").iterdir())


@pytest.fixture
def archiver(tmp_path: Path) -> Archiver:
    return Archiver(tmp_path)


def test_a_piece_arrives_whole_and_arrives_again_after_a_crash(archiver: Archiver) -> None:
    for _ in range(2):
        assert archiver.call().returncode == 0
        assert archiver.arrived() == [f"{PIECE}.gz"]
    assert gzip.decompress((archiver.target / "log" / f"{PIECE}.gz").read_bytes()) == CONTENT


def test_a_piece_of_the_same_name_is_never_written_over(archiver: Archiver) -> None:
    archiver.call()
    archiver.finish(b"another cluster's")
    assert archiver.call().returncode == 1
    assert gzip.decompress((archiver.target / "log" / f"{PIECE}.gz").read_bytes()) == CONTENT


def test_half_a_piece_of_a_crash_is_begun_anew(archiver: Archiver) -> None:
    (archiver.target / "log" / f"{PIECE}.part").write_bytes(b"half")
    assert archiver.call().returncode == 0
    assert archiver.arrived() == [f"{PIECE}.gz"]


@pytest.mark.parametrize("mark", [None, '{"series": "of another"}'])
def test_nothing_is_written_where_another_disk_is_mounted(archiver: Archiver, mark: str | None) -> None:
    (archiver.target / MARK).unlink()
    if mark:
        (archiver.target / MARK).write_text(mark)
    assert archiver.call().returncode == 1
    assert archiver.arrived() == []


def test_pieces_wait_for_a_disk_that_is_away_until_they_would_fill_this_one(archiver: Archiver) -> None:
    (archiver.target / MARK).unlink()
    waiting = archiver.data / "pg_wal" / "archive_status"
    for number in range(MOST_WAITING):
        (waiting / f"{number:024X}.ready").touch()
    assert archiver.call().returncode == 1
    (waiting / f"{MOST_WAITING:024X}.ready").touch()
    let_go = archiver.call()
    assert (let_go.returncode, PIECE in let_go.stderr) == (0, True)


def test_pieces_follow_one_another_as_postgresql_counts_them() -> None:
    assert piece_at(1, "0/3000060") == PIECE
    assert piece_at(2, "1A/FF000000") == "000000020000001A000000FF"
    assert after("0000000100000000000000FF") == "000000010000000100000000"
    assert after(PIECE) == "000000010000000000000004"


def test_the_log_reaches_to_the_first_piece_that_is_missing_or_torn(tmp_path: Path) -> None:
    whole = gzip.compress(bytes(16 * 1024 * 1024), 1)
    names = [PIECE]
    for _ in range(4):
        names.append(after(names[-1]))
    for name in names[1:]:
        (tmp_path / f"{name}.gz").write_bytes(whole)
    (tmp_path / f"{names[2]}.00000028.backup.gz").write_bytes(b"")
    assert (found := reach(tmp_path, names[0])).last == names[4]
    assert found.missing is None
    (tmp_path / f"{names[3]}.gz").write_bytes(whole[:-9])
    assert (found := reach(tmp_path, names[0])).missing == names[3]
    assert found.last == names[2]
    (tmp_path / f"{names[2]}.gz").unlink()
    assert reach(tmp_path, names[0]).missing == names[2]
    assert prune(tmp_path, names[4]) == 3
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"{names[4]}.gz"]
