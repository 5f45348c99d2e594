"""The past of a demonstration: days of calls and incidents, made by the rules that make the present, at past times.

    rhythm of the day ─► story, scene ─► calls.service ─► incidents.service ─► dispatching.service ─► closed
                                              └──────────── now: the past clock's ────────────┘

Here are callers and call takers; desks and crews are in `past_response`. In one transaction: it is there whole or not
at all. Everything is over before the past ends.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.calls import service as calls
from geo112.calls.call import CallClass, SilentStep
from geo112.calls.store import Call
from geo112.coordinates import LonLat
from geo112.database import row
from geo112.errors import DomainError
from geo112.incidents import service as incidents
from geo112.incidents import store as incident_store
from geo112.incidents.lifecycle import ENDED
from geo112.places import store as places
from geo112.settings import settings
from geo112.simulation import stories
from geo112.simulation.call_takers import PIN_ERROR_M, SAME_WITHIN_M, SAME_WITHIN_MIN
from geo112.simulation.callers import DUPLICATES, cell_of
from geo112.simulation.ground import Ground, moved
from geo112.simulation.hot_spots import Scenes, scenes
from geo112.simulation.past_clock import PastClock
from geo112.simulation.past_response import Fate, Response, Task
from geo112.simulation.past_staff import Staff, staff
from geo112.simulation.stories import DEMONSTRATION_SHARE, Around, Story
from routing.network import RoadNetwork

CALLS_PER_UNIT = 0.9  # a day
FEWEST_CALLS, MOST_CALLS = 15.0, 36.0  # a day: with more the replay keeps people waiting
NO_CALLS_S = 5 * 60.0  # before the end, so that every call is closed by then
NO_EMERGENCIES_S = 75 * 60.0  # before the end: an incident takes about as long
RINGS_AGAIN = 0.3  # of pranks, that come from a number known for them
REJECTED, CANCELLED = 0.05, 0.04  # of incidents
TAKEN_BACK = ("Pelapor menelepon lagi: sudah aman.", "Pelapor keliru, tidak ada kejadian.")

# Whoever comes second waits here, and then finds what the first has made.
LOCK_CENTRE = text("SELECT id FROM centre FOR UPDATE")
STANDING = text("""
    SELECT is_demonstration, EXISTS (SELECT FROM call) OR EXISTS (SELECT FROM incident) AS has_past FROM centre""")


async def replay(
    session: AsyncSession,
    network: RoadNetwork,
    *,
    days: int,
    until: datetime,
    seed: int,
    on_day: Callable[[int], object] = lambda day: None,
) -> bool:
    """Give a demonstration in which nothing has happened yet the `days` before `until`; its units are there already.

    Args:
        network: of the city in force.
        until: not later than the centre's clock will show when the demonstration begins.
        seed: same city, fleet, `days`, `until` and seed: same past.
        on_day: told how many days are done, 0 when it begins.
    Returns:
        Whether a past was made: False where there is one already.
    Raises:
        DomainError: `past_outside_demonstration`, `no_sign_ins`.
    """
    await session.execute(LOCK_CENTRE)
    found = await row(session, STANDING)
    if found is None or found.has_past:
        return False
    if not found.is_demonstration:
        raise DomainError(
            "past_outside_demonstration",
            "Riwayat rekaan hanya untuk demonstrasi; pusat yang sungguhan mulai kosong (HISTORY_DAYS=0).",
            "An invented past is for the demonstration only; a real centre begins empty (HISTORY_DAYS=0).",
        )
    since = until - timedelta(days=days)
    clock = PastClock(since, until, settings().time_zone)
    rng = random.Random(f"{seed}:past")
    acting = await staff(session, since, until)
    where = await scenes(session, Ground(network), random.Random(f"{seed}:hot spots"))
    past = Past(session, clock, acting, where, Response(session, clock, acting))
    told = 0
    on_day(told)

    def tell(moment: datetime) -> None:
        nonlocal told
        while told < (moment - since).days:
            told += 1
            on_day(told)

    await clock.run(past.ring_all_day(rng), tell)
    on_day(days)
    return True


@dataclass(frozen=True, slots=True)
class Past:
    """Everybody's doings; who acts, acts in the one transaction, at the clock's `now`."""

    session: AsyncSession
    clock: PastClock
    staff: Staff
    scenes: Scenes
    response: Response
    pranksters: list[str] = field(default_factory=list)  # numbers

    # Callers

    async def ring_all_day(self, rng: random.Random) -> None:
        """Let calls come by the rhythm of the day."""
        per_hour = min(max(CALLS_PER_UNIT * len(self.staff.units), FEWEST_CALLS), MOST_CALLS) / 24
        while True:
            gap_s = stories.gap_s(per_hour, self.clock.hour, rng)
            if self.clock.left_s - gap_s < NO_CALLS_S:
                return
            await self.clock.sleep(gap_s, hurries=False)
            share = DEMONSTRATION_SHARE if self.clock.left_s > NO_EMERGENCIES_S else 0.0
            own = random.Random(rng.random())
            kind = stories.call_class(share, own)
            if kind is CallClass.EMERGENCY:
                await self._happen(own)
            else:
                self.clock.begin(self._no_emergency(self._told_in_vain(kind, own), own))

    async def _happen(self, rng: random.Random) -> None:
        """Let something happen, and let those who see it ring."""
        scene = self.scenes.scene(rng)
        kind, level = stories.incident_kind(self.clock.hour, rng)
        if scene.kind is not None:
            kind, level = scene.kind, stories.priority(scene.kind, rng)
        fate = rng.choices(list(Fate), (1 - REJECTED - CANCELLED, REJECTED, CANCELLED))[0]
        story = await self._told(kind, level, scene.point, rng)
        self.clock.begin(self._emergency(story, fate, 0.0, random.Random(rng.random())))
        if fate is Fate.FOLLOWED and rng.random() < DUPLICATES:
            for _ in range(rng.choice((1, 1, 2))):  # seen from across the street, told in other words
                seen = moved(scene.point, rng.gauss(0.0, 25.0), rng.gauss(0.0, 25.0))
                story = await self._told(kind, level, seen, rng)
                after_s = rng.uniform(45.0, 240.0)
                self.clock.begin(self._emergency(story, fate, after_s, random.Random(rng.random())))

    async def _told(self, kind: str, level: int, point: LonLat, rng: random.Random) -> Story:
        found = await places.surroundings(self.session, point)
        around = Around(found.street, found.area_names, found.landmark, found.landmark_m)
        return stories.emergency(kind, level, point, around, rng)

    def _told_in_vain(self, kind: CallClass, rng: random.Random) -> Story:
        """Return a caller who has no emergency; who rings for fun has often rung before."""
        story = stories.no_emergency(kind, rng)
        if kind is not CallClass.PRANK:
            return story
        if self.pranksters and rng.random() < RINGS_AGAIN:
            return replace(story, number=rng.choice(self.pranksters))
        self.pranksters.append(story.number)
        return story

    async def _ring(self, story: Story, rng: random.Random) -> Call:
        stands = story.scene or self.scenes.scene(rng).point
        cell = cell_of(stands, rng)
        return await calls.ring(
            self.session,
            self.staff.exchange,
            self.clock.now,
            client_id=None,
            number=story.number,
            operator=story.operator,
            position=cell[0] if cell else None,
            position_uncertainty_m=cell[1] if cell else None,
            position_source="cell" if cell else None,
        )

    # Call takers

    async def _no_emergency(self, story: Story, rng: random.Random) -> None:
        call_id = (await self._ring(story, rng)).id
        if not await self._answer(call_id, story, rng):
            return
        if story.call_class is CallClass.GHOST:
            steps = list(SilentStep)
            for done in (2, len(steps)):
                await self.clock.sleep(rng.uniform(10.0, 22.0))
                await self._classify(call_id, CallClass.GHOST, steps[:done])
        else:
            await self.clock.sleep(rng.uniform(5.0, 40.0))
            await self._classify(call_id, story.call_class)
        await self._close_call(call_id, story, rng)

    async def _emergency(self, story: Story, fate: Fate, after_s: float, rng: random.Random) -> None:
        await self.clock.sleep(after_s)
        call, taker = await self._ring(story, rng), self.staff.call_taker
        if not await self._answer(call.id, story, rng):
            return
        said = {"name": story.name, "words": story.words, "landmark": story.landmark}
        await calls.describe_caller(self.session, taker, call.caller_id, self.clock.now, **said)
        await self._classify(call.id, CallClass.EMERGENCY)
        await self.clock.sleep(rng.uniform(6.0, 14.0))
        assert story.scene is not None
        pin = moved(story.scene, rng.gauss(0.0, PIN_ERROR_M), rng.gauss(0.0, PIN_ERROR_M))
        known = await self._known(story, pin)
        if known is not None:
            await incidents.join(self.session, taker, call.id, known, self.clock.now)
        else:
            await self._open(call.id, story, pin, fate, rng)
        await self._close_call(call.id, story, rng)

    async def _answer(self, call_id: int, story: Story, rng: random.Random) -> bool:
        """Answer and listen; False: the caller has rung off before."""
        answered_s = rng.uniform(3.0, 9.0)
        if rng.random() < 0.08:  # everybody is talking
            answered_s += rng.expovariate(1 / 12.0)
        if answered_s > story.patience_s:
            await self.clock.sleep(story.patience_s)
            await calls.abandon(self.session, self.staff.exchange, call_id, self.clock.now)
            return False
        await self.clock.sleep(answered_s)
        await calls.answer(self.session, self.staff.call_taker, call_id, self.clock.now)
        await self.clock.sleep(rng.uniform(3.0, 8.0))
        return True

    async def _known(self, story: Story, pin: LonLat) -> int | None:
        """Return the incident that this caller tells of too, if there is one."""
        near = await incident_store.nearby(self.session, pin, SAME_WITHIN_M, SAME_WITHIN_MIN, self.clock.now)
        same = (one.id for one, _ in near if one.type == story.type and one.state not in ENDED)
        return next(same, None)

    async def _open(self, call_id: int, story: Story, pin: LonLat, fate: Fate, rng: random.Random) -> None:
        """Open an incident, confirm where it is, and let the OPD's desks go on with it."""
        taker, kind = self.staff.call_taker, story.type
        assert kind is not None
        opened = await incidents.open_incident(
            self.session,
            taker,
            self.clock.now,
            client_id=None,
            call_id=call_id,
            type_code=kind,
            priority=story.priority,
            words=None,  # they are written down already
            landmark=None,
        )
        await self.clock.sleep(rng.uniform(4.0, 9.0))
        around = await places.surroundings(self.session, pin)
        incident = await incidents.confirm_tkp(
            self.session,
            taker,
            opened.id,
            pin,
            self.clock.now,
            uncertainty_m=25.0,
            label=around.label,
            method="map",
            escalate=True,
        )
        desks = [track.opd_id for track in incident.opds if track.opd_id in self.staff.dispatchers]
        for opd_id in desks:
            task = Task(incident.id, opd_id, kind, fate)
            self.clock.begin(self.response.take_up(task, random.Random(rng.random())))
        if fate is Fate.CANCELLED or not desks:
            self.clock.begin(self._take_back(incident.id, random.Random(rng.random())))

    async def _take_back(self, incident_id: int, rng: random.Random) -> None:
        await self.clock.sleep(rng.uniform(30.0, 150.0))
        reason = rng.choice(TAKEN_BACK)
        await incidents.cancel(self.session, self.staff.call_taker, incident_id, reason, self.clock.now)

    async def _classify(self, call_id: int, kind: CallClass, steps: Sequence[str] | None = None) -> None:
        await calls.classify(self.session, self.staff.call_taker, call_id, kind, steps, self.clock.now)

    async def _close_call(self, call_id: int, story: Story, rng: random.Random) -> None:
        await self.clock.sleep(rng.uniform(4.0, 15.0))
        await calls.close(self.session, self.staff.call_taker, call_id, story.note, self.clock.now)
