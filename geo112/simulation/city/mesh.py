"""The plan as a planar graph: nodes, edges and the faces between them, from which blocks are cut.

An edge keeps the nodes that streets put on it later, sorted along it. A face lists its corners anticlockwise
and for each side the edge it runs along; a neighbour's new node therefore needs no change in it.
"""

import math
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import LineString

from geo112.simulation.city.draft import Kind, Point
from geo112.simulation.city.plan import Floats, Plan, PlanLine

GRID_M = 0.01


@dataclass(slots=True)
class Edge:
    """A straight piece of street, border or centre line between two nodes."""

    start: int
    end: int
    line: int  # index into Mesh.lines, or -1 - cut for a street cut later
    stops: list[tuple[float, int]] = field(default_factory=list)  # (share of the length, node), sorted


@dataclass(slots=True)
class Side:
    """One side of a face: from its corner to the next along `edge`, from share `t0` to share `t1` of it."""

    corner: int
    edge: int
    t0: float
    t1: float


@dataclass(slots=True)
class Mesh:
    """The planar graph."""

    x: list[float]
    y: list[float]
    edges: list[Edge]
    lines: list[PlanLine]
    faces: list[list[Side]]

    def add_node(self, x: float, y: float) -> int:
        """Place a node; metres."""
        self.x.append(x)
        self.y.append(y)
        return len(self.x) - 1

    def kind_of(self, edge: Edge) -> Kind:
        """What the edge is part of."""
        return self.lines[edge.line].kind if edge.line >= 0 else Kind.STREET

    def points_of(self, face: list[Side]) -> list[Point]:
        """The corners of a face, metres, anticlockwise."""
        return [(self.x[side.corner], self.y[side.corner]) for side in face]

    def nodes_along(self, side: Side) -> list[int]:
        """All nodes of a side from its corner on, without the next corner."""
        stops = self.edges[side.edge].stops
        low, high = min(side.t0, side.t1), max(side.t0, side.t1)
        between = stops[bisect_right(stops, (low, 1 << 60)) : bisect_left(stops, (high, -1))]
        inner = [node for _, node in between]
        return [side.corner, *(inner if side.t0 < side.t1 else inner[::-1])]

    def nodes_of_edge(self, edge: Edge) -> list[int]:
        """All nodes of an edge from its start to its end."""
        return [edge.start, *(node for _, node in edge.stops), edge.end]

    def put_on(self, edge: int, t: float) -> int:
        """Put a new node on an edge at share `t` of its length."""
        e = self.edges[edge]
        x = self.x[e.start] + t * (self.x[e.end] - self.x[e.start])
        y = self.y[e.start] + t * (self.y[e.end] - self.y[e.start])
        node = self.add_node(x, y)
        insort(e.stops, (t, node))
        return node


def signed_area(points: list[Point]) -> float:
    """Area in square metres, positive when the points run anticlockwise."""
    total = 0.0
    x0, y0 = points[-1]
    for x1, y1 in points:
        total += x0 * y1 - x1 * y0
        x0, y0 = x1, y1
    return total / 2


def mesh_of(plan: Plan) -> Mesh:
    """Node the plan's lines where they meet, prune loose ends, and find the faces."""
    curves = [line.curve for line in plan.lines]
    noded = shapely.get_parts(shapely.union_all(curves, grid_size=GRID_M))
    segments = _segments(noded)
    sources = _sources(segments, curves)
    nodes: dict[Point, int] = {}
    x: list[float] = []
    y: list[float] = []
    pairs: list[tuple[int, int, int]] = []
    for (ax, ay, bx, by), line in zip(segments.tolist(), sources.tolist(), strict=True):
        ends = []
        for point in ((ax, ay), (bx, by)):
            if point not in nodes:
                nodes[point] = len(x)
                x.append(point[0])
                y.append(point[1])
            ends.append(nodes[point])
        pairs.append((ends[0], ends[1], line))
    pairs = _largest_part(_pruned(pairs, len(x)), len(x))
    mesh = Mesh(x, y, [Edge(a, b, line) for a, b, line in pairs], plan.lines, [])
    mesh.faces = _faces(mesh)
    return mesh


def _segments(noded: np.ndarray) -> Floats:
    coords, owner = shapely.get_coordinates(noded, return_index=True)
    same = owner[1:] == owner[:-1]
    segments = np.column_stack([coords[:-1], coords[1:]])[same]
    ordered: Floats = segments[np.lexsort(segments.T)]
    return ordered


def _sources(segments: Floats, curves: list[LineString]) -> np.ndarray:
    """Find which curve each segment lies on: the nearest to its middle, the first of equals."""
    middles = np.asarray(shapely.points((segments[:, :2] + segments[:, 2:]) / 2))
    tree = shapely.STRtree(curves)
    asked, found = tree.query(middles, predicate="dwithin", distance=0.1)
    distance = shapely.distance(middles[asked], np.array(curves, dtype=object)[found])
    order = np.lexsort((found, np.round(distance, 2), asked))
    asked, found = asked[order], found[order]
    first = np.concatenate([[True], asked[1:] != asked[:-1]])
    sources = np.full(len(segments), -1)
    sources[asked[first]] = found[first]
    if (sources < 0).any():
        raise AssertionError("a noded segment lies on no curve of the plan")
    return sources


def _pruned(pairs: list[tuple[int, int, int]], nodes: int) -> list[tuple[int, int, int]]:
    while True:
        degree = [0] * nodes
        for a, b, _ in pairs:
            degree[a] += 1
            degree[b] += 1
        kept = [pair for pair in pairs if degree[pair[0]] > 1 and degree[pair[1]] > 1]
        if len(kept) == len(pairs):
            return kept
        pairs = kept


def _largest_part(pairs: list[tuple[int, int, int]], nodes: int) -> list[tuple[int, int, int]]:
    parent = list(range(nodes))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b, _ in pairs:
        parent[root(a)] = root(b)
    sizes: dict[int, int] = {}
    for a, _, _ in pairs:
        sizes[root(a)] = sizes.get(root(a), 0) + 1
    largest = max(sizes, key=lambda part: sizes[part])
    return [pair for pair in pairs if root(pair[0]) == largest]


def _faces(mesh: Mesh) -> list[list[Side]]:
    """Trace every face with its interior on the left; the outside of the city is dropped."""
    leaving: dict[int, list[tuple[float, int, int]]] = {}  # node → (bearing, edge, other end)
    for number, edge in enumerate(mesh.edges):
        for here, there in ((edge.start, edge.end), (edge.end, edge.start)):
            bearing = math.atan2(mesh.y[there] - mesh.y[here], mesh.x[there] - mesh.x[here])
            leaving.setdefault(here, []).append((bearing, number, there))
    following: dict[tuple[int, int], tuple[int, int]] = {}  # (edge, from node) → the next half-edge of its face
    for here, spokes in leaving.items():
        spokes.sort()
        for k, (_, number, there) in enumerate(spokes):
            following[number, there] = (spokes[k - 1][1], here)
    faces = []
    seen: set[tuple[int, int]] = set()
    for first in following:
        if first in seen:
            continue
        face = []
        half = first
        while half not in seen:
            seen.add(half)
            number, corner = half
            forward = mesh.edges[number].start == corner
            face.append(Side(corner, number, 0.0 if forward else 1.0, 1.0 if forward else 0.0))
            half = following[half]
        if signed_area(mesh.points_of(face)) > 0:
            faces.append(face)
    return faces
