"""A scene off the road: the streets around it from which a crew walks, and how long that takes.

    street A ────●────────────         a TKP inside a block lies 60 m from A and 90 m from B: which is sooner depends
                 ┊ 60 m                on where a unit comes from, so the search enters from both, walk added
                TKP
                 ┊ 90 m
    street B ────●────────────

A scene at the roadside has its own street, two at a corner, or both carriageways of a divided road: then the side on
which it lies counts, by the walk across. So it does on an undivided arterial: who comes on the far side has to cross.

          ◄─── comes this way: stops at the door        TKP                  driving on the left
    ═══════════════════════════════════════════════════════
          ───► comes this way: across the oncoming traffic, `Delays.far_side_primary_s`
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routing.along import street_metres
from routing.compiled import compiled
from routing.great_circle import METRES_PER_DEGREE
from routing.junctions import PRIMARY, SECONDARY, undivided_rank
from routing.network import Floats, Ints, Longs, LonLat, RoadNetwork
from routing.profiles import Delays, Profile
from routing.snap import Grid, Snapped, checked_degrees, nearest_on_segment, snapped_at, street_grid

WALK_KMH = 5.0  # `walking_speed` of OSRM's foot.lua
# Streets as far again as the nearest are looked at too: beyond that, walking loses what driving could win.
REACH_FACTOR = 2.0
ROADSIDE_M = 25.0  # a scene this near a street lies at it; both carriageways of a divided road are within this
MOST_STREETS = 8


ON_THE_ROAD_M = 4.0  # half of a road of two lanes: who lies nearer to its middle than this is on neither side
NEITHER, BY_ALONG, BY_BACK = -1, 0, 1  # drives by which one comes on the far side


class Access(NamedTuple):
    """A place at which a crew leaves its vehicle, and the walk from there."""

    place: Snapped
    walk_s: float
    far_way: int = NEITHER  # the drive by which one comes with the oncoming traffic between oneself and the scene
    road_rank: int = 0  # of the road that is then crossed: `junctions.PRIMARY` or SECONDARY

    def crossing_s(self, way: int, delays: Delays) -> float:
        """Return what it takes, having come by the drive along (BY_ALONG) or back, to get to the scene's side."""
        if way != self.far_way:
            return 0.0
        return delays.far_side_primary_s if self.road_rank == PRIMARY else delays.far_side_secondary_s


@dataclass(frozen=True, slots=True)
class Scene:
    """A place that is reached from one or more streets. Make one with `scene_near`."""

    point: LonLat
    accesses: tuple[Access, ...]  # the nearest street first

    @property
    def nearest(self) -> Snapped:
        return self.accesses[0].place


def scene_near(network: RoadNetwork, lon: float, lat: float, profile: Profile, max_m: float = 500.0) -> Scene | None:
    """Return the scene at (lon, lat) with the streets from which it is reached; None if none is within `max_m`.

    The walk is as the crow flies at 5 km/h: gang and yards are rarely mapped as a whole.

    Raises:
        ValueError: not a number, or not degrees.
    """
    lons, lats = checked_degrees([lon], [lat])
    near = _nearest_on_each_street(network, float(lons[0]), float(lats[0]), profile, max_m)
    if not near:
        return None
    reach_m = min(max(ROADSIDE_M, REACH_FACTOR * near[0][0].distance_m), max_m)
    point = LonLat(float(lons[0]), float(lats[0]))
    chosen = [each for each in near if each[0].distance_m <= reach_m][:MOST_STREETS]
    return Scene(point, tuple(_access(network, place, point, shape_point) for place, shape_point in chosen))


def as_scene(place: Snapped | Scene) -> Scene:
    """Return a place on a street as a scene at the kerb, with no walk."""
    return place if isinstance(place, Scene) else Scene(place.point, (Access(place, 0.0),))


def _access(network: RoadNetwork, place: Snapped, scene: LonLat, shape_point: int) -> Access:
    """Return the access from a place, and on which side of its road the scene lies, as far as that matters.

    Args:
        shape_point: where the segment begins on which the place lies.
    """
    walk_s = place.distance_m / (WALK_KMH / 3.6)
    rank = int(undivided_rank(network)[street_metres(network).point_piece[shape_point]])
    if rank < SECONDARY or place.distance_m < ON_THE_ROAD_M:
        return Access(place, walk_s)
    shrink = math.cos(math.radians(scene.lat))
    lon, lat = network.shape_lon[shape_point : shape_point + 2], network.shape_lat[shape_point : shape_point + 2]
    east, north = (lon[1] - lon[0]) * shrink, lat[1] - lat[0]
    to_left = east * (scene.lat - lat[0]) - north * (scene.lon - lon[0]) * shrink
    return Access(place, walk_s, BY_BACK if (to_left > 0) == network.drives_left else BY_ALONG, rank)


def _nearest_on_each_street(
    network: RoadNetwork, lon: float, lat: float, profile: Profile, max_m: float
) -> list[tuple[Snapped, int]]:
    """Return the nearest place on every street within reach, and the first shape point of its segment.

    The nearest comes first; ties by the number of the street.
    """
    grid = street_grid(network)
    metres = street_metres(network)
    room = 64
    while True:
        points, shares, distances = np.empty(room, np.int64), np.empty(room), np.empty(room)
        streets = np.empty(room, np.int32)
        found = _around(
            lon, lat, max_m, grid, network.shape_lon, network.shape_lat, metres.point_piece,
            _street_of_point(network), network.piece_speeds(profile).along_mps, streets, points, shares, distances,
        )  # fmt: skip
        if found <= room:
            break
        room = found
    order = np.lexsort((streets[:found], distances[:found])).tolist()
    found_at = [(int(points[i]), float(shares[i]), float(distances[i]), int(streets[i])) for i in order]
    return [(snapped_at(network, *each), each[0]) for each in found_at]


def _street_of_point(network: RoadNetwork) -> Ints:
    return network.once(
        "street_of_point",
        lambda: np.repeat(np.arange(network.street_count, dtype=np.int32), np.diff(network.shape_start)),
    )


@compiled
def _around(
    lon: float,
    lat: float,
    max_m: float,
    grid: Grid,
    shape_lon: Floats,
    shape_lat: Floats,
    point_piece: Ints,
    street_of_point: Ints,
    piece_mps: Floats,
    out_street: Ints,
    out_point: Longs,
    out_share: Floats,
    out_distance_m: Floats,
) -> int:
    """Write the nearest place on each street within `max_m`, as far as there is room; return how many there are."""
    metres_x, metres_y = METRES_PER_DEGREE * math.cos(math.radians(lat)), METRES_PER_DEGREE
    low_column = max(math.floor((lon - max_m / metres_x - grid.west) / grid.cell_lon), 0)
    high_column = min(math.floor((lon + max_m / metres_x - grid.west) / grid.cell_lon), grid.columns - 1)
    low_row = max(math.floor((lat - max_m / metres_y - grid.south) / grid.cell_lat), 0)
    high_row = min(math.floor((lat + max_m / metres_y - grid.south) / grid.cell_lat), grid.rows - 1)
    place_of = {np.int32(-1): 0}  # street → where it is in the answer; numba wants to see one
    found = 0
    for row in range(low_row, high_row + 1):
        for column in range(low_column, high_column + 1):
            cell = row * grid.columns + column
            for slot in range(grid.cell_start[cell], grid.cell_start[cell + 1]):
                point = grid.cell_point[slot]
                if piece_mps[point_piece[point]] <= 0.0:
                    continue
                share, x_m, y_m = nearest_on_segment(lon, lat, metres_x, metres_y, shape_lon, shape_lat, point)
                distance_m = math.hypot(x_m, y_m)
                if distance_m > max_m:
                    continue
                street = street_of_point[point]
                if street not in place_of:
                    place_of[street] = found
                    found += 1
                    if found <= len(out_street):
                        out_street[found - 1] = street
                        out_distance_m[found - 1] = np.inf
                place = place_of[street]
                if place < len(out_street) and distance_m < out_distance_m[place]:
                    out_point[place], out_share[place], out_distance_m[place] = point, share, distance_m
    return found
