"""Conditional tags of which something is not understood, so that an import can say how many there are.

60 @ (22:00-06:00); 80 @ wet          the weather is not known: the second clause is never in force
oneway:conditional=reversible @ …     which way it flows is not said
"""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from routing import flow
from routing.hours import values_if_read
from routing.maxspeed import posted_kmh
from routing.network import RoadNetwork


def unread_conditionals(network: RoadNetwork) -> Mapping[str, int]:
    """Count the ways, points on them and turn restrictions of whose conditional tags not all is understood, by key."""
    counts: Counter[str] = Counter()
    for kind, tags in enumerate(network.kinds):
        keys = _unread(tags)
        if keys:
            ways = len(np.unique(network.piece_way_id[network.piece_kind == kind]))
            counts.update({key: ways for key in keys})
    for kind, tags in enumerate(network.spot_kinds):
        here = np.count_nonzero(network.node_spot == kind) + np.count_nonzero(network.spot_kind == kind)
        counts.update({key: int(here) for key in _unread(tags)})
    for tags in network.restriction_tags:
        counts.update(_unread(tags))
    return {key: count for key, count in sorted(counts.items()) if count}


def _unread(tags: Mapping[str, str]) -> list[str]:
    return [key for key, text in tags.items() if key.endswith(":conditional") and not _is_understood(key, text)]


def _is_understood(key: str, text: str) -> bool:
    values = values_if_read(text)
    if values is None:
        return False
    if key == flow.KEY:
        return all(value in flow.FLOWS for value in values)
    return not key.startswith("maxspeed") or all(value == "none" or posted_kmh(value) for value in values)
