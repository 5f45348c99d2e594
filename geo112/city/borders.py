"""Borders that osmium's strict assembler refuses although their rings are closed: holes that touch or overlap.

Of Jakarta's borders two do so, among them Kota Jakarta Timur with ten kecamatan. What the outer rings enclose,
less what the inner rings enclose, is the area that the mapper meant.
"""

from collections.abc import Collection
from pathlib import Path

import osmium
import osmium.osm
import shapely


def mended(path: Path, relations: Collection[int]) -> dict[int, str]:
    """Return the areas of these boundary relations as hex WKB multipolygons; those with a gap are left out."""
    if not relations:
        return {}
    members: dict[int, list[tuple[int, str]]] = {}
    for relation in osmium.FileProcessor(str(path), osmium.osm.RELATION):
        if relation.id in relations:
            members[relation.id] = [(each.ref, each.role) for each in relation.members if each.type == "w"]
    wanted = {way for each in members.values() for way, _ in each}
    lines: dict[int, shapely.LineString] = {}
    for way in osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations():
        if way.is_way() and way.id in wanted:
            places = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
            if len(places) > 1:
                lines[way.id] = shapely.LineString(places)
    found: dict[int, str] = {}
    for relation_id, each in members.items():
        outer = _enclosed([lines[way] for way, role in each if way in lines and role != "inner"])
        inner = _enclosed([lines[way] for way, role in each if way in lines and role == "inner"])
        area = shapely.difference(outer, inner)
        parts = [part for part in shapely.get_parts(area).tolist() if part.geom_type == "Polygon"]
        if parts:
            found[relation_id] = shapely.to_wkb(shapely.multipolygons(parts), hex=True, byte_order=1)
    return found


def _enclosed(lines: list[shapely.LineString]) -> shapely.Geometry:
    noded = shapely.get_parts(shapely.union_all(lines))  # rings that touch meet at a node of both
    return shapely.union_all(shapely.get_parts(shapely.polygonize(noded.tolist())))
