"""Call takers who behave like people: they answer, listen, classify, find the scene by its words, and escalate.

    RINGING ─ 4–10 s ─► answer ─► classify ─┬─ emergency ─► search the words ─► same incident known? ─ link
                                            │                                  └─ else open, confirm TKP ─► escalated
                                            └─ prank, silent, question ─► note ─► close

A human at the same desk may be faster; then the simulated one leaves the call to him, and writes down for him what the
caller says, since nobody can hear it.
"""

import asyncio
import random
import uuid

from geo112.calls.call import CallClass, SilentStep
from geo112.coordinates import LonLat
from geo112.simulation.callers import Exchange
from geo112.simulation.centre_clock import CentreClock
from geo112.simulation.ground import metres_between, moved
from geo112.simulation.line import Json, Line, alone
from geo112.simulation.screen import Screen
from geo112.simulation.stories import Story

DESKS = 4  # call takers on duty
CONFIRMED_WITHIN_M = 600.0  # a candidate this near is the street or the place that the caller means
PIN_ERROR_M = 10.0  # how well a pin is put where the caller says
SAME_WITHIN_M = 250
SAME_WITHIN_MIN = 30


class CallTakers:
    """The call takers of a centre, at one token."""

    def __init__(self, line: Line, screen: Screen, clock: CentreClock, exchange: Exchange, rng: random.Random) -> None:
        self._line = line
        self._screen = screen
        self._clock = clock
        self._exchange = exchange
        self._rng = rng
        self._free = asyncio.Semaphore(DESKS)
        self._seen: set[int] = set()
        self._told: set[int] = set()

    async def run(self) -> None:
        """Answer calls until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                for call_id, call in list(self._screen.calls.items()):
                    story = self._exchange.stories.get(call_id)
                    if story is None:
                        continue  # a real caller: nothing for us
                    if call["state"] == "RINGING" and call_id not in self._seen:
                        self._seen.add(call_id)
                        rng = random.Random(self._rng.random())
                        tasks.create_task(alone("a call taker", self._take(call_id, story, rng)))
                    elif call["taken_by"] is not None and call_id not in self._told and story.words is not None:
                        self._told.add(call_id)
                        tasks.create_task(alone("a call taker", self._write_down(call_id, story)))
                await self._screen.change(10.0)

    async def _take(self, call_id: int, story: Story, rng: random.Random) -> None:
        async with self._free:
            await self._clock.sleep(rng.uniform(4.0, 10.0))
            if not self._is(call_id, "RINGING"):
                return
            if not (await self._line.post(f"/api/calls/{call_id}/answer")).is_ok:
                return
            await self._clock.sleep(rng.uniform(3.0, 8.0))
            if story.call_class is CallClass.EMERGENCY:
                await self._take_emergency(call_id, story, rng)
            elif story.call_class is CallClass.GHOST:
                await self._take_silence(call_id, story, rng)
            else:
                await self._clock.sleep(rng.uniform(5.0, 40.0))
                if await self._classify(call_id, story.call_class):
                    await self._close(call_id, story, rng)

    async def _take_silence(self, call_id: int, story: Story, rng: random.Random) -> None:
        """Go through the protocol: somebody may be there who cannot speak."""
        steps: list[str] = []
        for step in SilentStep:
            await self._clock.sleep(rng.uniform(4.0, 11.0))
            steps.append(step)
            if not await self._classify(call_id, CallClass.GHOST, steps):
                return
        await self._close(call_id, story, rng)

    async def _take_emergency(self, call_id: int, story: Story, rng: random.Random) -> None:
        assert story.scene is not None
        await self._write_down(call_id, story)
        if not await self._classify(call_id, CallClass.EMERGENCY):
            return
        await self._clock.sleep(rng.uniform(6.0, 14.0))
        tkp = await self._find(call_id, story, story.scene, rng)
        known = await self._known(story, tkp)
        if known is not None:
            await self._line.post(f"/api/calls/{call_id}/link", {"incident_id": known})
        else:
            await self._open(call_id, story, tkp, rng)
        await self._close(call_id, story, rng)

    async def _find(self, call_id: int, story: Story, scene: LonLat, rng: random.Random) -> Json:
        """Find the scene by its words, and put the pin where the caller says that it is."""
        pin = moved(scene, rng.gauss(0.0, PIN_ERROR_M), rng.gauss(0.0, PIN_ERROR_M))
        tkp: Json = {"lon": round(pin.lon, 7), "lat": round(pin.lat, 7), "uncertainty_m": 25, "method": "map"}
        if not story.place_words:
            return tkp
        query: dict[str, str | float] = {"q": story.place_words, "limit": 8}
        call = self._screen.calls.get(call_id)
        if call is not None and call["position"] is not None:
            query |= {"lat": call["position"]["lat"], "lon": call["position"]["lon"]}
        found = await self._line.get("/api/places/search", **query)
        for feature in found["features"] if found else []:
            lon, lat = feature["geometry"]["coordinates"]
            if metres_between(LonLat(lon, lat), scene) <= CONFIRMED_WITHIN_M:
                return tkp | {"method": "search", "label": feature["properties"]["label"]}
        return tkp | {"label": story.place_words}

    async def _known(self, story: Story, tkp: Json) -> int | None:
        """Return the incident that this caller tells of too, if there is one."""
        near = await self._line.get(
            "/api/incidents/nearby",
            lon=tkp["lon"],
            lat=tkp["lat"],
            radius_m=SAME_WITHIN_M,
            minutes=SAME_WITHIN_MIN,
        )
        for one in near or []:
            incident = one["incident"]
            if incident["type"] == story.type and incident["id"] in self._screen.incidents:
                return int(incident["id"])
        return None

    async def _open(self, call_id: int, story: Story, tkp: Json, rng: random.Random) -> None:
        opened = await self._line.post(
            "/api/incidents",
            {
                "client_id": str(uuid.uuid4()),
                "call_id": call_id,
                "type": story.type,
                "priority": story.priority,
                "words": story.words,
                "landmark": story.landmark,
            },
        )
        if not opened.is_ok:
            return
        await self._clock.sleep(rng.uniform(4.0, 9.0))
        await self._line.send("PUT", f"/api/incidents/{opened.body['id']}/tkp", tkp)

    async def _write_down(self, call_id: int, story: Story) -> None:
        self._told.add(call_id)
        said = {"name": story.name, "words": story.words, "landmark": story.landmark}
        await self._line.send("PUT", f"/api/calls/{call_id}/caller", said)

    async def _classify(self, call_id: int, kind: CallClass, steps: list[str] | None = None) -> bool:
        """Say what kind of call it is; False: the caller has rung off meanwhile, or a human has closed the call."""
        body: Json = {"call_class": kind, "silent_steps": steps}
        return (await self._line.post(f"/api/calls/{call_id}/classify", body)).is_ok

    async def _close(self, call_id: int, story: Story, rng: random.Random) -> None:
        await self._clock.sleep(rng.uniform(4.0, 15.0))
        await self._line.post(f"/api/calls/{call_id}/close", {"note": story.note})

    def _is(self, call_id: int, state: str) -> bool:
        shown = self._screen.calls.get(call_id)
        return shown is not None and shown["state"] == state
