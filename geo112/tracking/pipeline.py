"""Every message of this process on its way to the database, many to a commit; the answer goes out after it.

    take ─► queue ─► known? ─► judged ─► kept, newest of each unit ─► commit ─► each its outcome ─► NOTIFY
                      └► no key, revoked, unreadable ─► quarantine, in the same commit

What the database refuses for one message is put aside alone; when the database is away nothing is acknowledged.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from geo112 import clock
from geo112.bus import bus
from geo112.settings import settings
from geo112.tracking import partitions, quarantine, store
from geo112.tracking.batching import Batcher, BusyError
from geo112.tracking.device import Device
from geo112.tracking.fix import Fix
from geo112.tracking.judging import Judged, Ping, judge
from geo112.tracking.quarantine import Aside
from geo112.tracking.senders.message import Reading, Unreadable
from geo112.tracking.wire import Wire

log = logging.getLogger("geo112.tracking")

MOST_AT_ONCE = 2_000  # fixes of one commit
MOST_WAITING = 50_000  # fixes: about 50 MB
ANSWERS_WITHIN_S = 15.0  # real seconds; a database that takes longer is away
NOTIFY_EVERY_S = 0.025  # NOTIFY takes a lock of the whole cluster
ROOM_AFTER = 100  # things put aside, between two looks at how much lies there


class Parcel(NamedTuple):
    """One message as it was read."""

    sender: str
    key_hash: bytes
    reading: Reading
    received_at: datetime
    address: str
    excerpt: str | bytes  # of what came, to look at where its sender is unknown


@dataclass(slots=True)
class Outcome:
    """What became of each id: every one is in exactly one of the three, and the phone may forget them all."""

    is_known: bool
    stored: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    quarantined: list[dict[str, str]] = field(default_factory=list)


class Pipeline:
    """The way of this process to the database: one connection, made anew whenever it breaks.

    Args:
        on_moved: hears, after the commit, which units have a newer fix; it must return at once.
    """

    def __init__(self, on_moved: Callable[[Collection[int]], None] | None = None) -> None:
        self._on_moved = on_moved
        self._moved: set[int] = set()  # by the transaction under way
        self._batcher: Batcher[Parcel, Outcome] = Batcher(self._write, MOST_AT_ONCE, MOST_WAITING)
        self._wire: Wire | None = None
        self._day: date | None = None
        self._aside = ROOM_AFTER
        self._changed = asyncio.Event()
        self._teller: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._batcher.start()
        self._teller = asyncio.create_task(self._tell())

    async def stop(self) -> None:
        await self._batcher.stop()
        if self._teller is not None:
            self._teller.cancel()
            with suppress(asyncio.CancelledError):
                await self._teller
        await self._hang_up()

    async def take(self, parcel: Parcel) -> Outcome:
        """Return what became of a message, after its commit.

        Raises:
            BusyError: too much waits, or the database is away; nothing of it is acknowledged.
        """
        return await self._batcher.add(parcel, 1 + len(parcel.reading.fixes))

    async def _write(self, parcels: list[Parcel]) -> list[Outcome | Exception]:
        try:
            return await self._deliver(parcels)
        except BusyError:
            raise
        except Exception as error:
            if len(parcels) > 1:
                return [result for one in parcels for result in await self._write_alone(one)]
            log.exception(
                "A message of %s cannot be kept and is put aside: %s", parcels[0].sender, type(error).__name__
            )
            reading = parcels[0].reading
            ids = dict.fromkeys(
                [*(one.said_id for one in reading.fixes), *(one.client_id for one in reading.unreadable)]
            )
            bare = Reading(unreadable=[Unreadable(one, "unstorable", parcels[0].excerpt) for one in ids or [""]])
            return await self._deliver([parcels[0]._replace(reading=bare)])

    async def _write_alone(self, parcel: Parcel) -> list[Outcome | Exception]:
        try:
            return await self._write([parcel])
        except Exception as error:
            return [error]

    async def _deliver(self, parcels: list[Parcel]) -> list[Outcome | Exception]:
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                wire = await self._connected(max(one.received_at for one in parcels).date())
                self._moved = set()
                outcomes = await self._committed(wire, parcels)
        except (psycopg.OperationalError, psycopg.InterfaceError, TimeoutError, OSError) as error:
            log.warning("The database does not take positions: %s", type(error).__name__)
            await self._hang_up()
            raise BusyError("database_away") from error
        except BaseException:  # the connection is in the middle of a transaction
            await self._hang_up()
            raise
        self._changed.set()
        if self._on_moved is not None:
            self._on_moved(self._moved)
        return list(outcomes)

    async def _committed(self, wire: Wire, parcels: Sequence[Parcel]) -> list[Outcome]:
        shown = [store.Shown(one.key_hash, _named(one)) for one in parcels]
        found = await store.begin(wire, shown, clock.real_now())
        pings: list[Ping] = []
        asides: list[Aside] = []
        heard: dict[int, tuple[Device, datetime]] = {}
        seen: dict[Any, list[Fix]] = {}
        judged: list[tuple[Judged, int] | None] = []
        for parcel, key in zip(parcels, shown, strict=True):
            device, code = _authenticated(found.get(key))
            if device is None or code is not None:
                judged.append(None)
                if parcel.sender != "crew":
                    asides.append(_aside(parcel, code or "unknown_key", "", parcel.excerpt, device))
                continue
            one = judge(parcel.reading, device, parcel.received_at, seen)
            judged.append((one, len(pings)))
            pings += one.pings
            heard[device.id] = (device, parcel.received_at)
            asides += [_aside(parcel, bad.code, bad.client_id, bad.body, device) for bad in one.aside]
        already = await store.keep(wire, pings, {id_: device for id_, (device, _) in heard.items()})
        new = [ping for number, ping in enumerate(pings) if number not in already] if already else pings
        if asides:
            await quarantine.put(wire.connection, asides)
            self._aside += len(asides)
            if self._aside >= ROOM_AFTER:
                self._aside = 0
                await quarantine.make_room(wire.connection)
        await store.commit(wire, new, heard.values())
        self._moved = {ping.unit_id for ping in new if ping.moves}
        return [_outcome(parcel, one, already) for parcel, one in zip(parcels, judged, strict=True)]

    async def _connected(self, today: date) -> Wire:
        if self._wire is None:
            self._wire = await Wire.connect(settings().libpq_url)
            self._day = None
        if self._day != today:
            await partitions.ensure(self._wire.connection, today)
            self._day = today
        return self._wire

    async def _hang_up(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    async def _tell(self) -> None:
        """Tell the live screens that positions changed, one word for all commits of a moment."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            with suppress(SQLAlchemyError, OSError):  # the live feed looks by itself every second
                await bus().tell(store.CHANNEL)
            await asyncio.sleep(NOTIFY_EVERY_S)


def _named(parcel: Parcel) -> str:
    """Return the vehicle that a forwarding server speaks for; what others call themselves means nothing."""
    return parcel.reading.said_id.replace("\0", "") if parcel.sender == "traccar_server" else ""


def _authenticated(found: store.Found | None) -> tuple[Device | None, str | None]:
    """Return the device of a key, and why it may not speak, or None."""
    if found is None:
        return None, "unknown_key"
    if found.device.is_revoked:
        return found.device, "revoked"
    if found.is_unknown_vehicle or found.device.unit_id is None:
        return found.device, "unknown_vehicle"
    return found.device, None


def _aside(parcel: Parcel, code: str, client_id: str, body: Any, device: Device | None) -> Aside:
    return Aside(
        parcel.sender,
        code,
        parcel.reading.said_id if parcel.reading.said_id != parcel.reading.key else "",
        client_id,
        parcel.address,
        parcel.received_at,
        body,
        None if device is None else device.id,
        None if device is None else device.unit_id,
    )


def _outcome(parcel: Parcel, judged: tuple[Judged, int] | None, already: set[int]) -> Outcome:
    if judged is None:
        return Outcome(is_known=False)
    one, first = judged
    outcome = Outcome(is_known=True)
    if parcel.sender != "crew":
        return outcome
    codes = {bad.client_id: bad.code for bad in reversed(one.aside)}
    stored = {ping.fix.said_id: None for number, ping in enumerate(one.pings, first) if number not in already}
    outcome.stored = list(stored)
    if len(stored) < len(parcel.reading.fixes):
        refused = {id(fix) for fix in parcel.reading.fixes} - {id(ping.fix) for ping in one.pings}
        others = (fix for fix in parcel.reading.fixes if not (id(fix) in refused and fix.said_id in codes))
        outcome.already = list(dict.fromkeys(fix.said_id for fix in others if fix.said_id not in stored))
    answered = {*outcome.stored, *outcome.already} if codes else ()
    outcome.quarantined = [{"id": said, "code": code} for said, code in codes.items() if said not in answered]
    return outcome
