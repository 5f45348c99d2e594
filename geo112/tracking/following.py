"""What follows from fixes that are committed: the road, drives or stands, the ETA, the step that may be proposed.

    pipeline ── units that moved ──► queue ─► all that queued while the last round ran ─► read ─► judged ─► written

Enrichment may fail, records may not: the pings are safe and answered before. A round that fails is dropped; the next
fix of a unit brings it up to date, for the fixes of a unit on an errand are read from the history since the last one
that was judged. Nothing here changes a status.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from geo112 import clock
from geo112.bus import bus
from geo112.coordinates import LonLat
from geo112.database import driver, sessions
from geo112.dispatching import proposals, travel
from geo112.dispatching import service as dispatching
from geo112.dispatching.proposals import Seen
from geo112.dispatching.proposing import BEFORE_SCENE, HOMEWARD, Event
from geo112.settings import settings
from geo112.tracking import motion_store, store
from geo112.tracking.motion import Errand, Motion, Presence, Spot, go, move, nearest_m
from geo112.tracking.motion_store import Judged, Moved, Task
from routing.metric import Conditions
from routing.network import RoadNetwork

log = logging.getLogger("geo112.tracking")

ROUND_EVERY_S = 0.1  # real seconds; screens are drawn four times a second
ANSWERS_WITHIN_S = 15.0


class Follower:
    """The rounds of this process."""

    def __init__(self) -> None:
        self._moved: set[int] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def note(self, unit_ids: Collection[int]) -> None:
        """Hear which units moved; returns at once."""
        if unit_ids:
            self._moved.update(unit_ids)
            self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            unit_ids, self._moved = self._moved, set()
            try:
                async with asyncio.timeout(ANSWERS_WITHIN_S):
                    await follow(unit_ids)
            except (SQLAlchemyError, psycopg.Error, OSError, TimeoutError) as error:
                log.warning("%d units are not followed this time: %s", len(unit_ids), type(error).__name__)
            except Exception:
                log.exception("%d units are not followed this time", len(unit_ids))
            await asyncio.sleep(ROUND_EVERY_S)


async def follow(unit_ids: Collection[int]) -> None:
    """Bring units up to date with their newest fixes: one round."""
    async with sessions().begin() as session:
        connection = await driver(session)
        units = await motion_store.moved(connection, unit_ids)
        if not units:
            return
        on_errand = [one for one in units if one.task is not None]
        tracks = await motion_store.between(connection, on_errand) if on_errand else {}
        roads = await dispatching.network(session)
    now = clock.now()
    conditions = travel.conditions_at(now, settings().time_zone)
    judged = await asyncio.to_thread(judge, units, tracks, roads, conditions)
    async with sessions().begin() as session:
        saved = await motion_store.save(await driver(session), judged)
        seen = [found for one in judged if one.moved.unit_id in saved and (found := _seen(one)) is not None]
        await proposals.follow(session, seen, now)
    if any(one.eta is not None for one in judged):
        await bus().tell(store.CHANNEL)


def judge(
    units: Sequence[Moved], tracks: Mapping[int, Sequence[Spot]], roads: RoadNetwork | None, conditions: Conditions
) -> list[Judged]:
    """Judge many units at once. Pure, but for the arrival fields that are kept.

    Args:
        tracks: fixes that were not judged yet, before the newest, by unit.
    """
    snapped = travel.on_roads(roads, [(one.profile, one.newest.place) for one in units])
    asked = [
        (index, travel.Asked(one.task.tkp, one.profile, one.newest.place, snapped[index]))
        for index, one in enumerate(units)
        if one.task is not None and one.task.tkp is not None and one.task.status in BEFORE_SCENE
    ]
    times = travel.seconds_each(roads, [each for _, each in asked], conditions)
    etas = {index: time for (index, _), time in zip(asked, times, strict=True)}
    return [
        Judged(one, *_judged(one, tracks.get(one.unit_id, ()), roads, conditions), snapped[index], etas.get(index))
        for index, one in enumerate(units)
    ]


def _judged(
    one: Moved, track: Sequence[Spot], roads: RoadNetwork | None, conditions: Conditions
) -> tuple[Motion, Presence]:
    errand = None if one.task is None else _errand(one.task, one.profile, roads, conditions)
    motion, presence = one.motion, one.presence
    for spot in (*track, one.newest):
        motion = move(motion, spot)
        presence = go(presence, motion, spot, one.post, errand)
    assert motion is not None
    return motion, presence


def _errand(task: Task, profile: str, roads: RoadNetwork | None, conditions: Conditions) -> Errand:
    if task.status in HOMEWARD:
        return Errand(task.assignment_id, True, task.status_since)
    if task.tkp is None or task.status not in BEFORE_SCENE:
        return Errand(task.assignment_id, False, task.sent_at)
    scene = (task.tkp, *travel.kerbs(roads, task.tkp, profile, conditions))
    return Errand(task.assignment_id, False, task.sent_at, scene, task.uncertainty_m)


def _seen(one: Judged) -> Seen | None:
    """Return what speaks for a step of the unit's assignment, with the evidence that a person is shown."""
    task, presence, post = one.moved.task, one.presence, one.moved.post
    if task is None:
        return None
    tkp = () if task.tkp is None else (task.tkp,)
    events: dict[Event, tuple[datetime, dict[str, Any]]] = {}
    if presence.left_at is not None:
        events[Event.LEFT] = (presence.left_at, _evidence(one, one.moved.newest.place, tkp or (post,), None))
    if presence.there_since is not None:
        events[Event.THERE] = (presence.there_since, _evidence(one, one.motion.rest, tkp, one.motion.fixes))
    if presence.home_since is not None:
        at = max(presence.home_since, task.sent_at)  # it may have stood there for days, but not for this errand
        events[Event.HOME] = (at, _evidence(one, one.motion.rest, (post,), one.motion.fixes))
    return Seen(task.assignment_id, task.incident_id, task.status, events)


def _evidence(one: Judged, place: LonLat, goal: Sequence[LonLat], fixes: int | None) -> dict[str, Any]:
    """Return what was looked at: metres from `goal`, accuracy, fixes at rest, the newest of all, and where."""
    return {
        "distance_m": round(nearest_m(place, goal)),
        "accuracy_m": one.moved.newest.accuracy_m,
        "fixes": fixes,
        "fixed_at": clock.as_json(one.motion.fixed_at),
        "lon": place.lon,
        "lat": place.lat,
    }
