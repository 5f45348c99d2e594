"""What is kept for searches beside a network: found again, told from what is not its own, and never half believed."""

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from routing import prepared
from routing.build import from_osm_file
from routing.files import NetworkFileError
from routing.network import RoadNetwork
from routing.prepared import hierarchy, prepare, search_graph
from routing.profiles import PROFILES
from routing.search import arrival_field
from routing.snap import place_on
from tests.routing.osmnx_twin import REPOSITORY


@pytest.fixture(scope="module")
def city() -> RoadNetwork:
    return from_osm_file(REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf")


@pytest.fixture
def folder(city: RoadNetwork, tmp_path: Path) -> Path:
    city.save(tmp_path)
    prepare(city, tmp_path)
    return tmp_path


def test_what_was_prepared_is_mapped_and_gives_the_same_answers(city: RoadNetwork, folder: Path) -> None:
    loaded = RoadNetwork.load(folder)
    assert isinstance(search_graph(loaded).tail.base, np.memmap)
    for ours, theirs in ((search_graph(loaded), search_graph(city)), (hierarchy(loaded), hierarchy(city))):
        for each in fields(theirs):
            if each.name not in ("network", "drives"):
                assert np.array_equal(getattr(ours, each.name), getattr(theirs, each.name)), each.name
    scene = place_on(loaded, 100, 0.5)
    field = arrival_field(loaded, scene, PROFILES["ambulance"])
    assert np.array_equal(field.node_ms, arrival_field(city, scene, PROFILES["ambulance"]).node_ms)


def test_to_prepare_again_leaves_what_is_mapped_as_it_is(folder: Path) -> None:
    loaded = RoadNetwork.load(folder)
    tail = search_graph(loaded).tail.copy()
    prepare(loaded, folder)
    assert np.array_equal(search_graph(loaded).tail, tail)
    assert np.array_equal(search_graph(RoadNetwork.load(folder)).tail, tail)


@pytest.mark.parametrize(
    "harm", ["no json", "half json", "other network", "other profiles", "no array", "cut array", "junk"]
)
def test_what_is_damaged_or_foreign_is_not_used_and_is_made_anew(city: RoadNetwork, folder: Path, harm: str) -> None:
    description, array = folder / "prepared.json", folder / "search_tail.npy"
    match harm:
        case "no json":
            description.unlink()
        case "half json":
            description.write_text(description.read_text()[:50])
        case "other network" | "other profiles":
            key = "network_id" if harm == "other network" else "profiles"
            description.write_text(json.dumps(json.loads(description.read_text()) | {key: "0123456789abcdef"}))
        case "no array":
            array.unlink()
        case "cut array":
            array.write_bytes(array.read_bytes()[:-8])
        case "junk":
            array.write_bytes(b"junk")
    loaded = RoadNetwork.load(folder)
    with pytest.raises(NetworkFileError):
        prepared._read(loaded, folder)
    assert np.array_equal(search_graph(loaded).tail, search_graph(city).tail)


def test_another_table_of_profiles_splits_nodes_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow_turns = replace(PROFILES["ambulance"].delays, u_turn_s=90.0)
    other = {**PROFILES, "ambulance": replace(PROFILES["ambulance"], delays=slow_turns)}
    kept = search_graph(RoadNetwork.load(folder))
    monkeypatch.setattr(prepared, "PROFILES", other)
    assert search_graph(RoadNetwork.load(folder)).node_count > kept.node_count
