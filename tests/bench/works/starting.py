"""Start-up and memory: each engine in a process of its own, from its files or arrays to the first answer."""

import gc
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from routing.fleet import fleet_at
from routing.metric import Metric, metric, metrics
from routing.network import RoadNetwork
from routing.prepared import hierarchy
from tests.bench.cities import City
from tests.bench.interleaved import OURS, Report
from tests.bench.peers.everyone import kind_of, made
from tests.bench.peers.peer import Peer
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


@dataclass(frozen=True, slots=True)
class Asked:
    """The first question to an engine that has just been started; sent to another process."""

    name: str
    arcs: PlainArcs
    source: Path
    folder: Path
    units: list[Place]
    scene: Place


class Started(NamedTuple):
    """What it took to the first answer, beyond importing the engine's modules."""

    start_s: float
    memory_mb: float


def start_up(city: City, setting: Setting, peers: Sequence[Peer], report: Report) -> None:
    """Print seconds to the first answer and megabytes after it, ours and the peers'."""
    names = [OURS, *(peer.name for peer in peers)]
    units, scene = setting.places(UNITS), setting.place()
    found = {}
    for name in names:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            asked = Asked(name, setting.arcs, city.source, city.folder, units, scene)
            found[name] = pool.apply(_start_ours if name == OURS else _start_peer, (asked,))
    unseen = {peer.name for peer in peers if not peer.is_in_process}
    for what in Started._fields:
        work, _, unit = what.partition("_")
        ours = getattr(found[OURS], what)
        for name in names:
            value = getattr(found[name], what)
            if name == OURS:
                report.figures[city.prefix + what] = value
            elif what == "start_s" or name not in unseen:
                report.figures[f"{city.prefix}{work}/{name}"] = value / ours
            else:
                continue
            print(f"{city.prefix + work:30s} {name:18s} {value:11.3f} {unit}   × {value / ours:10.2f}", flush=True)


def _start_ours(asked: Asked) -> Started:
    before_mb, began = _resident_mb(), time.perf_counter()
    network = RoadNetwork.load(asked.folder / "network")
    metric(network, PROFILE)
    fleet_at(network, snapped(asked.units)).soonest(asked.scene.snapped, PROFILE, K)
    return Started(time.perf_counter() - began, _resident_mb() - before_mb)


def _start_peer(asked: Asked) -> Started:
    kind_of(asked.name)
    before_mb, began = _resident_mb(), time.perf_counter()
    peer = made(asked.name, asked.arcs, asked.source, asked.folder)
    peer.soonest(peer.hold(asked.units), asked.scene, K)
    spent_s = time.perf_counter() - began
    gc.collect()
    after_mb = _resident_mb()
    peer.end()
    return Started(spent_s, after_mb - before_mb)


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
