"""Turns the edges of the mesh into roads: main roads, the streets along corridors, and the streets cut through faces.

A road ends wherever it meets a main road, so that `carriageways` can later say on which side it joins.
"""

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import shapely

from geo112.simulation.city.blocks import Blocks
from geo112.simulation.city.draft import Draft, Kind, Rank, Road, Street
from geo112.simulation.city.mesh import Mesh
from geo112.simulation.city.plan import Plan

FLYOVER_EVERY = 4  # of the main roads that cross the railway, every so many go over it


@dataclass(slots=True)
class Run:
    """A main road from one junction of main roads to the next."""

    nodes: list[int]
    corridor: list[int]  # for each piece between two nodes: the corridor it crosses, or -1
    over: list[bool]  # for each piece: whether it goes over that corridor on a bridge
    rank: Rank
    street: int
    is_dual: bool
    is_oneway: bool


@dataclass(slots=True)
class Rung:
    """A place where a minor street can cross a corridor: frontage, centre line, frontage."""

    corridor: int
    nodes: list[int]


@dataclass(slots=True)
class Skeleton:
    """The main roads and possible crossings, still to be given carriageways, bridges and tags."""

    runs: list[Run]
    rungs: list[Rung]
    center_lines: list[list[int]]  # for each corridor, its nodes in order (a toll road's is not drawn)
    arterial_streets: dict[str, int] = field(default_factory=dict)
    cut_streets: list[int] = field(default_factory=list)  # the street of each cut


def lay_roads(plan: Plan, mesh: Mesh, blocks: Blocks, draft: Draft) -> Skeleton:
    """Put frontage streets and cuts into the draft as roads; return the main roads as runs."""
    skeleton = Skeleton([], [], [])
    of_kind: dict[Kind, list[int]] = defaultdict(list)
    for number, edge in enumerate(mesh.edges):
        if edge.line >= 0:
            of_kind[mesh.lines[edge.line].kind].append(number)
    on_arterial = {n for e in of_kind[Kind.ARTERIAL] for n in (mesh.edges[e].start, mesh.edges[e].end)}
    on_rails = {n for e in of_kind[Kind.RAIL] for n in (mesh.edges[e].start, mesh.edges[e].end)}
    _runs(plan, mesh, of_kind[Kind.ARTERIAL], on_rails, draft, skeleton)
    frontage_street = [
        _street(draft, Kind.FRONTAGE, Rank.RESIDENTIAL, f"frontage {c.kind.value}") for c in plan.corridors
    ]
    corridor_of = {e: mesh.lines[mesh.edges[e].line].corridor for e in of_kind[Kind.FRONTAGE]}
    for chain in _chains(mesh, of_kind[Kind.FRONTAGE], lambda n: n in on_arterial, corridor_of.__getitem__):
        nodes = _expand(mesh, chain)
        draft.roads.append(Road(Rank.RESIDENTIAL, nodes, frontage_street[corridor_of[abs(chain[0]) - 1]]))
    for corridor, wanted in enumerate(plan.corridors):
        edges = [e for e in of_kind[wanted.kind] if mesh.lines[mesh.edges[e].line].corridor == corridor]
        pieces = [_expand(mesh, c) for c in _chains(mesh, edges, lambda n: False, lambda e: 0)]
        skeleton.center_lines.append(max(pieces, key=len) if pieces else [])
        edges = [e for e in of_kind[Kind.RUNG] if mesh.lines[mesh.edges[e].line].corridor == corridor]
        for chain in _chains(mesh, edges, lambda n: False, lambda e: mesh.edges[e].line):
            nodes = _expand(mesh, chain)
            if len(nodes) == 3 and not on_arterial & set(nodes):
                skeleton.rungs.append(Rung(corridor, nodes))
    skeleton.cut_streets = _cut_roads(mesh, blocks, draft)
    return skeleton


def _street(draft: Draft, kind: Kind, rank: Rank, hint: str = "", rw: int = -1, estate: int = -1) -> int:
    draft.streets.append(Street(kind, rank, rw, estate, hint))
    return len(draft.streets) - 1


def _runs(plan: Plan, mesh: Mesh, edges: list[int], on_rails: set[int], draft: Draft, skeleton: Skeleton) -> None:
    strips = [c.strip for c in plan.corridors]
    middles = shapely.points(
        [
            ((mesh.x[e.start] + mesh.x[e.end]) / 2, (mesh.y[e.start] + mesh.y[e.end]) / 2)
            for e in (mesh.edges[n] for n in edges)
        ]
    )
    strip_of = dict.fromkeys(edges, -1)
    for number, strip in enumerate(strips):
        shapely.prepare(strip)
        for edge, inside in zip(edges, shapely.contains(strip, middles).tolist(), strict=True):
            if inside:
                strip_of[edge] = number
    hint_of = {e: mesh.lines[mesh.edges[e].line].name_hint.rsplit(" ", 1)[0] for e in edges}
    hint_of |= {e: h for e in edges if not (h := mesh.lines[mesh.edges[e].line].name_hint).startswith("ring")}
    rail_crossings = 0
    for chain in _chains(mesh, edges, lambda n: False, hint_of.__getitem__):
        first = abs(chain[0]) - 1
        line = mesh.lines[mesh.edges[first].line]
        hint = hint_of[first]
        if not hint.startswith("radial"):
            hint = f"{hint} {compass(*_where(mesh, chain[len(chain) // 2]))}"
        if hint not in skeleton.arterial_streets:
            skeleton.arterial_streets[hint] = _street(draft, Kind.ARTERIAL, line.rank, hint)
        nodes: list[int] = []
        corridors: list[int] = []
        over: list[bool] = []
        for signed in chain:
            edge = abs(signed) - 1
            inside = strip_of[edge]
            part = mesh.nodes_of_edge(mesh.edges[edge])
            part = part if signed > 0 else part[::-1]
            if inside >= 0:
                begins = not corridors or corridors[-1] != inside
                if begins and plan.corridors[inside].kind == Kind.RAIL:
                    rail_crossings += 1
                is_over = plan.corridors[inside].kind != Kind.RAIL or rail_crossings % FLYOVER_EVERY == 2
                part = part[:1]
                if not begins and (is_over or part[0] not in on_rails):
                    continue  # a bridge spans the strip in one piece, a level crossing bends only on the rails
                corridors.append(inside)
                over.append(is_over)
            else:
                part = part[:-1]
                corridors += [-1] * len(part)
                over += [False] * len(part)
            nodes += part
        nodes.append(_ends(mesh, chain)[1])
        far = math.hypot(mesh.x[nodes[len(nodes) // 2]], mesh.y[nodes[len(nodes) // 2]])
        is_dual = line.is_dual and far > 0.14 * plan.radius_m
        street = skeleton.arterial_streets[hint]
        skeleton.runs.append(Run(nodes, corridors, over, line.rank, street, is_dual, line.is_oneway))


def _chains(
    mesh: Mesh, edges: list[int], stops_at: Callable[[int], bool], group_of: Callable[[int], object]
) -> list[list[int]]:
    """Join edges end to end into chains that end at junctions; an edge is its number + 1, negative if run backwards.

    A chain ends where other than two of the edges meet, where `stops_at` says so, and where the group changes.
    """
    touching: dict[int, list[int]] = defaultdict(list)
    for e in edges:
        touching[mesh.edges[e].start].append(e)
        touching[mesh.edges[e].end].append(e)

    def is_end(node: int) -> bool:
        there = touching[node]
        return len(there) != 2 or stops_at(node) or group_of(there[0]) != group_of(there[1])

    used: set[int] = set()
    chains = []
    begins = [(e, n) for e in edges for n in (mesh.edges[e].start, mesh.edges[e].end) if is_end(n)]
    for edge, node in begins + [(e, mesh.edges[e].start) for e in edges]:  # the latter: closed rings
        if edge in used:
            continue
        chain = []
        while True:
            used.add(edge)
            forward = mesh.edges[edge].start == node
            chain.append(edge + 1 if forward else -edge - 1)
            node = mesh.edges[edge].end if forward else mesh.edges[edge].start
            following = [e for e in touching[node] if e not in used]
            if is_end(node) or not following:
                break
            edge = following[0]
        chains.append(chain)
    return chains


def compass(x: float, y: float) -> str:
    """The quarter of the city in which a point lies."""
    if abs(x) > abs(y):
        return "Timur" if x > 0 else "Barat"
    return "Utara" if y > 0 else "Selatan"


def _where(mesh: Mesh, signed: int) -> tuple[float, float]:
    edge = mesh.edges[abs(signed) - 1]
    return (mesh.x[edge.start] + mesh.x[edge.end]) / 2, (mesh.y[edge.start] + mesh.y[edge.end]) / 2


def _ends(mesh: Mesh, chain: list[int]) -> tuple[int, int]:
    first, last = mesh.edges[abs(chain[0]) - 1], mesh.edges[abs(chain[-1]) - 1]
    return (
        first.start if chain[0] > 0 else first.end,
        last.end if chain[-1] > 0 else last.start,
    )


def _expand(mesh: Mesh, chain: list[int]) -> list[int]:
    nodes: list[int] = []
    for signed in chain:
        part = mesh.nodes_of_edge(mesh.edges[abs(signed) - 1])
        part = part if signed > 0 else part[::-1]
        nodes += part if not nodes else part[1:]
    return nodes


def _cut_roads(mesh: Mesh, blocks: Blocks, draft: Draft) -> list[int]:
    """Make a road of every cut; cuts that run on straight across a junction share one street."""
    first = len(draft.roads)
    ends: dict[int, list[tuple[int, float, bool]]] = defaultdict(list)
    for number, cut in enumerate(blocks.cuts):
        nodes = _expand(mesh, [e + 1 for e in cut.edges])
        draft.roads.append(Road(cut.rank, nodes, number))
        is_gang = cut.rank in (Rank.PATH, Rank.FOOTWAY)
        for here, there in ((nodes[0], nodes[1]), (nodes[-1], nodes[-2])):
            bearing = math.atan2(mesh.y[there] - mesh.y[here], mesh.x[there] - mesh.x[here])
            ends[here].append((number, bearing, is_gang))
    leader = list(range(len(blocks.cuts)))

    def lead(cut: int) -> int:
        while leader[cut] != cut:
            leader[cut] = leader[leader[cut]]
            cut = leader[cut]
        return cut

    for meeting in ends.values():
        for k, (one, bearing, is_gang) in enumerate(meeting):
            for other, facing, other_is_gang in meeting[k + 1 :]:
                straight = abs(math.cos((bearing - facing) / 2)) < 0.2
                same_estate = blocks.cuts[one].estate == blocks.cuts[other].estate
                if straight and is_gang == other_is_gang and same_estate:
                    leader[max(lead(one), lead(other))] = min(lead(one), lead(other))
    street_of: dict[int, int] = {}
    for number, cut in enumerate(blocks.cuts):
        head = lead(number)
        if head not in street_of:
            street_of[head] = _street(draft, Kind.STREET, blocks.cuts[head].rank, "", cut.rw, cut.estate)
        draft.roads[first + number].street = street_of[head]
    return [draft.roads[first + number].street for number in range(len(blocks.cuts))]


def near_crossing(plan: Plan, skeleton: Skeleton, draft: Draft, corridor: int) -> list[float]:
    """Distances along a corridor's curve, metres, where main roads cross it."""
    curve = plan.corridors[corridor].curve
    found = []
    for run in skeleton.runs:
        for k, inside in enumerate(run.corridor):
            if inside == corridor:
                (ax, ay), (bx, by) = draft.at(run.nodes[k]), draft.at(run.nodes[k + 1])
                found.append(curve.project(shapely.Point((ax + bx) / 2, (ay + by) / 2)))
    return sorted(found)
