"""Words between the processes of a centre: “positions changed”, “this screen looks there now”.

    tell ─► NOTIFY, or NATS where GEO112_NATS_URL names one and it answers ─► heard(channel, payload) in every process

The database is the truth. Whoever hears that something changed reads what, and reads by itself every second as well, so
a lost word costs a moment and nothing else. What must arrive goes by `notify`, which PostgreSQL carries in any case.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, Protocol

import nats.errors
import psycopg
from nats.aio.client import Client
from psycopg.conninfo import make_conninfo
from sqlalchemy import text

from geo112.database import sessions
from geo112.settings import settings

log = logging.getLogger("geo112.bus")

Heard = Callable[[str, str], None]

NOTIFY = text("SELECT pg_notify(:channel, :payload)")
KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}  # notices a cut network in 11 s
NATS_KEEPALIVE: dict[str, Any] = {"ping_interval": 2, "max_outstanding_pings": 2}  # in 6 s
CONNECT_WITHIN_S = 3.0
FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 4.0
SUBJECT = "geo112."


class Bus(Protocol):
    """Carries words to all processes, this one included."""

    async def tell(self, channel: str) -> None:
        """Say that something changed. May be lost; raises where not even PostgreSQL takes it."""

    async def listen(self, channels: Sequence[str], heard: Heard) -> None:
        """Give every word to `heard`, for ever; after each new connection one of every channel, for what was missed."""


class PostgresBus:
    """NOTIFY and LISTEN: nothing else to install, and enough for one machine."""

    async def tell(self, channel: str) -> None:
        await notify(channel)

    async def listen(self, channels: Sequence[str], heard: Heard) -> None:
        async def once() -> None:
            address = make_conninfo(settings().libpq_url, connect_timeout=5, **KEEPALIVE)
            connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
            async with connection:
                for channel in channels:
                    await connection.execute(f"LISTEN {channel}")
                for channel in channels:
                    heard(channel, "")
                async for word in connection.notifies():
                    heard(word.channel, word.payload)

        await _again_and_again("PostgreSQL", once)


class NatsBus:
    """NATS for what changes often, with PostgreSQL beside it: NOTIFY serves whenever NATS does not."""

    def __init__(self, urls: str) -> None:
        self._urls = urls.split(",")
        self._postgres = PostgresBus()
        self._client: Client | None = None

    async def tell(self, channel: str) -> None:
        client = self._client
        if client is not None and client.is_connected:
            try:
                await client.publish(SUBJECT + channel)
                return
            except (nats.errors.Error, OSError):
                pass
        await self._postgres.tell(channel)

    async def listen(self, channels: Sequence[str], heard: Heard) -> None:
        async def once() -> None:
            async def word(message: Any) -> None:
                heard(message.subject.removeprefix(SUBJECT), "")

            client = Client()
            try:
                async with asyncio.timeout(CONNECT_WITHIN_S):
                    await client.connect(
                        self._urls,
                        name="geo112",
                        error_cb=_said_by_the_end_of_the_connection,
                        allow_reconnect=False,  # `_again_and_again` does it, in one way for both
                        max_reconnect_attempts=1,
                        reconnect_time_wait=0,
                        **NATS_KEEPALIVE,
                    )
                    for channel in channels:
                        await client.subscribe(SUBJECT + channel, cb=word)
                self._client = client
                log.info("NATS carries the words of the live feed.")
                for channel in channels:
                    heard(channel, "")
                # Asked, not told: the client calls back only once the dead line is closed, which may take minutes.
                while client.is_connected:  # noqa: ASYNC110
                    await asyncio.sleep(FIRST_WAIT_S)
            finally:
                self._client = None
                with suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await client.close()
            raise nats.errors.ConnectionClosedError

        await asyncio.gather(self._postgres.listen(channels, heard), _again_and_again("NATS", once))


async def notify(channel: str, payload: str = "") -> None:
    """Carry a word of at most 8,000 bytes by PostgreSQL."""
    async with sessions().begin() as session:
        await session.execute(NOTIFY, {"channel": channel, "payload": payload})


@cache
def bus() -> Bus:
    """Return this process's bus."""
    return NatsBus(settings().nats_url) if settings().nats_url else PostgresBus()


async def _again_and_again(name: str, once: Callable[[], Awaitable[None]]) -> None:
    """Do what ends with a broken connection, and again with growing patience, spread so that not all come at once."""
    wait_s = FIRST_WAIT_S
    while True:
        began = time.monotonic()
        try:
            await once()
        except (psycopg.Error, nats.errors.Error, OSError) as error:
            if time.monotonic() - began > 2 * CONNECT_WITHIN_S:
                wait_s = FIRST_WAIT_S
            if wait_s == FIRST_WAIT_S:
                log.warning("No words come from %s: %s; it is tried again.", name, type(error).__name__)
        await asyncio.sleep(wait_s * random.uniform(0.75, 1.25))
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)


async def _said_by_the_end_of_the_connection(error: Exception) -> None:
    """Keep the client's own error log quiet: what ends a connection is logged once, by `_again_and_again`."""
