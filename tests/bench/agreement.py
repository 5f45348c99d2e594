"""Before anything is timed: our answers are those of scipy and RoutingKit on the same arcs, to the millisecond.

    unit ──► piece of its street, junction ──► (node) ── their search ──► (door) ──► turn, piece of the scene's street

They search from node to node; the pieces at either end are added here, from the times along streets alone.
"""

from collections.abc import Sequence

import numpy as np

from routing.along import partial_ms
from routing.fleet import fleet_at
from routing.matrix import travel_matrix
from routing.metric import Conditions, Metric, metric
from routing.milliseconds import INF_MS
from routing.network import Floats
from routing.search import arrival_field, arrival_fields, soonest
from routing.snap import Snapped
from tests.bench.peers.peer import Peer
from tests.bench.setting import PROFILE, Setting, snapped

UNITS = 60
K = 10


def agree(setting: Setting, peers: Sequence[Peer], conditions: Conditions | None = None, questions: int = 3) -> None:
    """Stop where an answer of ours is not theirs. Peers other than scipy and RoutingKit are not asked."""
    conditions = setting.conditions if conditions is None else conditions
    network, times = setting.network, metric(setting.network, PROFILE, conditions)
    for _ in range(questions):
        scene, units = setting.place().snapped, snapped(setting.places(UNITS))
        units = [unit for unit in units if times.graph.network.street[unit.edge] != network.street[scene.edge]]
        fleet = fleet_at(network, units)
        field = arrival_field(network, scene, PROFILE, conditions=conditions)
        ours_s = field.seconds_from_many(units)
        batch = arrival_fields(network, [scene, units[0]], PROFILE, conditions=conditions)
        assert np.array_equal(batch[0].node_ms, field.node_ms)
        matrix_s = travel_matrix(network, [units[0], scene], fleet, PROFILE, conditions=conditions)
        assert np.array_equal(matrix_s[1], ours_s)
        ranked = [(unit, s) for s, unit in sorted((s, unit) for unit, s in enumerate(ours_s.tolist()))]
        first = [(unit, s) for unit, s in ranked[:K] if s < np.inf]
        assert fleet.soonest(scene, PROFILE, K, conditions=conditions) == first
        assert soonest(network, scene, units, PROFILE, K, conditions=conditions) == first
        for peer in peers:
            theirs_ms = _theirs_ms(peer, times, units, scene)
            assert theirs_ms is None or np.array_equal(theirs_ms / 1000.0, ours_s), f"{peer.name} has other times"


def _theirs_ms(peer: Peer, times: Metric, units: Sequence[Snapped], scene: Snapped) -> Floats | None:
    doors = _doors(times, scene)
    leaving = [_leaving(times, unit) for unit in units]
    nodes = [node for ways in leaving for node, _ in ways]
    if peer.can("field_ms"):
        to_scene = np.min([peer.field_ms(node) + ms for node, ms in doors], axis=0)[nodes]  # type: ignore[attr-defined]
    elif peer.can("times_ms"):
        to_scene = peer.times_ms(nodes, doors)  # type: ignore[attr-defined]
    else:
        return None
    found = iter(to_scene.tolist())
    whole = np.array([min((next(found) + ms for _, ms in ways), default=np.inf) for ways in leaving])
    return np.where(whole < INF_MS, whole, np.inf)


def _doors(times: Metric, scene: Snapped) -> list[tuple[int, int]]:
    """Return the nodes at which a drive along the scene's street begins, with the ms from there to the scene."""
    graph = times.graph
    doors = []
    for drive, from_m, to_m in _ways(times, scene, is_coming=True):
        ms = _part_ms(times, drive, from_m, to_m)
        for arc in graph.drive_arc[graph.drive_start[drive] : graph.drive_start[drive + 1]].tolist():
            if ms + int(times.arcs.begin_ms[arc]) < INF_MS:
                doors.append((int(graph.tail[arc]), ms + int(times.arcs.begin_ms[arc])))
    return doors


def _leaving(times: Metric, unit: Snapped) -> list[tuple[int, int]]:
    """Return the nodes at which a unit joins the network, with the ms to there."""
    ways = []
    for drive, from_m, to_m in _ways(times, unit, is_coming=False):
        ms = _part_ms(times, drive, from_m, to_m) + int(times.arcs.end_ms[drive])
        if ms < INF_MS:
            ways.append((int(times.graph.after[drive]), ms))
    return ways


def _ways(times: Metric, place: Snapped, is_coming: bool) -> list[tuple[int, float, float]]:
    """Return the drives to or from a place, and which metres of the street they use, from the start of its shape."""
    length_m = float(times.graph.network.length_m[place.edge])
    at_m = place.fraction * length_m
    back = int(times.graph.drives.back[place.edge])
    before, beyond = (0.0, at_m), (at_m, length_m)
    along_part, back_part = (before, beyond) if is_coming else (beyond, before)
    return [(place.edge, *along_part), *([(back, *back_part)] if back >= 0 else [])]


def _part_ms(times: Metric, drive: int, from_m: float, to_m: float) -> int:
    network, drives = times.graph.network, times.graph.drives
    edge = int(drives.edge[drive])
    is_along = bool(network.is_along[edge] != drives.is_against[drive])
    return int(partial_ms(times.streets, int(network.street[edge]), from_m, to_m, is_along))
