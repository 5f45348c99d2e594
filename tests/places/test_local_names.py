"""Names that the centre adds: proposed by scenes, decided by supervisors, searched from the next letter on."""

from typing import Any

import pytest

from geo112.coordinates import LonLat
from tests import town
from tests.world import City, Desk

BEND = town.crossing(3, 4.5)


def search(desk: Desk, words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.ok("GET", "/api/places/search", params={"q": words})["features"]
    return found


def learn(desk: Desk, said: str, at: LonLat = BEND, **more: Any) -> dict[str, Any] | None:
    learnt: dict[str, Any] | None = desk.ok(
        "POST", "/api/places/local-names/learn", json={"said": said, "lon": at.lon, "lat": at.lat, **more}
    )
    return learnt


def test_a_scene_teaches_a_name_that_a_supervisor_approves(city: City) -> None:
    taker, supervisor = city.desk("call_taker"), city.desk("supervisor")
    assert all(each["properties"]["kind"] != "local_name" for each in search(taker, "tikungan maut"))
    proposed = learn(taker, "tikungan maut")
    assert proposed is not None
    assert proposed["state"] == "PROPOSED"
    assert all(each["properties"]["kind"] != "local_name" for each in search(taker, "tikungan maut"))
    listed = supervisor.ok("GET", "/api/places/local-names")
    assert [each["id"] for each in listed] == [proposed["id"]]
    supervisor.ok("PUT", f"/api/places/local-names/{proposed['id']}", json={"state": "APPROVED"})
    for words in ("tikungan maut", "tikugan maut", "depan tikungan maut jalan kenanga kel sukamundur", "tikungan ma"):
        first = search(taker, words)[0]
        assert first["properties"]["kind"] == "local_name", words
        assert first["geometry"]["coordinates"] == pytest.approx([BEND.lon, BEND.lat])
    assert first["properties"]["areas"] == ["Kel. Sukamundur"]
    kinds = city.sql("SELECT kind FROM journal WHERE object = 'local_name' ORDER BY id")
    assert kinds == [("local_name.proposed",), ("local_name.approved",)]
    supervisor.ok("PUT", f"/api/places/local-names/{proposed['id']}", json={"state": "REJECTED"})
    assert all(each["properties"]["kind"] != "local_name" for each in search(taker, "tikungan maut"))


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("pasar kosambi", town.MARKET),  # the words led there
        ("depan pasar kosambi", town.crossing(0.2, 1.5)),
        ("", BEND),
        ("12345", BEND),
        ("tolong pak cepat", BEND),
        ("bu tini 0812 9911 4471", BEND),  # a number that could be somebody's
        ("a" * 90, BEND),
        ("saya lihat dari jauh ada orang naik motor jatuh di dekat warung yang biasa jual nasi", BEND),
    ],
)
def test_what_is_no_name_or_was_found_teaches_nothing(city: City, said: str, at: LonLat) -> None:
    assert learn(city.desk("call_taker"), said, at) is None
    assert city.sql("SELECT count(*) FROM local_name") == [(0,)]


def test_a_scene_teaches_a_name_once(city: City) -> None:
    taker = city.desk("call_taker")
    assert learn(taker, "warung bu tini") is not None
    assert learn(taker, "Warung Bu Tini") is None
    assert learn(taker, "warung bu tini", town.crossing(0, 0)) is not None  # another one, elsewhere


def test_a_supervisor_adds_a_name_at_once_and_mends_a_proposal(city: City) -> None:
    supervisor = city.desk("supervisor")
    made = supervisor.ok(
        "POST", "/api/places/local-names", json={"name": "Simpang Lima", "lon": BEND.lon, "lat": BEND.lat}
    )
    assert made["state"] == "APPROVED"
    assert search(supervisor, "simpang lima")[0]["properties"]["kind"] == "local_name"
    proposed = learn(city.desk("call_taker"), "wrg bu tini")
    assert proposed is not None
    path = f"/api/places/local-names/{proposed['id']}"
    supervisor.ok("PUT", path, json={"state": "APPROVED", "name": "Warung Bu Tini"})
    assert search(supervisor, "warung bu tini")[0]["properties"]["label"].startswith("Warung Bu Tini")


def test_what_cannot_be_decided_is_refused_in_words(city: City) -> None:
    supervisor, taker = city.desk("supervisor"), city.desk("call_taker")
    body = {"name": "7", "lon": BEND.lon, "lat": BEND.lat}
    assert supervisor.post("/api/places/local-names", json=body).json()["code"] == "local_name_unfit"
    assert supervisor.put("/api/places/local-names/99", json={"state": "APPROVED"}).status_code == 404
    made = supervisor.ok("POST", "/api/places/local-names", json={**body, "name": "Gapura"})
    again = supervisor.put(f"/api/places/local-names/{made['id']}", json={"state": "APPROVED"})
    assert (again.status_code, again.json()["code"]) == (409, "local_name_state")
    assert taker.get("/api/places/local-names").status_code == 403
    assert taker.post("/api/places/local-names", json=body).status_code == 403
    assert taker.put(f"/api/places/local-names/{made['id']}", json={"state": "REJECTED"}).status_code == 403
    assert city.desk("crew", opd="DAMKAR").post("/api/places/local-names/learn", json={}).status_code == 403
    nowhere = {"name": "Gapura", "lon": 181, "lat": 0}
    assert supervisor.post("/api/places/local-names", json=nowhere).status_code == 422


def test_a_name_outlives_an_import_and_an_unknown_incident_is_no_reason_to_forget_it(city: City) -> None:
    assert learn(city.desk("call_taker"), "tikungan maut", incident_id=4711) is not None
    assert city.sql("SELECT incident_id FROM local_name") == [(None,)]
