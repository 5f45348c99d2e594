"""What the benchmarks of pings rest on: a small run of each, and a check of loss that sees what is lost."""

import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import ingest, live
from tests.bench.interleaved import Report
from tests.bench.pings.serving import CAN_STORE_ALONE, World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="geo112-bench-", ignore_cleanup_errors=True) as folder:
        world = World(Path(folder))
        yield world
        world.stop()


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("BENCH ")
    figures = json.loads(last.removeprefix("BENCH "))
    assert all(isinstance(one, int | float) for one in figures.values())
    return dict(figures)


def test_ingest_tells_its_ratios_and_finds_what_is_lost(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    run = ingest.Ingest(world, ingest.QUICK, Report(random.Random(1), 0.0, 0))
    run.run()
    figures = last_line(capsys)
    assert {"batch50/copy", "batch50/db_only", "overland50/copy", "single/copy", "batch50_p99_ms"} <= figures.keys()
    assert ("with_work/without" in figures) == CAN_STORE_ALONE
    assert figures["missing"] == 0
    assert figures["acknowledged"] >= ingest.QUICK.batched
    with world.connect() as connection:
        gate = connection.execute("SELECT count(*) FROM fix WHERE refused IS NOT NULL OR is_clamped").fetchone()
        assert gate == (0,), "the tracks are such as the gates accept"
        phone = run.fleets["owntracks"].phones[0]
        gone = connection.execute("DELETE FROM fix WHERE device_id = %s", [phone.device_id]).rowcount
        assert gone > 0
        assert run.acknowledged.missing(connection) == gone


def test_live_tells_how_long_a_ping_takes_to_the_screens(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    live.run(world, live.Amount(seconds=3, pings_per_s=40, screens=(5,)), Report(random.Random(1), 0.0, 0))
    figures = last_line(capsys)
    assert {"pings_per_s_5", "hz_5", "ping_to_screen_p50_ms_5", "ping_to_screen_p99_ms_5"} <= figures.keys()
    assert figures["hz_5"] > 0
    assert figures["screens_lost_5"] == 0
    assert 0 < figures["ping_to_screen_p50_ms_5"] < 60_000
