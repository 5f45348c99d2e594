"""The live feed of this process: one reader of the database, many screens.

    journal / position heard on the bus ─► Hub reads what is new, once ─► Told ─► each screen asks what it may see of it

Event ids are `<journal id>.<position version>`. A screen that comes back names the last one it saw and gets what it
missed: journal entries after it, and positions changed since (repeats are harmless, the newer fix wins).
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from geo112 import clock, journal
from geo112.access.roles import Signed
from geo112.bus import bus, notify
from geo112.database import row, rows, sessions
from geo112.errors import DomainError
from geo112.live.changes import Change
from geo112.live.latest import Located
from geo112.live.screen import BehindError, Screen, Told, event, events_of
from geo112.live.situation import LAST, entry_as_event
from geo112.live.snapshots import Snapshots
from geo112.live.view import View
from geo112.tracking import store as tracking

log = logging.getLogger("geo112.live")

HEARTBEAT_S = 2.0  # real seconds; a screen says “delayed” after 5 without a byte
COALESCE_S = 0.2  # positions are read at least this often while they come
REST = 3  # and after a rest of so many times the work, where that is sooner: few screens are told sooner than many
LOOK_S = 1.0  # the feed looks by itself, whatever words are lost
FRESH_S = 3.0  # it has looked this lately, or there is no heartbeat
ANSWERS_WITHIN_S = 5.0
MISSED_AT_MOST = 5000  # more than this, and a snapshot is cheaper
VIEW = "view"  # channel: where a screen looks, told to whichever process has it

ENTRIES_AFTER = text("SELECT * FROM journal WHERE id > :after ORDER BY id LIMIT :limit")

POSITIONS_AFTER = text("""
    SELECT position.*, unit.opd_id, assignment.id IS NOT NULL AS is_assigned,
           motion.assignment_id, motion.fixed_at AS eta_at, motion.eta_s, motion.eta_source, motion.straight_m,
           ARRAY(SELECT track.opd_id FROM incident_track AS track WHERE track.incident_id = assignment.incident_id)
               AS track_opd_ids
      FROM unit_position AS position
      JOIN unit ON unit.id = position.unit_id
      LEFT JOIN assignment ON assignment.unit_id = unit.id AND assignment.holds_unit
      LEFT JOIN unit_motion AS motion
             ON motion.unit_id = unit.id AND motion.assignment_id = assignment.id AND motion.eta_s IS NOT NULL
            AND assignment.status IN ('SENT', 'DELIVERED', 'ACCEPTED', 'EN_ROUTE', 'STAGED')
     WHERE position.version > :after
       AND NOT EXISTS (SELECT FROM unnest(CAST(:known AS bigint[])) AS known WHERE known = position.version)
     ORDER BY position.version""")


class HubAwayError(DomainError):
    """This process has not reached the database since it started."""

    def __init__(self) -> None:
        super().__init__(
            "database_away",
            "Basis data sedang tidak menjawab; coba lagi.",
            "The database does not answer; try again.",
            503,
        )


class Look(msgspec.Struct):
    """The word that says where a screen looks; only who opened the stream may say it."""

    screen: UUID
    actor: str
    view: View


class Hub:
    """Reads for all screens of this process."""

    def __init__(self) -> None:
        self.screens: set[Screen] = set()
        self.told = Told()
        self._snapshots = Snapshots()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_ready = False
        self._read_at_s = 0.0
        self._is_over = False
        self._is_watched = asyncio.Event()  # by at least one screen
        self._heard = {journal.CHANNEL: asyncio.Event(), tracking.CHANNEL: asyncio.Event()}
        self._news = asyncio.Event()  # set, and replaced by a new one, whenever screens have to look

    async def start(self) -> None:
        positions, entries = self._heard[tracking.CHANNEL], self._heard[journal.CHANNEL]
        self._tasks = [
            asyncio.create_task(bus().listen([*self._heard, VIEW], self._hear)),
            asyncio.create_task(self._keep_reading(positions, self._read_positions, COALESCE_S)),
            asyncio.create_task(self._keep_reading(entries, self._read_entries, 0.0)),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._is_over = True
        self._wake_screens()

    async def follow(
        self,
        who: Signed,
        screen_id: UUID | None,
        last_event_id: str | None,
    ) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of an event stream: the snapshot (unless resuming), then what happens, for ever.

        The first piece is asked of the database and may raise; after it nothing does.

        Args:
            screen_id: what the page calls this stream, for `look`.
            last_event_id: where a returning screen left off; None, unreadable or too long ago: it gets the snapshot.
        Raises:
            HubAwayError, SQLAlchemyError: the database is away.
        """
        if not self._is_ready:
            raise HubAwayError
        screen = Screen(who, screen_id)
        # Before anything is read: what becomes visible after that reading is new to this process, and will be told.
        screen.turn = screen.outside_turn = self.told.latest.turn
        self.screens.add(screen)
        self._is_watched.set()
        try:
            opening = await self._resumed(screen, last_event_id)
            yield b"retry: 1000\n\n" + (await self._begun(screen) if opening is None else opening)
            now = asyncio.get_running_loop().time
            beat_at = now()
            while not self._is_over:
                news = self._news
                piece = self.told.tell(screen)
                # By the clock and not by silence: what others may see wakes this screen too, and says nothing to it.
                # While the database is away there is none, because the screen must not look live.
                if beat_at <= now():
                    beat_at = now() + HEARTBEAT_S
                    if now() < self._read_at_s + FRESH_S:
                        beat = {"now": clock.as_json(clock.now()), "speed": clock.speed()}
                        piece += event("heartbeat", screen.event_id, msgspec.json.encode(beat))
                if piece:
                    yield piece
                    continue
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(beat_at):
                        await news.wait()
        except BehindError:
            log.warning("A screen reads too slowly and has to come again.")
        finally:
            self.screens.discard(screen)
            if not self.screens:
                self._is_watched.clear()

    async def look(self, who: Signed, screen_id: UUID, view: View) -> None:
        """Let a screen of `who` look there, in whichever process it is connected."""
        word = Look(screen_id, who.actor, view)
        if not self._looks(word):
            await notify(VIEW, msgspec.json.encode(word).decode())

    async def _begun(self, screen: Screen) -> bytes:
        at, body = await self._snapshots.read(screen.who)
        screen.journal_id, screen.version = _parse(at) or (0, 0)
        turn = min(screen.turn, self.told.latest.turn_before(screen.version))
        screen.turn = screen.outside_turn = turn
        return event("snapshot", at, body)

    async def _resumed(self, screen: Screen, last_event_id: str | None) -> bytes | None:
        """Return what a screen missed of the journal; None: it is too much, or the id is not of this database."""
        seen = _parse(last_event_id)
        if seen is None:
            return None
        journal_id, version = seen
        told = self.told
        # Another process was quicker, or it is nonsense.
        if journal_id > told.changes.last_id or version > told.latest.version:
            async with sessions().begin() as session:
                last = await row(session, LAST)
            assert last is not None
            if journal_id > last.journal_id or version > last.version:
                return None
        missed = b""
        screen.journal_id, screen.version = seen
        if told.changes.after(journal_id) is None:
            async with sessions().begin() as session:
                entries = await rows(session, ENTRIES_AFTER, after=journal_id, limit=MISSED_AT_MOST + 1)
            if len(entries) > MISSED_AT_MOST:
                return None
            missed = b"".join(events_of(screen, [_change(entry)]) for entry in entries)
        screen.turn = screen.outside_turn = told.latest.turn_before(version)
        return missed

    def _hear(self, channel: str, payload: str) -> None:
        if channel in self._heard:
            self._heard[channel].set()
        elif payload:
            self._looks(msgspec.json.decode(payload, type=Look))

    def _looks(self, word: Look) -> bool:
        found = [one for one in self.screens if one.id == word.screen and one.who.actor == word.actor]
        for screen in found:
            screen.look(word.view)
        if found:
            self._wake_screens()
        return bool(found)

    def _wake_screens(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _keep_reading(self, heard: asyncio.Event, read: Callable[[], Awaitable[None]], rest_s: float) -> None:
        """Read at once when something is heard, then rest; look without a word as well; outlive the database."""
        now = asyncio.get_running_loop().time
        is_away = False
        while True:
            heard.clear()
            began = now()
            try:
                async with asyncio.timeout(ANSWERS_WITHIN_S):
                    await read()
                is_away = False
            except Exception as error:  # a feed that ended would leave every screen as it is
                if not is_away:
                    is_known = isinstance(error, psycopg.Error | SQLAlchemyError | OSError)
                    log.warning("The live feed cannot read: %s", type(error).__name__, exc_info=not is_known)
                is_away = True
                await asyncio.sleep(LOOK_S)
                continue
            self._wake_screens()
            await asyncio.sleep(0)  # screens that read well are told in this turn of the loop: their work counts too
            await asyncio.sleep(min(rest_s, REST * (now() - began)))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._is_watched.wait()  # while nobody looks, now and then is enough
                    await heard.wait()

    async def _read_entries(self) -> None:
        if not self._is_ready:
            return
        changes = self.told.changes
        async with sessions().begin() as session:
            entries = await rows(session, ENTRIES_AFTER, after=changes.last_id, limit=MISSED_AT_MOST)
        for entry in entries:
            changes.add(_change(entry))

    async def _read_positions(self) -> None:
        latest = self.told.latest
        now = asyncio.get_running_loop().time
        floor = latest.floor()
        async with sessions().begin() as session:
            if not self._is_ready:
                last = await row(session, LAST)
                assert last is not None
                self.told.changes.known_after = last.journal_id
            asked_at_s = now()
            found = await rows(session, POSITIONS_AFTER, after=floor, known=latest.versions_above(floor))
            seen_at_s = now()
        self.told.take([_located(one) for one in found], asked_at_s, seen_at_s)
        self._read_at_s = seen_at_s
        self._is_ready = True


def _located(found: Any) -> Located:
    return Located(
        unit_id=found.unit_id,
        version=found.version,
        lon=found.lon,
        lat=found.lat,
        opd_ids=frozenset({found.opd_id, *found.track_opd_ids}),
        is_assigned=found.is_assigned,
        write=partial(_written, found),
    )


def _written(found: Any) -> tuple[bytes, bytes | None]:
    """Return what a screen shows of a unit's place, and how long from that fix to its TKP (tracking/following.py)."""
    position = {
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
    }
    if found.eta_at is None:
        return msgspec.json.encode(position), None
    eta = {
        "assignment_id": found.assignment_id,
        "eta_s": round(found.eta_s, 1),
        "distance_m": round(found.straight_m),
        "eta_source": found.eta_source,
        "at": clock.as_json(found.eta_at),
    }
    return msgspec.json.encode(position), msgspec.json.encode(eta)


def _change(entry: Any) -> Change:
    return Change(
        entry.id,
        msgspec.json.encode(entry_as_event(entry)),
        frozenset(entry.roles),
        None if entry.opd_ids is None else frozenset(entry.opd_ids),
        None if entry.unit_ids is None else frozenset(entry.unit_ids),
    )


def _parse(event_id: str | None) -> tuple[int, int] | None:
    journal_id, _, version = (event_id or "").partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (journal_id, version)):
        return None
    return int(journal_id), int(version)
