"""Writes a finished draft as an OSM extract, byte for byte the same for the same draft.

The city lies in the open Indian Ocean, 400 km south of Java, so that nobody takes it for a real place.
Source of the tags: the OSM wiki's pages for Indonesia; admin_level 5 kota, 6 kecamatan, 7 kelurahan, 9 RW.
"""

import hashlib
from pathlib import Path

import numpy as np
import osmium
import pyproj

from geo112.simulation.city.draft import Draft, Rank, Road, Tags

CENTRE_LON, CENTRE_LAT = 109.2, -11.6
SEA_BOX = (108.6, -12.2, 109.8, -11.0)  # west, south, east, north: a city of two million road nodes fits
UTM = "EPSG:32749"
GENERATOR = "geo112.simulation.city 1"
NOTE = "Kota rekaan untuk latihan dan peragaan. Invented city, not a real place."
FIRST_ID = 1_000_001


def write_extract(draft: Draft, path: Path) -> str:
    """Write the draft as .osm.pbf (or .osm, by suffix); returns the file's SHA-256 in hex.

    Nodes that nothing refers to are left out. Raises OSError when the folder cannot be written.
    """
    used = _used_nodes(draft)
    lon, lat = lonlat(draft)
    number = np.cumsum(used) + FIRST_ID - 1
    header = osmium.io.Header()
    header.set("generator", GENERATOR)
    header.add_box(_box(lon[used], lat[used]))
    if path.exists():
        path.unlink()
    with osmium.SimpleWriter(str(path), header=header) as writer:
        _nodes(writer, draft, used, number, lon, lat)
        way_ids = _ways(writer, draft, number)
        _relations(writer, draft, number, way_ids)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def lonlat(draft: Draft) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes of all nodes, WGS 84 degrees rounded to 1e-7 as OSM stores them."""
    project = pyproj.Transformer.from_crs("EPSG:4326", UTM, always_xy=True)
    east, north = project.transform(CENTRE_LON, CENTRE_LAT)
    lon, lat = project.transform(np.array(draft.x) + east, np.array(draft.y) + north, direction="INVERSE")
    return np.round(lon, 7), np.round(lat, 7)


def _used_nodes(draft: Draft) -> np.ndarray:
    used = np.zeros(len(draft.x), dtype=bool)
    for lines in ([r.nodes for r in draft.roads], [s.nodes for s in draft.shapes], draft.borders):
        for nodes in lines:
            used[nodes] = True
    used[list(draft.node_tags)] = True
    return used


def _box(lon: np.ndarray, lat: np.ndarray) -> osmium.osm.Box:
    return osmium.osm.Box(float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))


def _nodes(
    writer: osmium.SimpleWriter,
    draft: Draft,
    used: np.ndarray,
    number: np.ndarray,
    lon: np.ndarray,
    lat: np.ndarray,
) -> None:
    for node in np.flatnonzero(used).tolist():
        writer.add_node(
            osmium.osm.mutable.Node(
                id=int(number[node]), version=1, location=(lon[node], lat[node]), tags=draft.node_tags.get(node, {})
            )
        )


def road_tags(draft: Draft, road: Road) -> Tags:
    """All tags of a road: its class, its street's name, then its own, which win."""
    tags = {"highway": road.rank.value}
    name = draft.streets[road.street].name
    if name and road.rank != Rank.MOTORWAY_LINK:
        tags["name"] = name
    if road.oneway:
        tags["oneway"] = "yes"
    return tags | road.tags


def _ways(writer: osmium.SimpleWriter, draft: Draft, number: np.ndarray) -> dict[int, int]:
    """Write roads, shapes, then borders; returns the id of each road by id() of its object, of borders by ~index."""
    ids: dict[int, int] = {}
    way = FIRST_ID
    for road in draft.roads:
        ids[id(road)] = way
        _way(writer, way, number[road.nodes], road_tags(draft, road))
        way += 1
    for shape in draft.shapes:
        _way(writer, way, number[shape.nodes], shape.tags)
        way += 1
    for index, nodes in enumerate(draft.borders):
        ids[~index] = way
        _way(writer, way, number[nodes], {"boundary": "administrative"})
        way += 1
    return ids


def _way(writer: osmium.SimpleWriter, way: int, nodes: np.ndarray, tags: Tags) -> None:
    writer.add_way(osmium.osm.mutable.Way(id=way, version=1, nodes=nodes.tolist(), tags=tags))


def _relations(writer: osmium.SimpleWriter, draft: Draft, number: np.ndarray, way_ids: dict[int, int]) -> None:
    relation = FIRST_ID
    for area in draft.areas:
        members = [("w", way_ids[~border], role) for border, role in area.members]
        if area.label >= 0:
            members.append(("n", int(number[area.label]), "label"))
        writer.add_relation(osmium.osm.mutable.Relation(id=relation, version=1, members=members, tags=area.tags))
        relation += 1
    for turn in draft.restrictions:
        members = [
            ("w", way_ids[id(turn.from_road)], "from"),
            ("n", int(number[turn.via]), "via"),
            ("w", way_ids[id(turn.to_road)], "to"),
        ]
        tags = {"type": "restriction", "restriction": turn.kind}
        writer.add_relation(osmium.osm.mutable.Relation(id=relation, version=1, members=members, tags=tags))
        relation += 1


def road_nodes(draft: Draft) -> int:
    """How many distinct nodes carry a road: the size of the city."""
    used = np.zeros(len(draft.x), dtype=bool)
    for road in draft.roads:
        used[road.nodes] = True
    return int(used.sum())
