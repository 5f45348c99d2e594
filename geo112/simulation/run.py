"""The simulation: callers, an exchange, desks and crews at work on a served city, through the public HTTP API alone.

    Exchange ─► POST /api/calls ─► CallTakers ─► Dispatchers (one per OPD) ─► Crews (one per unit, with a phone)
                                        each with a token of its own; each OPD's crews hear its dispatcher's screen

Every actor has a random stream of its own from the seed: the same seed tells the same stories, up to who is quicker.
"""

import asyncio
import logging
import random
import re
import ssl
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from geo112.coordinates import LonLat
from geo112.simulation.call_takers import CallTakers
from geo112.simulation.callers import Exchange
from geo112.simulation.centre_clock import CentreClock
from geo112.simulation.crews import Crew, Habits
from geo112.simulation.dispatchers import Dispatchers
from geo112.simulation.driving import DeadZones, dead_zones
from geo112.simulation.ground import Ground
from geo112.simulation.line import Json, Line, alone
from geo112.simulation.screen import Screen
from geo112.simulation.stories import DEMONSTRATION_SHARE
from routing.network import RoadNetwork

log = logging.getLogger("geo112.simulation")

CONNECTIONS = 24  # for requests; each screen has one more that stays open
CLOCK_EVERY_S = 30.0  # real seconds
CALLS_PER_UNIT = 2.5  # an hour; keeps about a third of the fleet busy at the demonstration's share of emergencies
FEWEST_CALLS, MOST_CALLS = 60.0, 240.0
HOSPITAL = re.compile(r"\b(rs|rsu|rsud|rsia|rsup|rumah sakit)\b|hospital|spital|krankenhaus", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Keys:
    """The tokens of those who take part."""

    telephony: str = field(repr=False)
    call_taker: str = field(repr=False)
    dispatchers: Mapping[str, str] = field(repr=False)  # by code of the OPD
    crews: Mapping[str, str] = field(repr=False)  # by call sign


async def simulate(
    base_url: str,
    keys: Keys,
    network_folder: Path,
    *,
    seed: int,
    verify: ssl.SSLContext | bool,
    stop: asyncio.Event,
    emergency_share: float = DEMONSTRATION_SHARE,
    calls_per_hour: float | None = None,
    habits: Habits | None = None,
    opening: bool = True,
) -> None:
    """Let a served city live until `stop` is set.

    Args:
        base_url: of the server, without a path.
        network_folder: the saved road network that the server routes on.
        seed: of all random streams.
        verify: what to trust, as httpx takes it.
        emergency_share: of the calls; in reality about 0.01 (see `stories`).
        calls_per_hour: of the centre's clock, on average over the day; None: by the size of the fleet.
        habits: how long crews take.
        opening: begin with some emergencies, so that something happens at once.
    """
    network = await asyncio.to_thread(RoadNetwork.load, network_folder)
    limits = httpx.Limits(max_connections=CONNECTIONS + len(keys.dispatchers) + 1)
    async with httpx.AsyncClient(
        base_url=base_url, verify=verify, timeout=httpx.Timeout(20.0), limits=limits, trust_env=False
    ) as client:
        cast = _Cast(client, keys, Ground(network), seed, habits or Habits(), emergency_share, calls_per_hour, opening)
        acting = asyncio.create_task(cast.act())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((acting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if acting.done():
                acting.result()
        finally:
            for task in (acting, stopping):
                task.cancel()
            await asyncio.gather(acting, stopping, return_exceptions=True)


def random_stream(seed: int, *actor: str) -> random.Random:
    """Return the random stream of one actor."""
    return random.Random(":".join((str(seed), *actor)))


@dataclass(frozen=True, slots=True)
class _Cast:
    """Everybody who takes part."""

    client: httpx.AsyncClient
    keys: Keys
    ground: Ground
    seed: int
    habits: Habits
    emergency_share: float
    calls_per_hour: float | None
    opening: bool

    async def act(self) -> None:
        desk = Line(self.client, self.keys.call_taker, "the call takers")
        city = await self._required(desk, "/api/city")
        units: list[Json] = await self._required(desk, "/api/units")
        opds: list[Json] = (await self._required(desk, "/api/reference"))["opds"]
        clock = CentreClock(datetime.fromisoformat(city["clock"]["now"]), city["clock"]["speed"])
        centre = LonLat(city["centre"]["lon"], city["centre"]["lat"])
        hospitals = await self._hospitals(desk, centre, units)
        posts = [LonLat(unit["post"]["lon"], unit["post"]["lat"]) for unit in units]
        zones = await asyncio.to_thread(dead_zones, self.ground, posts, random_stream(self.seed, "dead zones"))
        log.info("The simulation begins: %d units, %d hospitals, seed %d.", len(units), len(hospitals), self.seed)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(alone("the clock", self._keep_time(desk, clock)))
            radios = self._dispatch(tasks, opds, units, clock)
            self._crews(tasks, units, radios, clock, zones, hospitals)
            self._answer(tasks, desk, clock, units, ZoneInfo(city["time_zone"]))

    def _dispatch(
        self, tasks: asyncio.TaskGroup, opds: list[Json], units: list[Json], clock: CentreClock
    ) -> dict[int, Screen]:
        """Put dispatchers at their desks; return each OPD's screen."""
        radios: dict[int, Screen] = {}
        for opd in opds:
            token = self.keys.dispatchers.get(opd["code"])
            if token is None:
                continue
            line = Line(self.client, token, f"the dispatchers of {opd['code']}")
            screen = radios[opd["id"]] = Screen(line, clock)
            stream = random_stream(self.seed, "dispatchers", opd["code"])
            tasks.create_task(alone(line.name, screen.follow()))
            abilities = {one for unit in units if unit["opd_id"] == opd["id"] for one in unit["capabilities"]}
            dispatchers = Dispatchers(opd["id"], abilities, line, screen, clock, stream)
            tasks.create_task(alone(line.name, dispatchers.run()))
        return radios

    def _crews(
        self,
        tasks: asyncio.TaskGroup,
        units: list[Json],
        radios: dict[int, Screen],
        clock: CentreClock,
        zones: DeadZones,
        hospitals: list[LonLat],
    ) -> None:
        for unit in units:
            token, radio = self.keys.crews.get(unit["call_sign"]), radios.get(unit["opd_id"])
            if token is None or radio is None:
                continue
            line = Line(self.client, token, unit["call_sign"])
            stream = random_stream(self.seed, "crew", unit["call_sign"])
            crew = Crew(
                unit,
                line,
                radio,
                clock,
                self.ground,
                stream,
                zones=zones,
                hospitals=hospitals,
                habits=self.habits,
            )
            tasks.create_task(alone(line.name, crew.run()))

    def _answer(
        self, tasks: asyncio.TaskGroup, desk: Line, clock: CentreClock, units: list[Json], zone: ZoneInfo
    ) -> None:
        """Put callers on the line and call takers at their desks."""
        posts: dict[str, list[tuple[str, LonLat]]] = defaultdict(list)
        for unit in units:
            for capability in unit["capabilities"]:
                posts[capability].append((unit["profile"], LonLat(unit["post"]["lon"], unit["post"]["lat"])))
        screen = Screen(desk, clock)
        exchange = Exchange(
            Line(self.client, self.keys.telephony, "the exchange"),
            desk,
            screen,
            clock,
            self.ground,
            random_stream(self.seed, "callers"),
            zone=zone,
            per_hour=self.calls_per_hour or min(max(CALLS_PER_UNIT * len(units), FEWEST_CALLS), MOST_CALLS),
            emergency_share=self.emergency_share,
            posts=posts,
        )
        takers = CallTakers(desk, screen, clock, exchange, random_stream(self.seed, "call takers"))
        tasks.create_task(alone(desk.name, screen.follow()))
        tasks.create_task(alone("the exchange", exchange.run(opening=self.opening)))
        tasks.create_task(alone(desk.name, takers.run()))

    async def _keep_time(self, desk: Line, clock: CentreClock) -> None:
        while True:
            await asyncio.sleep(CLOCK_EVERY_S)
            city = await desk.get("/api/city")
            if city is not None:
                clock.set(datetime.fromisoformat(city["clock"]["now"]), city["clock"]["speed"])

    async def _hospitals(self, desk: Line, centre: LonLat, units: list[Json]) -> list[LonLat]:
        """Return the hospitals that the gazetteer finds, and those where units are stationed."""
        found = {
            LonLat(unit["post"]["lon"], unit["post"]["lat"]) for unit in units if HOSPITAL.search(unit["post_name"])
        }
        for words in ("Rumah Sakit", "RSUD", "Hospital"):
            answer = await desk.get("/api/places/search", q=words, limit=50, lat=centre.lat, lon=centre.lon)
            for feature in answer["features"] if answer else []:
                said = feature["properties"]
                if said["kind"] == "place" and HOSPITAL.search(said["label"]):
                    found.add(LonLat(*feature["geometry"]["coordinates"]))
        return sorted(found)

    @staticmethod
    async def _required(desk: Line, path: str) -> Any:
        answer = await desk.get(path)
        if answer is None:
            raise RuntimeError(f"The server refused {path}.")
        return answer
