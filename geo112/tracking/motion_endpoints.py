"""What a unit does by its newest fix, over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from geo112.access.roles import DESKS, Role, Signed, require
from geo112.coordinates import Point
from geo112.database import Transaction, row
from geo112.tracking.motion_store import ONE
from geo112.units import store as unit_store

router = APIRouter(prefix="/api/units", tags=["tracking"])


class UnitMotion(BaseModel):
    """By the fix of `fixed_at`; see docs/tracking/motion.md."""

    unit_id: int
    fixed_at: datetime
    is_moving: bool
    since: datetime
    road: Point | None = Field(description="That fix on the nearest road of the unit's profile; None: none near")
    road_m: float | None = Field(description="How far from the fix that lies, metres")
    there_since: datetime | None = Field(description="At the TKP of its assignment")
    home_since: datetime | None = Field(description="At its post")


@router.get("/{unit_id}/motion")
async def motion_of(unit_id: int, who: Annotated[Signed, require(*DESKS)], session: Transaction) -> UnitMotion | None:
    """Say whether a unit drives or stands; null before its first fix. Control room; dispatchers of its OPD."""
    unit = await unit_store.unit(session, unit_id)
    if who.role is Role.DISPATCHER:
        who.check_opd(unit.opd_id)
    found = await row(session, ONE, unit_id=unit_id)
    if found is None:
        return None
    return UnitMotion(
        unit_id=unit_id,
        fixed_at=found.fixed_at,
        is_moving=found.is_moving,
        since=found.since,
        road=None if found.road_lon is None else Point(lon=found.road_lon, lat=found.road_lat),
        road_m=found.road_m,
        there_since=found.there_since,
        home_since=found.home_since,
    )
