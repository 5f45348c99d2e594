"""What is asked in a city: places, fleets, closures to draw, a metric with closures in force, and that as plain arcs.

Turn restrictions, what turns cost, gates, places along streets and three closures are in force in every question.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from shapely import Polygon

from routing.closures import NOTHING_CLOSED, ClosureError, in_area
from routing.great_circle import METRES_PER_DEGREE
from routing.metric import Conditions, Metric, metric
from routing.milliseconds import INF_MS
from routing.network import Floats, Ints, Longs, RoadNetwork
from routing.profiles import PROFILES
from routing.snap import Snapped, place_on

PROFILE = PROFILES["ambulance"]  # turns, gates, one-way streets against the flow: all there is
CLOSED_EDGES = 50
CLOSURES_IN_FORCE = 3


class Place(NamedTuple):
    """A place as each engine takes it: along its street, as the node at the end of that, or as a point."""

    snapped: Snapped
    node: int  # of the search graph

    @property
    def lon_lat(self) -> tuple[float, float]:
        return tuple(self.snapped.point)


@dataclass(frozen=True, slots=True)
class PlainArcs:
    """A metric as peers take it that know no turns: the arcs of the search graph, each pair of nodes once."""

    node_count: int
    lon: Floats
    lat: Floats
    tail: Ints  # (arcs,) sorted by tail, then head
    head: Ints
    ms: Ints


@dataclass(frozen=True, slots=True)
class Drawn:
    """A closure as each engine takes it."""

    outline: Polygon
    conditions: Conditions  # of the setting, with this closure added
    row: Longs  # the plain arcs that get slower
    ms: Ints  # and what they take then; INF_MS where closed

    @property
    def ring(self) -> list[tuple[float, float]]:
        return [(float(lon), float(lat)) for lon, lat in self.outline.exterior.coords]


class Setting:
    """A city that is asked."""

    def __init__(self, network: RoadNetwork, rng: random.Random) -> None:
        self.network, self.rng = network, rng
        open_ms = network.travel_ms(PROFILE)
        part = network.largest_component(PROFILE)
        inside = part[network.tail] & part[network.head] & (open_ms < INF_MS)
        self._edges: list[int] = np.flatnonzero(inside).tolist()
        closures = NOTHING_CLOSED
        for number in range(CLOSURES_IN_FORCE):
            ring = [(float(lon), float(lat)) for lon, lat in self._outline().exterior.coords]
            closures = closures.with_closure(in_area(network, f"closed {number}", ring))
        self.conditions = Conditions(closures=closures)
        self.times = metric(network, PROFILE, self.conditions)
        self.arcs = plain_arcs(self.times)

    def place(self) -> Place:
        """Return a place anywhere along a street that an ambulance may use."""
        snapped = place_on(self.network, self.rng.choice(self._edges), self.rng.uniform(0.05, 0.95))
        return Place(snapped, int(self.times.graph.after[snapped.edge]))

    def places(self, count: int, posts: int = 0) -> list[Place]:
        """Return places anywhere, or so many units shared out among some posts."""
        at = [self.place() for _ in range(posts or count)]
        return [self.rng.choice(at) for _ in range(count)] if posts else at

    def closure(self, around: tuple[float, float] | None = None) -> Drawn:
        """Draw a square in which about 50 edges begin, around a place (lon, lat) or anywhere."""
        outline = self._outline(around)
        ring = [(float(lon), float(lat)) for lon, lat in outline.exterior.coords]
        closed = in_area(self.network, "one more", ring)
        conditions = Conditions(closures=self.conditions.closures.with_closure(closed))
        return Drawn(outline, conditions, *self._slower(plain_arcs(metric(self.network, PROFILE, conditions))))

    def _outline(self, around: tuple[float, float] | None = None) -> Polygon:
        network = self.network
        while True:
            middle = int(network.tail[self.rng.choice(self._edges)])
            lon, lat = around or (float(network.node_lon[middle]), float(network.node_lat[middle]))
            shrink = np.cos(np.radians(lat))
            off = np.maximum(
                np.abs(network.node_lon[network.tail] - lon) * shrink, np.abs(network.node_lat[network.tail] - lat)
            )
            half = float(np.partition(off, CLOSED_EDGES)[CLOSED_EDGES]) + 1 / METRES_PER_DEGREE
            corners = [(lon + a * half / shrink, lat + b * half) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            try:
                in_area(network, "tried", corners)
            except ClosureError:
                continue  # beyond the edge of the city
            return Polygon(corners)

    def _slower(self, after: PlainArcs) -> tuple[Longs, Ints]:
        """Return which of the setting's plain arcs take longer now, and what they take."""
        before_key = self.arcs.tail.astype(np.int64) * self.arcs.node_count + self.arcs.head
        after_key = after.tail.astype(np.int64) * after.node_count + after.head
        at = np.minimum(np.searchsorted(after_key, before_key), len(after_key) - 1)
        ms = np.where(after_key[at] == before_key, after.ms[at], INF_MS).astype(np.int32)
        row = np.flatnonzero(ms != self.arcs.ms)
        return row, ms[row]


def plain_arcs(times: Metric) -> PlainArcs:
    """Return the arcs of a metric without loops and closed ones; of parallel ones the quickest."""
    graph = times.graph
    is_open = (times.arc_ms < INF_MS) & (graph.tail != graph.head)
    tail, head, ms = (each[is_open] for each in (graph.tail, graph.head, times.arc_ms))
    order = np.lexsort((ms, head, tail))
    tail, head, ms = tail[order], head[order], ms[order]
    is_first = np.append(True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1]))
    return PlainArcs(graph.node_count, graph.lon, graph.lat, tail[is_first], head[is_first], ms[is_first])


def snapped(places: Sequence[Place]) -> list[Snapped]:
    return [place.snapped for place in places]
