"""Hours of the week at which nothing on the roads differs, so that they share a metric.

gates shut 22:00-05:00, no left turn Mo-Fr 06:00-09:00  ─►  three kinds of hours, not 168
"""

from collections.abc import Iterable, Mapping
from typing import Any

from routing.hourly import FREE_FLOW, SpeedSet
from routing.hours import ALWAYS, NEVER, WEEK_H, Hours, read_conditional, read_hours
from routing.network import RoadNetwork
from routing.profiles import Profile


def alike(network: RoadNetwork, profile: Profile, hour: int, closed: Iterable[Hours], speed_set: SpeedSet) -> int:
    """Return the first hour of the week at which the same holds as at `hour`.

    Args:
        closed: the hours of the closures in force.
    """
    if speed_set != FREE_FLOW:
        return hour
    spans = network.once(("hours of tags", profile), lambda: _spans(network, profile)) | set(closed)
    rules = [span for span in spans if span not in (ALWAYS, NEVER)]
    return next(h for h in range(WEEK_H) if all((h in rule) == (hour in rule) for rule in rules))


def _spans(network: RoadNetwork, profile: Profile) -> set[Hours]:
    """Return every span of hours that a tag speaks of."""
    return _spans_of((*network.kinds, *network.spot_kinds, *network.restriction_tags), profile)


def hours_that_differ(network: RoadNetwork, profile: Profile) -> list[int]:
    """Return hours of the week among which every state of the streets occurs; [] if no tag of a way speaks of hours."""
    spans = _spans_of(network.kinds, profile)
    rules = [span for span in spans if span not in (ALWAYS, NEVER)]
    first = {tuple(h in rule for rule in rules): h for h in reversed(range(WEEK_H))}
    return sorted(first.values()) if spans else []


def _spans_of(everything: Iterable[Mapping[str, Any]], profile: Profile) -> set[Hours]:
    spans: set[Hours] = set()
    for tags in everything:
        for key, value in tags.items():
            if key.endswith(":conditional"):
                spans |= {each.hours for each in read_conditional(value, profile.vehicle)}
            elif key == "opening_hours":
                spans |= {span for span in [read_hours(value)] if span is not None}
    return spans
