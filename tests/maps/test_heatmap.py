"""The sheet: what is told in words, and that nothing but shown cells is in it."""

import itertools
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Polygon, box

from maps.basemap import Label, base_map
from maps.cells import Cells, Grid, cells, cells_of_counts
from maps.heatmap import SHADES, heatmap, shade_of, shades
from maps.offline import single_file
from maps.words import WORDS

GRID = Grid(32748, 500)
CITY = base_map(
    (106.80, -6.22, 106.86, -6.16),
    "© kontributor OpenStreetMap",
    {"kecamatan": [box(106.80, -6.22, 106.83, -6.16), box(106.83, -6.22, 106.86, -6.16)]},
    [Label("Gambir", "kecamatan", 106.81, -6.2)],
)


def sheet(found: Cells, language: str = "id", **more: object) -> str:
    return single_file(heatmap(found, CITY, "Peta panas", language=language, **more), language)  # type: ignore[arg-type]


@given(st.lists(st.integers(5, 5000), min_size=1, max_size=200))
def test_every_count_has_a_shade_and_more_is_never_paler(counts: list[int]) -> None:
    steps = shades(counts)
    assert steps == sorted(set(steps))
    assert 1 <= len(steps) <= SHADES
    assert steps[0] == min(counts)
    assert steps[-1] <= max(counts)
    given_shades = [shade_of(count, steps) for count in sorted(counts)]
    assert given_shades == sorted(given_shades)
    assert set(given_shades) <= set(range(SHADES))


def test_limits_of_shades_are_round_numbers() -> None:
    assert shades([5, 7, 99]) == [5, 10, 15, 30, 50]
    assert shades([5, 2000]) == [5, 15, 50, 200, 600]
    assert shades([5, 5]) == [5]
    assert shades([]) == []


def test_points_left_out_are_nowhere_in_the_page() -> None:
    full, lone = (106.83, -6.2), (106.8514, -6.1717)
    html = sheet(cells([full] * 8 + [lone] * 3, GRID))
    drawn = json.loads(re.search(r"peta\.cells\(map_peta, (\[.*?\]), \[\[", html)[1])  # type: ignore[index]
    assert [row[1] for row in drawn] == [8]
    assert "106.851" not in html
    assert "3 insiden lain tidak digambar" in html


def test_an_empty_span_is_a_map_with_a_sentence() -> None:
    html = sheet(cells_of_counts([], GRID))
    assert "Tidak ada insiden pada rentang dan jenis ini." in html
    assert "Insiden per sel" not in html
    assert "There are no incidents" in sheet(cells_of_counts([], GRID), "en")


def test_too_few_for_any_cell_is_said_and_not_drawn() -> None:
    assert "Ada 12 insiden, tetapi tidak satu sel pun" in sheet(cells_of_counts([], GRID, left_out=12))


def test_numbers_are_written_as_the_language_writes_them() -> None:
    found = cells_of_counts([(1400, 18600, 1234)], GRID)
    assert "1.234 insiden tampak dalam 1 sel." in sheet(found)
    assert "1,234 incidents are shown in 1 cell" in sheet(found, "en")


def test_both_languages_fill_in_the_same_names() -> None:
    for field in WORDS["id"].__slots__:
        fills = [set(re.findall(r"\{(\w+)\}", getattr(words, field))) for words in WORDS.values()]
        assert fills[0] == fills[1], field


def test_names_from_outside_stay_text() -> None:
    evil = "</script><img src=x onerror=alert(1)>{{ 7 * 7 }}"
    city = base_map((106.8, -6.22, 106.86, -6.16), evil, {}, [Label(evil, "kecamatan", 106.81, -6.2)])
    found = cells([(106.83, -6.2)] * 6, GRID)
    place = {(found.shown[0].column, found.shown[0].row): evil}
    html = single_file(heatmap(found, city, evil, [(evil, evil)], places=place, made=evil))
    assert "<img src=x" not in html
    assert "{{ 7 * 7 }}" in html


def test_an_unknown_kind_of_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="motorway"):
        base_map((0, 0, 1, 1), "x", {"motorway": [LineString([(0, 0), (1, 1)])]})


def test_a_border_shared_by_neighbours_is_drawn_once() -> None:
    ((_, land), (kind, borders)) = json.loads(CITY.layers)
    assert kind == "kecamatan"
    lines = borders["coordinates"]
    length = sum(abs(x - u) + abs(y - v) for line in lines for (x, y), (u, v) in itertools.pairwise(line))
    assert length == pytest.approx(4 * 0.06 + 0.06)
    assert len(land["coordinates"]) == 1


def test_areas_lie_under_lines_and_each_from_the_ground_up() -> None:
    river, pond = LineString([(0, 0), (0.5, 0.1), (1, 0)]), Polygon([(0, 0), (1, 0), (1, 1)])
    made = base_map(
        (0, 0, 1, 1), "x", {"toll": [LineString([(0, 0), (1, 1)])], "water": [river, pond], "kota": [box(0, 0, 1, 1)]}
    )
    assert [(kind, geometry["type"]) for kind, geometry in json.loads(made.layers)] == [
        ("land", "MultiPolygon"),
        ("water", "MultiPolygon"),
        ("water", "MultiLineString"),
        ("toll", "MultiLineString"),
        ("kota", "MultiLineString"),
    ]
