"""The way a unit would drive: its line, its streets by name, and where it is after so many seconds.

No search of its own: from any search node the next arc of a soonest way is one whose time and the field's time at
its end add up to the field's time here, so a path is a walk through the arrival field.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routing.access import Scene
from routing.along import NOTHING_M, partial_ms, street_metres
from routing.compiled import compiled
from routing.great_circle import great_circle_m
from routing.manoeuvres import Manoeuvre, Step, manoeuvres
from routing.metric import ANY_TIME, Conditions, Metric
from routing.milliseconds import INF_MS, LIMIT_S
from routing.network import Flags, Floats, Ints, Longs, LonLat, RoadNetwork
from routing.profiles import Profile
from routing.search import ArrivalField, arrival_field
from routing.snap import Snapped


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


class Position(NamedTuple):
    """Where a vehicle is on its path."""

    lon: float
    lat: float
    bearing_deg: float  # clockwise from north, 0 … 360
    speed_mps: float  # 0 at the end of the path


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A soonest way from an origin to a place."""

    points: tuple[LonLat, ...]  # from the origin's place along the streets to where the vehicle is left
    length_m: float
    seconds: float  # of the drive; with walk_s it equals the field's seconds for the origin
    streets: tuple[NamedStretch, ...]  # in driving order, neighbours of one name joined
    edges: tuple[PathEdge, ...]
    point_s: tuple[float, ...]  # seconds from the origin at each point
    manoeuvres: tuple[Manoeuvre, ...] = ()
    walk_s: float = 0.0  # from where the vehicle is left to the scene

    def position_at(self, seconds: float) -> Position:
        """Return where a vehicle is that drives exactly as planned; before 0 at the origin, after the end there."""
        if len(self.points) == 1:
            return Position(*self.points[0], 0.0, 0.0)
        step = min(max(bisect_right(self.point_s, seconds) - 1, 0), len(self.points) - 2)
        while step > 0 and self.point_s[step] == self.point_s[step + 1]:
            step -= 1  # points that coincide have no direction
        here, there = self.points[step], self.points[step + 1]
        duration_s = self.point_s[step + 1] - self.point_s[step]
        share = min(max((seconds - self.point_s[step]) / duration_s, 0.0), 1.0) if duration_s > 0 else 0.0
        length_m = _between_m(here, there)
        is_moving = duration_s > 0 and seconds < self.seconds
        return Position(
            here.lon + share * (there.lon - here.lon),
            here.lat + share * (there.lat - here.lat),
            _bearing_deg(here, there),
            length_m / duration_s if is_moving else 0.0,
        )


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
    seconds = field.seconds_from(origin)
    if math.isinf(seconds):
        return None
    legs, last = _legs(field, origin, round(seconds * 1000))
    return _drawn(field, legs if timed_by is None else _retimed(timed_by, legs), last, origin.point)


class _Entry(NamedTuple):
    """The last drive of a path, and the walk from there."""

    leg: PathEdge
    ms: int  # of the leg and the walk
    walk_ms: int
    place: Snapped


def _legs(field: ArrivalField, origin: Snapped, total_ms: int) -> tuple[list[PathEdge], _Entry]:
    """Walk through the field from `origin`; each step costs exactly what the field says."""
    times = field.metric
    length_m = float(field.network.length_m[origin.edge])
    at_m = origin.fraction * length_m
    back = int(times.graph.drives.back[origin.edge])
    for drive, from_m in ((origin.edge, at_m), (back, length_m - at_m)):
        if drive < 0:
            continue
        for entry in _entries(field, drive, from_m):  # straight along the one street
            if entry.ms == total_ms:
                return [entry.leg], entry
        node = int(times.graph.after[drive])
        ms = _ms(times, drive, from_m, length_m) + int(times.arcs.end_ms[drive])
        if ms < INF_MS and ms + int(field.node_ms[node]) == total_ms:
            legs, entry = _onward(field, node)
            return [_leg(times, drive, from_m, length_m, ms), *legs], entry
    raise AssertionError(f"no first step explains {total_ms} ms on network {field.network.network_id}")


def _onward(field: ArrivalField, node: int) -> tuple[list[PathEdge], _Entry]:
    times, graph = field.metric, field.metric.graph
    entries = _entries_by_node(field)
    legs: list[PathEdge] = []
    while True:
        left_ms = int(field.node_ms[node])
        for entry in entries.get(node, ()):
            if entry.ms == left_ms:
                return [*legs, entry.leg], entry
        for arc in range(graph.out_start[node], graph.out_start[node + 1]):
            # Every arc takes at least 1 ms, so the walk comes nearer with each step and ends.
            ms = int(times.arc_ms[arc])
            if ms < INF_MS and ms + int(field.node_ms[graph.head[arc]]) == left_ms:
                drive = int(graph.arc_drive[arc])
                length_m = float(field.network.length_m[graph.drives.edge[drive]])
                legs.append(_leg(times, drive, 0.0, length_m, ms))
                node = int(graph.head[arc])
                break
        else:
            raise AssertionError(f"no step from node {node} explains {left_ms} ms: {field.network.network_id}")


def _entries_by_node(field: ArrivalField) -> dict[int, list[_Entry]]:
    """Return the last drives of all paths, by the search node at which they begin."""
    times, graph = field.metric, field.metric.graph
    drives = {each.place.edge for each in field.scene.accesses}
    drives |= {back for each in field.scene.accesses if (back := int(graph.drives.back[each.place.edge])) >= 0}
    entries: dict[int, list[_Entry]] = {}
    for drive in sorted(drives):
        for arc in graph.drive_arc[graph.drive_start[drive] : graph.drive_start[drive + 1]].tolist():
            turn_ms = int(times.arcs.begin_ms[arc])
            if turn_ms < INF_MS:
                found = _entries(field, drive, 0.0, turn_ms)
                entries.setdefault(int(graph.tail[arc]), []).extend(found)
    return entries


def _entries(field: ArrivalField, drive: int, from_m: float, turn_ms: int = 0) -> list[_Entry]:
    """Return the ways to end on a drive that one is in at `from_m` metres from its beginning."""
    entries = []
    for place, walk_s in field.scene.accesses:
        is_along = place.edge == drive
        if not is_along and int(field.metric.graph.drives.back[place.edge]) != drive:
            continue
        length_m = float(field.network.length_m[place.edge])
        to_m = place.fraction * length_m if is_along else length_m - place.fraction * length_m
        if from_m > to_m + NOTHING_M:
            continue
        ms = _ms(field.metric, drive, from_m, to_m) + turn_ms
        walk_ms = round(1000 * walk_s)
        if ms < INF_MS:
            leg = _leg(field.metric, drive, from_m, max(from_m, to_m), ms)
            entries.append(_Entry(leg, ms + walk_ms, walk_ms, place))
    return entries


def _retimed(times: Metric, legs: list[PathEdge]) -> list[PathEdge]:
    """Return the same drives with what they take by another metric."""
    graph = times.graph
    timed: list[PathEdge] = []
    node = -1
    for number, leg in enumerate(legs):
        drive = int(graph.drives.back[leg.edge]) if leg.is_against else leg.edge
        ms = _ms(times, drive, leg.from_m, leg.to_m)
        is_last = number == len(legs) - 1
        if node < 0:
            node = int(graph.after[drive])
            ms += 0 if is_last else int(times.arcs.end_ms[drive])
        else:
            arcs = slice(graph.out_start[node], graph.out_start[node + 1])
            arc = int(graph.out_start[node]) + int(np.argmax(graph.arc_drive[arcs] == drive))
            node = int(graph.head[arc])
            ms = ms + int(times.arcs.begin_ms[arc]) if is_last else int(times.arc_ms[arc])
        timed.append(_leg(times, drive, leg.from_m, leg.to_m, ms))
    return timed


def _leg(times: Metric, drive: int, from_m: float, to_m: float, ms: int) -> PathEdge:
    drives = times.graph.drives
    return PathEdge(int(drives.edge[drive]), from_m, to_m, ms / 1000, bool(drives.is_against[drive]))


def _ms(times: Metric, drive: int, from_m: float, to_m: float) -> int:
    """Return the time between two places of a drive, metres from its beginning; INF_MS where it may not be driven."""
    network, drives = times.graph.network, times.graph.drives
    edge, is_against = int(drives.edge[drive]), bool(drives.is_against[drive])
    is_along = bool(network.is_along[edge]) != is_against
    if not is_along:
        length_m = float(network.length_m[edge])
        from_m, to_m = length_m - to_m, length_m - from_m
    return partial_ms(times.streets, int(network.street[edge]), from_m, to_m, is_along, is_against)


def _drawn(field: ArrivalField, legs: list[PathEdge], last: _Entry, start: LonLat) -> Path:
    """Draw the line of the legs and lay their seconds on its points."""
    network = field.network
    edges = np.array([leg.edge for leg in legs], dtype=np.int64)
    streets = network.street[edges]
    metres = street_metres(network)
    room = int((network.shape_start[streets + 1] - network.shape_start[streets]).sum())
    lon, lat, point_s, step_m = np.empty(room), np.empty(room), np.empty(room), np.empty(room)
    step_piece = np.empty(room, dtype=np.int32)
    count = _draw(
        streets,
        network.is_along[edges] != np.array([leg.is_against for leg in legs]),
        network.length_m[edges],
        np.array([leg.from_m for leg in legs]),
        np.array([leg.to_m for leg in legs]),
        np.array([leg.seconds for leg in legs]),
        network.shape_start,
        network.shape_lon,
        network.shape_lat,
        metres.point_m,
        metres.point_piece,
        field.metric.streets.piece_mps,
        lon,
        lat,
        point_s,
        step_m,
        step_piece,
    )
    stretches: list[NamedStretch] = []
    names = network.piece_name[step_piece[:count]].tolist()
    for name, length_m in zip(names, step_m[:count].tolist(), strict=True):
        _add_stretch(stretches, None if name < 0 else network.names[name], length_m)
    drives = field.metric.graph.drives
    steps = [
        Step(int(drives.back[leg.edge]) if leg.is_against else leg.edge, leg.length_m, leg.seconds) for leg in legs
    ]
    return Path(
        points=(start, *map(LonLat, lon[:count].tolist(), lat[:count].tolist())),
        length_m=sum(leg.length_m for leg in legs),
        seconds=sum(round(leg.seconds * 1000) for leg in legs) / 1000,
        streets=tuple(stretch for stretch in stretches if stretch.length_m > 0),
        edges=tuple(legs),
        point_s=(0.0, *point_s[:count].tolist()),
        manoeuvres=manoeuvres(network, steps, start, last.place.point),
        walk_s=last.walk_ms / 1000,
    )


@compiled
def _draw(
    street: Ints,
    is_along: Flags,
    length_m: Floats,
    from_m: Floats,
    to_m: Floats,
    leg_s: Floats,
    shape_start: Longs,
    shape_lon: Floats,
    shape_lat: Floats,
    point_m: Floats,
    point_piece: Ints,
    piece_mps: Floats,
    out_lon: Floats,
    out_lat: Floats,
    out_s: Floats,
    out_step_m: Floats,
    out_piece: Ints,
) -> int:
    """Write the end of every step of the way: where, when, how many metres, on which piece. Return their number."""
    count = 0
    done_s = 0.0
    for leg in range(len(street)):
        first, last = shape_start[street[leg]], shape_start[street[leg] + 1] - 1
        leg_begins = count
        driven_s = 0.0
        for i in range(last - first):
            point = first + i if is_along[leg] else last - 1 - i  # where the segment begins, as the street is drawn
            if is_along[leg]:
                low_m, high_m = max(point_m[point], from_m[leg]), min(point_m[point + 1], to_m[leg])
                end_m = high_m
            else:
                low_m = max(point_m[point], length_m[leg] - to_m[leg])
                high_m = min(point_m[point + 1], length_m[leg] - from_m[leg])
                end_m = low_m
            if high_m <= low_m:
                continue
            whole_m = point_m[point + 1] - point_m[point]
            share = min(max((end_m - point_m[point]) / whole_m, 0.0), 1.0) if whole_m > 0.0 else 0.0
            out_lon[count] = shape_lon[point] + share * (shape_lon[point + 1] - shape_lon[point])
            out_lat[count] = shape_lat[point] + share * (shape_lat[point + 1] - shape_lat[point])
            out_step_m[count] = high_m - low_m
            out_piece[count] = point_piece[point]
            if piece_mps[point_piece[point]] > 0.0:
                driven_s += out_step_m[count] / piece_mps[point_piece[point]]
            out_s[count] = driven_s
            count += 1
        # Whole milliseconds are what counts; the points of a leg share the rounding.
        scale = leg_s[leg] / driven_s if driven_s > 0.0 else 0.0
        for i in range(leg_begins, count):
            out_s[i] = done_s + out_s[i] * scale
        done_s += leg_s[leg]
    return count


def _add_stretch(stretches: list[NamedStretch], name: str | None, length_m: float) -> None:
    if stretches and stretches[-1].name == name:
        stretches[-1] = NamedStretch(name, stretches[-1].length_m + length_m)
    else:
        stretches.append(NamedStretch(name, length_m))


def _between_m(here: LonLat, there: LonLat) -> float:
    ends = [np.array([value]) for value in (*here, *there)]
    return float(great_circle_m(*ends)[0])


def _bearing_deg(here: LonLat, there: LonLat) -> float:
    """Return the initial great-circle bearing, clockwise from north."""
    lat1, lat2 = math.radians(here.lat), math.radians(there.lat)
    delta = math.radians(there.lon - here.lon)
    y = math.sin(delta) * math.cos(lat2)
    x = math.cos(lat1) * math.sin(lat2) - math.sin(lat1) * math.cos(lat2) * math.cos(delta)
    return math.degrees(math.atan2(y, x)) % 360.0
