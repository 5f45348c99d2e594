"""What a demonstration prints at its end equals what lies in the database, counted by hand."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from geo112.simulation.outcome import Outcome, outcome, words

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Story:
    """Writes rows as the rooms would."""

    def __init__(self, connection: psycopg.Connection[tuple[int]]) -> None:
        self._connection = connection
        opd = self._id("INSERT INTO opd (code, name, kind) VALUES ('DAMKAR', 'Damkar', 'fire') RETURNING id")
        self.unit = self._id(
            "INSERT INTO unit (call_sign, opd_id, profile, capabilities, post_name, post)"
            " VALUES ('DMK-1', %s, 'fire_engine', '{fire}', 'Pos', ST_SetSRID(ST_MakePoint(1, 1), 4326)) RETURNING id",
            opd,
        )
        self._incidents = 0

    def _id(self, statement: str, *values: object) -> int:
        found = self._connection.execute(statement, values).fetchone()  # type: ignore[arg-type]
        assert found is not None
        return found[0]

    def call(self, seconds: float, kind: str | None, state: str = "CLOSED", incident: int | None = None) -> None:
        caller = self._id("INSERT INTO caller (number) VALUES ('+6284000000000') RETURNING id")
        self._id(
            "INSERT INTO call (caller_id, state, call_class, incident_id, received_at)"
            " VALUES (%s, %s, %s, %s, %s) RETURNING id",
            caller,
            state,
            kind,
            incident,
            at(seconds),
        )

    def incident(self, seconds: float, state: str) -> int:
        self._incidents += 1
        return self._id(
            "INSERT INTO incident (number, type, priority, state, created_at, state_since, tkp)"
            " VALUES (%s, 'fire', 1, %s, %s, now(), ST_SetSRID(ST_MakePoint(1, 1), 4326)) RETURNING id",
            f"X-{self._incidents:04d}",
            state,
            at(seconds),
        )

    def assignment(self, incident: int, seconds: float, eta_s: float, **stamps: float) -> int:
        number = self._id(
            "INSERT INTO assignment (incident_id, unit_id, status, status_since, holds_unit, sent_at, sent_by,"
            " eta_s_when_sent, eta_source) VALUES (%s, %s, 'CLEAR', now(), false, %s, 'token:1', %s, 'road')"
            " RETURNING id",
            incident,
            self.unit,
            at(seconds),
            eta_s,
        )
        for status, moment in stamps.items():
            self.stamp(number, status, moment)
        return number

    def stamp(self, assignment: int, status: str, seconds: float, is_applied: bool = True) -> None:
        self._id(
            "INSERT INTO assignment_stamp (assignment_id, status, at, recorded_at, source, actor, is_applied)"
            " VALUES (%s, %s, %s, now(), 'manual', 'token:1', %s) RETURNING id",
            assignment,
            status,
            at(seconds),
            is_applied,
        )

    def ping(self, seconds: float) -> None:
        self._connection.execute(
            "INSERT INTO fix (device_id, unit_id, client_id, kind, fixed_at, at, received_at, lon, lat)"
            " VALUES (1, %s, gen_random_uuid(), 'fix', %s, %s, %s, 1, 1)",
            (self.unit, at(seconds - 60), at(seconds - 60), at(seconds)),
        )


def counted(url: str) -> Outcome:
    async def count() -> Outcome:
        engine = create_async_engine(url)
        async with AsyncSession(engine) as session:
            found = await outcome(session, START)
        await engine.dispose()
        return found

    return asyncio.run(count())


def test_the_outcome_is_what_lies_in_the_database(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url.replace("+psycopg", ""), autocommit=True) as connection:
        story = Story(connection)
        whole = story.incident(10, "CLOSED")
        story.call(5, "emergency", incident=whole)
        story.call(40, "emergency", incident=whole)
        story.assignment(whole, 60, 100, SENT=60, EN_ROUTE=100, ON_SCENE=220, RESOLVED=400)  # 20 of 120 s off
        story.assignment(whole, 60, 100, SENT=60, EN_ROUTE=100, ON_SCENE=210, RESOLVED=400)  # 10 of 110 s
        late = story.incident(20, "ON_SCENE")  # arrived, but at work still
        story.call(15, "emergency", state="LINKED", incident=late)
        story.assignment(late, 70, 100, EN_ROUTE=100, ON_SCENE=150)  # 50 of 50 s
        forced = story.incident(30, "CLOSED")  # closed, but nobody ever arrived
        story.call(25, "emergency", incident=forced)
        number = story.assignment(forced, 80, 100, EN_ROUTE=100, RESOLVED=150)
        story.stamp(number, "ON_SCENE", 160, is_applied=False)
        unreported = story.incident(35, "CLOSED")  # by a desk, without a call
        story.assignment(unreported, 80, 100, SENT=80)
        before = story.incident(-100, "CLOSED")  # before the demonstration began
        story.call(-110, "emergency", incident=before)
        story.call(50, "prank")
        story.call(55, "ghost")
        story.call(56, "ghost")
        story.call(57, None, state="ABANDONED")
        story.call(58, None, state="RINGING")
        for second in (-1, 0, 10, 20):
            story.ping(second)
    found = counted(empty_database_url)
    assert found == Outcome(
        calls={"emergency": 4, "ghost": 2, "abandoned": 1, "open": 1, "prank": 1},
        incidents=4,
        assignments=5,
        arrivals=3,
        whole_way=1,
        pings=3,
        drives=3,
        eta_error_s=20.0,
        eta_error_share=pytest.approx(20 / 120),
    )
    assert found.went_whole_way
    said = words(found)
    assert "9  (4 emergency, 2 ghost, 1 abandoned, 1 open, 1 prank)" in said
    assert "20 s (17% of the drive, 3 drives)" in said


def test_nothing_happened_is_said_too(empty_database_url: str) -> None:
    found = counted(empty_database_url)
    assert not found.went_whole_way
    assert found.eta_error_s is None
    assert "no arrival yet" in words(found)
