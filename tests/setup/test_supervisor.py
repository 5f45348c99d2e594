"""The supervisor by itself, with workers that do nothing but what a test wants to see."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from geo112.supervisor import CALM_S, LONGEST_S, SHORTEST_S, spacing_s
from tests.processes import children, is_alive

ROOT = Path(__file__).parents[2]
SUPERVISE = """
import os, signal, sys, time
from geo112 import supervisor
supervisor.STOPS_WITHIN_S = 1.0
def note(word): os.write(1, f"{word} {os.getpid()} {time.monotonic()}\\n".encode())
def idle():
    signal.signal(signal.SIGTERM, lambda *_: (note("ends"), os._exit(0)))
    note("begins")
    while True: time.sleep(60)
def stubborn():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note("begins")
    while True: time.sleep(60)
def broken():
    note("begins")
    raise ValueError("broken on purpose")
supervisor.supervise(globals()[sys.argv[1]], int(sys.argv[2]), None)
note("over")
"""


class Supervised:
    """A supervisor as a process of its own."""

    def __init__(self, work: str, workers: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, work, str(workers)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def hear(self) -> tuple[str, int, float]:
        """Return the next word of one of its processes, with number and time."""
        assert self.process.stdout is not None
        word, pid, at = self.process.stdout.readline().split()
        return word, int(pid), float(at)

    def rest(self) -> list[str]:
        out, _ = self.process.communicate(timeout=30)
        return [line.split()[0] for line in out.splitlines()]


@pytest.fixture
def supervised(request: pytest.FixtureRequest) -> Iterator[Supervised]:
    made = Supervised(*request.param)
    yield made
    made.process.kill()
    made.process.wait()


def test_starts_lie_ever_farther_apart_until_there_was_calm() -> None:
    lies = [SHORTEST_S]
    for _ in range(8):
        lies.append(spacing_s(lies[-1], since_last_start_s=1.0))
    assert lies == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0]
    assert max(lies) == LONGEST_S
    assert spacing_s(LONGEST_S, since_last_start_s=CALM_S) == SHORTEST_S


@pytest.mark.parametrize("supervised", [("idle", 2)], indirect=True)
def test_who_is_killed_is_there_again_and_the_other_is_left_alone(supervised: Supervised) -> None:
    one, other = sorted(supervised.hear()[1] for _ in range(2))
    subprocess.run(["kill", "-9", str(one)], check=True)
    word, third, _ = supervised.hear()
    assert word == "begins"
    assert set(children(supervised.process.pid)) == {other, third}
    supervised.process.send_signal(signal.SIGTERM)
    assert supervised.rest() == ["ends", "ends", "over"]
    assert supervised.process.returncode == 0


@pytest.mark.parametrize("supervised", [("broken", 1)], indirect=True)
def test_a_worker_that_ends_at_once_is_not_started_without_a_pause(supervised: Supervised) -> None:
    at = [supervised.hear()[2] for _ in range(4)]
    pauses = [later - earlier for earlier, later in pairwise(at)]
    assert all(pause >= wanted for pause, wanted in zip(pauses, (0.24, 0.49, 0.99), strict=True)), pauses
    supervised.process.send_signal(signal.SIGINT)
    assert supervised.rest()[-1] == "over"


@pytest.mark.parametrize("supervised", [("stubborn", 2)], indirect=True)
def test_who_does_not_end_is_killed_after_a_while(supervised: Supervised) -> None:
    workers = [supervised.hear()[1] for _ in range(2)]
    supervised.process.send_signal(signal.SIGTERM)
    assert supervised.rest() == ["over"]
    assert not any(is_alive(pid) for pid in workers)


@pytest.mark.parametrize("supervised", [("stubborn", 2)], indirect=True)
def test_when_the_supervisor_is_killed_so_are_its_workers(supervised: Supervised) -> None:
    workers = [supervised.hear()[1] for _ in range(2)]
    assert all(is_alive(pid) for pid in workers)
    supervised.process.kill()
    supervised.process.wait()
    until = time.monotonic() + 10
    while any(is_alive(pid) for pid in workers):
        assert time.monotonic() < until, "a worker lives on"
        time.sleep(0.01)
