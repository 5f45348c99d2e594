"""Small towns written as OSM XML."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from hypothesis import strategies as st

Ways = Mapping[int, tuple[Sequence[int], Mapping[str, str]]]  # way id → (node ids, tags)
STEP = 0.001  # degrees between neighbouring nodes: about 111 m


def place_of(node: int) -> tuple[float, float]:
    """Return (lon, lat): the tens count northwards, the units eastwards, with a slight zigzag."""
    row, column = divmod(node, 10)
    return round(110.0 + column * STEP, 7), round(-5.0 + row * STEP + (column % 2) * STEP / 7, 7)


def write_osm(
    path: Path,
    ways: Ways,
    places: Mapping[int, tuple[float, float]] | None = None,
    absent: Sequence[int] = (),
    ways_first: bool = False,
    node_tags: Mapping[int, Mapping[str, str]] | None = None,
    turns: Sequence["Turn"] = (),
) -> Path:
    """Write ways (highway=residential unless tagged otherwise) and their nodes, except `absent` ones."""
    refs = sorted({ref for nodes, _ in ways.values() for ref in nodes} - set(absent))
    places = places or {}
    node_lines = []
    for ref in refs:
        lon, lat = places.get(ref, place_of(ref))
        node_lines.append(f'<node id="{ref}" version="1" lon="{lon!r}" lat="{lat!r}">')
        node_lines += _tag_lines((node_tags or {}).get(ref, {}))
        node_lines.append("</node>")
    way_lines = []
    for way_id, (nodes, tags) in ways.items():
        way_lines.append(f'<way id="{way_id}" version="1">')
        way_lines += [f'<nd ref="{ref}"/>' for ref in nodes]
        tags = {"highway": "residential"} | dict(tags)
        way_lines += _tag_lines(tags)
        way_lines.append("</way>")
    body = [*way_lines, *node_lines] if ways_first else [*node_lines, *way_lines]
    for number, turn in enumerate(turns, start=1):
        body.append(f'<relation id="{number}" version="1">')
        body += [f'<member type="{kind}" ref="{ref}" role="{role}"/>' for role, kind, ref in turn.members]
        body += [*_tag_lines({"type": "restriction"} | dict(turn.tags)), "</relation>"]
    path.write_text("\n".join(['<osm version="0.6">', *body, "</osm>"]), encoding="utf-8")
    return path


def _tag_lines(tags: Mapping[str, str]) -> list[str]:
    return [f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items() if value]


class Turn(NamedTuple):
    """A turn restriction; members as (role, "node" or "way", id)."""

    tags: Mapping[str, str]
    members: Sequence[tuple[str, str, int]]


def turn(kind: str, from_way: int, via: int, to_way: int, via_kind: str = "node", **tags: str) -> Turn:
    """Return a restriction of one via."""
    members = [("from", "way", from_way), ("via", via_kind, via), ("to", "way", to_way)]
    return Turn({"restriction": kind} | tags, members)


def tangles() -> st.SearchStrategy[Ways]:
    """Draw a few ways over a few nodes, so that they meet, double, loop, end blindly and lie apart."""
    nodes = st.lists(st.integers(1, 9), min_size=2, max_size=6)
    oneway = st.sampled_from(["", "", "yes", "-1"])
    highway = st.sampled_from(["residential", "residential", "primary", "footway", "steps"])
    way = st.tuples(nodes, st.fixed_dictionaries({"oneway": oneway, "highway": highway}))
    return st.lists(way, min_size=1, max_size=6).map(lambda ways: dict(enumerate(ways, start=1)))
