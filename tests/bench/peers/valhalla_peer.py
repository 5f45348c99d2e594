"""Valhalla, in this process, with its stock costing for cars: on the same extract, compared by time alone."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shapely import Polygon

from routing.snap import Snapped


class Valhalla:
    """Tiles and an actor that asks them."""

    def __init__(self, source: Path, folder: Path) -> None:
        import valhalla

        self._valhalla = valhalla
        self.folder = folder / "valhalla"
        tiles = self.folder / "tiles"
        tiles.mkdir(parents=True, exist_ok=True)
        config = valhalla.get_config(tile_extract="", tile_dir=tiles)
        for limits in config["service_limits"].values():
            if isinstance(limits, dict) and "max_matrix_location_pairs" in limits:
                limits["max_matrix_location_pairs"] = 100_000
        config["service_limits"]["max_exclude_polygons_length"] = 100_000
        described = self.folder / "valhalla.json"
        described.write_text(json.dumps(config))
        if not (self.folder / "complete").is_file():
            program = Path(sys.executable).parent / "valhalla_build_tiles"
            subprocess.run([program, "-c", described, source], check=True, capture_output=True)
            (self.folder / "complete").touch()
        self.actor = valhalla.Actor(config)

    def soonest(self, scene: Snapped, units: Sequence[Snapped], k: int, outline: Polygon | None = None) -> list[int]:
        asked: dict[str, Any] = {
            "sources": [{"lon": unit.point.lon, "lat": unit.point.lat} for unit in units],
            "targets": [{"lon": scene.point.lon, "lat": scene.point.lat}],
            "costing": "auto",
        }
        if outline is not None:
            asked["exclude_polygons"] = [[list(corner) for corner in outline.exterior.coords]]
        rows = self.actor.matrix(asked)["sources_to_targets"]
        seconds = [row[0]["time"] for row in rows]
        return sorted(range(len(units)), key=lambda unit: float("inf") if (s := seconds[unit]) is None else s)[:k]

    def route(self, unit: Snapped, scene: Snapped) -> Any:
        places = [{"lon": place.point.lon, "lat": place.point.lat} for place in (unit, scene)]
        return self.actor.route({"locations": places, "costing": "auto"})["trip"]
