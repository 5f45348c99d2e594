"""Read the roads of an OSM file directly: .osm.pbf, .osm, .osm.gz, .osm.bz2.

osmnx reads no pbf, and its XML path took a minute where this takes seconds. What counts as one-way and in which
direction is osmnx's rule (`osmnx.graph._add_paths`).
"""

from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path

import numpy as np
import osmium

from routing.raw_roads import RawRoads, WayLine, segments_of_ways
from routing.sizes import SIZE_KEYS
from routing.speeds import ACCESS_KEYS, ROUTING_TAGS
from routing.spots import spot_tags
from routing.turn_relations import read_turn_relations

OnProgress = Callable[[str, float], None]  # (what is being done, share done 0…1)

# osmnx.graph._add_paths: the values of oneway=* that mean one-way, and those of them that mean against the order.
ONEWAY = frozenset({"yes", "true", "1", "-1", "reverse", "T", "F"})
REVERSED = frozenset({"-1", "reverse", "T"})
SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")


class UnreadableFileError(ValueError):
    """The file is missing, cut short, or not OSM; the message is one sentence for the operator."""


class Kinds:
    """Numbers for distinct sets of routing tags, and for distinct names, in the order of their first appearance."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[tuple[str, str], ...], int] = {}
        self._names: dict[str, int] = {}

    def kind(self, tags: Mapping[str, str]) -> int:
        relevant = tuple((key, tags[key]) for key in ROUTING_TAGS if key in tags)
        return self._kinds.setdefault(relevant, len(self._kinds))

    def name(self, tags: Mapping[str, str]) -> int:
        name = tags.get("name") or tags.get("ref")
        return -1 if not name else self._names.setdefault(name, len(self._names))

    def all_kinds(self) -> list[Mapping[str, str]]:
        return [dict(kind) for kind in self._kinds]

    def all_names(self) -> list[str]:
        return list(self._names)


def is_oneway(tags: Mapping[str, str]) -> bool:
    """Say whether a way is one-way, by osmnx's rule: oneway=*, or a roundabout."""
    return tags.get("oneway") in ONEWAY or tags.get("junction") == "roundabout"


def is_reversed(tags: Mapping[str, str]) -> bool:
    """Say whether a one-way way is driven against the order of its points."""
    return tags.get("oneway") in REVERSED


def read_roads(path: Path, on_progress: OnProgress | None = None) -> RawRoads:
    """Read all ways with a highway tag, their nodes, what stands at these, and the turn restrictions.

    A node that the file lacks (a clipped extract) leaves a gap in its ways; the parts on either side stay.

    Raises:
        UnreadableFileError: missing, cut short, not OSM, or of a format that is not read.
    """
    progress = on_progress or (lambda step, share: None)
    if not path.name.lower().endswith(SUFFIXES):
        raise UnreadableFileError(
            f"{path.name} is not an OSM file that can be read (.osm.pbf, .osm, .osm.gz, .osm.bz2)."
        )
    if not path.is_file():
        raise UnreadableFileError(f"There is no file {path}.")
    kinds = Kinds()
    place_of: dict[int, tuple[float, float]] = {}
    try:
        progress("reading ways", 0.0)
        ways = _read_ways(path, kinds, place_of)
        missing = {ref for way in ways for ref in way.nodes}.difference(place_of)
        if missing:
            progress("looking for nodes", 0.5)
            _read_nodes(path, missing, place_of)
        progress("reading gates, signals and turn restrictions", 0.6)
        spots = _read_spots(path, place_of)
        turns = read_turn_relations(path, {way.way_id for way in ways}, place_of)
    except (RuntimeError, OSError, ValueError) as error:  # osmium's words for broken input are RuntimeErrors
        raise UnreadableFileError(f"{path.name} is damaged or is not OpenStreetMap data ({error}).") from error
    progress("cutting ways", 0.7)
    node_id = np.array(sorted(place_of), dtype=np.int64)
    places = np.array([place_of[ref] for ref in node_id.tolist()], dtype=np.float64).reshape(-1, 2)
    lon, lat = np.ascontiguousarray(places[:, 0]), np.ascontiguousarray(places[:, 1])
    return segments_of_ways(
        ways, node_id, lon, lat, kinds.all_kinds(), kinds.all_names(), spots, turns.complete, turns.incomplete
    )


def _read_ways(path: Path, kinds: Kinds, place_of: dict[int, tuple[float, float]]) -> list[WayLine]:
    """Return the ways, and put the places of their nodes into `place_of` as far as they came before the ways."""
    ways: dict[int, WayLine] = {}
    reader = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    reader = reader.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    for way in reader.with_filter(osmium.filter.KeyFilter("highway")):
        tags = {tag.k: tag.v for tag in way.tags}
        for node in way.nodes:
            if node.location.valid():
                place_of[node.ref] = (node.location.lon, node.location.lat)
        nodes = [ref for ref, _ in groupby(node.ref for node in way.nodes)]
        oneway = is_oneway(tags)
        turned = oneway and is_reversed(tags)
        if turned:
            nodes.reverse()
        ways[way.id] = WayLine(way.id, kinds.kind(tags), kinds.name(tags), nodes, oneway, turned)
    return list(ways.values())


def _read_nodes(path: Path, wanted: set[int], place_of: dict[int, tuple[float, float]]) -> None:
    """Look for nodes that stand behind the ways, as in files written by hand.

    Not with osmium's filter by id: it takes seconds and a gigabyte for today's ids.
    """
    for node in osmium.FileProcessor(str(path), osmium.osm.NODE):
        if node.id in wanted and node.location.valid():
            place_of[node.id] = (node.location.lon, node.location.lat)


def _read_spots(path: Path, place_of: Mapping[int, tuple[float, float]]) -> dict[int, dict[str, str]]:
    """Return the tags of nodes on roads at which something stands, by OSM id."""
    found: dict[int, dict[str, str]] = {}
    reader = osmium.FileProcessor(str(path), osmium.osm.NODE)
    for node in reader.with_filter(osmium.filter.KeyFilter("barrier", "highway", "railway", *ACCESS_KEYS, *SIZE_KEYS)):
        if node.id in place_of:
            tags = spot_tags({tag.k: tag.v for tag in node.tags})
            if tags:
                found[node.id] = tags
    return found
