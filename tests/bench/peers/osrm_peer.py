"""OSRM, in this process, with its stock profile for cars: on the same extract, compared by time alone."""

import csv
import os
import shutil
import subprocess
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import osmium
from shapely import LineString, Polygon

from routing.snap import Snapped


class Osrm:
    """A dataset made for one of OSRM's two ways to search: CH or MLD."""

    def __init__(self, source: Path, folder: Path, algorithm: str) -> None:
        import osrm

        self._osrm = osrm
        self._home = Path(osrm.__file__).parent
        self.algorithm = algorithm
        self.folder = folder / f"osrm-{algorithm.lower()}"
        self.data = self.folder / "roads.osrm"
        if not (self.folder / "complete").is_file():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            shutil.copy(source, self.folder / "roads.osm.pbf")
            self._run("extract", "-p", str(self._home / "share" / "profiles" / "car.lua"), "roads.osm.pbf")
            if algorithm == "MLD":
                self._run("partition", "roads.osrm")
            self.prepare()
            (self.folder / "complete").touch()
        self.start()

    def start(self) -> None:
        self.engine = self._osrm.OSRM(
            storage_config=str(self.data),
            algorithm=self.algorithm,
            use_shared_memory=False,
            max_locations_distance_table=20_000,
        )

    def prepare(self, *options: str) -> None:
        """Make times anew: customize (MLD) or contract (CH)."""
        self._run("customize" if self.algorithm == "MLD" else "contract", "roads.osrm", *options)

    def table(self, scenes: Sequence[Snapped], units: Sequence[Snapped]) -> Any:
        coordinates = [tuple(place.point) for place in (*scenes, *units)]
        parameters = self._osrm.TableParameters(
            coordinates=coordinates,
            sources=list(range(len(scenes), len(coordinates))),
            destinations=list(range(len(scenes))),
            annotations=["duration"],
            generate_hints=False,
        )
        return self.engine.Table(parameters)["durations"]

    def soonest(self, scene: Snapped, units: Sequence[Snapped], k: int) -> list[int]:
        seconds = [row[0] for row in self.table([scene], units)]
        return sorted(range(len(units)), key=lambda unit: float("inf") if (s := seconds[unit]) is None else s)[:k]

    def route(self, unit: Snapped, scene: Snapped, is_told: bool = False) -> LineString:
        """Return the line of the way, which comes with names and manoeuvres if it is told."""
        parameters = self._osrm.RouteParameters(
            coordinates=[tuple(unit.point), tuple(scene.point)], steps=is_told, geometries="geojson", overview="full",
        )  # fmt: skip
        way = self.engine.Route(parameters)["routes"][0]
        return LineString([tuple(point) for point in way["geometry"]["coordinates"]])

    def close(self, pieces: Sequence[tuple[int, int]]) -> None:
        """Close pieces of road, between neighbouring OSM nodes, and load what comes of it."""
        speeds = self.folder / "closed.csv"
        with speeds.open("w", newline="") as file:
            rows = csv.writer(file)
            for one, other in pieces:
                rows.writerows([(one, other, 0), (other, one, 0)])
        self.prepare("--segment-speed-file", speeds.name)
        self.start()

    def open(self) -> None:
        self.prepare()
        self.start()

    def pieces_in(self, outline: Polygon) -> list[tuple[int, int]]:
        """Return the pieces of road that touch an outline, as the OSM nodes at their ends."""
        found = []
        file = osmium.FileProcessor(str(self.folder / "roads.osm.pbf"), osmium.osm.NODE | osmium.osm.WAY)
        for way in file.with_locations().with_filter(osmium.filter.KeyFilter("highway")):
            if not way.is_way():
                continue
            nodes = [node for node in way.nodes if node.location.valid()]
            for one, other in pairwise(nodes):
                ends = [(one.lon, one.lat), (other.lon, other.lat)]
                if ends[0] != ends[1] and outline.intersects(LineString(ends)):
                    found.append((one.ref, other.ref))
        return found

    def _run(self, command: str, *options: str) -> None:
        program = self._home / "bin" / f"osrm-{command}"
        done = subprocess.run(
            [program, *options, "--threads", str(os.cpu_count())], cwd=self.folder, capture_output=True
        )
        if done.returncode:
            raise RuntimeError(f"osrm-{command}: {done.stdout.decode()[-500:]} {done.stderr.decode()[-500:]}")
