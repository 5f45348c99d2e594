"""A map is one file: what does not come with it is refused when it is made, and blocked when it is opened."""

import base64
import hashlib
import re

import folium
import pytest
from folium.plugins import HeatMap

from maps.basemap import BaseMap, OfflineMap, base_map, open_map
from maps.offline import ASSETS, ForeignAssetError, as_json, policy, single_file

BOUNDS = (106.7, -6.3, 106.9, -6.1)
EMPTY = base_map(BOUNDS, "© kontributor OpenStreetMap", {})


def with_markup(markup: str, where: str = "html") -> folium.Map:
    drawn = open_map(EMPTY)
    part = folium.Element("{{ this.markup }}")
    part._template = folium.template.Template("{{ this.markup }}")
    part.markup = markup
    getattr(drawn.get_root(), where).add_child(part)
    return drawn


def test_a_plain_folium_map_is_refused_by_the_name_of_what_it_wants() -> None:
    with pytest.raises(ForeignAssetError, match="jquery"):
        single_file(folium.Map(tiles=None))


def test_raster_tiles_of_another_host_are_refused() -> None:
    drawn = open_map(EMPTY)
    drawn.add_child(folium.TileLayer("https://tile.example.org/{z}/{x}/{y}.png", attr="x"))
    with pytest.raises(ForeignAssetError, match=r"tile\.example\.org"):
        single_file(drawn)


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="https://example.org/a.png">',
        '<IMG SRC="//example.org/a.png">',
        '<img srcset="a.png 2x">',
        '<link rel="stylesheet" href="https://example.org/a.css">',
        '<link rel="preload" href="font.woff2">',
        '<script src="https://example.org/a.js"></script>',
        '<iframe src="https://example.org/"></iframe>',
        '<object data="a.svg"></object>',
        '<svg><use href="icons.svg#a"></use></svg>',
        '<svg><image xlink:href="https://example.org/a.png"></image></svg>',
        '<div style="background: url(https://example.org/a.png)"></div>',
        "<style>@font-face { font-family: x; src: url('https://example.org/x.woff') }</style>",
        "<style>@import 'https://example.org/x.css';</style>",
        '<script>fetch("https://example.org/x.json")</script>',
        "<script>new WebSocket('wss://example.org/')</script>",
        '<base href="https://example.org/">',
        '<form action="https://example.org/"></form>',
    ],
)
@pytest.mark.parametrize("where", ["html", "header"])
def test_whatever_would_be_fetched_is_refused(markup: str, where: str) -> None:
    with pytest.raises(ForeignAssetError):
        single_file(with_markup(markup, where))


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="https://www.openstreetmap.org/copyright">© OpenStreetMap</a>',
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
        '<svg><use href="#sign"></use></svg>',
        "<p>https://example.org &amp; url(x)</p>",
    ],
)
def test_a_link_to_click_and_what_lies_in_the_page_are_kept(markup: str) -> None:
    assert markup in single_file(with_markup(markup))


def test_a_style_sheet_that_fetches_a_font_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    from pathlib import Path

    sheet = Path(str(tmp_path)) / "time.css"
    sheet.write_text("@font-face { src: url(//example.org/glyphicons.woff) }")
    monkeypatch.setattr("maps.offline.ASSETS", {**ASSETS, "https://cdn.example.org/time.css": sheet})
    drawn = open_map(EMPTY)
    drawn.default_css = (*OfflineMap.default_css, ("time", "https://cdn.example.org/time.css"))
    with pytest.raises(ForeignAssetError, match="glyphicons"):
        single_file(drawn)


def test_pictures_of_a_style_sheet_are_put_into_it() -> None:
    html = single_file(open_map(EMPTY))
    assert "images/layers.png" not in html
    assert html.count('url("data:image/png;base64,') == 3


def test_a_plugin_whose_script_comes_with_folium_is_taken() -> None:
    drawn = open_map(EMPTY)
    drawn.add_child(HeatMap([[-6.2, 106.8, 1.0]]))
    assert "simpleheat" in single_file(drawn)


def test_the_page_runs_its_own_scripts_and_no_other() -> None:
    html = single_file(open_map(EMPTY))
    allowed = set(re.findall(r"'sha256-([^']+)'", policy(html)))
    inside = {
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    }
    assert inside == allowed
    assert len(inside) == 3
    assert "connect-src 'none'" in policy(html)
    assert "unsafe-inline" not in policy(html).split("style-src")[0]


def test_the_same_map_is_the_same_file() -> None:
    assert single_file(open_map(EMPTY)) == single_file(open_map(EMPTY))


def test_folium_itself_is_left_as_it_was() -> None:
    before = (list(folium.Map.default_js), list(folium.Map.default_css))
    single_file(open_map(EMPTY))
    assert (list(folium.Map.default_js), list(folium.Map.default_css)) == before


def test_leaflet_is_of_the_version_that_folium_names() -> None:
    name = dict(folium.Map.default_js)["leaflet"]
    assert name in ASSETS
    assert f"Leaflet {re.search('leaflet@([0-9.]+)', name)[1]}" in ASSETS[name].read_text("utf-8")[:100]  # type: ignore[index]


def test_text_in_a_script_can_neither_end_it_nor_look_like_an_address() -> None:
    written = as_json(["</script><script>alert(1)</script>", "https://example.org", "\u2028"])
    assert "<" not in written
    assert "//" not in written
    assert "\u2028" not in written
    drawn = open_map(BaseMap(BOUNDS, "x", as_json([]), ()))
    assert single_file(drawn)


def test_the_policy_of_a_page_made_elsewhere_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="single_file"):
        policy("<html></html>")
