"""A closure of some 50 edges is drawn: how long until the next right answer, and does that answer keep out of it.

`closure`: a square anywhere in the city. `closure_on_a_way`: around the middle of a soonest way, so that there is
something to avoid, and often on an arterial on which many other times depend. For k = 10 of 50 units; the time runs
from the outline to the answer. Peers on our graph are handed the arcs that it closes, found beforehand.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from statistics import median
from typing import Any

import numpy as np
from shapely import LineString, Point

from routing.closures import in_area
from routing.fleet import Fleet, fleet_at
from routing.metric import Conditions, metrics
from routing.path import Path, shortest_path
from routing.profiles import PROFILES, Profile
from tests.bench.agreement import agree
from tests.bench.interleaved import OURS, Report, clocked_ms
from tests.bench.peers.peer import Peer
from tests.bench.peers.scipy_dijkstra import Scipy
from tests.bench.setting import PROFILE, Drawn, Place, Setting, snapped

K = 10
UNITS = 50
QUICK_MS = 100.0  # who answers sooner is told of another closure just before: see `interleaved`
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
    metrics(setting.network, setting.conditions)  # the closures in force are in force for every profile
    rounds = _Rounds(setting, fleet, units, able, few)
    rounds.clock(3 * closures, lambda: (None, setting.place(), setting.closure()))
    report.compare(f"{prefix}closure", rounds.take())
    witness = Scipy(setting.arcs)
    rounds.clock(closures, lambda: _drawn_across_a_way(setting, witness))
    report.compare(f"{prefix}closure_on_a_way", rounds.take())
    ways = ", ".join(f"{name} {count}" for name, count in rounds.avoided.items())
    print(f"after a closure no way leads through it; so many did before: {ways}")
    _all_profiles(prefix, setting, fleet, report, closures)


class _Rounds:
    """Closures that every engine is told of in turn, and how long each took to the next answer."""

    def __init__(
        self, setting: Setting, fleet: Fleet, units: Sequence[Place], able: Sequence[Any], few: dict[str, int]
    ) -> None:
        self._setting, self._fleet, self._units, self._able, self._few = setting, fleet, units, able, few
        self._spent_ms: dict[str, list[float]] = defaultdict(list)
        self.avoided: Counter[str] = Counter()

    def take(self) -> dict[str, list[float]]:
        """Return the times, and begin anew."""
        spent_ms, self._spent_ms = dict(self._spent_ms), defaultdict(list)
        return spent_ms

    def clock(self, closures: int, draw: Callable[[], tuple[Place | None, Place, Drawn]]) -> None:
        for number in range(closures + 1):  # the first is not counted: of what is compiled, loaded and found then
            unit, scene, drawn = draw()
            another = self._setting.closure()
            turn: list[Any] = [OURS, *(each for each in self._able if number < self._few.get(each.name, closures + 1))]
            for one in self._setting.rng.sample(turn, len(turn)):
                name = one if one == OURS else one.name
                led_through = unit is not None and one != OURS and self._leads_through(one, unit, scene, drawn)
                if self._spent_ms[name] and self._spent_ms[name][-1] < QUICK_MS:
                    self._ask(one, scene, another)
                    self._open(one, another)
                ms = clocked_ms(partial(self._ask, one, scene, drawn))
                if unit is not None and one == OURS:
                    _check_ours(self._setting, unit, scene, drawn)
                elif unit is not None:
                    _check(self._setting, one, unit, scene, drawn)
                self.avoided[name] += led_through or (unit is not None and one == OURS)
                self._open(one, drawn)
                if number > 0 or name in self._few:
                    self._spent_ms[name].append(ms)

    def _ask(self, one: Any, scene: Place, drawn: Drawn) -> Any:
        if one == OURS:
            return _ours(self._setting, self._fleet, [PROFILE], scene, drawn)
        one.close(drawn)
        return one.soonest(one.hold(self._units), scene, K)

    @staticmethod
    def _open(one: Any, drawn: Drawn) -> None:
        if one != OURS:
            one.open(drawn)

    @staticmethod
    def _leads_through(one: Any, unit: Place, scene: Place, drawn: Drawn) -> bool:
        return bool(one.can("path") and one.leads_through(one.path(unit, scene), drawn))


def _ours(setting: Setting, fleet: Fleet, profiles: Iterable[Profile], scene: Place, drawn: Drawn) -> None:
    closure = in_area(setting.network, "one more", drawn.ring)
    closed = Conditions(closures=setting.conditions.closures.with_closure(closure))
    for profile in profiles:
        fleet.soonest(scene.snapped, profile, K, conditions=closed)


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
