"""Builds a whole city, step by step, from a seed and a size."""

from geo112.simulation.city import areas, carriageways, crossings, gangs, grounds, houses, names, places, traffic
from geo112.simulation.city.areas import Division
from geo112.simulation.city.blocks import cut_blocks
from geo112.simulation.city.draft import Draft, Kind
from geo112.simulation.city.mesh import Mesh, mesh_of
from geo112.simulation.city.plan import Plan, plan_city
from geo112.simulation.city.roads import lay_roads
from geo112.simulation.city.write import NOTE

BEFORE_DEAD_ENDS = 0.9  # of the nodes are spent on streets, the rest on dead ends and carriageways
CITY_TAGS = {"note": NOTE, "description": "kota rekaan / invented city", "fictional": "yes"}


def build_city(seed: int, road_nodes: int) -> Draft:
    """Build an invented city with about `road_nodes` nodes on its roads (within a few percent).

    The same seed and size give the same city. Raises ValueError for a size below 200 or above two million.
    """
    plan = plan_city(seed, road_nodes)
    mesh = mesh_of(plan)
    off_road = _off_road(mesh)
    blocks = cut_blocks(plan, mesh, int(BEFORE_DEAD_ENDS * road_nodes) + off_road)
    rest = road_nodes - (len(mesh.x) - off_road) - _carriageway_nodes(plan, mesh)
    dead_ends = gangs.find_dead_ends(plan, mesh, blocks, rest)
    draft = Draft(mesh.x, mesh.y)
    skeleton = lay_roads(plan, mesh, blocks, draft)
    gangs.lay_dead_ends(dead_ends, draft)
    crossings.build_toll_road(plan, skeleton, draft)
    carriageways.build_main_roads(plan, skeleton, draft)
    crossings.build_minor_crossings(plan, skeleton, draft)
    crossings.draw_corridors(plan, skeleton, draft)
    division = areas.divide(mesh, blocks, seed)
    _settle_streets(draft, division)
    kelurahan = names.kelurahan_names(max(division.kelurahan_of_rw) + 1, seed)
    names.name_streets(draft, division, [s.rw for s in draft.streets], kelurahan, seed)
    traffic.one_way_pairs(draft, plan.radius_m)
    traffic.gates(draft, seed)
    crossings.put_signals(draft)
    crossings.put_road_milestones(draft)
    traffic.ensure_reachable(draft)
    traffic.dress(draft, seed)
    traffic.forbid_turns(draft, seed)
    kecamatan = _kecamatan(division, kelurahan)
    taken = grounds.lay_grounds(plan, mesh, blocks, division, kelurahan, {d.block for d in dead_ends}, draft)
    places.put_places(plan, mesh, blocks, division, skeleton, taken, kelurahan, kecamatan, draft)
    houses.build_houses(plan, mesh, blocks, skeleton, taken, road_nodes, draft)
    areas.draw_areas(division, draft, kelurahan, kecamatan, CITY_TAGS)
    return draft


def _off_road(mesh: Mesh) -> int:
    """How many nodes of the plan no road passes."""
    on_road: set[int] = set()
    for edge in mesh.edges:
        if mesh.kind_of(edge) in (Kind.ARTERIAL, Kind.FRONTAGE):
            on_road |= {edge.start, edge.end}
    return len(mesh.x) - len(on_road)


def _carriageway_nodes(plan: Plan, mesh: Mesh) -> int:
    """How many nodes second carriageways and the toll road will add, about."""
    doubled = sum(1 + len(e.stops) for e in mesh.edges if e.line >= 0 and mesh.lines[e.line].is_dual)
    toll_m = sum(c.curve.length for c in plan.corridors if c.kind == Kind.TOLL)
    return doubled + int(2 * toll_m / crossings.STEP_M)


def _settle_streets(draft: Draft, division: Division) -> None:
    """Give every street the RW it finally lies in: faces were joined, and the first cuts run between two."""
    for road in draft.roads:
        street = draft.streets[road.street]
        if street.rw < 0:
            middle = len(road.nodes) // 2
            pair = (road.nodes[middle - 1], road.nodes[middle])
            street.rw = -2 - division.beside.get(pair, -2)
    for street in draft.streets:
        street.rw = division.rw_of_face[street.rw] if street.rw >= 0 else (-2 - street.rw if street.rw < -1 else -1)


def _kecamatan(division: Division, kelurahan: list[str]) -> list[str]:
    count = max(division.kecamatan_of_kelurahan) + 1
    inside: list[list[int]] = [[] for _ in range(count)]
    spots: list[list[tuple[float, float]]] = [[] for _ in range(count)]
    for number, where in enumerate(division.kecamatan_of_kelurahan):
        inside[where].append(number)
    for rw, number in enumerate(division.kelurahan_of_rw):
        spots[division.kecamatan_of_kelurahan[number]].append(division.rw_middle[rw])
    middles = [(sum(x for x, _ in s) / len(s), sum(y for _, y in s) / len(s)) for s in spots]
    return names.kecamatan_names(middles, kelurahan, inside)
