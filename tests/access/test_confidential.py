"""Who rang is confidential (UU 27/2022): number, name, address and words lie in the table `caller` and nowhere else.

A scan for them goes through every event of every role's screen, every log line and every other table, after a call
that went the whole way and after everything that goes wrong with one.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.live.feed import Screen
from tests.town import crossing
from tests.world import City, Desk

NUMBER = "081299114471"
SECRETS = (
    "81299114471",  # however its beginning is written
    "Kusumaatmadja",
    "Jalan Rahasia Sekali",
    "tertimpa lemari merah",
    "warung Mbok Sarinem",
)
CALLER = {
    "name": "Sri Kusumaatmadja",
    "address": "Jalan Rahasia Sekali 17",
    "words": "Anak saya tertimpa lemari merah",
    "landmark": "dekat warung Mbok Sarinem",
}
OTHER_TABLES = """
    SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE nspname = 'public' AND relkind IN ('r', 'p', 'm') AND relname <> 'caller' ORDER BY 1"""
OWN_LOGGERS = ("httpx", "httpcore")  # of the test's client, not of the server


@pytest.fixture
def log_lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Give all that the server logs, tracebacks included, however little it matters."""
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not record.name.startswith(OWN_LOGGERS):
                lines.append(self.format(record))

    kept = Kept()
    caplog.set_level(logging.DEBUG)
    logging.getLogger().addHandler(kept)
    yield lines
    logging.getLogger().removeHandler(kept)


def found_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret.lower() in text.lower()]


def tables_with_secrets(city: City) -> dict[str, list[str]]:
    """Return the tables other than `caller` that hold any of it, in whatever column."""
    found = {}
    for (table,) in city.sql(OTHER_TABLES):
        ((contents,),) = city.sql(
            "SELECT CAST(query_to_xml(format('SELECT * FROM %%I', CAST(%s AS text)), true, false, '') AS text)", table
        )
        if secrets := found_in(contents):
            found[table] = secrets
    return found


def whole_story(city: City, taker: Desk) -> int:
    """Take a call the whole way, a second one that joins it, and look at the caller; return the first call's id."""
    exchange = city.desk("telephony")
    dispatcher, crew = city.desk("dispatcher", opd="DAMKAR"), city.desk("crew", unit="DMK-1")
    call = exchange.ok("POST", "/api/calls", json={"ani": NUMBER, "operator": "Contohsel"})
    again = exchange.ok("POST", "/api/calls", json={"ani": f"+62{NUMBER[1:]}"})
    taker.ok("POST", f"/api/calls/{call['id']}/answer")
    taker.ok("PUT", f"/api/calls/{call['id']}/caller", json=CALLER)
    taker.ok("GET", "/api/places/search", params={"q": f"{CALLER['landmark']}, {CALLER['address']}"})
    opened = {"call_id": call["id"], "type": "fire", "words": CALLER["words"], "landmark": CALLER["landmark"]}
    incident = taker.ok("POST", "/api/incidents", json=opened)
    path = f"/api/incidents/{incident['id']}"
    place = crossing(0, 1)
    taker.ok("PUT", f"{path}/tkp", json={"lon": place.lon, "lat": place.lat})
    taker.ok("POST", f"/api/calls/{again['id']}/link", json={"incident_id": incident["id"]})
    dispatcher.ok("GET", path)
    (unit,) = [one["unit"] for one in dispatcher.ok("GET", f"{path}/recommendations")["units"]]
    sent = dispatcher.ok("POST", f"{path}/assignments", json={"unit_id": unit["id"]})
    for status in ("ACCEPTED", "EN_ROUTE", "ON_SCENE", "RESOLVED"):
        city.ping(crew, place)
        crew.ok("POST", f"/api/assignments/{sent['id']}/status", json={"status": status})
    dispatcher.ok("POST", f"{path}/close", json={"report": {"summary": "Padam"}})
    taker.ok("GET", f"/api/calls/{call['id']}/caller")
    return int(call["id"])


def everything_that_goes_wrong(city: City, taker: Desk) -> None:
    """Provoke refusals, bad input, a bug and a lost database, each with the number in hand."""
    for body in ({"ani": NUMBER, "position": {"lon": 999, "lat": 0}}, {"ani": f"{NUMBER}\x00"}, {"ani": NUMBER * 9}):
        assert taker.post("/api/calls", json=body).status_code == 422
    assert taker.get(f"/api/calls/{NUMBER}/caller").status_code in (404, 422)
    assert taker.get(f"/api/nothing/{NUMBER}", params={"q": CALLER["name"]}).status_code == 404
    assert taker.post("/api/calls", content=f'{{"ani": "{NUMBER}"'.encode()).status_code == 422
    city.sql(f"ALTER TABLE caller ADD CONSTRAINT bug CHECK (number <> '{NUMBER}') NOT VALID")
    try:
        taker.meets_bug("POST", "/api/calls", json={"ani": NUMBER})
    finally:
        city.sql("ALTER TABLE caller DROP CONSTRAINT bug")
    city.sql("ALTER TABLE caller RENAME TO caller_elsewhere")
    try:
        taker.meets_bug("POST", "/api/calls", json={"ani": NUMBER})
    finally:
        city.sql("ALTER TABLE caller_elsewhere RENAME TO caller")


def test_no_event_log_line_or_other_table_holds_who_rang(city: City, log_lines: list[str]) -> None:
    city.unit("DMK-1", at=crossing(0, 0))
    taker = city.desk("call_taker")
    watching = {
        "call_taker": taker,
        "supervisor": city.desk("supervisor"),
        "dispatcher": city.desk("dispatcher", opd="DAMKAR"),
        "crew": city.desk("crew", unit="DMK-1"),
    }
    with ExitStack() as open_screens:
        screens = {role: open_screens.enter_context(Screen(desk)) for role, desk in watching.items()}
        for screen in screens.values():
            screen.snapshot()
        call_id = whole_story(city, taker)
        everything_that_goes_wrong(city, taker)
        newest = city.sql("SELECT max(id) FROM journal")[0][0]
        for role in ("call_taker", "supervisor"):
            screens[role].caught_up(newest)
        screens["dispatcher"].until(lambda one: "incident.closed" in one.kinds())
        screens["crew"].until(lambda one: "assignment.clear" in one.kinds())
        for role, screen in screens.items():
            assert len(screen.changes()) > 5, role
            assert found_in(bytes(screen.raw).decode()) == [], role

    assert tables_with_secrets(city) == {}
    assert [line for line in log_lines if found_in(line)] == []
    assert any("/api/calls/{call_id}/caller" in line for line in log_lines), "the access log is in what was scanned"
    assert any("500" in line for line in log_lines), "and what went wrong too"

    # It was all there to be found: in its own table, and for whoever may ask.
    (kept,) = city.sql("SELECT CAST(caller AS text) FROM caller WHERE name IS NOT NULL")[0]
    assert found_in(kept) == list(SECRETS)
    assert taker.ok("GET", f"/api/calls/{call_id}/caller")["number"] == NUMBER


def test_the_scan_finds_what_is_planted(city: City, log_lines: list[str]) -> None:
    """The control: one journal entry, one log line and one event with the number are each seen."""
    supervisor = city.desk("supervisor")
    with Screen(supervisor) as screen:
        screen.snapshot()
        city.sql(
            "INSERT INTO journal (at, kind, object, object_id, actor, roles, value)"
            " VALUES (now(), 'call.test', 'disclosure', 1, 'system', ARRAY['supervisor'], %s)",
            json.dumps({"ani": NUMBER}),
        )
        city.sql("SELECT pg_notify('journal', '')")
        screen.until(lambda one: "call.test" in one.kinds())
        assert found_in(bytes(screen.raw).decode()) == ["81299114471"]
    assert tables_with_secrets(city) == {"journal": ["81299114471"]}
    logging.getLogger("geo112.calls").debug("A call from %s", NUMBER)
    assert found_in("\n".join(log_lines)) == ["81299114471"]
