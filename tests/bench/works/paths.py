"""The way of one unit with its line, street names and manoeuvres."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from routing.path import path_from_field, shortest_path
from routing.search import arrival_field
from tests.bench.interleaved import OURS, Question, Report
from tests.bench.peers.peer import Peer
from tests.bench.setting import PROFILE, Setting


def paths(prefix: str, setting: Setting, peers: Sequence[Peer], report: Report, questions: int) -> None:
    """Ask for ways. An open incident has its field; `path_anew` is the way where there is none."""
    able: list[Any] = [peer for peer in peers if peer.can("path")]
    with_field: list[Question] = []
    without: list[Question] = []
    while len(with_field) < questions:
        scene, unit = setting.place(), setting.place()
        field = arrival_field(setting.network, scene.snapped, PROFILE, conditions=setting.conditions)
        if math.isinf(field.seconds_from(unit.snapped)):
            continue  # cut off by a closure
        theirs = {peer.name: partial(peer.path, unit, scene) for peer in able}
        anew = partial(
            shortest_path, setting.network, unit.snapped, scene.snapped, PROFILE, conditions=setting.conditions
        )
        with_field.append({OURS: partial(path_from_field, field, unit.snapped), **theirs})
        without.append({OURS: anew, **theirs})
    report.work(f"{prefix}path", with_field)
    report.work(f"{prefix}path_anew", without)
