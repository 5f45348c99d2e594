"""A heat map opened from disk in a real browser: nothing is asked of anybody, and it is drawn."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from shapely import LineString, box

from maps.basemap import Label, base_map
from maps.cells import Cells, Grid, cells
from maps.heatmap import heatmap
from maps.offline import single_file

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
CITY = base_map(
    (106.78, -6.24, 106.88, -6.14),
    "© kontributor OpenStreetMap (ODbL)",
    {
        "kecamatan": [box(106.78, -6.24, 106.83, -6.14), box(106.83, -6.24, 106.88, -6.14)],
        "primary": [LineString([(106.78, -6.2), (106.88, -6.19)])],
        "water": [LineString([(106.80, -6.24), (106.82, -6.14)])],
    },
    [Label("Gambir", "kecamatan", 106.80, -6.2), Label("Senen", "kecamatan", 106.86, -6.2)],
)


class Seen:
    """What a page asked for and complained of."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.failed: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfailed", lambda request: self.failed.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type in ("error", "warning") else None)

    @property
    def elsewhere(self) -> list[str]:
        return [url for url in self.asked if not url.startswith(("file:", "data:", "blob:"))]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def crowd() -> Cells:
    rng = np.random.default_rng(112)
    points = np.vstack(
        [rng.normal((106.83, -6.19), 0.006, (400, 2)), rng.uniform((106.79, -6.23), (106.87, -6.15), (60, 2))]
    )
    return cells(points, Grid(32748, 500))


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory, crowd: Cells) -> Path:
    file = tmp_path_factory.mktemp("maps") / "peta panas.html"
    file.write_text(single_file(heatmap(crowd, CITY, "Peta panas", [("Rentang", "November 2026")])), "utf-8")
    return file


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_file_opens_from_disk_and_asks_nobody_for_anything(
    browser: Browser, sheet: Path, crowd: Cells, scheme: str
) -> None:
    page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    seen = Seen(page)
    page.goto(sheet.as_uri())
    page.wait_for_selector("path.sel")
    page.click(".leaflet-control-zoom-in")
    page.hover("path.sel >> nth=0", force=True)
    page.check("#halus")
    page.click("button[data-rank='2']")
    page.wait_for_timeout(300)
    assert page.locator("path.sel").count() == len(crowd.shown) > 10
    assert page.locator("path.dasar.primary").count() == 2  # its edge and itself
    assert page.locator(".leaflet-tile").count() == 0
    assert seen.asked == [sheet.as_uri()]
    assert seen.failed == []
    assert seen.errors == []
    page.close()


def test_a_foreign_picture_is_counted_and_the_page_policy_stops_it(
    browser: Browser, sheet: Path, tmp_path: Path
) -> None:
    """The control: the count above is not zero because nothing is ever counted."""
    picture = '<img src="http://127.0.0.1:9/foreign.png">'
    html = sheet.read_text("utf-8").replace("</body>", picture + "</body>")
    without_policy = tmp_path / "open.html"
    without_policy.write_text(html.replace('http-equiv="Content-Security-Policy"', "data-off"), "utf-8")
    page = browser.new_page()
    seen = Seen(page)
    page.goto(without_policy.as_uri())
    page.wait_for_selector("path.sel")
    assert seen.elsewhere == ["http://127.0.0.1:9/foreign.png"]
    page.close()

    with_policy = tmp_path / "closed.html"
    with_policy.write_text(html, "utf-8")
    page = browser.new_page()
    seen = Seen(page)
    page.goto(with_policy.as_uri())
    page.wait_for_selector("path.sel")
    assert any("Content Security Policy" in error for error in seen.errors)
    assert page.evaluate("performance.getEntriesByType('resource').filter(e => e.transferSize > 0).length") == 0
    page.close()


def test_data_lie_above_the_base_map_and_below_the_names(browser: Browser, sheet: Path) -> None:
    page = browser.new_page()
    page.goto(sheet.as_uri())
    page.wait_for_selector("path.sel")
    layers = page.evaluate(
        """['path.dasar', 'path.sel', '.nama'].map(
            (what) => Number(getComputedStyle(document.querySelector(what).closest('.leaflet-pane')).zIndex))"""
    )
    assert layers == sorted(layers)
    assert len(set(layers)) == 3
    page.close()


def test_a_river_is_a_line_and_no_area(browser: Browser, sheet: Path) -> None:
    page = browser.new_page()
    page.goto(sheet.as_uri())
    page.wait_for_selector("path.dasar.water")
    assert page.evaluate("getComputedStyle(document.querySelector('path.dasar.water')).fill") == "none"
    page.close()


def test_names_and_numbers_do_not_cover_each_other(browser: Browser, sheet: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(sheet.as_uri())
    page.wait_for_selector("path.sel")
    for zoom in (11, 13, 14.5, 16):
        page.evaluate(f"map_peta.setZoom({zoom}, {{animate: false}})")
        boxes = page.evaluate(
            """[...document.querySelectorAll('.nama, .angka, .titik .urutan')].filter((n) => n.offsetParent)
                .map((n) => n.getBoundingClientRect()).map((b) => [b.left, b.top, b.right, b.bottom])"""
        )
        for i, a in enumerate(boxes):
            for b in boxes[:i]:
                across = min(a[2], b[2]) - max(a[0], b[0])
                down = min(a[3], b[3]) - max(a[1], b[1])
                assert min(across, down) < 1.0, (zoom, a, b)
    page.close()


def test_on_paper_it_is_one_light_sheet_with_all_cells_on_it(browser: Browser, sheet: Path, tmp_path: Path) -> None:
    page = browser.new_page(color_scheme="dark", viewport={"width": 500, "height": 700})
    page.goto(sheet.as_uri())
    page.wait_for_selector("path.sel")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf.count(b"/Type /Page\n") == 1
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    paper = page.locator(".folium-map").bounding_box()
    assert paper is not None
    assert paper["width"] > 700  # the sheet's width, not the window's
    for cell in page.locator("path.sel").all():
        box_ = cell.bounding_box()
        assert box_ is not None
        assert paper["x"] <= box_["x"]
        assert box_["x"] + box_["width"] <= paper["x"] + paper["width"]
        assert paper["y"] <= box_["y"]
        assert box_["y"] + box_["height"] <= paper["y"] + paper["height"]
    page.close()
