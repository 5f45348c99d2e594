"""The search on small worlds: tangles of ways against the twin, and the cases that once went wrong elsewhere."""

import math
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import osmnx as ox
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing.build import from_osm_file
from routing.network import ForeignNetworkError, RoadNetwork
from routing.path import path_from_field
from routing.search import arrival_field, soonest
from routing.snap import Snapped, place_on, snap
from tests.routing.osm_text import Ways, place_of, tangles, write_osm
from tests.routing.osmnx_twin import JAKARTA, PLAIN, Edge, Twin, extract, osmnx_graphs

AMBULANCE, MOTORCYCLE, ON_FOOT = (PLAIN[name] for name in ("ambulance", "motorcycle", "on_foot"))
MPS = 25 * 1.3 / 3.6  # an ambulance on a residential street: class speed × siren factor


def town(folder: Path, ways: Ways) -> RoadNetwork:
    return from_osm_file(write_osm(folder / "town.osm", ways))


def at(network: RoadNetwork, column: float, row: int = 0, profile: str = "ambulance") -> Snapped:
    """Snap to the point between two nodes of a row: 1.5 is half-way from node 1 to node 2."""
    low, high = place_of(10 * row + int(column)), place_of(10 * row + int(column) + 1)
    share = column - int(column)
    lon, lat = (a + share * (b - a) for a, b in zip(low, high, strict=True))
    found = snap(network, lon, lat, PLAIN[profile])
    assert found is not None
    assert found.distance_m < 0.01
    return found


def seconds(network: RoadNetwork, origin: Snapped, scene: Snapped, profile: str = "ambulance") -> float:
    """Ask the field and the early-ending search, which must agree, and the path, which must explain the answer."""
    field = arrival_field(network, scene, PLAIN[profile])
    answer = field.seconds_from(origin)
    ranked = soonest(network, scene, [origin], PLAIN[profile], k=1)
    assert ranked == ([(0, answer)] if math.isfinite(answer) else [])
    path = path_from_field(field, origin)
    assert (path is None) == math.isinf(answer)
    if path is not None:
        assert path.seconds == answer == pytest.approx(sum(edge.seconds for edge in path.edges))
    return answer


def metres(network: RoadNetwork, *columns: float, row: int = 0) -> float:
    """Measure the way along a row of nodes by great circles."""
    total = 0.0
    for begin, end in pairwise(columns):
        points = [place_of(10 * row + int(c)) for c in (begin, end)]
        assert begin == int(begin)
        assert end == int(end)
        total += float(ox.distance.great_circle(points[0][1], points[0][0], points[1][1], points[1][0]))
    return total


@settings(max_examples=120, deadline=None)
@given(tangles(), st.sampled_from([AMBULANCE, MOTORCYCLE, ON_FOOT]), st.randoms(use_true_random=False))
def test_any_tangle_of_ways_gives_the_times_of_the_twin(ways: Ways, profile: object, rng: random.Random) -> None:
    with TemporaryDirectory() as folder:
        path = write_osm(Path(folder) / "tangle.osm", ways)
        try:
            graphs = osmnx_graphs(path)
        except ox._errors.GraphSimplificationError:
            assume(False)
        assume(graphs.simple.number_of_edges() > 0)
        network = from_osm_file(path)
    twin = Twin(graphs, profile)  # type: ignore[arg-type]
    edges = edges_of_both(network, twin)
    assume(edges)

    def draw() -> tuple[tuple[Edge, int, float], Snapped] | None:
        theirs, ours = rng.choice(edges)
        lengths = [graphs.raw.get_edge_data(*segment)[0]["length"] for segment in twin.segments(theirs)]
        number, share = rng.randrange(len(lengths)), rng.randint(5, 95) / 100
        if not twin.is_open(theirs, twin.segments(theirs)[number]):
            return None
        along = sum(lengths[:number]) + share * lengths[number]
        return (theirs, number, share), place_on(network, ours, along / sum(lengths))

    drawn = [place for place in (draw() for _ in range(12)) if place is not None]
    assume(drawn)
    graph, nodes = twin.with_places([their for their, _ in drawn])
    expected = twin.seconds_to(graph, nodes[0])
    scene, units = drawn[0][1], [own for _, own in drawn]
    field = arrival_field(network, scene, twin.profile)
    ours = field.seconds_from_many(units).tolist()
    assert ours == pytest.approx([expected.get(node, math.inf) for node in nodes], rel=0, abs=0.0011)
    ranked = soonest(network, scene, units, twin.profile)
    assert ranked == sorted(((i, s) for i, s in enumerate(ours) if s < math.inf), key=lambda each: (each[1], each[0]))
    for k in range(len(units) + 1):
        assert soonest(network, scene, units, twin.profile, k=k) == ranked[:k]
    for unit, unit_s in zip(units, ours, strict=True):
        way = path_from_field(field, unit)
        assert (way is None) == math.isinf(unit_s)
        assert way is None or sum(edge.seconds for edge in way.edges) == pytest.approx(unit_s)


def edges_of_both(network: RoadNetwork, twin: Twin) -> list[tuple[Edge, int]]:
    """Pair osmnx's edges with ours by ends and line, leaving out those that lie on one another."""
    ours: dict[object, int] = {}
    ids = network.node_osm_id
    keys = []
    for edge in range(network.edge_count):
        line = tuple(map(tuple, network.edge_coordinates(edge).tolist()))
        key = (ids[network.tail[edge]], ids[network.head[edge]], line)
        keys.append(key)
        ours[key] = edge
    theirs: dict[object, Edge] = {}
    for u, v, k in twin.graphs.simple.edges(keys=True):
        nodes = [*(segment[0] for segment in twin.segments((u, v, k))), v]
        line = tuple((twin.graphs.raw.nodes[n]["x"], twin.graphs.raw.nodes[n]["y"]) for n in nodes)
        theirs[u, v, line] = (u, v, k)
    unique = {key for key, count in Counter(keys).items() if count == 1}
    # Raw segments that two ways share leave open which of them an edge was merged from.
    plain = {s for s in twin.graphs.raw.edges() if twin.graphs.raw.number_of_edges(*s) == 1}
    return [(theirs[k], ours[k]) for k in sorted(unique, key=str) if plain.issuperset(twin.segments(theirs[k]))]


def test_a_unit_behind_the_scene_on_a_two_way_street_drives_straight_to_it(tmp_path: Path) -> None:
    network = town(tmp_path, {1: ([1, 2, 3], {})})
    there, back = at(network, 1.25), at(network, 2.5)
    assert there.edge == back.edge
    expected_s = (0.75 * metres(network, 1, 2) + 0.5 * metres(network, 2, 3)) / MPS
    assert seconds(network, there, back) == pytest.approx(expected_s, abs=0.001)
    assert seconds(network, back, there) == pytest.approx(expected_s, abs=0.001)


def test_a_street_with_a_one_way_that_doubles_back_in_its_middle_is_not_two_way(tmp_path: Path) -> None:
    network = town(tmp_path, {1: ([1, 2], {}), 2: ([2, 3, 2], {"oneway": "yes"}), 3: ([3, 4], {})})
    assert [network.reverse_edge[edge] for edge in range(network.edge_count)] == [-1, -1]


def test_a_unit_past_the_scene_on_a_one_way_street_drives_round_the_block(tmp_path: Path) -> None:
    network = town(tmp_path, {1: ([1, 2], {"oneway": "yes"}), 2: ([2, 12, 11, 1], {}), 3: ([2, 3], {})})
    before, past = at(network, 1.25), at(network, 1.75)
    block_m = metres(network, 1, 2) + float(network.length_m[at(network, 1.5, row=1).edge])
    direct_s = 0.5 * metres(network, 1, 2) / MPS
    assert seconds(network, before, past) == pytest.approx(direct_s, abs=0.001)
    assert seconds(network, past, before) == pytest.approx(block_m / MPS - direct_s, abs=0.003)


def test_the_way_round_wins_on_one_street_when_its_own_middle_is_closed(tmp_path: Path) -> None:
    ways: Ways = {
        1: ([1, 2], {}), 2: ([2, 3], {"highway": "steps"}), 3: ([3, 4], {}),
        4: ([1, 11, 12, 13, 14, 4], {}), 5: ([1, 21], {}), 6: ([4, 24], {}),
    }  # fmt: skip
    network = town(tmp_path, ways)
    west, east = at(network, 1.5), at(network, 3.5)
    assert west.edge == east.edge  # osmnx makes one edge of street, steps, street
    round_m = float(network.length_m[at(network, 12.5 - 10, row=1).edge])
    half_m = 0.5 * (metres(network, 1, 2) + metres(network, 3, 4))
    assert seconds(network, west, east) == pytest.approx((half_m + round_m) / MPS, abs=0.003)
    walk_s = half_m / (5 / 3.6) + metres(network, 2, 3) / (3 / 3.6)
    assert seconds(network, west, east, "on_foot") == pytest.approx(walk_s, abs=0.003)


def test_a_street_that_ends_as_a_footway_serves_vehicles_as_far_as_it_is_a_street(tmp_path: Path) -> None:
    network = town(tmp_path, {1: ([1, 2], {}), 2: ([2, 3], {"highway": "footway"}), 3: ([1, 11], {}), 4: ([1, 21], {})})
    on_street, origin = at(network, 1.5), at(network, 1.25)
    assert seconds(network, origin, on_street) == pytest.approx(0.25 * metres(network, 1, 2) / MPS, abs=0.001)
    lon, lat = place_of(3)
    found = snap(network, lon, lat, AMBULANCE)
    assert found is not None
    assert found.distance_m == pytest.approx(metres(network, 2, 3), abs=0.5)  # the end of the street, not the footway
    assert math.isfinite(seconds(network, origin, found))
    at_end = snap(network, lon, lat, MOTORCYCLE)
    assert at_end is not None
    assert at_end.distance_m < 0.01


def test_an_island_is_never_reached_and_never_guessed(tmp_path: Path) -> None:
    network = town(tmp_path, {1: ([1, 2, 3], {}), 2: ([51, 52, 53], {})})
    here, island = at(network, 1.5), at(network, 1.5, row=5)
    assert seconds(network, here, island) == math.inf
    assert soonest(network, island, [here, at(network, 2.5, row=5)], AMBULANCE) == [
        (1, seconds(network, at(network, 2.5, row=5), island))
    ]


def test_a_one_way_trap_lets_in_but_not_out(tmp_path: Path) -> None:
    network = town(tmp_path, {1: ([1, 2], {}), 2: ([2, 3], {"oneway": "yes"}), 3: ([3, 4], {})})
    outside, inside = at(network, 1.5), at(network, 3.5)
    assert math.isfinite(seconds(network, outside, inside))
    assert seconds(network, inside, outside) == math.inf


def test_units_as_good_as_each_other_are_ranked_by_their_place_in_the_list(tmp_path: Path) -> None:
    network = town(tmp_path, {1: ([1, 2, 3, 4], {}), 2: ([4, 14], {}), 3: ([1, 11], {})})
    near, far = at(network, 2.5), at(network, 1.25)
    ranked = soonest(network, at(network, 3.5), [far, near, far, near, far], AMBULANCE)
    assert [unit for unit, _ in ranked] == [1, 3, 0, 2, 4]
    assert [unit for unit, _ in soonest(network, at(network, 3.5), [far, near, far, near, far], AMBULANCE, k=3)] == [
        1,
        3,
        0,
    ]


def test_what_lies_beyond_the_limit_counts_as_unreachable(tmp_path: Path) -> None:
    network = town(tmp_path, {1: ([1, 2, 3, 4, 5, 6, 7, 8, 9], {}), 2: ([1, 11], {}), 3: ([9, 19], {})})
    scene, far = at(network, 1.5), at(network, 8.5)
    whole_s = seconds(network, far, scene)
    assert arrival_field(network, scene, AMBULANCE, limit_s=whole_s / 2).seconds_from(far) == math.inf
    assert soonest(network, scene, [far], AMBULANCE, limit_s=whole_s - 0.01) == []
    assert soonest(network, scene, [far], AMBULANCE, limit_s=whole_s) == [(0, whole_s)]


def test_nobody_and_nothing_wanted_is_an_empty_answer(tmp_path: Path) -> None:
    network = town(tmp_path, {1: ([1, 2], {})})
    assert soonest(network, at(network, 1.5), [], AMBULANCE) == []
    assert soonest(network, at(network, 1.5), [at(network, 1.5)], AMBULANCE, k=0) == []
    assert arrival_field(network, at(network, 1.5), AMBULANCE).seconds_from_many([]).tolist() == []


def test_a_place_of_another_network_is_refused(tmp_path: Path) -> None:
    one, other = town(tmp_path, {1: ([1, 2], {})}), town(tmp_path, {1: ([1, 3], {})})
    field = arrival_field(one, at(one, 1.5), AMBULANCE)
    stranger = place_on(other, 0, 0.5)
    with pytest.raises(ForeignNetworkError):
        field.seconds_from(stranger)
    with pytest.raises(ForeignNetworkError):
        arrival_field(one, stranger, AMBULANCE)
    with pytest.raises(ForeignNetworkError):
        soonest(one, at(one, 1.5), [stranger], AMBULANCE)


@pytest.mark.extract
def test_many_threads_at_once_get_the_answers_of_one(tmp_path: Path) -> None:
    from_osm_file(extract(JAKARTA)).save(tmp_path / "network")
    calm, busy = (RoadNetwork.load(tmp_path / "network") for _ in range(2))
    rng = random.Random(3)
    points = [(rng.uniform(106.75, 106.9), rng.uniform(-6.3, -6.15)) for _ in range(120)]

    def answer(network: RoadNetwork, turn: int) -> object:
        profile = list(PLAIN.values())[turn % len(PLAIN)]
        places = [place for lon, lat in points if (place := snap(network, lon, lat, profile)) is not None]
        scene = places[turn]
        field = arrival_field(network, scene, profile)
        ranked = soonest(network, scene, places, profile, k=7)
        assert [field.seconds_from(places[unit]) for unit, _ in ranked] == [s for _, s in ranked]
        return ranked, field.node_ms.tobytes()

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda turn: answer(busy, turn), range(48)))
    assert together == [answer(calm, turn) for turn in range(48)]
