"""Two workers that follow the same unit at once: real PostgreSQL, rounds side by side, no server."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from geo112.database import driver, sessions
from geo112.dispatching import travel
from geo112.tracking import following, motion_store
from tests.tracking.test_following import CORNER, POST, STEP_S, TKP, line, stand
from tests.world import City


def test_of_two_workers_the_newer_fix_wins_and_nothing_is_proposed_twice(database_url: str) -> None:
    city = City(database_url)
    unit = city.unit("DMK-1", at=POST)
    token = city.token("dispatcher", opd="DAMKAR")
    assert token
    city.sql("UPDATE unit_position SET fixed_at = now() - interval '10 minutes'")
    sent_at = datetime.now(UTC) - timedelta(minutes=9)
    incident = city.sql(
        "INSERT INTO incident (number, type, priority, state, created_at, state_since, tkp)"
        " VALUES ('KU-1', 'fire', 1, 'DISPATCHED', now(), now(), ST_SetSRID(ST_MakePoint(%s, %s), 4326)) RETURNING id",
        TKP.lon, TKP.lat,
    )[0][0]  # fmt: skip
    city.sql(
        "INSERT INTO assignment (incident_id, unit_id, status, status_since, holds_unit, sent_at, sent_by)"
        " VALUES (%s, %s, 'SENT', %s, true, %s, 'system')",
        incident, unit, sent_at, sent_at,
    )  # fmt: skip

    async def race() -> None:
        moment = sent_at
        for place in [*line(POST, CORNER, TKP), *stand(TKP, 60)]:
            moment += timedelta(seconds=STEP_S)
            await asyncio.to_thread(
                city.sql, "UPDATE unit_position SET lon = %s, lat = %s, fixed_at = %s", place.lon, place.lat, moment
            )
            await asyncio.gather(*(following.follow([unit]) for _ in range(4)))
        assert city.sql("SELECT fixed_at, there_since IS NULL FROM unit_motion") == [(moment, False)]
        async with sessions().begin() as session:
            connection = await driver(session)
            assert await motion_store.moved(connection, [unit]) == [], "nothing is left to judge"
            city.sql("UPDATE unit_position SET fixed_at = fixed_at + interval '5 seconds'")
            (newer,) = await motion_store.moved(connection, [unit])
            judged = following.judge([newer], {}, None, travel.ANY_TIME)
            late = [replace(one, motion=one.motion._replace(fixed_at=sent_at)) for one in judged]
            assert await motion_store.save(connection, judged) == {unit}
            assert await motion_store.save(connection, late) == set(), "an older fix comes too late"

    asyncio.run(race())
    assert city.sql("SELECT status, state, count(*) FROM proposal GROUP BY 1, 2 ORDER BY 1") == [
        ("EN_ROUTE", "OPEN", 1),
        ("ON_SCENE", "OPEN", 1),
    ]
