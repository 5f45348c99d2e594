"""What became of an assignment, told to the journal."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from geo112 import journal
from geo112.dispatching import store
from geo112.dispatching.store import Assignment
from geo112.incidents import store as incident_store
from geo112.units import service as unit_service


async def tell(session: AsyncSession, assignment_id: int, kind: str, actor: str, now: datetime) -> Assignment:
    """Write the journal entry of an assignment, for the unit's crew and every OPD of the incident, and the unit's."""
    found = await tell_alone(session, assignment_id, kind, actor, now)
    opd_ids = await incident_store.opds_of(session, found.incident_id)
    await unit_service.tell(session, found.unit_id, "unit.assignment_changed", actor, now, opd_ids)
    return found


async def tell_alone(session: AsyncSession, assignment_id: int, kind: str, actor: str, now: datetime) -> Assignment:
    """Write the entry of an assignment where nothing changed for its unit."""
    found = await store.assignment(session, assignment_id)
    opd_ids = await incident_store.opds_of(session, found.incident_id)
    await journal.append(
        session,
        at=now,
        kind=kind,
        object="assignment",
        object_id=assignment_id,
        actor=actor,
        audience=journal.responders([found.opd_id, *opd_ids], [found.unit_id]),
        value=found.model_dump(mode="json"),
    )
    return found
