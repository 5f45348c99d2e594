"""Compile the library ahead of its first use: `python -m routing.precompile`.

Every public query is asked once in a town of a few streets. What is compiled is kept where `routing.compiled` says, so
the first query of a server that finds it there is as quick as any other.
"""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from routing.access import Scene, scene_near
from routing.alternatives import alternatives
from routing.build import from_osm_file
from routing.closures import NOTHING_CLOSED, in_area, on_line, on_street
from routing.fleet import fleet_at
from routing.isochrone import isochrone
from routing.matrix import travel_matrix
from routing.metric import Conditions
from routing.network import RoadNetwork
from routing.path import shortest_path
from routing.prepared import prepare
from routing.profiles import PROFILES
from routing.reach import reach_field
from routing.search import arrival_field, arrival_fields, soonest
from routing.snap import Snapped, snap_many

WEST, SOUTH, STEP = 110.0, -5.0, 0.002  # in open sea
SIDE = 4  # streets each way
GATE, SIGNAL = 6, 11


class Town(NamedTuple):
    """What is asked about."""

    network: RoadNetwork
    scene: Scene
    units: list[Snapped]


AMBULANCE = PROFILES["ambulance"]
RING = [(WEST + a * STEP, SOUTH + b * STEP) for a, b in ((0.5, 0.5), (1.5, 0.6), (1.2, 1.5))]

QUESTIONS: tuple[Callable[[Town], object], ...] = (
    lambda town: arrival_field(town.network, town.scene, AMBULANCE).seconds_from_many(town.units),
    lambda town: arrival_fields(town.network, [town.scene, *town.units], AMBULANCE),
    lambda town: soonest(town.network, town.scene, town.units, AMBULANCE, 2),
    lambda town: fleet_at(town.network, town.units).moved(0, town.units[1]).soonest(town.scene, AMBULANCE, 2),
    lambda town: travel_matrix(town.network, [town.scene], town.units, AMBULANCE),
    lambda town: shortest_path(town.network, town.units[0], town.scene, AMBULANCE),
    lambda town: alternatives(town.network, town.units[0], town.scene, AMBULANCE),
    lambda town: isochrone(reach_field(town.network, town.units[0], AMBULANCE, 600.0), 60.0),
    lambda town: soonest(town.network, town.scene, town.units, AMBULANCE, 2, conditions=_closed(town.network)),
)


def main() -> None:
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        network = RoadNetwork.load(_saved(Path(folder)))
        scene = scene_near(network, WEST + 1.4 * STEP, SOUTH + 1.3 * STEP, AMBULANCE)
        assert scene is not None
        lons, lats = [WEST, WEST + 2.5 * STEP, WEST + STEP], [SOUTH, SOUTH + STEP, SOUTH + 2.5 * STEP]
        units = [place for place in snap_many(network, lons, lats, AMBULANCE) if place is not None]
        for ask in QUESTIONS:
            ask(Town(network, scene, units))
    print(f"The road engine is compiled ({time.monotonic() - began:.0f} s).")


def _saved(folder: Path) -> Path:
    """Save a town as an import does: what is mapped from disk is of other types than what was just made."""
    town = folder / "town.osm"
    town.write_text(_town_as_osm(), encoding="utf-8")
    network = from_osm_file(town)
    network.save(folder / "network")
    prepare(network, folder / "network")
    return folder / "network"


def _town_as_osm() -> str:
    nodes, ways = [], []
    for number in range(SIDE * SIDE):
        north, east = divmod(number, SIDE)
        tag = {GATE: '<tag k="barrier" v="gate"/>', SIGNAL: '<tag k="highway" v="traffic_signals"/>'}.get(number, "")
        place = f'lon="{WEST + east * STEP:.4f}" lat="{SOUTH + north * STEP:.4f}"'
        nodes.append(f'<node id="{number + 1}" version="1" {place}>{tag}</node>')
    for number in range(SIDE):
        row = [number * SIDE + column + 1 for column in range(SIDE)]
        column = [line * SIDE + number + 1 for line in range(SIDE)]
        for way, (refs, kind) in enumerate(((row, "primary"), (column, "residential"))):
            inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
            tags = f'<tag k="highway" v="{kind}"/><tag k="name" v="Jalan {number}"/>'
            tags += '<tag k="oneway" v="yes"/>' if way and number == 1 else ""
            ways.append(f'<way id="{2 * number + way + 1}" version="1">{inside}{tags}</way>')
    members = (
        '<member type="way" ref="1" role="from"/><member type="node" ref="3" role="via"/>'
        '<member type="way" ref="6" role="to"/>'
    )
    tags = '<tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/>'
    relation = f'<relation id="1" version="1">{members}{tags}</relation>'
    return f'<osm version="0.6">{"".join(nodes)}{"".join(ways)}{relation}</osm>'


def _closed(network: RoadNetwork) -> Conditions:
    closures = NOTHING_CLOSED.with_closure(in_area(network, "area", RING))
    closures = closures.with_closure(on_line(network, "line", RING[:2], 15.0, factor=0.5))
    return Conditions(hour=3, closures=closures.with_closure(on_street(network, "street", "Jalan 3")))


if __name__ == "__main__":
    main()
