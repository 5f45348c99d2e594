"""What the position of a unit speaks for, and the one tap that enters it: on the crew's phone and on the board."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.stage import Person, Stage
from tests.tracking.test_following import CORNER, POST, STEP_S, TKP, Sent, line, stand

pytestmark = pytest.mark.browser

ON_SCREEN = """(place) => {
    const {x, y} = window.__map.project(place);
    const corner = window.__map.getCanvas().getBoundingClientRect();
    return [x + corner.x, y + corner.y];
}"""
PICTURES = os.environ.get("GEO112_PICTURES")  # a folder, for those who want to look


def themed(theme: str) -> dict[str, str]:
    return {"geo112.theme.dark": theme, "geo112.theme.light": theme}


def picture(person: Person, name: str) -> None:
    if PICTURES:
        person.page.wait_for_timeout(1500)
        person.page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=name.startswith("crew"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_crew_and_a_dispatcher_confirm_with_one_tap_what_the_position_shows(stage: Stage, theme: str) -> None:
    sent = Sent(stage.city)
    preferences = themed(theme)
    dispatcher = stage.sign_in("dispatcher", opd="DAMKAR", preferences=preferences)
    crew = stage.sign_in("crew", unit=sent.sign, preferences=preferences)
    crew.click("accept")
    row = dispatcher.page.locator(f"[data-testid=assignments] [data-unit={sent.sign}]")
    expect(row).to_have_attribute("data-status", "ACCEPTED")
    stage.city.sql("UPDATE assignment SET status_since = sent_at")  # the drive was half an hour ago

    sent.flush([*stand(POST, 60), *line(POST, CORNER)[1:]])
    expect(crew.get("proposal")).to_have_attribute("data-status", "EN_ROUTE")
    expect(crew.get("proposal-confirm")).to_contain_text("Ya, pukul")
    picture(crew, f"crew-{theme}")
    crew.click("proposal-confirm")
    expect(row).to_have_attribute("data-status", "EN_ROUTE")
    expect(crew.get("proposal")).to_have_count(0)

    sent.flush([*line(CORNER, TKP)[1:], *stand(TKP, 40)])
    proposed = dispatcher.get(f"proposal-{sent.sign}-ON_SCENE")
    expect(proposed).to_be_visible()
    expect(crew.get("proposal")).to_have_attribute("data-status", "ON_SCENE")
    expect(row).to_have_attribute("data-status", "EN_ROUTE")
    dispatcher.wait_for_map()
    picture(dispatcher, f"board-{theme}")
    dispatcher.page.set_viewport_size({"width": 390, "height": 844})
    proposed.scroll_into_view_if_needed()
    picture(dispatcher, f"board-phone-{theme}")
    dispatcher.page.set_viewport_size({"width": 1200, "height": 640})
    dispatcher.press("y")
    expect(row).to_have_attribute("data-status", "ON_SCENE")
    expect(proposed).to_have_count(0)
    expect(crew.get("proposal")).to_have_count(0)
    assert [sent.stamps()[status][0] for status in ("EN_ROUTE", "ON_SCENE")] == ["auto", "auto"]
    assert sent.stamps()["EN_ROUTE"][1] < sent.stamps()["ON_SCENE"][1] < sent.clock


def test_a_dispatcher_dismisses_by_key_and_nothing_is_entered(stage: Stage) -> None:
    sent = Sent(stage.city)
    dispatcher = stage.sign_in("dispatcher", opd="DAMKAR")
    sent.flush([*stand(POST, 60), *line(POST, CORNER)[1:]])
    expect(dispatcher.get(f"proposal-{sent.sign}-EN_ROUTE")).to_be_visible()
    dispatcher.press("n")
    expect(dispatcher.get(f"proposal-{sent.sign}-EN_ROUTE")).to_have_count(0)
    assert (sent.now()["status"], sent.now()["proposals"]) == ("SENT", [])
    assert sent.city.sql("SELECT state FROM proposal") == [("DISMISSED",)]

    dispatcher.wait_for_map()
    dispatcher.wait_for_unit(sent.unit, CORNER)
    dispatcher.page.mouse.click(*dispatcher.page.evaluate(ON_SCREEN, [CORNER.lon, CORNER.lat]))
    expect(dispatcher.get("unit-card")).to_contain_text("bergerak sejak")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_unit_that_is_not_heard_of_becomes_an_area_and_its_time_an_interval(stage: Stage, theme: str) -> None:
    sent = Sent(stage.city)
    other = stage.city.unit("DMK-OLD", at=CORNER)
    stage.city.sql("UPDATE unit_position SET fixed_at = now() - interval '7 minutes' WHERE unit_id = %s", other)
    sent.press("EN_ROUTE")
    drive = line(POST, CORNER, TKP)[:20]
    sent.clock = datetime.now(UTC) - timedelta(seconds=62 + STEP_S * len(drive))
    sent.city.sql("UPDATE assignment SET sent_at = %s WHERE id = %s", sent.clock, sent.id)
    dispatcher = stage.sign_in("dispatcher", opd="DAMKAR", preferences=themed(theme))
    dispatcher.wait_for_map()
    sent.flush(drive)
    expect(dispatcher.get("assignment-eta")).to_have_text(re.compile(r"^\d+–\d+"))
    expect(dispatcher.get("rank-1")).to_have_attribute("data-unit", "DMK-OLD")
    expect(dispatcher.get("rank-1").locator(".eta")).to_have_text(re.compile(r"^0–\d+"))
    dispatcher.page.wait_for_function("() => window.__map.querySourceFeatures('areas').length > 0", polling=200)
    picture(dispatcher, f"stale-{theme}")
