"""Who is there: makes the peers of a city that are installed, and says who is left out and why."""

import gc
import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.interleaved import Report
from tests.bench.peers.peer import NotHere, Peer
from tests.bench.setting import PlainArcs

ON_ARCS = {
    "scipy": ("scipy_dijkstra", "Scipy"),
    "routingkit": ("routingkit", "RoutingKit"),
    "pandana": ("pandana_ch", "Pandana"),
    "igraph": ("igraph_c", "Igraph"),
    "networkx": ("networkx_dicts", "Networkx"),
    "networkx_per_unit": ("networkx_dicts", "NetworkxPerUnit"),
    "pgrouting": ("pgrouting", "PgRouting"),
}
ON_EXTRACT = {
    "osrm_ch": ("osrm_table", "OsrmCh"),
    "osrm_mld": ("osrm_table", "OsrmMld"),
    "valhalla": ("valhalla_tiles", "Valhalla"),
}
KEEPS_FILES = ("routingkit",)


def kind_of(name: str) -> Any:
    """Return the class of a peer.

    Raises:
        ImportError: it is not installed.
    """
    module, kind = (ON_ARCS | ON_EXTRACT)[name]
    return getattr(importlib.import_module(f"tests.bench.peers.{module}"), kind)


def made(name: str, arcs: PlainArcs, source: Path, folder: Path) -> Peer:
    """Make a peer.

    Raises:
        ImportError, NotHere: it is not installed.
    """
    given: list[Any] = [source, folder] if name in ON_EXTRACT else [arcs]
    peer: Peer = kind_of(name)(*given, *([folder] if name in KEEPS_FILES else []))
    return peer


def peers_of(names: Sequence[str], arcs: PlainArcs, source: Path, folder: Path, report: Report) -> list[Peer]:
    """Make the peers of these names, as far as that can be done here."""
    peers = []
    for name in names:
        try:
            peers.append(made(name, arcs, source, folder))
        except (ImportError, NotHere) as error:
            report.leave_out(name, f"not installed: {error}")
        except RuntimeError as error:
            report.leave_out(name, f"its data could not be prepared: {error}")
    gc.unfreeze()
    gc.collect()
    gc.freeze()  # millions of objects of networkx, which no question of another should wait for
    return peers
