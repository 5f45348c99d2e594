"""How soon each unit can be at the TKP: one backward search per kind of vehicle, exact for every unit.

    TKP ─ streets around ─► arrival field (kept per TKP and profile) ─► seconds at each unit: a look-up, at each ping

Turns, gates and lights count, and the walk from the street to a TKP inside a block.
Where the roads cannot say (no network, no road near, no way through) the straight line answers, and the answer says so.
"""

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Literal
from zoneinfo import ZoneInfo

from geo112.coordinates import LonLat
from routing.access import scene_near
from routing.metric import ANY_TIME, Conditions, metrics
from routing.network import RoadNetwork
from routing.path import Path, path_from_field
from routing.profiles import PROFILES
from routing.search import ArrivalField, arrival_field
from routing.snap import Snapped, snap, snap_many

SNAP_WITHIN_M = 500.0
DETOUR = 1.4  # roads are longer than the straight line by about this much in cities
STRAIGHT_LINE_MPS = 25 / 3.6  # a cautious speed for what is only a guess
FIELDS_KEPT = 128
EARTH_RADIUS_M = 6_371_009.0

EtaSource = Literal["road", "straight_line"]


@dataclass(frozen=True, slots=True)
class Travel:
    """How soon: `eta_s` seconds, and whether roads or the straight line said so."""

    eta_s: float
    source: EtaSource
    straight_m: float


class Fields:
    """The arrival fields of the scenes asked for last; kept until the network changes or others push them out."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, LonLat, Conditions], ArrivalField | None] = OrderedDict()
        self._lock = Lock()

    def field(
        self, network: RoadNetwork, tkp: LonLat, profile: str, conditions: Conditions = ANY_TIME
    ) -> ArrivalField | None:
        """Return the seconds from everywhere to `tkp`, or None where no road of the profile is near it."""
        key = (network.network_id, profile, tkp, conditions)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        scene = scene_near(network, tkp.lon, tkp.lat, PROFILES[profile], SNAP_WITHIN_M)
        found = None if scene is None else arrival_field(network, scene, PROFILES[profile], conditions=conditions)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > FIELDS_KEPT:
                self._kept.popitem(last=False)
        return found


_fields = Fields()


def conditions_at(now: datetime, zone: ZoneInfo) -> Conditions:
    """Return what besides the vehicle decides how long a drive takes now: the hour of the week in the city's zone.

    Gates are shut at night, turns forbidden in the morning. Closures come in here when the centre keeps them.
    """
    local = now.astimezone(zone)
    return Conditions(hour=24 * local.weekday() + local.hour)


def seconds_to(
    network: RoadNetwork | None, tkp: LonLat, units: Sequence[tuple[str, LonLat]], conditions: Conditions = ANY_TIME
) -> list[Travel]:
    """Return how soon each of `units` (profile, place) can be at the TKP, in their order.

    Args:
        conditions: the hour in the city's local time, what is closed, and the speed set.
    """
    travel = [straight_line(tkp, place) for _, place in units]
    if network is None:
        return travel
    for profile in {profile for profile, _ in units}:
        field = _fields.field(network, tkp, profile, conditions)
        if field is None:
            continue
        mine = [index for index, (theirs, _) in enumerate(units) if theirs == profile]
        lons = [units[index][1].lon for index in mine]
        lats = [units[index][1].lat for index in mine]
        snapped = snap_many(network, lons, lats, PROFILES[profile], SNAP_WITHIN_M)
        for index, place in zip(mine, snapped, strict=True):
            seconds = math.inf if place is None else field.seconds_from(place)
            if math.isfinite(seconds):
                travel[index] = Travel(seconds, "road", travel[index].straight_m)
    return travel


def route(
    network: RoadNetwork | None, tkp: LonLat, profile: str, start: LonLat, conditions: Conditions = ANY_TIME
) -> Path | None:
    """Return the fastest way from `start` to the TKP, or None where no road leads there."""
    if network is None:
        return None
    field = _fields.field(network, tkp, profile, conditions)
    place: Snapped | None = snap(network, start.lon, start.lat, PROFILES[profile], SNAP_WITHIN_M)
    if field is None or place is None:
        return None
    return path_from_field(field, place)


def warm_up(network: RoadNetwork) -> None:
    """Prepare the network for every profile and compile what is not compiled yet, so that nobody waits for it."""
    metrics(network)
    middle = LonLat(float(network.node_lon[0]), float(network.node_lat[0]))
    for profile in PROFILES:
        seconds_to(network, middle, [(profile, middle)])
        route(network, middle, profile, middle)


def straight_line(tkp: LonLat, place: LonLat) -> Travel:
    """Guess the time from the straight line alone."""
    metres = metres_between(tkp, place)
    return Travel(metres * DETOUR / STRAIGHT_LINE_MPS, "straight_line", metres)


def metres_between(one: LonLat, other: LonLat) -> float:
    """Return the great-circle distance in metres (haversine, mean radius as osmnx has it)."""
    lat_1, lat_2 = math.radians(one.lat), math.radians(other.lat)
    half_lat = math.sin((lat_2 - lat_1) / 2) ** 2
    half_lon = math.sin(math.radians(other.lon - one.lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, half_lat + math.cos(lat_1) * math.cos(lat_2) * half_lon)))
