"""The last journal entries, encoded once and kept for all screens of this process, up to a number of bytes.

A screen has no queue of its own: it has the number of the entry that it was told last. One that falls so far behind
that the entries after it are no longer here has to come again, and costs nobody else anything until then.
"""

from collections import deque
from dataclasses import dataclass

KEPT_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """A journal entry as an event, and who may see it (see `journal.Audience`)."""

    id: int
    body: bytes
    roles: frozenset[str]
    opd_ids: frozenset[int] | None
    unit_ids: frozenset[int] | None


class Changes:
    """The entries after `known_after`, in order of their ids."""

    def __init__(self, known_after: int = 0, keep_bytes: int = KEPT_BYTES) -> None:
        self.known_after = known_after
        self.keep_bytes = keep_bytes
        self._kept: deque[Change] = deque()
        self._bytes = 0

    @property
    def last_id(self) -> int:
        return self._kept[-1].id if self._kept else self.known_after

    def add(self, change: Change) -> None:
        """Take the next entry, and let the oldest go until all fit."""
        self._kept.append(change)
        self._bytes += len(change.body)
        while self._bytes > self.keep_bytes:
            oldest = self._kept.popleft()
            self._bytes -= len(oldest.body)
            self.known_after = oldest.id

    def after(self, journal_id: int) -> list[Change] | None:
        """Return what came after an entry, or None where some of it is no longer kept."""
        if journal_id < self.known_after:
            return None
        found: list[Change] = []
        for change in reversed(self._kept):
            if change.id <= journal_id:
                break
            found.append(change)
        found.reverse()
        return found
