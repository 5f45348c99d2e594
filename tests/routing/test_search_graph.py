"""The search graph alone: which nodes are split, and which orders of drives its arcs allow."""

import random
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing.build import NoRoadsError, from_osm_file
from routing.network import RoadNetwork
from routing.prepared import search_graph
from routing.search_graph import NARROW_U_TURN, NO_TURN, U_TURN, Ban, CostlyTurns, SearchGraph, derive
from tests.routing.osm_text import Ways, tangles, write_osm

NONE = np.zeros(0, dtype=np.int32)


def walks(network: RoadNetwork, length: int) -> list[tuple[int, ...]]:
    """List all orders in which `length` edges can follow one another."""
    found: list[tuple[int, ...]] = [(edge,) for edge in range(network.edge_count)]
    for _ in range(length - 1):
        found = [
            (*walk, edge) for walk in found for edge in range(network.edge_count)
            if network.tail[edge] == network.head[walk[-1]]
        ]  # fmt: skip
    return found


def is_allowed(graph: SearchGraph, walk: tuple[int, ...]) -> bool:
    """Drive along arcs from the network's own node; say whether no arc on the way is banned."""
    banned = set(graph.ban_arc.tolist())
    node = int(graph.network.tail[walk[0]])
    for drive in walk:
        arcs = range(graph.out_start[node], graph.out_start[node + 1])
        (arc,) = [arc for arc in arcs if graph.arc_drive[arc] == drive]
        if arc in banned:
            return False
        node = int(graph.head[arc])
    return True


def network_of(ways: Ways) -> RoadNetwork:
    with TemporaryDirectory() as folder:
        return from_osm_file(write_osm(Path(folder) / "town.osm", ways))


def test_without_turns_the_search_graph_is_the_network() -> None:
    network = network_of({1: ([1, 2, 3], {}), 2: ([2, 12], {"oneway": "yes"})})
    drives = search_graph(network).drives
    graph = derive(network, drives, [], CostlyTurns(NONE, NONE, NONE), NONE)
    assert graph.node_of.tolist() == list(range(network.node_count))
    edges = graph.arc_drive < network.edge_count
    assert graph.tail[edges].tolist() == network.tail[graph.arc_drive[edges]].tolist()
    assert graph.head[edges].tolist() == network.head[graph.arc_drive[edges]].tolist()
    assert graph.copy_count == 0


@settings(max_examples=150, deadline=None)
@given(tangles(), st.randoms(use_true_random=False))
def test_a_walk_is_allowed_exactly_if_no_forbidden_order_is_in_it(ways: Ways, rng: random.Random) -> None:
    try:
        network = network_of(ways)
    except NoRoadsError:
        assume(False)
    assume(network.edge_count <= 14)
    candidates: list[tuple[int, ...]] = []
    for length in (2, 3, 4):
        possible = walks(network, length)
        candidates += rng.sample(possible, min(len(possible), 4))
    assume(candidates)
    bans = [Ban(walk, number) for number, walk in enumerate(rng.sample(candidates, min(len(candidates), 5)))]
    remembered = np.array(rng.sample(range(network.edge_count), min(2, network.edge_count)), dtype=np.int32)
    drives = search_graph(network).drives
    graph = derive(network, drives, bans, CostlyTurns(NONE, NONE, NONE), remembered)
    for walk in walks(network, 5)[:3000]:
        orders = {walk[a:b] for a, b in product(range(5), range(6)) if a < b}
        assert is_allowed(graph, walk) == orders.isdisjoint(ban.drives for ban in bans)
    for drive in remembered.tolist():
        node = int(graph.after[drive])
        assert node >= network.node_count
        for arc in range(graph.out_start[node], graph.out_start[node + 1]):
            turns_round = drives.back[drive] == graph.arc_drive[arc]
            round_kind = NARROW_U_TURN if drives.ends_narrow[drive] else U_TURN
            assert graph.arc_turn[arc] == (round_kind if turns_round else NO_TURN)
    arcs = np.arange(graph.arc_count)
    assert sorted(graph.drive_arc.tolist()) == arcs.tolist()
