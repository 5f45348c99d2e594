"""The supervisor's page over HTTP."""

from datetime import datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter

from geo112 import clock
from geo112.access.roles import Role, Signed, require
from geo112.database import Transaction
from geo112.settings import settings
from geo112.supervision import store
from geo112.supervision.store import Overview

router = APIRouter(prefix="/api/supervision", tags=["supervision"])


@router.get("/overview")
async def overview(
    who: Annotated[Signed, require(Role.SUPERVISOR, Role.ADMINISTRATOR)], session: Transaction
) -> Overview:
    """Give the centre's day so far. Supervisors and administrators."""
    now = clock.now()
    zone = settings().time_zone
    midnight = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    return await store.overview(
        session,
        now=now,
        real_now=clock.real_now(),
        since=midnight,
        until=midnight + timedelta(days=1),
        zone=zone.key,
    )
