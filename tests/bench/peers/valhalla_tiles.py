"""Valhalla in this process, with its stock costing for cars."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import valhalla
from shapely import LineString

from tests.bench.peers.peer import ExtractPeer, soonest_of
from tests.bench.setting import Drawn, Place

NO_PATH = 442  # of Valhalla's errors: “No path could be found for input”


class Valhalla(ExtractPeer):
    """Tiles, and an actor that is asked. Closures go along with each question."""

    name = "valhalla"
    most_units = 50

    def __init__(self, source: Path, folder: Path) -> None:
        tiles = folder / f"{self.name}-{version('pyvalhalla')}"
        if not tiles.is_dir():
            half = folder / f"{self.name}-half-{os.getpid()}"
            half.mkdir(parents=True)
            self._build(source, half)
            half.rename(tiles)
        self.actor = valhalla.Actor(_config(tiles))
        self._outlines: list[list[tuple[float, float]]] = []

    def soonest(self, held: Any, scene: Place, k: int) -> Sequence[int]:
        asked = {"sources": [_point(each) for each in held], "targets": [_point(scene.lon_lat)]}
        rows = self.actor.matrix(self._with_costing(asked))["sources_to_targets"]
        return soonest_of((row[0]["time"] for row in rows), k)

    def path(self, unit: Place, scene: Place, is_told: bool = False) -> Any:
        """Return the way with its line; with names and manoeuvres, as ours has them, if told; None: there is none."""
        places = [_point(unit.lon_lat), _point(scene.lon_lat)]
        directions = "instructions" if is_told else "none"
        asked = {"locations": places, "format": "osrm", "shape_format": "geojson", "directions_type": directions}
        try:
            return self.actor.route(self._with_costing(asked))["routes"][0]
        except valhalla.ValhallaError as error:
            if error.code != NO_PATH:
                raise
            return None

    def line(self, way: Any) -> LineString:
        return LineString(way["geometry"]["coordinates"])

    def close(self, closed: Drawn) -> None:
        self._outlines = [closed.ring]

    def open(self, closed: Drawn) -> None:
        self._outlines = []

    def _with_costing(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {**asked, "costing": "auto", **({"exclude_polygons": self._outlines} if self._outlines else {})}

    @staticmethod
    def _build(source: Path, folder: Path) -> None:
        described = folder / "valhalla.json"
        described.write_text(json.dumps(_config(folder)))
        program = Path(sys.executable).parent / "valhalla_build_tiles"
        done = subprocess.run([program, "-c", described, source], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"valhalla_build_tiles: {(done.stdout + done.stderr)[-800:]}")


def _config(tiles: Path) -> dict[str, Any]:
    config = valhalla.get_config(tile_extract="", tile_dir=str(tiles))
    for limits in config["service_limits"].values():
        if isinstance(limits, dict) and "max_matrix_location_pairs" in limits:
            limits["max_matrix_location_pairs"] = 100_000
    config["service_limits"]["max_exclude_polygons_length"] = 100_000
    config["mjolnir"]["logging"] = {"type": ""}
    return config


def _point(lon_lat: tuple[float, float]) -> dict[str, float]:
    return {"lon": lon_lat[0], "lat": lon_lat[1]}
