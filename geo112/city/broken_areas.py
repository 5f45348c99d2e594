"""Areas that osmium's strict assembler refuses although their rings are closed: rings that touch, overlap or cross.

Two of Jakarta's borders do so, among them Kota Jakarta Timur with ten kecamatan. What the outer rings enclose, less
what the inner rings enclose, is the area that the mapper meant.
"""

from collections.abc import Collection
from pathlib import Path

import osmium
import osmium.osm
import shapely

Member = tuple[int, str]  # way id, role


def mended(path: Path, relations: Collection[int], ways: Collection[int]) -> dict[tuple[str, int], str]:
    """Return the areas of these relations and closed ways as hex WKB multipolygons, by ("r" or "w", id).

    Those that enclose nothing are left out.
    """
    members: dict[tuple[str, int], list[Member]] = {("w", way): [(way, "outer")] for way in ways}
    if relations:
        for relation in osmium.FileProcessor(str(path), osmium.osm.RELATION):
            if relation.id in relations:
                found = [(each.ref, each.role) for each in relation.members if each.type == "w"]
                members["r", relation.id] = found
    lines = _lines(path, {way for found in members.values() for way, _ in found})
    shapes: dict[tuple[str, int], str] = {}
    for key, each in members.items():
        outer = _enclosed([lines[way] for way, role in each if way in lines and role != "inner"])
        inner = _enclosed([lines[way] for way, role in each if way in lines and role == "inner"])
        area = shapely.difference(outer, inner)
        parts = [part for part in shapely.get_parts(area).tolist() if part.geom_type == "Polygon"]
        if parts:
            shapes[key] = shapely.to_wkb(shapely.multipolygons(parts), hex=True, byte_order=1)
    return shapes


def _lines(path: Path, wanted: Collection[int]) -> dict[int, shapely.LineString]:
    lines: dict[int, shapely.LineString] = {}
    if wanted:
        for way in osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations():
            if way.is_way() and way.id in wanted:
                places = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
                if len(places) > 1:
                    lines[way.id] = shapely.LineString(places)
    return lines


def _enclosed(lines: list[shapely.LineString]) -> shapely.Geometry:
    noded = shapely.get_parts(shapely.union_all(lines))  # rings that touch meet at a node of both
    return shapely.union_all(shapely.get_parts(shapely.polygonize(noded.tolist())))
