"""The administrator's page: a phone is set by its QR code, seen, and revoked."""

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.stage import Stage
from tests.town import crossing

pytestmark = pytest.mark.browser


def test_a_phone_is_made_seen_and_revoked(shared_stage: Stage) -> None:
    city = shared_stage.city
    unit = city.unit("DMK-7", at=crossing(1, 1), position=False)
    person = shared_stage.sign_in("administrator")
    person.click("to-devices")
    person.page.wait_for_url("**/devices")
    person.get("unit").select_option(label="DMK-7")
    person.get("label").fill("HP Budi")
    person.click("make")
    picture = person.get("qr")
    expect(picture).to_be_visible()
    assert picture.evaluate("async (one) => { await one.decode(); return one.naturalWidth }") > 0
    content = picture.get_attribute("alt") or ""
    address, key = content.split("?")[0], dict(one.split("=") for one in content.split("?")[1].split("&"))["id"]
    place = crossing(1, 1)
    for shown in (key, "bukan-kunci"):
        httpx.post(address, data={"id": shown, "lat": place.lat, "lon": place.lon}, trust_env=False)
    assert city.sql("SELECT count(*) FROM unit_position WHERE unit_id = %s", unit) == [(1,)]
    person.page.locator("h2").first.click()
    person.press("r")
    expect(person.get("quarantine")).to_contain_text("kunci tidak dikenal")
    ((device,),) = city.sql("SELECT id FROM device WHERE unit_id = %s", unit)
    expect(person.get(f"device-{device}")).to_contain_text("Traccar Client")
    expect(person.get(f"device-{device}")).not_to_contain_text("belum pernah")
    expect(person.get("retention")).to_contain_text("180 hari")
    person.click(f"revoke-{device}")
    expect(person.get(f"device-{device}")).to_contain_text("Dicabut")
    expect(person.get("onboarding")).to_have_count(0)


def test_a_supervisor_is_not_led_there(shared_stage: Stage) -> None:
    person = shared_stage.sign_in("supervisor")
    expect(person.get("to-planner")).to_be_visible()
    expect(person.get("to-devices")).to_have_count(0)
