"""What a screen is told next: decided here, from what this process knows, without waiting for anybody.

    Changes (entries by id)  ──┐
    Latest  (units by turn)  ──┼─► tell(screen) ─► what it may see and was not told, encoded once for all its like
    screen: id, turn, view   ──┘

A screen is a few numbers: however slow it reads, nothing queues for it.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from geo112.access.roles import Role, Signed
from geo112.live.changes import Change, Changes
from geo112.live.latest import Latest, Located
from geo112.live.situation import may_see_entry, may_see_unit, sight
from geo112.live.view import EVERYTHING, View

PIECE_BYTES = 256 * 1024  # changes that are told at once; one entry may be more
OUTSIDE_EVERY_S = 5.0


class BehindError(Exception):
    """The entries that a screen needs next are no longer kept: it has to come again."""


@dataclass(eq=False, slots=True)
class Screen:
    """A connected screen: who looks, where, and what it was told."""

    who: Signed
    id: UUID | None = None  # what the page calls this stream, to say where it looks
    view: View = EVERYTHING
    journal_id: int = 0  # it was told every entry up to this one
    version: int = 0  # and every position up to this version, wherever
    turn: int = 0  # and positions inside its view up to this turn
    outside_turn: int = 0  # and those outside up to this one

    @property
    def event_id(self) -> str:
        return f"{self.journal_id}.{self.version}"

    def look(self, view: View) -> None:
        """Change the view: what had to wait outside the old one may lie inside the new one."""
        self.view = view
        self.turn = self.outside_turn


class Told:
    """What this process knows, and the bytes that were made of it since the last position came."""

    def __init__(self) -> None:
        self.changes = Changes()
        self.latest = Latest()
        self._outside_until = 0  # turn
        self._outside_at_s = 0.0
        self._bodies: dict[Any, bytes] = {}
        self._since: dict[Any, list[Located]] = {}

    def take(self, found: list[Located], asked_at_s: float, seen_at_s: float) -> None:
        """Take positions as `Latest` does; every now and then let what lies outside views through too."""
        self.latest.take(found, asked_at_s, seen_at_s)
        self._bodies.clear()
        self._since.clear()
        if seen_at_s >= self._outside_at_s + OUTSIDE_EVERY_S:
            self._outside_until, self._outside_at_s = self.latest.turn, seen_at_s

    def tell(self, screen: Screen) -> bytes:
        """Return the events that come next for a screen, and note them as told; empty: there is nothing new for it.

        Raises:
            BehindError: it is too far behind.
        """
        return self._changes(screen) or self._positions(screen)

    def _changes(self, screen: Screen) -> bytes:
        found = self.changes.after(screen.journal_id)
        if found is None:
            raise BehindError
        return events_of(screen, found)

    def _positions(self, screen: Screen) -> bytes:
        # All views get the same bytes of what waited outside, and what lies inside once more: one body, not hundreds.
        is_whole = screen.view == EVERYTHING or screen.outside_turn < self._outside_until
        since = screen.outside_turn if is_whole else screen.turn
        if since >= self.latest.turn:
            return b""
        view = EVERYTHING if is_whole else screen.view
        key = (sight(screen.who), view, since)
        body = self._bodies.get(key)
        if body is None:
            body = self._bodies[key] = _body(
                [
                    one
                    for one in self._visible(screen.who, since)
                    if one.is_assigned or view.shows(one.lon, one.lat, one.opd_ids)
                ]
            )
        screen.turn = self.latest.turn
        if is_whole:
            screen.outside_turn, screen.version = self.latest.turn, max(screen.version, self.latest.version)
        return event("positions", screen.event_id, body) if body else b""

    def _visible(self, who: Signed, turn: int) -> list[Located]:
        """Return what was seen since a turn and `who` may see, the oldest first."""
        if who.role is Role.CREW:
            own = self.latest.of(who.unit_id)
            return [own] if own is not None and own.turn > turn else []
        key = (sight(who), turn)
        found = self._since.get(key)
        if found is None:
            found = [one for one in self.latest.since(turn) if may_see_unit(who, one.unit_id, one.opd_ids)]
            found.reverse()
            self._since[key] = found
        return found


def events_of(screen: Screen, found: list[Change]) -> bytes:
    """Return those of the next changes that a screen may see, at most about PIECE_BYTES, and note them as told."""
    who, pieces, size = screen.who, [], 0
    for change in found:
        screen.journal_id = change.id
        if may_see_entry(who, change.roles, change.opd_ids, change.unit_ids):
            pieces.append(event("change", screen.event_id, change.body))
            size += len(change.body)
            if size >= PIECE_BYTES:
                break
    return b"".join(pieces)


def event(name: str, event_id: str, body: bytes) -> bytes:
    return b"event: %b\nid: %b\ndata: %b\n\n" % (name.encode(), event_id.encode(), body)


def _body(chosen: list[Located]) -> bytes:
    if not chosen:
        return b""
    written = [one.written() for one in chosen]
    positions = b",".join(position for position, _ in written)
    etas = b",".join(eta for _, eta in written if eta is not None)
    return b'{"positions":[%b],"etas":[%b]}' % (positions, etas)
