"""The road engine beside its peers, on the same streets, interleaved in one run.

bin/bench routing            Jakarta (GEO112_EXTRACTS; else Kota Contoh), then an invented city of a million road nodes
SMALL=1 bin/bench routing    Jakarta alone, a tenth of the questions

Turn restrictions, what turns cost, places along streets and three closures are in force. Peers that know no turns ask
our search graph with our times, from node to node; OSRM and Valhalla ask the extract with profiles of their own, and
only their time is compared. Prints medians, 95th and 99th percentiles and ratios, and last a line `BENCH {json}`:
`<work>/<peer>` is the peer's median divided by ours, plain names are our own figures.
Machines are noisy: only ratios within one run mean anything.
"""

import gc
import os
import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import LineString, Point, Polygon

from routing.access import as_scene
from routing.climbing import doors
from routing.closures import in_area
from routing.fleet import Fleet
from routing.matrix import travel_matrix
from routing.metric import Conditions, Metric, metric, metrics
from routing.milliseconds import INF_MS
from routing.network import RoadNetwork
from routing.path import Path as Way
from routing.path import path_from_field, shortest_path
from routing.places import entries_of, leave_ms
from routing.prepared import hierarchy
from routing.profiles import PROFILES
from routing.search import arrival_field, arrival_fields, soonest
from routing.snap import Snapped
from tests.bench.cities import City, million_city, small_city
from tests.bench.interleaved import Question, Report
from tests.bench.peers.osrm_peer import Osrm
from tests.bench.peers.plain import plain_peers
from tests.bench.peers.valhalla_peer import Valhalla
from tests.bench.setting import PROFILE, Setting, node_of, nodes_of, plain_arcs, ring, with_closure

K = 10
BATCH = 16
IS_SMALL = os.environ.get("SMALL") == "1"
QUESTIONS = 20 if IS_SMALL else 200
SLOW = {
    "networkx": 4, "igraph": 10, "pandana": 20, "valhalla": 2, "osrm_mld": 5, "osrm_ch": 40, "scipy": 40,
}  # fmt: skip


def main() -> None:
    report = Report(random.Random(112))
    measure(small_city(report), report, ("scipy", "networkx", "igraph", "pandana", "routingkit"), is_whole=True)
    if not IS_SMALL:
        measure(million_city(report), report, ("scipy", "routingkit"), is_whole=False)
    report.leave_out(
        "pgRouting", "searches once for each unit; 35 to 1,700 times our plain Dijkstra when last measured"
    )
    report.end()


def measure(city: City, report: Report, plain: tuple[str, ...], is_whole: bool) -> None:
    network = start_up(city, report)
    setting = Setting(network, random.Random(7))
    arcs = setting.plain()
    peers = plain_peers(arcs, report, plain)
    agree(setting, peers)
    outside = outside_peers(city, report) if is_whole else {}
    nearest(city, setting, report, {**peers, **outside})
    anew(city, setting, report, peers)
    matrix(city, setting, report, {**peers, **outside})
    fields(city, setting, report, peers)
    paths(city, setting, report, {**peers, **outside})
    closing(city, setting, report, {**peers, **outside})


def start_up(city: City, report: Report) -> RoadNetwork:
    """Time the way from disk to the first answer, and what it takes in memory."""
    metrics(city.load())  # compiled from here on
    began = time.perf_counter()
    network = city.load()
    links = hierarchy(network)
    report.figure(f"{city.name}load_s", time.perf_counter() - began, f"{network}, {links.node_count} search nodes")
    report.figure(f"{city.name}links_per_node", links.link_count / links.node_count)
    began = time.perf_counter()
    made = metrics(network)
    report.figure(f"{city.name}customize_all_profiles_s", time.perf_counter() - began, f"{len(made)} profiles")
    each = sum(_own_bytes(one) for one in made.values()) / len(made)
    report.figure(f"{city.name}bytes_per_node_and_profile", each / network.node_count, "of the network's own nodes")
    return network


def _own_bytes(times: Metric) -> int:
    """Return what a metric holds that the network, its graph and other metrics do not."""
    arrays: list[NDArray[Any]] = [times.arc_ms, times.arcs.begin_ms, times.arcs.end_ms, times.streets.piece_mps]
    arrays += [times.streets.spot_along_ms, times.streets.spot_back_ms]
    arrays += [times.links.up_ms, times.links.down_ms, times.links.changed_row]
    return sum(each.nbytes for each in arrays)


def outside_peers(city: City, report: Report) -> dict[str, Any]:
    makers: dict[str, Callable[[], Any]] = {
        "osrm_ch": lambda: Osrm(city.source, city.folder, "CH"),
        "osrm_mld": lambda: Osrm(city.source, city.folder, "MLD"),
        "valhalla": lambda: Valhalla(city.source, city.folder),
    }
    peers = {}
    for name, make in makers.items():
        try:
            make()  # prepared from here on
            began = time.perf_counter()
            peers[name] = make()
            report.figure(f"{name}_start_s", time.perf_counter() - began)
        except ImportError as error:
            report.leave_out(name, f"not installed: {error}")
    return peers


def agree(setting: Setting, peers: Mapping[str, Any]) -> None:
    """Stop where our times are not those of scipy and RoutingKit on the same arcs, pieces of streets added."""
    times = setting.times
    for _ in range(3):
        fleet, scene = setting.fleet(60), setting.place()
        entries = entries_of(times.graph, as_scene(scene))
        door, door_ms = (each.tolist() for each in doors(times.arcs, entries, times.streets, INF_MS - 1))
        to_doors = [np.rint(1000 * peers["scipy"].field(node)) + ms for node, ms in zip(door, door_ms, strict=True)]
        to_scene = np.min(to_doors, axis=0)
        places, found = fleet.places, dict(fleet.soonest(scene, PROFILE, None, 10**6, setting.conditions))
        for unit in np.flatnonzero(places.street != entries.places.street[0]).tolist():
            ends = [places.after_along[unit], places.after_back[unit]]
            ways = [to_scene[end] + leave_ms(times.arcs, places, unit, way, times.streets)
                    for way, end in enumerate(ends) if end >= 0]  # fmt: skip
            expected = min(ways)
            assert round(1000 * found.get(unit, np.inf)) == expected if unit in found else expected >= INF_MS
        if "routingkit" in peers:
            ends = places.after_along.tolist()
            by_kit = peers["routingkit"].pinned(ends).distances_to_multi(list(zip(door, door_ms, strict=True)))
            assert [np.inf if each is None else each for each in by_kit] == to_scene[ends].tolist()
    print("our times are those of " + " and ".join(each for each in ("scipy", "routingkit") if each in peers))


def nearest(city: City, setting: Setting, report: Report, peers: Mapping[str, Any]) -> None:
    """The k soonest of fleets of all sizes, spread out, at posts, and thin."""
    fleets = {
        "k10_of_50": setting.fleet(50),
        "k10_of_500": setting.fleet(500),
        "k10_of_5000": setting.fleet(5000),
        "k10_of_500_at_20_posts": setting.fleet(500, posts=20),
        "k3_of_3": setting.fleet(3),
    }
    for name, fleet in fleets.items():
        k = min(K, len(fleet.units))
        wanted = {each: peer for each, peer in peers.items() if _can_rank(each, len(fleet.units))}
        pinned = peers["routingkit"].pinned(nodes_of(setting.times, fleet.units)) if "routingkit" in peers else None
        questions = [_nearest(setting, fleet, setting.place(), k, wanted, pinned) for _ in range(QUESTIONS)]
        report.work(city.name + name, questions, SLOW)


def _can_rank(name: str, units: int) -> bool:
    """Say whether a peer is asked at all: beyond these sizes it takes seconds to minutes for one answer."""
    most = {"valhalla": 50, "osrm_ch": 500, "osrm_mld": 500, "networkx": 500, "igraph": 500, "pandana": 500}
    return units <= most.get(name, units)


def _nearest(setting: Setting, fleet: Fleet, scene: Snapped, k: int, peers: Mapping[str, Any], pinned: Any) -> Question:
    units = nodes_of(setting.times, fleet.units)
    node = node_of(setting.times, scene)
    asked: dict[str, Callable[[], Any]] = {
        "ours": lambda: fleet.soonest(scene, PROFILE, k, conditions=setting.conditions)
    }
    for name in ("scipy", "networkx", "igraph", "pandana"):
        if name in peers:
            asked[name] = lambda peer=peers[name]: peer.soonest(node, units, k)
    for name in ("osrm_ch", "osrm_mld", "valhalla"):
        if name in peers:
            asked[name] = lambda peer=peers[name]: peer.soonest(scene, fleet.units, k)
    if "routingkit" in peers:
        asked["routingkit"] = lambda: peers["routingkit"].soonest(pinned, node, k)
    return asked


def anew(city: City, setting: Setting, report: Report, peers: Mapping[str, Any]) -> None:
    """The same where the fleet is not kept: units are given anew with every question."""
    questions = []
    for _ in range(QUESTIONS):
        units, scene = setting.fleet(50).units, setting.place()
        nodes, node = nodes_of(setting.times, units), node_of(setting.times, scene)
        asked: dict[str, Callable[[], Any]] = {
            "ours": lambda units=units, scene=scene: soonest(
                setting.network, scene, units, PROFILE, K, conditions=setting.conditions
            )
        }
        if "routingkit" in peers:
            kit = peers["routingkit"]
            asked["routingkit"] = lambda kit=kit, pinned=kit.pinned(nodes), node=node, nodes=nodes: kit.soonest_anew(
                pinned, node, nodes, K
            )
        questions.append(asked)
    report.work(f"{city.name}k10_of_50_anew", questions)


def matrix(city: City, setting: Setting, report: Report, peers: Mapping[str, Any]) -> None:
    """Twenty scenes × 500 units."""
    fleet = setting.fleet(500)
    units = nodes_of(setting.times, fleet.units)
    pinned = peers["routingkit"].pinned(units) if "routingkit" in peers else None
    questions = []
    for _ in range(max(QUESTIONS // 10, 5)):
        scenes = [setting.place() for _ in range(20)]
        nodes = nodes_of(setting.times, scenes)
        asked: dict[str, Callable[[], Any]] = {
            "ours": lambda scenes=scenes: travel_matrix(
                setting.network, scenes, fleet, PROFILE, conditions=setting.conditions
            )
        }
        for name in ("scipy", "pandana"):
            if name in peers:
                asked[name] = lambda peer=peers[name], nodes=nodes: peer.matrix(nodes, units)
        for name in ("osrm_ch", "osrm_mld"):
            if name in peers:
                asked[name] = lambda peer=peers[name], scenes=scenes: peer.table(scenes, fleet.units)
        if "routingkit" in peers:
            asked["routingkit"] = lambda nodes=nodes: peers["routingkit"].matrix(pinned, nodes)
        questions.append(asked)
    report.work(f"{city.name}matrix_20x500", questions, {"pandana": 3, "osrm_mld": 3, "scipy": 5})


def fields(city: City, setting: Setting, report: Report, peers: Mapping[str, Any]) -> None:
    """The time to a scene from everywhere, one by one and sixteen together."""
    questions = []
    for _ in range(max(QUESTIONS // 2, 10)):
        scene = setting.place()
        node = node_of(setting.times, scene)
        asked: dict[str, Callable[[], Any]] = {
            "ours": lambda scene=scene: arrival_field(setting.network, scene, PROFILE, conditions=setting.conditions)
        }
        for name in ("scipy", "networkx", "igraph"):
            if name in peers:
                asked[name] = lambda peer=peers[name], node=node: peer.field(node)
        questions.append(asked)
    report.work(f"{city.name}field", questions, SLOW)
    spent = []
    for _ in range(max(QUESTIONS // 20, 5)):
        scenes = [setting.place() for _ in range(BATCH)]
        began = time.perf_counter()
        arrival_fields(setting.network, scenes, PROFILE, conditions=setting.conditions)
        spent.append((time.perf_counter() - began) * 1000 / BATCH)
    each_ms = float(np.median(spent[1:]))
    report.figure(f"{city.name}field_in_batches_ms", each_ms, f"each of {BATCH}")
    if f"{city.name}field/scipy" in report.figures:
        by_scipy = report.figures[f"{city.name}field/scipy"] * report.figures[f"{city.name}field_ms"]
        report.figure(f"{city.name}field_in_batches/scipy", by_scipy / each_ms)


def paths(city: City, setting: Setting, report: Report, peers: Mapping[str, Any]) -> None:
    """The way of one unit with its line, names and manoeuvres, the scene's field being there."""
    questions: list[Question] = []
    told: list[Question] = []  # with the names of streets and the manoeuvres
    while len(questions) < max(QUESTIONS // 2, 10):
        scene, unit = setting.place(), setting.place()
        field = arrival_field(setting.network, scene, PROFILE, conditions=setting.conditions)
        if field.seconds_from(unit) == np.inf:
            continue  # cut off by a closure
        ends = node_of(setting.times, scene), node_of(setting.times, unit)
        asked: dict[str, Callable[[], Any]] = {"ours": lambda field=field, unit=unit: path_from_field(field, unit)}
        for name in ("networkx", "igraph", "pandana", "routingkit"):
            if name in peers:
                asked[name] = lambda peer=peers[name], ends=ends: peer.path(*ends)
        for name in ("osrm_ch", "osrm_mld", "valhalla"):
            if name in peers:
                asked[name] = lambda peer=peers[name], unit=unit, scene=scene: peer.route(unit, scene)
        questions.append(asked)
        tell: dict[str, Callable[[], Any]] = {
            "ours": lambda field=field, unit=unit: _told(path_from_field(field, unit))
        }
        for name in ("osrm_ch", "osrm_mld"):
            if name in peers:
                tell[name] = lambda peer=peers[name], unit=unit, scene=scene: peer.route(unit, scene, is_told=True)
        told.append(tell)
    report.work(f"{city.name}path", questions, {"networkx": 5, "igraph": 10, "valhalla": 5})
    report.work(f"{city.name}path_told", told)


def _told(way: Way | None) -> Any:
    assert way is not None
    return way.points, way.streets, way.manoeuvres


def closing(city: City, setting: Setting, report: Report, peers: Mapping[str, Any]) -> None:
    """A closure of some 50 edges is drawn: how long until the next right answer, for k = 10 of 50 units."""
    fleet = setting.fleet(50)
    units = nodes_of(setting.times, fleet.units)
    metrics(setting.network, setting.conditions)  # the closures in force are in force for all
    network, spent = setting.network, {name: [] for name in PROFILES}  # type: ignore[var-annotated]
    for _ in range(max(QUESTIONS // 5, 8)):
        outline, scene = setting.outline(), setting.place()
        for name, profile in PROFILES.items():
            began = time.perf_counter()
            closure = in_area(network, "one more", ring(outline))
            closed = Conditions(closures=setting.conditions.closures.with_closure(closure))
            fleet.soonest(scene, profile, K, conditions=closed)
            spent[name].append((time.perf_counter() - began) * 1000)
        _avoids(setting, outline, closed)
    for name, times in spent.items():
        report.figure(
            f"{city.name}closure_{name}_ms", float(np.median(times[1:])), f"p95 {np.quantile(times, 0.95):.3g}"
        )
    ours = report.figures[f"{city.name}closure_{PROFILE.name}_ms"]
    report.figure(f"{city.name}closure_ms", ours)
    for name, times in _peers_closing(setting, fleet, units, peers).items():
        report.figure(f"{city.name}closure/{name}", float(np.median(times)) / ours, f"{np.median(times):.4g} ms")


def _avoids(setting: Setting, outline: Polygon, closed: Conditions) -> None:
    """Stop where a way of ours goes through what is closed."""
    for _ in range(3):
        way: Way | None = shortest_path(setting.network, setting.place(), setting.place(), PROFILE, conditions=closed)
        if way is not None and len(way.points) > 1:
            inside = LineString(way.points).intersection(outline.buffer(-1e-6))
            assert inside.is_empty or _begins_or_ends_in(way, outline), "a way of ours leads through a closure"


def _begins_or_ends_in(way: Way, outline: Polygon) -> bool:
    return any(
        outline.buffer(1e-6).covers(LineString([point, point]).centroid) for point in (way.points[0], way.points[-1])
    )


def _peers_closing(
    setting: Setting, fleet: Fleet, units: list[int], peers: Mapping[str, Any]
) -> dict[str, list[float]]:
    spent: dict[str, list[float]] = {}

    def clock(name: str, act: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        answer = act()
        spent.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        return answer

    before = setting.plain()
    row_of = {pair: row for row, pair in enumerate(zip(before.tail.tolist(), before.head.tolist(), strict=True))}
    for number in range(3):
        outline, scene = setting.outline(), setting.place()
        node = node_of(setting.times, scene)
        after = plain_arcs(metrics_closed(setting, outline))
        now = dict(zip(zip(after.tail.tolist(), after.head.tolist(), strict=True), after.ms.tolist(), strict=True))
        changes = {
            row: now.get(pair, INF_MS) for pair, row in row_of.items() if now.get(pair, INF_MS) != before.ms[row]
        }
        if "routingkit" in peers:
            kit = peers["routingkit"]
            gc.collect()
            clock("routingkit", lambda: kit.after_closing(changes, units, node, K))  # noqa: B023
            kit.updater.apply(kit.metric, {row: int(before.ms[row]) for row in changes})
        if "pandana" in peers and number == 0:
            clock("pandana", lambda: peers["pandana"].after_closing(after, node, units, K))  # noqa: B023
        if "valhalla" in peers and number == 0:
            clock("valhalla", lambda: peers["valhalla"].soonest(scene, fleet.units, K, outline))  # noqa: B023
        for name in ("osrm_mld", "osrm_ch"):
            if name in peers and (name == "osrm_mld" or (number == 0 and not IS_SMALL)):
                peer = peers[name]
                pieces = peer.pieces_in(outline)
                began = time.perf_counter()
                peer.close(pieces)
                peer.soonest(scene, fleet.units, K)
                spent.setdefault(name, []).append((time.perf_counter() - began) * 1000)
                _osrm_avoids(setting, peer, outline)
                peer.open()
    return spent


def metrics_closed(setting: Setting, outline: Polygon) -> Metric:
    return metric(setting.network, PROFILE, with_closure(setting, outline))


def _osrm_avoids(setting: Setting, peer: Osrm, outline: Polygon) -> None:
    for _ in range(3):
        one, other = setting.place(), setting.place()
        line = peer.route(one, other)
        ends = [Point(line.coords[0]), Point(line.coords[-1])]
        through = line.intersects(outline.buffer(-1e-6))
        assert not through or any(outline.buffer(1e-3).covers(end) for end in ends), "OSRM leads through a closure"


if __name__ == "__main__":
    main()
