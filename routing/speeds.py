"""How fast a vehicle is on one piece of way, and whether it may be there at all, from the way's OSM tags.

The rule, so that anyone can recompute it (a piece is the part of an edge that lies on one OSM way):

    km/h of a piece  = min(top, siren × (posted limit, else class speed))
    ms of an edge    = max(1, round(1000 × Σ piece metres ÷ piece metres per second))

and an edge is passed from end to end only if every piece of it may be passed. Where several values stand in one tag
(`highway=residential;footway`, or an osmnx graph that merged ways), all must be passable and the slowest counts.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import product

from routing.profiles import Profile

# The tags of a way that are read here; the network keeps these and no others.
ROUTING_TAGS = (
    "highway", "service", "junction", "oneway", "maxspeed", "access", "vehicle", "motor_vehicle", "motorcar",
    "motorcycle", "hgv", "foot", "emergency", "bus", "psv", "busway", "toll", "bridge", "tunnel", "layer", "width",
    "maxheight", "maxweight", "tracktype", "surface", "area",
)  # fmt: skip

KMH_PER_MPH = 1.609344  # the international mile
KMH_PER_KNOT = 1.852
WALK_KMH = 5.0  # maxspeed=walk, the legal "walking pace"
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?")

CLOSED = frozenset({"no"})  # private, destination, customers: a crew on duty may enter
OPENED = frozenset({"yes", "designated", "official", "permissive"})
# Ways closed by their class that an explicit emergency=yes or motor_vehicle=yes opens, at a crawl.
CRAWL_KMH = 10.0
CRAWLABLE = frozenset({"footway", "pedestrian", "cycleway", "path", "bridleway"})


def posted_kmh(maxspeed: str) -> float | None:
    """Read the tag maxspeed=* as km/h; None where it names no number (`none`, `signals`, `ID:urban`)."""
    text = maxspeed.strip().lower()
    if text in {"walk", "walking"}:
        return WALK_KMH
    match = _NUMBER.fullmatch(text)
    if match is None or float(match[1]) <= 0:
        return None
    factor = {"mph": KMH_PER_MPH, "knots": KMH_PER_KNOT}.get(match[2], 1.0)
    return float(match[1]) * factor


def speed_kmh(tags: Mapping[str, str], profile: Profile) -> float:
    """Return the speed of `profile` on a way with these OSM tags, in km/h; 0.0 where it may not be.

    Tags other than ROUTING_TAGS have no effect. A tag with several values counts as its slowest.
    """
    relevant = [(key, tags[key]) for key in ROUTING_TAGS if key in tags]
    keys = [key for key, _ in relevant]
    choices = product(*(_values(value) for _, value in relevant))
    return min(_single_speed_kmh(dict(zip(keys, choice, strict=True)), profile) for choice in choices)


def speeds_mps(kinds: Iterable[Mapping[str, str]], profile: Profile) -> list[float]:
    """Return metres per second for each set of tags; 0.0 where `profile` may not be."""
    return [speed_kmh(tags, profile) / 3.6 for tags in kinds]


def _values(value: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in value.split(";") if part.strip())) or [""]


def _single_speed_kmh(tags: Mapping[str, str], profile: Profile) -> float:
    highway = tags.get("highway", "")
    by_class = dict(profile.speeds).get(highway, 0.0)
    if tags.get("service") == "alley" and highway == "service":
        by_class = profile.alley_kmh
    elif by_class == 0.0 and not profile.is_on_foot and highway in CRAWLABLE and _is_opened(tags, profile):
        by_class = CRAWL_KMH
    if by_class == 0.0 or not _may_enter(tags, profile):
        return 0.0
    posted = posted_kmh(tags["maxspeed"]) if profile.keeps_posted_limit and "maxspeed" in tags else None
    return min(profile.top_kmh, profile.siren_factor * (posted or by_class))


def _is_opened(tags: Mapping[str, str], profile: Profile) -> bool:
    if tags.get("emergency") in OPENED:
        return True
    # `access=yes` on a footway speaks to walkers; only a tag about motor vehicles opens it to them.
    particular = [tags[key] for key in profile.access_keys if key in tags and key not in {"access", "vehicle"}]
    return bool(particular) and particular[-1] in OPENED


def _may_enter(tags: Mapping[str, str], profile: Profile) -> bool:
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
