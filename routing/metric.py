"""What driving costs: milliseconds of every arc of the search graph, for one profile."""

import numpy as np

from routing.network import INF_MS, Ints, RoadNetwork, frozen
from routing.profiles import Profile
from routing.search_graph import CostlyTurns, Drives, SearchGraph, derive


def search_graph(network: RoadNetwork) -> SearchGraph:
    """Return the search graph of a network; derived once."""
    none = np.zeros(0, dtype=np.int32)

    def make() -> SearchGraph:
        edges = np.arange(network.edge_count, dtype=np.int32)
        with_flow = frozen(np.zeros(network.edge_count, dtype=np.bool_))
        drives = Drives(frozen(edges), with_flow, network.tail, network.head, network.reverse_edge)
        return derive(network, drives, [], CostlyTurns(none, none, none), none)

    return network.once("search_graph", make)


def arc_ms(graph: SearchGraph, profile: Profile) -> Ints:
    """Return the time of every arc in milliseconds, int32, shape (arcs,); INF_MS where it may not be driven."""
    drive_ms = graph.network.travel_ms(profile)
    return frozen(np.minimum(drive_ms[graph.arc_drive], INF_MS).astype(np.int32))
