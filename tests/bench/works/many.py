"""Many times at once: 20 scenes × 500 units, and the time to a scene from everywhere."""

from collections.abc import Sequence
from functools import partial
from statistics import median
from typing import Any

from routing.fleet import fleet_at
from routing.matrix import travel_matrix
from routing.search import arrival_field, arrival_fields
from tests.bench.interleaved import OURS, Question, Report, clocked_ms, percentile
from tests.bench.peers.peer import Peer
from tests.bench.setting import PROFILE, Setting, snapped

SCENES, UNITS = 20, 500
BATCH = 16


def matrices(prefix: str, setting: Setting, peers: Sequence[Peer], report: Report, questions: int) -> None:
    units = setting.places(UNITS)
    fleet = fleet_at(setting.network, snapped(units))
    able: list[Any] = [peer for peer in peers if peer.can("matrix")]
    held = {peer.name: peer.hold(units) for peer in able}
    asked: list[Question] = []
    for _ in range(questions):
        scenes = setting.places(SCENES)
        ours = partial(travel_matrix, setting.network, snapped(scenes), fleet, PROFILE, conditions=setting.conditions)
        asked.append({OURS: ours, **{peer.name: partial(peer.matrix, held[peer.name], scenes) for peer in able}})
    report.work(f"{prefix}matrix_{SCENES}x{UNITS}", asked)


def fields(prefix: str, setting: Setting, peers: Sequence[Peer], report: Report, questions: int) -> None:
    able: list[Any] = [peer for peer in peers if peer.can("field")]
    asked: list[Question] = []
    for _ in range(questions):
        scene = setting.place()
        ours = partial(arrival_field, setting.network, scene.snapped, PROFILE, conditions=setting.conditions)
        asked.append({OURS: ours, **{peer.name: partial(peer.field, scene) for peer in able}})
    report.work(f"{prefix}field", asked)


def fields_in_batches(prefix: str, setting: Setting, report: Report, batches: int) -> None:
    """What one field takes where sixteen are asked for together."""
    each_ms = []
    for number in range(batches + 1):
        scenes = snapped(setting.places(BATCH))
        spent_ms = clocked_ms(partial(arrival_fields, setting.network, scenes, PROFILE, conditions=setting.conditions))
        if number > 0:
            each_ms.append(spent_ms / BATCH)
    name = f"{prefix}field_in_batches"
    report.figure(f"{name}_ms", median(each_ms), f"each of {BATCH}; p95 {percentile(each_ms, 95):.3f}")
    for figure, ratio in list(report.figures.items()):
        if figure.startswith(f"{prefix}field/"):
            one_ms = report.figures[f"{prefix}field_ms"]
            report.figures[f"{name}/{figure.rpartition('/')[2]}"] = ratio * one_ms / median(each_ms)
