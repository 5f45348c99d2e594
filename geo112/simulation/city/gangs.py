"""Lays gang that end inside a block, as in a kampung that filled its own yards, until the city has its size."""

import math
import random
from dataclasses import dataclass

from geo112.simulation.city.blocks import Blocks
from geo112.simulation.city.draft import Draft, Kind, Point, Rank, Road, Street
from geo112.simulation.city.mesh import Mesh, Side
from geo112.simulation.city.plan import Plan

SHORTEST_SIDE_M = 34.0


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """A gang from a node on a street into a block."""

    start: int
    points: list[Point]
    rank: Rank
    rw: int
    block: int


def find_dead_ends(plan: Plan, mesh: Mesh, blocks: Blocks, nodes: int) -> list[DeadEnd]:
    """Choose dead ends that add about `nodes` nodes; their first nodes are put on the mesh's edges."""
    rng = random.Random(plan.seed * 101 + 11)
    homes = [n for n, b in enumerate(blocks.blocks) if not b.is_strip and b.estate < 0]
    homes.sort(key=lambda n: -blocks.blocks[n].ratio * rng.uniform(0.3, 1.0))
    found: list[DeadEnd] = []
    added = 0
    for number in homes:
        block = blocks.blocks[number]
        if added >= nodes:
            break
        dead_end = _into(mesh, block.sides, mesh.points_of(block.sides), rng, block.rw, number)
        if dead_end:
            found.append(dead_end)
            added += 1 + len(dead_end.points)
    return found


def _into(
    mesh: Mesh, sides: list[Side], points: list[Point], rng: random.Random, rw: int, block: int
) -> DeadEnd | None:
    open_to = [
        k
        for k, side in enumerate(sides)
        if mesh.kind_of(mesh.edges[side.edge]) in (Kind.STREET, Kind.FRONTAGE)
        and math.dist(points[k], points[(k + 1) % len(points)]) > SHORTEST_SIDE_M
    ]
    if not open_to:
        return None
    k = rng.choice(open_to)
    side = sides[k]
    share = rng.uniform(0.35, 0.65)
    t = side.t0 + share * (side.t1 - side.t0)
    edge = mesh.edges[side.edge]
    length = math.dist((mesh.x[edge.start], mesh.y[edge.start]), (mesh.x[edge.end], mesh.y[edge.end]))
    near = [node for t_node, node in edge.stops if abs(t_node - t) * length < 9.0]
    if near:
        return None
    (ax, ay), (bx, by) = points[k], points[(k + 1) % len(points)]
    sx, sy = ax + share * (bx - ax), ay + share * (by - ay)
    cx = sum(p[0] for p in points) / len(points)
    cy = sum(p[1] for p in points) / len(points)
    if math.dist((sx, sy), (cx, cy)) < 16.0:
        return None
    reach = rng.uniform(0.75, 1.05)
    ends = [(sx + reach * (cx - sx), sy + reach * (cy - sy))]
    if rng.random() < 0.4:
        hook = rng.choice((-0.45, 0.45)) * math.dist((sx, sy), (cx, cy))
        away = math.hypot(bx - ax, by - ay)
        ends.append((ends[0][0] + hook * (bx - ax) / away, ends[0][1] + hook * (by - ay) / away))
    start = mesh.put_on(side.edge, t)
    rank = Rank.PATH if rng.random() < 0.7 else Rank.FOOTWAY
    return DeadEnd(start, ends, rank, rw, block)


def lay_dead_ends(dead_ends: list[DeadEnd], draft: Draft) -> None:
    """Put the dead ends into the draft as roads."""
    for one in dead_ends:
        draft.streets.append(Street(Kind.STREET, one.rank, one.rw))
        nodes = [one.start, *(draft.add_node(x, y) for x, y in one.points)]
        draft.roads.append(Road(one.rank, nodes, len(draft.streets) - 1))
