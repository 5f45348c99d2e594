"""What lies in the database: days in partitions, a quarantine that stays small, an older database brought along."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import psycopg
from alembic import command

from geo112 import migrations
from geo112.city.load import IMPORT_LOCK
from geo112.tracking import partitions, quarantine
from geo112.tracking.quarantine import Aside
from tests.postgres import Postgres

NOW = datetime(2026, 11, 23, 15, 4, 11, tzinfo=UTC)
KEEP = """
    INSERT INTO fix (device_id, fixed_at, lon, lat, kind, unit_id, at, received_at)
    VALUES (1, %s, 107.5, -6.9, 'fix', 1, now(), now())"""


def in_database(url: str, test: Callable[[psycopg.AsyncConnection], Awaitable[None]]) -> None:
    async def run() -> None:
        address = url.replace("postgresql+psycopg://", "postgresql://")
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await test(connection)

    asyncio.run(run())


def test_a_ping_lies_in_the_partition_of_its_own_day_even_if_it_came_first(empty_database_url: str) -> None:
    today = date(2026, 11, 23)

    async def test(connection: psycopg.AsyncConnection) -> None:
        for day in (-400, -3, 0, 9_000):
            await connection.execute(KEEP, [NOW + timedelta(days=day)])
        await asyncio.gather(partitions.ensure(connection, today))
        await partitions.ensure(connection, today)
        for hour in (0, 8, 9, 24):  # midnight is UTC's
            await connection.execute(
                KEEP, [datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hour, microseconds=-1)]
            )
        found = await connection.execute(
            "SELECT CAST(tableoid AS regclass)::text, count(*) FROM fix GROUP BY 1 ORDER BY 1"
        )
        assert dict(await found.fetchall()) == {
            "fix_20261120": 1,
            "fix_20261122": 1,
            "fix_20261123": 4,
            "fix_other_days": 2,
        }
        unique = await connection.execute(KEEP + " ON CONFLICT DO NOTHING", [NOW])
        assert unique.rowcount == 0, "the keys hold in partitions that were made later"

    in_database(empty_database_url, test)


def test_partitions_are_made_while_a_city_is_imported(empty_database_url: str) -> None:
    """The import holds its lock for minutes, and phones would be told to come again all the while."""

    async def test(connection: psycopg.AsyncConnection) -> None:
        with psycopg.connect(empty_database_url.replace("+psycopg", "")) as importing:
            importing.execute("SELECT pg_advisory_lock(%s)", [IMPORT_LOCK])
            await connection.execute("SET lock_timeout = '5s'")
            await partitions.ensure(connection, NOW.date())

    in_database(empty_database_url, test)


def test_the_quarantine_makes_room_from_the_oldest_unknown(empty_database_url: str) -> None:
    async def test(connection: psycopg.AsyncConnection) -> None:
        made = await connection.execute(
            "INSERT INTO device (sender, label, created_at, created_by) VALUES ('crew', 'x', now(), 'x') RETURNING id"
        )
        device = (await made.fetchone() or (0,))[0]

        def asides(code: str, many: int, device_id: int | None) -> list[Aside]:
            return [Aside("owntracks", code, str(n), "", "::1", NOW, "x" * 100, device_id) for n in range(many)]

        await quarantine.put(connection, asides("unreadable", 4, device))
        await quarantine.put(connection, asides("unknown_key", 10, None))

        async def left() -> list[tuple[str, str]]:
            found = await connection.execute("SELECT code, said_id FROM quarantine ORDER BY id")
            return list(await found.fetchall())

        known = [("unreadable", str(n)) for n in range(4)]
        await quarantine.make_room(connection, 100, 100_000)
        assert len(await left()) == 14
        await quarantine.make_room(connection, 7, 100_000)
        assert await left() == [*known, *(("unknown_key", str(n)) for n in (7, 8, 9))]
        await quarantine.make_room(connection, 7, 550)
        assert await left() == [*known, ("unknown_key", "9")]
        await quarantine.make_room(connection, 2, 550)
        assert await left() == known[2:]
        counts = await connection.execute("SELECT code, put_aside, dropped FROM quarantine_count ORDER BY code")
        assert await counts.fetchall() == [("unknown_key", 10, 10), ("unreadable", 4, 2)]

    in_database(empty_database_url, test)


def test_pings_of_an_older_database_are_brought_along(postgres: Postgres) -> None:
    postgres.admin("CREATE DATABASE of_old")
    url = postgres.url("of_old")
    command.upgrade(migrations.config(url), "0001")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("INSERT INTO opd (code, name, kind) VALUES ('D', 'D', 'fire')")
        connection.execute(
            "INSERT INTO unit (call_sign, opd_id, profile, capabilities, post_name, post)"
            " VALUES ('D-1', 1, 'car', '{}', '', ST_SetSRID(ST_MakePoint(1, 1), 4326))"
        )
        connection.execute(
            "INSERT INTO fix (unit_id, client_id, kind, fixed_at, received_at, lon, lat)"
            " SELECT 1, gen_random_uuid(), 'fix', now() - n * interval '1 s', now(), 107.5, -6.9"
            " FROM generate_series(1, 3) AS n"
        )
        connection.execute(
            "INSERT INTO fix_quarantine (unit_id, client_id, code, received_at, body)"
            " VALUES (1, 'a', 'bad_id', now(), '{}')"
        )
        migrations.upgrade(url)
        pings = "SELECT count(*) FROM fix JOIN device ON device.id = fix.device_id AND device.unit_id = fix.unit_id"
        assert connection.execute(pings).fetchone() == (3,)
        newest = "SELECT (SELECT max(fixed_at) FROM fix) = (SELECT newest_at FROM device)"
        assert connection.execute(newest).fetchone() == (True,), "a resend of these is looked up"
        assert connection.execute("SELECT code, client_id, body FROM quarantine").fetchone() == ("bad_id", "a", "{}")
    postgres.admin("DROP DATABASE of_old WITH (FORCE)")


def test_the_classes_say_what_the_migrations_made(empty_database_url: str) -> None:
    command.check(migrations.config(empty_database_url))
