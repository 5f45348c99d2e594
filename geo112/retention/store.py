"""What is deleted of each class, and of nothing else; and what the journal says of earlier deletions."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.database import row, rows
from geo112.tracking import partitions

TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:lock) AS mine")

# Dropping a partition locks the whole history for a moment: who waits long for that holds up every phone.
BE_BRIEF = text("SET LOCAL lock_timeout = '3s'")
PARTITIONS = text(
    "SELECT CAST(CAST(inhrelid AS regclass) AS text) AS name FROM pg_inherits"
    " WHERE inhparent = CAST('fix' AS regclass) ORDER BY 1"
)
OTHER_DAYS = text("DELETE FROM fix_other_days WHERE received_at < :before")
QUARANTINE = text("DELETE FROM quarantine WHERE received_at < :before")

# Who rang is as old as the newest call or incident that tells of it. The row stays, for both name its id.
CALLERS = text("""
    WITH old AS (
            SELECT caller_id
              FROM (SELECT caller_id, received_at AS at FROM call
                     UNION ALL
                    SELECT caller_id, created_at FROM incident WHERE caller_id IS NOT NULL) AS used
             GROUP BY caller_id
            HAVING max(at) < :before)
    UPDATE caller SET number = NULL, name = NULL, address = NULL, words = NULL, landmark = NULL
      FROM old
     WHERE caller.id = old.caller_id
       AND num_nonnulls(number, name, address, words, landmark) > 0""")

LAST = text("""
    SELECT DISTINCT ON (value ->> 'class') value ->> 'class' AS code, at, CAST(value ->> 'rows' AS bigint) AS rows
      FROM journal
     WHERE object = 'retention'
     ORDER BY value ->> 'class', id DESC""")


async def is_mine(session: AsyncSession, lock: int) -> bool:
    """Say whether no other process is deleting; none will until this transaction ends."""
    found = await row(session, TRY_LOCK, lock=lock)
    return found is not None and bool(found.mine)


async def delete_pings(session: AsyncSession, before: datetime) -> int:
    """Drop each day that is over and arrived before `before`; where days have no partition, delete what arrived before.

    A day on which a phone brought something later, from a long dead zone or by a wrong clock, waits for that.
    """
    deleted = await _delete(session, OTHER_DAYS, before)
    dropped = []
    for (name,) in await rows(session, PARTITIONS):
        day = partitions.day_of(name)
        if day is None or day + timedelta(days=1) > before:
            continue
        found = await row(session, text(f"SELECT count(*) AS many, max(received_at) AS last FROM {name}"))  # noqa: S608
        assert found is not None
        if found.last is None or found.last < before:
            dropped.append(name)
            deleted += int(found.many)
    if dropped:
        await session.execute(BE_BRIEF)
        await session.execute(text(f"DROP TABLE {', '.join(dropped)}"))
    return deleted


async def delete_quarantine(session: AsyncSession, before: datetime) -> int:
    return await _delete(session, QUARANTINE, before)


async def forget_callers(session: AsyncSession, before: datetime) -> int:
    """Forget who rang and what was said; the calls and the incidents stay."""
    return await _delete(session, CALLERS, before)


async def last_deletions(session: AsyncSession) -> dict[str, Any]:
    """Return the newest journal entry of each class."""
    return {one.code: one for one in await rows(session, LAST)}


async def _delete(session: AsyncSession, statement: TextClause, before: datetime) -> int:
    done = await session.execute(statement, {"before": before})
    assert isinstance(done, CursorResult)
    return done.rowcount
