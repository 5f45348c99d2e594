"""Partitions of the history, one a day (UTC) of the phones' own time. What has none lies in fix_other_days."""

import re
from datetime import UTC, date, datetime, timedelta

import psycopg

LOCK = 112_000_004
BEFORE, AFTER = 7, 2  # days around today: a queue of a week finds its days, tomorrow is there before midnight

OTHER_DAYS = "fix_other_days"
PRESENT = "SELECT CAST(inhrelid AS regclass)::text FROM pg_inherits WHERE inhparent = CAST('fix' AS regclass)"


async def ensure(connection: psycopg.AsyncConnection, today: date) -> None:
    """Make the missing partitions around `today`, each in a transaction of its own."""
    for offset in range(-BEFORE, AFTER + 1):
        day = today + timedelta(days=offset)
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            present = {name for (name,) in await (await connection.execute(PRESENT)).fetchall()}
            if f"fix_{day:%Y%m%d}" not in present:
                await _make(connection, day)


def day_of(name: str) -> datetime | None:
    """Return when the day of a partition begins, or None for fix_other_days."""
    found = re.fullmatch(r"fix_(\d{8})", name)
    return datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=UTC) if found else None


async def _make(connection: psycopg.AsyncConnection, day: date) -> None:
    """Make the partition of a day, and move what came before it was there."""
    name, first, last = f"fix_{day:%Y%m%d}", day.isoformat(), (day + timedelta(days=1)).isoformat()
    days = f"'{first} 00:00:00+00' AND fixed_at < '{last} 00:00:00+00'"
    for statement in (
        "LOCK TABLE fix_other_days IN SHARE ROW EXCLUSIVE MODE",
        f"CREATE TABLE {name} (LIKE fix INCLUDING ALL)",
        f"WITH moved AS (DELETE FROM fix_other_days WHERE fixed_at >= {days} RETURNING *)"  # noqa: S608  (a date)
        f" INSERT INTO {name} SELECT * FROM moved",
        f"ALTER TABLE fix ATTACH PARTITION {name} FOR VALUES FROM ('{first} 00:00:00+00') TO ('{last} 00:00:00+00')",
    ):
        await connection.execute(statement)
