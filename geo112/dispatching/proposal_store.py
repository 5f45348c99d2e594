"""Proposed steps in the database. That no step is proposed twice for the same moment is a key of the table."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.database import row, rows
from geo112.dispatching.assignment import Status
from geo112.dispatching.proposing import Proposed

ONE = text("SELECT * FROM proposal WHERE id = :proposal_id")
MADE = text("SELECT assignment_id, status, at, state FROM proposal WHERE assignment_id = ANY(:assignment_ids)")
MAKE = text("""
    INSERT INTO proposal (assignment_id, status, at, evidence, proposed_at, state)
    VALUES (:assignment_id, :status, :at, :evidence, :now, 'OPEN')
        ON CONFLICT DO NOTHING
 RETURNING id""").bindparams(bindparam("evidence", type_=JSONB))
SETTLE = text("""
    UPDATE proposal SET state = :state, settled_at = :now, settled_by = :actor
     WHERE id = :proposal_id AND state = 'OPEN'
 RETURNING id""")
WITHDRAW = text("""
    UPDATE proposal SET state = 'GONE', settled_at = :now, settled_by = :actor
     WHERE assignment_id = :assignment_id AND state = 'OPEN' AND status <> ALL(:kept)
 RETURNING id""")
WITHDRAW_OF_UNIT = text("""
    UPDATE proposal SET state = 'GONE', settled_at = :now, settled_by = :actor
      FROM assignment
     WHERE assignment.id = proposal.assignment_id AND assignment.unit_id = :unit_id AND proposal.state = 'OPEN'
 RETURNING proposal.assignment_id""")


async def one(session: AsyncSession, proposal_id: int) -> Row[Any] | None:
    return await row(session, ONE, proposal_id=proposal_id)


async def made(session: AsyncSession, assignment_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Return what was ever proposed for these assignments: status, at, state."""
    found: dict[int, list[Row[Any]]] = {one: [] for one in assignment_ids}
    for each in await rows(session, MADE, assignment_ids=list(assignment_ids)):
        found[each.assignment_id].append(each)
    return found


async def make(session: AsyncSession, assignment_id: int, proposed: Proposed, now: datetime) -> bool:
    """Write a proposal; False where it was made before, or another of its status is open."""
    return (
        await row(
            session,
            MAKE,
            assignment_id=assignment_id,
            status=proposed.status,
            at=proposed.at,
            evidence=proposed.evidence,
            now=now,
        )
        is not None
    )


async def settle(session: AsyncSession, proposal_id: int, state: str, actor: str, now: datetime) -> bool:
    """Say what became of a proposal; False where that was said already."""
    return await row(session, SETTLE, proposal_id=proposal_id, state=state, actor=actor, now=now) is not None


async def withdraw(
    session: AsyncSession, assignment_id: int, kept: Iterable[Status], actor: str, now: datetime
) -> bool:
    """Withdraw the open proposals of an assignment but those of the statuses to keep; say whether there were any."""
    found = await rows(session, WITHDRAW, assignment_id=assignment_id, kept=list(kept), actor=actor, now=now)
    return bool(found)


async def withdraw_of_unit(session: AsyncSession, unit_id: int, actor: str, now: datetime) -> list[int]:
    """Withdraw every open proposal of a unit; return the assignments that had one."""
    found = await rows(session, WITHDRAW_OF_UNIT, unit_id=unit_id, actor=actor, now=now)
    return sorted({int(each.assignment_id) for each in found})
