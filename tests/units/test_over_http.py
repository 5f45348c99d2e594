"""Units as desks and crews see them and say whether they serve."""

import pytest

from geo112.units.unit import Availability, Service
from tests.town import crossing
from tests.world import City, Desk


@pytest.fixture(scope="module")
def supervisor(shared_city: City) -> Desk:
    return shared_city.desk("supervisor")


def availability(desk: Desk, unit_id: int) -> str:
    return str(next(one for one in desk.ok("GET", "/api/units") if one["id"] == unit_id)["availability"])


# Written out by hand from the life cycles: what a unit says of itself, and what follows while nobody has sent it.
FREE = {
    Service.IN_SERVICE: Availability.AVAILABLE,
    Service.STANDBY: Availability.STANDBY,
    Service.LIMITED: Availability.LIMITED,
    Service.OUT_OF_SERVICE: Availability.OUT_OF_SERVICE,
    Service.OFF_DUTY: Availability.OFF_DUTY,
}


def test_availability_follows_service_and_assignment_and_is_stored_nowhere(shared_city: City, supervisor: Desk) -> None:
    unit_id = shared_city.unit("DMK-1", at=crossing(0, 0))
    path = f"/api/units/{unit_id}/service"
    for service, expected in FREE.items():
        assert supervisor.ok("PUT", path, json={"service": service})["availability"] == expected
        assert availability(supervisor, unit_id) == expected
    supervisor.ok("PUT", path, json={"service": "IN_SERVICE"})
    incident = shared_city.fire(crossing(0, 1))
    sent = supervisor.ok("POST", f"/api/incidents/{incident['id']}/assignments", json={"unit_id": unit_id})
    assert availability(supervisor, unit_id) == "ASSIGNED"
    crew = shared_city.desk("crew", unit="DMK-1")
    for status, expected in (("EN_ROUTE", "ASSIGNED"), ("ON_SCENE", "ON_SCENE"), ("RESOLVED", "ASSIGNED")):
        crew.ok("POST", f"/api/assignments/{sent['id']}/status", json={"status": status})
        assert availability(supervisor, unit_id) == expected
    crew.ok("POST", f"/api/assignments/{sent['id']}/status", json={"status": "CLEAR"})
    assert availability(supervisor, unit_id) == "AVAILABLE"


@pytest.mark.parametrize("service", ["OUT_OF_SERVICE", "OFF_DUTY"])
def test_who_does_not_serve_is_neither_ranked_nor_sent(shared_city: City, supervisor: Desk, service: str) -> None:
    unit_id = shared_city.unit(f"DMK-{service}", at=crossing(0, 0))
    incident = shared_city.fire(crossing(0, 1))["id"]
    supervisor.ok("PUT", f"/api/units/{unit_id}/service", json={"service": service, "reason": "Ban bocor"})
    ranked = supervisor.ok("GET", f"/api/incidents/{incident}/recommendations?limit=1000")["units"]
    assert unit_id not in [one["unit"]["id"] for one in ranked]
    answer = supervisor.post(f"/api/incidents/{incident}/assignments", json={"unit_id": unit_id})
    assert (answer.status_code, answer.json()["code"]) == (409, "unit_not_in_service")
    supervisor.ok("PUT", f"/api/units/{unit_id}/service", json={"service": "IN_SERVICE"})
    ranked = supervisor.ok("GET", f"/api/incidents/{incident}/recommendations?limit=1000")["units"]
    assert unit_id in [one["unit"]["id"] for one in ranked]


def test_a_dispatcher_sees_the_units_of_the_own_opd_alone(shared_city: City) -> None:
    own = shared_city.unit("PTR-1", crossing(1, 1), "POLRES", ("police",), "police_car")
    shared_city.unit("AMB-1", crossing(1, 1), "PSC119", ("medical",), "ambulance")
    listed = shared_city.desk("dispatcher", opd="POLRES").ok("GET", "/api/units")
    assert [one["id"] for one in listed] == [own]


def test_only_who_a_unit_belongs_to_says_whether_it_serves(shared_city: City, supervisor: Desk) -> None:
    unit_id = shared_city.unit("DMK-7", at=crossing(0, 0))
    shared_city.unit("DMK-8", at=crossing(0, 0))
    path, body = f"/api/units/{unit_id}/service", {"service": "LIMITED"}
    refused = [
        shared_city.desk("crew", unit="DMK-8"),
        shared_city.desk("dispatcher", opd="POLRES"),
        shared_city.desk("call_taker"),
        shared_city.desk("planner"),
    ]
    for desk in refused:
        assert desk.put(path, json=body).status_code == 403
    assert availability(supervisor, unit_id) == "AVAILABLE"
    for desk in (shared_city.desk("crew", unit="DMK-7"), shared_city.desk("dispatcher", opd="DAMKAR"), supervisor):
        assert desk.put(path, json=body).status_code == 200
    assert supervisor.put("/api/units/999999/service", json=body).status_code == 404
    assert supervisor.put(path, json={"service": "ASLEEP"}).status_code == 422
