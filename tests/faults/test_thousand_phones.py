"""A city's phones come back from a dead zone at once: each has a queue, and none of it is lost, twice or too much."""

import asyncio
import hashlib
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from geo112.tracking.pipeline import MOST_WAITING
from tests.faults.centre import Centre
from tests.faults.phone import Fix, number_of, overland_body

PHONES, QUEUED, BATCH = 1_000, 200, 50
TRIES = 200
AGAIN_AFTER_S = 0.5
HELD_AT_MOST_S = 60.0  # the server refuses when its queue is full, or after 15 s of a database that does not answer
PLAIN = ssl.create_default_context()  # never used, but each client would make one
MOST_MORE_MB = 150  # 50 MB were seen: a full queue, a thousand connections and their bodies

UNITS = """
    INSERT INTO unit (call_sign, opd_id, profile, capabilities, post_name, post)
    SELECT 'RB-' || n, %s, 'fire_engine', ARRAY['fire'], 'Pos', ST_SetSRID(ST_MakePoint(107.5, -11.5), 4326)
      FROM generate_series(1, %s) AS n
 RETURNING id"""
DEVICES = """
    INSERT INTO device (sender, label, unit_id, key_hash, created_at, created_by)
    SELECT 'overland', 'RB', unit_id, key_hash, now(), 'tests'
      FROM unnest(CAST(%s AS bigint[]), CAST(%s AS bytea[])) AS one(unit_id, key_hash)"""

STORED = """
    SELECT count(*), count(DISTINCT fix.lon), max(fix.lon), min(unit_position.lon)
      FROM fix JOIN unit_position USING (unit_id)
     WHERE fix.unit_id = ANY(%s)
     GROUP BY fix.unit_id"""


class Queues:
    """A thousand queues that are sent at once."""

    def __init__(self, address: str, keys: Sequence[str]) -> None:
        self.address, self.keys = address, keys
        self.refused = 0
        self.was_refused = asyncio.Event()
        began = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=QUEUED)
        fixes = [Fix(number, began + timedelta(seconds=number)) for number in range(QUEUED)]
        self.bodies = [overland_body(fixes[first : first + BATCH]) for first in range(0, QUEUED, BATCH)]

    async def flush(self) -> None:
        async with asyncio.TaskGroup() as phones:
            for key in self.keys:
                phones.create_task(self._flush(key))

    async def _flush(self, key: str) -> None:
        """Send one queue over a connection of its own."""
        async with httpx.AsyncClient(base_url=self.address, timeout=120, trust_env=False, verify=PLAIN) as client:
            for body in self.bodies:
                await self._send(client, key, body)

    async def _send(self, client: httpx.AsyncClient, key: str, body: bytes) -> None:
        for _ in range(TRIES):
            answer = await client.post("/ingest/overland", content=body, headers={"Authorization": f"Bearer {key}"})
            if answer.status_code == 200:
                return
            assert answer.status_code == 503, answer.text
            assert int(answer.headers["retry-after"]) > 0
            self.refused += 1
            self.was_refused.set()
            await asyncio.sleep(AGAIN_AFTER_S)
        pytest.fail("a phone was never served")


def resident_mb(pid: int, line: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{line}:")[1].split()[0]) // 1024


async def flush_while_the_database_is_held(centre: Centre, queues: Queues) -> None:
    """Hold the positions until a phone was refused."""
    async with await psycopg.AsyncConnection.connect(centre.cluster.libpq_url()) as holding:
        await holding.execute("LOCK TABLE unit_position IN ACCESS EXCLUSIVE MODE")
        flushing = asyncio.create_task(queues.flush())
        try:
            await asyncio.wait_for(queues.was_refused.wait(), HELD_AT_MOST_S)
        finally:
            await holding.rollback()
    await flushing


def test_a_thousand_queues_at_once_are_stored_once_each_and_memory_stays(centre: Centre) -> None:
    assert PHONES * (BATCH + 1) > MOST_WAITING, "more comes at once than one worker takes"
    units = [unit for (unit,) in centre.city.sql(UNITS, centre.city.opd("DAMKAR"), PHONES)]
    keys = [hashlib.md5(str(unit).encode()).hexdigest() for unit in units]
    centre.city.sql(DEVICES, units, [hashlib.sha256(key.encode()).digest() for key in keys])
    with centre.served(workers=1):
        (worker,) = centre.workers()
        before = resident_mb(worker, "VmRSS")

        async def run() -> int:
            queues = Queues(centre.city.address, keys)
            await flush_while_the_database_is_held(centre, queues)
            return queues.refused

        refused = asyncio.run(run())
        peak = resident_mb(worker, "VmHWM")
        print(f"{PHONES * QUEUED} fixes, {refused} batches refused, {before} MB before, {peak} MB at most")
        assert centre.workers() == [worker], "it did not have to be started again"
        assert peak - before < MOST_MORE_MB
    assert refused > 0
    stored = centre.city.sql(STORED, units)
    newest = QUEUED - 1
    assert [(count, different, number_of(last), number_of(marker)) for count, different, last, marker in stored] == [
        (QUEUED, QUEUED, newest, newest)
    ] * PHONES
