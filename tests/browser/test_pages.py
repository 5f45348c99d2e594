"""Every page for the one it is made for: what it shows, what it refuses, and that it asks nobody but our own server."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from geo112.access.roles import Role
from tests.browser.call_taking import ring
from tests.browser.stage import HOME, Stage
from tests.town import crossing

pytestmark = pytest.mark.browser

REFUSED = """async (path) => {
    const answer = await fetch(path);
    return [answer.status, (await answer.json()).detail];
}"""


@pytest.mark.parametrize(
    ("role", "others", "closed"),
    [
        ("call_taker", "/board", "/api/supervision/overview"),
        ("dispatcher", "/supervisor", "/api/supervision/overview"),
        ("crew", "/board", "/api/incidents"),
        ("supervisor", "/crew", "/api/crew/duty"),
        ("planner", "/call", "/api/calls"),
    ],
)
def test_each_role_lands_on_its_page_and_no_other_opens(
    shared_stage: Stage, role: str, others: str, closed: str
) -> None:
    city = shared_stage.city
    unit = None
    if role == "crew":
        city.unit("DMK-9", at=crossing(1, 1))
        unit = "DMK-9"
    person = shared_stage.sign_in(role, opd="DAMKAR" if role == "dispatcher" else None, unit=unit, at=crossing(1, 1))
    person.page.goto(others)
    person.page.wait_for_url(f"**{HOME[Role(role)]}")
    expect(person.get("loading")).to_have_count(0)
    shared_stage.watch.expect("status of 403")
    status, words = person.page.evaluate(REFUSED, closed)
    assert status == 403
    assert " " in words
    assert shared_stage.watch.asked_for(HOME[Role(role)]) >= 2


def test_a_wrong_password_is_said_in_words_and_the_right_one_still_enters(shared_stage: Stage) -> None:
    password = shared_stage.city.account("wati", "planner")
    visitor = shared_stage.visitor()
    visitor.page.goto("/planner")  # the page that was wanted is opened after the sign-in
    shared_stage.watch.expect("status of 401")
    shared_stage.enter(visitor, "wati", "bukan-itu")
    expect(visitor.get("signin-problem")).to_have_text("Nama pengguna atau kata sandi salah.")
    expect(visitor.get("password")).to_be_focused()
    visitor.type(password)
    visitor.press("Enter")
    visitor.page.wait_for_url("**/planner")
    expect(visitor.get("heatmap-form")).to_be_visible()


def test_the_supervisor_reads_the_figures_that_the_database_has(shared_stage: Stage) -> None:
    city = shared_stage.city
    city.unit("PTR-1", crossing(2, 2), "POLRES", ("police",), "police_car")
    taker = city.desk("call_taker")
    for call_class in ("prank", "prank", "information"):
        call_id = ring(shared_stage)
        taker.ok("POST", f"/api/calls/{call_id}/answer")
        taker.ok("POST", f"/api/calls/{call_id}/classify", json={"call_class": call_class})
        taker.ok("POST", f"/api/calls/{call_id}/close", json={"note": "Selesai"})
    ring(shared_stage)
    supervisor = shared_stage.sign_in("supervisor")
    counted = dict(city.sql("SELECT call_class, count(*) FROM call WHERE call_class IS NOT NULL GROUP BY 1"))
    for call_class in ("prank", "information"):
        row = supervisor.get(f"class-{call_class}")
        expect(row.get_by_role("cell").nth(1)).to_have_text(str(counted[call_class]))
    (ringing,), (units,) = city.sql(
        "SELECT count(*) FROM call WHERE state = 'RINGING' UNION ALL SELECT count(*) FROM unit"
    )
    expect(supervisor.get("tile-ringing").locator(".big")).to_have_text(str(ringing))
    expect(supervisor.get("tile-units")).to_contain_text(f"dari {units} unit")
    expect(supervisor.get("people")).to_contain_text(supervisor.name)
    expect(supervisor.get("clock-answer")).to_be_visible()
    expect(supervisor.get("hours")).to_be_visible()


def test_the_planner_sees_a_heat_map_that_opens_without_any_other_host(shared_stage: Stage, tmp_path: Path) -> None:
    for _ in range(5):
        shared_stage.city.fire(crossing(4.5, 4.5))
    shared_stage.city.fire(crossing(0.2, 0.2))
    planner = shared_stage.sign_in("planner")
    expect(planner.get("left-out")).to_contain_text("5 insiden dalam 1 sel")
    heatmap = planner.page.frame_locator("[data-testid=heatmap]")
    expect(heatmap.locator(".leaflet-container")).to_be_visible()
    expect(heatmap.locator("path.leaflet-interactive").first).to_be_attached()
    with planner.page.expect_download() as waiting:
        planner.click("download")
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    reader = shared_stage.visitor()
    reader.context.set_offline(True)
    reader.page.goto(file.as_uri())
    expect(reader.page.locator(".leaflet-container")).to_be_visible()
    expect(reader.page.locator("path.leaflet-interactive").first).to_be_attached()


def test_language_and_colours_change_at_once_and_are_kept(shared_stage: Stage) -> None:
    dispatcher = shared_stage.sign_in("dispatcher", opd="DAMKAR")
    root = dispatcher.page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    expect(root).to_have_attribute("lang", "id")
    expect(dispatcher.get("live")).to_contain_text("Langsung")
    dispatcher.click("settings-open")
    dispatcher.click("theme-light")
    dispatcher.click("language-en")
    expect(dispatcher.get("live")).to_contain_text("Live")
    for _ in ("now", "after a reload"):
        expect(root).to_have_attribute("data-theme", "light")
        expect(root).to_have_attribute("lang", "en")
        dispatcher.page.reload()
    expect(dispatcher.get("live")).to_contain_text("Live")


def test_no_page_asks_another_host_for_anything(shared_stage: Stage) -> None:
    """Beside every other test, where the same is counted: here each page is opened, its map drawn, and looked at."""
    city = shared_stage.city
    city.unit("AMB-7", crossing(2, 1), "PSC119", ("medical",), "ambulance")
    for role, opd, unit in (
        ("call_taker", None, None),
        ("dispatcher", "DAMKAR", None),
        ("crew", None, "AMB-7"),
        ("supervisor", None, None),
        ("planner", None, None),
    ):
        before = len(shared_stage.watch.requests)
        person = shared_stage.sign_in(role, opd=opd, unit=unit, at=crossing(2, 1))
        if role in ("call_taker", "dispatcher"):
            person.wait_for_map()
        person.page.wait_for_load_state("load")
        assert len(shared_stage.watch.requests) > before + 5, f"the requests of {HOME[Role(role)]} were counted"
    for path in ("/", *HOME.values(), "/api/live"):
        assert shared_stage.watch.asked_for(path) >= 1
    assert shared_stage.watch.foreign == []


def test_a_page_with_one_foreign_image_is_counted(shared_stage: Stage) -> None:
    """The control: a request to another host is seen, though it never gets there."""
    visitor = shared_stage.visitor()
    foreign = "https://tile.example.org/12/3262/2101.png"
    visitor.context.route(
        "**/control", lambda route: route.fulfill(content_type="text/html", body=f'<img src="{foreign}">')
    )
    visitor.page.goto("/control")
    assert shared_stage.watch.foreign == [foreign]
    assert any("ERR_NAME_NOT_RESOLVED" in one for one in shared_stage.watch.complaints)
    shared_stage.watch.forget()
