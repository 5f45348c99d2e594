"""Slow (about half a minute): a served town lives by itself, by HTTP alone, until incidents have gone the whole way."""

import asyncio
import logging
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from geo112 import clock
from geo112.city.network import folder_of
from geo112.clock import Anchor
from geo112.simulation import fleet
from geo112.simulation.crews import Habits
from geo112.simulation.outcome import Outcome, outcome
from geo112.simulation.run import Keys, simulate
from routing.network import RoadNetwork
from tests.world import OPDS, City

SPEED = 20.0
ENOUGH = 3  # incidents closed
AT_MOST_S = 60.0


def test_a_served_town_lives_by_itself(city: City, data_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "geo112.simulation")
    began = datetime.now(UTC)
    clock.run_by(Anchor(began, began, SPEED))
    import_id = city.sql("SELECT city_import_id FROM centre")[0][0]
    folder = folder_of(import_id, data_dir)

    async def live() -> Outcome:
        engine = create_async_engine(city.url.replace("postgresql://", "postgresql+psycopg://"))
        async with AsyncSession(engine) as session, session.begin():
            made = await fleet.furnish(session, RoadNetwork.load(folder), seed=5)
        keys = Keys(
            telephony=city.token("telephony"),
            call_taker=city.token("call_taker"),
            dispatchers={code: city.token("dispatcher", opd=code) for code in OPDS},
            crews={unit.call_sign: city.token("crew", unit=unit.call_sign) for unit in made.units},
        )
        stop = asyncio.Event()
        habits = Habits(work_s=(40.0, 80.0), turnout_s=(10.0, 30.0))
        living = asyncio.create_task(
            simulate(city.address, keys, folder, seed=5, verify=False, stop=stop, habits=habits)
        )
        async with asyncio.timeout(AT_MOST_S):
            while not living.done():
                async with AsyncSession(engine) as session:
                    found = await outcome(session, began)
                if found.whole_way >= ENOUGH:
                    break
                await asyncio.sleep(0.5)
        stop.set()
        await living
        await engine.dispose()
        return found

    found = asyncio.run(live())
    assert found.went_whole_way
    assert found.calls["emergency"] >= found.whole_way
    assert found.arrivals >= found.whole_way
    assert found.pings > 50
    assert found.eta_error_share is not None
    assert found.eta_error_share < 0.5
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert city.sql("SELECT count(*) FROM quarantine") == [(0,)]
    # Whoever was sent had the capability that was needed, and nobody was sent twice.
    sent_twice = "SELECT incident_id, unit_id FROM assignment GROUP BY 1, 2 HAVING count(*) > 1"
    assert city.sql(sent_twice) == []


def test_the_simulation_knows_the_server_by_http_alone() -> None:
    looks = "import sys, geo112.simulation.run; sys.exit('geo112.database' in sys.modules or 'psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", looks], check=False).returncode == 0
