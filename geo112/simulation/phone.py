"""A crew's phone: it takes fixes, keeps them while there is no network, and sends them in batches; so too its commands.

where() ─ Gps ─► queue ── network? ── POST /ingest/crew ──► forget what the server acknowledged
crew's buttons ─► commands ── network? ── POST /api/assignments/{id}/status
"""

import asyncio
import random
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from geo112.clock import as_json
from geo112.coordinates import LonLat
from geo112.simulation.centre_clock import CentreClock
from geo112.simulation.driving import DeadZones, Gps, Motion
from geo112.simulation.line import Json, Line

QUEUE_MAX = 20_000
BATCH_MAX = 100
MOVING_EVERY_S = 5.0  # seconds of the centre's clock, as /api/crew/duty asks for
STANDING_EVERY_S = 15.0
MOVING_LEAST_S = 1.0  # real seconds between two batches, so that a fast clock stays gentle on the machine
STANDING_LEAST_S = 2.5
ANSWERS_LOST = 0.02  # share of batches whose answer is lost on the way: the phone sends them again
SLEEPY_SHARE = 0.1  # of phones, which hold what they have for …
SLEEPY_S = 30.0


@dataclass(frozen=True, slots=True)
class Command:
    """A status that the crew has entered, with the moment at which it did."""

    assignment_id: int
    status: str
    at: datetime
    point: LonLat
    reason: str | None
    client_id: str


class Phone:
    """One phone. `where` gives the vehicle's motion at present."""

    def __init__(
        self, line: Line, clock: CentreClock, rng: random.Random, zones: DeadZones, where: Callable[[], Motion]
    ) -> None:
        self.queue: deque[Json] = deque()
        self.poked = asyncio.Event()  # the vehicle has begun to move
        self._commands: deque[Command] = deque()
        self._entered = asyncio.Event()
        self._line = line
        self._clock = clock
        self._rng = rng
        self._zones = zones
        self._where = where
        self._gps = Gps(rng, rng.uniform(5.0, 8.0))
        self._skew = timedelta(seconds=min(max(rng.gauss(0.0, 1.5), -4.0), 4.0))
        self._holds_s = SLEEPY_S if rng.random() < SLEEPY_SHARE else 0.0
        self._battery = rng.uniform(0.35, 1.0)
        self._flushed = 0.0  # real, monotonic
        self._flushed_at = clock.now()
        self._is_heartbeat_due = False

    async def run(self) -> None:
        """Take and send fixes, and send commands, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ping())
            tasks.create_task(self._send_commands())

    def enter(self, assignment_id: int, status: str, at: datetime, reason: str | None = None) -> None:
        """Enter a status; it is sent as soon as there is a network, with the moment at which it was entered."""
        here = self._where().at(at)
        place = LonLat(here.lon, here.lat)
        self._commands.append(Command(assignment_id, status, at, place, reason, str(uuid.uuid4())))
        self._entered.set()

    def has_network(self) -> bool:
        here = self._where().at(self._clock.now())
        return not self._zones.cover(LonLat(here.lon, here.lat))

    async def _ping(self) -> None:
        await self._clock.sleep(self._rng.uniform(0.0, MOVING_EVERY_S))  # phones are not in step
        while True:
            self.take_fix(self._clock.now())
            await self.flush()
            is_moving = self._where().is_moving(self._clock.now())
            self.poked.clear()
            every_s = MOVING_EVERY_S if is_moving else STANDING_EVERY_S
            await self._clock.wait(self.poked, every_s * self._rng.uniform(0.95, 1.05))

    def take_fix(self, now: datetime) -> None:
        """Put what the receiver says into the queue; a standing phone says every other time only that it lives."""
        motion = self._where()
        position, is_moving = motion.at(now), motion.is_moving(now)
        kind = "heartbeat" if self._is_heartbeat_due and not is_moving else "fix"
        self._is_heartbeat_due = not is_moving and not self._is_heartbeat_due
        seen = self._gps.seen(position, now)
        self._battery = max(0.05, self._battery - 0.00002)
        fix: Json = {
            "id": str(uuid.uuid4()),
            "fixed_at": as_json(now + self._skew),
            "lon": round(seen.lon, 7),
            "lat": round(seen.lat, 7),
            "accuracy_m": round(self._gps.sigma_m * self._rng.uniform(0.9, 1.8), 1),
            "battery": round(self._battery, 2),
            "kind": kind,
        }
        if is_moving:
            fix["speed_mps"] = round(max(0.0, position.speed_mps * self._rng.gauss(1.0, 0.03)), 1)
            fix["bearing_deg"] = round((position.bearing_deg + self._rng.gauss(0.0, 3.0)) % 360.0, 1) % 360.0
        else:
            fix["speed_mps"] = 0.0
        self.queue.append(fix)
        while len(self.queue) > QUEUE_MAX:
            self.queue.popleft()

    async def flush(self) -> None:
        """Send what is queued, if there is a network and the last batch is long enough ago."""
        now = self._clock.now()
        least_s = MOVING_LEAST_S if self._where().is_moving(now) else STANDING_LEAST_S
        if monotonic() - self._flushed < least_s or not self.has_network():
            return
        if (now - self._flushed_at).total_seconds() < self._holds_s:
            return
        while self.queue and await self._send_batch():
            pass
        self._flushed, self._flushed_at = monotonic(), self._clock.now()

    async def _send_batch(self) -> bool:
        """Send the oldest fixes; say whether the server has taken them and the next may follow."""
        batch = [self.queue[index] for index in range(min(len(self.queue), BATCH_MAX))]
        body = {"sent_at": as_json(self._clock.now() + self._skew), "fixes": batch}
        answer = await self._line.send("POST", "/ingest/crew", body, is_patient=False)
        if answer.status == 0 or answer.status >= 500 or self._rng.random() < ANSWERS_LOST:
            return False
        if answer.is_ok:
            done = {*answer.body["stored"], *answer.body["already"], *(one["id"] for one in answer.body["quarantined"])}
        else:
            done = {fix["id"] for fix in batch}  # never again: a phone must not choke on one batch
        while self.queue and self.queue[0]["id"] in done:
            self.queue.popleft()
        return True

    async def _send_commands(self) -> None:
        while True:
            self._entered.clear()
            while self._commands:
                if not self.has_network():
                    await self._clock.sleep(MOVING_EVERY_S)
                    continue
                command = self._commands.popleft()
                await self._line.post(  # 409: a human at the same assignment was faster
                    f"/api/assignments/{command.assignment_id}/status",
                    {
                        "client_id": command.client_id,
                        "status": command.status,
                        "at": as_json(command.at),
                        "lon": command.point.lon,
                        "lat": command.point.lat,
                        "reason": command.reason,
                    },
                )
            await self._entered.wait()
