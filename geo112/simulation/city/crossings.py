"""The toll road with its ramps and milestones, and the minor crossings of river, railway and toll road.

───────────────●══════════●───────── jalur A → (left of the corridor's curve: traffic keeps left)
    off-ramp    ╲        ╱  on-ramp
                 ╲──●──╱     the main road's junction with the frontage street
"""

import itertools
import math

import numpy as np
import shapely

from geo112.simulation.city.carriageways import ends_of
from geo112.simulation.city.draft import CAR_RANKS, Draft, Kind, Rank, Road, Shape, Street
from geo112.simulation.city.plan import HALF_WIDTH_M, Plan
from geo112.simulation.city.roads import Rung, Skeleton, near_crossing

STEP_M = 50.0
MILESTONE_EVERY_M = 200
FIRST_KM = 10
RAMP_M = 250.0
CARRIAGEWAY_M = 10.0
LOW_UNDERPASS_M = "2.8"
MOTORWAY_TAGS = {"toll": "yes", "lanes": "2", "maxspeed": "80", "surface": "asphalt", "motorcycle": "no", "foot": "no"}


def build_toll_road(plan: Plan, skeleton: Skeleton, draft: Draft) -> None:
    """Put both carriageways, the ramps, the toll gates and the milestones into the draft."""
    for number, corridor in enumerate(plan.corridors):
        if corridor.kind == Kind.TOLL:
            _Toll(plan, skeleton, draft, number).build()


class _Toll:
    def __init__(self, plan: Plan, skeleton: Skeleton, draft: Draft, corridor: int) -> None:
        self.plan, self.skeleton, self.draft, self.corridor = plan, skeleton, draft, corridor
        self.curve = plan.corridors[corridor].curve

    def build(self) -> None:
        draft = self.draft
        crossings = {s: pair for s in self.plan.interchanges_m if (pair := self._junctions(s))}
        if len(crossings) < 2:
            return
        first, last = min(crossings), max(crossings)
        steps = np.arange(first + RAMP_M, last - RAMP_M + STEP_M / 2, STEP_M)
        draft.streets.append(Street(Kind.TOLL, Rank.MOTORWAY, -1, name="toll"))
        street = len(draft.streets) - 1
        for side in (1, -1):  # jalur A on the left of the curve, B on the right, driven backwards
            nodes = [draft.add_node(*self._beside(s, side * CARRIAGEWAY_M)) for s in steps]
            self._milestones(nodes, "A" if side > 0 else "B")
            bounds = {0, len(nodes) - 1}
            for number, s in enumerate(crossings):
                for towards in (-1, 1):  # the ramps before and after the crossing, none beyond the ends
                    if (s > first) if towards < 0 else (s < last):
                        at = int(np.abs(steps - (s + towards * RAMP_M)).argmin())
                        self._ramp(street, nodes[at], s, towards, side, crossings[s], number)
                        bounds.add(at)
            self._carriageway(nodes, street, bounds, side)

    def _junctions(self, s: float) -> tuple[int, int] | None:
        """Find the two frontage junctions of the main road that crosses at `s`: left and right of the curve."""
        best: tuple[float, tuple[int, int] | None] = (40.0, None)
        for run in self.skeleton.runs:
            for k, inside in enumerate(run.corridor):
                if inside != self.corridor:
                    continue
                one, other = run.nodes[k], run.nodes[k + 1]
                (ax, ay), (bx, by) = self.draft.at(one), self.draft.at(other)
                off = abs(self.curve.project(shapely.Point((ax + bx) / 2, (ay + by) / 2)) - s)
                if off < best[0]:
                    best = (off, (one, other) if self._is_left(ax, ay) else (other, one))
        return best[1]

    def _is_left(self, x: float, y: float) -> bool:
        s = self.curve.project(shapely.Point(x, y))
        a, b = self.curve.interpolate(max(0.0, s - 5)), self.curve.interpolate(s + 5)
        return bool((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x) > 0)

    def _beside(self, s: float, offset: float) -> tuple[float, float]:
        """The point `offset` metres left of the curve at `s`."""
        here, a, b = (self.curve.interpolate(max(0.0, t)) for t in (s, s - 10, s + 10))
        dx, dy = b.x - a.x, b.y - a.y
        length = math.hypot(dx, dy)
        return here.x - offset * dy / length, here.y + offset * dx / length

    def _milestones(self, nodes: list[int], direction: str) -> None:
        for k in range(0, len(nodes), int(MILESTONE_EVERY_M / STEP_M)):
            metres = int(k * STEP_M)
            kilometre, rest = FIRST_KM + metres // 1000, metres % 1000
            self.draft.tag_node(
                nodes[k],
                highway="milestone",
                name=f"KM {kilometre}+{rest:03d}",
                distance=f"{kilometre + rest / 1000:g}",
                carriageway_ref=direction,
            )

    def _ramp(
        self, street: int, gore: int, s: float, towards: int, side: int, junctions: tuple[int, int], number: int
    ) -> None:
        draft = self.draft
        width = HALF_WIDTH_M[Kind.TOLL]
        nodes = [gore]
        for back, offset in ((190.0, 0.48), (110.0, 0.68), (40.0, 0.8)):
            nodes.append(draft.add_node(*self._beside(s + towards * back, side * offset * width)))
        name = f"Gerbang Tol Contoh {number + 1}"
        draft.tag_node(nodes[2], barrier="toll_booth", name=name)
        nodes.append(junctions[0] if side > 0 else junctions[1])
        leaves = (towards < 0) == (side > 0)
        if leaves:
            draft.tag_node(gore, highway="motorway_junction", name=f"Simpang Susun Contoh {number + 1}")
            draft.node_tags[gore].pop("distance", None)
        tags = {"toll": "yes", "lanes": "1", "maxspeed": "40", "motorcycle": "no", "foot": "no"}
        draft.roads.append(Road(Rank.MOTORWAY_LINK, nodes if leaves else nodes[::-1], street, True, tags))

    def _carriageway(self, nodes: list[int], street: int, bounds: set[int], side: int) -> None:
        others = [c.strip for k, c in enumerate(self.plan.corridors) if k != self.corridor]
        on_bridge = [
            any(strip.intersects(shapely.LineString([self.draft.at(a), self.draft.at(b)])) for strip in others)
            for a, b in itertools.pairwise(nodes)
        ]
        begin = 0
        for k in range(1, len(nodes)):
            if k == len(nodes) - 1 or k in bounds or on_bridge[k] != on_bridge[k - 1]:
                piece = nodes[begin : k + 1]
                tags = MOTORWAY_TAGS | ({"bridge": "yes", "layer": "2"} if on_bridge[begin] else {})
                tags["destination"] = "Contoh Timur" if side > 0 else "Contoh Barat"
                self.draft.roads.append(Road(Rank.MOTORWAY, piece if side > 0 else piece[::-1], street, True, tags))
                begin = k


def build_minor_crossings(plan: Plan, skeleton: Skeleton, draft: Draft) -> None:
    """Make roads of some rungs: footbridges, level crossings, a low underpass; and of all that a part depends on."""
    for corridor, strip in enumerate(plan.corridors):
        taken = near_crossing(plan, skeleton, draft, corridor)
        rungs = [rung for rung in skeleton.rungs if rung.corridor == corridor]
        spacing = {Kind.RIVER: 700.0, Kind.RAIL: 420.0, Kind.TOLL: 450.0}[strip.kind]
        for number, rung in enumerate(rungs):
            s = strip.curve.project(shapely.Point(draft.at(rung.nodes[1])))
            if all(abs(s - other) > spacing for other in taken):
                taken.append(s)
                _cross(draft, skeleton, rung, strip.kind, number, is_minor=strip.kind == Kind.RIVER)
    _join_parts(plan, skeleton, draft)


def _join_parts(plan: Plan, skeleton: Skeleton, draft: Draft) -> None:
    """Open the rungs between parts of the city that no road for cars joins yet."""
    parent = list(range(len(draft.x)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for road in draft.roads:
        if road.rank in CAR_RANKS:
            for a, b in itertools.pairwise(road.nodes):
                parent[root(a)] = root(b)
    reached = {node for road in draft.roads if road.rank in CAR_RANKS for node in road.nodes}
    for number, rung in enumerate(skeleton.rungs):
        a, _, b = rung.nodes
        if a in reached and b in reached and root(a) != root(b):
            parent[root(a)] = root(b)
            _cross(draft, skeleton, rung, plan.corridors[rung.corridor].kind, number, is_minor=False)


def _cross(draft: Draft, skeleton: Skeleton, rung: Rung, kind: Kind, number: int, is_minor: bool) -> None:
    """Lay one minor street across a corridor."""
    one, middle, other = rung.nodes
    draft.streets.append(Street(Kind.RUNG, Rank.RESIDENTIAL, -1, name=f"rung {kind.value}"))
    street = len(draft.streets) - 1
    if is_minor:
        tags = {"bridge": "yes", "layer": "1", "bridge:name": f"Jembatan Gantung Contoh {number + 1}"}
        draft.roads.append(Road(Rank.PATH, [one, other], street, tags=tags | {"motorcycle": "yes"}))
    elif kind == Kind.RAIL and number % 3:
        draft.roads.append(Road(Rank.RESIDENTIAL, [one, middle, other], street))
    elif kind == Kind.RIVER:
        draft.roads.append(Road(Rank.RESIDENTIAL, [one, other], street, tags={"bridge": "yes", "layer": "1"}))
    else:
        tags = {"tunnel": "yes", "layer": "-1", "maxheight": LOW_UNDERPASS_M, "lit": "yes"}
        draft.roads.append(Road(Rank.RESIDENTIAL, [one, other], street, tags=tags))


def draw_corridors(plan: Plan, skeleton: Skeleton, draft: Draft) -> None:
    """Put the river with its water, and the railway with crossings and stations, into the draft."""
    on_roads = {node for road in draft.roads if road.rank != Rank.MOTORWAY for node in road.nodes}
    for corridor, nodes in zip(plan.corridors, skeleton.center_lines, strict=True):
        if corridor.kind == Kind.RAIL and len(nodes) > 1:
            for node in nodes:
                if node in on_roads:
                    draft.tag_node(node, railway="level_crossing", crossing__barrier="full")
            _rails(plan, nodes, draft)
            _stations(nodes, on_roads, draft)
        elif corridor.kind == Kind.RIVER and len(nodes) > 1:
            draft.shapes.append(Shape(nodes, {"waterway": "river", "name": "Kali Contoh"}))
            _water(nodes, draft)


def _rails(plan: Plan, nodes: list[int], draft: Draft) -> None:
    """Draw the railway, on a bridge where it crosses the river."""
    rivers = [c.strip for c in plan.corridors if c.kind == Kind.RIVER]
    over = [
        any(river.intersects(shapely.LineString([draft.at(a), draft.at(b)])) for river in rivers)
        for a, b in itertools.pairwise(nodes)
    ]
    begin = 0
    for k in range(1, len(nodes)):
        if k == len(nodes) - 1 or over[k] != over[begin]:
            tags = {"railway": "rail", "name": "Rel Kereta Contoh", "gauge": "1067", "usage": "main"}
            draft.shapes.append(
                Shape(nodes[begin : k + 1], tags | ({"bridge": "yes", "layer": "1"} if over[begin] else {}))
            )
            begin = k


def _stations(nodes: list[int], on_roads: set[int], draft: Draft) -> None:
    free = [n for n in nodes[2:-2] if n not in on_roads]
    by_centre = sorted(free, key=lambda n: math.hypot(*draft.at(n)))
    chosen: list[int] = []
    names = ["Stasiun Kota Contoh"]
    for node in by_centre:
        if all(math.dist(draft.at(node), draft.at(other)) > 2400.0 for other in chosen):
            chosen.append(node)
            names.append(f"Stasiun Contoh {len(chosen)}")
    for node, name in zip(chosen, names, strict=False):
        draft.tag_node(node, railway="station", public_transport="station", train="yes", name=name)


def _water(nodes: list[int], draft: Draft) -> None:
    """Draw the river's surface as polygons of some length that share their ends."""
    width = 0.62 * HALF_WIDTH_M[Kind.RIVER]
    left, right = [], []
    for k, node in enumerate(nodes):
        (ax, ay), (bx, by) = draft.at(nodes[max(0, k - 1)]), draft.at(nodes[min(len(nodes) - 1, k + 1)])
        length = math.hypot(bx - ax, by - ay)
        nx, ny = -(by - ay) / length * width, (bx - ax) / length * width
        x, y = draft.at(node)
        left.append(draft.add_node(x + nx, y + ny))
        right.append(draft.add_node(x - nx, y - ny))
    for begin in range(0, len(nodes) - 1, 60):
        end = min(begin + 61, len(nodes))
        ring = [*right[begin:end], *left[begin:end][::-1], right[begin]]
        draft.shapes.append(Shape(ring, {"natural": "water", "water": "river", "name": "Kali Contoh"}))


def put_signals(draft: Draft) -> None:
    """Put traffic lights where main roads, one of them primary, meet on one node."""
    main = (Rank.PRIMARY, Rank.SECONDARY)
    for node, arms in ends_of(draft.roads).items():
        meeting = [road.rank for road, _ in arms if road.rank in main]
        if len(meeting) >= 3 and Rank.PRIMARY in meeting and not any("junction" in road.tags for road, _ in arms):
            draft.tag_node(node, highway="traffic_signals")


def put_road_milestones(draft: Draft) -> None:
    """Put a KM stone at every full kilometre from the alun-alun along the streets called Jalan Raya that lead out."""
    nearest: dict[tuple[int, int], tuple[float, int]] = {}
    for road in draft.roads:
        street = draft.streets[road.street]
        if street.kind == Kind.ARTERIAL and street.name.startswith("Jalan Raya") and "junction" not in road.tags:
            for node in road.nodes:
                far = math.hypot(*draft.at(node))
                kilometre = round(far / 1000)
                off = abs(far - 1000 * kilometre)
                if kilometre and "highway" not in draft.node_tags.get(node, {}):
                    nearest[road.street, kilometre] = min(
                        nearest.get((road.street, kilometre), (60.0, -1)), (off, node)
                    )
    for (_, kilometre), (_, node) in sorted(nearest.items()):
        if node >= 0:
            draft.tag_node(node, highway="milestone", name=f"KM {kilometre}", distance=str(kilometre))
