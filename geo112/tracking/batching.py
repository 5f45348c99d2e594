"""Natural batching: whatever queued while the last commit ran is the next commit. No window, no timer.

    add ─► queue ─► write(all that waits) ─► each caller gets its own result, after the commit

A longer window saves no work and costs its length. What would not fit into memory is refused before it is queued.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

from geo112.errors import DomainError

TURNS = 3  # of the loop, in which messages that have arrived meanwhile are read and queue: they come along

T = TypeVar("T")
R = TypeVar("R")


class BusyError(DomainError):
    """The server cannot take this now: the sender keeps it and comes again."""

    def __init__(self, code: str = "busy") -> None:
        super().__init__(
            code, "Server sedang sibuk; kirim lagi sebentar lagi.", "The server is busy; send again in a moment.", 503
        )


class Batcher(Generic[T, R]):
    """Gives what queues to `write`, in order, one batch at a time.

    Args:
        write: writes a batch whole or raises; returns one result an item, or an error for it alone.
        most_at_once: weight of the items of one batch, at least one item.
        most_waiting: weight of what may wait; more is refused.
    """

    def __init__(
        self, write: Callable[[list[T]], Awaitable[list[R | Exception]]], most_at_once: int, most_waiting: int
    ) -> None:
        self._write = write
        self._most_at_once = most_at_once
        self._most_waiting = most_waiting
        self._queue: deque[tuple[T, int, asyncio.Future[R]]] = deque()
        self._waiting = 0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop; whoever still waits is told to come again."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        while self._queue:
            _settle(self._queue.popleft()[2], BusyError("stopping"))

    async def add(self, item: T, weight: int) -> R:
        """Return the result of `item` once its batch is committed.

        Raises:
            BusyError: too much waits already.
        """
        if self._task is None or self._waiting + weight > self._most_waiting:
            raise BusyError
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._queue.append((item, weight, future))
        self._waiting += weight
        self._wake.set()
        return await future

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                for _ in range(TURNS):
                    await asyncio.sleep(0)
                batch = self._next()
                results: list[R | Exception] = [BusyError("stopping")] * len(batch)
                try:
                    results = await self._write([item for item, _, _ in batch])
                except Exception as error:
                    results = [error] * len(batch)
                finally:
                    self._waiting -= sum(weight for _, weight, _ in batch)
                    for (_, _, future), result in zip(batch, results, strict=True):
                        _settle(future, result)

    def _next(self) -> list[tuple[T, int, asyncio.Future[R]]]:
        batch = [self._queue.popleft()]
        weight = batch[0][1]
        while self._queue and weight + self._queue[0][1] <= self._most_at_once:
            batch.append(self._queue.popleft())
            weight += batch[-1][1]
        return batch


def _settle(future: "asyncio.Future[R]", result: R | Exception) -> None:
    if future.done():  # its phone hung up
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
