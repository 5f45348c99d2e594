"""Crews: they hear the alarm, acknowledge, turn out, drive the real network, work, and go back to their post.

    post ─ alarm ─► DELIVERED ─ 10–30 s ─► ACCEPTED ─ 20–70 s ─► EN_ROUTE ─ path ─► ON_SCENE ─ work ─► RESOLVED ─► CLEAR
      ▲                                                                └► AT_PATIENT ► TRANSPORTING ► AT_FACILITY ┘   │
      └──────────────────────────────────────── drives back, may be sent again on the way ────────────────────────────┘

A human may use the same crew's page: what is entered already is not entered again, and what is called off is left.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from geo112.coordinates import LonLat
from geo112.dispatching.assignment import CALLED_OFF, FORWARD, Status
from geo112.dispatching.travel import conditions_at
from geo112.incidents.response_plan import Capability
from geo112.settings import settings
from geo112.simulation.centre_clock import CentreClock
from geo112.simulation.driving import DeadZones, Drive, Motion, Standing
from geo112.simulation.ground import Ground, metres_between
from geo112.simulation.line import Json, Line
from geo112.simulation.phone import Phone
from geo112.simulation.screen import Screen

LOOKS_EVERY_S = 30.0  # real seconds: the phone asks for its duty, should the radio have missed something
ARRIVED_WITHIN_M = 30.0
AT_POST_WITHIN_M = 60.0
HOMEWARD_FACTOR = 1.35  # without a siren
RANK = {status: place for place, status in enumerate(FORWARD)}


@dataclass(frozen=True, slots=True)
class Habits:
    """How long crews take, seconds of the centre's clock (shortest, longest), and how often they do otherwise."""

    acknowledge_s: tuple[float, float] = (10.0, 30.0)
    turnout_s: tuple[float, float] = (20.0, 70.0)
    work_s: tuple[float, float] = (120.0, 240.0)
    handover_s: tuple[float, float] = (60.0, 150.0)  # at the hospital
    driver: tuple[float, float] = (0.9, 1.15)  # times the network's seconds
    declines: float = 0.02
    transports: float = 0.3  # of ambulances that have reached a patient


class CalledOffError(Exception):
    """The assignment is over: cancelled, declined, or closed by somebody."""


class Crew:
    """The crew of one unit.

    Args:
        unit: as GET /api/units gives it.
        radio: the screen of the own OPD's dispatcher, who calls the crews.
        hospitals: where patients are taken.
    """

    def __init__(
        self,
        unit: Json,
        line: Line,
        radio: Screen,
        clock: CentreClock,
        ground: Ground,
        rng: random.Random,
        *,
        zones: DeadZones,
        hospitals: Sequence[LonLat],
        habits: Habits,
    ) -> None:
        self.post = LonLat(unit["post"]["lon"], unit["post"]["lat"])
        last = unit["position"] or unit["post"]
        start = ground.settle(LonLat(last["lon"], last["lat"]), unit["profile"], 100.0)
        self.motion: Motion = Standing(self.post if start is None else LonLat(*start.point))
        self.phone = Phone(line, clock, rng, zones, lambda: self.motion)
        self._unit_id: int = unit["id"]
        self._profile: str = unit["profile"]
        self._takes_patients = Capability.MEDICAL in unit["capabilities"]
        self._line = line
        self._radio = radio
        self._alert = radio.alert(self._unit_id)
        self._clock = clock
        self._ground = ground
        self._rng = rng
        self._hospitals = hospitals
        self._habits = habits
        self._done: set[int] = set()  # assignments that this crew is through with

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.phone.run())
            tasks.create_task(self._serve())

    async def _serve(self) -> None:
        if not self._is_at_post():
            await self._go_home()
        while True:
            assignment = await self._alarm()
            try:
                await self._respond(assignment)
            except CalledOffError:
                pass
            finally:
                self._done.add(assignment["id"])
            await self._go_home()

    async def _alarm(self) -> Json:
        """Wait for an assignment and return it."""
        while True:
            self._alert.clear()
            present = self._radio.holding(self._unit_id)
            if present is not None and present["id"] not in self._done:
                return present
            if not await self._clock.wait(self._alert, LOOKS_EVERY_S * self._clock.speed):
                duty = await self._line.get("/api/crew/duty")
                if duty and duty["assignment"] and duty["assignment"]["id"] not in self._done:
                    self._radio.assignments[duty["assignment"]["id"]] = duty["assignment"]

    async def _respond(self, assignment: Json) -> None:
        number, rng, habits = assignment["id"], self._rng, self._habits
        was_at_post = self._is_at_post()
        self._stop()
        self._enter(number, Status.DELIVERED)
        duty = await self._line.get("/api/crew/duty")
        incident = duty["incident"] if duty else None
        if incident is None or incident["tkp"] is None:
            raise CalledOffError
        await self._until(number, self._clock.after(rng.uniform(*habits.acknowledge_s)), Status.ACCEPTED)
        if rng.random() < habits.declines and self._rank(number) < RANK[Status.ACCEPTED]:
            self.phone.enter(number, Status.DECLINED, self._clock.now(), "vehicle")
            raise CalledOffError
        self._enter(number, Status.ACCEPTED)
        turnout_s = rng.uniform(*habits.turnout_s) if was_at_post else rng.uniform(3.0, 10.0)
        await self._until(number, self._clock.after(turnout_s), Status.EN_ROUTE)
        self._enter(number, Status.EN_ROUTE)
        if self._rank(number) < RANK[Status.ON_SCENE]:
            await self._drive_to_scene(number, LonLat(incident["tkp"]["lon"], incident["tkp"]["lat"]))
        await self._work(number)
        self._enter(number, Status.RESOLVED)
        await self._until(number, self._clock.after(rng.uniform(10.0, 30.0)), Status.CLEAR)
        self._enter(number, Status.CLEAR)

    async def _drive_to_scene(self, number: int, tkp: LonLat) -> None:
        """Drive to the TKP and say so when it is reached; a TKP that is moved meanwhile is followed."""
        while True:
            drive = await self._set_out(tkp, self._rng.uniform(*self._habits.driver))
            arrives_at = drive.comes_within(self._rng.uniform(0.0, ARRIVED_WITHIN_M))
            moved_to = await self._until(number, arrives_at, Status.ON_SCENE, tkp)
            if moved_to is None:
                break
            tkp = moved_to
        self._enter(number, Status.ON_SCENE)

    async def _work(self, number: int) -> None:
        """Work at the scene; an ambulance may take its patient to a hospital."""
        rng, habits = self._rng, self._habits
        work_s = rng.uniform(*habits.work_s)
        if not self._takes_patients:
            await self._until(number, self._clock.after(work_s), Status.RESOLVED)
            return
        await self._until(number, self._clock.after(rng.uniform(0.2, 0.4) * work_s), Status.AT_PATIENT)
        self._enter(number, Status.AT_PATIENT)
        await self._until(number, self._clock.after(0.7 * work_s), Status.TRANSPORTING)
        if not self._hospitals or rng.random() >= habits.transports or self._rank(number) >= RANK[Status.RESOLVED]:
            return
        self._enter(number, Status.TRANSPORTING)
        here = self._here()
        nearest = min(self._hospitals, key=lambda hospital: metres_between(here, hospital))
        drive = await self._set_out(nearest, rng.uniform(*habits.driver))
        await self._until(number, drive.ends_at, Status.AT_FACILITY)
        self._enter(number, Status.AT_FACILITY)
        await self._until(number, self._clock.after(rng.uniform(*habits.handover_s)), Status.RESOLVED)

    async def _until(self, number: int, until: datetime, wanted: Status, tkp: LonLat | None = None) -> LonLat | None:
        """Wait until a moment, or until somebody has entered `wanted` for us.

        Returns:
            Where the TKP is now, if `tkp` is given and it was moved; else None.
        Raises:
            CalledOffError: the assignment is over.
        """
        while True:
            self._alert.clear()
            rank = self._rank(number)
            if rank >= RANK[wanted]:
                return None
            present = self._radio.assignments.get(number)
            incident = self._radio.incidents.get(present["incident_id"]) if present else None
            if tkp is not None and incident is not None and incident["tkp"] is not None:
                moved_to = LonLat(incident["tkp"]["lon"], incident["tkp"]["lat"])
                if metres_between(moved_to, tkp) > 1.0:
                    return moved_to
            left_s = (until - self._clock.now()).total_seconds()
            if left_s <= 0:
                return None
            await self._clock.wait(self._alert, left_s)

    def _rank(self, number: int) -> int:
        """Return how far the assignment is by what the screen shows.

        Raises:
            CalledOffError: it is over.
        """
        present = self._radio.assignments.get(number)
        if present is None or Status(present["status"]) in CALLED_OFF or not present["holds_unit"]:
            raise CalledOffError
        return RANK[Status(present["status"])]

    def _enter(self, number: int, status: Status) -> None:
        if self._rank(number) < RANK[status]:
            self.phone.enter(number, status, self._clock.now())

    async def _set_out(self, to: LonLat, factor: float) -> Drive:
        """Begin to drive from here, now, however long it takes to find the way."""
        starts_at = self._clock.now()
        conditions = conditions_at(starts_at, settings().time_zone)
        path = await self._ground.route(self._here(), to, self._profile, conditions)
        waves = max(1, round(path.seconds / 60))
        drive = Drive(path, starts_at, factor, self._rng.uniform(0.05, 0.3), waves)
        self.motion = drive
        self.phone.poked.set()
        return drive

    async def _go_home(self) -> None:
        """Begin to drive back to the post; the crew can be sent again at once."""
        if not self._is_at_post():
            await self._set_out(self.post, HOMEWARD_FACTOR * self._rng.uniform(*self._habits.driver))

    def _stop(self) -> None:
        now = self._clock.now()
        self.motion = Standing(self._here(), self.motion.at(now).bearing_deg)

    def _here(self) -> LonLat:
        place = self.motion.at(self._clock.now())
        return LonLat(place.lon, place.lat)

    def _is_at_post(self) -> bool:
        return metres_between(self._here(), self.post) < AT_POST_WITHIN_M
