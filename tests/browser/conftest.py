"""Kota Uji, served with the built pages, in real headless Chromium; every page of every test is watched."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from geo112.settings import settings
from tests.browser.chromium import arguments, find_chromium
from tests.browser.stage import PATIENCE_MS, Stage
from tests.world import City


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Start one Chromium for all browser tests.

    For this folder and not for the session: while Playwright runs, other tests of this thread could not use asyncio.
    """
    found = find_chromium()
    if found is None:
        pytest.skip("there is no Chromium; bin/test installs it")
    if not (settings().pages_dir / "index.html").is_file():
        pytest.skip(f"the pages are not built in {settings().pages_dir}; bin/test builds them")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments())
        yield browser
        browser.close()


def _staged(city: City, chromium: Browser) -> Iterator[Stage]:
    stage = Stage(city, chromium)
    yield stage
    stage.close()
    stage.check()


@pytest.fixture
def stage(chromium: Browser, city: City) -> Iterator[Stage]:
    """Give a town of its own to a test."""
    yield from _staged(city, chromium)


@pytest.fixture
def shared_stage(chromium: Browser, shared_city: City) -> Iterator[Stage]:
    """Give the town that the tests of a module share; pages and watch are the test's own."""
    yield from _staged(shared_city, chromium)
