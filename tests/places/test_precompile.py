"""What is compiled ahead is all that a search needs: nothing is compiled after it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places.ground import Ground

REPOSITORY = Path(__file__).parents[2]
FIRST_SEARCH = """
import sys
from pathlib import Path
from geo112.city.name_index import NameIndex
from geo112.places.geocode import Geocoder

index = NameIndex.load(Path(sys.argv[1]))
assert Geocoder(index).search("kebakaran di jl melti depan masjid al barokah kel suka no 7")
compiled = [each for module in list(sys.modules.values()) if module.__name__.startswith("geo112.")
            for each in vars(module).values() if hasattr(each, "overloads")]
missed = {each.__name__ for each in compiled if each.stats.cache_misses}
found = {each.__name__ for each in compiled if each.stats.cache_hits}
assert not missed, missed
assert len(found) >= 3, found
"""


@pytest.mark.timeout(300)
def test_after_precompiling_a_new_process_compiles_nothing(tmp_path: Path) -> None:
    ground = Ground()
    ground.area("kelurahan", "Suka", 0, 0, 2000, 2000)
    ground.street("Jalan Melati", (100, 500), (900, 500))
    ground.place("Masjid Al Barokah", "mosque", (520, 700))
    ground.geocoder().index.save(tmp_path / "names")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "compiled"), "PYTHONPATH": str(REPOSITORY)}

    def search() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", FIRST_SEARCH, str(tmp_path / "names")]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    subprocess.run([sys.executable, "-m", "geo112.places.precompile"], env=environment, check=True, capture_output=True)
    after = search()
    assert after.returncode == 0, after.stderr
    # The control: where a compiled module is missing, the search above says so.
    for kept in (tmp_path / "compiled").rglob("joining*.nbi"):
        kept.unlink()
    without = search()
    assert without.returncode != 0
    assert "_joined" in without.stderr
