"""What stands on a street or at a junction: gates, bollards, traffic lights, level crossings; and what passing costs.

A spot keeps the OSM tags of its node. It lies somewhere along a street, or at a junction, where it counts for every
drive that ends there. Sources: which barriers a car passes is OSRM's `barrier_whitelist` (car.lua) and
https://wiki.openstreetmap.org/wiki/Key:barrier; the seconds are our assumptions (a crew opens a gate, a guard lifts a
boom) but for those in `Profile.delays`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from routing.hours import read_hours
from routing.milliseconds import INF_MS
from routing.profiles import Profile
from routing.sizes import HEIGHT_KEYS, SIZE_KEYS, fits
from routing.speeds import ACCESS_KEYS, OPENED, in_force, may_enter

SPOT_TAGS = (
    "barrier", "highway", "railway", "direction", "traffic_signals:direction", "opening_hours", "locked",
    *ACCESS_KEYS, *(f"{key}:conditional" for key in ACCESS_KEYS), *SIZE_KEYS,
)  # fmt: skip
CONTROLS = frozenset({"traffic_signals", "stop", "give_way"})  # values of highway=* on a node
DIRECTED = ("direction", "traffic_signals:direction")


class Passing(NamedTuple):
    """Seconds to get past a barrier that no access tag speaks of; None where it stops one."""

    wide_s: float | None  # cars and lorries
    narrow_s: float | None  # two-wheelers
    foot_s: float | None


BARRIERS: Mapping[str, Passing] = {
    "entrance": Passing(0, 0, 0),
    "no": Passing(0, 0, 0),
    "cattle_grid": Passing(0, 0, 0),
    "kerb": Passing(0, 0, 0),
    "height_restrictor": Passing(0, 0, 0),
    "arch": Passing(0, 0, 0),
    "toll_booth": Passing(3, 3, 0),
    "border_control": Passing(5, 5, 5),
    "bump_gate": Passing(5, 5, 2),
    "lift_gate": Passing(5, 3, 0),
    "sally_port": Passing(5, 3, 0),
    "gate": Passing(10, 5, 2),
    "swing_gate": Passing(10, 5, 2),
    "sliding_gate": Passing(10, 5, 2),
    "wicket_gate": Passing(None, None, 2),
    "hampshire_gate": Passing(20, 20, 5),
    "bollard": Passing(None, 2, 0),
    "block": Passing(None, 2, 0),
    "planter": Passing(None, 2, 0),
    "chain": Passing(None, None, 2),
    "rope": Passing(None, None, 2),
    "jersey_barrier": Passing(None, None, 3),
    "cycle_barrier": Passing(None, None, 1),
    "motorcycle_barrier": Passing(None, None, 1),
    "turnstile": Passing(None, None, 3),
    "full-height_turnstile": Passing(None, None, 3),
    "kissing_gate": Passing(None, None, 3),
    "stile": Passing(None, None, 5),
    "swing_bridge": Passing(0, 0, 0),
}
UNKNOWN_BARRIER = Passing(None, None, 2)
REMOVED_S = 30.0  # a bollard or chain that access tags open to the vehicle: someone gets out and takes it away
UNMARKED_RESTRICTOR_M = 2.1  # height of a height_restrictor without maxheight: the lowest that is usual at car parks


def spot_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a node that matter to who drives over it; {} where it is a mere point."""
    kept = {key: tags[key] for key in SPOT_TAGS if key in tags}
    if kept.get("highway") not in CONTROLS:
        kept.pop("highway", None)
    if kept.get("railway") != "level_crossing":
        kept.pop("railway", None)
    is_shut = any(kept.get(key) == "no" for key in ACCESS_KEYS)
    is_spot = is_shut or any(key in kept for key in ("barrier", "highway", "railway", *SIZE_KEYS))
    return kept if is_spot else {}


def direction_of(tags: Mapping[str, str]) -> str:
    """Return `forward` or `backward`, along or against the way on which the node lies, or "" for both or unsaid."""
    said = next((tags[key] for key in DIRECTED if key in tags), "")
    return said if said in {"forward", "backward"} else ""


def passing_ms(tags: Mapping[str, str], profile: Profile, hour: int | None) -> int:
    """Return what it costs to pass a spot, in whole milliseconds; INF_MS where `profile` may not.

    Args:
        hour: of the week, from Monday 00:00 on; None: any, and then a gate that is shut at some hours is open.
    """
    delays = profile.delays
    seconds = {"traffic_signals": delays.signal_s, "stop": delays.stop_s, "give_way": delays.give_way_s}.get(
        tags.get("highway", ""), 0.0
    )
    if tags.get("railway") == "level_crossing":
        seconds += delays.level_crossing_s
    if profile.heeds_barriers:
        barrier_s = _barrier_s(in_force(tags, profile.vehicle, hour), profile, hour)
        if barrier_s is None:
            return INF_MS
        seconds += barrier_s
    return round(1000 * seconds)


def _barrier_s(tags: Mapping[str, str], profile: Profile, hour: int | None) -> float | None:
    if not may_enter(tags, profile) or not fits(_with_height(tags), profile):
        return None
    is_opened = _is_opened(tags, profile)
    open_hours = read_hours(tags.get("opening_hours", "24/7"))
    is_shut_now = hour is not None and open_hours is not None and hour not in open_hours
    if (is_shut_now or tags.get("locked") == "yes") and not (profile.is_emergency and tags.get("emergency") in OPENED):
        return None
    if "barrier" not in tags:
        return 0.0
    passing = BARRIERS.get(tags["barrier"], UNKNOWN_BARRIER)
    by_vehicle = passing.narrow_s if profile.is_narrow else passing.wide_s
    seconds = passing.foot_s if profile.is_on_foot else by_vehicle
    return REMOVED_S if seconds is None and is_opened else seconds


def _is_opened(tags: Mapping[str, str], profile: Profile) -> bool:
    """Say whether an access tag lets the vehicle through, on a node where `access=yes` means everyone."""
    if profile.is_emergency and tags.get("emergency") in OPENED:
        return True
    said = [tags[key] for key in profile.access_keys if key in tags]
    return bool(said) and said[-1] in OPENED


def _with_height(tags: Mapping[str, str]) -> Mapping[str, str]:
    if tags.get("barrier") != "height_restrictor" or any(key in tags for key in HEIGHT_KEYS):
        return tags
    return {**tags, "maxheight": str(UNMARKED_RESTRICTOR_M)}
