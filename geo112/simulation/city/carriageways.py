"""Gives main roads their form: two carriageways with a median, bridges, roundabouts.

    ←──┬──────────── ←          side streets join the carriageway on their side;
P ═╡   │ opening    ╞═ Q         openings in the median at larger streets and for turning back;
    →──┴──────┬───── →          both carriageways meet in the junctions P and Q
              │ side street     traffic keeps left
"""

import itertools
import math
from collections import Counter, defaultdict

from geo112.simulation.city.draft import Draft, Kind, Point, Rank, Road, Tags
from geo112.simulation.city.plan import Plan
from geo112.simulation.city.roads import Run, Skeleton

HALF_MEDIAN_M = 7.0
TAPER_M = 38.0
TURN_BACK_EVERY_M = 420.0
ROUNDABOUT_RADIUS_M = 24.0
ROUNDABOUT_EVERY = 3
NARROW_M = 24.0  # so near to a junction of main roads the carriageways draw together
OPENS_MEDIAN = frozenset({Rank.PRIMARY, Rank.SECONDARY, Rank.TERTIARY, Rank.MOTORWAY_LINK})

Ends = dict[int, list[tuple[Road, int]]]  # node → roads that end there, with which end (0 or -1)


def build_main_roads(plan: Plan, skeleton: Skeleton, draft: Draft) -> None:
    """Put the runs into the draft as roads; ends of side streets move to their carriageway."""
    builder = _Builder(plan, draft)
    for run in skeleton.runs:
        if not run.is_dual:
            builder.single(run)
    for run in skeleton.runs:
        if run.is_dual:
            builder.dual(run, skeleton)
    _roundabouts(skeleton, draft)


def ends_of(roads: list[Road]) -> Ends:
    """Which roads end at which node."""
    ends: Ends = defaultdict(list)
    for road in roads:
        ends[road.nodes[0]].append((road, 0))
        ends[road.nodes[-1]].append((road, -1))
    return ends


class _Builder:
    def __init__(self, plan: Plan, draft: Draft) -> None:
        self.plan, self.draft = plan, draft
        self.ends = ends_of(draft.roads)

    def add(self, road: Road) -> None:
        self.draft.roads.append(road)
        self.ends[road.nodes[0]].append((road, 0))
        self.ends[road.nodes[-1]].append((road, -1))

    def single(self, run: Run) -> None:
        for nodes, tags in self._pieces(run, run.nodes):
            self.add(Road(run.rank, nodes, run.street, run.is_oneway, tags))

    def dual(self, run: Run, skeleton: Skeleton) -> None:
        draft = self.draft
        left, right = [run.nodes[0]], [run.nodes[0]]
        corridor, over = [], []
        since_opening = 0.0
        done_m, length_m = 0.0, _length(draft, run.nodes)
        last = len(run.nodes) - 2
        for k in range(last + 1):
            here, there = run.nodes[k], run.nodes[k + 1]
            (ax, ay), (bx, by) = draft.at(here), draft.at(there)
            length = math.hypot(bx - ax, by - ay)
            along = ((bx - ax) / length, (by - ay) / length)
            tapers = [s for s, wanted in ((TAPER_M, k == 0), (length - TAPER_M, k == last)) if wanted]
            if length < 2.2 * TAPER_M or run.corridor[k] >= 0:
                tapers = []
            for s in tapers:
                for side, shift in ((left, HALF_MEDIAN_M), (right, -HALF_MEDIAN_M)):
                    x = ax + s * along[0] - shift * along[1]
                    side.append(draft.add_node(x, ay + s * along[1] + shift * along[0]))
            corridor += [run.corridor[k]] * (len(tapers) + 1)
            over += [run.over[k]] * (len(tapers) + 1)
            since_opening += length
            done_m += length
            if k == last:
                break
            on_left, on_right = self._split(run, k + 1, skeleton, min(1.0, min(done_m, length_m - done_m) / NARROW_M))
            left.append(on_left)
            right.append(on_right)
            is_bridge_next = run.corridor[k + 1] >= 0 and run.over[k + 1]
            if self._move_ends(there, run.nodes, k + 1, on_left, on_right) or (
                since_opening > TURN_BACK_EVERY_M and not is_bridge_next and run.corridor[k] < 0
            ):
                since_opening = 0.0
                self.add(Road(run.rank, [on_left, on_right], run.street))
        left.append(run.nodes[-1])
        right.append(run.nodes[-1])
        shape = Run(left, corridor, over, run.rank, run.street, True, True)
        for nodes, tags in self._pieces(shape, left):
            self.add(Road(run.rank, nodes, run.street, True, tags))
        for nodes, tags in self._pieces(shape, right):
            self.add(Road(run.rank, nodes[::-1], run.street, True, dict(tags)))

    def _split(self, run: Run, k: int, skeleton: Skeleton, share: float) -> tuple[int, int]:
        """Make the node on either carriageway that replaces node `k` of a run, at a share of the full distance."""
        draft = self.draft
        here = run.nodes[k]
        (ax, ay), (px, py), (bx, by) = (draft.at(n) for n in run.nodes[k - 1 : k + 2])
        before = math.atan2(py - ay, px - ax)
        after = math.atan2(by - py, bx - px)
        turn = math.remainder(after - before, 2 * math.pi)
        normal = before + turn / 2 + math.pi / 2
        reach = max(0.12, share) * HALF_MEDIAN_M / max(0.6, math.cos(turn / 2))
        on_rail = run.corridor[k - 1] >= 0 and run.corridor[k] == run.corridor[k - 1]
        if on_rail:  # a level crossing: both nodes lie on the rails
            rails = skeleton.center_lines[run.corridor[k]]
            at = rails.index(here)
            (cx, cy), (dx, dy) = draft.at(rails[at - 1]), draft.at(rails[at + 1])
            track = math.atan2(dy - cy, dx - cx)
            if math.cos(track - normal) < 0:
                track += math.pi
            reach /= max(0.6, math.cos(track - normal))
            normal = track
        ox, oy = reach * math.cos(normal), reach * math.sin(normal)
        on_left, on_right = draft.add_node(px + ox, py + oy), draft.add_node(px - ox, py - oy)
        if on_rail:
            rails = skeleton.center_lines[run.corridor[k]]
            (cx, cy) = draft.at(rails[rails.index(here) - 1])
            left_first = math.hypot(px + ox - cx, py + oy - cy) < math.hypot(px - ox - cx, py - oy - cy)
            at = rails.index(here)
            rails[at : at + 1] = [on_left, on_right] if left_first else [on_right, on_left]
        return on_left, on_right

    def _move_ends(self, node: int, nodes: list[int], k: int, on_left: int, on_right: int) -> bool:
        """Join side streets to the carriageway on their side; returns whether the median is open here."""
        draft = self.draft
        (ax, ay), (px, py), (bx, by) = (draft.at(n) for n in nodes[k - 1 : k + 2])
        ahead = math.atan2(by - py, bx - px)
        back = math.remainder(math.atan2(ay - py, ax - px) - ahead, 2 * math.pi) % (2 * math.pi)
        opens = False
        sides = set()
        for road, end in self.ends.pop(node, []):
            x, y = draft.at(road.nodes[1 if end == 0 else -2])
            is_left = (math.atan2(y - py, x - px) - ahead) % (2 * math.pi) < back
            moved = on_left if is_left else on_right
            road.nodes[end] = moved
            self.ends[moved].append((road, end))
            sides.add(is_left)
            opens |= road.rank in OPENS_MEDIAN or draft.streets[road.street].kind == Kind.FRONTAGE
        return opens or len(sides) == 2

    def _pieces(self, run: Run, nodes: list[int]) -> list[tuple[list[int], Tags]]:
        """Cut a carriageway where it goes onto or off a bridge."""
        pieces: list[tuple[list[int], Tags]] = []
        present: tuple[int, bool] | None = None
        for k in range(len(nodes) - 1):
            inside = run.corridor[k] if run.over[k] else -1
            kind = (inside, run.over[k])
            if kind != present:
                pieces.append(([nodes[k]], self._bridge_tags(inside) if inside >= 0 else {}))
                present = kind
            pieces[-1][0].append(nodes[k + 1])
        return pieces

    def _bridge_tags(self, corridor: int) -> Tags:
        kind = self.plan.corridors[corridor].kind
        return {"bridge": "yes", "layer": "1", "bridge:name": kind.value}  # `names` makes a name of it


def _roundabouts(skeleton: Skeleton, draft: Draft) -> None:
    """Replace some junctions of main roads by a ring that is driven clockwise."""
    ends = ends_of(draft.roads)
    meeting: dict[int, int] = defaultdict(int)
    for run in skeleton.runs:
        meeting[run.nodes[0]] += 1
        meeting[run.nodes[-1]] += 1
    uses = Counter(node for road in draft.roads for node in set(road.nodes))
    number = 0
    for node in sorted(meeting):
        arms = ends[node]
        here = draft.at(node)
        if meeting[node] < 3 or math.hypot(*here) < 250.0 or not any(r.rank == Rank.PRIMARY for r, _ in arms):
            continue
        clear = [_plain_before(draft, road, end, uses) for road, end in arms]
        if None in clear:
            continue
        number += 1
        if number % ROUNDABOUT_EVERY == 1:
            for (road, end), dropped in zip(arms, clear, strict=True):
                if dropped:
                    del road.nodes[slice(1, 1 + dropped) if end == 0 else slice(-1 - dropped, -1)]
            neighbours = [draft.at(road.nodes[1 if end == 0 else -2]) for road, end in arms]
            _ring(draft, here, arms, neighbours)


def _plain_before(draft: Draft, road: Road, end: int, uses: Counter[int]) -> int | None:
    """How many nodes of an arm lie within a roundabout to be; None when another road needs one of them."""
    nodes = road.nodes if end == 0 else road.nodes[::-1]
    for k, node in enumerate(nodes[1:]):
        if math.dist(draft.at(nodes[0]), draft.at(node)) > 1.3 * ROUNDABOUT_RADIUS_M:
            return k
        if uses[node] > 1:
            return None
    return None


def _length(draft: Draft, nodes: list[int]) -> float:
    return sum(math.dist(draft.at(a), draft.at(b)) for a, b in itertools.pairwise(nodes))


def _ring(draft: Draft, here: Point, arms: list[tuple[Road, int]], neighbours: list[Point]) -> None:
    bearings = [math.atan2(y - here[1], x - here[0]) for x, y in neighbours]
    order = sorted(range(len(arms)), key=lambda k: -bearings[k])  # clockwise
    ring: list[int] = []
    placed: list[float] = []
    for k in order:
        if not placed or placed[-1] - bearings[k] > 0.12:
            ring.append(
                draft.add_node(
                    here[0] + ROUNDABOUT_RADIUS_M * math.cos(bearings[k]),
                    here[1] + ROUNDABOUT_RADIUS_M * math.sin(bearings[k]),
                )
            )
            placed.append(bearings[k])
        arms[k][0].nodes[arms[k][1]] = ring[-1]
    full: list[int] = []
    for k, node in enumerate(ring):
        gap = (placed[k] - placed[(k + 1) % len(ring)]) % (2 * math.pi) or 2 * math.pi
        full.append(node)
        for step in range(1, max(1, round(gap / 0.55))):
            bearing = placed[k] - gap * step / max(1, round(gap / 0.55))
            full.append(
                draft.add_node(
                    here[0] + ROUNDABOUT_RADIUS_M * math.cos(bearing), here[1] + ROUNDABOUT_RADIUS_M * math.sin(bearing)
                )
            )
    main = max((road for road, _ in arms), key=lambda road: road.rank == Rank.PRIMARY)
    ring_road = Road(main.rank, [*full, full[0]], main.street, True, {"junction": "roundabout"})
    ring_road.tags["name"] = "bundaran"  # `names` makes a name of it
    draft.roads.append(ring_road)
