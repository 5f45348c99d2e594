"""Changes of a unit, told to the journal."""

from collections.abc import Iterable
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


async def tell(
    session: AsyncSession, unit_id: int, kind: str, actor: str, now: datetime, also_opd_ids: Iterable[int] = ()
) -> Unit:
    """Write the journal entry of a unit's change, for its crew, its OPD and those of the incident it is sent to.

    Args:
        also_opd_ids: others who see the unit, because it was on their incident until now.
    """
    await journal.take_turn(session)  # service and assignment are changed by different people, at the same time too
    unit = await store.unit(session, unit_id)
    opd_ids = [unit.opd_id, *await store.helped_opds(session, unit_id), *also_opd_ids]
    await journal.append(
        session,
        at=now,
        kind=kind,
        object="unit",
        object_id=unit_id,
        actor=actor,
        audience=journal.responders(opd_ids, [unit_id]),
        value=unit.model_dump(mode="json"),
    )
    return unit
