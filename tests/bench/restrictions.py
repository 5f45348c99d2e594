"""Turn restrictions beside OSRM and Valhalla: who drives what is forbidden, and who what is free.

bin/bench restrictions       Bayreuth and Liechtenstein (GEO112_EXTRACTS)

Each engine is asked from 25 m before a restriction to 25 m behind it, headed along the street. A turn is driven where
the way is as long as the turn itself. Ours drives an ambulance, OSRM and Valhalla a car.
"""

import gzip
import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from routing.build import from_osm_file
from routing.course import Course
from routing.network import LonLat, RoadNetwork
from routing.profiles import PROFILES
from routing.snap import Snapped
from tests.bench.cities import CACHE, EXTRACTS
from tests.bench.interleaved import Report
from tests.bench.turns_at_restrictions import TurnThere, driven_near, ends_of_turn, turns_at_restrictions

PROFILE = PROFILES["ambulance"]
FILES = ("bayreuth/north-bayreuth.osm.gz", "liechtenstein/liechtenstein-latest.osm.pbf")
NEAR_M = 25.0
OFF_M = 5.0  # snapping and rounding; much shorter: both ends were put on another street; longer: another way


def main() -> None:
    report = Report(random.Random(0), 1.0, 1)
    for name in FILES:
        if not (EXTRACTS / name).is_file():
            report.leave_out(name, "not in GEO112_EXTRACTS")
            continue
        compare(EXTRACTS / name, report)


def compare(source: Path, report: Report) -> None:
    network = from_osm_file(source)
    engines = _peers(_as_pbf(source), report)
    turns = turns_at_restrictions(network, PROFILE)
    seen: Counter[tuple[bool, str]] = Counter()
    for turn in turns:
        found = {"ours": driven_near(network, turn.edges, PROFILE, near_m=NEAR_M) == turn.edges}
        found |= {name: _drives(ask, network, turn) for name, ask in engines.items()}
        for name, is_driven in found.items():
            seen[turn.is_forbidden, name] += is_driven
        others = {name for name, is_driven in found.items() if name != "ours" and is_driven != found["ours"]}
        if others:
            tags = dict(network.restriction_tags[turn.restriction])
            relation = int(network.restriction_id[turn.restriction])
            said = ", ".join(f"{name} {'drives' if found[name] else 'does not drive'}" for name in found)
            kind = "forbidden" if turn.is_forbidden else "free"
            print(f"  differ: relation {relation} {tags}, a turn that is {kind}: {said}")
    for is_forbidden, kind in ((True, "forbidden"), (False, "free")):
        count = sum(turn.is_forbidden == is_forbidden for turn in turns)
        driven = ", ".join(f"{name} {seen[is_forbidden, name]}" for name in ("ours", *engines))
        total = len(network.restriction_id)
        print(f"{source.name}: of {count} {kind} turns at {total} restrictions are driven: {driven}")


def _as_pbf(source: Path) -> Path:
    """Return the extract as the peers read it."""
    target = CACHE / f"{source.name.split('.')[0]}.osm.pbf"
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.name.endswith(".pbf"):
        shutil.copy(source, target)
    elif not target.is_file():
        import osmium

        plain = target.with_name("plain.osm")
        with gzip.open(source) as packed, plain.open("wb") as file:
            shutil.copyfileobj(packed, file)
        with osmium.SimpleWriter(str(target), overwrite=True) as writer:
            for one in osmium.FileProcessor(str(plain)):
                writer.add(one)
        plain.unlink()
    return target


def _peers(source: Path, report: Report) -> dict[str, Any]:
    folder = CACHE / f"restrictions-{source.name.split('.')[0]}"
    peers: dict[str, Any] = {}
    try:
        import osrm

        from tests.bench.peers.osrm_table import OsrmMld

        engine = OsrmMld(source, folder).engine

        def by_osrm(here: Snapped, there: Snapped, bearing: int) -> float:
            asked = osrm.RouteParameters(
                coordinates=[tuple(here.point), tuple(there.point)], bearings=[(bearing, 40), None]
            )
            return float(engine.Route(asked)["routes"][0]["distance"])

        peers["osrm"] = by_osrm
    except ImportError as error:
        report.leave_out("osrm", str(error))
    try:
        from tests.bench.peers.valhalla_tiles import Valhalla

        actor = Valhalla(source, folder).actor

        def by_valhalla(here: Snapped, there: Snapped, bearing: int) -> float:
            first = {"lon": here.point.lon, "lat": here.point.lat, "heading": bearing, "heading_tolerance": 40}
            last = {"lon": there.point.lon, "lat": there.point.lat}
            trip = actor.route({"locations": [first, last], "costing": "auto"})["trip"]
            return 1000 * float(trip["summary"]["length"])

        peers["valhalla"] = by_valhalla
    except ImportError as error:
        report.leave_out("valhalla", str(error))
    return peers


def _drives(ask: Any, network: RoadNetwork, turn: TurnThere) -> bool:
    here, there = ends_of_turn(network, turn.edges, NEAR_M)
    first_m, last_m = (float(network.length_m[edge]) for edge in (turn.edges[0], turn.edges[-1]))
    own_m = min(NEAR_M, first_m / 2) + min(NEAR_M, last_m / 2)
    own_m += sum(float(network.length_m[edge]) for edge in turn.edges[1:-1])
    line = [LonLat(*point) for point in network.edge_coordinates(turn.edges[0])[-2:].tolist()]
    bearing = round(Course(tuple(line), (0.0, 1.0), 1.0).position_at(0.5).bearing_deg) % 360
    try:
        return bool(abs(ask(here, there, bearing) - own_m) <= OFF_M)
    except Exception as error:
        print(f"  no answer: {type(error).__name__}: {error}")
        return False


if __name__ == "__main__":
    main()
