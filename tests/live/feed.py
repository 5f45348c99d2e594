"""A screen for the tests: it reads the live feed as the pages do, and keeps the situation by replacing what changed."""

import json
import threading
import time
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from types import TracebackType
from typing import Any

import httpx

from geo112 import clock
from tests.world import Desk

CALL_OVER = ("CLOSED", "ABANDONED")
INCIDENT_OVER = ("CLOSED", "CANCELLED", "MERGED", "HANDED_OVER", "REJECTED")


class Event:
    """One server-sent event."""

    def __init__(self, name: str, event_id: str, body: Any) -> None:
        self.name, self.id, self.body = name, event_id, body
        self.at = time.monotonic()

    def __repr__(self) -> str:
        return f"{self.name} {self.id} {self.body.get('kind', '')}"


class Screen:
    """A connected screen; `events` grows as they come."""

    def __init__(self, desk: Desk, last_event_id: str | None = None, screen_id: str | None = None) -> None:
        self.events: list[Event] = []
        self.raw = bytearray()
        headers = dict(desk.headers) | ({"Last-Event-ID": last_event_id} if last_event_id is not None else {})
        self._client = httpx.Client(base_url=desk.base_url, headers=headers, timeout=30, trust_env=False)
        self._open = self._client.stream("GET", "/api/live", params={"screen": screen_id} if screen_id else {})
        self._answer = self._open.__enter__()
        assert self._answer.status_code == 200, self._answer.read()
        assert self._answer.headers["content-type"].startswith("text/event-stream")
        self.is_over = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> "Screen":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._answer.close()
        self._client.close()
        self._thread.join(5)

    def _read(self) -> None:
        block: dict[str, str] = {}
        rest = b""
        try:
            for piece in self._answer.iter_raw():
                self.raw += piece
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    if line:
                        field, _, value = line.decode().partition(": ")
                        block[field] = value
                    elif "data" in block:
                        self.events.append(Event(block["event"], block["id"], json.loads(block["data"])))
                        block = {}
        except (httpx.HTTPError, httpx.StreamError, OSError):
            pass
        self.is_over = True

    @property
    def last_id(self) -> str:
        return self.events[-1].id

    def until(self, found: Callable[["Screen"], Any], seconds: float = 10) -> Any:
        """Wait until `found` gives something true, and return it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if result := found(self):
                return result
            time.sleep(0.01)
        raise AssertionError(f"not seen within {seconds} s; there was {self.events}")

    def snapshot(self) -> dict[str, Any]:
        first = self.until(lambda one: one.events)[0]
        assert first.name == "snapshot", first
        body: dict[str, Any] = first.body
        return body

    def changes(self) -> list[dict[str, Any]]:
        return [one.body for one in list(self.events) if one.name == "change"]

    def kinds(self) -> list[str]:
        return [one["kind"] for one in self.changes()]

    def positions(self) -> list[dict[str, Any]]:
        return [one.body for one in list(self.events) if one.name == "positions"]

    def caught_up(self, journal_id: int) -> list[dict[str, Any]]:
        """Wait until the feed says that it is past a journal entry, and return the changes up to then."""
        self.until(lambda one: one.events and int(one.last_id.split(".")[0]) >= journal_id)
        return self.changes()


class Places:
    """Where a screen shows the units: the newest fix of all that came, in whatever event."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.of = {one["id"]: one["position"] and _to_the_millisecond(one["position"]) for one in snapshot["units"]}

    def apply(self, event: Event) -> None:
        if event.name == "positions":
            for one in event.body["positions"]:
                self._take(one["unit_id"], {key: value for key, value in one.items() if key != "unit_id"})
        elif event.body.get("object") == "unit":
            self._take(event.body["object_id"], event.body["value"]["position"])

    def _take(self, unit_id: int, place: dict[str, Any] | None) -> None:
        shown = self.of.get(unit_id)
        place = place and _to_the_millisecond(place)
        if place is not None and (shown is None or shown["fixed_at"] <= place["fixed_at"]):
            self.of[unit_id] = place


def _to_the_millisecond(place: dict[str, Any]) -> dict[str, Any]:
    """Return a position with its times as events give them; snapshots are more exact."""
    times = ("fixed_at", "received_at", "heard_at")
    return place | {name: clock.as_json(datetime.fromisoformat(place[name])) for name in times}


class Situation:
    """What a screen knows: the snapshot, then every changed object put in the place of the one before."""

    def __init__(self, snapshot: dict[str, Any], opd_id: int | None = None) -> None:
        self.opd_id = opd_id  # of a dispatcher, who sees units of other OPD only while they help
        self.of: dict[str, dict[int, dict[str, Any]]] = {
            name: {one["id"]: deepcopy(one) for one in snapshot[f"{name}s"]}
            for name in ("call", "incident", "assignment", "unit")
        }

    def apply(self, change: dict[str, Any]) -> None:
        if change["object"] in self.of:
            self.of[change["object"]][change["object_id"]] = change["value"]
        self._forget()

    def _forget(self) -> None:
        """Drop what is over: it would be missing from a new snapshot."""
        calls, incidents, assignments, units = self.of.values()
        _keep(calls, lambda one: one["state"] not in CALL_OVER)
        _keep(incidents, lambda one: one["state"] not in INCIDENT_OVER)
        _keep(assignments, lambda one: one["holds_unit"] or one["incident_id"] in incidents)
        if self.opd_id is not None:
            helping = {one["unit_id"] for one in assignments.values() if one["holds_unit"]}
            _keep(units, lambda one: one["opd_id"] == self.opd_id or one["id"] in helping)

    def comparable(self) -> dict[str, Any]:
        return comparable({f"{name}s": list(found.values()) for name, found in self.of.items()})


def _keep(found: dict[int, dict[str, Any]], is_kept: Callable[[dict[str, Any]], bool]) -> None:
    for key in [key for key, one in found.items() if not is_kept(one)]:
        del found[key]


def comparable(situation: dict[str, Any]) -> dict[str, Any]:
    """Return the four lists of a situation in order of id, without positions, which travel beside the journal."""
    return {
        name: [
            {key: value for key, value in one.items() if key != "position" or name != "units"}
            for one in sorted(situation[name], key=lambda one: int(one["id"]))
        ]
        for name in ("calls", "incidents", "assignments", "units")
    }
