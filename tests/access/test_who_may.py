"""Who may call what: every endpoint says so, and the table below is what it should say, written down apart from it."""

import re

from fastapi import APIRouter
from fastapi.routing import iter_route_contexts

from geo112.access.roles import Role
from geo112.app import create_app
from tests.town import crossing
from tests.world import City, Desk

PUBLIC = {
    "GET /api/health",
    "GET /api/city",  # its name stands on the sign-in page
    "POST /api/session",
    "DELETE /api/session",
}
CONTROL_ROOM = {"call_taker", "supervisor", "administrator"}
DESKS = CONTROL_ROOM | {"dispatcher"}
DISPATCHING = {"dispatcher", "supervisor", "administrator"}
EVERYBODY = {str(role) for role in Role}
PEOPLE = EVERYBODY - {"telephony"}

MAY = {
    "GET /api/session": EVERYBODY,
    "GET /api/reference": EVERYBODY,
    "POST /api/calls": CONTROL_ROOM | {"telephony"},
    "GET /api/calls": CONTROL_ROOM,
    "GET /api/calls/{call_id}": CONTROL_ROOM,
    "POST /api/calls/{call_id}/answer": CONTROL_ROOM,
    "GET /api/calls/{call_id}/caller": CONTROL_ROOM,
    "PUT /api/calls/{call_id}/caller": CONTROL_ROOM,
    "POST /api/calls/{call_id}/classify": CONTROL_ROOM,
    "POST /api/calls/{call_id}/link": CONTROL_ROOM,
    "POST /api/calls/{call_id}/close": CONTROL_ROOM,
    "POST /api/calls/{call_id}/abandon": CONTROL_ROOM | {"telephony"},
    "POST /api/incidents": CONTROL_ROOM,
    "GET /api/incidents": DESKS,
    "GET /api/incidents/nearby": DESKS,
    "GET /api/incidents/{incident_id}": DESKS,
    "PUT /api/incidents/{incident_id}/tkp": DESKS,
    "POST /api/incidents/{incident_id}/escalations": CONTROL_ROOM,
    "POST /api/incidents/{incident_id}/track": DISPATCHING,
    "POST /api/incidents/{incident_id}/cancel": DESKS,
    "GET /api/incidents/{incident_id}/recommendations": DESKS,
    "POST /api/incidents/{incident_id}/assignments": DISPATCHING,
    "POST /api/incidents/{incident_id}/close": DISPATCHING,
    "GET /api/incidents/{incident_id}/route": DESKS,
    "POST /api/assignments/{assignment_id}/status": DISPATCHING | {"crew"},
    "POST /api/proposals/{proposal_id}/dismiss": DISPATCHING | {"crew"},
    "GET /api/assignments/{assignment_id}/route": DESKS | {"crew"},
    "GET /api/units": DESKS,
    "PUT /api/units/{unit_id}/service": DISPATCHING | {"crew"},
    "GET /api/crew/duty": {"crew"},
    "POST /api/devices": {"administrator"},
    "GET /api/devices": {"administrator"},
    "POST /api/devices/{device_id}/revoke": {"administrator"},
    "GET /api/quarantine": {"administrator"},
    "GET /api/live": DESKS | {"crew"},
    "PUT /api/live/{screen}/view": DESKS | {"crew"},
    "GET /api/situation": DESKS | {"crew"},
    "GET /api/supervision/overview": {"supervisor", "administrator"},
    "GET /api/units/{unit_id}/motion": DESKS,
    "GET /api/units/{unit_id}/whereabouts": DESKS,
    "GET /api/places/search": DESKS | {"planner"},
    "GET /api/places/reverse": DESKS | {"planner"},
    "GET /api/places/local-names": {"supervisor", "administrator"},
    "POST /api/places/local-names": {"supervisor", "administrator"},
    "PUT /api/places/local-names/{name_id}": {"supervisor", "administrator"},
    "POST /api/places/local-names/learn": DESKS,
    "GET /api/tiles/{z}/{x}/{y}.mvt": PEOPLE,
    "GET /api/retention": {"supervisor", "administrator"},
    "GET /api/reports/heatmap": {"planner", "supervisor", "administrator"},
    "GET /api/reports/heatmap/cells": {"planner", "supervisor", "administrator"},
}

PLAIN = {"POST /ingest/crew": {"crew"}}  # a plain route, which states nothing and asks the same way


def stated(database_url: str) -> dict[str, frozenset[str] | None]:
    """Return what every endpoint of the API says of who may call it; None where it says nothing."""
    found: dict[str, frozenset[str] | None] = {}
    for route in iter_route_contexts(create_app().routes):
        if getattr(route, "dependant", None) is None or not route.include_in_schema:
            continue
        said = [one.call.roles for one in route.dependant.dependencies if hasattr(one.call, "roles")]
        for method in route.methods or ():
            found[f"{method} {route.path}"] = frozenset(map(str, said[0])) if said else None
    return found


def test_every_endpoint_states_who_may_call_it(database_url: str) -> None:
    said = stated(database_url)
    assert {name for name, roles in said.items() if roles is None} == PUBLIC
    assert {name: roles for name, roles in said.items() if roles is not None} == MAY


def test_the_walk_above_leaves_no_endpoint_out(database_url: str) -> None:
    described = {
        f"{method.upper()} {path}" for path, methods in create_app().openapi()["paths"].items() for method in methods
    }
    assert described == set(stated(database_url))


def test_an_endpoint_that_states_nothing_would_be_found() -> None:
    """The control: a route without the dependency is seen as one."""
    router = APIRouter()

    @router.get("/api/careless")
    async def careless() -> None: ...

    (route,) = iter_route_contexts(router.routes)
    assert not [one for one in route.dependant.dependencies if hasattr(one.call, "roles")]


def desks(city: City) -> dict[str, Desk]:
    city.unit("DMK-1", at=crossing(0, 0))
    belongs = {"dispatcher": {"opd": "DAMKAR"}, "crew": {"unit": "DMK-1"}}
    return {str(role): city.desk(str(role), **belongs.get(str(role), {})) for role in Role}


def ask(desk: Desk, name: str) -> tuple[int, str]:
    """Call an endpoint about things that do not exist and return status and code."""
    method, path = name.split(" ")
    path = re.sub(r"\{[a-z_]+\}", "999999", path)
    with desk.stream(method, path, json={} if method in ("POST", "PUT") else None) as answer:
        if "event-stream" in answer.headers.get("content-type", ""):
            return answer.status_code, ""
        body = answer.read()
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return answer.status_code, answer.json()["code"] if is_problem and body else ""


def test_over_http_each_role_is_let_in_where_the_table_says_so_and_nowhere_else(city: City) -> None:
    wrong = []
    for role, desk in desks(city).items():
        for name, roles in (MAY | PLAIN).items():
            status, code = ask(desk, name)
            refused = status == 403 and code == "role_may_not"
            if refused == (role in roles) or status in (401, 500):
                wrong.append(f"{role} {name}: {status} {code}")
    assert not wrong


def test_without_signing_in_nothing_but_the_public_is_answered(city: City) -> None:
    nobody = Desk(base_url=city.address, trust_env=False, timeout=20)
    with nobody:
        assert {name for name in MAY | PLAIN if ask(nobody, name) != (401, "not_signed_in")} == set()
        assert {name for name in PUBLIC if ask(nobody, name)[0] in (401, 403)} == set()


def test_a_dispatcher_reaches_only_for_the_own_opd(city: City) -> None:
    fire, ambulance = city.unit("DMK-1", crossing(0, 0)), city.unit("AMB-1", crossing(0, 1), "PSC119", ("medical",))
    damkar, psc = city.desk("dispatcher", opd="DAMKAR"), city.desk("dispatcher", opd="PSC119")
    incident = city.fire(crossing(0, 2))["id"]  # goes to both
    path = f"/api/incidents/{incident}"

    def refused(desk: Desk, method: str, path: str, **more: object) -> str:
        answer = desk.request(method, path, **more)  # type: ignore[arg-type]
        assert answer.status_code == 403, answer.text
        return str(answer.json()["code"])

    assert refused(psc, "PUT", f"/api/units/{fire}/service", json={"service": "OFF_DUTY"}) == "other_opd"
    assert refused(psc, "POST", f"{path}/assignments", json={"unit_id": fire}) == "other_opd"
    track = {"state": "VERIFIED", "opd_id": city.opd("DAMKAR")}
    assert refused(psc, "POST", f"{path}/track", json=track) == "other_opd"
    assignment = damkar.ok("POST", f"{path}/assignments", json={"unit_id": fire})["id"]
    status = f"/api/assignments/{assignment}/status"
    assert refused(psc, "POST", status, json={"status": "CANCELLED"}) == "other_opd"
    assert damkar.ok("POST", status, json={"status": "CANCELLED"})["status"] == "CANCELLED"
    assert psc.ok("POST", f"{path}/assignments", json={"unit_id": ambulance})["call_sign"] == "AMB-1"
    assert [one["call_sign"] for one in psc.ok("GET", "/api/units")] == ["AMB-1"]


def test_an_incident_is_hidden_from_an_opd_that_it_was_not_escalated_to(city: City) -> None:
    city.unit("DMK-1", crossing(0, 0))
    unit = city.unit("SPP-1", crossing(0, 1), "SATPOLPP", ("order",), "police_car")
    satpol = city.desk("dispatcher", opd="SATPOLPP")
    incident = city.fire(crossing(0, 2))["id"]
    path = f"/api/incidents/{incident}"
    for method, rest, body in (
        ("GET", "", None),
        ("GET", "/recommendations", None),
        ("GET", f"/route?unit_id={unit}", None),
        ("PUT", "/tkp", {"lon": 107.5, "lat": -11.5}),
        ("POST", "/cancel", {"reason": "coba"}),
        ("POST", "/assignments", {"unit_id": unit}),
        ("POST", "/close", {"report": {"summary": "coba"}}),
    ):
        answer = satpol.request(method, f"{path}{rest}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "other_opd"), f"{method} {rest}"
    assert satpol.ok("GET", "/api/incidents") == []
    near = {"lon": crossing(0, 2).lon, "lat": crossing(0, 2).lat}
    assert satpol.ok("GET", "/api/incidents/nearby", params=near) == []
    assert len(city.desk("dispatcher", opd="DAMKAR").ok("GET", "/api/incidents/nearby", params=near)) == 1


def test_a_crew_reaches_only_for_the_own_unit(city: City) -> None:
    mine, other = city.unit("DMK-1", crossing(0, 0)), city.unit("DMK-2", crossing(0, 1))
    crew, supervisor = city.desk("crew", unit="DMK-1"), city.desk("supervisor")
    incident = city.fire(crossing(0, 2))["id"]
    sent = [
        supervisor.ok("POST", f"/api/incidents/{incident}/assignments", json={"unit_id": unit})["id"]
        for unit in (mine, other)
    ]
    answer = crew.post(f"/api/assignments/{sent[1]}/status", json={"status": "ACCEPTED"})
    assert (answer.status_code, answer.json()["code"]) == (403, "other_unit")
    assert crew.get(f"/api/assignments/{sent[1]}/route").status_code == 403
    assert crew.put(f"/api/units/{other}/service", json={"service": "OFF_DUTY"}).status_code == 403
    assert crew.ok("POST", f"/api/assignments/{sent[0]}/status", json={"status": "accepted"})["status"] == "ACCEPTED"
    assert crew.ok("PUT", f"/api/units/{mine}/service", json={"service": "LIMITED"})["service"] == "LIMITED"
    assert crew.ok("GET", "/api/crew/duty")["unit"]["id"] == mine


def test_a_crew_may_not_cancel_or_divert_itself(city: City) -> None:
    unit, supervisor = city.unit("DMK-1", crossing(0, 0)), city.desk("supervisor")
    incident = city.fire(crossing(0, 2))["id"]
    sent = supervisor.ok("POST", f"/api/incidents/{incident}/assignments", json={"unit_id": unit})["id"]
    crew = city.desk("crew", unit="DMK-1")
    for status in ("CANCELLED", "DIVERTED", "TIMED_OUT", "SENT"):
        answer = crew.post(f"/api/assignments/{sent}/status", json={"status": status})
        assert answer.status_code == 403, status
