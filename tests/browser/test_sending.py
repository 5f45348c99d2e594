"""The board's keys: sending, taking back, and two dispatchers who reach for the same unit."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.stage import Person, Stage, until
from tests.town import crossing

pytestmark = pytest.mark.browser


def test_a_unit_sent_by_mistake_comes_back_with_z(stage: Stage) -> None:
    unit_id = stage.city.unit("DMK-1", at=crossing(1, 1))
    stage.city.fire(crossing(0, 1.5))
    dispatcher = stage.sign_in("dispatcher", opd="DAMKAR")
    expect(dispatcher.get("rank-1")).to_have_attribute("data-unit", "DMK-1")
    dispatcher.wait_for_map()
    dispatcher.wait_for_unit_status(unit_id, "available")
    dispatcher.press("1")
    row = dispatcher.page.locator("[data-testid=assignments] [data-unit=DMK-1]")
    expect(row).to_have_attribute("data-status", "SENT")
    expect(dispatcher.get("ranking-empty")).to_be_visible()
    dispatcher.wait_for_unit_status(unit_id, "enroute")
    dispatcher.press("z")
    expect(row).to_have_attribute("data-status", "CANCELLED")
    expect(dispatcher.get("rank-1")).to_have_attribute("data-unit", "DMK-1")
    dispatcher.wait_for_unit_status(unit_id, "available")
    dispatcher.press("z")
    expect(dispatcher.get("message-bad")).to_be_visible()


def test_of_two_dispatchers_at_once_the_second_reads_who_was_faster(stage: Stage) -> None:
    stage.city.unit("DMK-1", at=crossing(1, 1))
    incident = stage.city.fire(crossing(0, 1.5))
    ani = stage.sign_in("dispatcher", opd="DAMKAR", username="ani")
    budi = stage.sign_in("dispatcher", opd="DAMKAR", username="budi")
    held = [hold_assignments(one) for one in (ani, budi)]
    for one in (ani, budi):
        expect(one.get("rank-1")).to_have_attribute("data-unit", "DMK-1")
    stage.watch.expect("status of 409 (Conflict) at /api/incidents/")
    for one in (ani, budi):
        one.press("1")
    for one, routes in zip((ani, budi), held, strict=True):
        until(one, lambda routes=routes: len(routes) == 1)
    for routes in held:
        routes[0].continue_()

    for one in (ani, budi):
        expect(one.page.locator("[data-testid=assignments] [data-unit=DMK-1]")).to_have_count(1)
        expect(one.get("message-good").or_(one.get("message-bad"))).to_be_visible()
    refused = [one for one in (ani, budi) if one.get("message-bad").count()]
    assert len(refused) == 1
    faster = budi if refused == [ani] else ani
    expect(refused[0].get("message-bad")).to_contain_text(
        f"DMK-1 sudah ditugaskan {faster.name} ke {incident['number']}."
    )
    assert stage.city.sql("SELECT count(*) FROM assignment") == [(1,)]


def hold_assignments(dispatcher: Person) -> list[Route]:
    """Keep this desk's next assignment on its way, so that both have left before either is answered."""
    held: list[Route] = []
    dispatcher.page.route("**/api/incidents/*/assignments", lambda route: held.append(route))
    return held
