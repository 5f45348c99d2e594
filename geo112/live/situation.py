"""What a screen may see: the snapshot, and the rule by which every event is given to some screens and not to others."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112 import clock
from geo112.access.roles import Role, Signed
from geo112.calls import store as call_store
from geo112.calls.store import Call
from geo112.database import row
from geo112.dispatching import store as assignment_store
from geo112.dispatching.store import Assignment
from geo112.incidents import store as incident_store
from geo112.incidents.endpoints import may_see
from geo112.incidents.store import Incident
from geo112.units import store as unit_store
from geo112.units.unit import Unit

SEES_ALL = frozenset({Role.CALL_TAKER, Role.SUPERVISOR, Role.ADMINISTRATOR})

# Read first in the snapshot's own transaction: ids follow the order of commits (see journal), so every entry up to
# here is in the snapshot and none after.
AS_ONE = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
LAST = text("""
    SELECT coalesce((SELECT max(id) FROM journal), 0) AS journal_id,
           coalesce((SELECT max(version) FROM unit_position), 0) AS version""")


class Situation(BaseModel):
    """Everything a screen starts from; `id` is where its events go on."""

    id: str
    now: datetime
    speed: float
    calls: list[Call]
    incidents: list[Incident]
    assignments: list[Assignment]
    units: list[Unit]


async def situation(session: AsyncSession, who: Signed) -> Situation:
    """Return what `who` may see of calls, incidents, assignments and units, as of one moment.

    The session must be fresh: the isolation level is set first.
    """
    await session.execute(AS_ONE)
    last = await row(session, LAST)
    assert last is not None
    incidents = await incident_store.incidents(session, only_open=True, limit=5000)
    assignments = await assignment_store.open_assignments(session)
    units = await unit_store.units(session)
    calls: list[Call] = []
    if who.role in SEES_ALL:
        calls = await call_store.calls(session, only_open=True, limit=1000)
    elif who.role is Role.DISPATCHER:
        incidents = [one for one in incidents if may_see(who, one)]
        mine = {one.id for one in incidents}
        assignments = [one for one in assignments if one.incident_id in mine or one.opd_id == who.opd_id]
        helping = {one.unit_id for one in assignments if one.holds_unit}
        units = [one for one in units if one.opd_id == who.opd_id or one.id in helping]
    else:
        assignments = [one for one in assignments if one.unit_id == who.unit_id and one.holds_unit]
        mine = {one.incident_id for one in assignments}
        incidents = [one for one in incidents if one.id in mine]
        units = [one for one in units if one.id == who.unit_id]
    return Situation(
        id=f"{last.journal_id}.{last.version}",
        now=clock.now(),
        speed=clock.speed(),
        calls=calls,
        incidents=incidents,
        assignments=assignments,
        units=units,
    )


def may_see_entry(
    who: Signed, roles: Collection[str], opd_ids: Collection[int] | None, unit_ids: Collection[int] | None
) -> bool:
    """Say whether a journal entry is for `who`: by role, then a dispatcher by OPD, a crew by unit."""
    if who.role not in roles:
        return False
    if who.role is Role.DISPATCHER:
        return opd_ids is None or who.opd_id in opd_ids
    if who.role is Role.CREW:
        return unit_ids is None or who.unit_id in unit_ids
    return True


def sight(who: Signed) -> tuple[str, int | None]:
    """Return what `may_see_unit` looks at: whoever has the same sight may see the same units."""
    if who.role is Role.DISPATCHER:
        return who.role, who.opd_id
    return ("all", None) if who.role in SEES_ALL else (who.role, who.unit_id)


def may_see_unit(who: Signed, unit_id: int, opd_ids: Collection[int]) -> bool:
    """Say whether positions of a unit are for `who`; `opd_ids`: its own OPD and those of the incident it is on."""
    if who.role in SEES_ALL:
        return True
    if who.role is Role.DISPATCHER:
        return who.opd_id in opd_ids
    return who.role is Role.CREW and who.unit_id == unit_id


def entry_as_event(entry: Any) -> dict[str, Any]:
    """Return a journal entry as the event that screens get: the whole object after the change."""
    return {
        "id": entry.id,
        "at": clock.as_json(entry.at),
        "kind": entry.kind,
        "object": entry.object,
        "object_id": entry.object_id,
        "actor": entry.actor,
        "value": entry.value,
    }
