"""What whole blocks are used for: parks, ponds, cemeteries, fields, estates, markets; and the alun-alun."""

import math
import random

import shapely

from geo112.simulation.city.areas import Division
from geo112.simulation.city.blocks import Block, Blocks
from geo112.simulation.city.draft import Draft, Shape, Tags
from geo112.simulation.city.mesh import Mesh, signed_area
from geo112.simulation.city.names import estate_name
from geo112.simulation.city.plan import Plan

VERGE_M = 6.0
FIELD_FROM_M2 = 24_000.0


def lay_grounds(
    plan: Plan,
    mesh: Mesh,
    blocks: Blocks,
    division: Division,
    kelurahan: list[str],
    lived_in: set[int],
    draft: Draft,
) -> set[int]:
    """Give blocks a use; returns the indices (into blocks.blocks) of those on which nothing else may stand.

    Blocks in `lived_in` have a gang inside and stay as they are.
    """
    rng = random.Random(plan.seed * 41 + 7)
    taken: set[int] = set()
    parks: set[int] = set()
    for number, block in enumerate(blocks.blocks):
        points = mesh.points_of(block.sides)
        x, y = points[0]
        if block.is_strip:
            if plan.alun_alun.contains(shapely.Polygon(points).representative_point()):
                _shape(draft, points, {"leisure": "park", "name": "Alun-Alun Kota Contoh"})
            continue
        if block.estate >= 0 or number in lived_in:
            continue
        out = math.hypot(x, y) / plan.radius_m
        where = division.kelurahan_of_rw[division.rw_of_face[block.rw]]
        tags: Tags | None = None
        if block.area_m2 > FIELD_FROM_M2 and out > 0.45:
            tags = {"landuse": "farmland" if rng.random() < 0.85 else "industrial"}
            if rng.random() < 0.06:
                tags = {"natural": "water", "water": "pond", "name": f"Situ {kelurahan[where]}"}
        elif where not in parks and block.area_m2 > 1500 and rng.random() < 0.05:
            parks.add(where)
            tags = {"leisure": "park", "name": f"Taman {kelurahan[where]}"}
        elif block.area_m2 > 2500 and rng.random() < 0.008:
            tags = {"landuse": "cemetery", "name": f"TPU {kelurahan[where]}"}
        elif out < 0.12 and rng.random() < 0.25:
            _shape(draft, points, {"landuse": "commercial"})
        if tags and _shape(draft, points, tags):
            taken.add(number)
    for number, rw in enumerate(blocks.estates):
        points = _outline(mesh, blocks.rws[rw])
        name = f"Perumahan {estate_name(number)}"
        if _shape(draft, points, {"landuse": "residential", "residential": "gated", "name": name}):
            middle = shapely.Polygon(points).representative_point()
            draft.add_node(middle.x, middle.y, {"place": "neighbourhood", "name": name})
    return taken


def _outline(mesh: Mesh, block: Block) -> list[tuple[float, float]]:
    return mesh.points_of(block.sides)


def _shape(draft: Draft, points: list[tuple[float, float]], tags: Tags) -> bool:
    """Draw a polygon a little inside the streets around it; False when nothing is left of it."""
    inner = shapely.Polygon(points).buffer(-VERGE_M, join_style="mitre", quad_segs=1).simplify(1.0)
    parts = [p for p in shapely.get_parts(inner) if isinstance(p, shapely.Polygon) and p.area > 200.0]
    if not parts:
        return False
    ring = [(float(x), float(y)) for x, y in max(parts, key=lambda p: p.area).exterior.coords[:-1]]
    if signed_area(ring) < 0:
        ring.reverse()
    nodes = [draft.add_node(px, py) for px, py in ring]
    draft.shapes.append(Shape([*nodes, nodes[0]], tags))
    return True
