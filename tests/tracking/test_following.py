"""From pings to a proposed step to a tap to a stamp, over HTTP; and what follows when a round fails."""

import math
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

import pytest

from geo112.city.network import current_network
from geo112.coordinates import LonLat
from geo112.dispatching import travel
from geo112.settings import settings
from tests.live.feed import Screen, Situation, comparable
from tests.town import crossing
from tests.world import City, Desk

POST, CORNER, TKP = crossing(4, 0), crossing(0, 0), crossing(0, 4)
DRIVEN_MPS = 12.0
STEP_S = 5.0
_numbers = count(1)


def line(*places: LonLat) -> list[LonLat]:
    """Return places every STEP_S of a drive through these, the first and the last included."""
    found = [places[0]]
    for one, other in pairwise(places):
        steps = math.ceil(travel.metres_between(one, other) / (DRIVEN_MPS * STEP_S))
        found += [
            LonLat(one.lon + part / steps * (other.lon - one.lon), one.lat + part / steps * (other.lat - one.lat))
            for part in range(1, steps + 1)
        ]
    return found


def stand(place: LonLat, seconds: float) -> list[LonLat]:
    return [place] * int(seconds / STEP_S)


class Sent:
    """A unit at its post that was sent to a fire a while ago, and its crew's phone."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.sign = f"DMK-{next(_numbers)}"
        self.unit = city.unit(self.sign, at=POST, position=False)
        self.crew = city.desk("crew", unit=self.sign)
        self.dispatcher = city.desk("dispatcher", opd="DAMKAR")
        self.incident = city.fire(TKP, priority=2)["id"]
        path = f"/api/incidents/{self.incident}/assignments"
        self.id = self.dispatcher.ok("POST", path, json={"unit_id": self.unit})["id"]
        self.clock = datetime.now(UTC) - timedelta(minutes=30)
        city.sql("UPDATE assignment SET sent_at = %s, status_since = %s WHERE id = %s", self.clock, self.clock, self.id)

    def flush(self, places: Sequence[LonLat], **more: Any) -> list[datetime]:
        """Send what a phone kept: a fix every STEP_S from where it left off. Return their times."""
        times = []
        fixes = []
        for place in places:
            self.clock += timedelta(seconds=STEP_S)
            times.append(self.clock)
            fixes.append({"id": str(uuid.uuid4()), "fixed_at": self.clock.isoformat(), "lon": place.lon,
                          "lat": place.lat, "accuracy_m": 8, "kind": "fix", **more})  # fmt: skip
        answer = self.crew.ok("POST", "/ingest/crew", json={"sent_at": datetime.now(UTC).isoformat(), "fixes": fixes})
        assert len(answer["stored"]) == len(fixes)
        self.until(lambda: self.judged_at() == times[-1])
        return times

    def judged_at(self) -> datetime | None:
        found = self.city.sql("SELECT fixed_at FROM unit_motion WHERE unit_id = %s", self.unit)
        return found[0][0] if found else None

    def now(self) -> dict[str, Any]:
        found = self.dispatcher.ok("GET", f"/api/incidents/{self.incident}")["assignments"]
        return next(one for one in found if one["id"] == self.id)

    def proposed(self) -> dict[str, dict[str, Any]]:
        return {one["status"]: one for one in self.now()["proposals"]}

    def confirm(self, status: str, desk: Desk | None = None) -> dict[str, Any]:
        command = {"status": status, "proposal_id": self.proposed()[status]["id"], "client_id": str(uuid.uuid4())}
        found = (desk or self.crew).ok("POST", f"/api/assignments/{self.id}/status", json=command)
        assert isinstance(found, dict)
        return found

    def press(self, status: str) -> None:
        self.crew.ok("POST", f"/api/assignments/{self.id}/status", json={"status": status})

    def stamps(self) -> dict[str, tuple[Any, ...]]:
        return {
            status: (source, at)
            for status, source, at in self.city.sql(
                "SELECT status, source, at FROM assignment_stamp WHERE assignment_id = %s AND is_applied", self.id
            )
        }

    @staticmethod
    def until(is_so: Callable[[], Any], seconds: float = 20) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := is_so():
                return found
            time.sleep(0.02)
        raise AssertionError("waited in vain")


@pytest.fixture
def sent(shared_city: City) -> Sent:
    return Sent(shared_city)


def at(proposal: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(proposal["at"])


def test_a_drive_proposes_departure_and_arrival_and_a_tap_stamps_them_with_their_own_time(sent: Sent) -> None:
    sent.flush(stand(POST, 60))
    drive = sent.flush(line(POST, CORNER, TKP)[1:])
    there = sent.flush(stand(TKP, 40))
    found = sent.proposed()
    assert list(found) == ["EN_ROUTE", "ON_SCENE"]
    assert drive[0] <= at(found["EN_ROUTE"]) <= drive[2]
    assert drive[-1] <= at(found["ON_SCENE"]) <= there[0]
    assert found["ON_SCENE"]["evidence"]["distance_m"] <= 5
    assert found["ON_SCENE"]["evidence"]["fixes"] >= 4
    assert sent.now()["status"] == "SENT", "nothing is entered without a tap"
    assert set(sent.stamps()) == {"SENT"}

    assert sent.confirm("EN_ROUTE")["status"] == "EN_ROUTE"
    after = sent.confirm("ON_SCENE", sent.dispatcher)
    assert (after["status"], after["proposals"]) == ("ON_SCENE", [])
    sent.press("RESOLVED")
    stamps = sent.stamps()
    assert stamps["EN_ROUTE"] == ("auto", at(found["EN_ROUTE"]))
    assert stamps["ON_SCENE"] == ("auto", at(found["ON_SCENE"]))
    assert stamps["RESOLVED"][0] == "manual"
    assert sent.city.sql("SELECT settled_by FROM proposal WHERE assignment_id = %s ORDER BY id", sent.id) == [
        (sent.city.sql("SELECT 'token:' || id FROM token WHERE label = %s", f"crew {sent.sign}")[0][0],),
        (sent.city.sql("SELECT 'token:' || max(id) FROM token WHERE label = 'dispatcher DAMKAR'")[0][0],),
    ]


def test_a_tap_that_is_sent_twice_counts_once(sent: Sent) -> None:
    sent.flush([*stand(POST, 60), *line(POST, CORNER)[1:]])
    command = {"status": "EN_ROUTE", "proposal_id": sent.proposed()["EN_ROUTE"]["id"], "client_id": str(uuid.uuid4())}
    for _ in range(2):
        answer = sent.crew.ok("POST", f"/api/assignments/{sent.id}/status", json=command)
        assert answer["status"] == "EN_ROUTE"
    assert len(sent.city.sql("SELECT 1 FROM assignment_stamp WHERE assignment_id = %s", sent.id)) == 2


def test_what_was_done_by_hand_is_proposed_no_more_and_a_late_tap_is_only_recorded(sent: Sent) -> None:
    sent.flush([*stand(POST, 60), *line(POST, CORNER, TKP)[1:], *stand(TKP, 40)])
    late = sent.proposed()["EN_ROUTE"]
    sent.press("ON_SCENE")
    assert sent.proposed() == {}
    command = {"status": "EN_ROUTE", "proposal_id": late["id"]}
    answer = sent.crew.ok("POST", f"/api/assignments/{sent.id}/status", json=command)
    assert (answer["status"], "EN_ROUTE" in answer["times"]) == ("ON_SCENE", False)
    assert sent.stamps()["ON_SCENE"][0] == "manual"


def test_who_drives_on_has_not_arrived(sent: Sent) -> None:
    """A stop at the very corner of the TKP proposes an arrival; driving on takes it back, and a tap then is refused."""
    sent.flush([*stand(POST, 60), *line(POST, CORNER, TKP)[1:], *stand(TKP, 40)])
    taken_back = sent.proposed()["ON_SCENE"]
    sent.flush(line(TKP, crossing(4, 4))[1:])
    assert list(sent.proposed()) == ["EN_ROUTE"]
    refused = sent.crew.post(
        f"/api/assignments/{sent.id}/status", json={"status": "ON_SCENE", "proposal_id": taken_back["id"]}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "proposal_gone")
    sent.flush([*line(crossing(4, 4), TKP)[1:], *stand(TKP, 40)])
    assert at(sent.proposed()["ON_SCENE"]) > at(taken_back)


def test_desks_read_whether_it_drives_and_where_on_the_road(sent: Sent) -> None:
    path = f"/api/units/{sent.unit}/motion"
    assert sent.dispatcher.ok("GET", path) is None
    stood = sent.flush(stand(POST, 60))
    found = sent.dispatcher.ok("GET", path)
    assert (found["is_moving"], datetime.fromisoformat(found["home_since"])) == (False, stood[0])
    beside = LonLat(crossing(2.5, 0).lon + 0.0002, crossing(2.5, 0).lat)  # about 22 m east of Jalan Merpati
    drive = sent.flush([*line(POST, crossing(2.7, 0))[1:], beside])
    found = sent.dispatcher.ok("GET", path)
    assert (found["is_moving"], found["home_since"]) == (True, None)
    assert datetime.fromisoformat(found["fixed_at"]) == drive[-1]
    assert (found["road"]["lon"], found["road"]["lat"]) == pytest.approx(crossing(2.5, 0), abs=1e-6)
    assert found["road_m"] == pytest.approx(travel.metres_between(beside, crossing(2.5, 0)), abs=0.1)
    assert sent.city.desk("dispatcher", opd="PSC119").get(path).status_code == 403


def test_what_was_dismissed_is_not_proposed_again(sent: Sent) -> None:
    sent.flush([*stand(POST, 60), *line(POST, CORNER, TKP)[1:], *stand(TKP, 40)])
    wrong = sent.proposed()["ON_SCENE"]
    for _ in range(2):
        answer = sent.dispatcher.ok("POST", f"/api/proposals/{wrong['id']}/dismiss")
        assert [one["status"] for one in answer["proposals"]] == ["EN_ROUTE"]
    sent.flush(stand(TKP, 60))
    assert list(sent.proposed()) == ["EN_ROUTE"]


def test_only_the_own_crew_and_opd_may_say_what_a_unit_did(sent: Sent) -> None:
    sent.flush([*stand(POST, 60), *line(POST, CORNER)[1:]])
    path = f"/api/proposals/{sent.proposed()['EN_ROUTE']['id']}/dismiss"
    other = Sent(sent.city)
    sent.city.unit(f"AMB-{sent.unit}", at=POST, opd="PSC119")
    for desk in (other.crew, sent.city.desk("dispatcher", opd="PSC119"), sent.city.desk("call_taker")):
        assert desk.post(path).status_code == 403
    assert sent.crew.post("/api/proposals/999999/dismiss").status_code == 404
    assert list(sent.proposed()) == ["EN_ROUTE"]


def test_the_way_home_is_proposed_to_a_crew_that_is_free(sent: Sent) -> None:
    sent.flush([*stand(POST, 60), *line(POST, CORNER, TKP)[1:], *stand(TKP, 40)])
    sent.press("ON_SCENE")
    for status in ("RESOLVED", "CLEAR"):
        sent.press(status)
    sent.city.sql("UPDATE assignment SET status_since = %s WHERE id = %s", sent.clock, sent.id)
    drive = sent.flush(line(TKP, CORNER)[1:])
    duty = sent.crew.ok("GET", "/api/crew/duty")
    assert duty["assignment"] is None
    assert [one["status"] for one in duty["returning"]["proposals"]] == ["RETURNING"]
    assert drive[0] <= at(duty["returning"]["proposals"][0]) <= drive[2]
    home = sent.flush([*line(CORNER, POST)[1:], *stand(POST, 40)])
    assert list(sent.proposed()) == ["IN_QUARTERS"], "who is home is not on its way any more"
    assert home[0] < at(sent.proposed()["IN_QUARTERS"]) < home[-1]
    assert sent.confirm("IN_QUARTERS")["status"] == "IN_QUARTERS"
    assert sent.crew.ok("GET", "/api/crew/duty")["returning"] is None


def test_a_new_task_ends_what_was_proposed_for_the_one_before(sent: Sent) -> None:
    sent.flush([*stand(POST, 60), *line(POST, CORNER, TKP)[1:], *stand(TKP, 40)])
    for status in ("ON_SCENE", "RESOLVED", "CLEAR"):
        sent.press(status)
    sent.city.sql("UPDATE assignment SET status_since = %s WHERE id = %s", sent.clock, sent.id)
    sent.flush(line(TKP, CORNER)[1:])
    assert list(sent.proposed()) == ["RETURNING"]
    other = sent.city.fire(crossing(2, 2), priority=2)["id"]
    sent.dispatcher.ok("POST", f"/api/incidents/{other}/assignments", json={"unit_id": sent.unit})
    assert sent.proposed() == {}


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_the_eta_is_that_of_the_arrival_field_at_the_place_of_the_fix(sent: Sent, share: float) -> None:
    way = line(POST, CORNER, TKP)
    here = way[int(share * (len(way) - 1))]
    with Screen(sent.dispatcher) as screen:
        screen.snapshot()
        times = sent.flush([here])
        eta = screen.until(
            lambda one: next((e for b in one.positions() for e in b["etas"] if e["assignment_id"] == sent.id), None)
        )
    network = current_network(int(sent.city.sql("SELECT city_import_id FROM centre")[0][0]), settings().data_dir)
    conditions = travel.conditions_at(datetime.now(UTC), settings().time_zone)
    (expected,) = travel.seconds_to(network, TKP, [("fire_engine", here)], conditions)
    assert (eta["eta_s"], eta["eta_source"]) == (round(expected.eta_s, 1), "road")
    assert abs(datetime.fromisoformat(eta["at"]) - times[0]) < timedelta(milliseconds=1), "it is of the fix's moment"
    path = travel.route(network, TKP, "fire_engine", here, conditions)
    assert path is not None
    assert eta["eta_s"] == pytest.approx(path.seconds + path.walk_s, abs=0.1), "and of the way that is drawn"


def test_old_snapshot_and_events_make_the_new_snapshot_with_proposals_too(sent: Sent) -> None:
    supervisor = sent.city.desk("supervisor")
    newest = "SELECT max(id) FROM journal"
    with Screen(supervisor) as screen:
        before = screen.snapshot()
        sent.flush([*stand(POST, 60), *line(POST, CORNER, TKP)[1:], *stand(TKP, 40)])
        sent.dispatcher.ok("POST", f"/api/proposals/{sent.proposed()['EN_ROUTE']['id']}/dismiss")
        sent.flush(line(TKP, crossing(4, 4))[1:])
        changes = screen.caught_up(int(sent.city.sql(newest)[0][0]))
    after = comparable(supervisor.ok("GET", "/api/situation"))
    told = [place for place, one in enumerate(changes) if one["kind"] == "assignment.proposal"]
    assert len(told) >= 2

    def replayed(left_out: Sequence[int] = ()) -> dict[str, Any]:
        known = Situation(before)
        for place, change in enumerate(changes):
            if place not in left_out:
                known.apply(change)
        return known.comparable()

    assert replayed() == after
    halfway = [one for one in told if changes[one]["value"]["proposals"]]
    assert halfway, "something was proposed on the way"
    known = Situation(before)
    for change in changes[: halfway[0] + 1]:
        known.apply(change)
    assert known.comparable() != replayed(told), "the control: without the entries no screen knows of it"


def test_a_round_that_fails_loses_no_ping_and_the_next_one_knows_everything(sent: Sent) -> None:
    sent.flush(stand(POST, 60))
    sent.city.sql("ALTER TABLE unit_motion RENAME TO unit_motion_away")
    try:
        fixes = line(POST, CORNER, TKP)[1:]
        drive = []
        for place in fixes:
            sent.clock += timedelta(seconds=STEP_S)
            drive.append(sent.clock)
            answer = sent.city.ping(sent.crew, place, sent.clock, accuracy_m=8)
            assert len(answer["stored"]) == 1
    finally:
        sent.city.sql("ALTER TABLE unit_motion_away RENAME TO unit_motion")
    there = sent.flush(stand(TKP, 40))
    found = sent.proposed()
    assert drive[0] <= at(found["EN_ROUTE"]) <= drive[2], "seen in the history, by its own time"
    assert drive[-1] <= at(found["ON_SCENE"]) <= there[0]
