"""Calls as the exchange and the call takers see them."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from geo112.calls.call import SilentStep
from tests.town import crossing
from tests.world import City, Desk


@pytest.fixture(scope="module")
def taker(shared_city: City) -> Desk:
    return shared_city.desk("call_taker")


def ringing(taker: Desk, **more: Any) -> dict[str, Any]:
    call = taker.ok("POST", "/api/calls", json={"ani": "081299114471", **more})
    assert isinstance(call, dict)
    return call


def refusal(desk: Desk, path: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = desk.post(path, json=body)
    return answer.status_code, answer.json()["code"]


def test_a_prank_is_closed_in_three_moves(taker: Desk) -> None:
    call = ringing(taker)
    path = f"/api/calls/{call['id']}"
    taker.ok("POST", f"{path}/answer")
    taker.ok("POST", f"{path}/classify", json={"call_class": "prank"})
    assert refusal(taker, f"{path}/close", {"note": "  "}) == (422, "note_missing")
    closed = taker.ok("POST", f"{path}/close", json={"note": "Anak-anak"})
    assert closed["state"] == "CLOSED"
    times = [closed[name] for name in ("received_at", "answered_at", "classified_at", "closed_at")]
    assert times == sorted(times)
    assert closed["linked_at"] is None
    assert taker.ok("GET", path)["note"] == "Anak-anak"
    assert call["id"] not in [one["id"] for one in taker.ok("GET", "/api/calls")]
    assert call["id"] in [one["id"] for one in taker.ok("GET", "/api/calls?state=all&limit=1000")]
    assert refusal(taker, f"{path}/classify", {"call_class": "test"}) == (409, "call_state")


def test_a_silent_call_stays_open_until_every_step_is_recorded(taker: Desk) -> None:
    path = f"/api/calls/{ringing(taker)['id']}"
    taker.ok("POST", f"{path}/answer")
    steps = [str(step) for step in SilentStep]
    for done in range(len(steps)):
        taker.ok("POST", f"{path}/classify", json={"call_class": "ghost", "silent_steps": steps[:done]})
        assert refusal(taker, f"{path}/close", {"note": "Senyap"}) == (422, "silent_steps_missing")
    taker.ok("POST", f"{path}/classify", json={"call_class": "ghost", "silent_steps": steps})
    assert taker.ok("POST", f"{path}/close", json={"note": "Senyap"})["silent_steps"] == steps


def test_an_emergency_closes_only_with_its_incident(taker: Desk) -> None:
    call = ringing(taker)
    path = f"/api/calls/{call['id']}"
    taker.ok("POST", f"{path}/answer")
    taker.ok("POST", f"{path}/classify", json={"call_class": "emergency"})
    assert refusal(taker, f"{path}/close", {"note": "Kebakaran"}) == (422, "emergency_without_incident")
    incident = taker.ok("POST", "/api/incidents", json={"call_id": call["id"], "type": "fire"})
    closed = taker.ok("POST", f"{path}/close", json={"note": "Kebakaran"})
    assert (closed["incident_id"], closed["incident_number"]) == (incident["id"], incident["number"])


def test_the_second_to_answer_is_told_who_was_faster(shared_city: City, taker: Desk) -> None:
    shared_city.account("sari", "call_taker")
    first = Desk(base_url=shared_city.address, trust_env=False)
    with first:
        first.ok("POST", "/api/session", json={"username": "sari", "password": "rahasia-sekali"})
        path = f"/api/calls/{ringing(taker)['id']}/answer"
        assert first.ok("POST", path)["taken_by"]["name"] == "Sari"
        refused = taker.post(path)
        assert (refused.status_code, refused.json()["code"]) == (409, "call_already_answered")
        assert "Sari" in refused.json()["detail"]
        assert first.ok("POST", path)["state"] == "ANSWERED", "a second click of the same person is no quarrel"


def test_of_many_who_answer_at_once_one_has_the_call(shared_city: City, taker: Desk) -> None:
    desks = []
    for number in range(3):
        shared_city.account(f"taker{number}", "call_taker")
        desk = Desk(base_url=shared_city.address, trust_env=False)
        desk.ok("POST", "/api/session", json={"username": f"taker{number}", "password": "rahasia-sekali"})
        desks.append(desk)
    with ThreadPoolExecutor(len(desks)) as pool:
        for _ in range(5):
            path = f"/api/calls/{ringing(taker)['id']}/answer"
            statuses = list(pool.map(lambda desk, path=path: desk.post(path).status_code, desks))
            assert sorted(statuses) == [200, 409, 409]
    for desk in desks:
        desk.close()


def test_who_hangs_up_first_is_kept_as_abandoned(taker: Desk) -> None:
    path = f"/api/calls/{ringing(taker)['id']}"
    abandoned = taker.ok("POST", f"{path}/abandon")
    assert (abandoned["state"], abandoned["answered_at"]) == ("ABANDONED", None)
    assert refusal(taker, f"{path}/answer", {}) == (409, "call_state")


def test_the_same_client_id_gives_the_same_call(taker: Desk) -> None:
    client_id = str(uuid.uuid4())
    first = ringing(taker, client_id=client_id)
    assert ringing(taker, client_id=client_id, ani="0800")["id"] == first["id"]
    assert ringing(taker, client_id=str(uuid.uuid4()))["id"] != first["id"]


def test_the_same_call_sent_many_times_at_once_is_one_call(taker: Desk) -> None:
    for _ in range(5):
        client_id = str(uuid.uuid4())
        with ThreadPoolExecutor(6) as pool:
            answers = list(
                pool.map(lambda _, said=client_id: taker.post("/api/calls", json={"client_id": said}), range(6))
            )
        assert [one.status_code for one in answers] == [201] * 6
        assert len({one.json()["id"] for one in answers}) == 1


def test_earlier_calls_of_the_same_number_are_shown_and_looking_is_journalled(shared_city: City, taker: Desk) -> None:
    earlier, call = ringing(taker, ani="0817-1"), ringing(taker, ani="0817-1")
    other = ringing(taker, ani="0817-2")
    caller = taker.ok("GET", f"/api/calls/{call['id']}/caller")
    assert [one["id"] for one in caller["earlier_calls"]] == [earlier["id"]]
    assert taker.ok("GET", f"/api/calls/{other['id']}/caller")["earlier_calls"] == []
    looks = shared_city.sql(
        "SELECT value, roles FROM journal WHERE kind = 'caller.looked_at' AND object_id = %s", call["caller_id"]
    )
    assert looks == [({"caller_id": call["caller_id"], "reason": "call"}, ["supervisor", "administrator"])]


def test_without_a_number_no_earlier_calls_are_guessed(taker: Desk) -> None:
    ringing(taker, ani=None)
    call = ringing(taker, ani=None)
    assert taker.ok("GET", f"/api/calls/{call['id']}/caller")["earlier_calls"] == []


def test_what_the_caller_said_is_added_and_never_lost(taker: Desk) -> None:
    path = f"/api/calls/{ringing(taker)['id']}/caller"
    taker.ok("PUT", path, json={"name": "Bu Siti"})
    taker.ok("PUT", path, json={"words": "Asap tebal"})
    caller = taker.ok("PUT", path, json={"landmark": "dekat masjid"})
    assert (caller["name"], caller["words"], caller["landmark"]) == ("Bu Siti", "Asap tebal", "dekat masjid")


def test_joining_an_incident_counts_the_call_there(shared_city: City, taker: Desk) -> None:
    shared_city.unit("DMK-1", at=crossing(0, 0))
    first, second = shared_city.fire(crossing(0, 1)), shared_city.fire(crossing(0, 1))
    path = f"/api/calls/{ringing(taker)['id']}/link"
    assert taker.ok("POST", path, json={"incident_id": first["id"]})["call_class"] == "emergency"
    assert taker.ok("GET", f"/api/incidents/{first['id']}")["call_count"] == 1
    taker.ok("POST", path, json={"incident_id": second["id"]})
    counts = [taker.ok("GET", f"/api/incidents/{one['id']}")["call_count"] for one in (first, second)]
    assert counts == [0, 1]


def test_joining_tells_the_screens_what_became_of_the_incidents(shared_city: City, taker: Desk) -> None:
    """What a screen knows of an incident comes from the journal: the count of calls is part of it."""
    first, second = shared_city.fire(crossing(0, 1)), shared_city.fire(crossing(0, 1))
    path = f"/api/calls/{ringing(taker)['id']}/link"
    for incident in (first, second):
        taker.ok("POST", path, json={"incident_id": incident["id"]})
    told = [
        shared_city.sql(
            "SELECT value ->> 'call_count' FROM journal WHERE object = 'incident' AND object_id = %s"
            " ORDER BY id DESC LIMIT 1",
            one["id"],
        )[0][0]
        for one in (first, second)
    ]
    assert told == ["0", "1"]


@pytest.mark.parametrize("rest", ["answer", "classify", "link", "close", "abandon"])
def test_a_call_that_does_not_exist_is_said_not_to(taker: Desk, rest: str) -> None:
    body = {"call_class": "test", "note": "x", "incident_id": 1}
    assert refusal(taker, f"/api/calls/987654321/{rest}", body) == (404, "not_found")


def test_a_call_cannot_join_an_incident_that_does_not_exist(taker: Desk) -> None:
    call = ringing(taker)
    assert refusal(taker, f"/api/calls/{call['id']}/link", {"incident_id": 987654321}) == (404, "not_found")
    assert taker.ok("GET", f"/api/calls/{call['id']}")["state"] == "RINGING", "nothing of it was kept"
    assert refusal(taker, "/api/incidents", {"call_id": 987654321, "type": "fire"}) == (404, "not_found")


@pytest.mark.parametrize("field", ["ani", "operator"])
def test_a_text_that_the_database_cannot_hold_is_bad_input(taker: Desk, field: str) -> None:
    answer = taker.post("/api/calls", json={field: "0812\x00"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"ani": "0" * 41},
        {"position": {"lon": 181, "lat": 0}},
        {"position": {"lon": 107.5}},
        {"client_id": "bukan-uuid"},
        {"position_source": "dukun"},
    ],
)
def test_what_makes_no_sense_is_refused(taker: Desk, body: dict[str, Any]) -> None:
    assert refusal(taker, "/api/calls", body) == (422, "invalid_input")
