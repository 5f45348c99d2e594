"""What is asked in a city: fleets, scenes, a metric with closures in force, and the same as plain arcs for peers."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely import Polygon

from routing.closures import NOTHING_CLOSED, ClosureError, in_area
from routing.fleet import Fleet, fleet_at
from routing.great_circle import METRES_PER_DEGREE
from routing.metric import Conditions, Metric, metric
from routing.milliseconds import INF_MS
from routing.network import Floats, Ints, RoadNetwork
from routing.profiles import PROFILES, Profile
from routing.snap import Snapped, place_on

PROFILE = PROFILES["ambulance"]  # turns, gates, sirens against the flow: all there is
CLOSED_EDGES = 50


@dataclass(frozen=True, slots=True)
class PlainArcs:
    """A metric as peers take it that know no turns: the arcs of the search graph, each pair of nodes once."""

    node_count: int
    lon: Floats
    lat: Floats
    tail: Ints
    head: Ints
    ms: Ints


class Setting:
    """A city that is asked."""

    def __init__(self, network: RoadNetwork, rng: random.Random) -> None:
        self.network, self.rng = network, rng
        open_ms = network.travel_ms(PROFILE)
        part = network.largest_component(PROFILE)
        inside = part[network.tail] & part[network.head] & (open_ms < INF_MS)
        self._edges: list[int] = np.flatnonzero(inside).tolist()
        closures = NOTHING_CLOSED
        for number in range(3):
            closures = closures.with_closure(in_area(network, f"closed {number}", ring(self.outline())))
        self.conditions = Conditions(closures=closures)
        self.times: Metric = metric(network, PROFILE, self.conditions)

    def place(self) -> Snapped:
        """Return a place anywhere along a street that an ambulance may use."""
        return place_on(self.network, self.rng.choice(self._edges), self.rng.uniform(0.05, 0.95))

    def fleet(self, count: int, posts: int = 0) -> Fleet:
        """Return units anywhere, or shared out among so many posts."""
        at = [self.place() for _ in range(posts)]
        return fleet_at(self.network, [self.rng.choice(at) if posts else self.place() for _ in range(count)])

    def outline(self) -> Polygon:
        """Return a square around a junction in which about 50 edges begin, and that closes a street."""
        network = self.network
        while True:
            middle = int(network.tail[self.rng.choice(self._edges)])
            lon, lat = float(network.node_lon[middle]), float(network.node_lat[middle])
            shrink = np.cos(np.radians(lat))
            off = np.maximum(
                np.abs(network.node_lon[network.tail] - lon) * shrink, np.abs(network.node_lat[network.tail] - lat)
            )
            half = float(np.partition(off, CLOSED_EDGES)[CLOSED_EDGES]) + 1 / METRES_PER_DEGREE
            corners = [(lon + a * half / shrink, lat + b * half) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            try:
                in_area(network, "tried", ring(Polygon(corners)))
            except ClosureError:
                continue  # beyond the edge of the city
            return Polygon(corners)

    def plain(self) -> PlainArcs:
        return plain_arcs(self.times)


def ring(outline: Polygon) -> list[tuple[float, float]]:
    return [(float(lon), float(lat)) for lon, lat in outline.exterior.coords]


def plain_arcs(times: Metric) -> PlainArcs:
    """Return the arcs of a metric without loops; of parallel ones the quickest."""
    graph = times.graph
    is_open = (times.arc_ms < INF_MS) & (graph.tail != graph.head)
    tail, head, ms = (each[is_open] for each in (graph.tail, graph.head, times.arc_ms))
    order = np.lexsort((ms, head, tail))
    tail, head, ms = tail[order], head[order], ms[order]
    is_first = np.append(True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1]))
    return PlainArcs(graph.node_count, graph.lon, graph.lat, tail[is_first], head[is_first], ms[is_first])


def node_of(times: Metric, place: Snapped) -> int:
    """Return the search node at the end of a place's street: where peers begin that know nodes alone."""
    return int(times.graph.after[place.edge])


def nodes_of(times: Metric, places: Sequence[Snapped]) -> list[int]:
    return [node_of(times, place) for place in places]


def with_closure(setting: Setting, outline: Polygon, profile: Profile = PROFILE) -> Conditions:
    """Return the setting's conditions with one more closure."""
    closed = in_area(setting.network, "one more", ring(outline), profiles=[profile.name])
    return Conditions(closures=setting.conditions.closures.with_closure(closed))
