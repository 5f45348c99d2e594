"""A batch of pings on its way: believed or put aside, kept, and the newest one made the unit's position.

read ─► refused? ─► quarantine
          └► history (each id once) ─► newest by fix time ─► unit_position ─► NOTIFY ─► commit ─► acknowledge
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from geo112.tracking import store
from geo112.tracking.crew import Unreadable
from geo112.tracking.fix import Fix, clamped, may_move_marker, refusal


@dataclass(slots=True)
class Outcome:
    """What became of each id: every one is in exactly one of the three, and the phone may forget them all."""

    stored: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    quarantined: list[dict[str, str]] = field(default_factory=list)


async def take(
    session: AsyncSession,
    unit_id: int,
    fixes: Sequence[Fix],
    unreadable: Sequence[Unreadable],
    received_at: datetime,
) -> Outcome:
    """Take a batch of one unit in the caller's transaction; acknowledged only after its commit."""
    outcome = Outcome()
    believed: dict[UUID, Fix] = {}
    answered: set[str] = set()
    refused: list[Unreadable] = list(unreadable)
    for fix in fixes:
        code = refusal(fix)
        if code is None:
            assert fix.client_id is not None
            believed.setdefault(fix.client_id, fix)
        else:
            body = {"lon": fix.lon, "lat": fix.lat, "fixed_at": fix.fixed_at.isoformat(), "speed_mps": fix.speed_mps}
            refused.append(Unreadable(fix.said_id, code, body))
    if believed:
        new = await store.store(session, unit_id, list(believed.values()), received_at)
        for fix in fixes:
            if fix.client_id in believed and fix.said_id not in answered:
                (outcome.stored if fix.client_id in new else outcome.already).append(fix.said_id)
                answered.add(fix.said_id)
        movers = [
            clamped(fix, received_at)
            for fix in believed.values()
            if fix.client_id in new and may_move_marker(fix, received_at)
        ]
        moved = False
        if movers:
            newest = max(movers, key=lambda fix: fix.fixed_at)
            moved = await store.move(session, unit_id, newest, received_at)
        if not moved:
            await store.heard(session, unit_id, received_at)
        await store.notify(session)
    for one in refused:
        await store.quarantine(session, unit_id, one.client_id, one.code, one.body, received_at)
        if one.client_id not in answered:
            outcome.quarantined.append({"id": one.client_id, "code": one.code})
            answered.add(one.client_id)
    return outcome
