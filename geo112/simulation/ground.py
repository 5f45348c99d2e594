"""Where things may stand and happen: places on the road within the largest connected part of the network.

    network ─ profile ─► largest part ─► its nodes ─► a random place (dense streets have more nodes: more happens there)
                                             └──────► a place near a point that can be driven to and away from

An extract may fall into parts (two cities, an island): a unit in one would never reach a scene in another.
"""

import asyncio
import math
import random
from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from geo112.coordinates import LonLat
from routing.course import Course
from routing.great_circle import METRES_PER_DEGREE
from routing.metric import ANY_TIME, Conditions
from routing.network import INF_MS, Floats, Ints, RoadNetwork
from routing.path import shortest_path
from routing.profiles import PROFILES, Profile
from routing.search import soonest
from routing.snap import Snapped, place_on, snap

DETOUR = 1.4  # as dispatching.travel guesses where no road is known
STRAIGHT_LINE_MPS = 25 / 3.6


class Ground:
    """The road network, as those see it who stand on it. Knows no city, only roads."""

    def __init__(self, network: RoadNetwork) -> None:
        self.network = network
        self._thinking = asyncio.Semaphore(1)  # one search at a time: the other processor is the server's

    def nodes(self, profile: str) -> Ints:
        """Return the nodes of the largest part for a profile, int32, shape (nodes,)."""
        by_name = PROFILES[profile]
        found: Ints = self.network.once(
            ("ground_nodes", profile),
            lambda: np.flatnonzero(self.network.largest_component(by_name)).astype(np.int32),
        )
        return found

    def random_place(self, profile: str, rng: random.Random) -> Snapped:
        """Return a place on a road of the largest part; every junction is equally likely to be the nearest."""
        nodes = self.nodes(profile)
        for _ in range(50):
            node = int(nodes[rng.randrange(len(nodes))])
            edges = self._ways_out(node, PROFILES[profile])
            if edges:
                return place_on(self.network, rng.choice(edges), rng.uniform(0.05, 0.95))
        raise ValueError(f"The network has no street for {profile}.")

    def settle(self, point: LonLat, profile: str, max_m: float = 500.0) -> Snapped | None:
        """Return the place near `point` that a vehicle can drive to and away from; None if none is within `max_m`."""
        kind = PROFILES[profile]
        place = snap(self.network, point.lon, point.lat, kind, max_m)
        if place is not None and self._is_in_part(place, kind):
            return place
        nodes = self.nodes(profile)
        distance_m, nearest = self._tree(profile).query(self._flat([point])[0])
        edges = self._ways_out(int(nodes[int(nearest)]), kind) if distance_m <= max_m else []
        return place_on(self.network, edges[0], 0.0) if edges else None

    async def route(
        self, origin: LonLat, destination: LonLat, profile: str, conditions: Conditions = ANY_TIME
    ) -> Course:
        """Return the fastest way; where no road leads there, a straight line at a walker's patience."""
        async with self._thinking:
            return await asyncio.to_thread(self.way, origin, destination, profile, conditions)

    def way(self, origin: LonLat, destination: LonLat, profile: str, conditions: Conditions = ANY_TIME) -> Course:
        """Do what `route` does, here and now."""
        start = self.settle(origin, profile)
        end = self.settle(destination, profile, 2000.0)
        if start is None or end is None:
            return straight(origin, destination)
        found = shortest_path(self.network, start, end, PROFILES[profile], conditions=conditions)
        return straight(origin, destination) if found is None else found.course

    def seconds(self, origin: LonLat, destination: LonLat, profile: str, limit_s: float) -> float:
        """Return how long the fastest way takes; inf if there is none within `limit_s` seconds."""
        start, end = self.settle(origin, profile), self.settle(destination, profile)
        found = (start and end) and soonest(self.network, end, [start], PROFILES[profile], limit_s=limit_s)
        return found[0][1] if found else math.inf

    def spread(self, profile: str, count: int, rng: random.Random) -> list[Snapped]:
        """Return `count` places that share the streets of the largest part evenly among them (k-means of its nodes)."""
        nodes, kind = self.nodes(profile), PROFILES[profile]
        sample = np.array(rng.sample(range(len(nodes)), min(len(nodes), 4000)), dtype=np.int64)
        points = [LonLat(float(self.network.node_lon[n]), float(self.network.node_lat[n])) for n in nodes[sample]]
        flat = self._flat(points)
        middles = flat[rng.sample(range(len(flat)), min(count, len(flat)))]
        for _ in range(12):
            nearest = cKDTree(middles).query(flat)[1]
            for index in range(len(middles)):
                mine = flat[nearest == index]
                if len(mine):
                    middles[index] = mine.mean(axis=0)
        places: list[Snapped] = []
        tree = self._tree(profile)
        taken: set[int] = set()
        for middle in middles:
            out = self._ways_out(int(nodes[int(tree.query(middle)[1])]), kind)
            edges = [edge for edge in out if int(self.network.street[edge]) not in taken]
            places.append(place_on(self.network, edges[0], 0.5) if edges else self.random_place(profile, rng))
            taken.update(int(self.network.street[edge]) for edge in edges[:1])
        while len(places) < count:
            places.append(self.random_place(profile, rng))
        return places

    def _ways_out(self, node: int, profile: Profile) -> list[int]:
        """Return the edges that leave a node and stay in the largest part."""
        inside, edge_ms = self.network.largest_component(profile), self.network.travel_ms(profile)
        edges = range(int(self.network.out_start[node]), int(self.network.out_start[node + 1]))
        return [edge for edge in edges if edge_ms[edge] < INF_MS and inside[self.network.head[edge]]]

    def _is_in_part(self, place: Snapped, profile: Profile) -> bool:
        inside, edge_ms = self.network.largest_component(profile), self.network.travel_ms(profile)
        edges = [edge for edge in (place.edge, place.reverse_edge) if edge is not None]
        ends = inside[self.network.tail[place.edge]] and inside[self.network.head[place.edge]]
        return bool(ends and any(edge_ms[edge] < INF_MS for edge in edges))

    def _tree(self, profile: str) -> cKDTree:
        def make() -> cKDTree:
            nodes = self.nodes(profile)
            lons, lats = self.network.node_lon[nodes], self.network.node_lat[nodes]
            return cKDTree(np.column_stack([lons * self._east_m, lats * METRES_PER_DEGREE]))

        return self.network.once(("ground_tree", profile), make)

    def _flat(self, points: Sequence[LonLat]) -> Floats:
        """Return points on a plane in metres, shape (points, 2)."""
        return np.array([(point.lon * self._east_m, point.lat * METRES_PER_DEGREE) for point in points])

    @property
    def _east_m(self) -> float:
        box = self.network.bounds
        return METRES_PER_DEGREE * math.cos(math.radians((box.south + box.north) / 2))


def straight(origin: LonLat, destination: LonLat) -> Course:
    """Return a way as the crow flies, as slow as a guess must be."""
    here, there = LonLat(*origin), LonLat(*destination)
    metres = metres_between(here, there)
    seconds = metres * DETOUR / STRAIGHT_LINE_MPS
    return Course((here, there), (0.0, seconds), metres)  # type: ignore[arg-type]  # same tuple


def metres_between(one: LonLat, other: LonLat) -> float:
    """Return the distance in metres on a plane that touches the earth here; for a city's width."""
    east_m = (other.lon - one.lon) * METRES_PER_DEGREE * math.cos(math.radians((one.lat + other.lat) / 2))
    return math.hypot(east_m, (other.lat - one.lat) * METRES_PER_DEGREE)


def moved(point: LonLat, east_m: float, north_m: float) -> LonLat:
    """Return the point so many metres to the east and to the north."""
    east = METRES_PER_DEGREE * math.cos(math.radians(point.lat))
    return LonLat(point.lon + east_m / east, point.lat + north_m / METRES_PER_DEGREE)
