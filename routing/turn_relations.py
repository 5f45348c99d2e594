"""Turn restrictions as OSM has them: relations of ways and nodes, read from a file.

https://wiki.openstreetmap.org/wiki/Relation:restriction. A relation of which a member is missing (the extract ends
there, or the way is no road) is counted and never guessed at.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import osmium

# Vehicle classes after which `restriction:<class>` and `restriction:<class>:conditional` are named.
CLASSES = ("motor_vehicle", "vehicle", "motorcar", "motorcycle", "hgv", "bus", "psv", "emergency", "bicycle", "foot")
RESTRICTION_KEYS = tuple(
    f"restriction{of_class}{conditional}"
    for of_class in ("", *(f":{each}" for each in CLASSES))
    for conditional in ("", ":conditional")
)
RELATION_TAGS = (*RESTRICTION_KEYS, "except")


@dataclass(frozen=True, slots=True)
class TurnRelation:
    """One restriction, all of whose members are in the file."""

    relation_id: int
    tags: Mapping[str, str]  # of RELATION_TAGS
    from_ways: tuple[int, ...]  # OSM way ids
    via_node: int | None  # OSM node id; None where the way is via ways
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]


class TurnRelations(NamedTuple):
    """What a file says about turns."""

    complete: tuple[TurnRelation, ...]
    incomplete: int


def read_turn_relations(path: Path, ways: Collection[int], nodes: Collection[int]) -> TurnRelations:
    """Read all relations of type=restriction.

    Args:
        ways: OSM ids of the file's roads.
        nodes: OSM ids of the nodes of those roads that are in the file.
    """
    complete: list[TurnRelation] = []
    incomplete = 0
    reader = osmium.FileProcessor(str(path), osmium.osm.RELATION)
    for relation in reader.with_filter(osmium.filter.TagFilter(("type", "restriction"))):
        tags = {tag.k: tag.v for tag in relation.tags if tag.k in RELATION_TAGS}
        members = [(member.role, member.type, member.ref) for member in relation.members]
        found = _of_members(relation.id, tags, members, ways, nodes)
        if found is None:
            incomplete += 1
        else:
            complete.append(found)
    return TurnRelations(tuple(sorted(complete, key=lambda each: each.relation_id)), incomplete)


def _of_members(
    relation_id: int,
    tags: Mapping[str, str],
    members: Iterable[tuple[str, str, int]],
    ways: Collection[int],
    nodes: Collection[int],
) -> TurnRelation | None:
    by_role: dict[tuple[str, str], list[int]] = {}
    for role, kind, ref in members:
        if role in {"from", "via", "to"} and ref not in (nodes if kind == "n" else ways):
            return None
        by_role.setdefault((role, kind), []).append(ref)
    from_ways, to_ways = by_role.get(("from", "w"), []), by_role.get(("to", "w"), [])
    via_nodes, via_ways = by_role.get(("via", "n"), []), by_role.get(("via", "w"), [])
    has_one_via = len(via_nodes) == 1 if not via_ways else not via_nodes
    if not from_ways or not to_ways or not has_one_via or not any(key in tags for key in RESTRICTION_KEYS):
        return None
    return TurnRelation(
        relation_id, tags, tuple(from_ways), via_nodes[0] if via_nodes else None, tuple(via_ways), tuple(to_ways)
    )
