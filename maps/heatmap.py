"""A heat map: where incidents gather, as shaded cells on a quiet base map, on one sheet that can be printed.

    Cells ─► shades by equal ratios ─► cells, legend, the ten fullest ─┐
    BaseMap ─► panes underneath ───────────────────────────────────────┴─► folium.Map ─► offline.single_file ─► HTML

Only what `Cells` shows is ever written into the page, in the soft look too: that one is the drawn cells, blurred.
"""

import itertools
from collections.abc import Mapping, Sequence
from html import escape

import folium
from branca.element import MacroElement
from folium.template import Template
from jinja2 import Environment, PackageLoader

from maps.basemap import BaseMap, open_map
from maps.cells import Cells
from maps.offline import as_json
from maps.words import WORDS, Words

SHADES = 5  # as many as are told apart at a glance (Brewer & Harrower 2003, ColorBrewer)
RANKED = 10
_ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 10)

_SHEETS = Environment(loader=PackageLoader("maps", "assets"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def heatmap(
    cells: Cells,
    base: BaseMap,
    title: str,
    facts: Sequence[tuple[str, str]] = (),
    *,
    language: str = "id",
    places: Mapping[tuple[int, int], str] | None = None,
    made: str = "",
) -> folium.Map:
    """Draw cells on a base map.

    Args:
        title: what is shown, of which city.
        facts: name and value, beside the title: the span of days, the type of incident.
        language: of legend and notes, id or en.
        places: where a cell (column, row) lies, in words; for the list of the fullest cells and the tooltips.
        made: when and by what the map was made, for the foot of the sheet.
    Returns:
        A map for `maps.offline.single_file`; with no cell to show it is the base map and a sentence.
    """
    words = WORDS[language]
    drawn = open_map(base)
    root = drawn.get_root()
    root.title = escape(title)
    root._id = "lembar"
    steps = shades([cell.count for cell in cells.shown])
    drawn.add_child(_Sheet(cells, base, title, facts, words, steps, places or {}, made))
    drawn.add_child(_CellLayer(cells, base, words, steps, places or {}))
    return drawn


def shades(counts: Sequence[int]) -> list[int]:
    """Return the smallest count of each shade, at most SHADES of them, ascending.

    Shades follow equal ratios, not equal differences: incidents gather so unevenly that with equal differences nearly
    every cell would be of the palest shade. Limits are round numbers.
    """
    if not counts:
        return []
    low, high = min(counts), max(counts)
    limits = {low}
    for step in range(1, SHADES):
        limits.add(_rounded(low * (high / low) ** (step / SHADES)))
    return sorted(limit for limit in limits if low <= limit <= high)


def shade_of(count: int, steps: Sequence[int]) -> int:
    """Return which of `steps` a count belongs to, spread over the whole palette where there are fewer of them."""
    place = sum(count >= step for step in steps) - 1
    return round(place * (SHADES - 1) / max(1, len(steps) - 1))


def _rounded(value: float) -> int:
    size = 10 ** (len(str(int(value))) - 1)
    return int(min((size * step for step in _ROUND), key=lambda one: (one != int(one), abs(one - value))))


class _Sheet(MacroElement):  # type: ignore[misc]
    """Title, legend, notes and list: plain HTML, readable without the map."""

    _template = Template("{% macro html(this, kwargs) %}{{ this.markup }}{% endmacro %}")

    def __init__(
        self,
        cells: Cells,
        base: BaseMap,
        title: str,
        facts: Sequence[tuple[str, str]],
        words: Words,
        steps: Sequence[int],
        places: Mapping[tuple[int, int], str],
        made: str,
    ) -> None:
        super().__init__()
        self._name, self._id = "Sheet", "peta"
        told = {
            "shown": words.number(cells.incidents_shown),
            "cells": words.number(len(cells.shown)),
            "left_out": words.number(cells.incidents_left_out),
            "minimum": words.number(cells.minimum),
            "cell_m": words.number(round(cells.grid.cell_m)),
        }
        if cells.shown:
            result = words.result.format(**told)
        else:
            result = (words.too_few if cells.incidents_left_out else words.nothing).format(**told)
        notes = [words.privacy.format(**told)]
        if cells.shown and cells.incidents_left_out:
            notes.insert(0, words.left_out.format(**told))
        self.markup = _SHEETS.get_template("sheet.html").render(
            title=title,
            facts=facts,
            words=words,
            result=result,
            notes=notes,
            steps=_legend(cells, words, steps),
            busiest=[
                {"rank": rank, "place": places.get((cell.column, cell.row), "—"), "count": words.number(cell.count)}
                for rank, cell in enumerate(cells.shown[:RANKED], start=1)
            ],
            attribution=base.attribution,
            made=made,
        )


def _legend(cells: Cells, words: Words, steps: Sequence[int]) -> list[dict[str, object]]:
    """Return the rows of the legend, fullest shade first."""
    rows: list[dict[str, object]] = []
    highest = max((cell.count for cell in cells.shown), default=0)
    for step, following in itertools.pairwise([*steps, highest + 1]):
        span = words.number(step) if following - 1 == step else f"{words.number(step)}–{words.number(following - 1)}"
        held = sum(step <= cell.count < following for cell in cells.shown)
        rows.append(
            {"shade": shade_of(step, steps), "span": span, "cells": words.cells.format(count=words.number(held))}
        )
    return rows[::-1]


class _CellLayer(MacroElement):  # type: ignore[misc]
    _template = Template(
        """
        {% macro script(this, kwargs) %}
            peta.cells({{ this._parent.get_name() }}, {{ this.cells }}, {{ this.extent }}, {{ this.words }});
        {% endmacro %}
        """
    )

    def __init__(
        self,
        cells: Cells,
        base: BaseMap,
        words: Words,
        steps: Sequence[int],
        places: Mapping[tuple[int, int], str],
    ) -> None:
        super().__init__()
        self._name, self._id = "CellLayer", "peta"
        rows = []
        for rank, cell in enumerate(cells.shown, start=1):
            ring = [[round(lat, 6), round(lon, 6)] for lon, lat in cell.polygon.exterior.coords[:-1]]
            place = places.get((cell.column, cell.row), "")
            rows.append([ring, cell.count, shade_of(cell.count, steps), rank if rank <= RANKED else 0, place])
        self.cells = as_json(rows)
        self.extent = as_json(_extent(cells, base))
        self.words = as_json({"locale": words.locale, "incidents": words.incidents})


def _extent(cells: Cells, base: BaseMap) -> list[list[float]]:
    """Return what the first sight shows, as Leaflet takes it: all cells and half a kilometre around, else the city."""
    if not cells.shown:
        west, south, east, north = base.bounds
        return [[south, west], [north, east]]
    bounds = [cell.polygon.bounds for cell in cells.shown]
    room = 0.0045  # degrees, about 500 m
    return [
        [min(one[1] for one in bounds) - room, min(one[0] for one in bounds) - room],
        [max(one[3] for one in bounds) + room, max(one[2] for one in bounds) + room],
    ]
