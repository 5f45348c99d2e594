"""A session for work that nobody else waits beside: the services' own statements, over one plain connection.

Through the event loop a statement costs about 0.35 ms, like this 0.2 ms (measured over 27,000 of them); a past of
thirty days is some 75,000.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, create_engine
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.settings import settings


class PlainSession(AsyncSession):
    """What services and stores use of a session. Each statement blocks the event loop until it is answered."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    async def execute(  # type: ignore[override]  # the few forms that stores use
        self, statement: Executable, params: dict[str, Any] | None = None
    ) -> CursorResult[Any]:
        return self._connection.execute(statement, params)

    @asynccontextmanager
    async def begin_nested(self) -> AsyncIterator[None]:  # type: ignore[override]
        with self._connection.begin_nested():
            yield


@contextmanager
def plain_transaction() -> Iterator[PlainSession]:
    """Give a session whose transaction is committed at the end, or rolled back where something raises."""
    engine = create_engine(settings().database_url, hide_parameters=True, connect_args={"prepare_threshold": 3})
    try:
        with engine.begin() as connection:
            yield PlainSession(connection)
    finally:
        engine.dispose()
