"""What is compiled ahead is all that a server needs for its first answer: nothing is compiled after it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from routing.build import from_osm_file
from routing.prepared import prepare
from tests.routing.osmnx_twin import REPOSITORY

FIRST_ANSWERS = """
import sys
from pathlib import Path
from geo112.coordinates import LonLat
from geo112.dispatching import travel
from routing.network import RoadNetwork
from routing.closures import NOTHING_CLOSED, in_area
from routing.metric import Conditions
from routing.profiles import PROFILES

network = RoadNetwork.load(Path(sys.argv[1]))
lon, lat = float(network.node_lon[500]), float(network.node_lat[500])
here, there = LonLat(lon, lat), LonLat(float(network.node_lon[900]), float(network.node_lat[900]))
travel.warm_up(network)
print(travel.seconds_to(network, here, [(name, there) for name in PROFILES]))
print(travel.route(network, here, "ambulance", there).manoeuvres)
ring = [(lon + a, lat + b) for a, b in ((-1e-3, -1e-3), (1e-3, -1e-3), (1e-3, 1e-3))]
closed = Conditions(hour=5, closures=NOTHING_CLOSED.with_closure(in_area(network, "closed", ring)))
print(travel.seconds_to(network, here, [("ambulance", there)], closed))

compiled = [each for module in list(sys.modules.values()) if module.__name__.startswith("routing.")
            for each in vars(module).values() if hasattr(each, "overloads")]
missed = {each.__name__ for each in compiled if each.stats.cache_misses}
found = {each.__name__ for each in compiled if each.stats.cache_hits}
assert len(found) > 8, found
assert not missed, missed
"""


@pytest.mark.timeout(300)
def test_after_precompiling_a_new_process_compiles_nothing(tmp_path: Path) -> None:
    network = from_osm_file(REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf")
    network.save(tmp_path / "network")
    prepare(network, tmp_path / "network")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "compiled"), "PYTHONPATH": str(REPOSITORY)}

    def answer() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", FIRST_ANSWERS, str(tmp_path / "network")]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    subprocess.run([sys.executable, "-m", "routing.precompile"], env=environment, check=True, capture_output=True)
    after = answer()
    assert after.returncode == 0, after.stderr
    # The control: where a compiled module is missing, the question above says so.
    for kept in (tmp_path / "compiled").rglob("climbing*.nbi"):
        kept.unlink()
    without = answer()
    assert without.returncode != 0
    assert "sweep" in without.stderr
