"""Start-up and memory: each engine in a process of its own, from its files or arrays to the first answer."""

import gc
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from routing.fleet import fleet_at
from routing.metric import Metric, metric, metrics
from routing.network import RoadNetwork
from routing.prepared import hierarchy
from tests.bench.cities import City
from tests.bench.interleaved import OURS, Report
from tests.bench.peers.everyone import made
from tests.bench.peers.peer import NotHere
from tests.bench.setting import PROFILE, Place, PlainArcs, Setting, snapped

UNITS = 50
K = 10


def load(city: City, report: Report) -> RoadNetwork:
    """Time the way from disk to where a question can be asked, once everything is compiled."""
    metrics(city.load())
    began = time.perf_counter()
    network = city.load()
    links = hierarchy(network)
    report.figure(f"{city.prefix}load_s", time.perf_counter() - began, f"{network}, {links.node_count} search nodes")
    began = time.perf_counter()
    made_now = metrics(network)
    report.figure(f"{city.prefix}customize_all_profiles_s", time.perf_counter() - began, f"{len(made_now)} profiles")
    held = [_bytes_of_its_own(each) for each in made_now.values()]
    report.figure(f"{city.prefix}bytes_per_node_and_profile", sum(held) / len(held) / network.node_count)
    return network


def start_up(city: City, setting: Setting, names: list[str], report: Report) -> None:
    """Print seconds to the first answer and megabytes after it, ours and the peers'."""
    units, scene = setting.places(UNITS), setting.place()
    seconds, megabytes = {}, {}
    for name in (OURS, *names):
        act = _start_ours if name == OURS else _start_peer
        found = _in_a_process_of_its_own(act, (name, setting.arcs, city.source, city.folder, units, scene))
        if found is not None:
            seconds[name], megabytes[name] = found
    for figure, unit, values in (("start", "s", seconds), ("memory", "mb", megabytes)):
        for name, value in values.items():
            ratio = value / values[OURS]
            report.figures[f"{city.prefix}{figure}" + (f"_{unit}" if name == OURS else f"/{name}")] = (
                value if name == OURS else ratio
            )
            print(f"{city.prefix + figure:30s} {name:18s} {value:11.3f} {unit}   × {ratio:10.2f}", flush=True)


Asked = tuple[str, PlainArcs, Path, Path, list[Place], Place]


def _in_a_process_of_its_own(
    act: Callable[..., tuple[float, float] | None], asked: Asked
) -> tuple[float, float] | None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(act, asked)


def _start_ours(
    name: str, arcs: PlainArcs, source: Path, folder: Path, units: list[Place], scene: Place
) -> tuple[float, float]:
    before_mb, began = _resident_mb(), time.perf_counter()
    network = RoadNetwork.load(folder / "network")
    metric(network, PROFILE)
    fleet_at(network, snapped(units)).soonest(scene.snapped, PROFILE, K)
    return time.perf_counter() - began, _resident_mb() - before_mb


def _start_peer(
    name: str, arcs: PlainArcs, source: Path, folder: Path, units: list[Place], scene: Place
) -> tuple[float, float] | None:
    before_mb, began = _resident_mb(), time.perf_counter()
    try:
        peer = made(name, arcs, source, folder)
    except (ImportError, NotHere):
        return None
    peer.soonest(peer.hold(units), scene, K)
    spent_s = time.perf_counter() - began
    gc.collect()
    after_mb = _resident_mb()
    peer.end()
    return spent_s, after_mb - before_mb


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def _bytes_of_its_own(times: Metric) -> int:
    """Return what a metric holds that the network, its graph and other metrics do not."""
    shared = {
        id(each)
        for part in (times.graph, times.graph.network, hierarchy(times.graph.network))
        for each in _arrays(part)
    }
    held = {id(each): each for part in (times, times.arcs, times.links, times.streets) for each in _arrays(part)}
    return sum(each.nbytes for key, each in held.items() if key not in shared)


def _arrays(part: object) -> list[np.ndarray]:
    names = getattr(part, "_fields", None) or part.__dataclass_fields__  # type: ignore[attr-defined]
    return [each for name in names if isinstance(each := getattr(part, name), np.ndarray)]
