"""From the extract to a network, beside osmnx."""

import tempfile
from pathlib import Path

import osmnx as ox

from tests.bench.cities import City
from tests.bench.interleaved import Report, clocked_ms
from tests.routing.osmnx_twin import copy_highways


def beside_osmnx(city: City, report: Report) -> None:
    """Time osmnx on the same file, to the simplified graph; our time is that of `import_city`, before preparing."""
    with tempfile.TemporaryDirectory() as folder:
        highways = Path(folder) / "highways.osm"

        def read() -> None:
            copy_highways(city.source, highways)  # osmnx reads no .pbf
            ox.graph_from_xml(highways, simplify=True, retain_all=True)

        theirs_s = clocked_ms(read) / 1000
    report.figure(f"{city.prefix}build/osmnx", theirs_s / report.figures[f"{city.prefix}build_s"], f"{theirs_s:.1f} s")
