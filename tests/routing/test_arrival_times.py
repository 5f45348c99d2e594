"""Arrival times equal networkx's Dijkstra on osmnx's graph, with scene and units inserted on their edges."""

import os
import random
from collections.abc import Callable
from itertools import pairwise

import pytest

from routing.build import from_osm_file
from routing.network import RoadNetwork
from routing.search import arrival_field, soonest
from routing.snap import Snapped, snap
from tests.routing.osmnx_twin import BANDUNG_TANGERANG, JAKARTA, LIECHTENSTEIN, PLAIN, Edge, Twin, extract, graphs_of

SCENES = 300 if os.environ.get("GEO112_FULL") == "1" else 30
UNITS = 50
FAR_S = 1e6  # nobody walks through Liechtenstein in the default limit of four hours
Place = tuple[Edge, int, float]  # edge of osmnx's graph, number of the segment on it, share of the segment


def placer(twin: Twin, network: RoadNetwork, rng: random.Random) -> Callable[[], tuple[Place, Snapped]]:
    """Return a function that draws a random place on a passable street and finds it again by its coordinates."""
    edges = sorted(twin.graphs.simple.edges(keys=True))

    def place() -> tuple[Place, Snapped]:
        while True:
            edge = rng.choice(edges)
            number = rng.randrange(len(twin.segments(edge)))
            segment, share = twin.segments(edge)[number], rng.uniform(0.02, 0.98)
            if not twin.is_open(edge, segment):
                continue
            found = snap(network, *twin.point(segment, share), twin.profile)
            assert found is not None
            assert found.distance_m < 0.01
            ends = {network.node_osm_id[network.tail[found.edge]], network.node_osm_id[network.head[found.edge]]}
            # Where two streets lie on one another the point does not say which is meant: draw again.
            if (
                ends == set(edge[:2])
                and abs(network.length_m[found.edge] - twin.graphs.simple.edges[edge]["length"]) < 1e-3
            ):
                return (edge, number, share), found

    return place


def compare(name: str, profile: str, scenes: int, seed: int) -> tuple[int, int]:
    """Compare random scenes with all their units; return how many units could and could not arrive."""
    network, twin = from_osm_file(extract(name)), Twin(graphs_of(name), PLAIN[profile])
    place = placer(twin, network, random.Random(seed))
    arrived = stranded = 0
    for _ in range(scenes):
        scene, *units = [place() for _ in range(UNITS + 1)]
        graph, (scene_node, *unit_nodes) = twin.with_places([their for their, _ in (scene, *units)])
        theirs = twin.seconds_to(graph, scene_node)
        expected = [theirs.get(node, float("inf")) for node in unit_nodes]

        field = arrival_field(network, scene[1], twin.profile, FAR_S)
        ours = field.seconds_from_many([own for _, own in units]).tolist()
        assert [s == float("inf") for s in ours] == [s == float("inf") for s in expected]
        reachable = [i for i in range(UNITS) if expected[i] < float("inf")]
        assert [ours[i] for i in reachable] == pytest.approx([expected[i] for i in reachable], abs=0.0011, rel=0)

        ranked = soonest(network, scene[1], [own for _, own in units], twin.profile, limit_s=FAR_S)
        assert sorted(i for i, _ in ranked) == reachable
        assert all(seconds == ours[i] for i, seconds in ranked)
        # The same order as theirs, except between units that are as good as equal.
        assert all(expected[a] <= expected[b] + 0.0011 for (a, _), (b, _) in pairwise(ranked))
        for k in (1, 10):
            assert soonest(network, scene[1], [own for _, own in units], twin.profile, k, FAR_S) == ranked[:k]
        arrived, stranded = arrived + len(reachable), stranded + UNITS - len(reachable)
    return arrived, stranded


@pytest.mark.extract
@pytest.mark.timeout(1800)
def test_random_scenes_in_jakarta_equal_networkx_on_osmnx_graph() -> None:
    arrived, _ = compare(JAKARTA, "ambulance", SCENES, seed=112)
    assert arrived > SCENES * UNITS * 0.8  # the comparison is about times, not about islands


@pytest.mark.extract
@pytest.mark.timeout(900)
@pytest.mark.parametrize("profile", PLAIN)
def test_every_profile_equals_networkx_where_ways_are_tagged_in_full(profile: str) -> None:
    arrived, _ = compare(LIECHTENSTEIN, profile, SCENES // 10, seed=7)
    assert arrived > 0


@pytest.mark.extract
def test_two_cities_apart_equal_networkx_and_units_of_the_other_city_never_arrive() -> None:
    arrived, stranded = compare(BANDUNG_TANGERANG, "motorcycle", SCENES // 10, seed=5)
    assert arrived > 0
    assert stranded > 0
