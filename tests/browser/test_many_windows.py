"""Many windows of one browser: one live stream among them, however many desks are open."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person, Stage, until
from tests.browser.test_broken_line import AWAY
from tests.town import crossing

pytestmark = pytest.mark.browser

DESKS = ("/board", "/call", "/supervisor")
WITHOUT_LOCKS = "delete Navigator.prototype.locks"


def open_window(person: Person, path: str) -> Person:
    page = person.context.new_page()
    page.goto(path)
    return Person(person.name, page)


def expect_live(window: Person, state: str = "live") -> None:
    expect(window.get("live")).to_have_attribute("data-state", state)


def expect_open_incidents(window: Person, count: int) -> None:
    """Look at whatever the desk shows of the incidents that are open."""
    if window.page.url.endswith("/board"):
        expect(window.page.locator("[data-testid=queue] > li")).to_have_count(count)
    if window.page.url.endswith("/supervisor"):
        expect(window.get("tile-open").locator(".big")).to_contain_text(str(count))


@pytest.mark.timeout(600)
def test_ten_windows_share_one_stream_go_on_without_its_keeper_and_all_tell_when_the_server_is_gone(
    stage: Stage,
) -> None:
    stage.city.fire(crossing(0, 1.5))
    keeper = stage.sign_in("supervisor")
    expect_live(keeper)
    windows = [keeper, *(open_window(keeper, DESKS[number % 3]) for number in range(9))]
    for window in windows:
        expect_live(window)
        expect_open_incidents(window, 1)
    assert len(stage.city.app.state.hub.screens) == 1
    assert stage.watch.asked_for("/api/live") == 1

    keeper.page.close()
    windows.remove(keeper)
    until(windows[0], lambda: stage.watch.asked_for("/api/live") == 2)
    stage.city.fire(crossing(3, 1))
    for window in windows:
        expect_open_incidents(window, 2)
        expect_live(window)
    until(windows[0], lambda: len(stage.city.app.state.hub.screens) == 1)
    assert stage.watch.asked_for("/api/live") == 2

    stage.watch.expect(*AWAY)
    stage.stop_server()
    for window in windows:
        expect_live(window, "disconnected")
    stage.start_server()
    for window in windows:
        expect_live(window)
    assert len(stage.city.app.state.hub.screens) == 1


def test_a_window_that_crashes_leaves_the_stream_to_another(stage: Stage) -> None:
    keeper = stage.sign_in("supervisor")
    expect_live(keeper)
    other = open_window(keeper, "/board")
    expect_live(other)
    crash(keeper.page)
    until(other, lambda: stage.watch.asked_for("/api/live") == 2)
    stage.city.fire(crossing(3, 1))
    expect_open_incidents(other, 1)
    expect_live(other)


def crash(page: Page) -> None:
    """Let the process of a page die. It is told so by way of the browser: it would not answer itself."""
    own = page.context.new_cdp_session(page).send("Target.getTargetInfo")["targetInfo"]["targetId"]
    assert page.context.browser is not None
    browser = page.context.browser.new_browser_cdp_session()
    session = browser.send("Target.attachToTarget", {"targetId": own, "flatten": False})["sessionId"]
    message = '{"id": 1, "method": "Page.crash", "params": {}}'
    browser.send("Target.sendMessageToTarget", {"sessionId": session, "message": message})


def test_without_locks_each_window_has_its_own_stream(stage: Stage) -> None:
    """Plain http to another machine has no locks; it shows also that the counting above would see a second stream."""
    first = stage.visitor()
    first.context.add_init_script(WITHOUT_LOCKS)
    password = stage.city.account("tanpa-kunci", "supervisor")
    first.page.goto("/")
    stage.enter(first, "tanpa-kunci", password)
    first.page.wait_for_url("**/supervisor")
    expect_live(first)
    second = open_window(first, "/supervisor")
    expect_live(second)
    assert len(stage.city.app.state.hub.screens) == stage.watch.asked_for("/api/live") == 2


def test_who_signs_out_in_one_window_signs_out_in_all(stage: Stage) -> None:
    first = stage.sign_in("supervisor")
    second = open_window(first, "/board")
    expect_live(second)
    first.click("settings-open")
    first.click("sign-out")
    for window in (first, second):
        expect(window.get("username")).to_be_visible()
    until(first, lambda: not stage.city.app.state.hub.screens)


def test_a_window_is_left_when_somebody_else_signs_in_in_another(stage: Stage) -> None:
    first = stage.visitor()
    password = stage.city.account("ani", "supervisor")
    stage.city.account("budi", "call_taker")
    first.page.goto("/")
    second = open_window(first, "/")
    stage.enter(first, "ani", password)
    first.page.wait_for_url("**/supervisor")
    expect_live(first)
    expect(second.get("username")).to_be_visible()
    second.get("username").fill("budi")
    second.get("password").fill(password)
    second.press("Enter")
    for window in (first, second):
        window.page.wait_for_url("**/call")
        expect(window.get("person")).to_have_text("Budi")
        expect_live(window)
    until(first, lambda: len(stage.city.app.state.hub.screens) == 1)
