"""Keeps a served city going: workers on one socket, and PostgreSQL where it is ours.

    serve ─► lock of the data folder, port, the application loaded ─► supervise ─┬─ fork ─► worker 1 ─┐ accept from
                                                                                 ├─ fork ─► worker 2 ─┘ the one socket
                                                                                 └─ fork ─► starts PostgreSQL if it died

A worker that ends is forked again in a moment, since all its code is loaded here already, and shared. The socket stays
open meanwhile: who connects waits and is not refused. To fork safely this process stays bare: no thread, no event loop,
no connection, no handler of a signal. Its own death is the service manager's case; the kernel then ends the workers.
"""

import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import psycopg

from geo112.cluster import Cluster
from geo112.errors import DomainError

log = logging.getLogger("geo112.supervisor")

LEAST_WORKERS, MOST_WORKERS = 2, 4  # each may take 22 of the cluster's 100 connections
SHORTEST_S, LONGEST_S = 0.25, 4.0  # between two starts
CALM_S = 10.0
LOOK_EVERY_S = 0.25
STOPS_WITHIN_S = 8.0  # a worker lets requests end for 2 s
STOP = frozenset({signal.SIGINT, signal.SIGTERM})
AWAITED = STOP | {signal.SIGCHLD}
PR_SET_PDEATHSIG = 1  # prctl(2)


def usual_workers() -> int:
    """Return how many workers suit this machine: half its cores, the rest is PostgreSQL's; two, so that one may die."""
    return min(max(LEAST_WORKERS, (os.cpu_count() or 1) // 2), MOST_WORKERS)


def spacing_s(before_s: float, since_last_start_s: float) -> float:
    """Return how far apart the coming starts shall lie: twice as far as before, until there was calm."""
    return SHORTEST_S if since_last_start_s >= CALM_S else min(before_s * 2, LONGEST_S)


def supervise(work: Callable[[], None], workers: int, cluster: Cluster | None) -> None:
    """Keep workers and the database running until SIGTERM or SIGINT, then end the workers gracefully.

    Args:
        work: what a worker does, in a process of its own, until it gets SIGTERM.
        cluster: the database to keep running; None where it is another's.
    """
    kept = [Kept(work, f"Worker {number + 1}") for number in range(workers)]
    if cluster is not None:
        kept.append(Kept(lambda: _start(cluster), is_wanted=lambda: not cluster.is_running()))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
    try:
        while True:
            for one in kept:
                one.look()
            came = signal.sigtimedwait(AWAITED, LOOK_EVERY_S)
            if came is not None and came.si_signo in STOP:
                break
    finally:
        _end(kept)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Kept:
    """A process that is forked again whenever it has ended and is wanted.

    Args:
        run: what it does.
        name: of one that shall always run; its end is told. One without a name tells by itself what it did.
        is_wanted: asked while it does not run.
    """

    def __init__(self, run: Callable[[], None], name: str = "", is_wanted: Callable[[], bool] = lambda: True) -> None:
        self._run, self._name, self._is_wanted = run, name, is_wanted
        self._pid: int | None = None
        self._began = -CALM_S
        self._spacing_s = SHORTEST_S
        self._story = ""

    @property
    def is_running(self) -> bool:
        return self._pid is not None

    def look(self) -> None:
        """Notice whether it has ended, and start it if it is time to."""
        self.reap()
        now = time.monotonic()
        if self._pid is not None or now - self._began < self._spacing_s or not self._is_wanted():
            return
        self._spacing_s = spacing_s(self._spacing_s, now - self._began)
        self._began = now
        self._pid = _fork(self._run)
        if self._story and self._name:
            log.warning("%s; started again as process %d", self._story, self._pid)

    def reap(self) -> None:
        if self._pid is None:
            return
        ended, status = os.waitpid(self._pid, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            self._story = f"{self._name} (process {ended}) {how} after {time.monotonic() - self._began:.0f} s"
            self._pid = None

    def tell(self, number: signal.Signals) -> None:
        if self._pid is not None:
            os.kill(self._pid, number)


def _end(kept: Sequence[Kept]) -> None:
    """Let what runs finish what it does, and kill what takes too long."""
    for number, within_s in ((signal.SIGTERM, STOPS_WITHIN_S), (signal.SIGKILL, STOPS_WITHIN_S)):
        for one in kept:
            one.tell(number)
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            for one in kept:
                one.reap()
            if not any(one.is_running for one in kept):
                return
            signal.sigtimedwait({signal.SIGCHLD}, 0.1)


def _start(cluster: Cluster) -> None:
    began = time.monotonic()
    try:
        was_started = cluster.start()
    except (DomainError, psycopg.Error, OSError) as error:
        words = error.words_en if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"
        log.error("PostgreSQL had ended and does not start: %s", words)
    else:
        if was_started:
            log.warning("PostgreSQL had ended; started again in %.1f s", time.monotonic() - began)


def _fork(run: Callable[[], None]) -> int:
    """Return the number of a new process that does `run` and nothing else, and dies with this one."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setsid()  # Ctrl+C is for the supervisor, which ends its processes in its own way
        signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)
        _die_with(parent)
        run()
        code = 0
    except BaseException:
        log.exception("Process %d ended by an error", os.getpid())
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _die_with(parent: int) -> None:
    """Let the kernel kill this process when its parent dies: it would hold the port, and nobody would watch over it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        os._exit(1)
