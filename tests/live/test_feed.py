"""The live feed over HTTP, as a screen sees it: first, next, after a gap, after a fault; and who sees what."""

import re
import socket
import time
from itertools import count
from typing import Any

import pytest

from geo112.coordinates import LonLat
from geo112.live import stream
from tests.live.feed import Screen
from tests.town import crossing
from tests.world import City, Desk

_numbers = count(1)
BACKENDS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@pytest.fixture(scope="module")
def supervisor(shared_city: City) -> Desk:
    return shared_city.desk("supervisor")


def ring(desk: Desk) -> int:
    return int(desk.ok("POST", "/api/calls", json={"ani": "0812"})["id"])


def engine(city: City, **more: Any) -> tuple[int, Desk]:
    """Return a new unit and its crew."""
    sign = f"DMK-{next(_numbers)}"
    return city.unit(sign, crossing(0, 0), **more), city.desk("crew", unit=sign)


def test_first_comes_the_snapshot_and_then_what_happens_within_a_second(supervisor: Desk) -> None:
    known = ring(supervisor)
    with Screen(supervisor) as screen:
        snapshot = screen.snapshot()
        assert snapshot.keys() == {"id", "now", "speed", "calls", "incidents", "assignments", "units"}
        assert known in [one["id"] for one in snapshot["calls"]]
        assert screen.events[0].id == snapshot["id"]
        delays = []
        for _ in range(5):
            before = time.monotonic()
            call = ring(supervisor)
            event = screen.until(
                lambda one, call=call: next((e for e in list(one.events) if e.body.get("object_id") == call), None)
            )
            delays.append(event.at - before)
            assert event.body["kind"] == "call.ringing"
            assert event.body["value"]["id"] == call
            assert event.id.split(".")[0] == str(event.body["id"])
        assert sorted(delays)[2] < 1.0, delays


def test_ids_never_go_back(shared_city: City, supervisor: Desk) -> None:
    unit, crew = engine(shared_city)
    with Screen(supervisor) as screen:
        screen.snapshot()
        for turn in range(10):
            ring(supervisor)
            shared_city.ping(crew, crossing(0, turn / 10))
        last = ring(supervisor)
        screen.until(lambda one: last in [change["object_id"] for change in one.changes()])
        ids = [tuple(map(int, one.id.split("."))) for one in screen.events]
    assert [journal for journal, _ in ids] == sorted(journal for journal, _ in ids)
    assert [version for _, version in ids] == sorted(version for _, version in ids)
    assert unit in {one["unit_id"] for batch in screen.positions() for one in batch["positions"]}


def test_who_comes_back_gets_exactly_what_was_missed(supervisor: Desk) -> None:
    with Screen(supervisor) as screen:
        screen.snapshot()
        seen = ring(supervisor)
        screen.until(lambda one: seen in [change["object_id"] for change in one.changes()])
        last = screen.last_id
    missed = [ring(supervisor) for _ in range(4)]
    with Screen(supervisor, last_event_id=last) as screen:
        screen.until(lambda one: len(one.changes()) >= 4)
        later = ring(supervisor)
        screen.until(lambda one: later in [change["object_id"] for change in one.changes()])
        assert [change["object_id"] for change in screen.changes()] == [*missed, later]
        assert "snapshot" not in [one.name for one in screen.events]


def test_however_often_the_line_breaks_nothing_is_lost_or_told_twice(supervisor: Desk) -> None:
    with Screen(supervisor) as screen:
        screen.snapshot()
        last = screen.last_id
    rung, told = [], []
    for _ in range(6):
        rung.append(ring(supervisor))
        with Screen(supervisor, last_event_id=last) as screen:
            rung.append(ring(supervisor))
            screen.until(lambda one: one.changes())
            last = screen.last_id
            told += [change["object_id"] for change in screen.changes() if change["id"] <= int(last.split(".")[0])]
    with Screen(supervisor, last_event_id=last) as screen:
        final = ring(supervisor)
        screen.until(lambda one: final in [change["object_id"] for change in one.changes()])
        told += [change["object_id"] for change in screen.changes()]
    assert told == [*rung, final]


@pytest.mark.parametrize(
    "event_id",
    ["", "x", "1", "1.", ".1", "1.2.3", "-5.-5", "1e3.0", "١.١", "9999999999.0", "0.9999999999", "9" * 40 + ".0"],
)
def test_an_unreadable_or_foreign_id_gets_the_snapshot(supervisor: Desk, event_id: str) -> None:
    try:
        event_id.encode("ascii")
    except UnicodeEncodeError:
        assert stream._parse(event_id) is None
        return
    with Screen(supervisor, last_event_id=event_id) as screen:
        screen.snapshot()


def test_after_too_long_a_gap_the_snapshot_is_cheaper(
    shared_city: City, supervisor: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no longer in memory is read from the journal, and no longer than is sensible."""
    monkeypatch.setattr(shared_city.app.state.hub.told.changes, "keep_bytes", 0)
    with Screen(supervisor) as screen:
        screen.snapshot()
        last = screen.last_id
    for _ in range(4):
        ring(supervisor)
    monkeypatch.setattr(stream, "MISSED_AT_MOST", 3)
    with Screen(supervisor, last_event_id=last) as screen:
        screen.snapshot()
    monkeypatch.setattr(stream, "MISSED_AT_MOST", 4)
    with Screen(supervisor, last_event_id=last) as screen:
        screen.until(lambda one: len(one.changes()) == 4)


# Positions and ETA


def test_positions_come_with_the_arrival_time_that_the_recommendation_gives(
    shared_city: City, supervisor: Desk
) -> None:
    _, crew = engine(shared_city)
    unit = crew.ok("GET", "/api/crew/duty")["unit"]["id"]
    incident = shared_city.fire(crossing(0, 2), priority=2)["id"]
    at = crossing(0, 0.6)

    def a_minute_passes() -> None:
        """Let the engine drive no faster than engines do, without waiting."""
        shared_city.sql("UPDATE device SET believed_at = believed_at - interval '1 minute' WHERE unit_id = %s", unit)

    shared_city.ping(crew, at)
    ranked = supervisor.ok("GET", f"/api/incidents/{incident}/recommendations?limit=1000")["units"]
    (mine,) = [one for one in ranked if one["unit"]["id"] == unit]
    sent = supervisor.ok("POST", f"/api/incidents/{incident}/assignments", json={"unit_id": unit})
    assert sent["eta_s_when_sent"] == pytest.approx(mine["eta_s"], abs=0.06)
    with Screen(supervisor) as screen:
        screen.snapshot()
        shared_city.ping(crew, at, speed_mps=8.5)
        # Newer positions only: those of the last seconds are told again to every screen that comes.
        batch = screen.until(
            lambda one: next((b for b in one.positions() if (_of(b, unit) or {}).get("speed_mps") == 8.5), None)
        )
        assert (_of(batch, unit)["lon"], _of(batch, unit)["lat"]) == (at.lon, at.lat)
        eta = screen.until(lambda one: _newest_eta(one, sent["id"]))  # worked out after the ping was committed
        assert eta["eta_s"] == pytest.approx(mine["eta_s"], abs=0.11)
        assert eta["eta_source"] == "road"
        a_minute_passes()
        shared_city.ping(crew, crossing(0, 1.5))
        screen.until(lambda one: any(_is_at(b, unit, crossing(0, 1.5)) for b in one.positions()))
        screen.until(lambda one: _newest_eta(one, sent["id"])["eta_s"] < eta["eta_s"] / 2)
    crew.ok("POST", f"/api/assignments/{sent['id']}/status", json={"status": "ON_SCENE"})
    with Screen(supervisor) as screen:
        screen.snapshot()
        a_minute_passes()
        shared_city.ping(crew, crossing(0, 1.6))
        screen.until(lambda one: any(_is_at(b, unit, crossing(0, 1.6)) for b in one.positions()))
        assert _eta(screen.positions()[-1], sent["id"]) is None, "who has arrived has no ETA"


def _of(batch: dict[str, Any], unit: int) -> Any:
    return next((one for one in batch["positions"] if one["unit_id"] == unit), None)


def _is_at(batch: dict[str, Any], unit: int, at: LonLat) -> bool:
    place = _of(batch, unit)
    return place is not None and (place["lon"], place["lat"]) == (at.lon, at.lat)


def _eta(batch: dict[str, Any], assignment_id: int) -> Any:
    return next((one for one in batch["etas"] if one["assignment_id"] == assignment_id), None)


def _newest_eta(screen: Screen, assignment_id: int) -> Any:
    return next((one for batch in reversed(screen.positions()) if (one := _eta(batch, assignment_id))), None)


def test_after_a_scene_was_moved_the_arrival_time_is_to_the_new_one(shared_city: City, supervisor: Desk) -> None:
    unit, crew = engine(shared_city)
    incident = shared_city.fire(crossing(0, 1), priority=2)["id"]
    sent = supervisor.ok("POST", f"/api/incidents/{incident}/assignments", json={"unit_id": unit})["id"]
    east = crossing(0, 3)  # over the bridge
    with Screen(supervisor) as screen:
        screen.snapshot()
        shared_city.ping(crew, crossing(0, 0.5))
        screen.until(lambda one: any(_is_at(b, unit, crossing(0, 0.5)) for b in one.positions()))
        near = screen.until(lambda one: _newest_eta(one, sent))
        supervisor.ok("PUT", f"/api/incidents/{incident}/tkp", json={"lon": east.lon, "lat": east.lat})
        shared_city.ping(crew, crossing(0, 0.51))
        screen.until(lambda one: any(_is_at(b, unit, crossing(0, 0.51)) for b in one.positions()))
        screen.until(lambda one: _newest_eta(one, sent)["eta_s"] > 2 * near["eta_s"])


# Who sees what


def test_a_dispatcher_of_another_opd_never_hears_of_it(shared_city: City, supervisor: Desk) -> None:
    unit, crew = engine(shared_city)
    satpol = shared_city.desk("dispatcher", opd="SATPOLPP")
    own = shared_city.unit(f"SPP-{next(_numbers)}", crossing(0, 0), "SATPOLPP", ("order",), "police_car")
    with Screen(satpol) as screen, Screen(supervisor) as all_of_it:
        assert [one["id"] for one in screen.snapshot()["units"]] == [own]
        all_of_it.snapshot()
        ring(supervisor)
        incident = shared_city.fire(crossing(0, 1), priority=2)
        sent = supervisor.ok("POST", f"/api/incidents/{incident['id']}/assignments", json={"unit_id": unit})
        crew.ok("POST", f"/api/assignments/{sent['id']}/status", json={"status": "EN_ROUTE"})
        shared_city.ping(crew, crossing(0, 0.5))
        supervisor.ok("PUT", f"/api/units/{own}/service", json={"service": "STANDBY"})
        screen.until(lambda one: "unit.service_changed" in one.kinds())
        all_of_it.until(lambda one: "unit.service_changed" in one.kinds() and one.positions())
        time.sleep(0.3)
        assert screen.kinds() == ["unit.service_changed"]
        assert {one["unit_id"] for batch in screen.positions() for one in batch["positions"]} <= {own}
        assert incident["number"].encode() not in bytes(screen.raw)
        assert incident["number"].encode() in bytes(all_of_it.raw), "the scan would have found it"


def test_a_crew_hears_of_its_own_unit_and_task_alone(shared_city: City, supervisor: Desk) -> None:
    mine, crew = engine(shared_city)
    other, other_crew = engine(shared_city)
    with Screen(crew) as screen, Screen(supervisor) as all_of_it:
        snapshot = screen.snapshot()
        assert [one["id"] for one in snapshot["units"]] == [mine]
        assert snapshot["calls"] == snapshot["incidents"] == snapshot["assignments"] == []
        all_of_it.snapshot()
        incidents = [shared_city.fire(crossing(0, 1), priority=2) for _ in range(2)]
        sent = [
            supervisor.ok("POST", f"/api/incidents/{one['id']}/assignments", json={"unit_id": unit})["id"]
            for one, unit in zip(incidents, (mine, other), strict=True)
        ]
        for phone in (other_crew, crew):
            shared_city.ping(phone, crossing(0, 0.5))
        for watching, unit in ((screen, mine), (all_of_it, mine), (all_of_it, other)):
            watching.until(lambda one, unit=unit: any(_is_at(b, unit, crossing(0, 0.5)) for b in one.positions()))
        screen.caught_up(
            max(change["id"] for change in all_of_it.changes() if change["object_id"] == incidents[0]["id"])
        )
        assert {p["unit_id"] for b in screen.positions() for p in b["positions"]} == {mine}
        told = {(change["object"], change["object_id"]) for change in screen.changes()}
        assert told == {("assignment", sent[0]), ("unit", mine), ("incident", incidents[0]["id"])}
    with Screen(crew) as screen:
        assert [one["id"] for one in screen.snapshot()["incidents"]] == [incidents[0]["id"]]


def test_who_helps_at_the_incident_of_another_opd_is_seen_by_both(shared_city: City, supervisor: Desk) -> None:
    """The fire brigade's dispatcher follows the ambulance that comes to the same scene, and no other ambulance."""
    helping, idle = (
        shared_city.unit(f"AMB-{next(_numbers)}", crossing(0, 0), "PSC119", ("medical",), "ambulance") for _ in range(2)
    )
    sign = supervisor.ok("GET", "/api/units")
    crew = shared_city.desk("crew", unit=next(one["call_sign"] for one in sign if one["id"] == helping))
    incident = shared_city.fire(crossing(0, 1), priority=2)["id"]
    with Screen(shared_city.desk("dispatcher", opd="DAMKAR")) as screen:
        assert not {helping, idle} & {one["id"] for one in screen.snapshot()["units"]}
        supervisor.ok("POST", f"/api/incidents/{incident}/assignments", json={"unit_id": helping})
        shared_city.ping(crew, crossing(0, 0.5))
        crew.ok("PUT", f"/api/units/{helping}/service", json={"service": "LIMITED"})
        screen.until(lambda one: "unit.service_changed" in one.kinds() and one.positions())
        assert helping in {change["object_id"] for change in screen.changes() if change["object"] == "unit"}
        assert idle not in {change["object_id"] for change in screen.changes() if change["object"] == "unit"}


@pytest.mark.parametrize("role", ["planner", "telephony"])
def test_planners_and_the_exchange_have_no_live_screen(shared_city: City, role: str) -> None:
    desk = shared_city.desk(role)
    assert desk.get("/api/live").status_code == desk.get("/api/situation").status_code == 403


# Honest about being alive


def test_a_silent_screen_hears_a_heartbeat(supervisor: Desk) -> None:
    with Screen(supervisor) as screen:
        screen.snapshot()
        screen.until(lambda one: [e.name for e in one.events].count("heartbeat") >= 2, seconds=6)
        beats = [one for one in screen.events if one.name == "heartbeat"]
        assert beats[1].at - beats[0].at == pytest.approx(stream.HEARTBEAT_S, abs=0.7)
        assert beats[0].body["speed"] == 1.0


def test_what_others_see_does_not_keep_the_heartbeat_from_a_screen(shared_city: City) -> None:
    """Positions of other OPD wake every screen ten times a second; a page turns red after 12 s without a byte."""
    _, crew = engine(shared_city)
    with Screen(shared_city.desk("dispatcher", opd="POLRES")) as screen:
        screen.snapshot()
        until = time.monotonic() + 5
        while time.monotonic() < until:
            shared_city.ping(crew, crossing(0, 0.5))
            time.sleep(0.1)
        assert [one.name for one in screen.events].count("heartbeat") >= 2
        assert screen.positions() == []


# Faults


def test_a_screen_that_falls_too_far_behind_is_let_go_and_resumes(
    shared_city: City, supervisor: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets what waited on the line and then the end; nothing of what it missed is lost to it."""
    hub = shared_city.app.state.hub
    monkeypatch.setattr(hub.told.changes, "keep_bytes", 1_000_000)
    deaf = socket.create_connection(("127.0.0.1", shared_city.port))
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
    token = supervisor.headers["Authorization"]
    deaf.sendall(f"GET /api/live HTTP/1.0\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
    _wait(lambda: hub.screens)
    for _ in range(10):
        shared_city.sql(
            "WITH lock AS (SELECT pg_advisory_xact_lock(112000001))"
            " INSERT INTO journal (at, kind, object, object_id, actor, roles, value)"
            " SELECT now(), 'call.test', 'disclosure', 1, 'system', ARRAY['supervisor'],"
            "        jsonb_build_object('pad', repeat('x', 200000)) FROM lock, generate_series(1, 5)"
        )
        shared_city.sql("SELECT pg_notify('journal', '')")
        time.sleep(0.1)
    _wait(lambda: hub.told.changes.known_after > 0)
    received = b""
    deaf.settimeout(10)
    while piece := deaf.recv(1 << 20):
        received += piece
    deaf.close()
    last = re.findall(rb"\nid: (\S+)\n", received)[-1].decode()
    assert received.count(b"call.test") < 50
    with Screen(supervisor, last_event_id=last) as screen:
        screen.until(lambda one: one.kinds().count("call.test") + received.count(b"call.test") == 50)
        assert "snapshot" not in [one.name for one in screen.events]
    _wait(lambda: not hub.screens)


def test_the_feed_goes_on_after_its_connection_to_the_database_broke(shared_city: City, supervisor: Desk) -> None:
    with Screen(supervisor) as screen:
        screen.until(lambda one: "heartbeat" in [e.name for e in one.events])  # it was told what it missed
        for _ in range(2):
            shared_city.sql(BACKENDS)
            call = ring(supervisor)
            screen.until(lambda one, call=call: call in [change["object_id"] for change in one.changes()], seconds=15)
        assert not screen.is_over, "the screen noticed nothing"


def test_the_feed_goes_on_after_the_database_was_away(shared_city: City, supervisor: Desk) -> None:
    """Also where it is not the listener that finds out, but the reading of what is new."""
    name = shared_city.url.split("/")[3].split("?")[0]
    admin = City.__new__(City)
    admin.url = shared_city.url.replace(f"/{name}?", "/postgres?")
    with Screen(supervisor) as screen:
        screen.until(lambda one: "heartbeat" in [e.name for e in one.events])  # it was told what it missed
        admin.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            admin.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND query NOT LIKE 'LISTEN%%'",
                name,
            )
            time.sleep(6)  # the listener looks by itself every five seconds, and cannot read
            assert supervisor.get("/api/health").status_code == 503
        finally:
            admin.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        call = ring(supervisor)
        screen.until(lambda one: call in [change["object_id"] for change in one.changes()], seconds=15)


def _wait(found: Any, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
