"""Changes of a unit, told to the journal."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from geo112 import journal
from geo112.units import store
from geo112.units.unit import Service, Unit


async def set_service(
    session: AsyncSession, actor: str, unit_id: int, service: Service, reason: str | None, now: datetime
) -> Unit:
    """Say that a unit is in service, limited, out of service … An open assignment is not touched by it."""
    await store.set_service(session, unit_id, service, reason)
    return await tell(session, unit_id, "unit.service_changed", actor, now)


async def tell(session: AsyncSession, unit_id: int, kind: str, actor: str, now: datetime) -> Unit:
    """Write the journal entry of a unit's change; other OPD on the same incident see the unit by its assignment."""
    unit = await store.unit(session, unit_id)
    await journal.append(
        session,
        at=now,
        kind=kind,
        object="unit",
        object_id=unit_id,
        actor=actor,
        audience=journal.responders([unit.opd_id], [unit_id]),
        value=unit.model_dump(mode="json"),
    )
    return unit
