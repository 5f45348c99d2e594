"""Divides the city into kecamatan, kelurahan and RW that tile it exactly, because they share their border lines.

    faces of the mesh → RW → kelurahan → kecamatan → kota

An RW is a face as it was before it was cut into blocks, with the strip of river or railway before its door.
Kelurahan grow from seeds over neighbouring RW, more readily across a street than across a river or main road.
"""

import heapq
import itertools
import math
import random
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely

from geo112.simulation.city.blocks import Blocks
from geo112.simulation.city.draft import Area, Draft, Kind, Tags
from geo112.simulation.city.mesh import Mesh, Side, signed_area

RW_PER_KELURAHAN = 9
KELURAHAN_PER_KECAMATAN = 6
SMALLEST_RW_BLOCKS = 5.0
BARRIER_COST = 2.5


@dataclass(slots=True)
class Division:
    """Which RW, kelurahan and kecamatan every piece of the city belongs to; all by index."""

    rw_of_face: list[int]  # RW by index into Blocks.rws
    kelurahan_of_rw: list[int]
    kecamatan_of_kelurahan: list[int]
    rw_number: list[int]  # 1, 2, 3 … anew in each kelurahan
    arcs: list[tuple[list[int], int, int]]  # border lines: nodes, RW on the left, RW on the right or -1
    beside: dict[tuple[int, int], int]  # (node, next node) on an RW's border → RW on its left
    rw_middle: list[tuple[float, float]]


@dataclass(slots=True)
class _Graph:
    neighbours: list[dict[int, float]]  # cost to the neighbour
    middle: list[tuple[float, float]]


def divide(mesh: Mesh, blocks: Blocks, seed: int) -> Division:
    """Decide the division; the mesh must have all its nodes by now."""
    rng = random.Random(seed * 53 + 29)
    faces = [b.sides for b in blocks.rws] + [b.sides for b in blocks.blocks if b.is_strip]
    areas = [signed_area(mesh.points_of(f)) for f in faces]
    owner, wall = _borders(mesh, faces)
    merged = _merge_small(mesh, blocks, faces, areas, owner)
    heads = sorted(set(merged))
    rw_index = {head: k for k, head in enumerate(heads)}
    rw_of = [rw_index[head] for head in merged]
    sizes = [0.0] * len(heads)
    middle = [[0.0, 0.0] for _ in heads]
    for face, rw in enumerate(rw_of):
        points = mesh.points_of(faces[face])
        sizes[rw] += areas[face]
        middle[rw][0] += areas[face] * sum(p[0] for p in points) / len(points)
        middle[rw][1] += areas[face] * sum(p[1] for p in points) / len(points)
    middles = [(m[0] / s, m[1] / s) for m, s in zip(middle, sizes, strict=True)]
    graph = _graph(mesh, owner, wall, rw_of, middles, sizes)
    kelurahan = _grow(graph, max(1, round(len(heads) / RW_PER_KELURAHAN)), rng)
    upper = _coarser(graph, kelurahan)
    kecamatan = _grow(upper, max(1, round(len(upper.middle) / KELURAHAN_PER_KECAMATAN)), rng)
    numbers = _numbered(kelurahan, middles)
    arcs = _arcs(mesh, owner, rw_of)
    beside = {pair: rw_of[face] for pair, face in owner.items()}
    return Division(rw_of, kelurahan, kecamatan, numbers, arcs, beside, middles)


def _borders(mesh: Mesh, faces: list[list[Side]]) -> tuple[dict[tuple[int, int], int], set[tuple[int, int]]]:
    """For each step along a border: the face on its left; and the steps along a main road or corridor."""
    owner: dict[tuple[int, int], int] = {}
    wall: set[tuple[int, int]] = set()
    for number, face in enumerate(faces):
        for k, side in enumerate(face):
            nodes = [*mesh.nodes_along(side), face[(k + 1) % len(face)].corner]
            is_wall = mesh.kind_of(mesh.edges[side.edge]) not in (Kind.STREET, Kind.RUNG, Kind.FRONTAGE)
            for pair in itertools.pairwise(nodes):
                owner[pair] = number
                if is_wall:
                    wall.add(pair)
    return owner, wall


def _length(mesh: Mesh, pair: tuple[int, int]) -> float:
    return math.hypot(mesh.x[pair[0]] - mesh.x[pair[1]], mesh.y[pair[0]] - mesh.y[pair[1]])


def _merge_small(
    mesh: Mesh,
    blocks: Blocks,
    faces: list[list[Side]],
    areas: list[float],
    owner: dict[tuple[int, int], int],
) -> list[int]:
    """Join strips and slivers to the neighbour with the longest common border; returns the leading face of each."""
    leader = list(range(len(faces)))

    def lead(face: int) -> int:
        while leader[face] != face:
            leader[face] = leader[leader[face]]
            face = leader[face]
        return face

    shared: list[dict[int, float]] = [defaultdict(float) for _ in faces]
    for pair, face in owner.items():
        other = owner.get((pair[1], pair[0]))
        if other is not None and other != face:
            shared[face][other] += _length(mesh, pair)
    is_small = [b.area_m2 < SMALLEST_RW_BLOCKS * b.ideal_m2 for b in blocks.rws]
    is_small += [True] * (len(faces) - len(is_small))
    order = sorted((f for f in range(len(faces)) if is_small[f]), key=lambda f: (areas[f], f))
    for wants_large in (True, False, False, False):
        for face in order:
            if lead(face) != face or not is_small[face]:
                continue
            choices = [
                (length, -other)
                for other, length in shared[face].items()
                if lead(other) != face and not (wants_large and is_small[lead(other)])
            ]
            if choices:
                leader[face] = lead(-max(choices)[1])
    return [lead(face) for face in range(len(faces))]


def _graph(
    mesh: Mesh,
    owner: dict[tuple[int, int], int],
    wall: set[tuple[int, int]],
    rw_of: list[int],
    middles: list[tuple[float, float]],
    sizes: list[float],
) -> _Graph:
    border: list[dict[int, list[float]]] = [defaultdict(lambda: [0.0, 0.0]) for _ in middles]
    for pair, face in owner.items():
        other = owner.get((pair[1], pair[0]))
        if other is not None and rw_of[other] != rw_of[face]:
            tally = border[rw_of[face]][rw_of[other]]
            tally[pair in wall] += _length(mesh, pair)
    neighbours: list[dict[int, float]] = []
    for rw, others in enumerate(border):
        costs = {}
        for other, (open_m, wall_m) in others.items():
            distance = math.dist(middles[rw], middles[other]) / (math.sqrt(sizes[rw]) + math.sqrt(sizes[other]))
            costs[other] = (0.4 + distance) * (BARRIER_COST if wall_m > open_m else 1.0)
        neighbours.append(costs)
    return _Graph(neighbours, middles)


def _grow(graph: _Graph, count: int, rng: random.Random) -> list[int]:
    """Grow `count` connected regions of about equal size; returns the region of each place."""
    places = len(graph.middle)
    seeds = sorted(rng.sample(range(places), min(count, places)))
    region = [0] * places
    for _ in range(5):
        region = _nearest_seed(graph, seeds)
        members: list[list[int]] = [[] for _ in seeds]
        for place, where in enumerate(region):
            members[where].append(place)
        sizes = sorted(range(len(seeds)), key=lambda r: len(members[r]))
        moved = list(seeds)
        for where, inside in enumerate(members):
            x = sum(graph.middle[p][0] for p in inside) / len(inside)
            y = sum(graph.middle[p][1] for p in inside) / len(inside)
            moved[where] = min(inside, key=lambda p: (math.dist(graph.middle[p], (x, y)), p))
        for small, large in zip(sizes[: len(seeds) // 12], sizes[::-1], strict=False):
            if len(members[large]) > 2 * len(members[small]) + 2:  # a crowded seed moves where there is room
                moved[small] = rng.choice([p for p in members[large] if p != moved[large]])
        seeds = moved
    return _nearest_seed(graph, seeds)


def _nearest_seed(graph: _Graph, seeds: list[int]) -> list[int]:
    best = [math.inf] * len(graph.middle)
    region = [-1] * len(graph.middle)
    heap = [(0.0, seed, number) for number, seed in enumerate(seeds)]
    heapq.heapify(heap)
    while heap:
        cost, place, number = heapq.heappop(heap)
        if region[place] >= 0:
            continue
        region[place] = number
        for other, step in graph.neighbours[place].items():
            if region[other] < 0 and cost + step < best[other]:
                best[other] = cost + step
                heapq.heappush(heap, (cost + step, other, number))
    return region


def _coarser(graph: _Graph, region: list[int]) -> _Graph:
    count = max(region) + 1
    neighbours: list[dict[int, float]] = [{} for _ in range(count)]
    sums = np.zeros((count, 3))
    for place, where in enumerate(region):
        sums[where] += (*graph.middle[place], 1.0)
        for other in graph.neighbours[place]:
            if region[other] != where:
                neighbours[where][region[other]] = 1.0
    middle = [(float(x / n), float(y / n)) for x, y, n in sums]
    return _Graph(neighbours, middle)


def _numbered(kelurahan: list[int], middles: list[tuple[float, float]]) -> list[int]:
    """Number the RW of each kelurahan from north to south."""
    numbers = [0] * len(kelurahan)
    count: dict[int, int] = defaultdict(int)
    for rw in sorted(range(len(kelurahan)), key=lambda r: -middles[r][1]):
        count[kelurahan[rw]] += 1
        numbers[rw] = count[kelurahan[rw]]
    return numbers


def _arcs(mesh: Mesh, owner: dict[tuple[int, int], int], rw_of: list[int]) -> list[tuple[list[int], int, int]]:
    """Join border steps between the same two RW into lines."""
    between: dict[tuple[int, int], tuple[int, int]] = {}
    for (a, b), face in owner.items():
        other = owner.get((b, a))
        left, right = rw_of[face], rw_of[other] if other is not None else -1
        if left != right and (a < b or other is None):
            between[a, b] = (left, right)
    touching: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pair in between:
        touching[pair[0]].append(pair)
        touching[pair[1]].append(pair)

    def is_end(node: int) -> bool:
        there = touching[node]
        return len(there) != 2 or set(between[there[0]]) != set(between[there[1]])

    used: set[tuple[int, int]] = set()
    arcs = []
    begins = [(pair, node) for pair in between for node in pair if is_end(node)]
    for pair, node in begins + [(pair, pair[0]) for pair in between]:
        if pair in used:
            continue
        left, right = between[pair] if pair[0] == node else between[pair][::-1]
        nodes = [node]
        while True:
            used.add(pair)
            node = pair[1] if pair[0] == nodes[-1] else pair[0]
            nodes.append(node)
            following = [p for p in touching[node] if p not in used]
            if is_end(node) or not following:
                break
            pair = following[0]
        arcs.append((nodes, left, right))
    return arcs


def draw_areas(
    division: Division, draft: Draft, kelurahan_names: list[str], kecamatan_names: list[str], city_tags: Tags
) -> None:
    """Put all boundaries into the draft, with a place node in each kelurahan."""
    draft.borders = [nodes for nodes, _, _ in division.arcs]
    kelurahan = [*division.kelurahan_of_rw, -1]  # index -1: outside the city
    kecamatan = [*division.kecamatan_of_kelurahan, -1]
    levels: list[tuple[str, list[int], list[str]]] = [
        ("9", [*range(len(division.rw_number)), -1], [f"RW {n:02d}" for n in division.rw_number]),
        ("7", kelurahan, kelurahan_names),
        ("6", [kecamatan[k] for k in kelurahan], kecamatan_names),
        ("5", [0] * len(division.kelurahan_of_rw) + [-1], ["Kota Contoh"]),
    ]
    for level, region, names in reversed(levels):
        members: list[list[tuple[int, str]]] = [[] for _ in names]
        for arc, (_, left, right) in enumerate(division.arcs):
            if region[left] != region[right]:
                for side in (region[left], region[right]):
                    if side >= 0:
                        members[side].append((arc, "outer"))
        for number, name in enumerate(names):
            tags = {"type": "boundary", "boundary": "administrative", "admin_level": level, "name": name}
            area = Area(tags | (city_tags if level == "5" else {}), members[number])
            if level in ("5", "7"):
                place = {"place": "city", "population": "0"} | city_tags if level == "5" else {"place": "suburb"}
                x, y = (0.0, 0.0) if level == "5" else _inside(draft, [arc for arc, _ in members[number]])
                area.label = draft.add_node(x, y, {"name": name} | place)
            draft.areas.append(area)


def _inside(draft: Draft, arcs: list[int]) -> tuple[float, float]:
    lines = [shapely.LineString([draft.at(n) for n in draft.borders[arc]]) for arc in arcs]
    polygons = shapely.get_parts(shapely.polygonize(lines))
    point = max(polygons, key=lambda p: p.area).representative_point()
    return point.x, point.y
