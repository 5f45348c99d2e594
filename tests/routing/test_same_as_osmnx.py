"""The network is osmnx's graph: the same nodes, edges, lengths and directions, on real and on crooked roads."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import networkx as nx
import osmnx as ox
import pytest
from hypothesis import assume, given, settings

from routing.build import NoRoadsError, from_graph, from_osm_file
from routing.network import RoadNetwork
from tests.routing.osm_text import Ways, tangles, write_osm
from tests.routing.osmnx_twin import (
    BANDUNG_TANGERANG,
    BAYREUTH,
    JAKARTA,
    LIECHTENSTEIN,
    extract,
    graphs_of,
    osmnx_graphs,
)


def of_network(network: RoadNetwork) -> tuple[set[int], Counter[tuple[int, int, float]]]:
    ids = network.node_osm_id
    ends = zip(ids[network.tail].tolist(), ids[network.head].tolist(), network.length_m.tolist(), strict=True)
    return set(ids.tolist()), Counter((u, v, round(m, 6)) for u, v, m in ends)


def of_graph(graph: nx.MultiDiGraph) -> tuple[set[int], Counter[tuple[int, int, float]]]:
    edges = Counter((u, v, round(m, 6)) for u, v, m in graph.edges(data="length"))
    return {node for node in graph if graph.degree(node)}, edges  # a way of a single point is no road


def assert_same(network: RoadNetwork, graph: nx.MultiDiGraph) -> None:
    nodes, edges = of_network(network)
    their_nodes, their_edges = of_graph(graph)
    assert nodes == their_nodes
    assert edges.total() == their_edges.total()
    if edges != their_edges:  # the last digit of a sum may round differently
        ours, theirs = sorted((edges - their_edges).elements()), sorted((their_edges - edges).elements())
        assert [e[:2] for e in ours] == [e[:2] for e in theirs]
        assert [e[2] for e in ours] == pytest.approx([e[2] for e in theirs], abs=1e-3)
    ids = network.node_osm_id.tolist()
    places = {n: (x, y) for n, x, y in zip(ids, network.node_lon, network.node_lat, strict=True)}
    assert all(places[n] == (graph.nodes[n]["x"], graph.nodes[n]["y"]) for n in nodes)


def lines_of_network(network: RoadNetwork) -> Counter[tuple[tuple[float, float], ...]]:
    return Counter(
        tuple(map(tuple, network.edge_coordinates(edge).round(7).tolist())) for edge in range(network.edge_count)
    )


def lines_of_graph(graph: nx.MultiDiGraph) -> Counter[tuple[tuple[float, float], ...]]:
    lines: Counter[tuple[tuple[float, float], ...]] = Counter()
    for u, v, attributes in graph.edges(data=True):
        ends = [(graph.nodes[n]["x"], graph.nodes[n]["y"]) for n in (u, v)]
        points = attributes["geometry"].coords if "geometry" in attributes else ends
        lines[tuple((round(x, 7), round(y, 7)) for x, y in points)] += 1
    return lines


@pytest.mark.extract
@pytest.mark.parametrize("name", [JAKARTA, BANDUNG_TANGERANG, LIECHTENSTEIN, BAYREUTH])
def test_a_real_extract_gives_the_graph_that_osmnx_makes_of_it(name: str) -> None:
    network, graph = from_osm_file(extract(name)), graphs_of(name).simple
    assert_same(network, graph)
    assert lines_of_network(network) == lines_of_graph(graph)


@pytest.mark.extract
@pytest.mark.parametrize("name", [BANDUNG_TANGERANG, LIECHTENSTEIN])
def test_an_osmnx_graph_simplified_or_not_gives_the_same_network(name: str) -> None:
    graphs = graphs_of(name)
    network = from_osm_file(extract(name))
    for graph in (graphs.raw, graphs.simple):
        taken = from_graph(graph)
        assert_same(taken, graphs.simple)
        assert lines_of_network(taken) == lines_of_network(network)
        assert (taken.reverse_edge < 0).sum() == (network.reverse_edge < 0).sum()


# Each town is a handful of ways; nodes 1…9 lie on a crooked line, 11…19 beside it.
CROOKED = {
    "one_way_forwards": {10: ([1, 2, 3], {"oneway": "yes"}), 11: ([3, 4], {})},
    "one_way_backwards": {10: ([1, 2, 3], {"oneway": "-1"}), 11: ([3, 4], {"oneway": "reverse"})},
    "one_way_by_odd_words": {
        10: ([1, 2], {"oneway": "T"}), 11: ([2, 3], {"oneway": "F"}), 12: ([3, 4], {"oneway": "1"}),
    },
    "one_way_unknown_word": {10: ([1, 2, 3], {"oneway": "alternating"}), 11: ([3, 4], {"oneway": "no"})},
    "roundabout": {10: ([1, 2, 3, 4, 1], {"junction": "roundabout"}), 11: ([1, 11], {}), 12: ([3, 13], {})},
    "roundabout_turned": {10: ([1, 2, 3, 1], {"junction": "roundabout", "oneway": "-1"}), 11: ([1, 11], {})},
    "circular_is_two_way": {10: ([1, 2, 3, 1], {"junction": "circular"}), 11: ([1, 11], {})},
    "ring_that_touches_nothing": {10: ([1, 2, 3, 1], {}), 11: ([11, 12], {})},
    "ring_of_two_ways": {10: ([1, 2, 3], {}), 11: ([3, 4, 1], {}), 12: ([11, 12, 13], {})},
    "one_way_ring": {10: ([1, 2, 3, 1], {"oneway": "yes"}), 11: ([11, 12, 13], {})},
    "lollipop": {10: ([1, 2, 3, 4, 5, 3], {}), 11: ([1, 11], {})},
    "lollipop_one_way": {10: ([1, 2, 3], {}), 11: ([3, 4, 5, 3], {"oneway": "yes"})},
    "repeated_points": {10: ([1, 1, 2, 2, 2, 3], {}), 11: ([3, 3, 4], {"oneway": "yes"})},
    "there_and_back_in_one_way": {10: ([1, 2, 3, 2, 1], {})},
    "spur_inside_a_way": {10: ([1, 2, 3, 2, 4], {}), 11: ([4, 5], {})},
    "parallel_streets": {10: ([1, 2, 3], {}), 11: ([1, 12, 3], {}), 12: ([1, 13, 3], {}), 13: ([3, 4], {})},
    "same_street_twice": {10: ([1, 2, 3, 4], {}), 11: ([1, 2, 3, 4], {}), 12: ([4, 5], {})},
    "same_street_twice_one_way": {10: ([1, 2, 3], {"oneway": "yes"}), 11: ([1, 2, 3], {"oneway": "yes"})},
    "same_street_both_ways_as_two": {10: ([1, 2, 3], {"oneway": "yes"}), 11: ([3, 2, 1], {"oneway": "yes"})},
    "half_of_it_twice": {10: ([1, 2, 3, 4], {}), 11: ([2, 3], {"oneway": "yes"}), 12: ([4, 5], {})},
    "doubled_into_two_way": {10: ([1, 2], {"oneway": "yes"}), 11: ([1, 2], {"oneway": "yes"}), 12: ([2, 3], {})},
    "two_way_becomes_one_way": {10: ([1, 2, 3], {}), 11: ([3, 4, 5], {"oneway": "yes"}), 12: ([5, 6], {})},
    "one_ways_that_collide": {10: ([1, 2, 3], {"oneway": "yes"}), 11: ([5, 4, 3], {"oneway": "yes"})},
    "one_ways_that_part": {10: ([3, 2, 1], {"oneway": "yes"}), 11: ([3, 4, 5], {"oneway": "yes"})},
    "dual_carriageways_in_a_ring": {
        10: ([1, 2, 3], {}), 11: ([3, 4, 5], {"oneway": "yes"}), 12: ([5, 14, 3], {"oneway": "yes"}),
        13: ([5, 6, 7], {}), 14: ([7, 8, 1], {"oneway": "yes"}), 15: ([1, 18, 7], {"oneway": "yes"}), 16: ([9, 19], {}),
    },
    "a_point_is_no_road": {10: ([1, 1], {}), 11: ([2, 3], {})},
    "many_kinds_in_a_row": {
        10: ([1, 2], {"highway": "primary"}), 11: ([2, 3, 4], {"highway": "footway"}),
        12: ([4, 5], {"highway": "steps"}),
    },
}  # fmt: skip


@pytest.mark.parametrize("town", CROOKED)
def test_crooked_roads_give_the_graph_that_osmnx_makes_of_them(town: str, tmp_path: Path) -> None:
    path = write_osm(tmp_path / "town.osm", CROOKED[town])
    graphs = osmnx_graphs(path)
    network = from_osm_file(path)
    assert_same(network, graphs.simple)
    assert lines_of_network(network) == lines_of_graph(graphs.simple)
    for graph in (graphs.raw, graphs.simple):
        assert_same(from_graph(graph), graphs.simple)
        assert lines_of_network(from_graph(graph)) == lines_of_network(network)


@settings(max_examples=150, deadline=None)
@given(tangles())
def test_any_tangle_of_ways_gives_the_graph_that_osmnx_makes_of_it(ways: Ways) -> None:
    with TemporaryDirectory() as folder:
        path = write_osm(Path(folder) / "tangle.osm", ways)
        try:
            graph = osmnx_graphs(path).simple
        except ox._errors.GraphSimplificationError:
            assume(False)  # osmnx itself gives up on it
        if graph.number_of_edges() == 0:
            with pytest.raises(NoRoadsError):
                from_osm_file(path)
        else:
            network = from_osm_file(path)
            assert_same(network, graph)
            assert lines_of_network(network) == lines_of_graph(graph)


@pytest.mark.parametrize("town", CROOKED)
def test_the_reverse_of_an_edge_is_the_same_line_driven_back(town: str, tmp_path: Path) -> None:
    network = from_osm_file(write_osm(tmp_path / "town.osm", CROOKED[town]))
    for edge in range(network.edge_count):
        other = int(network.reverse_edge[edge])
        if other < 0:
            continue
        assert int(network.reverse_edge[other]) == edge != other
        assert (network.edge_coordinates(edge) == network.edge_coordinates(other)[::-1]).all()
        assert network.street[edge] == network.street[other]
        assert network.edge_pieces(edge) == network.edge_pieces(other)[::-1]


def test_a_graph_that_went_through_graphml_gives_the_same_network(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "town.osm", CROOKED["many_kinds_in_a_row"] | {20: ([5, 6], {"oneway": "yes"})})
    graph = ox.graph_from_xml(path, simplify=True, retain_all=True)
    ox.save_graphml(graph, tmp_path / "town.graphml")
    assert from_graph(ox.load_graphml(tmp_path / "town.graphml")).network_id == from_graph(graph).network_id


def test_a_projected_graph_comes_back_to_degrees(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "town.osm", CROOKED["parallel_streets"])
    graph = ox.graph_from_xml(path, simplify=True, retain_all=True)
    network, taken = from_graph(graph), from_graph(ox.project_graph(graph))
    assert taken.node_osm_id.tolist() == network.node_osm_id.tolist()
    assert taken.node_lon == pytest.approx(network.node_lon, abs=1e-7)
    assert taken.length_m == pytest.approx(network.length_m, abs=1e-3)
