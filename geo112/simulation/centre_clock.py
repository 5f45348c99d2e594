"""The centre's clock as the simulated people read it: asked of the server once in a while, it may run faster."""

import asyncio
from datetime import datetime, timedelta

from geo112.clock import Anchor, real_now


class CentreClock:
    """Tells the centre's time and waits by it."""

    def __init__(self, shown: datetime, speed: float) -> None:
        self._anchor = Anchor(real_now(), shown, speed)

    @property
    def speed(self) -> float:
        return self._anchor.speed

    def set(self, shown: datetime, speed: float) -> None:
        """Take over what the server's clock shows, where ours differs by more than the way there explains."""
        off_s = abs((shown - self.now()).total_seconds())
        if speed != self.speed or off_s > 0.5 * speed:
            self._anchor = Anchor(real_now(), shown, speed)

    def now(self) -> datetime:
        return self._anchor.at(real_now())

    def after(self, seconds: float) -> datetime:
        return self.now() + timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds of the centre's clock."""
        await asyncio.sleep(max(0.0, seconds) / self.speed)

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for `event`, at most so many seconds of the centre's clock; say whether it came."""
        try:
            async with asyncio.timeout(max(0.0, seconds) / self.speed):
                await event.wait()
        except TimeoutError:
            return False
        return True
