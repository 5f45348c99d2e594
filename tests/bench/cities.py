"""The cities that are measured: Jakarta's extract, and an invented one of a million road nodes, made once and kept."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from geo112.simulation.city.build import build_city
from geo112.simulation.city.write import write_extract
from routing.build import from_osm_file
from routing.network import RoadNetwork
from routing.prepared import prepare
from tests.bench.interleaved import Report

REPOSITORY = Path(__file__).parents[2]
EXTRACTS = Path(os.environ.get("GEO112_EXTRACTS", REPOSITORY / ".." / "shared" / "data"))
CACHE = Path(os.environ.get("GEO112_BENCH_CACHE", REPOSITORY / ".cache" / "bench-data"))
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class City:
    """A city on disk."""

    name: str
    source: Path  # .osm.pbf
    folder: Path  # its network, prepared; peers keep theirs beside it

    def load(self) -> RoadNetwork:
        return RoadNetwork.load(self.folder / "network")


def small_city(report: Report) -> City:
    """Return Jakarta, or Kota Contoh where there are no real extracts."""
    source = EXTRACTS / "jakarta" / "jakarta.osm.pbf"
    if not source.is_file():
        report.leave_out("Jakarta", f"no {source.name} in GEO112_EXTRACTS; Kota Contoh is measured instead")
        source = REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf"
    city = City("", source, CACHE / source.name.split(".")[0])
    from_osm_file(source)  # compiled from here on
    _import(city, report)
    return city


def million_city(report: Report) -> City:
    """Return the invented city of a million road nodes; the first time it takes some minutes."""
    source = CACHE / "million" / "million.osm.pbf"
    if not source.is_file():
        source.parent.mkdir(parents=True, exist_ok=True)
        new = source.with_name("new.osm.pbf")
        write_extract(build_city(112, MILLION), new)
        new.replace(source)
    city = City("million/", source, source.parent)
    _import(city, report)
    return city


def _import(city: City, report: Report) -> None:
    began = time.perf_counter()
    network = from_osm_file(city.source)
    report.figure(f"{city.name}build_s", time.perf_counter() - began, str(network))
    network.save(city.folder / "network")
    prepare(network, city.folder / "network")
    report.figure(f"{city.name}import_s", time.perf_counter() - began, "from file to what searches run on, on disk")
