"""What a desk sees, kept true by the live feed: a snapshot, then each changed object replaced by its id."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator

import httpx

from geo112.simulation.centre_clock import CentreClock
from geo112.simulation.line import Json, Line, TokenRefusedError

log = logging.getLogger("geo112.simulation")

SILENCE_S = 15.0  # real seconds; the server's heart beats every 2
CALL_ENDED = frozenset({"CLOSED", "ABANDONED"})
INCIDENT_ENDED = frozenset({"CLOSED", "CANCELLED", "MERGED", "HANDED_OVER", "REJECTED"})


class Screen:
    """The situation as one role sees it. What has ended is not on it."""

    def __init__(self, line: Line, clock: CentreClock) -> None:
        self.calls: dict[int, Json] = {}
        self.incidents: dict[int, Json] = {}
        self.assignments: dict[int, Json] = {}
        self._line = line
        self._clock = clock
        self._last_id: str | None = None
        self._changed = asyncio.Event()
        self._alerts: dict[int, asyncio.Event] = {}
        self.is_shown = asyncio.Event()  # there is a first picture

    async def change(self, seconds: float) -> None:
        """Wait until something changes, at most so many seconds of the centre's clock."""
        await self._clock.wait(self._changed, seconds)

    def alert(self, unit_id: int) -> asyncio.Event:
        """Return the event that is set when something about a unit's assignment changes; the listener clears it."""
        return self._alerts.setdefault(unit_id, asyncio.Event())

    def holding(self, unit_id: int) -> Json | None:
        """Return the assignment that holds a unit."""
        mine = (one for one in self.assignments.values() if one["unit_id"] == unit_id and one["holds_unit"])
        return next(mine, None)

    def assignments_of(self, incident_id: int) -> list[Json]:
        return [one for one in self.assignments.values() if one["incident_id"] == incident_id]

    async def follow(self) -> None:
        """Keep the screen true until cancelled; comes back by itself after the server was away."""
        wait_s = 0.5
        while True:
            try:
                async for name, event_id, body in self._events():
                    self._last_id = event_id or self._last_id
                    wait_s = 0.5
                    if name in ("snapshot", "change"):
                        self.take(name, json.loads(body))
            except httpx.TransportError as error:
                log.debug("%s: the live feed broke off: %s", self._line.name, error)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, 8.0)

    async def _events(self) -> AsyncIterator[tuple[str, str, str]]:
        """Yield (name, id, data) of each event of one connection."""
        headers = {"Authorization": f"Bearer {self._line.token}", "Accept-Encoding": "identity"}
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        timeout = httpx.Timeout(10.0, read=SILENCE_S)
        async with self._line.client.stream("GET", "/api/live", headers=headers, timeout=timeout) as response:
            if response.status_code == 401:
                raise TokenRefusedError(self._line.name)
            if response.status_code != 200:
                return
            name, event_id, body = "", "", ""
            async for text in response.aiter_lines():
                if not text:
                    if name:
                        yield name, event_id, body
                    name, event_id, body = "", "", ""
                    continue
                field, _, value = text.partition(":")
                value = value.removeprefix(" ")
                if field == "event":
                    name = value
                elif field == "id":
                    event_id = value
                elif field == "data":
                    body += value

    def take(self, name: str, body: Json) -> None:
        """Take a `snapshot` or a `change`."""
        if name == "snapshot":
            for shown, listed in (
                (self.calls, body["calls"]),
                (self.incidents, body["incidents"]),
                (self.assignments, body["assignments"]),
            ):
                shown.clear()
                shown.update((one["id"], one) for one in listed)
            self.is_shown.set()
            for event in self._alerts.values():
                event.set()
        elif body.get("value") is not None:
            self._replace(body["object"], body["value"])
        self.touch()

    def touch(self) -> None:
        """Let everybody at this screen look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _replace(self, kind: str, value: Json) -> None:
        if kind == "call":
            self._show(self.calls, value, value["state"] not in CALL_ENDED)
        elif kind == "incident":
            is_open = value["state"] not in INCIDENT_ENDED
            self._show(self.incidents, value, is_open)
            for one in self.assignments_of(value["id"]):
                if not is_open and not one["holds_unit"]:
                    del self.assignments[one["id"]]
                self.alert(one["unit_id"]).set()
        elif kind == "assignment":
            self._show(self.assignments, value, value["holds_unit"] or value["incident_id"] in self.incidents)
            self.alert(value["unit_id"]).set()

    @staticmethod
    def _show(shown: dict[int, Json], value: Json, is_open: bool) -> None:
        if is_open:
            shown[value["id"]] = value
        else:
            with contextlib.suppress(KeyError):
                del shown[value["id"]]
