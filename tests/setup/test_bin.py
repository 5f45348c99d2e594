"""The shell side: what bin/lib/setup.sh decides, without installing anything."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def bash(lines: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-c", f"set -euo pipefail; source '{ROOT}/bin/lib/setup.sh'; {lines}"]
    inherited = {name: value for name, value in os.environ.items() if name != "GEO112_PROGRAM_DIR"}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**inherited, **environment}, timeout=60
    )


def test_the_fingerprint_follows_contents_and_ignores_what_builds_leave(tmp_path: Path) -> None:
    (tmp_path / "web" / "src").mkdir(parents=True)
    page = tmp_path / "web" / "src" / "page.ts"
    page.write_text("one")

    def fingerprint() -> str:
        return bash(f"fingerprint_of_tree '{tmp_path}' web").stdout

    first = fingerprint()
    assert len(first.strip()) == 12
    (tmp_path / "web" / "node_modules").mkdir()
    (tmp_path / "web" / "node_modules" / "left.js").write_text("x")
    os.utime(page)
    assert fingerprint() == first
    page.write_text("two")
    assert fingerprint() != first


def test_a_failing_step_names_its_log_and_shows_its_last_lines(tmp_path: Path) -> None:
    failed = bash(
        f"open_log '{tmp_path}'; steps=1; announce 'Trying'; quietly sh -c 'echo the reason; exit 3'; echo went on"
    )
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert "[1/1] Trying…" in failed.stderr
    assert "the reason" in failed.stderr
    assert failed.stderr.endswith(f"Geo112: “Trying” did not succeed. All details: {tmp_path}/setup.log\n")


def test_a_program_folder_that_cannot_be_written_to_is_one_clear_sentence() -> None:
    failed = subprocess.run(
        [ROOT / "bin" / "geo112", "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GEO112_PROGRAM_DIR": "/proc/geo112"},
    )
    assert failed.returncode == 1
    assert failed.stderr == (
        "Geo112: The folder /proc/geo112 cannot be written to. "
        "Choose a place with GEO112_PROGRAM_DIR, or start as another user.\n"
    )


def test_a_python_below_a_closed_folder_is_not_for_others(tmp_path: Path) -> None:
    inside = tmp_path / "closed" / "python3"
    inside.parent.mkdir(mode=0o700)
    inside.touch(0o755)
    assert bash(f"others_may_reach '{inside}'").returncode == 1
    assert bash("others_may_reach /usr/bin/env").returncode == 0


def test_only_the_names_of_set_certificate_and_proxy_variables_are_handed_through_sudo() -> None:
    said = bash("unset SSL_CERT_DIR HTTPS_PROXY; NODE_EXTRA_CA_CERTS=/x; https_proxy=secret; standard_variables").stdout
    names = said.split(",")
    assert {"NODE_EXTRA_CA_CERTS", "https_proxy"} <= set(names)
    assert not {"SSL_CERT_DIR", "HTTPS_PROXY"} & set(names)
    assert "secret" not in said


@pytest.mark.parametrize("command", ["demo", "test"])
def test_help_needs_no_set_up(command: str) -> None:
    said = subprocess.run(
        [ROOT / "bin" / command, "--help"], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
    )
    assert "bin/" + command in said.stdout


def test_the_scan_finds_a_registry_host_and_a_path_of_one_machine(tmp_path: Path) -> None:
    (tmp_path / "clean.md").write_text("Install with pip.\n")
    scan = ["python3", str(ROOT / "bin" / "lib" / "words.py"), str(tmp_path)]
    assert subprocess.run(scan, check=False).returncode == 0
    (tmp_path / "lock.json").write_text('"resolved": "https://registry.' + "npm" + 'js.org/x"\n')
    (tmp_path / "note.md").write_text("fine\nsee /wo" + "rk/main/x\n")
    found = subprocess.run(scan, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert found.stdout.splitlines() == ["lock.json:1: npm" + "js.org", "note.md:2: /wo" + "rk/main"]
