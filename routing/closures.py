"""Closures and slow zones, laid over a network without touching it.

    flood = on_line(network, "flood-7", [(106.81, -6.20), (106.82, -6.21)], within_m=15, profiles={"motorcycle"})
    fair = in_area(network, "fair", ring, hours=read_hours("Sa,Su 08:00-22:00"), factor=0.3)
    closures = NOTHING_CLOSED.with_closure(flood).with_closure(fair)
    arrival_field(network, place, profile, conditions=Conditions(hour=hour, closures=closures))

A closure is drawn once and becomes parts of streets; a set of closures is a value. Drawing one that cannot be meant
(a crossing outline, swapped coordinates, nothing under it) raises, and the set in force is what it was.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from weakref import ref

import numpy as np
import shapely

from routing.along import NO_STRETCHES, Stretches, street_metres
from routing.clip import parts_inside, sides_of
from routing.compiled import compiled
from routing.great_circle import METRES_PER_DEGREE
from routing.hours import ALWAYS, Hours
from routing.network import Bounds, Floats, ForeignNetworkError, Ints, Longs, RoadNetwork, frozen
from routing.profiles import Profile
from routing.snap import segments_in

CLOSED = 0.0
Coordinates = Sequence[tuple[float, float]]  # lon, lat


class ClosureError(ValueError):
    """The closure as drawn cannot be meant; the message is one sentence for the person who drew it."""


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """Parts of streets that are closed or slow. Make one with `on_line`, `in_area` or `on_street`."""

    closure_id: str
    network_id: str
    factor: float  # multiplies the speed; CLOSED, or above 0 and below 1
    street: Ints  # (parts,) sorted
    from_m: Floats  # (parts,) metres from the start of the street
    to_m: Floats
    profiles: frozenset[str] | None = None  # names of those it concerns; None: everybody
    hours: Hours = ALWAYS  # of the week, local time

    def concerns(self, profile: Profile, hour: int | None) -> bool:
        """Say whether it concerns a profile at an hour of the week; None: any hour."""
        is_for = self.profiles is None or profile.name in self.profiles
        return is_for and (hour is None or hour in self.hours) and bool(self.hours)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Closures:
    """All closures in force on a network; a value. Compared by identity, so that a query can tell what changed."""

    closures: tuple[Closure, ...] = ()
    added_to: "ref[Closures] | None" = None  # what these are but for the last, as long as that is in use

    def with_closure(self, closure: Closure) -> "Closures":
        """Return these closures and one more; it takes the place of one with the same id."""
        others = tuple(each for each in self.closures if each.closure_id != closure.closure_id)
        return Closures((*others, closure), ref(self) if len(others) == len(self.closures) else None)

    def without(self, closure_id: str) -> "Closures":
        """Return these closures but the one with this id."""
        return Closures(tuple(each for each in self.closures if each.closure_id != closure_id))

    def stretches(self, network: RoadNetwork, profile: Profile, hour: int | None) -> Stretches:
        """Return the parts of streets that are closed or slow for a profile at an hour.

        Raises:
            ForeignNetworkError: a closure was drawn on another network.
        """
        if any(each.network_id != network.network_id for each in self.closures):
            raise ForeignNetworkError("A closure was drawn on another road network; draw it on this one.")
        concerned = [each for each in self.closures if each.concerns(profile, hour)]
        if not concerned:
            return NO_STRETCHES
        street = np.concatenate([each.street for each in concerned])
        order = np.argsort(street, kind="stable")
        factor = np.concatenate([np.full(len(each.street), each.factor) for each in concerned])
        return Stretches(
            frozen(street[order]),
            frozen(np.concatenate([each.from_m for each in concerned])[order]),
            frozen(np.concatenate([each.to_m for each in concerned])[order]),
            frozen(factor[order]),
        )


NOTHING_CLOSED = Closures()


def in_area(
    network: RoadNetwork,
    closure_id: str,
    outline: Coordinates,
    factor: float = CLOSED,
    profiles: Iterable[str] | None = None,
    hours: Hours = ALWAYS,
) -> Closure:
    """Close or slow whatever lies within an outline, exactly as far as it does.

    Args:
        outline: lon, lat of its corners, degrees; the first may be repeated at the end.
    Raises:
        ClosureError: fewer than three corners, a crossing outline, bad coordinates, or no road in it.
    """
    corners = _checked(network, outline, 3)
    area = shapely.Polygon(corners)
    if not area.is_valid or area.area == 0.0:
        raise ClosureError("The outline crosses itself or encloses nothing; draw it round the area once.")
    return _drawn(network, closure_id, area, factor, profiles, hours, "The outline holds no road.")


def on_line(
    network: RoadNetwork,
    closure_id: str,
    line: Coordinates,
    within_m: float = 10.0,
    factor: float = CLOSED,
    profiles: Iterable[str] | None = None,
    hours: Hours = ALWAYS,
) -> Closure:
    """Close or slow what lies within `within_m` of a line; a line across a street closes it there.

    Raises:
        ClosureError: fewer than two points, bad coordinates, or no road near it.
    """
    points = _checked(network, line, 2)
    if not (math.isfinite(within_m) and 0.0 < within_m <= 1000.0):
        raise ClosureError(f"A line closes what is within 0 to 1000 m of it, not {within_m} m.")
    # Buffered on a plane in metres, then back to degrees.
    shrink = math.cos(math.radians(points[0][1]))
    scale = np.array([METRES_PER_DEGREE * shrink, METRES_PER_DEGREE])
    origin = np.array(points[0])
    flat = shapely.LineString((np.array(points) - origin) * scale).buffer(within_m)
    area = shapely.transform(flat, lambda each: each / scale + origin)
    return _drawn(network, closure_id, area, factor, profiles, hours, "No road is near the line.")


def on_street(
    network: RoadNetwork,
    closure_id: str,
    street: str | int,
    factor: float = CLOSED,
    profiles: Iterable[str] | None = None,
    hours: Hours = ALWAYS,
) -> Closure:
    """Close or slow a whole street, by its name as the map has it, or by the id of its OSM way.

    Raises:
        ClosureError: the network has no such street.
    """
    if isinstance(street, str):
        names = [number for number, name in enumerate(network.names) if name.casefold() == street.strip().casefold()]
        is_meant = np.isin(network.piece_name, np.array(names, dtype=np.int32))
    else:
        is_meant = network.piece_way_id == street
    pieces = np.flatnonzero(is_meant)
    if len(pieces) == 0:
        raise ClosureError(f"The road network has no street {street}.")
    streets = np.searchsorted(network.piece_start, pieces, side="right") - 1
    done_m = np.concatenate([[0.0], np.cumsum(network.piece_length_m)])
    from_m = done_m[pieces] - done_m[network.piece_start[streets]]
    return _made(network, closure_id, factor, profiles, hours, streets, from_m, from_m + network.piece_length_m[pieces])


def _drawn(
    network: RoadNetwork,
    closure_id: str,
    area: shapely.Polygon,
    factor: float,
    profiles: Iterable[str] | None,
    hours: Hours,
    if_empty: str,
) -> Closure:
    """Find the parts of all streets that lie within an area, segment by segment."""
    street, from_m, to_m = _stretches_inside(
        segments_in(network, Bounds(*area.bounds)), network.shape_lon, network.shape_lat,
        street_metres(network).point_m, network.shape_start, sides_of(area),
    )  # fmt: skip
    if len(street) == 0:
        raise ClosureError(if_empty)
    return _made(network, closure_id, factor, profiles, hours, street, from_m, to_m)


@compiled
def _stretches_inside(
    points: Ints, lon: Floats, lat: Floats, point_m: Floats, shape_start: Longs, sides: Floats
) -> tuple[Ints, Floats, Floats]:
    """Return the parts of streets within an outline, in order: street, from and to how many metres from its start.

    Args:
        points: the first shape points of the segments that may lie in it, sorted.
    """
    segment, low, high = parts_inside(lon[points], lat[points], lon[points + 1], lat[points + 1], sides)
    street = np.empty(len(segment), dtype=np.int32)
    from_m, to_m = np.empty(len(segment)), np.empty(len(segment))
    kept = 0
    for number in range(len(segment)):
        point = points[segment[number]]
        step_m = point_m[point + 1] - point_m[point]
        if step_m > 0:
            street[kept] = np.searchsorted(shape_start, point, side="right") - 1
            from_m[kept] = point_m[point] + low[number] * step_m
            to_m[kept] = point_m[point] + high[number] * step_m
            kept += 1
    return street[:kept], from_m[:kept], to_m[:kept]


def _made(
    network: RoadNetwork,
    closure_id: str,
    factor: float,
    profiles: Iterable[str] | None,
    hours: Hours,
    street: Ints | Longs,
    from_m: Floats,
    to_m: Floats,
) -> Closure:
    if not (math.isfinite(factor) and 0.0 <= factor < 1.0):
        raise ClosureError(f"A factor of 0 closes and one below 1 slows down; {factor} does neither.")
    return Closure(
        closure_id=closure_id,
        network_id=network.network_id,
        factor=float(factor),
        street=frozen(street.astype(np.int32)),
        from_m=frozen(from_m),
        to_m=frozen(to_m),
        profiles=None if profiles is None else frozenset(profiles),
        hours=hours,
    )


def _checked(network: RoadNetwork, points: Coordinates, least: int) -> list[tuple[float, float]]:
    """Return the points as plain pairs, without repetitions; raise if they cannot lie on this network."""
    pairs = [(float(lon), float(lat)) for lon, lat in points]
    if not all(math.isfinite(value) for pair in pairs for value in pair):
        raise ClosureError("A coordinate is not a number.")
    if any(abs(lat) > 90 or abs(lon) > 180 for lon, lat in pairs):
        raise ClosureError("Coordinates are longitude, then latitude, in degrees; were they swapped?")
    if len(set(pairs)) < least:
        raise ClosureError(f"A closure of this kind needs at least {least} different points.")
    box = network.bounds
    lons, lats = zip(*pairs, strict=True)
    is_west_or_east = min(lons) > box.east or max(lons) < box.west
    if is_west_or_east or min(lats) > box.north or max(lats) < box.south:
        swapped = any(box.west <= lat <= box.east and box.south <= lon <= box.north for lon, lat in pairs)
        raise ClosureError(
            "Longitude and latitude were swapped." if swapped else "The closure lies outside the road network."
        )
    return pairs
