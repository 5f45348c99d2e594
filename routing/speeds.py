"""How fast a vehicle is on one piece of way, and whether it may be there at all, from the way's OSM tags.

The rule, so that anyone can recompute it (a piece is the part of an edge that lies on one OSM way):

    km/h of a piece  = min(top, siren × share of the hour × (limit, else class speed))
    ms of an edge    = max(1, round(1000 × Σ piece metres ÷ piece metres per second))

and an edge is passed from end to end only if every piece of it may be passed. Where several values stand in one tag
(`highway=residential;footway`, or an osmnx graph that merged ways), all must be passable and the slowest counts.
Limits may differ by direction; which way a piece runs along its OSM way is the network's (`piece_is_back`).
"""

from collections.abc import Iterable, Mapping
from itertools import product

from routing import flow
from routing.hourly import FREE_FLOW, SpeedSet
from routing.hours import Vehicle, read_conditional
from routing.maxspeed import CONDITIONAL_KEYS as LIMIT_CONDITIONAL_KEYS
from routing.maxspeed import DIRECTED_KEYS, ZONE_KEYS, limit_kmh, posted_kmh
from routing.profiles import Profile
from routing.sizes import SIZE_KEYS, fits

__all__ = ["ROUTING_TAGS", "may_enter", "posted_kmh", "speed_kmh", "speeds_mps"]

ACCESS_KEYS = ("access", "vehicle", "motor_vehicle", "motorcar", "motorcycle", "hgv", "foot", "emergency", "bus", "psv")
CONDITIONAL_KEYS = (*(f"{key}:conditional" for key in ACCESS_KEYS), *LIMIT_CONDITIONAL_KEYS, flow.KEY)
# The tags of a way that are read here; the network keeps these and no others.
ROUTING_TAGS = (
    "highway", "service", "junction", "oneway", "maxspeed", *DIRECTED_KEYS[:2], *ZONE_KEYS,
    *ACCESS_KEYS, *CONDITIONAL_KEYS, "busway", "toll", "bridge", "tunnel", "layer", *SIZE_KEYS,
    "tracktype", "surface", "area",
)  # fmt: skip
DIRECTED = frozenset(DIRECTED_KEYS)  # what may differ by direction

CLOSED = frozenset({"no"})  # private, destination, customers: a crew on duty may enter
OPENED = frozenset({"yes", "designated", "official", "permissive"})
# Ways closed by their class that an explicit emergency=yes or motor_vehicle=yes opens, at a crawl.
CRAWL_KMH = 10.0
CRAWLABLE = frozenset({"footway", "pedestrian", "cycleway", "path", "bridleway"})


def speed_kmh(
    tags: Mapping[str, str],
    profile: Profile,
    hour: int | None = None,
    speed_set: SpeedSet = FREE_FLOW,
    is_back: bool | None = None,
) -> float:
    """Return the speed of `profile` on a way with these OSM tags, in km/h; 0.0 where it may not be.

    Tags other than ROUTING_TAGS have no effect. A tag with several values counts as its slowest.

    Args:
        hour: of the week, from Monday 00:00 on; None: any, so that conditional tags and the speed set have no effect.
        is_back: driven against the order of the way's points; None: whichever is slower.
    """
    if is_back is None:
        return min(speed_kmh(tags, profile, hour, speed_set, way) for way in (False, True))
    relevant = [(key, tags[key]) for key in ROUTING_TAGS if key in tags]
    keys = [key for key, _ in relevant]
    choices = product(*([value] if key in CONDITIONAL_KEYS else _values(value) for key, value in relevant))
    return min(
        _single_speed_kmh(dict(zip(keys, choice, strict=True)), profile, hour, speed_set, is_back) for choice in choices
    )


def speeds_mps(
    kinds: Iterable[Mapping[str, str]], profile: Profile, hour: int | None = None, speed_set: SpeedSet = FREE_FLOW
) -> list[tuple[float, float]]:
    """Return metres per second for each set of tags, along the order of the way's points and against it.

    0.0 where `profile` may not be. See `speed_kmh`.
    """
    found = []
    for tags in kinds:
        along = speed_kmh(tags, profile, hour, speed_set, False) / 3.6
        is_alike = DIRECTED.isdisjoint(tags)
        found.append((along, along if is_alike else speed_kmh(tags, profile, hour, speed_set, True) / 3.6))
    return found


def _values(value: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in value.split(";") if part.strip())) or [""]


def _single_speed_kmh(
    tags: Mapping[str, str], profile: Profile, hour: int | None, speed_set: SpeedSet, is_back: bool
) -> float:
    tags = in_force(tags, profile.vehicle, hour)
    highway = tags.get("highway", "")
    by_class = dict(profile.speeds).get(highway, 0.0)
    if tags.get("service") == "alley" and highway == "service":
        by_class = profile.alley_kmh
    elif by_class == 0.0 and not profile.is_on_foot and highway in CRAWLABLE and _is_opened(tags, profile):
        by_class = CRAWL_KMH
    if by_class == 0.0 or not may_enter(tags, profile) or not fits(tags, profile):
        return 0.0
    limit = limit_kmh(tags, profile.vehicle, hour, is_back) if profile.keeps_posted_limit else None
    return min(profile.top_kmh, profile.siren_factor * speed_set.share(highway, hour) * (limit or by_class))


def in_force(tags: Mapping[str, str], vehicle: Vehicle, hour: int | None) -> Mapping[str, str]:
    """Return the tags with access values replaced by the conditional ones of this hour; unchanged if it is None."""
    conditional = [key for key in ACCESS_KEYS if f"{key}:conditional" in tags]
    if hour is None or not conditional:
        return tags
    now = dict(tags)
    for key in conditional:
        for value, hours in read_conditional(tags[f"{key}:conditional"], vehicle):
            if hour in hours:
                now[key] = value
    return now


def _is_opened(tags: Mapping[str, str], profile: Profile) -> bool:
    if tags.get("emergency") in OPENED:
        return True
    # `access=yes` on a footway speaks to walkers; only a tag about motor vehicles opens it to them.
    particular = [tags[key] for key in profile.access_keys if key in tags and key not in {"access", "vehicle"}]
    return bool(particular) and particular[-1] in OPENED


def may_enter(tags: Mapping[str, str], profile: Profile) -> bool:
    """Say whether access tags let `profile` onto a way, or through what stands on one."""
    if profile.is_emergency and "emergency" in tags:
        if tags["emergency"] in OPENED:
            return True
        if tags["emergency"] in CLOSED:
            return False
    if not profile.may_use_toll and tags.get("toll") == "yes":
        return False
    is_for_buses = tags.get("highway") == "busway" or any(tags.get(key) in OPENED for key in ("bus", "psv"))
    if profile.may_use_busway and is_for_buses:
        return True
    # The most particular tag wins: https://wiki.openstreetmap.org/wiki/Key:access#Transport_mode_restrictions
    access = [tags[key] for key in profile.access_keys if key in tags]
    return not access or access[-1] not in CLOSED
