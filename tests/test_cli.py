"""Commands that cannot be done: one clear sentence each, a non-zero exit, and the city that was there is intact."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import town
from tests.postgres import Postgres
from tests.world import free_port

ROOT = Path(__file__).parents[1]


class Operator:
    """Somebody at the terminal of a centre whose city is Kota Uji."""

    def __init__(self, database_url: str, home: Path) -> None:
        self.environment = {
            **os.environ,
            "GEO112_DATABASE_URL": database_url,
            "GEO112_DATA_DIR": str(home),
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
        }
        self.url = database_url.replace("postgresql+psycopg", "postgresql")

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "geo112.cli", "--city", "uji", *arguments],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def city(self) -> list[tuple[Any, ...]]:
        """Return what the database knows of its city."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(
                "SELECT centre.city_import_id, (SELECT count(*) FROM road), (SELECT count(*) FROM gazetteer),"
                " (SELECT count(*) FROM city_import) FROM centre"
            ).fetchall()


@pytest.fixture(scope="module")
def operator(postgres: Postgres, empty_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    folder = tmp_path_factory.mktemp("operator")
    postgres.admin(f"CREATE DATABASE operator TEMPLATE {empty_template}")
    operator = Operator(postgres.url("operator"), folder)
    imported = operator.run("import", str(town.write(folder / "uji.osm")))
    assert imported.returncode == 0, imported.stderr
    yield operator
    postgres.admin("DROP DATABASE operator WITH (FORCE)")


def one_sentence(refused: subprocess.CompletedProcess[str]) -> str:
    """Return the sentence that a command was refused with, and check that it is no more than that."""
    assert refused.returncode == 1, refused.stderr
    lines = [line for line in refused.stderr.splitlines() if "%" not in line[:8]]  # less the progress
    assert len(lines) == 1, refused.stderr
    assert lines[0].startswith("Geo112: ")
    assert "Traceback" not in refused.stderr
    return lines[0]


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("cut.osm.pbf", "half", "cut.osm.pbf"),
        ("rubbish.osm", "<osm version='0.6'><node id=", "rubbish.osm"),
        ("no-roads.osm", "<osm version='0.6'><node id='1' lat='1' lon='1'/></osm>", "road"),
        ("city.docx", "hello", "city.docx"),
        ("empty.osm.pbf", "", "empty.osm.pbf"),
    ],
)
def test_a_file_that_is_no_city_is_refused_and_the_city_stays(
    operator: Operator, tmp_path: Path, file: str, content: str, words: str
) -> None:
    before = operator.city()
    bad = tmp_path / file
    if content == "half":
        whole = (ROOT / "data" / "osm" / "kota-contoh.osm.pbf").read_bytes()
        bad.write_bytes(whole[: len(whole) // 2])
    else:
        bad.write_text(content)
    assert words in one_sentence(operator.run("import", str(bad)))
    assert operator.city() == before


def test_a_place_name_without_internet_is_refused(operator: Operator) -> None:
    before = operator.city()
    nowhere = {name: "http://127.0.0.1:9" for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")}
    sentence = one_sentence(operator.run("import", "Kota Bandung, Indonesia", **nowhere))
    assert "internet" in sentence
    assert operator.city() == before


def test_a_port_in_use_is_named(operator: Operator) -> None:
    with socket.socket() as other:
        port = free_port()
        other.bind(("127.0.0.1", port))
        other.listen()
        assert f"{port}" in one_sentence(operator.run("serve", "--port", str(port)))


def test_a_certificate_that_is_none_is_named(operator: Operator, tmp_path: Path) -> None:
    files = {name: str(tmp_path / name) for name in ("GEO112_TLS_CERTIFICATE", "GEO112_TLS_KEY")}
    for file in files.values():
        Path(file).write_text("nothing")
    sentence = one_sentence(operator.run("serve", "--port", str(free_port()), **files))
    assert files["GEO112_TLS_CERTIFICATE"] in sentence


def test_a_number_of_workers_that_makes_no_sense_is_refused(operator: Operator) -> None:
    assert "WORKERS" in one_sentence(operator.run("serve", "--port", str(free_port()), WORKERS="0"))
    assert "WORKERS" in one_sentence(operator.run("serve", "--port", str(free_port()), WORKERS="many"))


def test_a_second_server_on_the_same_data_folder_is_refused(operator: Operator) -> None:
    first = subprocess.Popen(
        [sys.executable, "-P", "-m", "geo112.cli", "--city", "uji", "serve", "--port", str(free_port())],
        env=operator.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert first.stderr is not None
        assert any("Uvicorn running" in line or "startup complete" in line for line in first.stderr)
        second = one_sentence(operator.run("serve", "--port", str(free_port())))
        assert str(first.pid) in second
    finally:
        first.terminate()
        first.wait(10)


def test_a_database_that_does_not_answer_is_named(operator: Operator) -> None:
    sentence = one_sentence(operator.run("up", GEO112_DATABASE_URL="postgresql:///nothing?host=/nowhere"))
    assert "database cannot be reached" in sentence


def test_another_speed_outside_the_demonstration_is_refused(operator: Operator) -> None:
    sentence = one_sentence(operator.run("serve", "--port", str(free_port()), "--speed", "10"))
    assert "demonstration" in sentence


def test_a_token_is_printed_alone(operator: Operator) -> None:
    made = operator.run("token", "create", "--role", "supervisor")
    assert made.returncode == 0
    assert len(made.stdout.strip()) == 43  # 256 bits in base64, without padding
    assert made.stderr == ""
    assert made.stdout.strip() not in operator.run("token", "list").stdout


def test_a_dispatchers_token_needs_its_opd(operator: Operator) -> None:
    assert "--opd" in one_sentence(operator.run("token", "create", "--role", "dispatcher"))
    assert "There is no OPD" in one_sentence(operator.run("token", "create", "--role", "dispatcher", "--opd", "XX"))


def test_an_unknown_time_zone_is_named(operator: Operator) -> None:
    assert "GEO112_TIME_ZONE" in one_sentence(operator.run("up", GEO112_TIME_ZONE="Asia/Atlantis"))
