"""Each class of data is deleted when its time is over: once a day by the server, or by `geo112 retain`.

    CLASSES ─► a transaction each: mine? ─► delete ─► journal: class, rows, up to when ─► commit

Incidents, calls and the journal are in no class: they stay for good. A class that fails does not stop the others.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from geo112 import clock, journal
from geo112.database import sessions
from geo112.retention import store
from geo112.settings import Settings, settings

log = logging.getLogger("geo112.retention")

LOCK = 112_000_005
QUIET_HOUR = time(3)  # of the centre's zone
FIRST_S = 600.0  # real seconds after a start: a machine that is off at night has its turn as well
AGAIN_S = 3_600.0  # after a class has failed


@dataclass(frozen=True, slots=True)
class DataClass:
    """What is kept for a while."""

    code: str
    words_id: str
    words_en: str
    setting: str  # that an operator changes it by
    days: Callable[[Settings], int]
    delete: Callable[[AsyncSession, datetime], Awaitable[int]]  # what is older than a moment; returns how many rows


CLASSES = (
    DataClass(
        "pings",
        "Posisi mentah dari ponsel",
        "Raw positions of phones",
        "GEO112_KEEP_PINGS_DAYS",
        lambda of: of.keep_pings_days,
        store.delete_pings,
    ),
    DataClass(
        "quarantine",
        "Karantina",
        "Quarantine",
        "GEO112_KEEP_QUARANTINE_DAYS",
        lambda of: of.keep_quarantine_days,
        store.delete_quarantine,
    ),
    DataClass(
        "callers",
        "Identitas dan ucapan penelepon",
        "Callers' identity and words",
        "GEO112_KEEP_CALLERS_DAYS",
        lambda of: of.keep_callers_days,
        store.forget_callers,
    ),
)


@dataclass(frozen=True, slots=True)
class Cut:
    """What became of a class."""

    code: str
    before: datetime
    rows: int | None  # None: it failed, or another process is at it
    error: str | None = None


async def retain(now: datetime, *, dry_run: bool = False, classes: Sequence[DataClass] = CLASSES) -> list[Cut]:
    """Delete what is older than its class allows at `now`, by the centre's clock; with `dry_run` only count it."""
    return [await _cut(one, now, dry_run) for one in classes]


async def _cut(one: DataClass, now: datetime, dry_run: bool) -> Cut:
    before = now - timedelta(days=one.days(settings()))
    try:
        async with sessions()() as session:
            if not await store.is_mine(session, LOCK):
                return Cut(one.code, before, None)
            rows = await one.delete(session, before)
            if dry_run:
                await session.rollback()
            else:
                if rows:
                    await _note(session, one, rows, before, now)
                await session.commit()
    except (SQLAlchemyError, OSError) as error:
        log.error("What is too old of %s could not be deleted: %s", one.code, type(error).__name__)
        return Cut(one.code, before, None, type(error).__name__)
    return Cut(one.code, before, rows)


async def _note(session: AsyncSession, one: DataClass, rows: int, before: datetime, now: datetime) -> None:
    await journal.append(
        session,
        at=now,
        kind="retention.deleted",
        object="retention",
        object_id=None,
        actor="system",
        audience=journal.SUPERVISION,
        value={"class": one.code, "rows": rows, "before": clock.as_json(before)},
    )


async def every_day() -> None:
    """Retain once a day for as long as the server runs; of several processes one does it, the others find nothing."""
    wait_s = FIRST_S
    while True:
        await asyncio.sleep(wait_s)
        done = await retain(clock.now())
        has_failed = any(one.error for one in done)
        wait_s = AGAIN_S if has_failed else seconds_until(QUIET_HOUR, clock.real_now(), settings().time_zone)


def seconds_until(hour: time, now: datetime, zone: tzinfo) -> float:
    """Return the real seconds from `now` to the next time that clocks of `zone` show `hour`."""
    here = now.astimezone(zone)
    day = here.date() if here.time() < hour else here.date() + timedelta(days=1)
    return (datetime.combine(day, hour, zone) - now).total_seconds()
