"""The private cluster: real PostgreSQL, started, killed and asked what it lets in."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from geo112.cluster import SUPERUSER, Cluster, find_postgres
from geo112.errors import DomainError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """An open folder: PostgreSQL does not run as root, and pytest's own folder is closed to others."""
    with tempfile.TemporaryDirectory(prefix="geo112-cluster-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def cluster(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder / "postgres")
    assert cluster.start() is True
    yield cluster
    cluster.stop()


def ask(cluster: Cluster, question: str, role: str = "geo112", database: str = "geo112") -> Any:
    with psycopg.connect(cluster.libpq_url(database, role)) as connection:
        answer = connection.execute(question).fetchone()  # type: ignore[arg-type]
    return answer[0] if answer else None


def postmaster(cluster: Cluster) -> int:
    return int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])


def test_it_is_durable_and_speaks_utf8(cluster: Cluster) -> None:
    wanted = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "lc_collate": "C.UTF-8",
        "TimeZone": "UTC",
    }
    collation = ask(cluster, "SELECT datcollate FROM pg_database WHERE datname = current_database()")
    names = [name for name in wanted if name != "lc_collate"]
    assert {name: ask(cluster, f"SHOW {name}") for name in names} | {"lc_collate": collation} == wanted


def test_it_opens_no_tcp_port(cluster: Cluster) -> None:
    assert ask(cluster, "SHOW listen_addresses") == ""
    ours = set()
    for descriptor in Path(f"/proc/{postmaster(cluster)}/fd").iterdir():
        ours.add(os.readlink(descriptor))
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            assert f"socket:[{line.split()[9]}]" not in ours


def test_it_has_postgis_vector_tiles_and_trigrams(cluster: Cluster) -> None:
    assert ask(cluster, "SELECT PostGIS_Lib_Version()").startswith("3.")
    assert ask(cluster, "SELECT length(ST_AsMVT(q)) FROM (SELECT ST_MakePoint(1, 2) AS geom) AS q") > 0
    assert ask(cluster, "SELECT similarity('kosambi', 'pasar kosambi')") > 0.4


def test_the_application_owns_its_database_but_not_the_server(cluster: Cluster) -> None:
    assert ask(cluster, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert (
        ask(cluster, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()") == "geo112"
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(cluster, "CREATE ROLE intruder")


def test_every_way_in_asks_the_kernel_who_comes(cluster: Cluster) -> None:
    question = "SELECT string_agg(DISTINCT type || ' ' || auth_method, ',') FROM pg_hba_file_rules"
    assert ask(cluster, question, SUPERUSER) == "local peer"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_of_the_machine_gets_in_neither_by_the_folder_nor_by_name(cluster: Cluster) -> None:
    def try_as_nobody() -> str:
        command = [find_postgres().path("psql"), cluster.libpq_url(), "-c", "SELECT 1"]
        tried = subprocess.run(command, capture_output=True, text=True, check=False, user="nobody", cwd="/")
        assert tried.returncode != 0
        return tried.stderr

    assert "Permission denied" in try_as_nobody()
    socket = next(cluster.socket_folder.glob(".s.PGSQL.5432"))
    try:  # even with the doors open the server refuses
        for door, mode in ((cluster.folder, 0o755), (cluster.socket_folder, 0o755), (socket, 0o777)):
            door.chmod(mode)
        assert re.search(r"Peer authentication failed", try_as_nobody())
    finally:
        cluster.folder.chmod(0o700)
        cluster.socket_folder.chmod(0o700)
        socket.chmod(0o700)


def test_no_value_of_a_refused_statement_reaches_the_log(cluster: Cluster) -> None:
    number = "081234567890"
    with psycopg.connect(cluster.libpq_url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE caller_for_log_test (number text PRIMARY KEY)")
        connection.execute("INSERT INTO caller_for_log_test VALUES (%s)", [number])
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO caller_for_log_test VALUES (%s)", [number])
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute(f"SELECT CAST('{number}x' AS uuid)")  # type: ignore[arg-type]
        connection.execute("DROP TABLE caller_for_log_test")
    logs = list((cluster.folder / "log").iterdir())
    assert logs
    assert not [log for log in logs if number in log.read_text()]


def test_starting_again_changes_nothing(cluster: Cluster) -> None:
    before = postmaster(cluster)
    assert Cluster(cluster.folder).start() is False
    assert postmaster(cluster) == before


def test_it_comes_back_after_being_killed_though_another_process_has_its_number(cluster: Cluster) -> None:
    with psycopg.connect(cluster.libpq_url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(postmaster(cluster), signal.SIGKILL)
    left_behind = cluster.folder / "data" / "postmaster.pid"
    bystander = subprocess.Popen(["sleep", "60"], **({"user": "geo112"} if os.geteuid() == 0 else {}))  # type: ignore[call-overload]
    try:
        lines = left_behind.read_text().splitlines()
        left_behind.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")
        assert cluster.start() is True
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
    assert ask(cluster, "SELECT answer FROM kept") == 42


def test_of_four_who_start_it_at_once_one_does(cluster: Cluster) -> None:
    cluster.stop()
    assert not cluster.is_running()
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(Cluster(cluster.folder).start())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [False, False, False, True]


def test_it_outlives_the_process_that_started_it_and_its_interrupt(cluster: Cluster) -> None:
    cluster.stop()
    starter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, os, signal; from pathlib import Path; from geo112.cluster import Cluster\n"
            "Cluster(Path(sys.argv[1])).start(); os.killpg(0, signal.SIGINT)",
            cluster.folder,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    assert starter.wait(60) != 0
    assert cluster.is_running()
    assert Cluster(cluster.folder).start() is False


def test_a_long_path_gets_a_short_socket(folder: Path) -> None:
    long = Cluster(folder / ("a-city-with-a-long-name-" * 5))
    assert len(str(long.socket_folder / ".s.PGSQL.5432.lock")) <= 107
    assert long.start() is True
    try:
        assert ask(long, "SELECT 1") == 1
        assert long.socket_folder.stat().st_mode & 0o777 == 0o700
    finally:
        long.stop()
        long.socket_folder.rmdir()


def test_a_socket_folder_of_somebody_else_is_not_used(folder: Path) -> None:
    long = Cluster(folder / ("another-city-with-a-long-name-" * 4))
    long.socket_folder.symlink_to("/var")
    try:
        with pytest.raises(DomainError, match="does not belong to"):
            long.start()
        assert Path("/var").stat().st_uid == 0
    finally:
        long.socket_folder.unlink()


def test_no_postgis_is_one_clear_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO112_POSTGRES", str(folder))
    with pytest.raises(DomainError, match=r"^No PostgreSQL with PostGIS was found; install .*\.$") as refusal:
        Cluster(folder / "never").start()
    assert refusal.value.code == "no_postgis"
    assert not (folder / "never").exists()


def test_a_cluster_of_another_version_is_one_clear_sentence(folder: Path) -> None:
    old = Cluster(folder / "old")
    (old.folder / "data").mkdir(parents=True)
    (old.folder / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(DomainError, match=r"^The database was made with PostgreSQL 9, but \d+ is installed"):
        old.start()


def test_a_server_that_cannot_start_names_its_log(folder: Path) -> None:
    broken = Cluster(folder / "broken")
    broken.start()
    broken.stop()
    (broken.folder / "data" / "global" / "pg_control").unlink()
    with pytest.raises(DomainError, match=rf"^PostgreSQL did not start \(.*\); see {broken.folder}/log\.$"):
        broken.start()
