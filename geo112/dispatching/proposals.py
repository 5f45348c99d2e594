"""Proposed steps: made and withdrawn as the fixes go, confirmed or dismissed by a person, overtaken by hand.

Locks are taken in one order, as everywhere: the incidents by their ids, then proposals, then the journal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.access.roles import Signed
from geo112.dispatching import proposal_store, store
from geo112.dispatching.assignment import NEXT, Status
from geo112.dispatching.proposing import Event, Proposed, proposed
from geo112.dispatching.store import Assignment
from geo112.dispatching.telling import tell_alone
from geo112.errors import ConflictError, NotFoundError
from geo112.incidents import store as incident_store

ACTOR = "system"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the fixes show of the unit of an assignment: of each event when, and the evidence."""

    assignment_id: int
    incident_id: int
    status: Status  # as it was read; it is read again under the lock
    events: Mapping[Event, tuple[datetime, dict[str, Any]]]


async def follow(session: AsyncSession, seen: Sequence[Seen], now: datetime) -> None:
    """Make the proposals that the fixes speak for and withdraw those that they speak for no more."""
    if not seen:
        return
    known = await proposal_store.made(session, [one.assignment_id for one in seen])
    differing = [one for one in seen if _differs(proposed(one.status, one.events), known[one.assignment_id])]
    for incident_id in sorted({one.incident_id for one in differing}):
        await incident_store.lock(session, incident_id)
    told = []
    for one in sorted(differing, key=lambda one: one.assignment_id):
        present = (await store.assignment(session, one.assignment_id)).status
        wanted = proposed(present, one.events)
        if await _bring_up_to_date(session, one.assignment_id, wanted, known[one.assignment_id], now):
            told.append(one.assignment_id)
    for assignment_id in told:
        await tell_alone(session, assignment_id, "assignment.proposal", ACTOR, now)


async def confirmed(
    session: AsyncSession, proposal_id: int, present: Assignment, wanted: Status, actor: str, now: datetime
) -> Row[Any]:
    """Return the proposal that somebody confirms, and settle it. The incident must be locked.

    Raises:
        NotFoundError: there was never such a proposal.
        ConflictError: `proposal_gone`, it was dismissed, or the unit has driven on.
    """
    found = await proposal_store.one(session, proposal_id)
    if found is None or (found.assignment_id, found.status) != (present.id, wanted):
        raise NotFoundError("usulan", "proposal")
    is_open = await proposal_store.settle(session, proposal_id, "CONFIRMED", actor, now)
    if not is_open and wanted in NEXT[present.status]:
        raise ConflictError("proposal_gone", "Usulan ini sudah tidak berlaku.", "This proposal does not hold any more.")
    return found


async def dismiss(session: AsyncSession, who: Signed, proposal_id: int, now: datetime) -> Assignment:
    """Say that it is not so. What was settled already stays as it is.

    Raises:
        ForbiddenError: a crew for another unit, a dispatcher for another OPD.
    """
    found = await proposal_store.one(session, proposal_id)
    if found is None:
        raise NotFoundError("usulan", "proposal")
    present = await store.assignment(session, found.assignment_id)
    who.check_unit(present.unit_id)
    who.check_opd(present.opd_id)
    await incident_store.lock(session, present.incident_id)
    if not await proposal_store.settle(session, proposal_id, "DISMISSED", who.actor, now):
        return await store.assignment(session, present.id)
    return await tell_alone(session, present.id, "assignment.proposal", who.actor, now)


def _differs(wanted: Sequence[Proposed], known: Sequence[Row[Any]]) -> bool:
    is_open = {(one.status, one.at) for one in known if one.state == "OPEN"}
    settled = {(one.status, one.at) for one in known} - is_open
    return is_open != {(one.status.value, one.at) for one in wanted} - settled


async def _bring_up_to_date(
    session: AsyncSession, assignment_id: int, wanted: Sequence[Proposed], known: Sequence[Row[Any]], now: datetime
) -> bool:
    """Return whether anything changed. A step whose time changed is another step: the one before is withdrawn."""
    is_open = {(one.status, one.at) for one in known if one.state == "OPEN"}
    kept = [one.status for one in wanted if (one.status.value, one.at) in is_open]
    changed = await proposal_store.withdraw(session, assignment_id, kept, ACTOR, now)
    for one in wanted:
        if one.status not in kept:
            changed |= await proposal_store.make(session, assignment_id, one, now)
    return changed
