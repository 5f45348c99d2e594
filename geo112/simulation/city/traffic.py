"""The rules of the road: one-way pairs, gates, speeds, forbidden turns; and that everything can be reached."""

import itertools
import math
import random
from collections import defaultdict

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from geo112.simulation.city.carriageways import ends_of
from geo112.simulation.city.draft import CAR_RANKS, Draft, Kind, Rank, Restriction, Road

SPEED_KMH = {Rank.PRIMARY: "60", Rank.SECONDARY: "50", Rank.TERTIARY: "40", Rank.LIVING_STREET: "20"}
LANES = {Rank.PRIMARY: "4", Rank.SECONDARY: "2", Rank.TERTIARY: "2"}
FORBIDDEN_TURNS_SHARE = 0.45
SHUT_GATE = {"barrier": "gate", "access": "no", "foot": "yes", "motorcycle": "yes", "description": "Portal ditutup"}
OPEN_GATE = {"barrier": "lift_gate", "access": "permissive", "opening_hours": "05:00-23:00", "description": "Portal"}


def one_way_pairs(draft: Draft, radius_m: float) -> None:
    """Make neighbouring parallel streets near the middle one-way against each other."""
    reach = min(0.3 * radius_m, 1300.0)
    streets: list[tuple[float, float, float, float, Road]] = []
    for road in draft.roads:
        if road.rank not in (Rank.TERTIARY, Rank.RESIDENTIAL) or draft.streets[road.street].kind != Kind.STREET:
            continue
        (ax, ay), (bx, by) = draft.at(road.nodes[0]), draft.at(road.nodes[-1])
        length = math.hypot(bx - ax, by - ay)
        if length > 0.04 * radius_m and math.hypot((ax + bx) / 2, (ay + by) / 2) < reach:
            streets.append(((ax + bx) / 2, (ay + by) / 2, math.atan2(by - ay, bx - ax), length, road))
    streets.sort(key=lambda one: -one[3])
    used: set[int] = set()
    wanted = max(2, len(streets) // 9)
    for k, (x, y, bearing, length, road) in enumerate(streets):
        for m in range(k + 1, len(streets)):
            ox, oy, other_bearing, other_length, other = streets[m]
            turn = math.cos(bearing - other_bearing)
            off = abs(-(ox - x) * math.sin(bearing) + (oy - y) * math.cos(bearing))
            along = abs((ox - x) * math.cos(bearing) + (oy - y) * math.sin(bearing))
            near = 30 < off < 180 and along < 0.4 * length and other_length > 0.5 * length
            if k in used or m in used or not near or abs(turn) < 0.94:
                continue
            used |= {k, m}
            road.oneway = other.oneway = True
            if turn > 0:
                other.nodes.reverse()
        if len(used) >= 2 * wanted:
            return


def gates(draft: Draft, seed: int) -> None:
    """Put a gate (portal) into streets that lead into an estate: the longest stays open, some are always shut."""
    rng = random.Random(seed * 31 + 9)
    at_node: dict[int, set[int]] = defaultdict(set)
    for road in draft.roads:
        if road.rank in CAR_RANKS:
            for node in road.nodes:
                at_node[node].add(draft.streets[road.street].estate)
    entries: dict[int, list[tuple[Road, int]]] = defaultdict(list)
    for road in draft.roads:
        estate = draft.streets[road.street].estate
        if estate < 0 or road.rank not in CAR_RANKS:
            continue
        for end in (0, -1):
            if at_node[road.nodes[end]] - {estate}:
                entries[estate].append((road, end))
    for estate in sorted(entries):
        doors = entries[estate]
        for k, (road, end) in enumerate(doors):
            if rng.random() < 0.3:
                _gate(draft, road, end, is_shut=k % 2 == 1 and rng.random() < 0.5)


def _gate(draft: Draft, road: Road, end: int, is_shut: bool) -> None:
    here, beyond = (road.nodes[0], road.nodes[1]) if end == 0 else (road.nodes[-1], road.nodes[-2])
    (ax, ay), (bx, by) = draft.at(here), draft.at(beyond)
    length = math.hypot(bx - ax, by - ay)
    if length < 30.0 or draft.node_tags.get(beyond, {}).get("barrier"):
        return
    tags = dict(SHUT_GATE if is_shut else OPEN_GATE)
    node = draft.add_node(ax + 12 * (bx - ax) / length, ay + 12 * (by - ay) / length, tags)
    road.nodes.insert(1 if end == 0 else len(road.nodes) - 1, node)


def dress(draft: Draft, seed: int) -> None:
    """Give roads speeds, lanes, surfaces and access, as far as mappers usually do."""
    rng = random.Random(seed * 17 + 3)
    for road in draft.roads:
        tags = road.tags
        if road.rank in SPEED_KMH and rng.random() < 0.7:
            tags.setdefault("maxspeed", SPEED_KMH[road.rank])
        if road.rank in LANES:
            tags.setdefault("lanes", "2" if road.oneway else LANES[road.rank])
            tags.setdefault("surface", "asphalt")
            tags.setdefault("lit", "yes")
        elif road.rank == Rank.PATH:
            tags.setdefault("motor_vehicle", "no")
            tags.setdefault("motorcycle", "yes")
            tags.setdefault("width", "1.5")
        elif road.rank == Rank.FOOTWAY:
            tags.setdefault("motorcycle", "no")
        elif road.rank == Rank.RESIDENTIAL and rng.random() < 0.15:
            tags.setdefault("maxspeed", "30")


def ensure_reachable(draft: Draft) -> None:
    """Make every road for cars reachable from every other: open one-way streets and gates that prevent it.

    A road that still hangs loose is removed.
    """
    for _ in range(8):
        cut_off = _cut_off(draft)
        if not cut_off.any():
            break
        for road in draft.roads:
            is_street = draft.streets[road.street].kind == Kind.STREET
            if road.rank in CAR_RANKS and road.oneway and is_street and cut_off[road.nodes].any():
                road.oneway = False
        for node, beside in _beside_gates(draft).items():
            if cut_off[beside].any():
                draft.node_tags[node] = dict(OPEN_GATE)
    cut_off = _cut_off(draft)
    draft.roads = [r for r in draft.roads if r.rank not in CAR_RANKS or not cut_off[r.nodes].all()]


def _beside_gates(draft: Draft) -> dict[int, list[int]]:
    """The nodes next to each shut gate."""
    shut = {node for node, tags in draft.node_tags.items() if tags.get("barrier") == "gate"}
    beside: dict[int, list[int]] = defaultdict(list)
    for road in draft.roads:
        for k, node in enumerate(road.nodes):
            if node in shut:
                beside[node] += [road.nodes[m] for m in (k - 1, k + 1) if 0 <= m < len(road.nodes)]
    return beside


def _cut_off(draft: Draft) -> np.ndarray:
    """Mark nodes of car roads outside the largest strongly connected part; a shut gate cannot be passed."""
    tails: list[int] = []
    heads: list[int] = []
    shut = {node for node, tags in draft.node_tags.items() if tags.get("barrier") == "gate"}
    for road in draft.roads:
        if road.rank not in CAR_RANKS:
            continue
        for a, b in itertools.pairwise(road.nodes):
            if a in shut or b in shut:
                continue
            tails.append(a)
            heads.append(b)
            if not road.oneway:
                tails.append(b)
                heads.append(a)
    count = len(draft.x)
    graph = coo_matrix(
        (np.ones(len(tails), dtype=np.int8), (np.array(tails), np.array(heads))), shape=(count, count)
    ).tocsr()
    _, part = connected_components(graph, directed=True, connection="strong")
    on_road = np.zeros(count, dtype=bool)
    on_road[tails] = True
    on_road[heads] = True
    sizes = np.bincount(part[on_road])
    return np.asarray(on_road & (part != sizes.argmax()))


def forbid_turns(draft: Draft, seed: int) -> None:
    """Forbid turning back at traffic lights, and turning across the traffic (right) at some of them."""
    rng = random.Random(seed * 13 + 1)
    ends = ends_of([road for road in draft.roads if road.rank in CAR_RANKS])
    for node, tags in sorted(draft.node_tags.items()):
        if tags.get("highway") != "traffic_signals":
            continue
        arms = ends[node]
        arriving = [(r, e) for r, e in arms if e == -1 or not r.oneway]
        leaving = [(r, e) for r, e in arms if e == 0 or not r.oneway]
        across = 0
        for (source, source_end), (target, target_end) in itertools.product(arriving, leaving):
            if source is target or rng.random() > FORBIDDEN_TURNS_SHARE:
                continue
            turn = _turn(draft, source, source_end, target, target_end)
            if abs(turn) > 2.6 and source.oneway and target.oneway and source.street == target.street:
                draft.restrictions.append(Restriction("no_u_turn", node, source, target))
            elif -2.2 < turn < -0.9 and across < 1 and len(leaving) > 2:
                across += 1
                draft.restrictions.append(Restriction("no_right_turn", node, source, target))


def _turn(draft: Draft, source: Road, source_end: int, target: Road, target_end: int) -> float:
    """By how much one turns from one road into another, radians, left positive."""
    (ax, ay), (px, py) = draft.at(source.nodes[1 if source_end == 0 else -2]), draft.at(source.nodes[source_end])
    bx, by = draft.at(target.nodes[1 if target_end == 0 else -2])
    return math.remainder(math.atan2(by - py, bx - px) - math.atan2(py - ay, px - ax), 2 * math.pi)
