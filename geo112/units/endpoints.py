"""Units over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from geo112 import clock
from geo112.access.roles import DESKS, Role, Signed, require
from geo112.database import Transaction
from geo112.units import service, store
from geo112.units.unit import Service, Unit

router = APIRouter(prefix="/api/units", tags=["units"])


class WantedService(BaseModel):
    service: Service
    reason: str | None = Field(None, max_length=300)


@router.get("")
async def units(who: Annotated[Signed, require(*DESKS)], session: Transaction) -> list[Unit]:
    """List units with availability and newest position. Control room: all; dispatchers: of their OPD."""
    return [unit for unit in await store.units(session) if who.role is not Role.DISPATCHER or unit.opd_id == who.opd_id]


@router.put("/{unit_id}/service")
async def set_service(
    unit_id: int,
    wanted: WantedService,
    who: Annotated[Signed, require(Role.CREW, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR)],
    session: Transaction,
) -> Unit:
    """Say whether a unit serves. Its crew, dispatchers of its OPD, supervisors, administrators."""
    who.check_unit(unit_id)
    who.check_opd((await store.unit(session, unit_id)).opd_id)
    return await service.set_service(session, who.actor, unit_id, wanted.service, wanted.reason, clock.now())
