"""How soon each unit can be at the TKP: one backward search per kind of vehicle, exact for every unit.

    TKP ─ streets around ─► arrival field (kept per TKP and profile) ─► seconds at each unit: a look-up, at each ping

Turns, gates and lights count, and the walk from the street to a TKP inside a block.
Where the roads cannot say (no network, no road near, no way through) the straight line answers, and the answer says so.
"""

import math
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Literal, NamedTuple, TypeVar
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
Key = TypeVar("Key", bound=Hashable)


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


class Asked(NamedTuple):
    """A unit at a place that is to come to a TKP."""

    tkp: LonLat
    profile: str
    place: LonLat
    on_road: Snapped | None  # the place on a road of the profile, see `on_roads`


def seconds_to(
    network: RoadNetwork | None, tkp: LonLat, units: Sequence[tuple[str, LonLat]], conditions: Conditions = ANY_TIME
) -> list[Travel]:
    """Return how soon each of `units` (profile, place) can be at the TKP, in their order.

    Args:
        conditions: the hour in the city's local time, what is closed, and the speed set.
    """
    snapped = on_roads(network, units)
    asked = [Asked(tkp, profile, place, road) for (profile, place), road in zip(units, snapped, strict=True)]
    return seconds_each(network, asked, conditions)


def on_roads(network: RoadNetwork | None, units: Sequence[tuple[str, LonLat]]) -> list[Snapped | None]:
    """Return where each place lies on the roads of its profile, in their order; None where no road is near."""
    found: list[Snapped | None] = [None] * len(units)
    if network is None:
        return found
    for profile, mine in _grouped(profile for profile, _ in units).items():
        lons = [units[index][1].lon for index in mine]
        lats = [units[index][1].lat for index in mine]
        for index, place in zip(mine, snap_many(network, lons, lats, PROFILES[profile], SNAP_WITHIN_M), strict=True):
            found[index] = place
    return found


def seconds_each(
    network: RoadNetwork | None, asked: Sequence[Asked], conditions: Conditions = ANY_TIME
) -> list[Travel]:
    """Return how soon each unit can be at its own TKP, in their order: one look-up per TKP and profile."""
    travel = [straight_line(one.tkp, one.place) for one in asked]
    if network is None:
        return travel
    for (tkp, profile), mine in _grouped((one.tkp, one.profile) for one in asked).items():
        on_road = [(index, place) for index in mine if (place := asked[index].on_road) is not None]
        field = _fields.field(network, tkp, profile, conditions) if on_road else None
        if field is None:
            continue
        times = field.seconds_from_many([place for _, place in on_road])
        for (index, _), seconds in zip(on_road, times.tolist(), strict=True):
            if math.isfinite(seconds):
                travel[index] = Travel(seconds, "road", travel[index].straight_m)
    return travel


def kerbs(
    network: RoadNetwork | None, tkp: LonLat, profile: str, conditions: Conditions = ANY_TIME
) -> tuple[LonLat, ...]:
    """Return where the streets around a TKP come nearest to it: there a vehicle is left, and the rest is walked."""
    field = None if network is None else _fields.field(network, tkp, profile, conditions)
    if field is None:
        return ()
    return tuple(LonLat(access.place.point.lon, access.place.point.lat) for access in field.scene.accesses)


def _grouped(keys: Iterable[Key]) -> dict[Key, list[int]]:
    found: dict[Key, list[int]] = {}
    for index, key in enumerate(keys):
        found.setdefault(key, []).append(index)
    return found


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
