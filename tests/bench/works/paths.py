"""The way of one unit: its line, and what is told of it."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from routing.path import path_from_field, shortest_path
from routing.search import ArrivalField, arrival_field
from routing.snap import Snapped
from tests.bench.interleaved import OURS, Question, Report
from tests.bench.peers.peer import ExtractPeer, Peer
from tests.bench.setting import PROFILE, Setting

UNITS_EACH = 10  # whose ways to one scene are asked for: a board shows those of the first it ranks


def _told(field: ArrivalField, unit: Snapped) -> Any:
    way = path_from_field(field, unit)
    assert way is not None
    return way.points, way.streets, way.manoeuvres


def paths(prefix: str, setting: Setting, peers: Sequence[Peer], report: Report, questions: int) -> None:
    """Ask for ways. An open incident has its field; `path_anew` is the way where there is none."""
    able: list[Any] = [peer for peer in peers if peer.can("path")]
    telling: list[Any] = [peer for peer in able if isinstance(peer, ExtractPeer)]
    with_field: list[Question] = []
    told: list[Question] = []
    without: list[Question] = []
    while len(with_field) < questions:
        if len(with_field) % UNITS_EACH == 0:
            scene = setting.place()
            field = arrival_field(setting.network, scene.snapped, PROFILE, conditions=setting.conditions)
        unit = setting.place()
        if math.isinf(field.seconds_from(unit.snapped)):
            continue  # cut off by a closure
        theirs = {peer.name: partial(peer.path, unit, scene) for peer in able}
        anew = partial(
            shortest_path, setting.network, unit.snapped, scene.snapped, PROFILE, conditions=setting.conditions
        )
        with_field.append({OURS: partial(path_from_field, field, unit.snapped), **theirs})
        without.append({OURS: anew, **theirs})
        also = {peer.name: partial(peer.path, unit, scene, is_told=True) for peer in telling}
        told.append({OURS: partial(_told, field, unit.snapped), **also})
    report.work(f"{prefix}path", with_field)
    report.work(f"{prefix}path_told", told)
    report.work(f"{prefix}path_anew", without)
