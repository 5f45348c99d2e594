"""OSRM in this process, with its stock profile for cars."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import osmium
import osrm
from shapely import LineString, STRtree, linestrings

from tests.bench.peers.peer import ExtractPeer, soonest_of
from tests.bench.setting import Drawn, Place

HOME = Path(osrm.__file__).parent
DATA = "roads.osrm"


class Osrm(ExtractPeer):
    """A dataset for one of OSRM's two ways to search. To close roads, a copy of it is made anew and loaded."""

    algorithm: ClassVar[str]

    def __init__(self, source: Path, folder: Path) -> None:
        self.source = source
        self.folder = folder / f"{self.name}-{version('osrm-bindings')}"
        if not self.folder.is_dir():
            half = folder / f"{self.name}-half-{os.getpid()}"
            half.mkdir(parents=True)
            shutil.copy(source, half / "roads.osm.pbf")
            _run(half, "extract", "-p", str(HOME / "share" / "profiles" / "car.lua"), "roads.osm.pbf")
            self._prepare(half)
            half.rename(self.folder)
        self.engine = self._loaded(self.folder)
        self._closing: tempfile.TemporaryDirectory[str] | None = None

    def soonest(self, held: Any, scene: Place, k: int) -> Sequence[int]:
        return soonest_of((row[0] for row in self.matrix(held, [scene])), k)

    def matrix(self, held: Any, scenes: Sequence[Place]) -> Any:
        parameters = osrm.TableParameters(
            coordinates=[*(scene.lon_lat for scene in scenes), *held],
            sources=list(range(len(scenes), len(scenes) + len(held))),
            destinations=list(range(len(scenes))),
            annotations=["duration"],
            generate_hints=False,
        )
        return self.engine.Table(parameters)["durations"]

    def path(self, unit: Place, scene: Place, is_told: bool = False) -> Any:
        """Return the way with its line; with names and manoeuvres, as ours has them, if told; None: there is none."""
        parameters = osrm.RouteParameters(
            coordinates=[unit.lon_lat, scene.lon_lat],
            steps=is_told,
            geometries="geojson",
            overview="full",
            generate_hints=False,
        )
        try:
            return self.engine.Route(parameters)["routes"][0]
        except RuntimeError as error:
            if "NoRoute" not in str(error):
                raise
            return None

    def line(self, way: Any) -> LineString:
        return LineString([tuple(point) for point in way["geometry"]["coordinates"]])

    def prepare_to_close(self) -> None:
        """Copy the dataset, so that the one that is kept stays as it is, and find where its roads lie."""
        self._closing = tempfile.TemporaryDirectory(prefix="geo112-bench-")
        shutil.copytree(self.folder, self._closing.name, dirs_exist_ok=True)
        _ = self._pieces

    def close(self, closed: Drawn) -> None:
        """Close every piece of road that touches the outline, and load what comes of it."""
        assert self._closing is not None
        folder = Path(self._closing.name)
        ends, tree = self._pieces
        touched = ends[tree.query(closed.outline, predicate="intersects")]
        rows = [f"{a},{b},0\n{b},{a},0\n" for a, b in touched.tolist()]
        (folder / "closed.csv").write_text("".join(rows))
        self._prepare(folder, "--segment-speed-file", "closed.csv")
        self.engine = self._loaded(folder)

    def open(self, closed: Drawn) -> None:
        self.engine = self._loaded(self.folder)

    def _prepare(self, folder: Path, *options: str) -> None:
        raise NotImplementedError

    def _loaded(self, folder: Path) -> Any:
        return osrm.OSRM(
            storage_config=str(folder / DATA),
            algorithm=self.algorithm,
            use_shared_memory=False,
            max_locations_distance_table=20_000,
        )

    @cached_property
    def _pieces(self) -> tuple[np.ndarray, STRtree]:
        """Return the OSM nodes at either end of every piece of road, shape (pieces, 2), and a tree of the pieces."""
        ends: list[tuple[int, int]] = []
        lines: list[list[tuple[float, float]]] = []
        file = osmium.FileProcessor(str(self.source), osmium.osm.NODE | osmium.osm.WAY).with_locations()
        for way in file.with_filter(osmium.filter.KeyFilter("highway")):
            if not way.is_way():
                continue
            nodes = [(node.ref, (node.lon, node.lat)) for node in way.nodes if node.location.valid()]
            for (one, here), (other, there) in itertools.pairwise(nodes):
                ends.append((one, other))
                lines.append([here, there])
        return np.array(ends, dtype=np.int64), STRtree(linestrings(np.array(lines)))


class OsrmCh(Osrm):
    """Contraction hierarchies: quick to ask, slow to change."""

    name = "osrm_ch"
    algorithm = "CH"

    def _prepare(self, folder: Path, *options: str) -> None:
        _run(folder, "contract", DATA, *options)


class OsrmMld(Osrm):
    """Multi-level Dijkstra: what OSRM offers to those whose times change."""

    name = "osrm_mld"
    algorithm = "MLD"
    most_units = 500

    def _prepare(self, folder: Path, *options: str) -> None:
        if not (folder / f"{DATA}.partition").exists():
            _run(folder, "partition", DATA)
        _run(folder, "customize", DATA, *options)


def _run(folder: Path, command: str, *options: str) -> None:
    program = HOME / "bin" / f"osrm-{command}"
    done = subprocess.run([program, *options], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"osrm-{command}: {(done.stdout + done.stderr)[-800:]}")
