"""A city from a street graph of osmnx, from a GraphML file or fetched by name: roads and their names, nothing else."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import networkx as nx
import osmnx
import requests
import shapely

from geo112.city import features
from geo112.city.errors import (
    extract_damaged,
    extract_missing,
    extract_without_roads,
    place_needs_internet,
    place_unknown,
)
from geo112.city.extract import Extract, Road, connected_parts

FETCH_TIMEOUT_S = 60
Graph = Any  # networkx.MultiDiGraph as osmnx makes it; networkx has no types


def read_graphml(path: Path) -> Graph:
    """Read a graph that osmnx saved.

    Raises:
        CityImportError: the file is missing or is no graph of osmnx.
    """
    if not path.is_file():
        raise extract_missing(str(path))
    try:
        return osmnx.load_graphml(path)
    except PermissionError as error:
        raise extract_missing(str(path)) from error
    except (ElementTree.ParseError, nx.NetworkXError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise extract_damaged(str(path), str(error)[:120]) from error


def fetch_place(place: str) -> Graph:
    """Fetch the streets of a place by its name, as OpenStreetMap knows it; needs the internet.

    Raises:
        CityImportError: `place_needs_internet`, or `place_unknown` where no area has this name.
    """
    osmnx.settings.use_cache = False
    osmnx.settings.requests_timeout = FETCH_TIMEOUT_S
    try:
        return osmnx.graph_from_place(place, network_type="all", retain_all=True, truncate_by_edge=True)
    except requests.RequestException as error:
        raise place_needs_internet(place) from error
    except OSError as error:
        raise place_needs_internet(place) from error
    except (TypeError, ValueError) as error:  # no polygon, or nothing found; osmnx's own errors are ValueErrors
        raise place_unknown(place) from error


def extract_of(graph: Graph, origin: str) -> Extract:
    """Return the roads of a graph as an extract; a two-way street is one road."""
    extract = Extract(origin=origin, is_roads_only=True)
    seen: set[tuple[object, ...]] = set()
    drivable: list[int] = []
    ends: list[list[int]] = []
    for tail, head, edge in graph.edges(data=True):
        line = edge.get("geometry") or shapely.LineString(
            [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (tail, head)]
        )
        ways = _listed(edge.get("osmid"))
        key = (min(tail, head), max(tail, head), tuple(sorted(map(str, ways))), round(line.length, 7))
        highway = _first(edge.get("highway"))
        if key in seen or highway is None or highway in features.NOT_ROADS:
            continue
        seen.add(key)
        names = sorted(map(str, _listed(edge.get("name"))))  # osmnx merges streets at a bend, in no order
        if highway in features.DRIVABLE:
            drivable.append(len(extract.roads))
            ends.append([int(tail), int(head)])
        extract.roads.append(
            Road(
                int(ways[0]) if ways else 0,
                names[0] if names else None,
                _first(edge.get("ref")),
                highway,
                bool(edge.get("oneway")),
                (_first(edge.get("bridge")) or "no") != "no",
                (_first(edge.get("tunnel")) or "no") != "no",
                shapely.to_wkb(line, hex=True, byte_order=1),
                tuple(names[1:]),
            )
        )
    if not drivable:
        raise extract_without_roads(origin)
    extract.part_of_road, extract.part_sizes = connected_parts(len(extract.roads), drivable, ends)
    return extract


def _listed(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list) else [value]


def _first(value: Any) -> str | None:
    """Return the first of several values that osmnx merged into one edge."""
    found = _listed(value)
    return str(found[0]) if found else None
