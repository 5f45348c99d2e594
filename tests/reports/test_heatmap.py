"""The planner's heat map over HTTP and as a file, on real PostGIS."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from geo112.coordinates import LonLat
from geo112.database import engine
from geo112.errors import DomainError
from geo112.reports.heatmap import CELL_M, write_heatmap
from maps.cells import Grid, cells
from tests.town import BRIDGE, crossing
from tests.world import City, Desk

NOON = datetime(2026, 11, 10, 5, tzinfo=UTC)  # 12.00 WIB
NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}
MIDDLE = crossing(2, 1)


def incidents(
    city: City,
    places: Iterable[LonLat],
    at: datetime = NOON,
    incident_type: str = "fire",
    state: str = "CLOSED",
) -> None:
    """Put past incidents into the database."""
    given = list(places)
    city.sql(
        "INSERT INTO incident (number, type, priority, state, created_at, state_since, tkp)"
        " SELECT gen_random_uuid(), %s, 2, %s, %s, %s, ST_SetSRID(ST_MakePoint(lon, lat), 4326)"
        "   FROM unnest(%s::float8[], %s::float8[]) AS place (lon, lat)",
        incident_type,
        state,
        at,
        at,
        [place.lon for place in given],
        [place.lat for place in given],
    )


def figures(desk: Desk, **query: str) -> tuple[int, int, int]:
    found = desk.ok("GET", "/api/reports/heatmap/cells", params={**NOVEMBER, **query})
    assert (found["cell_m"], found["minimum"]) == (500.0, 5)
    return found["cells_shown"], found["incidents_shown"], found["incidents_left_out"]


def test_four_at_one_place_are_told_but_not_shown_and_a_fifth_shows_them(city: City) -> None:
    planner = city.desk("planner")
    incidents(city, [MIDDLE] * 4)
    assert figures(planner) == (0, 0, 4)
    incidents(city, [MIDDLE])
    assert figures(planner) == (1, 5, 0)


def test_the_database_counts_cells_as_the_library_does(city: City) -> None:
    rng = np.random.default_rng(112)
    points = rng.normal((MIDDLE.lon, MIDDLE.lat), 0.006, (300, 2))
    incidents(city, [LonLat(*point) for point in points.tolist()])
    (srid,) = city.sql("SELECT utm_srid FROM city_import")[0]
    twin = cells(points, Grid(srid, CELL_M))
    assert twin.incidents_left_out > 0
    assert figures(city.desk("planner")) == (len(twin.shown), twin.incidents_shown, twin.incidents_left_out)


def test_only_incidents_of_the_days_and_type_asked_for_are_counted(city: City) -> None:
    planner = city.desk("planner")
    incidents(city, [MIDDLE] * 6)
    incidents(city, [MIDDLE] * 7, incident_type="flood")
    incidents(city, [MIDDLE] * 8, at=datetime(2026, 10, 31, 16, 59, tzinfo=UTC))  # 31 October, 23.59 WIB
    incidents(city, [MIDDLE] * 9, at=datetime(2026, 10, 31, 17, 0, tzinfo=UTC))  # 1 November, 00.00 WIB
    incidents(city, [MIDDLE] * 10, at=datetime(2026, 11, 30, 16, 59, tzinfo=UTC))  # 30 November, 23.59 WIB
    incidents(city, [MIDDLE] * 11, at=datetime(2026, 11, 30, 17, 0, tzinfo=UTC))  # 1 December, 00.00 WIB
    assert figures(planner) == (1, 6 + 7 + 9 + 10, 0)
    assert figures(planner, type="fire") == (1, 6 + 9 + 10, 0)
    assert figures(planner, type="FLOOD") == (1, 7, 0)
    assert figures(planner, type="landslide") == (0, 0, 0)


@pytest.mark.parametrize("state", ["DRAFT", "MERGED", "CANCELLED", "REJECTED"])
def test_what_was_no_incident_of_its_own_is_not_counted(city: City, state: str) -> None:
    incidents(city, [MIDDLE] * 6, state=state)
    assert figures(city.desk("planner")) == (0, 0, 0)


def test_a_scene_far_outside_the_city_is_counted_as_left_out(city: City) -> None:
    incidents(city, [LonLat(140.7, -2.5)] * 6)
    assert figures(city.desk("planner")) == (0, 0, 6)


def test_planner_supervisor_and_administrator_may_see_it_and_nobody_else(city: City) -> None:
    city.unit("DMK-1", at=BRIDGE)
    for path in ("/api/reports/heatmap", "/api/reports/heatmap/cells"):
        for role in ("planner", "supervisor", "administrator"):
            assert city.desk(role).get(path).status_code == 200, (role, path)
        for role, more in (("call_taker", {}), ("dispatcher", {"opd": "DAMKAR"}), ("crew", {"unit": "DMK-1"})):
            assert city.desk(role, **more).get(path).status_code == 403, (role, path)
        nobody = city.desk("planner")
        del nobody.headers["Authorization"]
        assert nobody.get(path).status_code == 401


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ({"from": "24/11/2026"}, "bad_day", "bukan tanggal"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "span_backwards", "sebelum dimulai"),
        ({"from": "2001-01-01", "to": "2026-11-01"}, "span_too_long", "sepuluh tahun"),
        ({"type": "naga"}, "unknown_incident_type", "tidak dikenal"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_in_plain_words(
    city: City, query: dict[str, str], code: str, words: str
) -> None:
    for path in ("/api/reports/heatmap", "/api/reports/heatmap/cells"):
        answer = city.desk("planner").get(path, params=query, headers={"Accept-Language": "id"})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code
        assert words in answer.json()["detail"]


def test_a_city_without_incidents_has_a_map_with_a_sentence(city: City) -> None:
    answer = city.desk("planner").get("/api/reports/heatmap", params={**NOVEMBER, "lang": "id"})
    assert answer.status_code == 200
    assert "Tidak ada insiden pada rentang dan jenis ini." in answer.text
    assert "1–30 November 2026" in answer.text


def test_the_language_is_asked_for_or_taken_from_the_browser(city: City) -> None:
    planner = city.desk("planner")
    for headers, query, words in (
        ({"Accept-Language": "en-GB,en;q=0.9"}, {}, "Heat map of incidents"),
        ({"Accept-Language": "id"}, {}, "Peta panas insiden"),
        ({"Accept-Language": "en"}, {"lang": "id"}, "Peta panas insiden"),
    ):
        assert words in planner.get("/api/reports/heatmap", params=query, headers=headers).text


def test_download_gives_a_file_named_after_what_it_shows(city: City) -> None:
    answer = city.desk("planner").get("/api/reports/heatmap", params={**NOVEMBER, "type": "fire", "download": "1"})
    (code,) = city.sql("SELECT code FROM city_import")[0]
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="peta-panas-{code}-fire-2026-11-01-2026-11-30.html"'
    )


def test_the_page_says_where_its_fullest_cells_lie_and_never_where_a_scene_was(city: City) -> None:
    scenes = [LonLat(MIDDLE.lon + 1.234e-4 * n, MIDDLE.lat + 1e-5) for n in range(4)]
    incidents(city, [*scenes, *scenes])
    html = city.desk("planner").get("/api/reports/heatmap", params=NOVEMBER).text
    assert "Kel. Sukamaju" in html
    drawn = html[html.index("peta.cells(map_peta") :]
    for scene in scenes:
        assert f"{scene.lon:.4f}" not in drawn


def test_the_served_page_opens_in_a_browser_under_its_own_policy(city: City) -> None:
    incidents(city, [MIDDLE] * 9)
    secret = city.token("planner")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        page = browser.new_page(extra_http_headers={"Authorization": f"Bearer {secret}"})
        asked: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type in ("error", "warning") else None)
        address = f"{city.address}/api/reports/heatmap?from=2026-11-01&to=2026-11-30"
        answer = page.goto(address)
        page.wait_for_selector("path.sel")
        assert answer is not None
        header = answer.headers["content-security-policy"]
        assert "connect-src 'none'" in header
        assert "frame-ancestors 'self'" in header
        assert page.locator("path.sel").count() == 1
        assert page.locator("path.dasar.primary").count() > 0
        # The browser asks for the site's own icon by itself; the page's policy refuses it without a word.
        assert [url for url in asked if not url.endswith("/favicon.ico")] == [address]
        assert errors == []
        browser.close()


def test_the_command_writes_the_same_map_as_a_file(city: City, tmp_path: Path) -> None:
    incidents(city, [MIDDLE] * 9)
    file = tmp_path / "peta.html"

    async def write(into: Path) -> None:
        await write_heatmap(into, date(2026, 11, 1), date(2026, 11, 30), "fire")
        await engine().dispose()

    engine.cache_clear()
    asyncio.run(write(file))
    html = file.read_text("utf-8")
    assert re.search(r"9 insiden tampak dalam\s+1\s+sel", html)
    assert "Kebakaran" in html
    with pytest.raises(DomainError, match="cannot be written"):
        asyncio.run(write(tmp_path / "nowhere" / "peta.html"))


def test_a_server_that_draws_no_map_does_not_load_folium() -> None:
    code = "import sys, geo112.app; print(sorted({'folium', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
