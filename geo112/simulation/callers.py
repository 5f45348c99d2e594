"""Callers, and the telephone exchange that rings for them.

a day's rhythm ─► who, what, where ─ /api/places/reverse ─► words ─► POST /api/calls ─► rings until answered
                                                                           └─ patience at an end ─► abandoned
"""

import asyncio
import math
import random
import uuid
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from geo112.calls.call import CallClass
from geo112.coordinates import LonLat
from geo112.incidents.response_plan import TYPES
from geo112.simulation import stories
from geo112.simulation.centre_clock import CentreClock
from geo112.simulation.ground import Ground, metres_between, moved
from geo112.simulation.line import Json, Line, alone
from geo112.simulation.screen import Screen
from geo112.simulation.stories import Around, Story

SCENE_PROFILE = "fire_engine"  # every vehicle comes where the widest one does
DUPLICATES = 0.2  # of emergencies, that more than one caller reports

# A demonstration begins with emergencies, so that a visitor sees whole stories soon: (after seconds, type, priority).
OPENING: tuple[tuple[float, str, int], ...] = (
    (2.0, "medical", 2),
    (12.0, "traffic_accident", 2),
    (25.0, "fire", 2),
    (45.0, "security", 2),
    (70.0, "medical", 2),
    (100.0, "fire", 1),
    (140.0, "fallen_tree", 3),
    (190.0, "medical", 1),
)
OPENING_DRIVE_S = 150.0  # near enough to be chosen at once
OPENING_REACH_S = 600.0  # looked no farther
OPENING_TRIES = 12


class Exchange:
    """The telephone exchange and everybody who rings. `stories` holds what each caller says, by call id."""

    def __init__(
        self,
        telephony: Line,
        desk: Line,
        screen: Screen,
        clock: CentreClock,
        ground: Ground,
        rng: random.Random,
        *,
        zone: ZoneInfo,
        per_hour: float,
        emergency_share: float,
        posts: Mapping[str, Sequence[tuple[str, LonLat]]],
    ) -> None:
        self.stories: dict[int, Story] = {}
        self._telephony = telephony
        self._desk = desk
        self._screen = screen
        self._clock = clock
        self._ground = ground
        self._rng = rng
        self._zone = zone
        self._per_hour = per_hour
        self._emergency_share = emergency_share
        self._posts = posts  # by capability: (profile, place)

    async def run(self, *, opening: bool = True) -> None:
        """Ring until cancelled; with `opening` the first calls are emergencies near a post."""
        await self._hang_up_forgotten()
        async with asyncio.TaskGroup() as tasks:
            if opening:
                tasks.create_task(alone("a caller", self._open(random.Random(self._rng.random()))))
            while True:
                hour = self._clock.now().astimezone(self._zone).hour
                await self._clock.sleep(stories.gap_s(self._per_hour, hour, self._rng))
                rng = random.Random(self._rng.random())
                tasks.create_task(alone("a caller", self._next_caller(hour, rng)))

    async def _open(self, rng: random.Random) -> None:
        """Ring with the opening's emergencies, each at its time; the places are thought of one after the other."""
        begins = self._clock.now()
        async with asyncio.TaskGroup() as tasks:
            for after_s, kind, level in OPENING:
                scene = await asyncio.to_thread(self._scene_near_posts, kind, level, rng)
                told = await self.told(kind, level, scene, rng)
                await self._clock.sleep(after_s - (self._clock.now() - begins).total_seconds())
                tasks.create_task(self.ring(told, random.Random(rng.random())))

    async def _next_caller(self, hour: int, rng: random.Random) -> None:
        kind = stories.call_class(self._emergency_share, rng)
        if kind is not CallClass.EMERGENCY:
            await self.ring(stories.no_emergency(kind, rng), rng)
            return
        incident_type, level = stories.incident_kind(hour, rng)
        scene = self._scene(rng)
        more = rng.choice((1, 1, 2)) if rng.random() < DUPLICATES else 0
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.ring(await self.told(incident_type, level, scene, rng), rng))
            for _ in range(more):  # seen from across the street, told in other words
                seen = moved(scene, rng.gauss(0.0, 25.0), rng.gauss(0.0, 25.0))
                await self._clock.sleep(rng.uniform(20.0, 90.0))
                tasks.create_task(self.ring(await self.told(incident_type, level, seen, rng), rng))

    def _scene(self, rng: random.Random) -> LonLat:
        return LonLat(*self._ground.random_place(SCENE_PROFILE, rng).point)

    def _scene_near_posts(self, kind: str, level: int, rng: random.Random) -> LonLat:
        """Return a scene that a unit of each needed capability can reach from its post in a few minutes.

        Of some scenes the best, where there is none as near as that.
        """
        needed = [need.capability for need in TYPES[kind].plan[level]]
        best, best_s = self._scene(rng), math.inf
        for _ in range(OPENING_TRIES):
            scene = self._scene(rng)
            farthest_s = max(self._soonest_s(scene, self._posts.get(one, ())) for one in needed)
            if farthest_s < best_s:
                best, best_s = scene, farthest_s
            if best_s <= OPENING_DRIVE_S:
                break
        return best

    def _soonest_s(self, scene: LonLat, posts: Sequence[tuple[str, LonLat]]) -> float:
        """Return the seconds from the best of some posts, each with the profile of the unit that stands there."""
        near = sorted(posts, key=lambda post: metres_between(post[1], scene))[:3]
        return min((self._ground.seconds(place, scene, profile, OPENING_REACH_S) for profile, place in near), default=0)

    async def told(self, kind: str, level: int, scene: LonLat, rng: random.Random) -> Story:
        """Return the story of an emergency, in words made of what lies at the scene."""
        found = await self._desk.get("/api/places/reverse", lat=scene.lat, lon=scene.lon)
        return stories.emergency(kind, level, scene, around(found), rng)

    async def ring(self, story: Story, rng: random.Random) -> None:
        """Ring with a story, until somebody answers or the caller's patience is at an end."""
        body: Json = {"client_id": str(uuid.uuid4()), "ani": story.number, "operator": story.operator}
        cell = cell_of(story.scene or self._scene(rng), rng)
        if cell is not None:
            body |= {
                "position": {"lon": cell[0].lon, "lat": cell[0].lat},
                "position_uncertainty_m": cell[1],
                "position_source": "cell",
            }
        answer = await self._telephony.post("/api/calls", body)
        if not answer.is_ok:
            return
        call_id: int = answer.body["id"]
        self.stories[call_id] = story
        self._screen.touch()  # the call may be on it already, from before we knew its number
        await self._clock.sleep(story.patience_s)
        shown = self._screen.calls.get(call_id)
        if shown is not None and shown["state"] == "RINGING":
            await self._telephony.post(f"/api/calls/{call_id}/abandon")

    async def _hang_up_forgotten(self) -> None:
        """End the calls that a simulator left on the line when it was stopped."""
        await self._screen.is_shown.wait()
        for call in list(self._screen.calls.values()):
            if call["taken_by"] is None and call["state"] in ("RINGING", "ANSWERED", "CLASSIFIED"):
                await self._telephony.post(f"/api/calls/{call['id']}/abandon")
            elif call["taken_by"] is None and call["state"] == "LINKED":
                await self._desk.post(f"/api/calls/{call['id']}/close", {"note": "Sambungan terputus."})


def cell_of(stands: LonLat, rng: random.Random) -> tuple[LonLat, float] | None:
    """Return where the network says that a caller is, and how sure of it in metres; it does not always say."""
    if rng.random() >= 0.85:
        return None
    uncertainty_m = rng.uniform(300.0, 1500.0)
    off_m, way = uncertainty_m * math.sqrt(rng.uniform(0.02, 1.0)), rng.uniform(0.0, 2 * math.pi)
    cell = moved(stands, off_m * math.cos(way), off_m * math.sin(way))
    return LonLat(round(cell.lon, 6), round(cell.lat, 6)), round(uncertainty_m)


def around(found: Json | None) -> Around:
    """Read the answer of /api/places/reverse."""
    said = found["properties"] if found else {}
    landmark = said.get("landmark")
    return Around(
        said.get("street"),
        tuple(said.get("areas") or ()),
        landmark["name"] if landmark else None,
        landmark["distance_m"] if landmark else None,
    )
