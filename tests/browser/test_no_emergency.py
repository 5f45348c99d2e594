"""Most calls are no emergency: they end in a few keys, but silence is taken seriously."""

import pytest
from playwright.sync_api import expect

from tests.browser.call_taking import answer, ring
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


def test_a_prank_is_closed_with_three_keys(shared_stage: Stage) -> None:
    taker = shared_stage.sign_in("call_taker")
    call_id = ring(shared_stage)
    answer(taker)
    taker.press("F12")
    expect(taker.get("disposition")).to_be_visible()
    taker.press("1", "Control+Enter")
    expect(taker.get("ringing-empty")).to_be_visible()
    ((state, call_class, note),) = shared_stage.city.sql(
        "SELECT state, call_class, note FROM call WHERE id = %s", call_id
    )
    assert (state, call_class) == ("CLOSED", "prank")
    assert note


def test_a_silent_call_cannot_be_closed_before_every_step_of_its_protocol(shared_stage: Stage) -> None:
    taker = shared_stage.sign_in("call_taker")
    call_id = ring(shared_stage)
    answer(taker)
    taker.press("F12")
    expect(taker.get("disposition")).to_be_visible()
    taker.press("2")
    expect(taker.get("silent-steps")).to_be_visible()
    expect(taker.get("disposition-send")).to_be_disabled()
    taker.press("Control+Enter")
    steps = taker.get("silent-steps").get_by_role("checkbox")
    for number in range(steps.count()):
        expect(taker.get("disposition-send")).to_be_disabled()
        steps.nth(number).check()
    assert shared_stage.city.sql("SELECT state FROM call WHERE id = %s", call_id) == [("ANSWERED",)]
    assert steps.count() >= 3
    taker.click("disposition-send")
    expect(taker.get("ringing-empty")).to_be_visible()
    assert shared_stage.city.sql("SELECT state, call_class FROM call WHERE id = %s", call_id) == [("CLOSED", "ghost")]


def test_a_call_in_hand_is_still_there_after_a_reload(shared_stage: Stage) -> None:
    taker = shared_stage.sign_in("call_taker")
    ring(shared_stage)
    answer(taker)
    taker.press("F4")
    taker.type("Pohon roboh menutup jalan")
    taker.page.reload()
    expect(taker.get("words")).to_have_value("Pohon roboh menutup jalan")
    taker.press("F12")
    expect(taker.get("disposition")).to_be_visible()
    taker.press("4", "Control+Enter")
    expect(taker.get("ringing-empty")).to_be_visible()
