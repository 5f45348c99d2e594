"""The base map under the data: water, main roads, railways and borders as quiet lines, drawn from shapes, not tiles.

Everything lies in panes of its own below Leaflet's overlay pane, so that no kind of data can be drawn underneath.
Colours are in assets/heatmap.css, by kind, for light, dark and print.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import folium
import shapely
from branca.element import MacroElement
from folium.map import CustomPane
from folium.template import Template
from shapely.geometry.base import BaseGeometry

from maps.offline import LEAFLET_CSS, LEAFLET_JS, as_json

# From the ground up. Lines of a later kind cover those of an earlier one.
BORDERS = ("kelurahan", "kecamatan", "kota")
KINDS = ("land", "green", "water", "railway", "tertiary", "secondary", "primary", "toll", *BORDERS)
_TOLERANCE_DEG = 0.00007  # about 8 m: less than a pixel at the zoom at which a district fills the screen
_SNAP_DEG = 0.00005  # about 5 m: neighbours whose common border was drawn twice get one; a third of the vertices
_SMALLEST_AREA_DEG2 = 4e-8  # about 500 m²: a pond smaller than this is a dot


@dataclass(frozen=True, slots=True)
class Label:
    """A name on the map, at lon, lat (EPSG:4326); `kind` as in KINDS, the rarer kinds win the room."""

    name: str
    kind: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class BaseMap:
    """A city to draw on, ready to be written into any number of maps; made by `base_map`."""

    bounds: tuple[float, float, float, float]  # west, south, east, north; degrees, EPSG:4326
    attribution: str  # whose data the shapes are, for the foot of the map
    layers: str  # JSON: [kind, GeoJSON geometry] from the ground up, areas before lines
    labels: tuple[Label, ...]  # most important first


def base_map(
    bounds: tuple[float, float, float, float],
    attribution: str,
    shapes: Mapping[str, Sequence[BaseGeometry]],
    labels: Sequence[Label] = (),
) -> BaseMap:
    """Join, thin out and encode the shapes of a city. Takes about a second for ten million people.

    Args:
        shapes: by kind (one of KINDS), in EPSG:4326, lon then lat. Polygons of administrative kinds are drawn as
            lines; where `land` is not given it is what they cover.
        labels: most important first.
    Raises:
        ValueError: a kind that is not in KINDS.
    """
    for kind in (*shapes, *(label.kind for label in labels)):
        if kind not in KINDS:
            raise ValueError(f"“{kind}” is no kind of base map shape; there are {', '.join(KINDS)}")
    given = {kind: [shape for shape in shapes.get(kind, ()) if not shape.is_empty] for kind in KINDS}
    if not given["land"]:
        covering = given["kota"] + given["kecamatan"] or given["kelurahan"]
        given["land"] = [shapely.union_all(covering, grid_size=_SNAP_DEG)] if covering else []
    for kind in BORDERS:
        lines = [shapely.boundary(shape) for shape in given[kind]]
        given[kind] = [shapely.union_all(lines, grid_size=_SNAP_DEG)] if lines else []
    layers = [(kind, geometry) for kind in KINDS for geometry in _geometries(given[kind])]
    layers.sort(key=lambda layer: layer[1]["type"] != "MultiPolygon")  # areas lie under all lines
    return BaseMap(bounds, attribution, as_json(layers), tuple(labels))


class OfflineMap(folium.Map):  # type: ignore[misc]  # folium has no types
    """A folium map that asks for Leaflet alone: no tiles, no jQuery, Bootstrap, icon fonts or awesome markers.

    folium's own lists of scripts belong to its class and are shared by every map; this class has its own.
    """

    default_js = (("leaflet", LEAFLET_JS), ("heatmap", "maps/heatmap.js"))
    default_css = (("leaflet_css", LEAFLET_CSS), ("heatmap_css", "maps/heatmap.css"))

    _template = Template(
        """
        {% macro header(this, kwargs) %}
            <meta name="viewport" content="" />
            <meta name="color-scheme" content="light dark" />
        {% endmacro %}
        {% macro html(this, kwargs) %}
            <main class="folium-map" id="{{ this.get_name() }}"></main>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            const {{ this.get_name() }} = L.map("{{ this.get_name() }}",
                {center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}});
        {% endmacro %}
        """
    )


def open_map(base: BaseMap) -> folium.Map:
    """Return a folium map of `base` with nothing on it yet.

    Panes: `dasar` (z 250) holds the base map, `nama` (z 450) its names, above data in the overlay pane (z 400).
    """
    west, south, east, north = base.bounds
    drawn = OfflineMap(
        location=((south + north) / 2, (west + east) / 2),  # folium's order: lat, lon
        tiles=None,
        maxZoom=17,
        minZoom=8,
        zoomSnap=0.1,
        zoomDelta=0.5,
        attributionControl=False,  # the sheet has it at its foot, on paper too
    )
    drawn._id = "peta"  # folium's ids are random; with fixed ones the same map is the same file
    for name, z_index in (("dasar", 250), ("nama", 450)):
        pane = CustomPane(name, z_index=z_index)
        pane._id = name
        drawn.add_child(pane)
    drawn.add_child(_Base(base))
    return drawn


class _Base(MacroElement):  # type: ignore[misc]
    _template = Template(
        """
        {% macro script(this, kwargs) %}
            peta.base({{ this._parent.get_name() }}, {{ this.layers }});
            peta.labels({{ this._parent.get_name() }}, {{ this.labels }});
        {% endmacro %}
        """
    )

    def __init__(self, base: BaseMap) -> None:
        super().__init__()
        self._name, self._id = "Base", "peta"
        self.layers = base.layers
        self.labels = as_json(
            [[one.kind, one.name, round(one.lat, 5), round(one.lon, 5)] for one in base.labels if one.name]
        )


def _geometries(given: Sequence[BaseGeometry]) -> list[dict[str, Any]]:
    """Return the areas and the lines of a kind, joined, thinned out, rounded to a metre: at most one geometry each."""
    parts = shapely.get_parts(given)
    lines = parts[shapely.get_dimensions(parts) == 1]
    polygons = parts[shapely.get_dimensions(parts) == 2]
    if len(lines):
        lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))
    polygons = polygons[shapely.area(polygons) >= _SMALLEST_AREA_DEG2]
    kept = shapely.simplify([*lines, *polygons], _TOLERANCE_DEG)
    strings = [_rounded(one) for one in kept[: len(lines)] if not one.is_empty]
    rings = [
        [_rounded(ring) for ring in (one.exterior, *one.interiors)]
        for one in shapely.get_parts(kept[len(lines) :])
        if not one.is_empty
    ]
    return [
        {"type": kind, "coordinates": coordinates}
        for kind, coordinates in (("MultiPolygon", rings), ("MultiLineString", strings))
        if coordinates
    ]


def _rounded(line: BaseGeometry) -> list[list[float]]:
    found: list[list[float]] = shapely.get_coordinates(line).round(5).tolist()
    return found
