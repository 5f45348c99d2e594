"""Assignments over HTTP: moved on, late, resent, declined, called off; and the unit they hold."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from tests.town import crossing
from tests.world import City, Desk

_numbers = count(1)


class Sent:
    """A unit sent to a fire, with its crew, its dispatcher and a supervisor."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.sign = f"DMK-{next(_numbers)}"
        self.unit = city.unit(self.sign, at=crossing(0, 0))
        self.crew = city.desk("crew", unit=self.sign)
        self.dispatcher = city.desk("dispatcher", opd="DAMKAR")
        self.incident = city.fire(crossing(0, 1), priority=2)["id"]
        self.assignment = self.assign(self.incident)["id"]

    def assign(self, incident: int, **more: Any) -> dict[str, Any]:
        path = f"/api/incidents/{incident}/assignments"
        found = self.dispatcher.ok("POST", path, json={"unit_id": self.unit, **more})
        assert isinstance(found, dict)
        return found

    def status(self, status: str, desk: Desk | None = None, **more: Any) -> dict[str, Any]:
        found = (desk or self.crew).ok("POST", self.path, json={"status": status, **more})
        assert isinstance(found, dict)
        return found

    def refused(self, status: str, desk: Desk | None = None, **more: Any) -> tuple[int, str]:
        answer = (desk or self.crew).post(self.path, json={"status": status, **more})
        return answer.status_code, answer.json()["code"]

    @property
    def path(self) -> str:
        return f"/api/assignments/{self.assignment}/status"

    def unit_now(self) -> dict[str, Any]:
        found = next(one for one in self.dispatcher.ok("GET", "/api/units") if one["id"] == self.unit)
        assert isinstance(found, dict)
        return found

    def incident_now(self) -> dict[str, Any]:
        found = self.dispatcher.ok("GET", f"/api/incidents/{self.incident}")
        assert isinstance(found, dict)
        return found

    def stamps(self) -> list[tuple[Any, ...]]:
        return self.city.sql(
            "SELECT status, is_applied, source FROM assignment_stamp WHERE assignment_id = %s ORDER BY id",
            self.assignment,
        )


@pytest.fixture
def sent(shared_city: City) -> Sent:
    return Sent(shared_city)


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def test_the_whole_way_with_a_time_for_every_step(sent: Sent) -> None:
    way = ["DELIVERED", "ACCEPTED", "EN_ROUTE", "STAGED", "ON_SCENE", "AT_PATIENT", "TRANSPORTING", "AT_FACILITY"]
    availability = []
    for status in [*way, "RESOLVED", "CLEAR", "RETURNING", "IN_QUARTERS"]:
        found = sent.status(status)
        assert found["status"] == status
        availability.append(sent.unit_now()["availability"])
    assert availability == ["ASSIGNED"] * 4 + ["ON_SCENE"] * 4 + ["ASSIGNED"] + ["AVAILABLE"] * 3
    times = found["times"]
    assert list(sorted(times, key=times.get)) == ["SENT", *way, "RESOLVED", "CLEAR", "RETURNING", "IN_QUARTERS"]


def test_a_step_back_is_refused(sent: Sent) -> None:
    sent.status("ON_SCENE")
    for status in ("EN_ROUTE", "ACCEPTED", "DECLINED"):
        assert sent.refused(status) == (409, "assignment_status"), status
    assert sent.refused("CANCELLED", sent.dispatcher) == (409, "assignment_status"), "it has arrived"
    assert len(sent.stamps()) == 2, "what is refused is not stamped"


def test_a_command_from_a_dead_zone_is_recorded_and_not_applied(sent: Sent) -> None:
    sent.status("ON_SCENE", sent.dispatcher, source="radio")
    late = sent.status("EN_ROUTE", at=ago(30), client_id=str(uuid.uuid4()))
    assert (late["status"], "EN_ROUTE" in late["times"]) == ("ON_SCENE", False)
    assert sent.stamps() == [("SENT", True, "manual"), ("ON_SCENE", True, "radio"), ("EN_ROUTE", False, "manual")]
    assert sent.incident_now()["state"] == "ON_SCENE"


def test_a_command_that_was_given_meanwhile_by_somebody_else_is_no_quarrel(sent: Sent) -> None:
    sent.status("ACCEPTED", sent.dispatcher, source="radio")
    assert sent.status("ACCEPTED")["status"] == "ACCEPTED"
    assert [applied for _, applied, _ in sent.stamps()] == [True, True, False]


def test_a_late_command_after_a_cancellation_does_not_take_the_unit_again(sent: Sent) -> None:
    sent.status("CANCELLED", sent.dispatcher)
    late = sent.status("EN_ROUTE", at=ago(10))
    assert (late["status"], late["holds_unit"]) == ("CANCELLED", False)
    assert sent.unit_now()["availability"] == "AVAILABLE"
    assert sent.refused("EN_ROUTE", at=ago(-5)) == (409, "assignment_status"), "now it knows better"


def test_a_queue_flushed_after_a_dead_zone_is_applied_in_its_own_time(sent: Sent) -> None:
    queue = [("ACCEPTED", 50), ("EN_ROUTE", 40), ("ON_SCENE", 5)]
    sent.city.sql("UPDATE assignment SET status_since = now() - interval '60 seconds' WHERE id = %s", sent.assignment)
    said = {}
    for status, seconds in queue:
        said[status] = ago(seconds)
        found = sent.status(status, at=said[status], client_id=str(uuid.uuid4()))
    for status, at in said.items():
        assert datetime.fromisoformat(found["times"][status]) == datetime.fromisoformat(at)


def test_a_time_in_the_future_is_brought_back_to_now(sent: Sent) -> None:
    found = sent.status("ACCEPTED", at=ago(-3600))
    assert datetime.fromisoformat(found["times"]["ACCEPTED"]) <= datetime.now(UTC)


@pytest.mark.parametrize("body", [{"status": "TERBANG"}, {}, {"status": "ACCEPTED", "at": "2026-11-23T10:00:00"}])
def test_what_makes_no_sense_is_refused(sent: Sent, body: dict[str, Any]) -> None:
    answer = sent.crew.post(sent.path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def test_letters_may_be_large_or_small(sent: Sent) -> None:
    assert sent.status("accepted")["status"] == "ACCEPTED"
    assert sent.status("En_Route")["status"] == "EN_ROUTE"


def test_a_resent_status_changes_nothing_also_at_once(sent: Sent) -> None:
    command = {"status": "ACCEPTED", "client_id": str(uuid.uuid4())}
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: sent.crew.post(sent.path, json=command), range(5)))
    assert [one.status_code for one in answers] == [200] * 5
    assert len(sent.stamps()) == 2
    sent.status("EN_ROUTE")
    assert sent.status(**command)["status"] == "EN_ROUTE", "told where it is now"


def test_an_assignment_resent_at_once_is_one_assignment(sent: Sent) -> None:
    sent.status("CANCELLED", sent.dispatcher)
    path = f"/api/incidents/{sent.incident}/assignments"
    for _ in range(3):
        body = {"unit_id": sent.unit, "client_id": str(uuid.uuid4())}
        with ThreadPoolExecutor(5) as pool:
            answers = list(pool.map(lambda _, body=body: sent.dispatcher.post(path, json=body), range(5)))
        assert [one.status_code for one in answers] == [201] * 5
        assert len({one.json()["id"] for one in answers}) == 1
        sent.assignment = answers[0].json()["id"]
        sent.status("CANCELLED", sent.dispatcher)


@pytest.mark.parametrize(("status", "by_crew"), [("DECLINED", True), ("CANCELLED", False), ("TIMED_OUT", False)])
def test_who_is_called_off_is_free_and_the_incident_waits_again(sent: Sent, status: str, by_crew: bool) -> None:
    assert sent.incident_now()["state"] == "DISPATCHED"
    found = sent.status(status, sent.crew if by_crew else sent.dispatcher, reason="vehicle")
    assert not found["holds_unit"]
    assert (sent.unit_now()["availability"], sent.unit_now()["assignment_id"]) == ("AVAILABLE", None)
    assert sent.incident_now()["state"] == "VERIFIED"
    assert sent.assign(sent.incident)["status"] == "SENT", "it can be sent again"
    assert sent.incident_now()["state"] == "DISPATCHED"


def test_while_another_unit_works_a_cancellation_leaves_the_incident_where_it_is(sent: Sent) -> None:
    other = sent.city.unit(f"{sent.sign}-B", at=crossing(0, 2))
    supervisor = sent.city.desk("supervisor")
    second = supervisor.ok("POST", f"/api/incidents/{sent.incident}/assignments", json={"unit_id": other})["id"]
    supervisor.ok("POST", f"/api/assignments/{second}/status", json={"status": "ON_SCENE"})
    sent.status("CANCELLED", sent.dispatcher)
    assert sent.incident_now()["state"] == "ON_SCENE"


@pytest.mark.parametrize(("service", "may"), [("STANDBY", 1), ("LIMITED", 1), ("OUT_OF_SERVICE", 0), ("OFF_DUTY", 0)])
def test_a_unit_that_does_not_serve_is_neither_ranked_nor_sent(sent: Sent, service: str, may: int) -> None:
    sent.status("CANCELLED", sent.dispatcher)
    unit = sent.crew.ok("PUT", f"/api/units/{sent.unit}/service", json={"service": service, "reason": "pompa"})
    assert (unit["availability"], unit["service_reason"]) == (service, "pompa")
    path = f"/api/incidents/{sent.incident}"
    ranked = sent.dispatcher.ok("GET", f"{path}/recommendations?limit=1000")["units"]
    assert [one["unit"]["id"] for one in ranked].count(sent.unit) == may
    answer = sent.dispatcher.post(f"{path}/assignments", json={"unit_id": sent.unit})
    assert answer.status_code == (201 if may else 409)
    if may:
        (mine,) = [one for one in ranked if one["unit"]["id"] == sent.unit]
        assert {one["code"] for one in mine["reasons"]} >= {service.lower()}
    else:
        assert answer.json()["code"] == "unit_not_in_service"


def test_going_out_of_service_does_not_touch_the_assignment(sent: Sent) -> None:
    unit = sent.crew.ok("PUT", f"/api/units/{sent.unit}/service", json={"service": "OUT_OF_SERVICE"})
    assert (unit["service"], unit["availability"], unit["assignment_id"]) == (
        "OUT_OF_SERVICE",
        "ASSIGNED",
        sent.assignment,
    )


def test_an_assigned_unit_is_not_ranked_for_another_incident(sent: Sent) -> None:
    other = sent.city.fire(crossing(0, 1), priority=2)["id"]
    ranked = sent.dispatcher.ok("GET", f"/api/incidents/{other}/recommendations?limit=1000")["units"]
    assert sent.unit not in [one["unit"]["id"] for one in ranked]
    refused = sent.dispatcher.post(f"/api/incidents/{other}/assignments", json={"unit_id": sent.unit})
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_already_assigned")
    number = sent.incident_now()["number"]
    assert number in refused.json()["detail"]


def test_the_needs_say_how_many_are_sent_already(sent: Sent) -> None:
    def needs() -> list[dict[str, Any]]:
        found = sent.dispatcher.ok("GET", f"/api/incidents/{sent.incident}/recommendations")["needs"]
        assert isinstance(found, list)
        return found

    assert needs() == [{"capability": "fire", "count": 1, "assigned": 1}]
    sent.status("DECLINED")
    assert needs() == [{"capability": "fire", "count": 1, "assigned": 0}]


def test_the_crew_learns_what_it_needs_and_nothing_more(sent: Sent) -> None:
    duty = sent.crew.ok("GET", "/api/crew/duty")
    assert duty["assignment"]["id"] == sent.assignment
    assert duty["incident"]["id"] == sent.incident
    assert "caller" not in str(duty)
    sent.status("RESOLVED")
    assert sent.crew.ok("GET", "/api/crew/duty")["assignment"]["status"] == "RESOLVED"
    sent.status("CLEAR")
    after = sent.crew.ok("GET", "/api/crew/duty")
    assert (after["assignment"], after["incident"]) == (None, None)


def test_what_does_not_exist_is_said_not_to(sent: Sent) -> None:
    supervisor = sent.city.desk("supervisor")
    for method, path, body in (
        ("POST", "/api/assignments/987654321/status", {"status": "CLEAR"}),
        ("POST", f"/api/incidents/{sent.incident}/assignments", {"unit_id": 987654321}),
        ("POST", "/api/incidents/987654321/assignments", {"unit_id": sent.unit}),
        ("GET", "/api/incidents/987654321", None),
        ("GET", f"/api/incidents/{sent.incident}/route?unit_id=987654321", None),
        ("PUT", "/api/units/987654321/service", {"service": "STANDBY"}),
    ):
        answer = supervisor.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


def test_an_old_position_and_a_weak_battery_are_said(sent: Sent) -> None:
    sent.status("CANCELLED", sent.dispatcher)
    sent.city.sql(
        "UPDATE unit_position SET fixed_at = now() - interval '5 minutes', battery = 0.1 WHERE unit_id = %s", sent.unit
    )
    ranked = sent.dispatcher.ok("GET", f"/api/incidents/{sent.incident}/recommendations?limit=1000")["units"]
    (mine,) = [one for one in ranked if one["unit"]["id"] == sent.unit]
    assert {one["code"] for one in mine["reasons"]} == {"old_position", "low_battery"}
    assert mine["fix_age_s"] == pytest.approx(300, abs=10)
    sent.city.sql("DELETE FROM unit_position WHERE unit_id = %s", sent.unit)
    ranked = sent.dispatcher.ok("GET", f"/api/incidents/{sent.incident}/recommendations?limit=1000")["units"]
    (mine,) = [one for one in ranked if one["unit"]["id"] == sent.unit]
    assert ([one["code"] for one in mine["reasons"]], mine["fix_age_s"]) == (["no_position"], None)
