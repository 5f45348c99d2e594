"""The k soonest of a fleet: spread out or at posts, large or thin, held or given anew."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from routing.fleet import Fleet, fleet_at
from routing.search import soonest
from tests.bench.interleaved import OURS, Question, Report
from tests.bench.peers.peer import Peer
from tests.bench.setting import PROFILE, Place, Setting, snapped

K = 10
# Name, units, posts at which they stand (0: anywhere, which flatters a search that ends early).
FLEETS = (
    ("k10_of_50", 50, 0),
    ("k10_of_500", 500, 0),
    ("k10_of_5000", 5000, 0),
    ("k10_of_50_at_posts", 50, 10),
    ("k10_of_500_at_posts", 500, 20),
    ("k3_of_3", 3, 0),  # the fire engines that are free
)


def held_fleets(prefix: str, setting: Setting, peers: Sequence[Peer], report: Report, questions: int) -> None:
    """Fleets that stand where they stand while many scenes are asked."""
    for name, count, posts in FLEETS:
        units = setting.places(count, posts)
        fleet = fleet_at(setting.network, snapped(units))
        able = [peer for peer in peers if count <= peer.most_units]
        held = {peer.name: peer.hold(units) for peer in able}
        asked: list[Question] = []
        for _ in range(questions):
            scene = setting.place()
            ours = partial(
                fleet.soonest, scene.snapped, PROFILE, min(K, len(fleet.units)), conditions=setting.conditions
            )
            asked.append({OURS: ours, **{peer.name: partial(peer.soonest, held[peer.name], scene, K) for peer in able}})
        report.work(prefix + name, asked)


def fleets_after_a_ping(prefix: str, setting: Setting, peers: Sequence[Peer], report: Report, questions: int) -> None:
    """One unit of a held fleet has moved since the last question; RoutingKit pins all of them anew."""
    able: list[Any] = [peer for peer in peers if peer.can("soonest_anew")]
    units = setting.places(500)
    fleet = fleet_at(setting.network, snapped(units))
    held = {peer.name: peer.hold(units) for peer in able}
    asked: list[Question] = []
    for number in range(questions):
        moved, scene = setting.place(), setting.place()
        nodes = [moved.node if unit == number else each.node for unit, each in enumerate(units)]
        theirs = {peer.name: partial(peer.soonest_anew, held[peer.name], nodes, scene, K) for peer in able}
        asked.append({OURS: partial(_after_a_ping, setting, fleet, number, moved, scene), **theirs})
    report.work(f"{prefix}k10_of_500_after_a_ping", asked)


def _after_a_ping(setting: Setting, fleet: Fleet, unit: int, moved: Place, scene: Place) -> Any:
    return fleet.moved(unit, moved.snapped).soonest(scene.snapped, PROFILE, K, conditions=setting.conditions)


def fleets_given_anew(prefix: str, setting: Setting, peers: Sequence[Peer], report: Report, questions: int) -> None:
    """Fleets that come with the question, beside RoutingKit's pinning anew."""
    able: list[Any] = [peer for peer in peers if peer.can("soonest_anew")]
    for count in (50, 500):
        held = {peer.name: peer.hold(setting.places(count)) for peer in able}
        asked: list[Question] = []
        for _ in range(questions):
            units, scene = setting.places(count), setting.place()
            ours = partial(
                soonest, setting.network, scene.snapped, snapped(units), PROFILE, K, conditions=setting.conditions
            )
            nodes = [unit.node for unit in units]
            theirs = {peer.name: partial(peer.soonest_anew, held[peer.name], nodes, scene, K) for peer in able}
            asked.append({OURS: ours, **theirs})
        report.work(f"{prefix}k10_of_{count}_anew", asked)
