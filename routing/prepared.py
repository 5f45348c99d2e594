"""What searches run on, derived from a network once: its search graph, and the hierarchy of that.

    RoadNetwork ──► drives, turns, restrictions ──► SearchGraph, numbered in the order of contraction ──► Hierarchy
                                                          │                                                 │
                                                          └───────────── prepare: kept with its files ◄─────┘

To find the order takes long (40 s for a city of a million nodes), so an import does it and keeps the result; a network
that has none, or one that was made for other profiles, is prepared where it is first asked.
"""

import hashlib
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from routing.elimination import elimination_order
from routing.files import NetworkFileError, map_arrays, read_description, write_arrays
from routing.hierarchy import Hierarchy, hierarchy_of
from routing.junctions import costly_turns, drives_of
from routing.network import RoadNetwork
from routing.profiles import PROFILES
from routing.restrictions import bans_of
from routing.search_graph import Drives, SearchGraph, derive, numbered
from routing.turning_round import remembered_drives

FORMAT = 2  # of what is kept; raised when search graphs or hierarchies are laid out otherwise

_PARTS: dict[str, type[Drives | SearchGraph | Hierarchy]] = {
    "drives": Drives,
    "search": SearchGraph,
    "hierarchy": Hierarchy,
}


def search_graph(network: RoadNetwork) -> SearchGraph:
    """Return the search graph of a network, one for all of PROFILES."""
    return _prepared(network)[0]


def hierarchy(network: RoadNetwork) -> Hierarchy:
    """Return the hierarchy of a network's search graph."""
    return _prepared(network)[1]


def prepare(network: RoadNetwork, folder: Path) -> None:
    """Write what searches run on beside the network's own files: `prepared.json` and the arrays it speaks of.

    Args:
        folder: to which the network is saved.
    """
    graph, links = _prepared(network)
    parts = {"drives": graph.drives, "search": graph, "hierarchy": links}
    arrays = {name: getattr(parts[part], each) for part in parts for name, each in _arrays(part).items()}
    write_arrays(folder, "prepared", arrays, _made_for(network))


def _prepared(network: RoadNetwork) -> tuple[SearchGraph, Hierarchy]:
    def make() -> tuple[SearchGraph, Hierarchy]:
        if network.folder is not None:
            with suppress(NetworkFileError):
                return _read(network, network.folder)
        graph = _derive(network)
        return graph, hierarchy_of(graph.node_count, graph.tail, graph.head)

    return network.once("prepared", make)


def _derive(network: RoadNetwork) -> SearchGraph:
    drives, turns = drives_of(network), costly_turns(network)
    bans = bans_of(network, drives)
    remembered = remembered_drives(network, drives, bans, turns, PROFILES.values())
    graph = derive(network, drives, bans, turns, remembered)
    return numbered(graph, elimination_order(graph.node_count, graph.tail, graph.head))


def _read(network: RoadNetwork, folder: Path) -> tuple[SearchGraph, Hierarchy]:
    description = read_description(folder, "prepared")
    lengths = description.pop("lengths")
    if description != _made_for(network):
        raise NetworkFileError(f"What is prepared in {folder} was made of another network, or for other profiles.")
    found: dict[str, dict[str, Any]] = {}
    for part in _PARTS:
        names = _arrays(part)
        arrays = map_arrays(folder, list(names), lengths)
        found[part] = {each: arrays[name] for name, each in names.items()}
    drives = Drives(**found["drives"])
    return SearchGraph(network=network, drives=drives, **found["search"]), Hierarchy(**found["hierarchy"])


def _arrays(part: str) -> dict[str, str]:
    """Return the names of a part's arrays, on disk and in the part."""
    names = [each.name for each in fields(_PARTS[part]) if each.name not in ("network", "drives")]
    return {f"{part}_{name}": name for name in names}


def _made_for(network: RoadNetwork) -> dict[str, Any]:
    # Which nodes are split depends on what turns cost (see `routing.turning_round`).
    profiles = hashlib.sha256(repr(sorted(PROFILES.items())).encode()).hexdigest()[:16]
    return {"format": FORMAT, "network_id": network.network_id, "profiles": profiles}
