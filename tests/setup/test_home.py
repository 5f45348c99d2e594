"""Where data lies and who may get there; what root alone can try is left out for others."""

import os
import pwd
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo112.errors import DomainError
from geo112.home import _take_along_compiled, bring_in, city_folder, only_server_of, prepare, service_user, slug

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop privileges")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def home() -> Iterator[Path]:
    """An open folder, which pytest's own for root is not."""
    with tempfile.TemporaryDirectory(prefix="geo112-home-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "home"


def run_python(lines: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", lines, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Kota Contoh", "kota-contoh"),
        ("/srv/maps/jakarta.osm.pbf", "jakarta"),
        ("bandung.osm.gz", "bandung"),
        ("Kota Surabaya, Jawa Timur", "kota-surabaya-jawa-timur"),
        ("St. Pölten", "st-polten"),
        ("../../etc", "etc"),
        ("東京", "city"),
    ],
)
def test_every_city_has_a_plain_folder_name(name: str, folder: str) -> None:
    assert slug(name) == folder
    assert city_folder(Path("/home"), name) == Path("/home/cities") / folder


def test_what_set_up_compiled_is_taken_along_once_and_replaces_an_older_engine(tmp_path: Path) -> None:
    old, new = tmp_path / "app-1" / "compiled", tmp_path / "app-2" / "compiled"
    engine = tmp_path / "home" / "cache" / "numba"
    for source in (old, new):
        (source / "routing").mkdir(parents=True)
        (source / "routing" / f"{source.parent.name}.nbc").write_text("machine code")
        _take_along_compiled(source, engine)
        assert not (engine / "routing" / f"{source.parent.name}.nbc").exists(), "it may be half of it"
        (source / "complete").touch()
        _take_along_compiled(source, engine)
        assert (engine / "routing" / f"{source.parent.name}.nbc").exists()
    assert [each.name for each in (engine / "routing").iterdir()] == ["app-2.nbc"]
    (engine / "routing" / "own.nbc").touch()  # compiled by the server itself
    _take_along_compiled(new, engine)
    assert (engine / "routing" / "own.nbc").exists()


def test_a_second_server_on_the_same_folder_is_told_who_was_first(home: Path) -> None:
    with only_server_of(home):
        second = run_python(
            "import sys; from pathlib import Path; from geo112.home import only_server_of\n"
            "with only_server_of(Path(sys.argv[1])): print('in')",
            home,
        )
    assert second.returncode != 0
    assert f"Another Geo112 server (process {os.getpid()})" in second.stderr
    with only_server_of(home):  # and it is free again
        pass


def test_a_killed_server_leaves_the_folder_free(home: Path) -> None:
    killed = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from geo112.home import only_server_of\n"
            "with only_server_of(Path(sys.argv[1])): print('in', flush=True); time.sleep(60)",
            home,
        ],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert killed.stdout is not None
    assert killed.stdout.readline() == b"in\n"
    with pytest.raises(DomainError), only_server_of(home):
        pass
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()
    with only_server_of(home):
        pass


def test_an_unwritable_data_folder_is_one_clear_sentence() -> None:
    with pytest.raises(DomainError, match=r"The data folder /proc/geo112 cannot be written to") as refusal:
        prepare(Path("/proc/geo112"))
    assert refusal.value.code == "data_folder_unwritable"


def test_a_file_in_place_of_the_data_folder_is_one_clear_sentence(home: Path) -> None:
    home.write_text("not a folder")
    with pytest.raises(DomainError, match="cannot be written to"):
        prepare(home)


@only_root
def test_a_data_folder_that_the_service_user_cannot_enter_is_refused(home: Path) -> None:
    home.mkdir(mode=0o700)
    with pytest.raises(DomainError, match=rf"cannot get to the data folder {home}, because {home} is closed"):
        prepare(home)


@only_root
def test_a_folder_that_was_there_keeps_its_owner(home: Path) -> None:
    home.mkdir(mode=0o755)
    (home / "cities").mkdir()
    with pytest.raises(DomainError, match="belongs to root, not to geo112"):
        prepare(home)
    assert home.stat().st_uid == 0


@only_root
def test_after_dropping_privileges_there_is_no_way_back(home: Path) -> None:
    secret = home.parent / "secret"
    secret.write_text("x")
    secret.chmod(0o600)
    dropped = run_python(
        "import os, sys; from pathlib import Path; from geo112.home import drop_privileges\n"
        "drop_privileges(Path(sys.argv[1]))\n"
        "print(os.getresuid(), os.getresgid(), os.getgroups(), os.environ['HOME'], os.getcwd())\n"
        "for attempt in (lambda: os.setuid(0), lambda: open(sys.argv[2])):\n"
        "    try: attempt(); print('allowed')\n"
        "    except PermissionError: print('refused')",
        home,
        secret,
    )
    user = pwd.getpwnam("geo112")
    uids, gids = (user.pw_uid,) * 3, (user.pw_gid,) * 3
    assert dropped.stdout.splitlines() == [
        f"{uids} {gids} {[user.pw_gid]} {home}/cache {home}",
        "refused",
        "refused",
    ], dropped.stderr


@only_root
def test_a_file_out_of_the_service_users_reach_is_copied_in_once(home: Path) -> None:
    closed = home.parent / "closed"
    closed.mkdir(mode=0o700)
    file = closed / "town.osm.pbf"
    file.write_bytes(b"one")

    copy = bring_in(file, home)
    assert copy == home / "incoming" / "town.osm.pbf"
    assert copy.read_bytes() == b"one"
    assert copy.stat().st_uid == service_user().pw_uid
    made_at = copy.stat().st_ctime_ns
    assert bring_in(file, home) == copy
    assert copy.stat().st_ctime_ns == made_at

    file.write_bytes(b"other")
    assert bring_in(file, home).read_bytes() == b"other"


@only_root
def test_a_file_within_reach_stays_where_it_is(home: Path) -> None:
    file = home.parent / "town.osm.pbf"
    file.write_bytes(b"one")
    file.chmod(0o644)
    assert bring_in(file, home) == file
    assert bring_in(home.parent / "missing.osm.pbf", home) == home.parent / "missing.osm.pbf"
