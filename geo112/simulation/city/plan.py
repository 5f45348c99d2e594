"""The ground plan: outline, river, railway, toll road and the main roads, as curves in metres.

    radials ╲ │ ╱       start at the alun-alun and at the rings, and double outwards so that none stand far apart
    rings  ──(▣)──      around it, some of their sectors left out
    river, railway, toll road: corridors, each with a street along either side; main roads cross them, few others do

Every curve is bent by one smooth field, so that nothing is straight and nothing is parallel for long.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiLineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from geo112.simulation.city.draft import Kind, Rank

Floats = NDArray[np.float64]

NODES_PER_KM2 = 300.0  # Bandung's centre has about as many in OSM
RAIL_FROM_RADIUS_M = 1200.0
TOLL_FROM_RADIUS_M = 1900.0
HALF_WIDTH_M = {Kind.RIVER: 32.0, Kind.RAIL: 18.0, Kind.TOLL: 36.0}
RUNG_EVERY_M = 290.0
RING_RADII_M = (620.0, 1450.0, 2500.0, 3800.0, 5300.0)
RING_GAP_M = 1900.0
RADIAL_SPACING_M = 1500.0


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One curve of the plan."""

    kind: Kind
    curve: LineString
    rank: Rank = Rank.RESIDENTIAL
    name_hint: str = ""  # "radial 3", "ring 2": what `names` makes a name from
    is_dual: bool = False
    is_oneway: bool = False
    corridor: int = -1  # of a frontage, a rung or a centre line


@dataclass(frozen=True, slots=True)
class Corridor:
    """A strip without blocks: the river, the railway or the toll road between its frontage streets."""

    kind: Kind
    curve: LineString
    strip: Polygon


@dataclass(frozen=True, slots=True)
class Plan:
    """All curves of one city."""

    seed: int
    radius_m: float
    outline: Polygon
    alun_alun: Polygon
    corridors: list[Corridor]
    lines: list[PlanLine]
    interchanges_m: list[float]  # along the toll road's curve


def plan_city(seed: int, road_nodes: int) -> Plan:
    """Draw the plan of a city that will hold about `road_nodes` road nodes.

    Raises:
        ValueError: fewer than 200 road nodes, or more than two million.
    """
    if not 200 <= road_nodes <= 2_000_000:
        raise ValueError("a city has between 200 and 2,000,000 road nodes")
    radius = 1000.0 * math.sqrt(road_nodes / NODES_PER_KM2 / math.pi)
    rng = np.random.default_rng([seed, 1])
    warp = _Warp(rng, radius)
    outline = _outline(rng, radius)
    tilt = float(rng.uniform(-0.35, 0.35))
    square = _square(radius, tilt)
    arterials = _arterials(rng, radius, tilt, square, warp)
    corridors = _rivers_and_rails(rng, radius, tilt, outline)
    interchanges: list[float] = []
    if radius >= TOLL_FROM_RADIUS_M:
        toll = _toll(radius, tilt, arterials, corridors, outline)
        if toll:
            corridors.append(toll[0])
            interchanges = toll[1]
    lines = _crossing_only_well(arterials, corridors)
    lines += _corridor_lines(corridors)
    area = outline.buffer(0.5)
    clipped = [
        PlanLine(line.kind, part, line.rank, line.name_hint, line.is_dual, line.is_oneway, line.corridor)
        for line in lines
        for part in _parts(line.curve.intersection(area))
    ]
    clipped.append(PlanLine(Kind.BORDER, LineString(outline.exterior.coords)))
    return Plan(seed, radius, outline, square, corridors, clipped, interchanges)


class _Warp:
    """A smooth displacement: a few plane waves across each other."""

    def __init__(self, rng: np.random.Generator, radius: float) -> None:
        lengths = np.array([0.9 * radius, 1.3 * radius, min(radius, 2600.0), min(1.2 * radius, 3500.0)])
        self._k = (2 * np.pi / lengths)[:, None] * _unit(rng.uniform(0, 2 * np.pi, 4))
        self._push = (lengths * rng.uniform(0.018, 0.034, 4))[:, None] * _unit(rng.uniform(0, 2 * np.pi, 4))
        self._phase = rng.uniform(0, 2 * np.pi, 4)
        self._calm_m = min(0.25 * radius, 450.0)

    def __call__(self, points: Floats) -> Floats:
        """Bend points, shape (n, 2); the alun-alun in the middle stays in its place."""
        waves = np.sin(points @ self._k.T + self._phase)
        distance = np.hypot(points[:, 0], points[:, 1])
        calm = np.clip(distance / self._calm_m - 0.5, 0, 1)[:, None]
        bent: Floats = points + calm * (waves @ self._push)
        return bent


def _unit(angles: Floats) -> Floats:
    return np.column_stack([np.cos(angles), np.sin(angles)])


def _turn(points: Floats, angle: float) -> Floats:
    c, s = math.cos(angle), math.sin(angle)
    turned: Floats = points @ np.array([[c, s], [-s, c]])
    return turned


def _outline(rng: np.random.Generator, radius: float) -> Polygon:
    angles = np.linspace(0, 2 * np.pi, max(32, int(2 * np.pi * radius / 120)), endpoint=False)
    reach = np.ones_like(angles)
    for waves, height in ((2, 0.07), (3, 0.06), (5, 0.035), (9, 0.018), (14, 0.012)):
        reach += height * np.cos(waves * angles + rng.uniform(0, 2 * np.pi))
    return Polygon(_unit(angles) * (radius * reach)[:, None])


def _square(radius: float, tilt: float) -> Polygon:
    half_x, half_y = min(85.0, 0.12 * radius), min(65.0, 0.09 * radius)
    corners = np.array([[half_x, half_y], [-half_x, half_y], [-half_x, -half_y], [half_x, -half_y]])
    return Polygon(_turn(corners, tilt))


def _arterials(rng: np.random.Generator, radius: float, tilt: float, square: Polygon, warp: _Warp) -> list[PlanLine]:
    if radius < RAIL_FROM_RADIUS_M:
        rings = [0.55 * radius]
    else:
        far = [RING_RADII_M[-1] + RING_GAP_M * k for k in range(1, 60)]
        rings = [r for r in (*RING_RADII_M, *far) if r < 0.9 * radius]
    corners = list(square.exterior.coords)[:4]
    lines = [
        PlanLine(
            Kind.ARTERIAL,
            LineString([corners[(side + 1) % 4], corners[side]]),  # clockwise
            Rank.SECONDARY,
            f"square {side}",
            is_oneway=True,
        )
        for side in range(4)
    ]
    corner_angles = [math.atan2(y, x) for x, y in corners]
    radials = [(angle + float(rng.normal(0, 0.05)), 0, side) for side, angle in enumerate(corner_angles)]
    for number, ring in enumerate(rings):
        spacing = RADIAL_SPACING_M if ring > 800 else 700.0
        ordered = sorted(angle % (2 * math.pi) for angle, _, _ in radials)
        for here, there in zip(ordered, [*ordered[1:], ordered[0] + 2 * math.pi], strict=True):
            if (there - here) * ring > 2 * spacing * 0.8:
                radials.append(((here + there) / 2 + float(rng.normal(0, 0.06)), number + 1, -1))
    for number, (angle, first_ring, corner) in enumerate(radials):
        start = math.hypot(*corners[0]) if first_ring == 0 else 0.87 * rings[first_ring - 1]
        reach = np.arange(start, 1.3 * radius, 45.0)
        sway = 0.07 * np.sin(reach / 700.0 + rng.uniform(0, 6.3)) * np.clip((reach - start) / 600.0, 0, 1)
        points = warp(_unit(angle + sway * np.clip(1500.0 / (reach + 1), 0, 1)) * reach[:, None])
        if first_ring == 0:
            points[0] = corners[corner]
        rank = Rank.PRIMARY if first_ring == 0 else Rank.SECONDARY
        is_dual = first_ring == 0 and radius >= RAIL_FROM_RADIUS_M
        lines.append(PlanLine(Kind.ARTERIAL, LineString(points), rank, f"radial {number}", is_dual))
    for number, ring in enumerate(rings):
        lines += _ring(rng, number, ring, len(rings), [a for a, first, _ in radials if first <= number], warp)
    return lines


def _ring(
    rng: np.random.Generator, number: int, ring: float, rings: int, radial_angles: list[float], warp: _Warp
) -> list[PlanLine]:
    """Draw a ring road sector by sector, so that some sectors can be left out."""
    is_main = (rings >= 3 and number % 3 == 1) or (rings < 3 and number == rings - 1)
    rank = Rank.PRIMARY if is_main and rings >= 3 else Rank.SECONDARY
    phases = rng.uniform(0, 2 * np.pi, 3)
    lines = []
    ordered = sorted(angle % (2 * math.pi) for angle in radial_angles)
    for sector, (here, there) in enumerate(zip(ordered, [*ordered[1:], ordered[0] + 2 * math.pi], strict=True)):
        if not is_main and number > 0 and rng.random() < 0.22:
            continue
        over = 0.12 + 60.0 / ring  # radials sway: reach beyond them, the rest is pruned
        count = round(2 * math.pi * ring / 45.0)  # sectors share one grid of angles: where they overlap they are equal
        step = 2 * math.pi / count
        angles = step * (np.arange(math.floor((here - over) / step), math.ceil((there + over) / step) + 1) % count)
        wave: Floats = 0.035 * np.sin(np.outer(angles, (2, 3, 5)) + phases).sum(axis=1)
        points = warp(_unit(np.asarray(angles, dtype=np.float64)) * (ring * (1 + wave))[:, None])
        lines.append(
            PlanLine(Kind.ARTERIAL, LineString(points), rank, f"ring {number} {sector}", is_main and rings >= 3)
        )
    return lines


def _rivers_and_rails(rng: np.random.Generator, radius: float, tilt: float, outline: Polygon) -> list[Corridor]:
    size = min(1.0, radius / 2200.0)
    along = np.arange(-1.35 * radius, 1.35 * radius, 40.0)
    a, b, c = rng.uniform(0, 2 * np.pi, 3)
    meander = 170 * np.sin(along / 430.0 + a) + 80 * np.sin(along / 170.0 + b)
    drift = 0.12 * radius * np.sin(along / (0.55 * radius) + c) * np.clip(np.abs(along) / (0.5 * radius), 0, 1)
    river = _turn(np.column_stack([along, size * (470.0 + meander) + drift]), tilt + 1.35)
    corridors = [_corridor(Kind.RIVER, river)]
    if radius >= RAIL_FROM_RADIUS_M:
        bow = 0.07 * radius * np.cos(along / (0.8 * radius) + a) - 0.07 * radius * math.cos(a)
        rail = _turn(np.column_stack([along, 950.0 * min(1.0, radius / 3500) + bow]), tilt - 0.12)
        corridors.append(_corridor(Kind.RAIL, rail))
    return corridors


def _corridor(kind: Kind, points: Floats) -> Corridor:
    curve = LineString(points)
    strip = curve.buffer(HALF_WIDTH_M[kind], quad_segs=4, cap_style="flat", join_style="mitre").simplify(0.6)
    if not isinstance(strip, Polygon):
        raise AssertionError("a corridor's curve crosses itself")
    return Corridor(kind, curve, strip)


def _toll(
    radius: float, tilt: float, arterials: list[PlanLine], others: list[Corridor], outline: Polygon
) -> tuple[Corridor, list[float]] | None:
    """Lay the toll road from one main road to another, with interchanges where it crosses some between.

    Several lines are tried and the one with most interchanges, then the longest, is built; None when no line
    crosses two main roads well. The distances are along the corridor's curve.
    """
    rings = [r for r in (*RING_RADII_M, *(RING_RADII_M[-1] + RING_GAP_M * k for k in range(1, 60))) if r < radius]
    along = np.arange(-1.2 * radius, 1.2 * radius, 45.0)
    best: tuple[float, LineString, list[float]] = (0.0, LineString(), [])
    for here, there in itertools.pairwise(rings):
        below = (here + there) / 2
        if not 0.3 * radius < below < 0.65 * radius:
            continue
        for angle in (0.1, -0.25, 0.4, 3.0, 2.7, 3.3):
            bow = 0.16 * radius * (along / radius) ** 2
            curve = LineString(_turn(np.column_stack([along, -below + bow]), tilt + angle))
            places = _interchanges(curve, arterials, others, outline)
            if len(places) >= 2:
                score = min(len(places), 5) + (places[-1] - places[0]) / radius
                best = max(best, (score, curve, places), key=lambda one: one[0])
    _, curve, places = best
    if not places:
        return None
    first, last = places[0], places[-1]
    kept = substring(curve, first - 50.0, last + 50.0)
    return _corridor(Kind.TOLL, np.array(kept.coords)), [s - first + 50.0 for s in places]


def _interchanges(
    curve: LineString, arterials: list[PlanLine], others: list[Corridor], outline: Polygon
) -> list[float]:
    crossings = sorted(
        curve.project(point)
        for line in arterials
        for point in shapely.get_parts(curve.intersection(line.curve))
        if isinstance(point, shapely.Point) and _crossing_angle(curve, line.curve, point) > math.radians(55)
    )
    blocked = [curve.project(p) for o in others for p in shapely.get_parts(curve.intersection(o.curve))]
    inside = outline.buffer(-250.0)
    chosen: list[float] = []
    for s in crossings:
        far_from_others = all(abs(s - other) > 400.0 for other in blocked)
        far_from_last = not chosen or s - chosen[-1] > 1200.0
        if far_from_others and far_from_last and inside.contains(curve.interpolate(s)):
            chosen.append(s)
    return chosen


def _crossing_angle(one: LineString, other: LineString, point: shapely.Point) -> float:
    def heading(line: LineString) -> float:
        s = line.project(point)
        a, b = line.interpolate(max(0.0, s - 15)), line.interpolate(s + 15)
        return math.atan2(b.y - a.y, b.x - a.x)

    turn = abs(heading(one) - heading(other)) % math.pi
    return min(turn, math.pi - turn)


def _crossing_only_well(arterials: list[PlanLine], corridors: list[Corridor]) -> list[PlanLine]:
    """Interrupt a main road where it would cross a corridor at a flat angle, or close to another crossing."""
    lines = []
    taken: list[list[float]] = [[] for _ in corridors]
    for line in sorted(arterials, key=lambda one: one.rank != Rank.PRIMARY):
        curve: BaseGeometry = line.curve
        for number, corridor in enumerate(corridors):
            if not curve.intersects(corridor.strip):
                continue
            width = HALF_WIDTH_M[corridor.kind]
            for piece in _parts(line.curve.intersection(corridor.strip)):
                s = corridor.curve.project(piece.centroid)
                crosses = piece.crosses(corridor.curve) and 1.9 * width < piece.length < 3.3 * width
                clear = all(not piece.intersects(c.strip) for k, c in enumerate(corridors) if k != number)
                if crosses and clear and all(abs(s - other) > 180.0 for other in taken[number]):
                    taken[number].append(s)
                else:
                    # a stub of half a metre stays, so that the end is noded into the frontage and then pruned
                    curve = curve.difference(piece.buffer(1.0).intersection(corridor.strip.buffer(-0.5)))
        lines += [
            PlanLine(line.kind, part, line.rank, line.name_hint, line.is_dual, line.is_oneway) for part in _parts(curve)
        ]
    return lines


def _corridor_lines(corridors: list[Corridor]) -> list[PlanLine]:
    lines = []
    for number, corridor in enumerate(corridors):
        others = [c.strip.buffer(-0.01) for k, c in enumerate(corridors) if k != number]
        edge = corridor.strip.exterior.difference(shapely.union_all(others)) if others else corridor.strip.exterior
        lines += [PlanLine(Kind.FRONTAGE, part, corridor=number) for part in _parts(edge)]
        lines.append(PlanLine(corridor.kind, corridor.curve, corridor=number))
        width = HALF_WIDTH_M[corridor.kind] + 3.0
        for s in np.arange(RUNG_EVERY_M / 2, corridor.curve.length, RUNG_EVERY_M):
            here, ahead = corridor.curve.interpolate(s), corridor.curve.interpolate(s + 1.0)
            dx, dy = ahead.x - here.x, ahead.y - here.y
            length = math.hypot(dx, dy) or 1.0
            nx, ny = -dy / length * width, dx / length * width
            rung = LineString([(here.x - nx, here.y - ny), (here.x + nx, here.y + ny)])
            if not any(rung.intersects(other.strip) for k, other in enumerate(corridors) if k != number):
                lines.append(PlanLine(Kind.RUNG, rung, corridor=number))
    return lines


def _parts(geometry: BaseGeometry) -> list[LineString]:
    if isinstance(geometry, MultiLineString):
        geometry = shapely.line_merge(geometry)
    return [part for part in shapely.get_parts(geometry) if isinstance(part, LineString) and part.length > 0.05]
