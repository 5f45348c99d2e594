"""The call taker types what the caller says: candidates in a list and on the map, chosen and confirmed by key."""

import pytest
from playwright.sync_api import expect

from tests import town
from tests.browser.call_taking import answer, ring
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

CANDIDATES = """() => {
    const map = window.__map;
    if (!map?.getLayer('candidates')) return [];
    const marks = map.queryRenderedFeatures({layers: ['candidates']}).map((one) => one.properties);
    return marks.map(({number, isChosen}) => [number, isChosen]).sort((a, b) => a[0] - b[0]);
}"""
CHOSEN = f"(wanted) => ({CANDIDATES})().some(([number, isChosen]) => isChosen && number === wanted)"
CIRCLES = "() => window.__map.queryRenderedFeatures({layers: ['candidate-fill']}).length"


def test_candidates_appear_while_typing_walk_by_arrows_and_are_confirmed_by_one_key(shared_stage: Stage) -> None:
    taker = shared_stage.sign_in("call_taker")
    ring(shared_stage)
    answer(taker)
    taker.press("F2")
    taker.type("jalan m")
    expect(taker.get("suggestion-1")).to_be_visible()
    expect(taker.get("suggestion-0")).to_have_attribute("aria-selected", "true")
    expect(taker.get("suggestion-0")).to_contain_text("nama jalan")
    taker.page.wait_for_function(CHOSEN, arg=1)
    assert taker.page.evaluate(CIRCLES) >= 1
    taker.press("ArrowDown")
    expect(taker.get("suggestion-1")).to_have_attribute("aria-selected", "true")
    taker.page.wait_for_function(CHOSEN, arg=2)
    taker.press("ArrowUp")
    taker.type("elati")
    expect(taker.get("suggestion-0")).to_contain_text("Jalan Melati")
    taker.press("Enter")
    expect(taker.get("suggestions")).to_be_hidden()
    expect(taker.get("tkp-state")).to_have_attribute("data-state", "proposed")
    taker.page.wait_for_function(f"() => ({CANDIDATES})().length === 0")
    taker.press("F8")
    expect(taker.get("tkp-state")).to_have_attribute("data-state", "confirmed")
    pin = taker.get("pin-tkp")
    assert float(pin.get_attribute("data-lat") or 0) == pytest.approx(town.crossing(1, 0).lat, abs=1e-4)
    taker.press("F12")
    expect(taker.get("disposition")).to_be_visible()
    taker.press("4", "Control+Enter")
    expect(taker.get("ringing-empty")).to_be_visible()


def test_what_is_not_found_says_so_and_the_map_serves(shared_stage: Stage) -> None:
    taker = shared_stage.sign_in("call_taker")
    ring(shared_stage)
    answer(taker)
    taker.press("F2")
    taker.type("xyzzy qwrtp")
    expect(taker.get("suggestions")).to_contain_text("Tidak ditemukan")
    taker.press("Escape")
    expect(taker.get("suggestions")).to_be_hidden()
    taker.press("F12")
    expect(taker.get("disposition")).to_be_visible()
    taker.press("4", "Control+Enter")
    expect(taker.get("ringing-empty")).to_be_visible()


def test_a_name_that_nobody_mapped_is_learnt_from_the_scene_and_approved_by_the_supervisor(stage: Stage) -> None:
    taker = stage.sign_in("call_taker")
    ring(stage)
    answer(taker)
    taker.press("Alt+1", "F2")
    taker.type("tikungan maut")
    expect(taker.get("suggestions")).to_contain_text("Tidak ditemukan")
    taker.press("Escape")
    taker.wait_for_map()
    taker.page.locator("canvas").first.click(position={"x": 260, "y": 200})
    expect(taker.get("tkp-state")).to_have_attribute("data-state", "proposed")
    taker.press("F8", "Control+Enter")
    supervisor = stage.sign_in("supervisor")
    names = supervisor.get("local-names")
    expect(names.get_by_role("textbox", name="Nama").first).to_have_value("tikungan maut")
    names.get_by_role("textbox", name="Nama").first.fill("Tikungan Maut")
    names.get_by_role("button", name="Setujui").click()
    expect(names.get_by_role("rowheader")).to_have_text("Tikungan Maut")
    assert stage.city.sql("SELECT name, state FROM local_name") == [("Tikungan Maut", "APPROVED")]
    supervisor.get("local-new").fill("Warung Bu Tini")
    supervisor.get("local-where").fill("pasar kosambi")
    expect(supervisor.get("local-found")).to_contain_text("Pasar Kosambi")
    supervisor.click("local-add")
    expect(names.get_by_role("rowheader")).to_have_count(2)
    names.get_by_role("button", name="Cabut").first.click()
    expect(names.get_by_role("rowheader")).to_have_count(1)
