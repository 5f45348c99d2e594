"""The pictures of docs/screens, taken of a demonstration at work: `bin/screens`.

bin/demo, in a folder of its own ─► sign-ins from what it prints ─► for each picture a browser of its own ─► .jpg
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import arguments, find_chromium
from tests.world import free_port

DEMO = Path(__file__).parents[2] / "bin" / "demo"
SIGN_IN = re.compile(r"^  (\S+) +([a-z0-9]{4}(?:-[a-z0-9]{4})+) ", re.MULTILINE)
PLACE = re.compile(r"ready: (\S+)/")
READY_WITHIN_S = 900.0  # the first time it installs
PATIENCE_MS = 120_000  # until there is something to see
DESK, PHONE = (1440, 900), (390, 844)
AMBULANCE = "AMB-851"  # the unit of a crew's account


@dataclass(frozen=True, slots=True)
class Demo:
    """A demonstration at work."""

    address: str
    passwords: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: who looks, in which colours, on what, and what they do before."""

    name: str
    who: str | None
    theme: str
    size: tuple[int, int] = DESK
    act: Callable[[Page, Demo], None] = lambda page, demo: None


def main(folder: Path, wanted: list[str]) -> None:
    """Take the pictures whose names begin with one of `wanted` (none: all)."""
    chosen = [one for one in PICTURES if not wanted or one.name.startswith(tuple(wanted))]
    if not chosen:
        sys.exit(f"There is no picture of that name. There are: {', '.join(one.name for one in PICTURES)}.")
    chromium = find_chromium()
    if chromium is None:
        sys.exit("There is no Chromium.")
    folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MS)
    with demonstration() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments())
        for number, picture in enumerate(chosen, 1):
            take(picture, demo, browser, folder / f"{picture.name}.jpg")
            print(f"[{number}/{len(chosen)}] {picture.name}", flush=True)
        browser.close()


@contextmanager
def demonstration() -> Iterator[Demo]:
    """Run bin/demo until the pictures are taken; twice as fast, so that there is soon something to see."""
    with tempfile.TemporaryDirectory(prefix="geo112-screens-") as scratch, tempfile.TemporaryFile("w+") as said:
        Path(scratch).chmod(0o755)  # the user that the server drops to enters it
        surroundings = os.environ | {"GEO112_DATA_DIR": f"{scratch}/data", "PORT": str(free_port()), "SPEED": "2"}
        process = subprocess.Popen(["bash", str(DEMO)], env=surroundings, stdout=said)
        try:
            until = time.monotonic() + READY_WITHIN_S
            words = ""
            while "Stop: Ctrl+C" not in words:
                if process.poll() is not None or time.monotonic() > until:
                    sys.exit("The demonstration did not start.")
                time.sleep(0.5)
                said.seek(0)
                words = said.read()
            address = PLACE.search(words)
            assert address is not None
            yield Demo(address[1], dict(SIGN_IN.findall(words)))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def take(picture: Picture, demo: Demo, browser: Browser, file: Path) -> None:
    is_phone = picture.size == PHONE
    context = browser.new_context(
        base_url=demo.address,
        viewport={"width": picture.size[0], "height": picture.size[1]},
        device_scale_factor=2 if is_phone else 1,
        is_mobile=is_phone,
        has_touch=is_phone,
        locale="id-ID",
        timezone_id="Asia/Jakarta",
        permissions=["geolocation"],
        geolocation={"longitude": 109.2, "latitude": -11.6, "accuracy": 6},
    )
    kept = {"geo112.test": "1", "geo112.theme.dark": picture.theme, "geo112.theme.light": picture.theme}
    for key, value in kept.items():
        context.add_init_script(f"localStorage.setItem('{key}', '{value}')")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto("/")
    if picture.who is not None:
        page.get_by_test_id("username").fill(picture.who)
        page.get_by_test_id("password").fill(demo.passwords[picture.who])
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/[a-z]+$"))
        expect(page.get_by_test_id("loading")).to_have_count(0)
    picture.act(page, demo)
    page.wait_for_timeout(1500)
    page.screenshot(path=file, type="jpeg", quality=85)
    context.close()


# What people do before the picture


def wait_for_map(page: Page) -> None:
    page.wait_for_function("() => window.ready === true", polling=200)
    page.evaluate("() => new Promise((done) => { window.__map.once('idle', done); setTimeout(done, 15000); })")


def at_board(page: Page, demo: Demo) -> None:
    """Wait until an incident is there and its units are ranked."""
    page.get_by_test_id("rank-1").wait_for()
    wait_for_map(page)


def listening(page: Page, demo: Demo) -> None:
    """Answer before the simulated colleagues do (or take the call in hand up again), and type what is heard."""
    form, ringing_call = page.get_by_test_id("call-form"), page.get_by_test_id("answer")
    while not form.is_visible():
        form.or_(ringing_call).first.wait_for()
        page.keyboard.press("Enter")
        page.wait_for_timeout(500)
    page.get_by_test_id("location").fill("")
    page.keyboard.press("F2")
    page.keyboard.type("depan pasar contoh", delay=30)
    page.get_by_role("option").first.wait_for()
    wait_for_map(page)


def ringing(page: Page, demo: Demo) -> None:
    wait_for_map(page)
    page.get_by_test_id("answer").wait_for()


def just_sent(page: Page, demo: Demo) -> None:
    send_ambulance(page, demo)
    page.get_by_test_id("new-task").wait_for()


def on_its_way(page: Page, demo: Demo) -> None:
    """Wait until the crew (the simulated one) has accepted its task."""
    send_ambulance(page, demo)
    page.get_by_test_id("new-task").wait_for(state="detached")
    page.get_by_test_id("task").wait_for()


def send_ambulance(page: Page, demo: Demo) -> None:
    """As the supervisor: an incident some streets from the ambulance's post, and the ambulance to it, if it is free."""
    assert page.context.browser is not None
    context = page.context.browser.new_context(base_url=demo.address, extra_http_headers={"Origin": demo.address})
    ask = context.request
    ask.post("/api/session", data={"username": "supervisor", "password": demo.passwords["supervisor"]})
    unit = next(one for one in ask.get("/api/units").json() if one["call_sign"] == AMBULANCE)
    if unit["availability"] == "AVAILABLE":
        incident = ask.post("/api/incidents", data={"type": "medical", "priority": 1, "words": WORDS}).json()
        place = {"lon": unit["post"]["lon"] + 0.009, "lat": unit["post"]["lat"] + 0.004, "method": "map"}
        ask.put(f"/api/incidents/{incident['id']}/tkp", data=place)
        ask.post(f"/api/incidents/{incident['id']}/assignments", data={"unit_id": unit["id"]})
    context.close()


WORDS = "Ibu saya jatuh di kamar mandi, tidak sadar tetapi masih bernapas, umur 67 tahun, riwayat penyakit jantung."


def at_heatmap(page: Page, demo: Demo) -> None:
    frame = page.frame_locator("[data-testid=heatmap]")
    frame.locator(".leaflet-container").wait_for()
    frame.locator("path.leaflet-interactive").first.wait_for(state="attached")


def at_day(page: Page, demo: Demo) -> None:
    page.get_by_test_id("clock-answer").wait_for()


def setting_a_phone(page: Page, demo: Demo) -> None:
    """As the administrator: a phone for the first unit, with its QR code."""
    page.goto("/devices")
    page.get_by_test_id("unit").select_option(index=1)
    page.get_by_test_id("label").fill("HP cadangan regu")
    page.get_by_test_id("make").click()
    page.get_by_test_id("qr").wait_for()


def at_local_names(page: Page, demo: Demo) -> None:
    page.get_by_test_id("local-new").fill("Pasar Lama")
    page.get_by_test_id("local-where").fill("depan pasar contoh")
    expect(page.get_by_test_id("local-found")).to_contain_text("→")
    page.get_by_test_id("local-names").scroll_into_view_if_needed()


PICTURES = (
    Picture("sign-in-light", None, "light"),
    Picture("call-ringing-light", "penerima", "light", act=ringing),
    Picture("call-light", "penerima", "light", act=listening),
    Picture("call-dark", "penerima", "dark", act=listening),
    Picture("call-phone", "penerima", "light", PHONE, act=listening),
    Picture("board-dark", "dispatcher-psc119", "dark", act=at_board),
    Picture("board-light", "dispatcher-polres", "light", act=at_board),
    Picture("board-phone", "dispatcher-psc119", "dark", PHONE, act=at_board),
    Picture("crew-new-task", "petugas-amb-851", "light", PHONE, act=just_sent),
    Picture("crew-light", "petugas-amb-851", "light", PHONE, act=on_its_way),
    Picture("crew-dark", "petugas-amb-851", "dark", PHONE, act=on_its_way),
    Picture("supervisor-light", "supervisor", "light", act=at_day),
    Picture("supervisor-dark", "supervisor", "dark", act=at_day),
    Picture("supervisor-phone", "supervisor", "light", PHONE, act=at_day),
    Picture("local-names-light", "supervisor", "light", act=at_local_names),
    Picture("local-names-dark", "supervisor", "dark", act=at_local_names),
    Picture("devices-light", "admin", "light", act=setting_a_phone),
    Picture("devices-dark", "admin", "dark", act=setting_a_phone),
    Picture("devices-phone", "admin", "light", PHONE, act=setting_a_phone),
    Picture("planner-light", "perencana", "light", act=at_heatmap),
    Picture("planner-dark", "perencana", "dark", act=at_heatmap),
    Picture("planner-phone", "perencana", "light", PHONE, act=at_heatmap),
)

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
