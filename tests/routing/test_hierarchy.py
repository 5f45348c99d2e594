"""The hierarchy and what is searched by it, against plain Dijkstra of scipy on the same arcs."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from routing.build import from_osm_file
from routing.climbing import UNSEEN, Slate, climb_once, sweep
from routing.elimination import elimination_order
from routing.hierarchy import Hierarchy, hierarchy_of
from routing.link_times import LinkTimes, link_times, slower, turned_round
from routing.metric import arc_ms
from routing.milliseconds import INF_MS
from routing.network import Floats, Ints
from routing.prepared import hierarchy as hierarchy_of_network
from routing.prepared import search_graph
from routing.profiles import PROFILES
from tests.routing.osmnx_twin import NETWORKS, extract

Arcs = tuple[int, Ints, Ints, Ints]  # nodes; tail, head and milliseconds of each arc


@st.composite
def arcs(draw: st.DrawFn) -> Arcs:
    """Draw anything: loops, parallels, islands, one-way traps, arcs that cannot be passed."""
    nodes = draw(st.integers(1, 25))
    node = st.integers(0, nodes - 1)
    ms = st.one_of(st.integers(1, 20), st.integers(1, 10**6), st.just(INF_MS))
    drawn = draw(st.lists(st.tuples(node, node, ms), max_size=90))
    tail, head, time = (np.array([each[i] for each in drawn], dtype=np.int32) for i in range(3))
    return nodes, tail, head, time


def laid_out(graph: Arcs) -> tuple[Hierarchy, Arcs]:
    """Return the hierarchy of a graph, and the graph with its nodes in the order of contraction."""
    nodes, tail, head, ms = graph
    order = elimination_order(nodes, tail, head)
    assert sorted(order.tolist()) == list(range(nodes))
    number = np.empty(nodes, dtype=np.int32)
    number[order] = np.arange(nodes, dtype=np.int32)
    numbered = nodes, number[tail], number[head], ms
    return hierarchy_of(*numbered[:3]), numbered


def field(times: LinkTimes, node: int) -> Ints:
    nodes = len(times.parent)
    node_ms = np.full(nodes, INF_MS, dtype=np.int32)
    slate = Slate(node_ms.copy(), np.full(nodes, UNSEEN, dtype=np.int8), np.empty(nodes, dtype=np.int32))
    door, door_ms = np.array([node], dtype=np.int32), np.zeros(1, dtype=np.int32)
    climb_once(times, door, door_ms, node_ms, slate)
    assert (slate.seen == UNSEEN).all()
    sweep(times, node_ms, INF_MS - 1)
    return node_ms


def times_between(graph: Arcs) -> Floats:
    """Return the times from every node (row) to every node (column), by scipy; INF_MS where there is no way."""
    nodes, tail, head, ms = graph
    least: dict[tuple[int, int], int] = {}
    for a, b, time in zip(tail.tolist(), head.tolist(), ms.tolist(), strict=True):
        if time < INF_MS and a != b:
            least[a, b] = min(time, least.get((a, b), INF_MS))
    a, b = ([each[i] for each in least] for i in range(2))
    between = dijkstra(csr_matrix((list(least.values()), (a, b)), shape=(nodes, nodes)))
    return np.where(np.isfinite(between), between, INF_MS)


def unfolded(times: LinkTimes) -> tuple[Ints, Ints]:
    """Return the times of all links, with the changed rows in their places."""
    up_ms, down_ms = times.up_ms.copy(), times.down_ms.copy()
    for node in np.flatnonzero(times.changed_row >= 0):
        begin, end = int(times.up_start[node]), int(times.up_start[node + 1])
        first = times.changed_row[node]
        up_ms[begin:end] = times.changed_up_ms[first : first + end - begin]
        down_ms[begin:end] = times.changed_down_ms[first : first + end - begin]
    return up_ms, down_ms


@settings(max_examples=200, deadline=None)
@given(arcs())
def test_fields_to_and_from_a_node_are_what_dijkstra_says(graph: Arcs) -> None:
    hierarchy, numbered = laid_out(graph)
    times = link_times(hierarchy, *numbered[1:])
    between = times_between(numbered)
    for node in range(numbered[0]):
        assert field(times, node).tolist() == between[:, node].tolist()
        assert field(turned_round(times), node).tolist() == between[node].tolist()


@settings(max_examples=200, deadline=None)
@given(arcs(), st.randoms(use_true_random=False))
def test_after_a_closure_the_links_are_what_they_were_if_made_anew(graph: Arcs, rng: st.DataObject) -> None:
    hierarchy, (nodes, tail, head, ms) = laid_out(graph)
    times = link_times(hierarchy, tail, head, ms)
    closed = np.array(sorted(rng.sample(range(len(ms)), len(ms) // 4)), dtype=np.int32)  # type: ignore[attr-defined]
    slow_ms = ms.copy()
    slow_ms[closed] = np.where(np.arange(len(closed)) % 2, INF_MS, np.minimum(2 * ms[closed].astype(np.int64), INF_MS))
    closed_times = slower(hierarchy, times, tail, slow_ms, closed)
    anew = link_times(hierarchy, tail, head, slow_ms)
    for found, expected in zip(unfolded(closed_times), (anew.up_ms, anew.down_ms), strict=True):
        assert np.array_equal(found, expected)
    between = times_between((nodes, tail, head, slow_ms))
    for node in range(nodes):
        assert field(closed_times, node).tolist() == between[:, node].tolist()
    assert np.array_equal(times.up_ms, link_times(hierarchy, tail, head, ms).up_ms), "the open roads stay as they were"


@pytest.mark.parametrize("name", NETWORKS[:2])
def test_closures_on_closures_of_a_city_leave_the_links_as_if_made_anew(name: str) -> None:
    network = from_osm_file(extract(name))
    graph, links, rng = search_graph(network), hierarchy_of_network(network), random.Random(name)
    ms = arc_ms(graph, PROFILES["ambulance"])
    times = link_times(links, graph.tail, graph.head, ms)
    most = 0
    for count in (1, 5, 30, 100, 300):
        node = rng.randrange(graph.node_count)
        near = np.argsort(np.hypot(graph.lon - graph.lon[node], graph.lat - graph.lat[node]))[:count]
        closed = np.flatnonzero(np.isin(graph.tail, near)).astype(np.int32)
        ms = ms.copy()
        ms[closed] = np.where(rng.random() < 0.3, np.minimum(2 * ms[closed].astype(np.int64), INF_MS), INF_MS)
        times = slower(links, times, graph.tail, ms, closed)
        anew = link_times(links, graph.tail, graph.head, ms)
        for found, expected in zip(unfolded(times), (anew.up_ms, anew.down_ms), strict=True):
            assert np.array_equal(found, expected)
        most = max(most, int((times.changed_row >= 0).sum()))
    assert most > 100, "nothing much depended on what was closed"


@settings(max_examples=100, deadline=None)
@given(arcs())
def test_heads_of_links_are_ancestors_and_subtrees_stand_together(graph: Arcs) -> None:
    hierarchy, _ = laid_out(graph)
    parent = hierarchy.parent
    for node in range(hierarchy.node_count):
        heads = hierarchy.up_head[int(hierarchy.up_start[node]) : int(hierarchy.up_start[node + 1])].tolist()
        above, line = int(parent[node]), []
        while above >= 0:
            line.append(above)
            above = int(parent[above])
        assert heads == sorted(set(heads))
        assert set(heads) <= set(line)
        assert heads[:1] == line[:1]
        assert parent[node] == -1 or parent[node] > node
    below = np.ones(hierarchy.node_count, dtype=int)
    for node in range(hierarchy.node_count):
        if parent[node] >= 0:
            below[parent[node]] += below[node]
    for node in range(hierarchy.node_count):
        first = node - below[node] + 1
        assert all(first <= parent[each] <= node for each in range(first, node))


def test_a_street_of_no_one_has_no_links() -> None:
    empty = np.zeros(0, dtype=np.int32)
    hierarchy = hierarchy_of(3, empty, empty)
    assert hierarchy.link_count == 0
    assert field(link_times(hierarchy, empty, empty, empty), 1).tolist() == [INF_MS, 0, INF_MS]


def test_a_metric_that_is_wrong_in_one_link_is_found() -> None:
    """The control of the comparisons above: they see a link that is a millisecond too long."""
    tail, head = np.array([0, 1, 2, 3], dtype=np.int32), np.array([1, 2, 3, 0], dtype=np.int32)
    hierarchy, numbered = laid_out((4, tail, head, np.array([5, 6, 7, 8], dtype=np.int32)))
    times = link_times(hierarchy, *numbered[1:])
    wrong_ms = times.up_ms.copy()
    wrong_ms[np.flatnonzero(wrong_ms < INF_MS)[0]] += 1
    between = times_between(numbered)
    wrong = times._replace(up_ms=wrong_ms)
    assert any(field(wrong, node).tolist() != between[:, node].tolist() for node in range(4))
