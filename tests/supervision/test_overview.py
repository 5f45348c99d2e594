"""The supervisor's day, counted again in Python from what the test itself made."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from geo112.incidents.clocks import CLOCKS
from tests.town import crossing
from tests.world import City

ZONE = ZoneInfo("Asia/Jakarta")
NOON = datetime.now(ZONE).replace(hour=12, minute=0, second=0, microsecond=0).astimezone(UTC)


def percentile(values: list[float], share: float) -> float:
    """Return the linearly interpolated percentile, SQL's percentile_cont."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def calls(city: City, answered_after_s: list[float], at: datetime, call_class: str = "prank") -> None:
    """Write calls as they stand in the table when they are over; no rule of a call is tested here."""
    for seconds in answered_after_s:
        ((caller_id,),) = city.sql("INSERT INTO caller (number) VALUES ('0812') RETURNING id")
        city.sql(
            "INSERT INTO call (caller_id, state, call_class, received_at, answered_at, classified_at, closed_at)"
            " VALUES (%s, 'CLOSED', %s, %s, %s, %s, %s)",
            caller_id,
            call_class,
            at,
            *[at + timedelta(seconds=seconds)] * 3,
        )


def clock_of(overview: dict[str, Any], code: str, priority: int | None = None) -> dict[str, Any]:
    (found,) = [one for one in overview["clocks"] if (one["code"], one["priority"]) == (code, priority)]
    assert isinstance(found, dict)
    return found


def test_the_day_is_the_centres_and_no_other_day_counts(city: City) -> None:
    midnight = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    calls(city, [1], midnight - timedelta(seconds=1))
    calls(city, [1, 1], midnight)
    calls(city, [1], midnight + timedelta(hours=23, minutes=59), "ghost")
    calls(city, [1], midnight + timedelta(days=1))
    overview = city.desk("supervisor").ok("GET", "/api/supervision/overview")
    assert overview["calls"] == {"total": 3, "by_class": {"prank": 2, "ghost": 1}, "open": 0, "ringing": 0}
    assert {one["hour"]: one["calls"] for one in overview["hours"] if one["calls"]} == {0: 2, 23: 1}
    assert overview["day"] == datetime.now(ZONE).date().isoformat()
    assert len(overview["hours"]) == 24


def test_clocks_are_percentiles_of_what_was_measured_and_shares_within_the_target(city: City) -> None:
    waits = [2.0, 4.0, 7.5, 15.0, 15.1, 40.0]
    calls(city, waits, NOON)
    clock = clock_of(city.desk("supervisor").ok("GET", "/api/supervision/overview"), "answer")
    assert clock["count"] == 6
    assert clock["p50_s"] == pytest.approx(percentile(waits, 0.5))
    assert clock["p90_s"] == pytest.approx(percentile(waits, 0.9))
    assert clock["within_share"] == pytest.approx(4 / 6)


def test_an_incident_starts_its_clocks_as_its_stamps_say(city: City) -> None:
    city.unit("DMK-1", at=crossing(0, 0))
    incident = city.fire(crossing(0, 1), priority=1)
    supervisor = city.desk("supervisor")
    sent = supervisor.ok("POST", f"/api/incidents/{incident['id']}/assignments", json={"unit_id": 1})
    crew = city.desk("crew", unit="DMK-1")
    for status in ("ACCEPTED", "EN_ROUTE", "ON_SCENE"):
        crew.ok("POST", f"/api/assignments/{sent['id']}/status", json={"status": status})
    # The same day with other times: each stamp is put where the test wants it.
    for table, key, states in (
        ("incident_stamp", "state", {"OPEN": 0, "ESCALATED": 10, "DISPATCHED": 75, "ON_SCENE": 500}),
        ("assignment_stamp", "status", {"EN_ROUTE": 170, "ON_SCENE": 500}),
    ):
        for state, seconds in states.items():
            at = NOON + timedelta(seconds=seconds)
            city.sql(f"UPDATE {table} SET at = %s WHERE {key} = %s", at, state)  # noqa: S608
    city.sql("UPDATE incident SET created_at = %s", NOON)
    city.sql("UPDATE assignment SET sent_at = %s", NOON + timedelta(seconds=75))
    overview = supervisor.ok("GET", "/api/supervision/overview")
    for code, priority, expected in (
        ("dispatch", 1, 65),
        ("turnout", None, 95),
        ("travel", None, 330),
        ("total", None, 500),
    ):
        clock = clock_of(overview, code, priority)
        target_s = next(one.target_s for one in CLOCKS if (one.code, one.priority) == (code, priority))
        assert (clock["count"], clock["p50_s"], clock["within_share"]) == (1, expected, float(expected <= target_s)), (
            code
        )
    assert clock_of(overview, "dispatch", 2)["count"] == 0
    assert clock_of(overview, "dispatch", 2)["p50_s"] is None
    assert overview["units"] == {"available": 0, "total": 1}


def test_who_is_signed_in_is_listed_until_they_sign_out(city: City) -> None:
    password = city.account("rina", "planner")
    supervisor = city.desk("supervisor")
    assert supervisor.ok("GET", "/api/supervision/overview")["signed_in"] == []
    rina = city.desk("planner")
    rina.headers.pop("Authorization")
    rina.headers["Origin"] = city.address
    rina.ok("POST", "/api/session", json={"username": "rina", "password": password})
    (listed,) = supervisor.ok("GET", "/api/supervision/overview")["signed_in"]
    assert (listed["name"], listed["role"], listed["is_live"]) == ("Rina", "planner", True)
    rina.ok("DELETE", "/api/session")
    assert supervisor.ok("GET", "/api/supervision/overview")["signed_in"] == []
