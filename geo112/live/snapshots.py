"""What screens start from, read once for all that ask for the same while another is being read.

    first screen ─► reads ───────┐
    49 more, meanwhile ─► wait ──┴─► one reading for all 49, begun after the last of them asked

So no screen gets anything older than its question, and a room of desks that comes back at once costs two readings.
"""

import asyncio

from geo112.access.roles import Signed
from geo112.database import sessions
from geo112.live.situation import sight, situation

Sight = tuple[str, int | None]
Snapshot = tuple[str, bytes]  # its id, and it as JSON


class Snapshots:
    """The readings of this process."""

    def __init__(self) -> None:
        self._under_way: dict[Sight, asyncio.Task[Snapshot]] = {}
        self._next: dict[Sight, asyncio.Task[Snapshot]] = {}

    async def read(self, who: Signed) -> Snapshot:
        """Return what `who` may see, as of a moment after this call.

        Raises:
            SQLAlchemyError: the database is away.
        """
        same = sight(who)
        if same not in self._next:
            self._next[same] = asyncio.create_task(self._read_after(self._under_way.get(same), same, who))
        return await asyncio.shield(self._next[same])  # others wait for it, though this one may hang up

    async def _read_after(self, before: asyncio.Task[Snapshot] | None, same: Sight, who: Signed) -> Snapshot:
        if before is not None:
            await asyncio.wait([before])
        self._under_way[same] = self._next.pop(same)
        try:
            async with sessions().begin() as session:
                now = await situation(session, who)
            return now.id, now.model_dump_json().encode()
        finally:
            del self._under_way[same]
