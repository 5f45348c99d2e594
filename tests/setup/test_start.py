"""What happens before the commands: files within reach, root dropped, nothing heavy imported until then."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from geo112.start import within_reach

ROOT = Path(__file__).parents[2]


def run_python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=60,
    )


def test_nothing_that_computes_or_serves_is_imported_before_root_is_dropped() -> None:
    said = run_python("-c", "import sys, geo112.start; print(*sys.modules)")
    assert not {"numba", "routing", "fastapi", "sqlalchemy", "osmium", "psycopg"} & set(said.stdout.split())


@pytest.mark.skipif(os.geteuid() != 0, reason="others leave files where they are")
def test_the_files_that_a_command_names_are_brought_within_reach(tmp_path: Path) -> None:
    home = Path(f"/tmp/geo112-start-{os.getpid()}")
    town, key = tmp_path / "town.osm.pbf", tmp_path / "server.key"
    for file in (town, key):
        file.write_bytes(b"x")
        file.chmod(0o600)
    try:
        arguments, files = within_reach(
            ["--city", "town", "import", str(town)], {"GEO112_TLS_KEY": str(key), "PBF": "", "PORT": "1"}, home
        )
        assert arguments == ["--city", "town", "import", str(home / "incoming" / "town.osm.pbf")]
        assert files == {"GEO112_TLS_KEY": str(home / "incoming" / "server.key")}
        assert within_reach(["import", "Kota Bandung"], {}, home) == (["import", "Kota Bandung"], {})
    finally:
        subprocess.run(["rm", "-rf", home], check=True)


def test_an_unwritable_data_folder_ends_with_one_sentence() -> None:
    said = run_python("-m", "geo112.start", "up", GEO112_DATA_DIR="/proc/geo112", LANG="C.UTF-8")
    assert said.returncode == 1
    assert said.stdout == ""
    assert said.stderr == (
        "Geo112: The data folder /proc/geo112 cannot be written to (No such file or directory); "
        "choose another with GEO112_DATA_DIR.\n"
    )


def test_the_sentence_is_indonesian_for_an_indonesian_terminal() -> None:
    said = run_python("-m", "geo112.start", "up", GEO112_DATA_DIR="/proc/geo112", LANG="id_ID.UTF-8")
    assert said.stderr.startswith("Geo112: Folder data /proc/geo112 tidak dapat ditulisi")
