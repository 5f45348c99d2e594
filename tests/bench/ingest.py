"""Durable ingest beside what PostgreSQL can do at most, in turn, in one run. What it says: docs/benchmarks.md.

bin/bench ingest            eight rounds
SMALL=1 bin/bench ingest    three short rounds, about a minute

Every round runs raw COPY, the database alone, batches of 50 and single pings over HTTP, in random order, on one durable
cluster. Prints medians, and last a line `BENCH {json}`: `batch50/copy` is ours divided by the reference. Every run ends
by looking for each acknowledged fix in the database.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psycopg

from tests.bench.interleaved import Report, percentile
from tests.bench.pings import reference
from tests.bench.pings.fleet import Fleet
from tests.bench.pings.phones import send_all
from tests.bench.pings.serving import CAN_STORE_ALONE, Server, World
from tests.bench.pings.stored import Acknowledged

SEED = 112
UNITS = 600  # of each kind of sender
BATCH = 50
BATCH_SIZES = (500, 1_000, 2_000, 5_000, 10_000)  # rows a commit that are tried for the database alone


class Amount(NamedTuple):
    """How much a round does."""

    rounds: int
    copied: int  # rows of raw COPY
    kept: int  # rows of the database alone
    batched: int  # fixes in batches
    single: int  # messages of one fix
    connections: int  # of batches
    single_connections: int


WHOLE = Amount(rounds=8, copied=200_000, kept=100_000, batched=120_000, single=24_000, connections=32,
               single_connections=128)  # fmt: skip
SMALL = Amount(rounds=3, copied=100_000, kept=40_000, batched=48_000, single=8_000, connections=32,
               single_connections=128)  # fmt: skip
QUICK = Amount(rounds=1, copied=5_000, kept=5_000, batched=3_200, single=640, connections=8, single_connections=16)


@dataclass(slots=True)
class Measured:
    """What a way to store has done, one number a round."""

    rows_per_s: list[float] = field(default_factory=list)
    spent_ms: list[float] = field(default_factory=list)  # one a message, over all rounds
    cpu_us: list[tuple[float, float, float]] = field(default_factory=list)  # a row: server, PostgreSQL, client


def main() -> None:
    amount = SMALL if os.environ.get("SMALL") == "1" else WHOLE
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, shared by server, PostgreSQL and client")
    with tempfile.TemporaryDirectory(prefix="geo112-bench-", ignore_cleanup_errors=True) as folder:
        world = World(Path(folder))
        try:
            Ingest(world, amount, Report(random.Random(SEED), 0.0, 0)).run()
        finally:
            world.stop()


class Ingest:
    """One run."""

    def __init__(self, world: World, amount: Amount, report: Report) -> None:
        self.world, self.amount, self.report = world, amount, report
        self.rng = random.Random(SEED)
        self.measured: dict[str, Measured] = {}
        self.acknowledged = Acknowledged()
        with world.connect() as connection:
            self.fleets = {
                name: Fleet(connection, world.network, name, sender, UNITS, self.rng)
                for name, sender in (("reference", "crew"), ("crew", "crew"), ("overland", "overland"),
                                     ("owntracks", "owntracks"))
            }  # fmt: skip
            connection.execute(reference.PLAIN)

    def run(self) -> None:
        with self.world.connect() as connection:
            connection.execute(reference.STAGE)
            way = self._best_way(connection)
            for number in range(self.amount.rounds):
                self._round(connection, way, number)
        self._tell()
        with self.world.connect() as connection:
            missing = self.acknowledged.missing(connection)
        self.report.figure("acknowledged", len(self.acknowledged), "fixes over HTTP")
        self.report.figure("missing", missing, "of them not in the database")
        self.report.end()
        if missing:
            raise SystemExit("Acknowledged fixes are missing.")

    def _best_way(self, connection: psycopg.Connection) -> tuple[str, int]:
        """Return how the database alone keeps best, and with how many rows a commit."""
        spent: dict[tuple[str, int], float] = {}
        for size in BATCH_SIZES:
            for way in reference.WAYS:
                rows = max(self.amount.kept // 2, size)
                streams = reference.parts(self._rows(rows), size)
                began = time.perf_counter()
                reference.keep(connection, streams, way)
                spent[way, size] = rows / (time.perf_counter() - began)
                print(f"database alone, {way:12s} {size:6d} rows a commit {spent[way, size]:10.0f} rows/s", flush=True)
        return max(spent, key=spent.__getitem__)

    def _round(self, connection: psycopg.Connection, way: tuple[str, int], number: int) -> None:
        amount = self.amount
        connection.execute("TRUNCATE plain")
        works: list[Callable[[], None]] = [
            lambda: self._copied(connection),
            lambda: self._kept(connection, *way),
        ]
        factories = ["whole", "storing_alone"] if CAN_STORE_ALONE else ["whole"]
        works += [lambda factory=factory: self._served(factory) for factory in factories]
        for work in self.rng.sample(works, len(works)):
            work()
        print(f"round {number + 1} of {amount.rounds}: " + ", ".join(
            f"{name} {one.rows_per_s[-1]:.0f}" for name, one in self.measured.items()), flush=True)  # fmt: skip

    def _copied(self, connection: psycopg.Connection) -> None:
        streams = reference.parts(self._rows(self.amount.copied), reference.RAW_ROWS)
        seconds = _clocked_s(lambda: reference.copy_raw(connection, streams))
        self._of("copy").rows_per_s.append(self.amount.copied / seconds)

    def _kept(self, connection: psycopg.Connection, way: str, size: int) -> None:
        streams = reference.parts(self._rows(self.amount.kept), size)
        seconds = _clocked_s(lambda: reference.keep(connection, streams, way))
        self._of("db_only").rows_per_s.append(self.amount.kept / seconds)

    def _rows(self, many: int) -> list[bytes]:
        fleet = self.fleets["reference"]
        each = -(-many // UNITS)
        found: list[bytes] = []
        for device in range(UNITS):
            found += reference.as_copy(fleet.tracks.take(device, each), fleet.phones)
        self.rng.shuffle(found)
        return found[:many]

    def _served(self, factory: str) -> None:
        amount = self.amount
        with self.world.served(factory) as server:
            suffix = "" if factory == "whole" else "_storing_alone"
            self._send(server, "crew", "", amount.batched // 8, BATCH, amount.connections)  # warm
            works = [
                ("crew", f"batch50{suffix}", amount.batched, BATCH, amount.connections),
                ("overland", f"overland50{suffix}", amount.batched, BATCH, amount.connections),
                ("owntracks", f"single{suffix}", amount.single, 1, amount.single_connections),
            ]
            for work in self.rng.sample(works, len(works)):
                self._send(server, *work)

    def _send(self, server: Server, fleet: str, name: str, fixes: int, fixes_of_one: int, connections: int) -> None:
        queues = self.fleets[fleet].requests(connections, fixes, fixes_of_one)
        before = server.cpu_s(), self.world.database_cpu_s()
        told = send_all(server.port, queues)
        workers = [after - early for after, early in zip(server.cpu_s(), before[0], strict=True)]
        spent = sum(workers), self.world.database_cpu_s() - before[1], told.cpu_s
        if told.refused:
            raise SystemExit(f"{len(told.refused)} messages were refused: {told.refused[0]!r}")
        self.acknowledged.add(queues, told.acknowledged, self.fleets[fleet].phones)
        if name:
            sent = sum(len(request.fixes) for queue in queues for request in queue)
            found = self._of(name)
            found.rows_per_s.append(sent / told.elapsed_s)
            found.spent_ms += told.spent_ms
            found.cpu_us.append(tuple(1e6 * one / sent for one in spent))  # type: ignore[arg-type]

    def _of(self, name: str) -> Measured:
        return self.measured.setdefault(name, Measured())

    def _tell(self) -> None:
        print()
        report, middle = self.report, {name: median(one.rows_per_s) for name, one in self.measured.items()}
        for name, one in self.measured.items():
            words = ""
            if one.cpu_us:
                server, database, client = (median(each) for each in zip(*one.cpu_us, strict=True))
                words = f"CPU µs a fix: server {server:.1f}, PostgreSQL {database:.1f}, client {client:.1f}"
            report.figure(f"{name}_rows_per_s", middle[name], words)
        for name, one in self.measured.items():
            if one.spent_ms:
                report.figure(f"{name}_p50_ms", percentile(one.spent_ms, 50))
                report.figure(f"{name}_p99_ms", percentile(one.spent_ms, 99))
        for ours, reference_name, goal in GOALS:
            if ours in middle and reference_name in middle:
                report.figure(f"{ours}/{reference_name}", middle[ours] / middle[reference_name], f"goal {goal}")
        if CAN_STORE_ALONE:
            with_work = median(self._ratios("batch50", "batch50_storing_alone"))
            report.figure("with_work/without", with_work, "goal 0.6; batches of 50")
        else:
            report.leave_out("with_work/without", "this server does no work after a commit that could be left out")

    def _ratios(self, ours: str, theirs: str) -> Sequence[float]:
        pairs = zip(self.measured[ours].rows_per_s, self.measured[theirs].rows_per_s, strict=True)
        return [one / other for one, other in pairs]


GOALS = (
    ("batch50", "copy", 0.12),
    ("batch50", "db_only", 0.70),
    ("overland50", "copy", 0.12),
    ("overland50", "db_only", 0.70),
    ("single", "copy", 0.02),
)


def _clocked_s(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
