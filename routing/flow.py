"""Which way traffic flows where that is not the same at all hours: oneway:conditional=*.

    oneway:conditional = yes @ (06:00-09:00)           a two-way street that is one-way in the morning
    oneway:conditional = no @ (22:00-05:00)            a one-way street that is two-way at night
    oneway:conditional = -1 @ (Mo-Fr 16:00-20:00)      a street that is driven the other way in the evening

What oneway=* says at all other hours is in the network's edges; against it, as against the flow of these hours, only
those drive who may (`Profile.against_flow_kmh`), and nobody where WITH_FLOW_ONLY or a roundabout forbids it.
"""

from collections.abc import Mapping

from routing.hours import Vehicle, read_conditional

KEY = "oneway:conditional"
BOTH, ALONG, BACK, AS_EVER = range(4)  # along the order in which OSM has the way's points, or against it
FLOWS: Mapping[str, int] = {
    "no": BOTH, "false": BOTH, "0": BOTH, "yes": ALONG, "true": ALONG, "1": ALONG, "-1": BACK, "reverse": BACK,
}  # fmt: skip

ROUNDABOUTS = frozenset({"roundabout", "circular"})
# One-way streets of these classes are never driven against the flow.
WITH_FLOW_ONLY = frozenset({"motorway", "motorway_link", "trunk", "trunk_link", "busway"})


def flow_at(tags: Mapping[str, str], vehicle: Vehicle, hour: int | None) -> int:
    """Return which way traffic flows in an hour of the week: BOTH, ALONG or BACK; AS_EVER where nothing is said of it.

    Of clauses that overlap the last one counts. None: any hour, and then none of them counts.
    """
    if hour is None or KEY not in tags:
        return AS_EVER
    now = [FLOWS[value] for value, hours in read_conditional(tags[KEY], vehicle) if value in FLOWS and hour in hours]
    return now[-1] if now else AS_EVER


def keeps_flow(tags: Mapping[str, str]) -> bool:
    """Say whether nobody may drive against the flow of a one-way street with these tags."""
    is_round = not ROUNDABOUTS.isdisjoint(tags.get("junction", "").split(";"))
    return is_round or not WITH_FLOW_ONLY.isdisjoint(tags.get("highway", "").split(";"))


def always_keeps_flow(tags: Mapping[str, str]) -> bool:
    """Say whether at no hour anybody may drive against the direction of oneway=* on a street with these tags."""
    return keeps_flow(tags) and KEY not in tags
