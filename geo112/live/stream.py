"""The live feed of this process: one listener of the database, many screens.

    NOTIFY journal / position ─► Hub reads what is new, once ─► a frame, encoded once ─► each screen that may see it

Event ids are `<journal id>.<position version>`. A screen that comes back names the last one it saw and gets what it
missed: journal entries after it, and positions changed since (repeats are harmless, the newer fix wins).
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from geo112 import clock, journal
from geo112.access.roles import Signed
from geo112.coordinates import LonLat
from geo112.database import row, rows, sessions
from geo112.dispatching import service as dispatching
from geo112.dispatching import travel
from geo112.live.situation import LAST, entry_as_event, may_see_entry, may_see_unit
from geo112.settings import settings
from geo112.tracking import store as tracking

log = logging.getLogger("geo112.live")

LONGEST_WAIT_S = 2.0  # between two tries to reach a database that went away
HEARTBEAT_S = 2.0  # real seconds; a screen says “delayed” after 5 without a byte
COALESCE_S = 0.2  # positions are read at most this often
QUEUE = 2000  # frames a screen may lag behind before it is sent away to resume
MISSED_AT_MOST = 5000  # more than this, and a snapshot is cheaper
OVERLAP = 200  # positions are sent again from this many versions before: a version is drawn before its commit

ENTRIES_AFTER = text("SELECT * FROM journal WHERE id > :after ORDER BY id LIMIT :limit")

POSITIONS_AFTER = text("""
    SELECT position.*, unit.profile, unit.opd_id, assignment.id AS assignment_id,
           ST_X(incident.tkp) AS tkp_lon, ST_Y(incident.tkp) AS tkp_lat,
           assignment.status IN ('SENT', 'DELIVERED', 'ACCEPTED', 'EN_ROUTE', 'STAGED') AS is_on_its_way,
           ARRAY(SELECT track.opd_id FROM incident_track AS track WHERE track.incident_id = assignment.incident_id)
               AS track_opd_ids
      FROM unit_position AS position
      JOIN unit ON unit.id = position.unit_id
      LEFT JOIN assignment ON assignment.unit_id = unit.id AND assignment.holds_unit
      LEFT JOIN incident ON incident.id = assignment.incident_id
     WHERE position.version > :after
     ORDER BY position.version""")


@dataclass(frozen=True, slots=True)
class Frame:
    """One event for those who may see it. Positions of several units are cut per screen, changes are encoded once."""

    journal_id: int
    version: int
    change: bytes | None = None
    roles: frozenset[str] = frozenset()
    opd_ids: frozenset[int] | None = None
    unit_ids: frozenset[int] | None = None
    positions: tuple[dict[str, Any], ...] = ()


@dataclass(eq=False, slots=True)
class Screen:
    """A connected screen: who looks, and what it has still to be sent."""

    who: Signed
    frames: deque[Frame] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False

    def give(self, frame: Frame) -> None:
        if len(self.frames) >= QUEUE:
            self.is_over = True
        else:
            self.frames.append(frame)
        self.wake.set()


class Hub:
    """Listens to the database for all screens of this process."""

    def __init__(self) -> None:
        self.screens: set[Screen] = set()
        self.journal_id = 0
        self.version = 0
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._sent: dict[int, int] = {}  # unit id → version of its position that was sent last

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for screen in self.screens:
            screen.is_over = True
            screen.wake.set()

    async def follow(self, who: Signed, last_event_id: str | None, snapshot: bytes, at: str) -> AsyncIterator[bytes]:
        """Yield the bytes of an event stream: the snapshot (unless resuming), then what happens, for ever.

        Args:
            last_event_id: where a returning screen left off; None, unreadable or too long ago: it gets the snapshot.
            snapshot: what a screen starts from, as JSON.
            at: the id of the snapshot.
        """
        await self._ready.wait()
        screen = Screen(who)
        self.screens.add(screen)
        try:
            yield b"retry: 1000\n\n"
            seen = _parse(last_event_id)
            missed = None if seen is None else await self._missed(who, *seen)
            if seen is None or missed is None:
                seen = _parse(at) or (0, 0)
                yield _event("snapshot", at, snapshot)
                missed = await self._missed(who, *seen) or []
            journal_id, version = seen
            for frame in missed:
                journal_id, version = max(journal_id, frame.journal_id), max(version, frame.version)
                for event in _events(who, frame, journal_id, version):
                    yield event
            beat_at = asyncio.get_running_loop().time()
            while not screen.is_over:
                screen.wake.clear()
                while screen.frames:
                    frame = screen.frames.popleft()
                    if frame.change is not None and frame.journal_id <= journal_id:
                        continue
                    journal_id, version = max(journal_id, frame.journal_id), max(version, frame.version)
                    for event in _events(who, frame, journal_id, version):
                        yield event
                # By the clock and not by silence: what others may see wakes this screen too, and says nothing to it.
                if beat_at <= asyncio.get_running_loop().time():
                    beat_at = asyncio.get_running_loop().time() + HEARTBEAT_S
                    beat = {"now": clock.as_json(clock.now()), "speed": clock.speed()}
                    yield _event("heartbeat", f"{journal_id}.{version}", msgspec.json.encode(beat))
                with suppress(TimeoutError):
                    await asyncio.wait_for(screen.wake.wait(), beat_at - asyncio.get_running_loop().time())
        except SQLAlchemyError as error:
            log.warning("A screen could not be told what it missed and has to come again: %s", type(error).__name__)
        finally:
            self.screens.discard(screen)

    async def _run(self) -> None:
        """Listen, and begin again with patience whenever the database goes away."""
        wait_s = 0.5
        while True:
            try:
                await self._listen()
                wait_s = 0.5
            except (psycopg.Error, SQLAlchemyError, OSError) as error:
                log.warning(
                    "The live feed lost the database and tries again in %.1f s: %s", wait_s, type(error).__name__
                )
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _listen(self) -> None:
        listener = await psycopg.AsyncConnection.connect(settings().libpq_url, autocommit=True)
        async with listener:
            await listener.execute(f"LISTEN {journal.CHANNEL}")
            await listener.execute(f"LISTEN {tracking.CHANNEL}")
            if not self._ready.is_set():
                async with sessions().begin() as session:
                    last = await row(session, LAST)
                assert last is not None
                self.journal_id, self.version = last.journal_id, last.version
                self._ready.set()
            await self._read_new()
            while True:
                async for _ in listener.notifies(timeout=5.0, stop_after=1):
                    pass
                await self._read_new()
                await asyncio.sleep(COALESCE_S / 4)

    async def _read_new(self) -> None:
        async with sessions().begin() as session:
            entries = await rows(session, ENTRIES_AFTER, after=self.journal_id, limit=MISSED_AT_MOST)
            # A version is drawn before its commit: a smaller one may become visible after a greater one.
            positions = await self._positions(session, self.version - OVERLAP, self._sent)
        for entry in entries:
            self.journal_id = entry.id
            self._give(_change(entry, self.version))
        if positions.positions:
            self._sent.update((one["position"]["unit_id"], one["version"]) for one in positions.positions)
            self.version = max(self.version, positions.version)
            self._give(positions)

    def _give(self, frame: Frame) -> None:
        for screen in self.screens:
            screen.give(frame)

    async def _missed(self, who: Signed, journal_id: int, version: int) -> list[Frame] | None:
        """Return what happened since, or None where it is too much or the id is not of this database."""
        async with sessions().begin() as session:
            last = await row(session, LAST)
            assert last is not None
            if journal_id > last.journal_id or version > last.version:
                return None
            entries = await rows(session, ENTRIES_AFTER, after=journal_id, limit=MISSED_AT_MOST + 1)
            if len(entries) > MISSED_AT_MOST:
                return None
            positions = await self._positions(session, version - OVERLAP, {})
        return [*(_change(entry, version) for entry in entries), positions]

    async def _positions(self, session: AsyncSession, after: int, sent: Mapping[int, int]) -> Frame:
        changed = await rows(session, POSITIONS_AFTER, after=after)
        found = [one for one in changed if sent.get(one.unit_id) != one.version]
        if not found:
            return Frame(0, 0)
        roads = await dispatching.network(session)
        now = clock.now()
        positions = await asyncio.to_thread(lambda: tuple(_position(one, roads, now) for one in found))
        return Frame(0, found[-1].version, positions=positions)


def _position(found: Any, roads: Any, now: datetime) -> dict[str, Any]:
    """Return what a screen shows of a unit's place, and when it will be at its TKP."""
    eta = None
    if found.is_on_its_way and found.tkp_lon is not None:
        tkp = LonLat(found.tkp_lon, found.tkp_lat)
        place = LonLat(found.lon, found.lat)
        conditions = travel.conditions_at(now, settings().time_zone)
        soon = travel.seconds_to(roads, tkp, [(found.profile, place)], conditions)[0]
        eta = {
            "assignment_id": found.assignment_id,
            "eta_s": round(soon.eta_s, 1),
            "distance_m": round(soon.straight_m),
            "eta_source": soon.source,
            "at": clock.as_json(now),
        }
    return {
        "opd_ids": frozenset({found.opd_id, *found.track_opd_ids}),
        "eta": eta,
        "version": found.version,
        "position": {
            "unit_id": found.unit_id,
            "lon": found.lon,
            "lat": found.lat,
            "fixed_at": clock.as_json(found.fixed_at),
            "received_at": clock.as_json(found.received_at),
            "heard_at": clock.as_json(found.heard_at),
            "accuracy_m": found.accuracy_m,
            "speed_mps": found.speed_mps,
            "bearing_deg": found.bearing_deg,
            "battery": found.battery,
        },
    }


def _change(entry: Any, version: int) -> Frame:
    return Frame(
        entry.id,
        version,
        change=msgspec.json.encode(entry_as_event(entry)),
        roles=frozenset(entry.roles),
        opd_ids=None if entry.opd_ids is None else frozenset(entry.opd_ids),
        unit_ids=None if entry.unit_ids is None else frozenset(entry.unit_ids),
    )


def _events(who: Signed, frame: Frame, journal_id: int, version: int) -> Iterable[bytes]:
    """Return the events of a frame that `who` may see, as bytes."""
    at = f"{journal_id}.{version}"
    if frame.change is not None and may_see_entry(who, frame.roles, frame.opd_ids, frame.unit_ids):
        yield _event("change", at, frame.change)
    mine = [one for one in frame.positions if may_see_unit(who, one["position"]["unit_id"], one["opd_ids"])]
    if mine:
        body = {
            "positions": [one["position"] for one in mine],
            "etas": [one["eta"] for one in mine if one["eta"] is not None],
        }
        yield _event("positions", at, msgspec.json.encode(body))


def _event(name: str, at: str, body: bytes) -> bytes:
    return b"event: %b\nid: %b\ndata: %b\n\n" % (name.encode(), at.encode(), body)


def _parse(event_id: str | None) -> tuple[int, int] | None:
    journal_id, _, version = (event_id or "").partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (journal_id, version)):
        return None
    return int(journal_id), int(version)
