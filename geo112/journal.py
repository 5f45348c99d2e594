"""What happened, in order: the audit trail, the live feed and the source of response times in one table.

An entry is written in the transaction of the change it tells of, and carries the whole object after the change.
It never holds a caller's number, name, address or words, only the `caller_id` (UU 27/2022).

    service ── append ──► journal ── NOTIFY journal on commit ──► live.stream ──► the screens that may see it
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.database import row

# Identity values become visible out of order when two transactions overlap, and a reader at id 2 would never
# see id 1. The lock, held until the commit, makes the order of ids the order of commits.
LOCK = 112_000_001
CHANNEL = "journal"

TAKE_TURN = text("SELECT pg_advisory_xact_lock(:lock)")
# One round trip: the lock is there before `turn` has a row, and the id is drawn for that row.
APPEND = text("""
    WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(:lock)),
         entry AS (
            INSERT INTO journal (at, kind, object, object_id, actor, roles, opd_ids, unit_ids, value)
            SELECT CAST(:at AS timestamptz), :kind, :object, CAST(:object_id AS bigint), :actor,
                   CAST(:roles AS text[]), CAST(:opd_ids AS bigint[]), CAST(:unit_ids AS bigint[]),
                   CAST(:value AS jsonb)
              FROM turn
         RETURNING id)
    SELECT id, pg_notify(:channel, CAST(id AS text)) FROM entry""").bindparams(
    bindparam("value", type_=JSONB(none_as_null=True))
)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may see an entry: these roles; dispatchers of these OPD and crews of these units only (None: of all)."""

    roles: tuple[str, ...]
    opd_ids: tuple[int, ...] | None = None
    unit_ids: tuple[int, ...] | None = None


CONTROL_ROOM = ("call_taker", "supervisor", "administrator")
SUPERVISION = Audience(("supervisor", "administrator"))
EVERY_DESK = Audience((*CONTROL_ROOM, "dispatcher"))
EVERYBODY = Audience((*CONTROL_ROOM, "dispatcher", "crew"))


def responders(opd_ids: Iterable[int], unit_ids: Iterable[int] = ()) -> Audience:
    """Return the audience of an incident or an assignment: the control room, the OPD involved and their crews."""
    return Audience((*CONTROL_ROOM, "dispatcher", "crew"), tuple(sorted(set(opd_ids))), tuple(sorted(set(unit_ids))))


async def take_turn(session: AsyncSession) -> None:
    """Wait until no other transaction writes entries; from now on until the commit none will.

    A value that is not guarded by a lock of its own is read after this, so that the last entry shows the last state.
    """
    await session.execute(TAKE_TURN, {"lock": LOCK})


async def append(
    session: AsyncSession,
    *,
    at: datetime,
    kind: str,
    object: str,
    object_id: int | None,
    actor: str,
    audience: Audience,
    value: dict[str, Any] | None,
) -> int:
    """Write one entry and return its id; screens hear of it when the transaction commits."""
    entry = await row(
        session,
        APPEND,
        lock=LOCK,
        channel=CHANNEL,
        at=at,
        kind=kind,
        object=object,
        object_id=object_id,
        actor=actor,
        roles=list(audience.roles),
        opd_ids=None if audience.opd_ids is None else list(audience.opd_ids),
        unit_ids=None if audience.unit_ids is None else list(audience.unit_ids),
        value=value,
    )
    assert entry is not None
    return int(entry.id)
