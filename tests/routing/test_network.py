"""The network as a thing of its own: kept on disk whole or refused, never written to, split into parts."""

import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from routing.build import from_osm_file
from routing.network import INF_MS, NetworkFileError, RoadNetwork, array_names
from routing.search import soonest
from routing.snap import place_on
from tests.routing.osm_text import write_osm
from tests.routing.osmnx_twin import BANDUNG_TANGERANG, PLAIN, extract

AMBULANCE = PLAIN["ambulance"]
WAYS = {
    1: ([1, 2, 3], {"name": "Jalan Ir. H. Juanda — “Dago”"}),
    2: ([2, 12, 11, 1], {"oneway": "yes"}),
    3: ([3, 4], {"highway": "steps"}),
    4: ([51, 52], {}),
}


@pytest.fixture
def network(tmp_path: Path) -> RoadNetwork:
    return from_osm_file(write_osm(tmp_path / "town.osm", WAYS))


def test_a_saved_network_comes_back_the_same_and_mapped(network: RoadNetwork, tmp_path: Path) -> None:
    network.save(tmp_path / "network")
    loaded = RoadNetwork.load(tmp_path / "network")
    assert (loaded.network_id, loaded.names, loaded.kinds) == (network.network_id, network.names, network.kinds)
    assert loaded.bounds == network.bounds
    for name in array_names():
        array = getattr(loaded, name)
        assert array.dtype == getattr(network, name).dtype
        assert np.array_equal(array, getattr(network, name))
        base = array
        while base is not None and not isinstance(base, np.memmap):
            base = base.base
        assert base is not None, f"{name} was copied, not mapped"
    places = [place_on(loaded, edge, 0.5) for edge in range(loaded.edge_count)]
    for profile in PLAIN.values():
        assert soonest(loaded, places[0], places, profile) == soonest(network, places[0], places, profile)


def test_no_array_can_be_written_to(network: RoadNetwork, tmp_path: Path) -> None:
    network.save(tmp_path / "network")
    for each in (network, RoadNetwork.load(tmp_path / "network")):
        for name in array_names():
            with pytest.raises(ValueError, match="read-only"):
                getattr(each, name)[0] = 0
        with pytest.raises(ValueError, match="read-only"):
            each.travel_ms(AMBULANCE)[0] = 0


def test_one_changed_number_gives_another_network_id(tmp_path: Path) -> None:
    one = from_osm_file(write_osm(tmp_path / "one.osm", WAYS))
    same = from_osm_file(write_osm(tmp_path / "same.osm", WAYS))
    other = from_osm_file(write_osm(tmp_path / "other.osm", WAYS | {1: ([1, 2, 3], {"name": "Jalan Dago"})}))
    assert one.network_id == same.network_id != other.network_id


@pytest.mark.parametrize(
    "harm", ["no folder", "no json", "half json", "old format", "no array", "cut array", "other array"]
)
def test_a_damaged_folder_is_refused_with_one_sentence(network: RoadNetwork, tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "network"
    network.save(folder)
    description = folder / "network.json"
    match harm:
        case "no folder":
            folder = tmp_path / "elsewhere"
        case "no json":
            description.unlink()
        case "half json":
            description.write_text(description.read_text()[:100])
        case "old format":
            description.write_text(json.dumps(json.loads(description.read_text()) | {"format": 0}))
        case "no array":
            (folder / "head.npy").unlink()
        case "cut array":
            (folder / "head.npy").write_bytes((folder / "head.npy").read_bytes()[:-8])
        case "other array":
            np.save(folder / "head.npy", np.zeros(3, dtype=np.int32))
    with pytest.raises(NetworkFileError) as caught:
        RoadNetwork.load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.extract
@pytest.mark.parametrize("profile", PLAIN.values(), ids=PLAIN)
def test_parts_equal_the_strong_components_of_networkx(profile: object) -> None:
    network = from_osm_file(extract(BANDUNG_TANGERANG))
    passable = network.travel_ms(profile) < INF_MS  # type: ignore[arg-type]
    graph = nx.DiGraph()
    graph.add_nodes_from(range(network.node_count))
    graph.add_edges_from(zip(network.tail[passable].tolist(), network.head[passable].tolist(), strict=True))
    theirs = sorted(map(frozenset, nx.strongly_connected_components(graph)), key=len)
    labels = network.components(profile)  # type: ignore[arg-type]
    ours: dict[int, set[int]] = {}
    for node, label in enumerate(labels.tolist()):
        ours.setdefault(label, set()).add(node)
    assert {frozenset(part) for part in ours.values()} == set(theirs)
    largest = set(np.flatnonzero(network.largest_component(profile)).tolist())  # type: ignore[arg-type]
    assert len(largest) == len(theirs[-1])
    assert largest in theirs


def test_a_part_that_only_walkers_reach_is_not_in_a_vehicles_largest_part(network: RoadNetwork) -> None:
    part = network.largest_component(AMBULANCE)
    assert set(network.node_osm_id[part].tolist()) == {1, 2}  # the block; 4 lies beyond the steps, 51 on an island
    walk = network.largest_component(PLAIN["on_foot"])
    assert set(network.node_osm_id[walk].tolist()) == {1, 2, 4}
