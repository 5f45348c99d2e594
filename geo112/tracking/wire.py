"""The few statements of every ping at libpq's own level: prepared, many in one round trip, results in binary.

    ask(BEGIN, KNOWN) ─► one flush ─► the loop hears the socket ─► a result each, or the first error

psycopg's cursors take a tenth of a millisecond a statement on an event loop; a commit may be of few pings.
Between two calls the connection is psycopg's as ever and in the same transaction: what is rare goes by its cursors.
After an error or a cancellation the connection is in the middle of something and must be closed.
"""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult


class Statement(NamedTuple):
    """A statement that is prepared once on each connection; its parameters are written $1, $2, …"""

    name: bytes
    sql: bytes


class Asked(NamedTuple):
    statement: Statement
    values: tuple[bytes, ...] = ()  # as text, UTF-8


BEGIN = Asked(Statement(b"begin", b"BEGIN"))
COMMIT = Asked(Statement(b"commit", b"COMMIT"))


class Wire:
    """A connection in autocommit, whose transactions are begun and ended by BEGIN and COMMIT among what is asked."""

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        self.connection = connection
        self._libpq: PGconn = connection.pgconn
        self._prepared: set[bytes] = set()

    @classmethod
    async def connect(cls, address: str) -> "Wire":
        """Raise psycopg.OperationalError where the database does not answer within 5 s."""
        return cls(await psycopg.AsyncConnection.connect(address, autocommit=True, connect_timeout=5))

    async def close(self) -> None:
        await self.connection.close()

    async def ask(self, *asked: Asked) -> list[PGresult]:
        """Return the result of each, in one round trip.

        Raises:
            psycopg.Error: the first that failed; those after it were not tried.
        """
        libpq = self._libpq
        libpq.enter_pipeline_mode()
        is_asked: list[bool] = []  # of each result; else a statement was prepared
        for statement, values in asked:
            if statement.name not in self._prepared:
                libpq.send_prepare(statement.name, statement.sql)
                is_asked.append(False)
                self._prepared.add(statement.name)
            libpq.send_query_prepared(statement.name, values, None, Format.BINARY)
            is_asked.append(True)
        libpq.pipeline_sync()
        await self._flush()
        results: list[PGresult] = []
        while (result := await self._next()) is None or result.status != ExecStatus.PIPELINE_SYNC:
            if result is not None:
                results.append(_good(result))
        libpq.exit_pipeline_mode()
        return [result for result, is_wanted in zip(results, is_asked, strict=True) if is_wanted]

    async def copy(self, sql: bytes, stream: bytes) -> None:
        """Give a whole stream to a COPY … FROM STDIN.

        Raises:
            psycopg.Error: the database does not take it.
        """
        libpq = self._libpq
        libpq.send_query(sql)
        await self._flush()
        result = await self._next()
        assert result is not None
        _good(result)
        libpq.put_copy_data(stream)
        libpq.put_copy_end()
        await self._flush()
        while (result := await self._next()) is not None:
            _good(result)

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self._libpq.flush():
            await _ready(self._libpq.socket, loop.add_writer, loop.remove_writer)

    async def _next(self) -> PGresult | None:
        loop = asyncio.get_running_loop()
        while self._libpq.is_busy():
            await _ready(self._libpq.socket, loop.add_reader, loop.remove_reader)
            self._libpq.consume_input()
        return self._libpq.get_result()


async def _ready(socket: int, add: Callable[..., Any], remove: Callable[..., Any]) -> None:
    """Wait until a socket can be read or written, as the loop's methods `add` and `remove` have it."""
    is_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    add(socket, _settle, is_ready)
    try:
        await is_ready
    finally:
        remove(socket)


def _settle(is_ready: "asyncio.Future[None]") -> None:
    if not is_ready.done():
        is_ready.set_result(None)


def _good(result: PGresult) -> PGresult:
    if result.status in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.COPY_IN):
        return result
    raise error_from_result(result, encoding="utf-8")
