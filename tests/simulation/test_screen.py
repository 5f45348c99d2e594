"""A desk's screen shows what is going on, nothing that has ended, and wakes whom it concerns."""

from datetime import UTC, datetime
from typing import Any

import httpx

from geo112.simulation.centre_clock import CentreClock
from geo112.simulation.line import Line
from geo112.simulation.screen import Screen


def screen() -> Screen:
    return Screen(Line(httpx.AsyncClient(), "none", "a desk"), CentreClock(datetime.now(UTC), 1.0))


def change(kind: str, **value: Any) -> dict[str, Any]:
    return {"object": kind, "object_id": value["id"], "value": value}


def assignment(number: int, status: str, holds: bool, incident: int = 1, unit: int = 7) -> dict[str, Any]:
    return {"id": number, "status": status, "holds_unit": holds, "incident_id": incident, "unit_id": unit}


def test_a_snapshot_replaces_everything_and_wakes_all_crews() -> None:
    shown = screen()
    alert = shown.alert(7)
    shown.take("change", change("call", id=3, state="RINGING"))
    shown.take("snapshot", {"calls": [], "incidents": [{"id": 1, "state": "OPEN"}], "assignments": [], "units": []})
    assert shown.calls == {}
    assert set(shown.incidents) == {1}
    assert alert.is_set()
    assert shown.is_shown.is_set()


def test_what_has_ended_leaves_the_screen() -> None:
    shown = screen()
    shown.take("change", change("call", id=3, state="RINGING"))
    shown.take("change", change("call", id=3, state="CLOSED"))
    shown.take("change", change("incident", id=1, state="DISPATCHED"))
    shown.take("change", change("assignment", **assignment(5, "SENT", True)))
    shown.take("change", change("assignment", **assignment(6, "SENT", True, unit=8)))
    assert shown.holding(7) == assignment(5, "SENT", True)
    shown.take("change", change("assignment", **assignment(5, "CLEAR", False)))
    assert shown.holding(7) is None
    assert shown.assignments_of(1) == [assignment(5, "CLEAR", False), assignment(6, "SENT", True, unit=8)]
    shown.take("change", change("incident", id=1, state="CLOSED"))
    assert shown.calls == {}
    assert shown.incidents == {}
    assert set(shown.assignments) == {6}  # closed by force: its unit is held still
    shown.take("change", change("assignment", **assignment(6, "CLEAR", False, unit=8)))
    assert shown.assignments == {}


def test_only_the_crew_concerned_is_woken() -> None:
    shown = screen()
    mine, other = shown.alert(7), shown.alert(8)
    shown.take("change", change("assignment", **assignment(5, "SENT", True)))
    assert mine.is_set()
    assert not other.is_set()
