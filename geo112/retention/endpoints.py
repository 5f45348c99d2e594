"""How long data is kept, for those who answer for it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from geo112.access.roles import Role, Signed, require
from geo112.database import Transaction
from geo112.retention import store
from geo112.retention.service import CLASSES
from geo112.settings import settings

router = APIRouter(prefix="/api", tags=["retention"])


class Kept(BaseModel):
    """A class of data, how long it is kept, and when some of it was deleted last."""

    code: str
    label_id: str
    label_en: str
    days: int
    setting: str
    deleted_at: datetime | None
    deleted_rows: int | None


@router.get("/retention")
async def retention(
    who: Annotated[Signed, require(Role.SUPERVISOR, Role.ADMINISTRATOR)], session: Transaction
) -> list[Kept]:
    """Say how long each class of data is kept; calls and incidents stay for good. Supervisors and administrators."""
    last = await store.last_deletions(session)
    return [
        Kept(
            code=one.code,
            label_id=one.words_id,
            label_en=one.words_en,
            days=one.days(settings()),
            setting=one.setting,
            deleted_at=last[one.code].at if one.code in last else None,
            deleted_rows=last[one.code].rows if one.code in last else None,
        )
        for one in CLASSES
    ]
