"""Buildings near the centre, and house numbers along some streets and in estates, where they go by blok."""

import math
import random
from dataclasses import dataclass

from geo112.simulation.city.blocks import Block, Blocks
from geo112.simulation.city.draft import Draft, Kind, Point, Rank, Shape, Tags
from geo112.simulation.city.mesh import Mesh, Side
from geo112.simulation.city.names import estate_name
from geo112.simulation.city.plan import Plan
from geo112.simulation.city.roads import Skeleton

BUILDINGS_PER_ROAD_NODE = 0.4
NUMBERS_PER_ROAD_NODE = 0.2
MOST_BUILDINGS = 40_000  # a centre's worth: the extract of a very large city stays handy
MOST_NUMBERS = 40_000
HOUSES_ON_A_STREET = 30
SETBACK_M = {Rank.PATH: 3.5, Rank.FOOTWAY: 3.0}


@dataclass(frozen=True, slots=True)
class _Front:
    """One side of a block along a street."""

    block: int
    side: int
    street: int
    start: Point
    end: Point


def build_houses(
    plan: Plan, mesh: Mesh, blocks: Blocks, skeleton: Skeleton, taken: set[int], road_nodes: int, draft: Draft
) -> None:
    """Put buildings and house numbers into the draft; blocks in `taken` stay free."""
    rng = random.Random(plan.seed * 67 + 13)
    order = [n for n, b in enumerate(blocks.blocks) if not b.is_strip and n not in taken]
    order.sort(key=lambda n: math.hypot(*mesh.points_of(blocks.blocks[n].sides)[0]) * rng.uniform(0.7, 1.3))
    left = min(MOST_BUILDINGS, int(BUILDINGS_PER_ROAD_NODE * road_nodes))
    for number in order:
        if left <= 0:
            break
        left -= _build_block(mesh, blocks.blocks[number], rng, draft)
    numbers = min(MOST_NUMBERS, int(NUMBERS_PER_ROAD_NODE * road_nodes))
    _number_estates(mesh, blocks, rng, numbers // 2, draft)
    _number_streets(mesh, blocks, skeleton, set(order), rng, numbers - numbers // 2, draft)


def _fronts(mesh: Mesh, block: Block) -> list[tuple[Side, Point, Point, float]]:
    points = mesh.points_of(block.sides)
    fronts = []
    for k, side in enumerate(block.sides):
        if mesh.kind_of(mesh.edges[side.edge]) in (Kind.STREET, Kind.FRONTAGE, Kind.ARTERIAL):
            here, there = points[k], points[(k + 1) % len(points)]
            fronts.append((side, here, there, math.dist(here, there)))
    return fronts


def _build_block(mesh: Mesh, block: Block, rng: random.Random, draft: Draft) -> int:
    """Line a block's streets with buildings; returns how many."""
    outline = mesh.points_of(block.sides)
    built: list[list[Point]] = []
    for side, here, there, length in _fronts(mesh, block):
        setback = 12.0 if mesh.kind_of(mesh.edges[side.edge]) == Kind.ARTERIAL else 5.5
        s = 9.0
        while s < length - 14.0:
            width, depth = rng.uniform(7.0, 15.0), rng.uniform(8.0, 14.0)
            if s + width > length - 5.0:
                break
            if rng.random() < 0.8:
                corners = _rectangle(here, there, length, s, width, setback + rng.uniform(0, 2), depth)
                if all(_contains(outline, c) for c in corners) and not any(_touch(corners, b) for b in built):
                    built.append(corners)
            s += width + rng.uniform(0.5, 4.0)
    for corners in built:
        nodes = [draft.add_node(x, y) for x, y in corners]
        draft.shapes.append(Shape([*nodes, nodes[0]], {"building": "house" if rng.random() < 0.3 else "yes"}))
    return len(built)


def _rectangle(
    here: Point, there: Point, length: float, s: float, width: float, setback: float, depth: float
) -> list[Point]:
    dx, dy = (there[0] - here[0]) / length, (there[1] - here[1]) / length
    nx, ny = -dy, dx  # inwards: the block lies on the left
    return [
        (here[0] + a * dx + o * nx, here[1] + a * dy + o * ny)
        for a, o in ((s, setback), (s + width, setback), (s + width, setback + depth), (s, setback + depth))
    ]


def _contains(outline: list[Point], point: Point) -> bool:
    x, y = point
    inside = False
    ax, ay = outline[-1]
    for bx, by in outline:
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
        ax, ay = bx, by
    return inside


def _touch(one: list[Point], other: list[Point]) -> bool:
    """Whether two convex quadrilaterals overlap, by separating axes."""
    for shape in (one, other):
        for k in range(2):
            nx, ny = shape[k + 1][1] - shape[k][1], shape[k][0] - shape[k + 1][0]
            p = [nx * x + ny * y for x, y in one]
            q = [nx * x + ny * y for x, y in other]
            if max(p) < min(q) or max(q) < min(p):
                return False
    return True


def _number_estates(mesh: Mesh, blocks: Blocks, rng: random.Random, budget: int, draft: Draft) -> None:
    """Number the houses of some estates as blok and number: B9/16 is house 16 of blok B9."""
    wanted = [n for n in range(len(blocks.estates)) if n % 3 == 0]
    per_estate = max(20, budget // max(1, len(wanted)))
    left = {estate: per_estate for estate in wanted}
    letters: dict[int, int] = {}
    for block in blocks.blocks:
        if budget <= 0 or left.get(block.estate, 0) <= 0:
            continue
        count = letters.get(block.estate, 0)
        letters[block.estate] = count + 1
        blok = f"{chr(ord('A') + count // 9 % 26)}{count % 9 + 1}"
        number = 0
        for _, here, there, length in _fronts(mesh, block):
            for s in range(10, int(length) - 8, 12):
                number += 1
                x, y = _rectangle(here, there, length, float(s), 0.0, 9.0, 0.0)[0]
                if not _contains(mesh.points_of(block.sides), (x, y)):
                    continue
                tags = {
                    "addr:block": blok,
                    "addr:housenumber": str(number),
                    "addr:place": f"Perumahan {estate_name(block.estate)}",
                }
                draft.add_node(x, y, tags)
                budget -= 1
                left[block.estate] -= 1


def _number_streets(
    mesh: Mesh, blocks: Blocks, skeleton: Skeleton, free: set[int], rng: random.Random, budget: int, draft: Draft
) -> None:
    """Number houses along some streets, odd on one side and even on the other, with gaps."""
    houses: dict[int, list[tuple[float, bool, Point]]] = {}
    order = sorted(free)
    rng.shuffle(order)
    chosen: set[int] = set()
    wanted_streets = max(3, budget // 9)
    for number in order:
        for side, _, _, length in _fronts(mesh, blocks.blocks[number]):
            line = mesh.edges[side.edge].line
            if line < 0 and length > 40 and len(chosen) < wanted_streets:
                street = draft.streets[skeleton.cut_streets[-1 - line]]
                if street.name and street.estate < 0:
                    chosen.add(skeleton.cut_streets[-1 - line])
    bearing: dict[int, tuple[float, float]] = {}
    for number in sorted(free):
        block = blocks.blocks[number]
        for side, here, there, length in _fronts(mesh, block):
            line = mesh.edges[side.edge].line
            if line >= 0 or skeleton.cut_streets[-1 - line] not in chosen:
                continue
            street_number = skeleton.cut_streets[-1 - line]
            dx, dy = (there[0] - here[0]) / (length or 1.0), (there[1] - here[1]) / (length or 1.0)
            ux, uy = bearing.setdefault(street_number, (dx, dy))
            setback = SETBACK_M.get(draft.streets[street_number].rank, 8.0)
            for s in range(9, int(length) - 6, 13):
                x, y = _rectangle(here, there, length, float(s), 0.0, setback, 0.0)[0]
                houses.setdefault(street_number, []).append((x * ux + y * uy, dx * ux + dy * uy > 0, (x, y)))
    for street_number, row in sorted(houses.items()):
        numbers = {True: -1, False: 0}
        begin = rng.randrange(max(1, len(row) - HOUSES_ON_A_STREET))
        for k, (_, is_odd, (x, y)) in enumerate(sorted(row)):
            numbers[is_odd] += 2
            if not begin <= k < begin + HOUSES_ON_A_STREET:
                continue
            if rng.random() < 0.6 and budget > 0:
                suffix = rng.choice(("", "", "", "", "", "A", "B"))
                tags: Tags = {
                    "addr:housenumber": f"{numbers[is_odd]}{suffix}",
                    "addr:street": draft.streets[street_number].name,
                    "addr:city": "Kota Contoh",
                }
                draft.add_node(x, y, tags)
                budget -= 1
