"""The engine, and the one place where a request's transaction begins and ends.

    endpoint(session: Transaction) ─► services read and write ─► commit ─► only then the answer is sent

FastAPI runs the exit of a plain `yield` dependency after the answer has gone out, so that a failed commit would
still say 200. `scope="function"` makes it run before; tests/test_database.py keeps it so.
"""

from collections.abc import AsyncIterator
from functools import cache
from typing import Annotated, Any
from uuid import UUID

import psycopg
from fastapi import Depends
from sqlalchemy import Engine, ExceptionContext, Row, TextClause, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from geo112.settings import settings

WAIT_FOR_TWIN = text("SELECT pg_advisory_xact_lock(hashtextextended(:client_id, 112))")


@cache
def engine() -> AsyncEngine:
    """Return this process's engine."""
    return create_async_engine(
        settings().database_url,
        pool_size=10,
        max_overflow=10,
        pool_pre_ping=True,
        hide_parameters=True,  # a failed statement is logged, and a caller's number may be among its values
        connect_args={"prepare_threshold": 3},
    )


@event.listens_for(Engine, "handle_error")
def _keep_values_out(context: ExceptionContext) -> None:
    """Take the values out of every engine's errors, which may be logged: “Failing row contains (…, 0812…)”."""
    origin = context.original_exception
    if not isinstance(origin, psycopg.Error) or origin.sqlstate is None:
        return
    of = origin.diag
    words = [f"{origin.sqlstate}:"]
    if not origin.sqlstate.startswith("22"):  # a data exception quotes the value in its first line already
        words.append(of.message_primary or "")
    if named := [name for name in (of.schema_name, of.table_name, of.column_name, of.constraint_name) if name]:
        words.append(f"({'.'.join(named)})")
    origin.args = (" ".join(words),)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({type(origin).__name__}) {origin.args[0]}",)


@cache
def sessions() -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine(), expire_on_commit=False)


async def transaction() -> AsyncIterator[AsyncSession]:
    """Give a session whose transaction is committed when the endpoint returns, and rolled back when it raises."""
    async with sessions().begin() as session:
        yield session


Transaction = Annotated[AsyncSession, Depends(transaction, scope="function")]


async def rows(session: AsyncSession, statement: TextClause, **parameters: Any) -> list[Row[Any]]:
    """Return all rows of a named SQL text."""
    return list((await session.execute(statement, parameters)).all())


async def row(session: AsyncSession, statement: TextClause, **parameters: Any) -> Row[Any] | None:
    """Return the first row of a named SQL text, or None."""
    return (await session.execute(statement, parameters)).first()


async def driver(session: AsyncSession) -> psycopg.AsyncConnection:
    """Return the connection under a session, in its transaction: for many rows at once, as binary parameters."""
    connection = await (await session.connection()).get_raw_connection()
    found = connection.driver_connection
    assert isinstance(found, psycopg.AsyncConnection)
    return found


async def one_at_a_time(session: AsyncSession, client_id: UUID) -> None:
    """Let a command that was sent twice at once through one after the other: the second finds what the first made."""
    await session.execute(WAIT_FOR_TWIN, {"client_id": str(client_id)})


def violated(error: IntegrityError) -> str | None:
    """Return the name of the constraint that refused, which is the name of the error."""
    origin = error.orig
    return origin.diag.constraint_name if isinstance(origin, psycopg.Error) else None
