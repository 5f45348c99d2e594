"""People at their pages, for tests that read like what they do.

stage = Stage(city, chromium)
desk = stage.sign_in("dispatcher", opd="DAMKAR")      # by password, through the sign-in page, in a browser of their own
desk.press("1")
desk.get("assignments")                               # by data-testid
"""

import itertools
import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from geo112.access.roles import Role
from geo112.coordinates import LonLat
from geo112.database import engine, sessions
from tests.browser.watch import Watch
from tests.world import City

PATIENCE_MS = 60_000  # WebGL in software on a busy machine; nothing waits so long where all is well
DESK = {"width": 1200, "height": 640}  # as small as a desk may be: panning is paid by the pixel
PHONE = {"width": 390, "height": 844}
HOME = {
    Role.CALL_TAKER: "/call",
    Role.DISPATCHER: "/board",
    Role.CREW: "/crew",
    Role.SUPERVISOR: "/supervisor",
    Role.PLANNER: "/planner",
    Role.ADMINISTRATOR: "/supervisor",
}

UNIT_ON_MAP = """(id) => {
    const mark = window.__units?.().find((one) => one.id === id);
    return mark ? {point: [mark.at.lon, mark.at.lat], status: mark.status} : null;
}"""
UNIT_IS_NEAR = f"""([id, lon, lat, reach]) => {{
    const mark = ({UNIT_ON_MAP})(id);
    return mark !== null && Math.hypot(mark.point[0] - lon, mark.point[1] - lat) < reach;
}}"""
UNIT_HAS_STATUS = f"([id, status]) => ({UNIT_ON_MAP})(id)?.status === status"

_numbers = itertools.count(1)  # of accounts, so that no two in a town have one name

# Before any script of the page: `window.__map` for the tests, and where they want it another language or theme.
PREFERENCES = """(() => {
    try {
        for (const [key, value] of Object.entries(%s)) {
            if (localStorage.getItem(key) === null) localStorage.setItem(key, value);
        }
    } catch {
        // A page without storage has no preferences.
    }
})()"""


class Person:
    """Somebody at a page, in a browser context of their own: own cookies, storage, network and place."""

    def __init__(self, name: str, page: Page) -> None:
        self.name = name  # as shown to others
        self.page = page

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def get(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    def click(self, testid: str) -> None:
        self.get(testid).click()

    def press(self, *keys: str) -> None:
        """Press keys where the cursor is, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, words: str) -> None:
        """Type where the cursor is."""
        self.page.keyboard.type(words)

    def wait_for_map(self) -> None:
        self.page.wait_for_function("() => window.ready === true", polling=200)

    def unit_on_map(self, unit_id: int) -> dict[str, Any] | None:
        """Return {point: [lon, lat], status} of a unit as the last frame showed it, or None."""
        found: dict[str, Any] | None = self.page.evaluate(UNIT_ON_MAP, unit_id)
        return found

    def wait_for_unit(self, unit_id: int, at: LonLat, reach_deg: float = 0.0003) -> None:
        """Wait until a unit is drawn at a place, to about 30 m."""
        self.page.wait_for_function(UNIT_IS_NEAR, arg=[unit_id, at.lon, at.lat, reach_deg], polling=100)

    def wait_for_unit_status(self, unit_id: int, status: str) -> None:
        self.page.wait_for_function(UNIT_HAS_STATUS, arg=[unit_id, status], polling=100)

    def move_to(self, at: LonLat) -> None:
        """Let the phone's GPS say that it is here."""
        self.context.set_geolocation({"longitude": at.lon, "latitude": at.lat, "accuracy": 6})


class Stage:
    """A served town and a browser; every page is watched, and `check` says whether all was in order."""

    def __init__(self, city: City, chromium: Browser) -> None:
        self.city = city
        self.watch = Watch(city.address)
        self._chromium = chromium
        self._contexts: list[BrowserContext] = []

    def visitor(
        self, *, phone: bool = False, at: LonLat | None = None, preferences: dict[str, str] | None = None
    ) -> Person:
        """Return somebody with an empty page who has not signed in."""
        context = self._chromium.new_context(
            base_url=self.city.address,
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            is_mobile=phone,
            has_touch=phone,
            locale="id-ID",
            timezone_id="Asia/Jakarta",
            accept_downloads=True,
        )
        if at is not None:
            context.grant_permissions(["geolocation"], origin=self.city.address)
            context.set_geolocation({"longitude": at.lon, "latitude": at.lat, "accuracy": 6})
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(PREFERENCES % json.dumps({"geo112.test": "1", **(preferences or {})}))
        self.watch.follow(context)
        self._contexts.append(context)
        return Person("", context.new_page())

    def sign_in(
        self,
        role: str,
        opd: str | None = None,
        unit: str | None = None,
        at: LonLat | None = None,
        username: str | None = None,
        preferences: dict[str, str] | None = None,
    ) -> Person:
        """Make an account, sign in with its password through the sign-in page, and wait for the page of the role.

        Args:
            at: where the phone's GPS says that it is; crews carry a phone.
        """
        username = username or f"{role.replace('_', '-')}-{next(_numbers)}"
        password = self.city.account(username, role, opd, unit)
        person = self.visitor(phone=role == Role.CREW, at=at, preferences=preferences)
        person.page.goto("/")
        self.enter(person, username, password)
        person.page.wait_for_url(f"**{HOME[Role(role)]}")
        expect(person.get("loading")).to_have_count(0)
        person.name = username.title()
        return person

    def enter(self, person: Person, username: str, password: str) -> None:
        """Fill the sign-in form as a person does, by keys alone."""
        expect(person.get("username")).to_be_focused()
        person.type(username)
        person.press("Tab")
        person.type(password)
        person.press("Enter")

    def stop_server(self) -> None:
        """Let the server go, as in a power cut: no more answers until `start_server`."""
        self.city.__exit__(None, None, None)

    def start_server(self) -> None:
        """Serve the same town at the same address again."""
        engine.cache_clear()
        sessions.cache_clear()
        self.city.__enter__()

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def check(self) -> None:
        """Raise where a page asked another host for something, or complained."""
        assert not self.watch.foreign, f"asked of other hosts: {self.watch.foreign}"
        assert not self.watch.complaints, f"complained: {self.watch.complaints}"


def until(person: Person, is_so: Callable[[], bool], patience_s: float = 30.0) -> None:
    """Wait for something that no page shows, and let the pages go on meanwhile."""
    for _ in range(int(patience_s / 0.05)):
        if is_so():
            return
        person.page.wait_for_timeout(50)
    raise AssertionError("waited in vain")
