"""The cities that are measured: Jakarta's extract, and an invented one of a million road nodes, made once and kept."""

import hashlib
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
EXTRACTS = Path(os.environ.get("GEO112_EXTRACTS", REPOSITORY.parent / "shared" / "data"))
CACHE = Path(os.environ.get("GEO112_BENCH_CACHE", REPOSITORY / ".cache" / "bench"))
MILLION = 1_000_000
SEED = 112


@dataclass(frozen=True, slots=True)
class City:
    """A city on disk."""

    prefix: str  # of the names of its figures
    source: Path  # .osm.pbf
    folder: Path  # its network, and what peers prepare; named by the checksum of the source

    def load(self) -> RoadNetwork:
        return RoadNetwork.load(self.folder / "network")


def small_city(report: Report) -> City:
    """Return Jakarta, or Kota Contoh where there are no real extracts."""
    source = EXTRACTS / "jakarta" / "jakarta.osm.pbf"
    if not source.is_file():
        report.leave_out("Jakarta", f"{source.name} is not in GEO112_EXTRACTS; Kota Contoh is measured instead")
        source = REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf"
    return _kept("", source)


def million_city() -> City:
    """Return the invented city of a million road nodes; to make it takes some minutes, once."""
    source = CACHE / f"kota-contoh-{MILLION}-{SEED}.osm.pbf"
    if not source.is_file():
        print("making the city of a million nodes, some minutes…", flush=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        half = source.with_name(f"half-{os.getpid()}-{source.name}")
        write_extract(build_city(SEED, MILLION), half)
        half.replace(source)
    return _kept("million/", source)


def _kept(prefix: str, source: Path) -> City:
    checksum = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    return City(prefix, source, CACHE / f"{source.name.split('.')[0]}-{checksum}")


def import_city(city: City, report: Report) -> None:
    """Time the way from the extract to what searches run on, on disk."""
    from_osm_file(REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf")  # compiled from here on
    began = time.perf_counter()
    network = from_osm_file(city.source)
    report.figure(f"{city.prefix}build_s", time.perf_counter() - began, f"from {city.source.name} to {network}")
    network.save(city.folder / "network")
    prepare(network, city.folder / "network")
    report.figure(f"{city.prefix}import_s", time.perf_counter() - began, "the same, with search graph and hierarchy")
