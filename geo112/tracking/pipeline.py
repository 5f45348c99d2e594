"""A batch of pings on its way: believed or put aside, kept, and the newest one made the unit's position.

read ─► refused? ─► quarantine
          └► history (each id once) ─► newest by fix time ─► unit_position ─► NOTIFY ─► commit ─► acknowledge
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

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
    for one in unreadable:
        await store.quarantine(session, unit_id, one.client_id, one.code, one.body, received_at)
        outcome.quarantined.append({"id": one.client_id, "code": one.code})
    believed: dict[str, Fix] = {}
    for fix in fixes:
        code = refusal(fix)
        said_id = str(fix.client_id)
        if code is not None:
            body = {"lon": fix.lon, "lat": fix.lat, "fixed_at": fix.fixed_at.isoformat(), "speed_mps": fix.speed_mps}
            await store.quarantine(session, unit_id, said_id, code, body, received_at)
            outcome.quarantined.append({"id": said_id, "code": code})
        elif said_id not in believed:
            believed[said_id] = fix
    if believed:
        new = await store.store(session, unit_id, list(believed.values()), received_at)
        for said_id, fix in believed.items():
            (outcome.stored if fix.client_id in new else outcome.already).append(said_id)
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
    return outcome
