"""Small hand-made OSM files."""

from collections.abc import Sequence
from pathlib import Path

Tags = dict[str, str]
Node = tuple[int, float, float, Tags]  # id, lon, lat
Way = tuple[int, Sequence[int], Tags]
Relation = tuple[int, Sequence[tuple[int, str]], Tags]  # ways with their roles


def write(file: Path, nodes: Sequence[Node], ways: Sequence[Way], relations: Sequence[Relation] = ()) -> Path:
    """Write OSM XML and return its path."""
    lines = ['<osm version="0.6" generator="tests">']
    for number, lon, lat, tags in sorted(nodes):
        lines.append(f'<node id="{number}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{_tags(tags)}</node>')
    for number, members, tags in sorted(ways, key=lambda way: way[0]):
        refs = "".join(f'<nd ref="{ref}"/>' for ref in members)
        lines.append(f'<way id="{number}" version="1">{refs}{_tags(tags)}</way>')
    for number, roles, tags in sorted(relations, key=lambda relation: relation[0]):
        refs = "".join(f'<member type="way" ref="{way}" role="{role}"/>' for way, role in roles)
        lines.append(f'<relation id="{number}" version="1">{refs}{_tags(tags)}</relation>')
    file.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return file


def _tags(tags: Tags) -> str:
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
