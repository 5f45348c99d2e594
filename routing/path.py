"""The way a unit would drive: its line, its streets by name, and where it is after so many seconds.

No search of its own: a path is a walk through the arrival field (`routing.walk`). Names, manoeuvres and points as
Python objects are made when they are asked for, since most paths are asked for a line or a time.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from routing.access import Scene
from routing.along import partial_ms, street_metres
from routing.course import Course, Position
from routing.manoeuvres import Manoeuvre, manoeuvres
from routing.metric import ANY_TIME, Conditions, Metric
from routing.milliseconds import LIMIT_S, whole_ms
from routing.network import Ints, LonLat, RoadNetwork, frozen
from routing.places import check_network
from routing.profiles import Profile
from routing.search import ArrivalField, arrival_field
from routing.search_graph import SearchGraph
from routing.snap import Snapped
from routing.walk import ARCS_AT_MOST, Legs, Line, Roads, draw, way


@dataclass(frozen=True, slots=True)
class PathEdge:
    """One edge of a path; the first and the last may be driven in part."""

    edge: int
    from_m: float  # metres from where the drive begins: the tail of the edge, or its head if driven against the flow
    to_m: float
    seconds: float  # the turn into it and the junction at its end included
    is_against: bool = False  # driven against the flow of a one-way street

    @property
    def length_m(self) -> float:
        return self.to_m - self.from_m


class NamedStretch(NamedTuple):
    """A stretch under one name; None where the street has no name."""

    name: str | None
    length_m: float


@dataclass(frozen=True, eq=False)
class Path:
    """A soonest way from an origin to a place."""

    graph: SearchGraph
    legs: Legs
    line: Line
    start: LonLat  # the origin's place on its street
    end: LonLat  # where the vehicle is left
    walk_s: float  # from there to the scene

    @cached_property
    def length_m(self) -> float:
        return float((self.legs.to_m - self.legs.from_m).sum())

    @cached_property
    def seconds(self) -> float:
        """Of the drive; with walk_s it equals the field's seconds for the origin."""
        return int(self.legs.ms.sum(dtype=np.int64)) / 1000

    @cached_property
    def points(self) -> tuple[LonLat, ...]:
        """From the origin's place along the streets to where the vehicle is left."""
        return (self.start, *map(LonLat, self.line.lon.tolist(), self.line.lat.tolist()))

    @cached_property
    def point_s(self) -> tuple[float, ...]:
        """Seconds from the origin at each point."""
        return (0.0, *self.line.s.tolist())

    @cached_property
    def edges(self) -> tuple[PathEdge, ...]:
        drives = self.graph.drives
        edge, is_against = drives.edge[self.legs.drive].tolist(), drives.is_against[self.legs.drive].tolist()
        from_m, to_m, seconds = self.legs.from_m.tolist(), self.legs.to_m.tolist(), (self.legs.ms / 1000).tolist()
        return tuple(map(PathEdge, edge, from_m, to_m, seconds, is_against))

    @cached_property
    def streets(self) -> tuple[NamedStretch, ...]:
        """The streets by name, in driving order, neighbours of one name joined."""
        network = self.graph.network
        if len(self.line.piece) == 0:
            return ()
        name = network.piece_name[self.line.piece]
        begins = np.flatnonzero(np.append(True, name[1:] != name[:-1]))
        length_m = np.add.reduceat(self.line.step_m, begins).tolist()
        names = [None if each < 0 else network.names[each] for each in name[begins].tolist()]
        return tuple(NamedStretch(one, metres) for one, metres in zip(names, length_m, strict=True) if metres > 0)

    @cached_property
    def manoeuvres(self) -> tuple[Manoeuvre, ...]:
        return manoeuvres(self.graph.network, self.legs, self.start, self.end)

    @cached_property
    def course(self) -> Course:
        """The way as points with times, to follow a vehicle along."""
        return Course(self.points, self.point_s, self.length_m)

    def position_at(self, seconds: float) -> Position:
        """Return where a vehicle is that drives exactly as planned; before 0 at the origin, after the end there."""
        return self.course.position_at(seconds)


def shortest_path(
    network: RoadNetwork,
    origin: Snapped,
    destination: Snapped | Scene,
    profile: Profile,
    limit_s: float = LIMIT_S,
    conditions: Conditions = ANY_TIME,
) -> Path | None:
    """Return a soonest way from `origin` to `destination`; None if there is none within `limit_s` seconds.

    Raises:
        ForeignNetworkError: a place was snapped to another network.
    """
    return path_from_field(arrival_field(network, destination, profile, limit_s, conditions), origin)


def path_from_field(field: ArrivalField, origin: Snapped, timed_by: Metric | None = None) -> Path | None:
    """Return a soonest way from `origin` to the field's place; None if there is none within the field's limit.

    Args:
        timed_by: what the way takes is told by this metric of the same network; None: by the field's own.
    Raises:
        ForeignNetworkError: `origin` was snapped to another network.
    """
    network, times = field.network, field.metric
    check_network(network, origin)
    roads, limit_ms = _roads(times.graph), whole_ms(field.limit_s)
    legs, line, access = way(
        roads, times.arcs, times.arc_ms, field.node_ms, times.streets, origin.edge, origin.fraction, field.entries,
        limit_ms,
    )  # fmt: skip
    if access == -1:
        return None
    assert access >= 0, f"no step explains the field on the way from {origin.point} in network {network.network_id}"
    if timed_by is not None:
        ms = _retimed(timed_by, legs)
        is_by_back = legs.drive[-1] != field.entries.places.along[access]
        ms[-1] += field.entries.crossing_ms[access, int(is_by_back)]
        legs = legs._replace(ms=ms)
        line = draw(roads, legs, times.streets.speeds)
    left_at = field.scene.accesses[access]
    return Path(times.graph, legs, line, origin.point, left_at.place.point, round(1000 * left_at.walk_s) / 1000)


def _roads(graph: SearchGraph) -> Roads:
    def make() -> Roads:
        network, drives, metres = graph.network, graph.drives, street_metres(graph.network)
        is_along = network.is_along[drives.edge] != drives.is_against
        first, last = graph.out_start[graph.head], graph.out_start[graph.head.astype(np.int64) + 1]
        return Roads(
            out_start=graph.out_start,
            head=graph.head,
            onward=frozen(first * ARCS_AT_MOST + (last - first)),
            arc_drive=graph.arc_drive,
            drive_street=frozen(2 * network.street[drives.edge] + is_along),
            drive_length_m=frozen(network.length_m[drives.edge]),
            back=drives.back,
            after=graph.after,
            street=network.street,
            length_m=network.length_m,
            shape_start=network.shape_start,
            shape_lon=network.shape_lon,
            shape_lat=network.shape_lat,
            point_m=metres.point_m,
            point_piece=metres.point_piece,
        )

    return graph.network.once("roads", make)


def _retimed(times: Metric, legs: Legs) -> Ints:
    """Return what the same drives take by another metric, shape (legs,)."""
    graph, network = times.graph, times.graph.network
    ms = np.empty(len(legs.drive), dtype=np.int32)
    node = -1
    for number, (drive, from_m, to_m) in enumerate(zip(legs.drive.tolist(), legs.from_m, legs.to_m, strict=True)):
        edge = int(graph.drives.edge[drive])
        is_along = bool(network.is_along[edge] != graph.drives.is_against[drive])
        low_m, high_m = (from_m, to_m) if is_along else (network.length_m[edge] - to_m, network.length_m[edge] - from_m)
        along_ms = partial_ms(times.streets, int(network.street[edge]), low_m, high_m, is_along)
        is_last = number == len(legs.drive) - 1
        if node < 0:
            node = int(graph.after[drive])
            ms[number] = along_ms if is_last else along_ms + times.arcs.end_ms[drive]
        else:
            arcs = slice(graph.out_start[node], graph.out_start[node + 1])
            arc = int(graph.out_start[node]) + int(np.argmax(graph.arc_drive[arcs] == drive))
            node = int(graph.head[arc])
            ms[number] = along_ms + times.arcs.begin_ms[arc] if is_last else times.arc_ms[arc]
    return ms
