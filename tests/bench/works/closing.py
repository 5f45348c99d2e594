"""A closure of some 50 edges is drawn: how long until the next right answer, and does that answer keep out of it.

The square is drawn around the middle of a soonest way, so that there is something to avoid. For k = 10 of 50 units;
the time runs from the outline to the answer. Peers on our graph are handed the arcs that it closes, found beforehand.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from statistics import median
from typing import Any

import numpy as np
from shapely import LineString, Point

from routing.closures import in_area
from routing.fleet import Fleet, fleet_at
from routing.metric import Conditions
from routing.path import Path, shortest_path
from routing.profiles import PROFILES, Profile
from tests.bench.agreement import agree
from tests.bench.interleaved import OURS, QUICK_MS, Report, clocked_ms
from tests.bench.peers.peer import Peer
from tests.bench.peers.scipy_dijkstra import Scipy
from tests.bench.setting import PROFILE, Drawn, Place, Setting, snapped

K = 10
UNITS = 50
CLEAR_DEGREES = 0.002  # so far from the outline, ends are not snapped into it


def closings(
    prefix: str, setting: Setting, peers: Sequence[Peer], report: Report, closures: int, few: dict[str, int]
) -> None:
    """Draw closures.

    Args:
        few: peers that take too long for all of them, and how many they get; none for 0.
    """
    units = setting.places(UNITS)
    fleet = fleet_at(setting.network, snapped(units))
    able: list[Any] = [peer for peer in peers if peer.can("close") and few.get(peer.name, closures) > 0]
    for peer in able:
        if peer.can("prepare_to_close"):
            peer.prepare_to_close()
    witness = Scipy(setting.arcs)
    spent_ms: dict[str, list[float]] = {OURS: [], **{peer.name: [] for peer in able}}
    avoided = dict.fromkeys(spent_ms, 0)
    for number in range(closures + 1):  # the first is not counted: of what is compiled, loaded and found then
        unit, scene, drawn = _drawn_across_a_way(setting, witness)
        another = setting.closure()
        turn: list[Any] = [OURS, *(each for each in able if number < few.get(each.name, closures + 1))]
        for one in setting.rng.sample(turn, len(turn)):
            name = one if one == OURS else one.name
            is_quick = bool(spent_ms[name]) and spent_ms[name][-1] < QUICK_MS  # see `interleaved`
            if one == OURS:
                if is_quick:
                    _ours(setting, fleet, [PROFILE], scene, another)
                ms = clocked_ms(partial(_ours, setting, fleet, [PROFILE], scene, drawn))
                _check_ours(setting, unit, scene, drawn)
                avoided[OURS] += 1
            else:
                led_through = one.leads_through(one.path(unit, scene), drawn) if one.can("path") else False
                if is_quick:
                    _theirs(one, units, scene, another)
                    one.open(another)
                ms = clocked_ms(partial(_theirs, one, units, scene, drawn))
                _check(setting, one, unit, scene, drawn)
                avoided[name] += led_through
                one.open(drawn)
            if number > 0 or name in few:
                spent_ms[name].append(ms)
    report.compare(f"{prefix}closure", {name: times for name, times in spent_ms.items() if times})
    ways = ", ".join(f"{name} {count}" for name, count in avoided.items() if count)
    print(f"after a closure no way leads through it; so many did before: {ways}")
    _all_profiles(prefix, setting, fleet, report, closures)


def _ours(setting: Setting, fleet: Fleet, profiles: Iterable[Profile], scene: Place, drawn: Drawn) -> None:
    closure = in_area(setting.network, "one more", drawn.ring)
    closed = Conditions(closures=setting.conditions.closures.with_closure(closure))
    for profile in profiles:
        fleet.soonest(scene.snapped, profile, K, conditions=closed)


def _theirs(peer: Any, units: Sequence[Place], scene: Place, drawn: Drawn) -> Any:
    peer.close(drawn)
    return peer.soonest(peer.hold(units), scene, K)


def _all_profiles(prefix: str, setting: Setting, fleet: Fleet, report: Report, closures: int) -> None:
    """Time the next answer for every kind of vehicle after one drawing, one after the other."""
    everyone = PROFILES.values()
    spent_ms = [
        clocked_ms(partial(_ours, setting, fleet, everyone, setting.place(), setting.closure()))
        for _ in range(closures)
    ]
    report.figure(
        f"{prefix}closure_all_profiles_ms", median(spent_ms), f"{len(PROFILES)} profiles, one after the other"
    )


def _drawn_across_a_way(setting: Setting, witness: Scipy) -> tuple[Place, Place, Drawn]:
    """Draw a closure across a soonest way, such that another one is left, from node to node too."""
    while True:
        unit, scene = setting.place(), setting.place()
        way = _way(setting, unit, scene, setting.conditions)
        if way is None or way.length_m < 2000:
            continue
        drawn = setting.closure(way.points[len(way.points) // 2])
        is_clear = all(drawn.outline.distance(Point(end.lon_lat)) > CLEAR_DEGREES for end in (unit, scene))
        if is_clear and _leads_through(way, drawn) and _way(setting, unit, scene, drawn.conditions) is not None:
            witness.close(drawn)
            to_scene_ms = witness.field_ms(scene.node)
            witness.open(drawn)
            if to_scene_ms[unit.node] < np.inf:
                return unit, scene, drawn


def _way(setting: Setting, unit: Place, scene: Place, conditions: Conditions) -> Path | None:
    return shortest_path(setting.network, unit.snapped, scene.snapped, PROFILE, conditions=conditions)


def _leads_through(way: Path, drawn: Drawn) -> bool:
    return bool(LineString(way.points).intersects(drawn.outline.buffer(-1e-6)))  # a tenth of a metre


def _check_ours(setting: Setting, unit: Place, scene: Place, drawn: Drawn) -> None:
    way = _way(setting, unit, scene, drawn.conditions)
    assert way is not None
    assert not _leads_through(way, drawn), "a way of ours leads through a closure"


def _check(setting: Setting, peer: Any, unit: Place, scene: Place, drawn: Drawn) -> None:
    if peer.can("path"):
        assert not peer.leads_through(peer.path(unit, scene), drawn), f"{peer.name} leads through a closure"
    elif isinstance(peer, Scipy):
        agree(setting, [peer], drawn.conditions, questions=1)
