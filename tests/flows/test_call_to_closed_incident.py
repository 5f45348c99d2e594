"""The main job, read top to bottom: from a caller's words to a unit on its way, arrived and done."""

import uuid
from typing import Any

from tests.town import BRIDGE, MARKET, crossing
from tests.world import City


def test_a_call_becomes_an_incident_a_unit_is_sent_arrives_and_the_incident_is_closed(city: City) -> None:
    city.unit("DMK-1", at=crossing(0, 0))
    city.unit("DMK-2", at=crossing(0, 3))  # nearer by straight line, but across the river
    exchange, taker = city.desk("telephony"), city.desk("call_taker")
    dispatcher, crew = city.desk("dispatcher", opd="DAMKAR"), city.desk("crew", unit="DMK-1")

    call = exchange.ok("POST", "/api/calls", json={"ani": "081299114471", "operator": "Contohsel"})
    assert call["state"] == "RINGING"
    assert "081299114471" not in str(call)
    answered = taker.ok("POST", f"/api/calls/{call['id']}/answer")
    assert answered["state"] == "ANSWERED"
    assert taker.ok("GET", f"/api/calls/{call['id']}/caller")["number"] == "081299114471"

    candidates = taker.ok("GET", "/api/places/search", params={"q": "depan Pasar Kosambi, Jl Anggrek"})["features"]
    lon, lat = candidates[0]["geometry"]["coordinates"]
    assert abs(lon - MARKET.lon) < 1e-4
    assert abs(lat - MARKET.lat) < 1e-4

    incident = taker.ok(
        "POST",
        "/api/incidents",
        json={"call_id": call["id"], "type": "fire", "priority": 1, "words": "Api dari dapur, 1 orang terjebak"},
    )
    assert incident["state"] == "DRAFT"
    incident = taker.ok(
        "PUT",
        f"/api/incidents/{incident['id']}/tkp",
        json={"lon": lon, "lat": lat, "uncertainty_m": 30, "label": "Pasar Kosambi", "method": "search"},
    )
    assert incident["state"] == "ESCALATED"
    assert incident["tkp_areas"] == ["Kel. Sukamaju"]

    path = f"/api/incidents/{incident['id']}"
    dispatcher.ok("POST", f"{path}/track", json={"state": "RECEIVED"})
    detail = dispatcher.ok("GET", path)
    assert detail["words"] == "Api dari dapur, 1 orang terjebak"
    assert detail["caller_number_masked"] == "0812-xxxx-4471"

    ranked = dispatcher.ok("GET", f"{path}/recommendations")["units"]
    assert [one["unit"]["call_sign"] for one in ranked] == ["DMK-1", "DMK-2"]
    assert ranked[0]["eta_source"] == "road"
    assert ranked[1]["distance_m"] > 10 * 200  # over the bridge in row 5 and back

    first = dispatcher.ok("POST", f"{path}/assignments", json={"unit_id": ranked[0]["unit"]["id"]})
    assert first["eta_s_when_sent"] == ranked[0]["eta_s"] or abs(first["eta_s_when_sent"] - ranked[0]["eta_s"]) < 0.1
    assert crew.ok("GET", "/api/crew/duty")["incident"]["words"] == "Api dari dapur, 1 orang terjebak"
    for status in ("ACCEPTED", "EN_ROUTE"):
        crew.ok("POST", f"/api/assignments/{first['id']}/status", json={"status": status, "client_id": _id()})
    city.ping(crew, at=crossing(0, 0.75))
    route = dispatcher.ok("GET", f"/api/assignments/{first['id']}/route")
    assert route["properties"]["eta_s"] < ranked[0]["eta_s"]
    assert "Jalan Anggrek" in route["properties"]["streets"]
    assert dispatcher.ok("GET", path)["state"] == "EN_ROUTE"
    for status in ("ON_SCENE", "RESOLVED"):
        crew.ok("POST", f"/api/assignments/{first['id']}/status", json={"status": status, "client_id": _id()})
    assert dispatcher.ok("GET", path)["state"] == "RESOLVED"

    closed = dispatcher.ok("POST", f"{path}/close", json={"report": {"summary": "Api padam, satu orang selamat"}})
    assert closed["state"] == "CLOSED"
    times = closed["times"]
    order = ["created_at", "opened_at", "escalated_at", "received_at", "dispatched_at", "en_route_at", "on_scene_at"]
    stamped = [times[name] for name in order]
    assert stamped == sorted(stamped)
    assert times["verified_at"] is None, "a step that was skipped keeps no time"
    taker.ok("POST", f"/api/calls/{call['id']}/close", json={"note": "Sudah ditangani"})
    unit = next(one for one in dispatcher.ok("GET", "/api/units") if one["call_sign"] == "DMK-1")
    assert unit["availability"] == "AVAILABLE"


def test_the_road_decides_and_not_the_straight_line(city: City) -> None:
    """Across the river is 220 m as the crow flies and 2.4 km by the only bridge."""
    west = city.unit("DMK-W", at=crossing(0, 0))
    east = city.unit("DMK-E", at=crossing(0, 3))
    incident = city.fire(crossing(0, 2))
    ranked = city.desk("supervisor").ok("GET", f"/api/incidents/{incident['id']}/recommendations")["units"]
    assert [one["unit"]["id"] for one in ranked] == [west, east]
    at_the_bridge = city.fire(BRIDGE)
    ranked = city.desk("supervisor").ok("GET", f"/api/incidents/{at_the_bridge['id']}/recommendations")["units"]
    by_unit = {one["unit"]["id"]: one["distance_m"] for one in ranked}
    assert by_unit[east] < by_unit[west]


def test_every_unit_with_the_capability_is_ranked_and_no_other(city: City) -> None:
    fire = [city.unit(f"DMK-{number}", at=crossing(number % 6, 1)) for number in range(12)]
    ambulance = city.unit("AMB-1", crossing(0, 0), "PSC119", ("medical",), "ambulance")
    police = city.unit("PTR-1", crossing(0, 0), "POLRES", ("police",), "police_car")
    order = city.unit("SPP-1", crossing(0, 0), "SATPOLPP", ("order",), "police_car")
    incident = city.fire(crossing(2.5, 2))
    ranked = city.desk("supervisor").ok("GET", f"/api/incidents/{incident['id']}/recommendations")["units"]
    found = [one["unit"]["id"] for one in ranked]
    assert sorted(found) == sorted([*fire, ambulance, police])
    assert order not in found
    seconds = [one["eta_s"] for one in ranked]
    assert seconds == sorted(seconds)


def test_of_a_unit_far_from_any_road_the_straight_line_is_said_to_be_one(city: City) -> None:
    city.unit("DMK-1", at=crossing(-8, 0))
    incident = city.fire(crossing(0, 0))
    (only,) = city.desk("supervisor").ok("GET", f"/api/incidents/{incident['id']}/recommendations")["units"]
    assert only["eta_source"] == "straight_line"
    assert "straight_line" in [reason["code"] for reason in only["reasons"]]


def test_an_incident_can_be_dispatched_without_anybody_receiving_it_first(city: City) -> None:
    unit = city.unit("DMK-1", at=crossing(0, 0))
    incident = city.fire(crossing(0, 1))
    dispatcher = city.desk("dispatcher", opd="DAMKAR")
    dispatcher.ok("POST", f"/api/incidents/{incident['id']}/assignments", json={"unit_id": unit})
    now: dict[str, Any] = dispatcher.ok("GET", f"/api/incidents/{incident['id']}")
    assert now["state"] == "DISPATCHED"
    assert now["times"]["received_at"] is None


def _id() -> str:
    return str(uuid.uuid4())
