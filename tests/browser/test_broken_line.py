"""What the pages say and do when the server is gone, or the phone has no network."""

import pytest
from playwright.sync_api import expect

from tests.browser.stage import Stage
from tests.town import crossing

pytestmark = pytest.mark.browser

SHELL_IS_KEPT = """async () => {
    await navigator.serviceWorker.ready;
    return (await caches.match('/crew')) !== undefined;
}"""
AWAY = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")
OFFLINE = (*AWAY, "ERR_INTERNET_DISCONNECTED", "ERR_FAILED")


def test_a_board_without_a_server_says_so_sends_nothing_and_goes_on_when_it_is_back(stage: Stage) -> None:
    stage.city.unit("DMK-1", at=crossing(1, 1))
    first = stage.city.fire(crossing(0, 1.5))
    dispatcher = stage.sign_in("dispatcher", opd="DAMKAR")
    expect(dispatcher.get("live")).to_have_attribute("data-state", "live")
    expect(dispatcher.get("live")).to_contain_text("● Langsung")
    expect(dispatcher.get("rank-1")).to_be_visible()
    dispatcher.wait_for_map()  # a page whose map's own script is still on its way has not opened yet
    stage.watch.expect(*AWAY)

    stage.stop_server()
    expect(dispatcher.get("live")).to_have_attribute("data-state", "disconnected")
    expect(dispatcher.get("live")).to_contain_text("■ Terputus — data per")
    expect(dispatcher.get("map-stale")).to_be_visible()
    dispatcher.press("1")
    expect(dispatcher.get("message-bad")).to_be_visible()

    stage.start_server()
    expect(dispatcher.get("live")).to_have_attribute("data-state", "live")
    expect(dispatcher.get("map-stale")).to_have_count(0)
    assert stage.city.sql("SELECT count(*) FROM assignment") == [(0,)], "what was refused is not sent later by itself"
    second = stage.city.fire(crossing(3, 1))
    for incident in (first, second):
        expect(dispatcher.get(f"incident-{incident['id']}")).to_be_visible()


def test_a_crew_without_a_network_works_on_and_everything_arrives_in_order(stage: Stage) -> None:
    city = stage.city
    unit_id = city.unit("DMK-1", at=crossing(1, 1))
    incident = city.fire(crossing(0, 1.5))
    crew = stage.sign_in("crew", unit="DMK-1", at=crossing(1, 1))
    expect(crew.get("net")).to_have_attribute("data-state", "online")
    crew.page.wait_for_function(SHELL_IS_KEPT)

    # The network fails as the task comes: not even that it lies on the phone is heard.
    stage.watch.expect(*OFFLINE)
    crew.page.route("**/api/assignments/*/status", lambda route: route.abort())
    sent = {"unit_id": unit_id}
    city.desk("dispatcher", opd="DAMKAR").ok("POST", f"/api/incidents/{incident['id']}/assignments", json=sent)
    expect(crew.get("new-task")).to_be_visible()
    expect(crew.get("net")).to_have_attribute("data-presses", "1")

    # No network, and no server either: whatever the page shows from here on, it had kept.
    crew.context.set_offline(True)
    stage.stop_server()
    expect(crew.get("net")).to_have_attribute("data-state", "offline")
    crew.click("accept")
    crew.click("step-EN_ROUTE")
    expect(crew.get("net")).to_have_attribute("data-presses", "3")
    crew.move_to(crossing(0.5, 1.2))
    crew.page.reload()
    expect(crew.get("task")).to_have_attribute("data-status", "EN_ROUTE")
    expect(crew.get("net")).to_have_attribute("data-presses", "3")
    crew.click("step-ON_SCENE")
    expect(crew.get("net")).to_have_attribute("data-presses", "4")
    assert city.sql("SELECT status FROM assignment") == [("SENT",)]

    stage.start_server()
    crew.page.unroute_all()
    crew.context.set_offline(False)
    expect(crew.get("net")).to_have_attribute("data-presses", "0")
    expect(crew.get("net")).to_have_attribute("data-state", "online")
    expect(crew.get("task")).to_have_attribute("data-status", "ON_SCENE")
    stamps = city.sql("SELECT status FROM assignment_stamp WHERE is_applied ORDER BY id")
    assert [one for (one,) in stamps] == ["SENT", "DELIVERED", "ACCEPTED", "EN_ROUTE", "ON_SCENE"]
    times = dict(city.sql("SELECT status, at FROM assignment_stamp"))
    assert times["ACCEPTED"] < times["EN_ROUTE"] < times["ON_SCENE"], "each counts from when it was pressed"
    ((heard_at,),) = city.sql("SELECT recorded_at FROM assignment_stamp WHERE status = 'ACCEPTED'")
    assert times["ON_SCENE"] < heard_at, "the last was pressed before the server heard of the first"
