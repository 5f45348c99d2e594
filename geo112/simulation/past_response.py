"""What follows an incident of the past: desks that receive, verify, send and close; crews that drive and work.

    ESCALATED ─► RECEIVED ─► VERIFIED ─ recommendations ─► the soonest units ─► ACCEPTED … CLEAR ─► report, CLOSED
                    │            └─► REJECTED                     ▲ declined, or none free: again
                    └─► cancelled by the call taker               └───────────────────────────────

No position is invented: every unit starts from its post, and is sent again only when it can be back there.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy.ext.asyncio import AsyncSession

from geo112.dispatching import service as dispatching
from geo112.dispatching import store as assignments
from geo112.dispatching.assignment import CALLED_OFF, Status
from geo112.dispatching.store import Assignment
from geo112.errors import ConflictError
from geo112.incidents import service as incidents
from geo112.incidents.lifecycle import IncidentState
from geo112.simulation import stories
from geo112.simulation.crews import HOMEWARD_FACTOR
from geo112.simulation.dispatchers import REPORTS
from geo112.simulation.past_clock import PastClock
from geo112.simulation.past_staff import Staff

DECLINES = 0.03  # of assignments
LOOKS_AGAIN_S, LOOKS = 60.0, 60  # while units are missing; so often until it is given up
FOLLOWS_EVERY_S = 150.0  # at a desk whose units are at work
TRAFFIC = (0.9, 1.3)  # times the network's seconds; the higher the busier the hour

# How long a unit works at the scene, minutes (shortest, likeliest, longest).
WORK_MIN = {
    "medical": (6.0, 14.0, 35.0),
    "traffic_accident": (10.0, 25.0, 60.0),
    "fire": (15.0, 35.0, 120.0),
    "security": (8.0, 18.0, 50.0),
    "flood": (25.0, 60.0, 180.0),
    "fallen_tree": (15.0, 40.0, 90.0),
    "other": (8.0, 20.0, 45.0),
}
NOT_FOLLOWED = (
    "Dihubungi balik: sudah ditangani warga.",
    "Dicek petugas wilayah: tidak ditemukan kejadian.",
    "Bukan keadaan darurat, diarahkan ke kelurahan.",
)


class Fate(Enum):
    """What becomes of an incident."""

    FOLLOWED = auto()
    REJECTED = auto()  # by every OPD, when they have looked into it
    CANCELLED = auto()  # by the call taker, before a unit is sent


@dataclass(slots=True)
class Task:
    """An incident at one OPD's desk."""

    incident_id: int
    opd_id: int
    type: str
    fate: Fate
    at_work: set[int] = field(default_factory=set)  # assignments whose crews have not finished
    is_short: bool = True  # of units


@dataclass(frozen=True, slots=True)
class Response:
    """The desks of the OPD and their crews."""

    session: AsyncSession
    clock: PastClock
    staff: Staff
    back_at: dict[int, datetime] = field(default_factory=dict)  # by unit: when it can be at its post again

    async def take_up(self, task: Task, rng: random.Random) -> None:
        """Receive, verify, send; or find that there is nothing to do."""
        await self.clock.sleep(rng.uniform(5.0, 20.0))
        await self._move(task, IncidentState.RECEIVED)
        if task.fate is Fate.CANCELLED:
            return
        await self.clock.sleep(rng.uniform(3.0, 12.0))
        if task.fate is Fate.REJECTED:
            await self.clock.sleep(rng.uniform(30.0, 120.0))
            await self._move(task, IncidentState.REJECTED, rng.choice(NOT_FOLLOWED))
            return
        await self._move(task, IncidentState.VERIFIED)
        await self.clock.sleep(rng.uniform(2.0, 15.0))
        await self._see_through(task, rng)

    async def _move(self, task: Task, state: IncidentState, reason: str | None = None) -> None:
        who = self.staff.dispatchers[task.opd_id]
        await incidents.move_track(self.session, who, task.incident_id, task.opd_id, state, reason, self.clock.now)

    async def _see_through(self, task: Task, rng: random.Random) -> None:
        """Send units until each need that is ours is met, wait until they have finished, and close."""
        looks = 0
        while task.at_work or (task.is_short and looks < LOOKS):
            if task.is_short and looks < LOOKS:
                looks += 1
                task.is_short = False  # until a unit declines, or is still missing
                if await self._send_free(task, rng):
                    task.is_short = True
            await self.clock.sleep(LOOKS_AGAIN_S if task.is_short else FOLLOWS_EVERY_S)
        if not await self._sent(task):
            await self._move(task, IncidentState.REJECTED, "Tidak ada unit yang bebas.")
            return
        await self.clock.sleep(rng.uniform(90.0, 420.0))
        who = self.staff.dispatchers[task.opd_id]
        report = {"summary": REPORTS.get(task.type, REPORTS["other"]), "victims": None, "actions": None}
        await dispatching.close(self.session, who, task.incident_id, report, None, self.clock.now)

    async def _send_free(self, task: Task, rng: random.Random) -> bool:
        """Send as many of the first of the ranked units as are missing; say whether some are missing still."""
        incident, ranked = await dispatching.recommendations(self.session, task.incident_id, self.clock.now)
        abilities = self.staff.abilities(task.opd_id)
        missing = {need.capability: need.count for need in incident.needs if need.capability in abilities}
        sent = await self._sent(task)
        for unit in (self.staff.units[one.unit_id] for one in sent if one.status not in CALLED_OFF):
            missing |= {each: missing[each] - 1 for each in unit.capabilities if each in missing}
        asked = {one.unit_id for one in sent}
        for one in ranked:
            wanted = [each for each in one.capabilities if missing.get(each, 0) > 0]
            if wanted and one.unit.opd_id == task.opd_id and one.unit.id not in asked and self._is_back(one.unit.id):
                try:
                    await self._assign(task, one.unit.id, rng)
                except ConflictError:  # somebody was faster: the next one
                    continue
                missing |= {each: missing[each] - 1 for each in wanted}
                await self.clock.sleep(rng.uniform(1.0, 4.0))
        return any(count > 0 for count in missing.values())

    async def _assign(self, task: Task, unit_id: int, rng: random.Random) -> None:
        who = self.staff.dispatchers[task.opd_id]
        made = await dispatching.assign(self.session, who, task.incident_id, unit_id, None, self.clock.now)
        task.at_work.add(made.id)
        self.clock.begin(self._respond(task, made, random.Random(rng.random())))

    def _is_back(self, unit_id: int) -> bool:
        return self.back_at.get(unit_id, self.clock.now) <= self.clock.now

    async def _sent(self, task: Task) -> list[Assignment]:
        """Return the OPD's assignments to the incident, those called off too."""
        found = await assignments.assignments_of(self.session, task.incident_id)
        return [one for one in found if one.opd_id == task.opd_id]

    # Crews

    async def _respond(self, task: Task, sent: Assignment, rng: random.Random) -> None:
        """Acknowledge, turn out, drive, work, and set out for the post."""
        await self.clock.sleep(rng.uniform(8.0, 30.0))
        if rng.random() < DECLINES:
            await self._enter(sent, Status.DECLINED, "vehicle")
            task.at_work.discard(sent.id)
            task.is_short = True
            return
        await self._enter(sent, Status.ACCEPTED)
        await self.clock.sleep(rng.uniform(15.0, 55.0))
        await self._enter(sent, Status.EN_ROUTE)
        busy = stories.RHYTHM[self.clock.hour] / max(stories.RHYTHM)
        drive_s = (sent.eta_s_when_sent or 0.0) * (TRAFFIC[0] + (TRAFFIC[1] - TRAFFIC[0]) * busy * rng.random())
        await self.clock.sleep(drive_s)
        await self._enter(sent, Status.ON_SCENE)
        shortest, likeliest, longest = WORK_MIN.get(task.type, WORK_MIN["other"])
        await self.clock.sleep(60.0 * rng.triangular(shortest, longest, likeliest))
        await self._enter(sent, Status.RESOLVED)
        task.at_work.discard(sent.id)
        await self.clock.sleep(rng.uniform(10.0, 60.0))
        await self._enter(sent, Status.CLEAR)
        self.back_at[sent.unit_id] = self.clock.now + timedelta(seconds=drive_s * HOMEWARD_FACTOR)

    async def _enter(self, sent: Assignment, status: Status, reason: str | None = None) -> None:
        await dispatching.set_status(
            self.session,
            self.staff.crews[sent.unit_id],
            sent.id,
            status,
            self.clock.now,
            client_id=None,
            at=None,
            reason=reason,
            source="manual",
            place=None,
        )
