"""The clock of a past that is made up: it jumps to whatever happens next, and one life acts at a time.

    begin(life) ─► queue by moment ─► the earliest acts until it sleeps or ends ─► back into the queue

So a story of half an hour is written as people live it (`await clock.sleep(40)`), takes no time, and everything that
happens, happens in the order of its moments.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta, tzinfo
from heapq import heappop, heappush
from itertools import count

Life = Coroutine[None, None, None]
REST_SHARE = 0.25  # of the time that is left: the longest that anybody sleeps


class PastClock:
    """Runs from `since` and never reaches `until`."""

    def __init__(self, since: datetime, until: datetime, zone: tzinfo) -> None:
        self.now = since
        self._zone = zone
        self._until = until
        self._queue: list[tuple[datetime, int, asyncio.Event]] = []
        self._turns = count()  # of two at the same moment the first that asked is first
        self._resting = asyncio.Event()
        self._lives: asyncio.TaskGroup | None = None

    @property
    def hour(self) -> int:
        """Return the hour of the centre's day."""
        return self.now.astimezone(self._zone).hour

    @property
    def left_s(self) -> float:
        return (self._until - self.now).total_seconds()

    async def run(self, first: Life, on_moment: Callable[[datetime], None]) -> None:
        """Let `first` live, and all whom it begins, until nobody has anything left to do.

        Args:
            on_moment: told each moment at which something happens.
        """
        async with asyncio.TaskGroup() as self._lives:
            self.begin(first)
            while self._queue:
                self.now, _, wake = heappop(self._queue)
                on_moment(self.now)
                self._resting.clear()
                wake.set()
                await self._resting.wait()

    def begin(self, life: Life) -> None:
        """Let another life begin now, as soon as the present one sleeps."""
        assert self._lives is not None
        self._lives.create_task(self._live(life, self._wake(0.0)))

    async def sleep(self, seconds: float, *, hurries: bool = True) -> None:
        """Sleep so long.

        Args:
            hurries: sleep less near the end, so that whatever was begun is over before it. Who does not hurry
                sees to that himself.
        """
        wake = self._wake(min(seconds, self.left_s * REST_SHARE) if hurries else seconds)
        self._resting.set()
        await wake.wait()

    def _wake(self, seconds: float) -> asyncio.Event:
        wake = asyncio.Event()
        heappush(self._queue, (self.now + timedelta(seconds=seconds), next(self._turns), wake))
        return wake

    async def _live(self, life: Life, wake: asyncio.Event) -> None:
        try:
            await wake.wait()
            await life
        finally:
            life.close()
            self._resting.set()
