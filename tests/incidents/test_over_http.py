"""Incidents as call takers, dispatchers of several OPD and supervisors move them."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from geo112 import clock
from geo112.coordinates import LonLat
from geo112.incidents.response_plan import TYPES
from tests.town import crossing
from tests.world import City, Desk

UNITS = (
    ("DMK-1", "DAMKAR", ("fire", "rescue")),
    ("DMK-2", "DAMKAR", ("fire",)),
    ("AMB-1", "PSC119", ("medical",)),
    ("AMB-2", "PSC119", ("medical",)),
    ("PTR-1", "POLRES", ("police",)),
    ("BPB-1", "BPBD", ("disaster",)),
    ("SPP-1", "SATPOLPP", ("order",)),
)


class Town:
    """The desks of the town, and its units by call sign; a unit that a test used is freed by the next."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.units = {sign: city.unit(sign, crossing(0, 0), opd, capable) for sign, opd, capable in UNITS}
        self.taker = city.desk("call_taker")
        self.supervisor = city.desk("supervisor")
        self.of = {opd: city.desk("dispatcher", opd=opd) for opd in ("DAMKAR", "PSC119", "POLRES", "SATPOLPP")}

    def incident(self, kind: str = "fire", priority: int = 1, **more: Any) -> dict[str, Any]:
        """Report an incident of a type at Jalan Anggrek, escalated by its plan."""
        made = self.taker.ok("POST", "/api/incidents", json={"type": kind, "priority": priority})
        at = crossing(0, 1)
        found = self.taker.ok("PUT", f"/api/incidents/{made['id']}/tkp", json={"lon": at.lon, "lat": at.lat, **more})
        assert isinstance(found, dict)
        return found

    def fire_and_ambulance(self) -> dict[str, Any]:
        """Report something that two OPD go to: the fire brigade by its plan, the ambulance by hand."""
        incident = self.incident("fire", priority=2)
        opd_ids = [self.city.opd("PSC119")]
        found = self.taker.ok("POST", f"/api/incidents/{incident['id']}/escalations", json={"opd_ids": opd_ids})
        assert isinstance(found, dict)
        return found

    def send(self, sign: str, incident: dict[str, Any]) -> int:
        sent = self.supervisor.ok(
            "POST", f"/api/incidents/{incident['id']}/assignments", json={"unit_id": self.units[sign]}
        )
        return int(sent["id"])

    def move(self, assignment: int, *statuses: str) -> None:
        for status in statuses:
            self.supervisor.ok("POST", f"/api/assignments/{assignment}/status", json={"status": status})

    def now(self, incident: dict[str, Any]) -> dict[str, Any]:
        found = self.supervisor.ok("GET", f"/api/incidents/{incident['id']}")
        assert isinstance(found, dict)
        return found

    def tracks(self, incident: dict[str, Any]) -> dict[str, str]:
        codes = dict(self.city.sql("SELECT id, code FROM opd"))
        return {codes[one["opd_id"]]: one["state"] for one in self.now(incident)["opds"]}


@pytest.fixture(scope="module")
def everything(shared_city: City) -> Town:
    return Town(shared_city)


@pytest.fixture
def town(everything: Town) -> Town:
    everything.city.sql("UPDATE assignment SET status = 'CANCELLED', holds_unit = false WHERE holds_unit")
    everything.city.sql("UPDATE unit SET service = 'IN_SERVICE'")
    return everything


def refusal(desk: Desk, path: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = desk.post(path, json=body)
    return answer.status_code, answer.json()["code"]


# Numbers


def test_numbers_count_up_within_the_day_without_gaps_under_concurrency(town: Town) -> None:
    desks = [town.city.desk("call_taker") for _ in range(10)]
    before = [number for (number,) in town.city.sql("SELECT number FROM incident")]

    def report(desk: Desk) -> list[str]:
        made = []
        for turn in range(3):
            words = {"words": "Asap tebal"} if turn % 2 else {}  # words are journalled before the incident is
            made.append(desk.ok("POST", "/api/incidents", json={"type": "other", **words})["number"])
        return made

    with ThreadPoolExecutor(10) as pool:
        reported = [number for numbers in pool.map(report, desks) for number in numbers]
    assert len(set(reported)) == 30
    serials = sorted(int(number[-4:]) for number in before + reported)
    assert serials == list(range(1, len(serials) + 1))
    day = datetime.now(ZoneInfo("Asia/Jakarta")).strftime("%y%m%d")
    code = town.city.sql("SELECT code FROM city_import")[0][0]
    assert {number[:-4] for number in reported} == {f"{code}-{day}-"}


def test_a_number_that_was_rolled_back_is_given_again(town: Town) -> None:
    first = town.incident("other", 3)["number"]
    assert refusal(town.taker, "/api/incidents", {"type": "other", "call_id": 987654321})[0] == 404
    assert int(town.incident("other", 3)["number"][-4:]) == int(first[-4:]) + 1


def test_numbers_begin_anew_at_the_midnight_of_the_centre_and_not_of_greenwich(town: Town) -> None:
    midnight = datetime(2031, 5, 2, 0, 0, tzinfo=ZoneInfo("Asia/Jakarta")).astimezone(UTC)
    try:
        numbers = []
        for seconds in (-60, -30, 1, 2):
            shown = midnight + timedelta(seconds=seconds)
            clock.run_by(clock.Anchor(datetime.now(UTC), shown, 0.0))
            numbers.append(town.taker.ok("POST", "/api/incidents", json={"type": "other"})["number"][-11:])
    finally:
        clock.run_by(clock.REAL_TIME)
    assert numbers == ["310501-0001", "310501-0002", "310502-0001", "310502-0002"]


def test_the_same_client_id_gives_the_same_incident_also_at_once(town: Town) -> None:
    for _ in range(3):
        body = {"type": "fire", "client_id": str(uuid.uuid4())}
        with ThreadPoolExecutor(5) as pool:
            answers = list(pool.map(lambda _, body=body: town.taker.post("/api/incidents", json=body), range(5)))
        assert [one.status_code for one in answers] == [201] * 5
        assert len({one.json()["id"] for one in answers}) == 1


# TKP and escalation


@pytest.mark.parametrize("kind", list(TYPES))
@pytest.mark.parametrize("priority", [1, 2, 3])
def test_it_is_escalated_to_exactly_the_opd_with_a_needed_capability(town: Town, kind: str, priority: int) -> None:
    needed = {str(need.capability): need.count for need in TYPES[kind].plan[priority]}
    incident = town.incident(kind, priority)
    owners = {opd for _, opd, capabilities in UNITS if set(capabilities) & set(needed)}
    assert set(town.tracks(incident)) == owners
    assert {one["capability"]: one["count"] for one in incident["needs"]} == needed
    assert incident["state"] == ("ESCALATED" if owners else "OPEN")


def test_an_opd_whose_capable_units_are_all_off_duty_is_not_called(town: Town) -> None:
    town.city.sql("UPDATE unit SET service = 'OFF_DUTY' WHERE call_sign = 'PTR-1'")
    assert set(town.tracks(town.incident("security", 2))) == set()


def test_a_confirmed_scene_may_be_moved_and_both_places_stay_in_the_journal(town: Town) -> None:
    incident = town.incident("fire", 2, uncertainty_m=50)
    town.of["DAMKAR"].ok("POST", f"/api/incidents/{incident['id']}/track", json={"state": "RECEIVED"})
    east = crossing(3, 4)
    moved = town.of["DAMKAR"].ok(
        "PUT", f"/api/incidents/{incident['id']}/tkp", json={"lon": east.lon, "lat": east.lat, "method": "map"}
    )
    assert moved["state"] == "RECEIVED", "nobody has to receive it again"
    assert moved["tkp_areas"] == ["Kel. Sukamundur"]
    assert moved["tkp_uncertainty_m"] is None, "what was said of the old place is not said of the new one"
    places = town.city.sql(
        "SELECT value -> 'tkp' ->> 'lon' FROM journal WHERE object = 'incident' AND object_id = %s"
        " AND kind = 'incident.tkp_confirmed' ORDER BY id",
        incident["id"],
    )
    assert [float(lon) for (lon,) in places] == [crossing(0, 1).lon, east.lon]


def test_a_draft_has_no_scene_and_so_cannot_be_escalated_nor_ranked(town: Town) -> None:
    draft = town.taker.ok("POST", "/api/incidents", json={"type": "fire"})
    path = f"/api/incidents/{draft['id']}"
    opd = {"opd_ids": [town.city.opd("DAMKAR")]}
    assert refusal(town.taker, f"{path}/escalations", opd) == (409, "tkp_missing")
    assert town.taker.get(f"{path}/recommendations").json()["code"] == "tkp_missing"
    assert town.supervisor.post(f"{path}/assignments", json={"unit_id": town.units["DMK-1"]}).status_code == 409
    assert draft["opds"] == []


def test_without_escalating_it_waits_as_open(town: Town) -> None:
    incident = town.incident("fire", 1, escalate=False)
    assert (incident["state"], incident["opds"], incident["times"]["escalated_at"]) == ("OPEN", [], None)


def test_an_opd_that_does_not_exist_is_said_not_to(town: Town) -> None:
    path = f"/api/incidents/{town.incident()['id']}/escalations"
    assert refusal(town.taker, path, {"opd_ids": [987654321]}) == (404, "not_found")


@pytest.mark.parametrize("point", [{"lon": 181, "lat": 0}, {"lon": 0, "lat": 91}, {"lon": "x", "lat": 0}, {"lon": 1}])
def test_a_scene_off_the_earth_is_refused(town: Town, point: dict[str, Any]) -> None:
    draft = town.taker.ok("POST", "/api/incidents", json={"type": "fire"})
    assert town.taker.put(f"/api/incidents/{draft['id']}/tkp", json=point).status_code == 422


def test_an_unknown_type_and_an_impossible_priority_are_refused(town: Town) -> None:
    assert refusal(town.taker, "/api/incidents", {"type": "kiamat"}) == (422, "unknown_incident_type")
    assert refusal(town.taker, "/api/incidents", {"type": "fire", "priority": 4}) == (422, "invalid_input")


@pytest.mark.parametrize("where", ["lon=181&lat=0", "lon=nan&lat=0", "lon=0&lat=inf", "lon=0&lat=0&radius_m=nan"])
def test_what_is_near_nowhere_is_bad_input(town: Town, where: str) -> None:
    assert town.taker.get(f"/api/incidents/nearby?{where}").status_code == 422


def test_incidents_near_by_are_found_with_their_distance(town: Town) -> None:
    draft = town.taker.ok("POST", "/api/incidents", json={"type": "flood"})
    here, near, far = crossing(5, 5), crossing(5, 5.5), crossing(4, 4)

    def found_within(point: LonLat, radius_m: float) -> list[dict[str, Any]]:
        """Return what is near, less the incidents of other tests in the same town."""
        place = {"lon": point.lon, "lat": point.lat, "radius_m": radius_m}
        near_by = town.taker.ok("GET", "/api/incidents/nearby", params=place)
        return [one for one in near_by if one["incident"]["id"] == draft["id"]]

    town.taker.ok("PUT", f"/api/incidents/{draft['id']}/tkp", json={"lon": near.lon, "lat": near.lat})
    for point, radius_m, expected in ((here, 500, 1), (here, 50, 0), (far, 300, 0)):
        assert len(found_within(point, radius_m)) == expected
    (found,) = found_within(here, 500)
    assert found["distance_m"] == pytest.approx(109.1, abs=0.7)  # 0.001° of longitude at 11.49° S: 111.3 m · cos


# Tracks of several OPD


def test_each_opd_has_its_own_track_and_the_incident_shows_the_farthest(town: Town) -> None:
    incident = town.fire_and_ambulance()
    path = f"/api/incidents/{incident['id']}/track"
    town.of["PSC119"].ok("POST", path, json={"state": "RECEIVED"})
    assert town.tracks(incident) == {"DAMKAR": "ESCALATED", "PSC119": "RECEIVED"}
    assert town.now(incident)["state"] == "RECEIVED"
    town.of["DAMKAR"].ok("POST", path, json={"state": "VERIFIED"})
    assert town.now(incident)["state"] == "VERIFIED"
    assert refusal(town.of["DAMKAR"], path, {"state": "RECEIVED"}) == (409, "incident_state")


def test_an_opd_may_reject_what_it_was_the_only_one_to_open(town: Town) -> None:
    incident = town.fire_and_ambulance()
    path = f"/api/incidents/{incident['id']}/track"
    town.of["PSC119"].ok("POST", path, json={"state": "VERIFIED"})
    assert refusal(town.of["PSC119"], path, {"state": "REJECTED"}) == (422, "reason_missing")
    after = town.of["PSC119"].ok("POST", path, json={"state": "REJECTED", "reason": "Tidak ada korban"})
    assert after["state"] == "ESCALATED", "the fire brigade has still to look at it"
    town.of["DAMKAR"].ok("POST", path, json={"state": "REJECTED", "reason": "Pembakaran sampah"})
    assert town.now(incident)["state"] == "REJECTED"
    assert incident["id"] not in [one["id"] for one in town.taker.ok("GET", "/api/incidents")]


def test_with_two_opd_it_is_resolved_only_when_both_are(town: Town) -> None:
    incident = town.fire_and_ambulance()
    engine, ambulance = town.send("DMK-1", incident), town.send("AMB-1", incident)
    town.move(ambulance, "ACCEPTED", "EN_ROUTE", "ON_SCENE", "AT_PATIENT", "TRANSPORTING", "AT_FACILITY", "RESOLVED")
    assert town.tracks(incident) == {"DAMKAR": "DISPATCHED", "PSC119": "RESOLVED"}
    assert town.now(incident)["state"] == "DISPATCHED"
    town.move(engine, "EN_ROUTE")
    assert town.now(incident)["state"] == "EN_ROUTE"
    town.move(engine, "ON_SCENE")
    assert town.now(incident)["state"] == "ON_SCENE"
    town.move(engine, "RESOLVED")
    assert town.now(incident)["state"] == "RESOLVED"


def test_verifying_after_units_were_sent_takes_nothing_back(town: Town) -> None:
    incident = town.incident("fire", 2)
    town.send("DMK-1", incident)
    path = f"/api/incidents/{incident['id']}"
    assert refusal(town.of["DAMKAR"], f"{path}/track", {"state": "VERIFIED"}) == (409, "incident_state")
    assert town.now(incident)["state"] == "DISPATCHED"
    assert refusal(town.of["DAMKAR"], f"{path}/cancel", {"reason": "salah"}) == (409, "units_at_work")


def test_an_opd_cannot_move_a_track_it_does_not_have(town: Town) -> None:
    incident = town.incident("fire", 2)
    path = f"/api/incidents/{incident['id']}/track"
    assert refusal(town.of["PSC119"], path, {"state": "RECEIVED"}) == (409, "not_escalated")
    assert refusal(town.supervisor, path, {"state": "RECEIVED"}) == (403, "opd_missing")


def test_a_unit_of_another_opd_sent_by_the_supervisor_gives_that_opd_a_track(town: Town) -> None:
    incident = town.incident("fire", 2)
    town.send("AMB-1", incident)
    assert town.tracks(incident) == {"DAMKAR": "ESCALATED", "PSC119": "DISPATCHED"}
    assert incident["id"] in [one["id"] for one in town.of["PSC119"].ok("GET", "/api/incidents")]


def test_a_unit_sent_after_its_opd_had_closed_opens_that_track_again(town: Town) -> None:
    incident = town.fire_and_ambulance()
    path = f"/api/incidents/{incident['id']}"
    town.of["PSC119"].ok("POST", f"{path}/track", json={"state": "RECEIVED"})
    town.of["DAMKAR"].ok("POST", f"{path}/close", json={"report": {"summary": "Padam sendiri"}})
    assert town.tracks(incident) == {"DAMKAR": "CLOSED", "PSC119": "RECEIVED"}
    engine = town.send("DMK-1", incident)
    assert town.tracks(incident)["DAMKAR"] == "DISPATCHED"
    town.of["PSC119"].ok("POST", f"{path}/track", json={"state": "REJECTED", "reason": "Tidak ada korban"})
    assert town.now(incident)["state"] == "DISPATCHED", "never closed while a unit is at work"
    town.move(engine, "ON_SCENE", "RESOLVED")
    assert town.now(incident)["state"] == "RESOLVED"


# Stamps


def test_skipped_steps_keep_no_time_and_the_first_time_of_a_state_stays(town: Town) -> None:
    incident = town.incident("medical", 1)
    first = town.send("AMB-1", incident)
    town.move(first, "ON_SCENE")
    times = town.now(incident)["times"]
    skipped = {name for name, at in times.items() if at is None}
    assert skipped == {"received_at", "verified_at", "en_route_at", "under_control_at", "resolved_at", "closed_at"}
    second = town.send("AMB-2", incident)
    town.move(second, "EN_ROUTE", "ON_SCENE")
    again = town.now(incident)["times"]
    assert again["dispatched_at"] == times["dispatched_at"]
    assert again["on_scene_at"] == times["on_scene_at"]
    assert again["en_route_at"] is None, "the incident as a whole was there already: it never was on its way"
    detail = {one["id"]: one["times"] for one in town.now(incident)["assignments"]}
    assert set(detail[first]) == {"SENT", "ON_SCENE"}
    assert set(detail[second]) == {"SENT", "EN_ROUTE", "ON_SCENE"}


# Closing


def test_it_closes_with_a_report_and_not_without(town: Town) -> None:
    incident = town.incident("fire", 2)
    path = f"/api/incidents/{incident['id']}/close"
    town.move(town.send("DMK-1", incident), "ON_SCENE", "RESOLVED")
    for report in ({}, {"summary": "   "}, {"victims": 2}):
        assert refusal(town.of["DAMKAR"], path, {"report": report}) == (422, "report_missing")
    town.of["DAMKAR"].ok("POST", path, json={"report": {"summary": "Padam", "victims": 0, "actions": "Semprot"}})
    closed = town.now(incident)
    assert closed["state"] == "CLOSED"
    assert closed["report"] == {"summary": "Padam", "victims": 0, "actions": "Semprot"}
    assert refusal(town.of["DAMKAR"], path, {"report": {"summary": "lagi"}}) == (409, "incident_ended")


def test_units_at_work_hold_it_open_and_closing_frees_those_that_have_finished(town: Town) -> None:
    incident = town.incident("fire", 2)
    path = f"/api/incidents/{incident['id']}/close"
    engine = town.send("DMK-1", incident)
    answer = town.of["DAMKAR"].post(path, json={"report": {"summary": "Padam"}, "reason": "ingin pulang"})
    assert (answer.status_code, answer.json()["code"]) == (409, "units_at_work")
    assert "DMK-1" in answer.json()["detail"]
    town.move(engine, "RESOLVED")
    town.of["DAMKAR"].ok("POST", path, json={"report": {"summary": "Padam"}})
    unit = next(one for one in town.of["DAMKAR"].ok("GET", "/api/units") if one["call_sign"] == "DMK-1")
    assert (unit["availability"], unit["assignment_id"]) == ("AVAILABLE", None)


def test_a_supervisor_closes_by_force_only_with_a_reason_and_the_units_are_free(town: Town) -> None:
    incident = town.incident("fire", 2)
    path = f"/api/incidents/{incident['id']}/close"
    engine = town.send("DMK-1", incident)
    report = {"report": {"summary": "Ditutup paksa"}}
    assert refusal(town.supervisor, path, report) == (409, "units_at_work")
    assert refusal(town.supervisor, path, {**report, "reason": "  "}) == (409, "units_at_work")
    assert town.supervisor.ok("POST", path, json={**report, "reason": "Radio mati"})["state"] == "CLOSED"
    assert town.city.sql("SELECT status, holds_unit FROM assignment WHERE id = %s", engine) == [("CLEAR", False)]
    assert town.city.sql(
        "SELECT reason FROM incident_stamp WHERE incident_id = %s AND state = 'CLOSED'", incident["id"]
    ) == [("Radio mati",), (None,)]


def test_an_unfinished_incident_without_units_wants_a_reason_of_the_supervisor(town: Town) -> None:
    incident = town.incident("fire", 2)
    path = f"/api/incidents/{incident['id']}/close"
    assert refusal(town.supervisor, path, {"report": {"summary": "x"}}) == (422, "reason_missing")
    town.supervisor.ok("POST", path, json={"report": {"summary": "x"}, "reason": "Laporan ganda"})


def test_an_opd_that_never_took_it_up_does_not_hold_it_open_but_one_that_did_does(town: Town) -> None:
    incident = town.fire_and_ambulance()
    town.move(town.send("DMK-1", incident), "ON_SCENE", "RESOLVED")
    closing = {"report": {"summary": "Padam"}}
    town.of["DAMKAR"].ok("POST", f"/api/incidents/{incident['id']}/close", json=closing)
    assert town.now(incident)["state"] == "CLOSED"
    assert town.tracks(incident) == {"DAMKAR": "CLOSED", "PSC119": "CLOSED"}

    other = town.fire_and_ambulance()
    path = f"/api/incidents/{other['id']}"
    town.of["PSC119"].ok("POST", f"{path}/track", json={"state": "RECEIVED"})
    town.move(town.send("DMK-2", other), "ON_SCENE", "RESOLVED")
    town.of["DAMKAR"].ok("POST", f"{path}/close", json=closing)
    assert town.tracks(other) == {"DAMKAR": "CLOSED", "PSC119": "RECEIVED"}
    assert town.now(other)["state"] == "RESOLVED"
    town.of["PSC119"].ok("POST", f"{path}/close", json=closing)
    assert town.now(other)["state"] == "CLOSED"


def test_an_incident_is_cancelled_with_a_reason_while_nobody_is_sent(town: Town) -> None:
    incident = town.incident("fire", 2)
    path = f"/api/incidents/{incident['id']}"
    assert refusal(town.taker, f"{path}/cancel", {"reason": " "}) == (422, "reason_missing")
    assert town.taker.ok("POST", f"{path}/cancel", json={"reason": "Salah lapor"})["state"] == "CANCELLED"
    assert refusal(town.of["DAMKAR"], f"{path}/track", {"state": "RECEIVED"}) == (409, "incident_ended")
    assert refusal(town.supervisor, f"{path}/assignments", {"unit_id": town.units["DMK-1"]}) == (409, "incident_ended")
    assert town.taker.put(f"{path}/tkp", json={"lon": 107.5, "lat": -11.5}).json()["code"] == "incident_ended"
    draft = town.taker.ok("POST", "/api/incidents", json={"type": "fire"})
    assert town.taker.ok("POST", f"/api/incidents/{draft['id']}/cancel", json={"reason": "x"})["state"] == "CANCELLED"


def test_two_who_close_at_once_close_it_once(town: Town) -> None:
    incident = town.incident("fire", 2)
    desks = [town.city.desk("dispatcher", opd="DAMKAR") for _ in range(4)]
    path = f"/api/incidents/{incident['id']}/close"
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda desk: desk.post(path, json={"report": {"summary": "x"}}).status_code, desks)
    assert Counter(answers) == {200: 1, 409: 3}
    assert town.city.sql(
        "SELECT count(*) FROM journal WHERE kind = 'incident.closed' AND object_id = %s", incident["id"]
    ) == [(1,)]
