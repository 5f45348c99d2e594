"""From a caller's words to a closed incident, through the pages alone: two desks and a crew's phone open at once."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.call_taking import answer, find
from tests.browser.stage import Person, Stage
from tests.town import MARKET, crossing

pytestmark = pytest.mark.browser

WORDS = "Api dari dapur, 1 orang terjebak"
SHOWN_WITHIN_S = 10.0  # about 1 s on a quiet machine


def test_a_call_becomes_a_closed_incident_through_the_pages_alone(stage: Stage) -> None:
    city = stage.city
    unit_id = city.unit("DMK-1", at=crossing(5, 0))
    city.unit("DMK-2", at=crossing(5, 5))
    exchange = city.desk("telephony")
    taker = stage.sign_in("call_taker")
    dispatcher = stage.sign_in("dispatcher", opd="DAMKAR")
    crew = stage.sign_in("crew", unit="DMK-1", at=crossing(5, 0))
    expect(crew.get("idle")).to_be_visible()

    # The call taker: answer, ask, find, confirm, send. Every step by key.
    cell = {"lon": crossing(1, 1).lon, "lat": crossing(1, 1).lat}
    call = exchange.ok(
        "POST",
        "/api/calls",
        json={"ani": "081299114471", "operator": "Contohsel", "position": cell, "position_uncertainty_m": 400},
    )
    answer(taker)
    expect(taker.get("ani")).to_have_text("0812-9911-4471")
    taker.press("Alt+1")
    find(taker, "depan Pasar Kosambi", "Pasar Kosambi")
    taker.press("F4")
    taker.type(WORDS)
    expect(taker.get("suggestion")).to_contain_text("ada orang terjebak")
    taker.press("F8")
    expect(taker.get("tkp-state")).to_have_attribute("data-state", "confirmed")
    expect(taker.get("pin-tkp")).to_have_attribute("data-state", "confirmed")
    sent_at = time.monotonic()
    taker.press("Control+Enter")

    # The board shows it at once, with the units ranked by road.
    row = dispatcher.page.locator("[data-testid=queue] [data-state=ESCALATED]")
    expect(row).to_be_visible()
    assert time.monotonic() - sent_at < SHOWN_WITHIN_S
    expect(row).to_contain_text("Kebakaran")
    expect(taker.get("wrapup")).to_be_visible()
    number = taker.get("incident-number").inner_text()
    expect(dispatcher.get("incident-number")).to_have_text(number)
    expect(dispatcher.get("detail")).to_contain_text(WORDS)
    expect(dispatcher.get("detail")).to_contain_text("0812-xxxx-4471")
    expect(dispatcher.get("rank-1")).to_have_attribute("data-unit", "DMK-1")
    expect(dispatcher.get("rank-2")).to_have_attribute("data-unit", "DMK-2")
    dispatcher.wait_for_map()
    dispatcher.wait_for_unit(unit_id, crossing(5, 0))
    dispatcher.press("1")

    # The crew accepts and drives; its marker moves on the board and its time falls.
    expect(crew.get("new-task")).to_be_visible()
    expect(crew.get("card")).to_contain_text("Pasar Kosambi")
    crew.click("accept")
    crew.click("step-EN_ROUTE")
    assigned = dispatcher.page.locator("[data-testid=assignments] [data-unit=DMK-1]")
    expect(assigned).to_have_attribute("data-status", "EN_ROUTE")
    dispatcher.wait_for_unit_status(unit_id, "enroute")
    expect(taker.get("tell-caller")).to_contain_text("sedang menuju lokasi")
    seconds_at_start = eta_s(dispatcher)
    for row_of_town in (3.5, 2, 0.5):
        a_minute_passes(stage)
        crew.move_to(crossing(row_of_town, 0))
        dispatcher.wait_for_unit(unit_id, crossing(row_of_town, 0))
    expect(dispatcher.get("assignment-eta")).to_have_text(re.compile(r"^0\.[0-5]\d"))
    assert eta_s(dispatcher) < seconds_at_start / 2

    a_minute_passes(stage)
    crew.move_to(MARKET)
    dispatcher.wait_for_unit(unit_id, MARKET)
    crew.click("step-ON_SCENE")
    dispatcher.wait_for_unit_status(unit_id, "onscene")
    expect(dispatcher.get("detail")).to_have_attribute("data-state", "ON_SCENE")
    crew.click("step-RESOLVED")
    crew.click("step-CLEAR")
    expect(crew.get("idle")).to_be_visible()
    expect(dispatcher.get("detail")).to_have_attribute("data-state", "RESOLVED")

    # The dispatcher closes the incident with a report, the call taker the call with a note.
    dispatcher.click("close-incident")
    dispatcher.click("close-send")
    expect(dispatcher.get("report-problem")).to_be_visible()
    dispatcher.get("report-summary").fill("Api padam, satu orang selamat")
    dispatcher.click("close-send")
    expect(dispatcher.get("detail")).to_have_attribute("data-state", "CLOSED")
    expect(dispatcher.get("report")).to_have_text("Api padam, satu orang selamat")
    expect(dispatcher.get("queue-empty")).to_be_visible()
    expect(taker.get("wrapup")).to_be_visible()
    expect(taker.get("note")).to_have_value(re.compile(re.escape(number)))
    taker.press("Control+Enter")
    expect(taker.get("ringing-empty")).to_be_visible()

    stored = city.sql("SELECT state, call_class, note FROM call WHERE id = %s", call["id"])
    assert stored[0][:2] == ("CLOSED", "emergency")
    assert number in stored[0][2]
    assert city.sql("SELECT state, report ->> 'summary' FROM incident WHERE number = %s", number) == [
        ("CLOSED", "Api padam, satu orang selamat")
    ]
    stamps = city.sql("SELECT status FROM assignment_stamp WHERE is_applied ORDER BY at, id")
    steps = ["SENT", "DELIVERED", "ACCEPTED", "EN_ROUTE", "ON_SCENE", "RESOLVED", "CLEAR"]
    assert [one for (one,) in stamps if one in steps] == steps


def a_minute_passes(stage: Stage) -> None:
    """Let the engine drive no faster than engines do, without waiting."""
    stage.city.sql("UPDATE device SET believed_at = believed_at - interval '1 minute'")


def eta_s(dispatcher: Person) -> int:
    """Return the time to arrival that the board shows for the only assignment, in seconds."""
    found = re.match(r"\D*(\d+)\.(\d\d)", dispatcher.get("assignment-eta").inner_text())
    assert found is not None
    return int(found[1]) * 60 + int(found[2])
