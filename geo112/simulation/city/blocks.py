"""Cuts the faces of the plan into neighbourhoods (RW) and those into blocks, street by street, the largest first.

A cut runs across the longer axis of its face and ends on two of its sides: T-junctions, as a city has that grew.
An end that comes close to a node already on that side takes it, and so becomes a crossing.
Planned estates (perumahan) are cut in parallel rows instead.

How large a block should be follows from the place: small in the middle, larger outwards, very large in the fields.
Since the face that is largest for its place is always cut next, any number of nodes gives an even city.
"""

import heapq
import itertools
import math
import random
from dataclasses import dataclass, field

import numpy as np
import shapely

from geo112.simulation.city.draft import Point, Rank
from geo112.simulation.city.mesh import Edge, Mesh, Side, signed_area
from geo112.simulation.city.plan import Plan

RW_BLOCKS = 30.0  # blocks in a neighbourhood
TERTIARY_FROM = 70.0  # a cut through a face of so many blocks is a tertiary road
GANG_BELOW = 3.6
SNAP_M = 15.0
NODES_PER_BLOCK = 2.75  # measured over many seeds
Hit = tuple[int, float, float, float]  # (side, share along the side, x, y)


@dataclass(slots=True)
class Cut:
    """One street laid through a face: edges end to end."""

    edges: list[int]
    rank: Rank
    rw: int
    estate: int


@dataclass(slots=True)
class Block:
    """A face, on its way to be cut or as a finished block."""

    sides: list[Side]
    area_m2: float
    ideal_m2: float
    rw: int = -1
    estate: int = -1
    gangs_only: bool = False
    is_strip: bool = False  # part of a corridor, or the alun-alun: nothing is built in it
    axis: float = math.nan  # bearing of an estate's rows

    @property
    def ratio(self) -> float:
        """How many blocks of ideal size it would make."""
        return self.area_m2 / self.ideal_m2


@dataclass(slots=True)
class Blocks:
    """The result: finished blocks, the streets between them, and each RW's face as it was before it was cut."""

    blocks: list[Block]
    cuts: list[Cut]
    rws: list[Block]
    estates: list[int] = field(default_factory=list)  # RW of each perumahan


def cut_blocks(plan: Plan, mesh: Mesh, target_nodes: int) -> Blocks:
    """Cut the land of `mesh` until about `target_nodes` nodes lie in it; mesh edges and nodes grow."""
    grain = _Grain(plan, target_nodes)
    rng = random.Random(plan.seed * 7919 + 5)
    corridors = shapely.union_all([c.strip for c in plan.corridors]) if plan.corridors else shapely.Polygon()
    shapely.prepare(corridors)
    ready: list[Block] = []
    waiting: list[Block] = []
    for sides in mesh.faces:
        points = mesh.points_of(sides)
        inner = shapely.Polygon(points).representative_point()
        block = Block(sides, signed_area(points), grain.at(inner.x, inner.y))
        block.is_strip = bool(corridors.contains(inner)) or plan.alun_alun.contains(inner)
        (ready if block.is_strip else waiting).append(block)
    cutter = _Cutter(mesh, grain, rng, [])
    rws = cutter.cut_down(waiting, RW_BLOCKS, target_nodes)
    estates: list[int] = []
    for number, block in enumerate(rws):
        block.rw = number
        if grain.is_estate_land(*_middle(mesh.points_of(block.sides))) and block.ratio > 6 and rng.random() < 0.75:
            block.estate = len(estates)
            estates.append(number)
            block.ideal_m2 = min(block.ideal_m2, grain.estate_m2)
            block.axis = _axis(mesh.points_of(block.sides))[0]
    before = [Block(list(b.sides), b.area_m2, b.ideal_m2, b.rw, b.estate) for b in rws]
    ready += cutter.cut_down(rws, 0.0, target_nodes)
    return Blocks(ready, cutter.cuts, before, estates)


class _Grain:
    """How large a block should be at a place, in square metres; and what kind of land it is."""

    def __init__(self, plan: Plan, target_nodes: int) -> None:
        rng = np.random.default_rng([plan.seed, 2])
        self._radius = plan.radius_m
        self._k = (
            2
            * np.pi
            / rng.uniform(700, 2600, (8, 1))
            * np.column_stack([np.cos(a := rng.uniform(0, 2 * np.pi, 8)), np.sin(a)])
        )
        self._phase = rng.uniform(0, 2 * np.pi, 8)
        self._unit = 1.0
        side = np.linspace(-1.3 * plan.radius_m, 1.3 * plan.radius_m, 120)
        spots = [(x, y) for x in side for y in side if math.hypot(x, y) < 1.2 * plan.radius_m]
        inside = shapely.contains_xy(plan.outline, np.array(spots))
        cell = float(side[1] - side[0]) ** 2
        blocks = sum(cell / self.at(x, y) for (x, y), here in zip(spots, inside, strict=True) if here)
        self._unit = blocks * NODES_PER_BLOCK / target_nodes

    def _wave(self, x: float, y: float, first: int) -> float:
        k, p = self._k, self._phase
        return sum(math.sin(k[i, 0] * x + k[i, 1] * y + p[i]) for i in range(first, first + 4)) / 2.0

    def at(self, x: float, y: float) -> float:
        """Ideal area of a block, m²."""
        out = min(1.3, math.hypot(x, y) / self._radius)
        noise = self._wave(x, y, 0)
        fields = 5.0 if out > 0.6 and noise > 1.55 - 1.5 * out else 1.0
        return self._unit * math.exp(1.9 * out**1.3 + 0.25 * noise) * fields

    @property
    def estate_m2(self) -> float:
        """Ideal area of a block in a planned estate, m²."""
        return 2.4 * self._unit

    def is_estate_land(self, x: float, y: float) -> bool:
        """Whether a developer may have built here: not in the middle, in patches elsewhere."""
        return math.hypot(x, y) > 0.22 * self._radius and self._wave(x, y, 4) > 0.25

    def is_kampung(self, x: float, y: float) -> bool:
        """Whether the last streets are gang: dense old quarters, more of them in the middle."""
        out = math.hypot(x, y) / self._radius
        return out < 0.75 and self._wave(x, y, 3) > 1.6 * out - 0.75


class _Cutter:
    def __init__(self, mesh: Mesh, grain: _Grain, rng: random.Random, cuts: list[Cut]) -> None:
        self.mesh, self.grain, self.rng, self.cuts = mesh, grain, rng, cuts

    def cut_down(self, blocks: list[Block], ratio: float, target_nodes: int) -> list[Block]:
        """Cut the largest for its place until all are below `ratio` or the nodes are spent; returns what is left."""
        order = 0
        heap: list[tuple[float, int, Block]] = []
        for block in blocks:
            heap.append((-block.ratio, order, block))
            order += 1
        heapq.heapify(heap)
        finished = []
        while heap and len(self.mesh.x) < target_nodes and heap[0][2].ratio > ratio:
            _, _, block = heapq.heappop(heap)
            halves = self._cut(block)
            if halves is None:
                finished.append(block)
                continue
            for half in halves:
                heapq.heappush(heap, (-half.ratio, order, half))
                order += 1
        return finished + [block for _, _, block in sorted(heap, key=lambda one: one[1])]

    def _cut(self, block: Block) -> tuple[Block, Block] | None:
        points = self.mesh.points_of(block.sides)
        for attempt in range(5):
            hits = _across(points, *self._line(block, points, attempt))
            if hits is None:
                continue
            made = self._lay(block, points, hits)
            if made is not None:
                return made
        return None

    def _line(self, block: Block, points: list[Point], attempt: int) -> tuple[Point, float]:
        """Choose through which point and in which bearing to cut."""
        cx, cy = _centroid(points)
        bearing, longer, shorter = _axis(points)
        loose = 1.0 + attempt
        if block.estate >= 0 and attempt < 2:
            along, across = _spans(points, block.axis)
            cut_rows = across * 3.0 > along  # rows about three times as long as wide
            bearing = block.axis + (math.pi / 2 if cut_rows else 0.0)
            loose *= 0.12
        elif longer < 1.25 * shorter and self.rng.random() < 0.5:
            bearing += math.pi / 2
        shift = self.rng.uniform(-0.11, 0.11) * loose * longer
        return (
            (cx + shift * math.cos(bearing), cy + shift * math.sin(bearing)),
            bearing + math.pi / 2 + self.rng.gauss(0, 0.11) * loose,
        )

    def _lay(self, block: Block, points: list[Point], hits: tuple[Hit, Hit]) -> tuple[Block, Block] | None:
        mesh = self.mesh
        one, other = (self._settle(block.sides, hit) for hit in hits)
        i, t_i, node_i, (ax, ay) = one
        j, t_j, node_j, (bx, by) = other
        length = math.hypot(bx - ax, by - ay)
        if i == j or length < 18.0:
            return None
        bends = self._bends(block, (ax, ay), (bx, by), length)
        path = [(ax, ay), *bends, (bx, by)]
        if not _is_clear(path, points, i, j):
            path, bends = [(ax, ay), (bx, by)], []
            if not _is_clear(path, points, i, j):
                return None
        first = [*points[i + 1 : j + 1]] if j > i else [*points[i + 1 :], *points[: j + 1]]
        left_area = signed_area([*first, *path[::-1]])
        if not 0.22 * block.area_m2 < left_area < 0.78 * block.area_m2:
            return None
        node_i = mesh.put_on(block.sides[i].edge, t_i) if node_i < 0 else node_i
        node_j = mesh.put_on(block.sides[j].edge, t_j) if node_j < 0 else node_j
        if node_i == node_j:
            return None
        rank = self._rank(block, *_middle(points))
        chain = [node_i, *(mesh.add_node(x, y) for x, y in bends), node_j]
        number = -1 - len(self.cuts)
        edges = []
        for a, b in itertools.pairwise(chain):
            edges.append(len(mesh.edges))
            mesh.edges.append(Edge(a, b, number))
        self.cuts.append(Cut(edges, rank, block.rw, block.estate))
        return self._halves(block, one[:2], other[:2], chain, edges, left_area, rank)

    def _settle(self, sides: list[Side], hit: Hit) -> tuple[int, float, int, Point]:
        """Find the node to end on, if one is near, and the share of the edge where it lies."""
        number, share, _, _ = hit
        mesh, side = self.mesh, sides[number]
        edge = mesh.edges[side.edge]
        t = side.t0 + share * (side.t1 - side.t0)
        length = math.hypot(mesh.x[edge.end] - mesh.x[edge.start], mesh.y[edge.end] - mesh.y[edge.start])
        low, high = min(side.t0, side.t1), max(side.t0, side.t1)
        best = (SNAP_M / max(length, 1e-6), t, -1)
        for t_node, node in [(0.0, edge.start), *edge.stops, (1.0, edge.end)]:
            if low < t_node < high and abs(t_node - t) < best[0]:
                best = (abs(t_node - t), t_node, node)
        if best[2] < 0:  # a corner would need another side: step back from it instead of ending beside it
            room = min(0.5 * (high - low), 0.6 * SNAP_M / max(length, 1e-6))
            t = min(max(t, low + room), high - room)
            if not low < t < high:
                t = (low + high) / 2
        else:
            t = best[1]
        at = (
            mesh.x[edge.start] + t * (mesh.x[edge.end] - mesh.x[edge.start]),
            mesh.y[edge.start] + t * (mesh.y[edge.end] - mesh.y[edge.start]),
        )
        return number, t, best[2], (mesh.x[best[2]], mesh.y[best[2]]) if best[2] >= 0 else at

    def _bends(self, block: Block, start: Point, end: Point, length: float) -> list[Point]:
        if block.estate >= 0 or length < 70.0:
            return []
        pieces = min(14, max(2, int(length / 85.0))) if length > 160.0 else (2 if self.rng.random() < 0.3 else 1)
        (ax, ay), (bx, by) = start, end
        nx, ny = -(by - ay) / length, (bx - ax) / length
        bow = self.rng.gauss(0, 0.045) * length
        sway, phase = self.rng.gauss(0, 0.022) * length, self.rng.uniform(0, 6.28)
        bends = []
        for k in range(1, pieces):
            s = k / pieces
            off = bow * math.sin(math.pi * s) + sway * math.sin(math.pi * s) * math.sin(6.28 * s + phase)
            bends.append((ax + s * (bx - ax) + off * nx, ay + s * (by - ay) + off * ny))
        return bends

    def _rank(self, block: Block, x: float, y: float) -> Rank:
        if block.gangs_only or (block.estate < 0 and block.ratio < GANG_BELOW and self.grain.is_kampung(x, y)):
            return Rank.PATH if self.rng.random() < 0.75 else Rank.FOOTWAY
        if block.ratio > TERTIARY_FROM:
            return Rank.TERTIARY
        if block.estate >= 0 and block.ratio < 3:
            return Rank.LIVING_STREET
        return Rank.RESIDENTIAL if block.ratio < 2 * RW_BLOCKS or self.rng.random() < 0.8 else Rank.UNCLASSIFIED

    def _halves(
        self,
        block: Block,
        one: tuple[int, float],
        other: tuple[int, float],
        chain: list[int],
        edges: list[int],
        left_area: float,
        rank: Rank,
    ) -> tuple[Block, Block]:
        sides, (i, t_i), (j, t_j) = block.sides, one, other
        ahead = [Side(a, e, 0.0, 1.0) for a, e in zip(chain, edges, strict=False)]
        back = [Side(b, e, 1.0, 0.0) for b, e in zip(chain[:0:-1], edges[::-1], strict=True)]
        from_i = Side(chain[0], sides[i].edge, t_i, sides[i].t1)
        to_i = Side(sides[i].corner, sides[i].edge, sides[i].t0, t_i)
        from_j = Side(chain[-1], sides[j].edge, t_j, sides[j].t1)
        to_j = Side(sides[j].corner, sides[j].edge, sides[j].t0, t_j)
        if j > i:
            left = [from_i, *sides[i + 1 : j], to_j, *back]
            right = [from_j, *sides[j + 1 :], *sides[:i], to_i, *ahead]
        else:
            left = [from_i, *sides[i + 1 :], *sides[:j], to_j, *back]
            right = [from_j, *sides[j + 1 : i], to_i, *ahead]
        halves = []
        for part, area in ((left, left_area), (right, block.area_m2 - left_area)):
            ideal = self.grain.at(*_middle(self.mesh.points_of(part)))
            if block.estate >= 0:
                ideal = block.ideal_m2
            is_gang = rank in (Rank.PATH, Rank.FOOTWAY)
            halves.append(Block(part, area, ideal, block.rw, block.estate, is_gang, False, block.axis))
        return halves[0], halves[1]


def _middle(points: list[Point]) -> Point:
    return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)


def _centroid(points: list[Point]) -> Point:
    """The centre of gravity of a face; `_middle` leans towards the curves, which have more points."""
    ox, oy = points[0]
    area = x = y = 0.0
    ax, ay = points[-1][0] - ox, points[-1][1] - oy
    for px, py in points:
        bx, by = px - ox, py - oy
        cross = ax * by - bx * ay
        area += cross
        x += cross * (ax + bx)
        y += cross * (ay + by)
        ax, ay = bx, by
    return ox + x / (3 * area), oy + y / (3 * area)


def _axis(points: list[Point]) -> tuple[float, float, float]:
    """Bearing of the longer axis of a face, and its extent along and across it, metres."""
    cx, cy = _middle(points)
    xx = yy = xy = 0.0
    ax, ay = points[-1][0] - cx, points[-1][1] - cy
    for px, py in points:
        bx, by = px - cx, py - cy
        weight = math.hypot(bx - ax, by - ay)
        mx, my = (ax + bx) / 2, (ay + by) / 2
        xx += weight * (mx * mx + (bx - ax) ** 2 / 12)
        yy += weight * (my * my + (by - ay) ** 2 / 12)
        xy += weight * (mx * my + (bx - ax) * (by - ay) / 12)
        ax, ay = bx, by
    bearing = 0.5 * math.atan2(2 * xy, xx - yy)
    return bearing, *_spans(points, bearing)


def _spans(points: list[Point], bearing: float) -> tuple[float, float]:
    c, s = math.cos(bearing), math.sin(bearing)
    along = [x * c + y * s for x, y in points]
    across = [y * c - x * s for x, y in points]
    return max(along) - min(along), max(across) - min(across)


def _across(points: list[Point], through: Point, bearing: float) -> tuple[Hit, Hit] | None:
    """Where a line through a point first meets the outline on either side of it."""
    px, py = through
    dx, dy = math.cos(bearing), math.sin(bearing)
    hits: list[tuple[float, Hit]] = []
    count = len(points)
    for i in range(count):
        ax, ay = points[i]
        bx, by = points[(i + 1) % count]
        one = (ax - px) * dy - (ay - py) * dx
        other = (bx - px) * dy - (by - py) * dx
        if (one > 0) != (other > 0):
            share = one / (one - other)
            x, y = ax + share * (bx - ax), ay + share * (by - ay)
            hits.append(((x - px) * dx + (y - py) * dy, (i, share, x, y)))
    behind = [hit for hit in hits if hit[0] <= 0]
    ahead = [hit for hit in hits if hit[0] > 0]
    if len(behind) % 2 == 0 or len(ahead) % 2 == 0:
        return None  # the point lies outside a hollow face
    return max(behind)[1], min(ahead)[1]


def _is_clear(path: list[Point], points: list[Point], i: int, j: int) -> bool:
    """Whether the path from side `i` to side `j` meets no other side, and its inner points not these either."""
    count = len(points)
    last = len(path) - 2
    for piece in range(last + 1):
        ax, ay = path[piece]
        bx, by = path[piece + 1]
        for k in range(count):
            if (k == i and piece == 0) or (k == j and piece == last):
                continue
            cx, cy = points[k]
            dx, dy = points[(k + 1) % count]
            one = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
            other = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
            if (one > 0) == (other > 0):
                continue
            one = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
            other = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
            if (one > 0) != (other > 0):
                return False
    return True
