"""Each class is cut at its age and not a moment earlier; what has no age stays; the journal tells of every deletion."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from geo112.database import engine
from geo112.retention.service import CLASSES, LOCK, Cut, retain, seconds_until
from geo112.settings import settings
from geo112.tracking import partitions
from tests.town import crossing
from tests.world import City

NOW = datetime(2026, 11, 23, 15, 4, 11, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)


class Centre:
    """A database to put old things into."""

    def __init__(self, url: str) -> None:
        self.url = url.replace("+psycopg", "")

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            done = connection.execute(statement, values)  # type: ignore[arg-type]
            return done.fetchall() if done.description else []

    def days(self, *days_ago: int) -> None:
        """Make the partitions of days as the server made them then."""

        async def make() -> None:
            async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
                for ago in days_ago:
                    await partitions.ensure(connection, (NOW - timedelta(days=ago)).date())

        asyncio.run(make())

    def ping(self, fixed_at: datetime, received_at: datetime | None = None) -> None:
        self.sql(
            "INSERT INTO fix (device_id, fixed_at, lon, lat, kind, unit_id, at, received_at)"
            " VALUES (1, %s, 107.5, -6.9, 'fix', 1, %s, %s)",
            fixed_at,
            fixed_at,
            received_at or fixed_at,
        )

    def call(self, received_at: datetime, number: str) -> int:
        ((caller,),) = self.sql(
            "INSERT INTO caller (number, name, address, words, landmark) VALUES (%s, 'Sri', 'Jl X', 'api', 'warung')"
            " RETURNING id",
            number,
        )
        self.sql(
            "INSERT INTO call (caller_id, state, received_at, note) VALUES (%s, 'CLOSED', %s, 'api padam')",
            caller,
            received_at,
        )
        return int(caller)

    def aside(self, received_at: datetime, body: str) -> None:
        self.sql(
            "INSERT INTO quarantine (sender, code, said_id, client_id, address, received_at, body)"
            " VALUES ('osmand', 'unreadable', '', '', '', %s, %s)",
            received_at,
            body,
        )

    def journalled(self) -> list[tuple[str, int, str]]:
        found = self.sql("SELECT value FROM journal WHERE kind = 'retention.deleted' ORDER BY id")
        return [(value["class"], value["rows"], value["before"]) for (value,) in found]

    def partitions(self) -> set[str]:
        return {name for (name,) in self.sql(partitions.PRESENT)}


def run(done: Awaitable[list[Cut]]) -> list[Cut]:
    async def through() -> list[Cut]:
        try:
            return await done
        finally:
            await engine().dispose()

    return asyncio.run(through())


def cut(now: datetime = NOW, **more: Any) -> dict[str, int | None]:
    return {one.code: one.rows for one in run(retain(now, **more))}


@pytest.fixture
def centre(database_url: str) -> Centre:
    return Centre(database_url)


def test_a_day_of_pings_goes_when_all_of_it_is_180_days_old(centre: Centre) -> None:
    first = datetime(2026, 5, 1, tzinfo=UTC)
    centre.days((NOW - first).days)
    for hour in (0, 12, 23):
        centre.ping(first + timedelta(hours=hour))
        centre.ping(first + timedelta(days=1, hours=hour))
    over = first + timedelta(days=181)
    assert cut(over - MOMENT)["pings"] == 0
    assert "fix_20260501" in centre.partitions()
    assert cut(over)["pings"] == 3
    assert "fix_20260501" not in centre.partitions()
    assert "fix_20260502" in centre.partitions()
    assert centre.sql("SELECT count(*) FROM fix") == [(3,)]
    assert centre.journalled()[-1][:2] == ("pings", 3)
    assert cut(over)["pings"] == 0


def test_a_day_that_a_phone_brought_something_to_later_waits_for_it(centre: Centre) -> None:
    first = datetime(2026, 5, 1, tzinfo=UTC)
    centre.days((NOW - first).days)
    centre.ping(first)
    centre.ping(first + timedelta(hours=1), received_at=first + timedelta(days=20))
    assert cut(first + timedelta(days=181))["pings"] == 0
    assert cut(first + timedelta(days=200))["pings"] == 0, "exactly 180 days is not over yet"
    assert cut(first + timedelta(days=200) + MOMENT)["pings"] == 2


def test_pings_of_absurd_days_go_by_when_they_came(centre: Centre) -> None:
    age = timedelta(days=180)
    for fixed_at in (datetime(1970, 1, 1, tzinfo=UTC), datetime(2061, 1, 1, tzinfo=UTC)):
        centre.ping(fixed_at, received_at=NOW - age - MOMENT)
        centre.ping(fixed_at + timedelta(hours=1), received_at=NOW - age)
    assert cut()["pings"] == 2
    assert centre.sql("SELECT count(*) FROM fix_other_days WHERE received_at = %s", NOW - age) == [(2,)]
    assert "fix_other_days" in centre.partitions()


def test_the_quarantine_goes_after_30_days(centre: Centre) -> None:
    centre.aside(NOW - timedelta(days=30) - MOMENT, "old")
    centre.aside(NOW - timedelta(days=30), "young")
    assert cut()["quarantine"] == 1
    assert centre.sql("SELECT body FROM quarantine") == [("young",)]


def test_who_rang_is_forgotten_after_a_year_and_the_call_stays(centre: Centre) -> None:
    year = timedelta(days=365)
    old = centre.call(NOW - year - MOMENT, "0811")
    young = centre.call(NOW - year, "0812")
    again = centre.call(NOW - 2 * year, "0813")
    centre.sql("INSERT INTO call (caller_id, state, received_at) VALUES (%s, 'CLOSED', %s)", again, NOW)
    for caller, number in ((old, "U-1"), (young, "U-2")):
        centre.sql(
            "INSERT INTO incident (number, type, priority, state, created_at, state_since, caller_id)"
            " VALUES (%s, 'fire', 1, 'DRAFT', %s, now(), %s)",
            number,
            NOW - year - MOMENT,
            caller,
        )
    assert cut()["callers"] == 1
    who = "SELECT number, name, address, words, landmark FROM caller WHERE id = %s"
    assert centre.sql(who, old) == [(None,) * 5]
    assert centre.sql(who, young) == [("0812", "Sri", "Jl X", "api", "warung")]
    assert centre.sql(who, again)[0][0] == "0813", "an older call of somebody who rang lately"
    assert centre.sql("SELECT count(*), count(note) FROM call") == [(4, 3)]
    assert centre.sql("SELECT count(*), count(caller_id) FROM incident") == [(2, 2)]
    assert cut()["callers"] == 0, "what is forgotten is not counted again"


def test_incidents_calls_and_the_journal_stay_for_good(city: City) -> None:
    city.unit("DMK-1", at=crossing(0, 0))
    number = city.fire(crossing(0, 1))["number"]
    city.desk("telephony").ok("POST", "/api/calls", json={"ani": "0811"})
    tables = ("incident", "incident_track", "incident_stamp", "call", "caller", "journal")
    before = {table: city.sql(f"SELECT count(*) FROM {table}")[0][0] for table in tables}  # noqa: S608
    in_an_engine_of_its_own(datetime.now(UTC) + timedelta(days=40_000))
    assert {table: city.sql(f"SELECT count(*) FROM {table}")[0][0] for table in tables} == before  # noqa: S608
    assert city.sql("SELECT number FROM incident") == [(number,)]
    assert city.sql("SELECT number FROM caller WHERE number IS NOT NULL") == [], "the time was far enough"


def in_an_engine_of_its_own(before: datetime) -> None:
    """Delete all that every class holds, beside a server that works with this process's engine."""

    async def delete() -> None:
        own = create_async_engine(settings().database_url)
        async with AsyncSession(own) as session:
            for one in CLASSES:
                await one.delete(session, before)
            await session.commit()
        await own.dispose()

    asyncio.run(delete())


def test_the_journal_tells_what_went_and_nothing_of_whom(centre: Centre) -> None:
    centre.call(NOW - timedelta(days=400), "081299114471")
    centre.aside(NOW - timedelta(days=31), "geheim")
    cut()
    entries = centre.sql(
        "SELECT kind, object, actor, roles, value FROM journal WHERE kind LIKE 'retention%%' ORDER BY id"
    )
    assert [(kind, object, actor) for kind, object, actor, *_ in entries] == [
        ("retention.deleted", "retention", "system")
    ] * 2
    assert centre.journalled() == [
        ("quarantine", 1, "2026-10-24T15:04:11.000Z"),
        ("callers", 1, "2025-11-23T15:04:11.000Z"),
    ]
    assert all(set(roles) == {"supervisor", "administrator"} for _, _, _, roles, _ in entries)
    told = json.dumps([value for *_, value in entries])
    assert not [word for word in ("0812", "Sri", "Jl X", "warung", "geheim") if word in told]


def test_a_dry_run_counts_the_same_and_deletes_nothing(centre: Centre) -> None:
    centre.days(200)
    centre.ping(NOW - timedelta(days=200))
    centre.aside(NOW - timedelta(days=31), "old")
    centre.call(NOW - timedelta(days=400), "0811")
    before = centre.partitions()
    counted = cut(dry_run=True)
    assert counted == {"pings": 1, "quarantine": 1, "callers": 1}
    assert (centre.partitions(), centre.journalled()) == (before, [])
    assert centre.sql("SELECT number FROM caller") == [("0811",)]
    assert cut() == counted


def test_a_class_that_fails_does_not_stop_the_others_and_deletes_nothing_itself(centre: Centre) -> None:
    """The history is locked by somebody who does not let go."""
    centre.days(200)
    centre.ping(NOW - timedelta(days=200))
    centre.ping(datetime(1970, 1, 1, tzinfo=UTC), received_at=NOW - timedelta(days=200))
    centre.aside(NOW - timedelta(days=31), "old")
    with psycopg.connect(centre.url) as other:
        other.execute("LOCK TABLE fix IN ROW EXCLUSIVE MODE")
        done = {one.code: one for one in run(retain(NOW))}
    assert (done["pings"].rows, bool(done["pings"].error)) == (None, True)
    assert done["quarantine"].rows == 1
    assert centre.sql("SELECT count(*) FROM fix") == [(2,)]
    assert [code for code, *_ in centre.journalled()] == ["quarantine"]
    assert cut()["pings"] == 2, "the next time it is its turn"


def test_while_another_process_is_at_it_this_one_leaves_it_alone(centre: Centre) -> None:
    centre.aside(NOW - timedelta(days=31), "old")
    with psycopg.connect(centre.url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        assert set(cut().values()) == {None}
    assert cut()["quarantine"] == 1


def test_what_is_deleted_is_deleted_with_its_journal_entry_or_not_at_all(centre: Centre) -> None:
    centre.aside(NOW - timedelta(days=31), "old")
    broken = replace(CLASSES[1], delete=_delete_then_break)
    done = run(retain(NOW, classes=[broken]))
    assert done[0].error
    assert centre.sql("SELECT count(*) FROM quarantine") == [(1,)]


async def _delete_then_break(session: AsyncSession, before: datetime) -> int:
    await CLASSES[1].delete(session, before)
    await session.execute(text("SELECT 1 / 0"))
    return 1


def test_the_days_are_set_by_the_operator(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    centre.aside(NOW - timedelta(days=8), "old")
    assert cut()["quarantine"] == 0
    monkeypatch.setenv("GEO112_KEEP_QUARANTINE_DAYS", "7")
    settings.cache_clear()
    assert cut()["quarantine"] == 1


def test_a_supervisor_reads_how_long_things_are_kept(city: City) -> None:
    city.sql(
        "INSERT INTO quarantine (sender, code, said_id, client_id, address, received_at, body)"
        " VALUES ('osmand', 'unreadable', '', '', '', now() - interval '31 days', '')"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-m", "geo112.cli", "--city", "uji", "retain"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    said = city.desk("supervisor").ok("GET", "/api/retention")
    assert {one["code"]: one["days"] for one in said} == {"pings": 180, "quarantine": 30, "callers": 365}
    assert {one["code"]: one["deleted_rows"] for one in said} == {"pings": None, "quarantine": 1, "callers": None}


@pytest.mark.parametrize(
    ("now", "hours"),
    [("2026-11-23T20:00:01+07:00", 7), ("2026-11-23T02:00:00+07:00", 1), ("2026-11-23T03:00:00+07:00", 24)],
)
def test_it_waits_until_three_in_the_morning_of_the_centre(now: str, hours: int) -> None:
    wait_s = seconds_until(time(3), datetime.fromisoformat(now).astimezone(UTC), ZoneInfo("Asia/Jakarta"))
    assert wait_s == pytest.approx(hours * 3600, abs=2)
