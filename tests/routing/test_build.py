"""Reading files: formats, gaps, and one clear sentence for whatever cannot be read."""

import bz2
import gzip
from pathlib import Path

import networkx as nx
import osmium
import pytest

from routing.build import NoRoadsError, UnreadableFileError, from_graph, from_osm_file
from routing.network import RoadNetwork
from tests.routing.osm_text import place_of, write_osm
from tests.routing.osmnx_twin import LIECHTENSTEIN, PLAIN, extract, osmnx_graphs

TOWN = {1: ([1, 2, 3], {"name": "Jalan Braga", "maxspeed": "40"}), 2: ([2, 12], {"highway": "footway"})}


# One street of two ways that are drawn towards each other, and one that is driven against the way it is drawn.
DIRECTED = {
    1: ([1, 2, 3], {"maxspeed:forward": "60", "maxspeed:backward": "30"}),
    2: ([5, 4, 3], {"maxspeed:forward": "20", "maxspeed": "50"}),
    3: ([5, 15, 1], {"oneway": "-1", "maxspeed:forward": "80", "maxspeed:backward": "10"}),
}


def test_a_limit_of_one_direction_counts_in_the_direction_in_which_osm_draws_the_way(tmp_path: Path) -> None:
    network, profile = from_osm_file(write_osm(tmp_path / "town.osm", DIRECTED)), PLAIN["ambulance"]

    def kmh(edge: int) -> dict[int, float]:
        pieces = network.edge_pieces(edge)
        speeds = network.piece_speeds(profile)
        first = int(network.piece_start[network.street[edge]])
        mps = speeds.along_mps if network.is_along[edge] else speeds.back_mps
        numbers = range(first, first + len(pieces))
        ordered = numbers if network.is_along[edge] else reversed(numbers)
        return {
            piece.way_id: round(3.6 * float(mps[each]) / profile.siren_factor, 6)
            for piece, each in zip(pieces, ordered, strict=True)
        }

    by_way = [kmh(edge) for edge in range(network.edge_count)]
    assert sorted(by_way, key=str) == sorted([{1: 60, 2: 50}, {2: 20, 1: 30}, {3: 10}], key=str)


def test_limits_by_direction_are_the_same_from_osmnxs_graph(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "town.osm", DIRECTED | {3: ([1, 15, 5], {"oneway": "yes", "maxspeed:forward": "80"})})
    graphs = osmnx_graphs(path)

    def times(network: RoadNetwork) -> list[tuple[int, int, int]]:
        ids = network.node_osm_id
        ends = zip(ids[network.tail].tolist(), ids[network.head].tolist(), strict=True)
        ms = network.travel_ms(PLAIN["ambulance"]).tolist()
        return sorted((*both, each) for both, each in zip(ends, ms, strict=True))

    straight, taken = times(from_osm_file(path)), times(from_graph(graphs.raw))
    assert [each[:2] for each in straight] == [each[:2] for each in taken]
    assert [each[2] for each in straight] == pytest.approx([each[2] for each in taken], abs=1)
    merged = times(from_graph(graphs.simple))
    # osmnx merged the two ways of the street and forgot which limit is whose: none is sooner than it may be.
    assert [each[:2] for each in merged] == [each[:2] for each in straight]
    assert all(late[2] >= true[2] - 1 for late, true in zip(merged, straight, strict=True))
    assert [late[2] - true[2] > 1 for late, true in zip(merged, straight, strict=True)].count(True) == 2


def test_every_format_gives_the_same_network(tmp_path: Path) -> None:
    plain = write_osm(tmp_path / "town.osm", TOWN)
    (tmp_path / "town.osm.gz").write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "town.osm.bz2").write_bytes(bz2.compress(plain.read_bytes()))
    with osmium.SimpleWriter(str(tmp_path / "town.osm.pbf")) as writer:
        for thing in osmium.FileProcessor(str(plain)):
            writer.add(thing)
    write_osm(tmp_path / "turned.osm", TOWN, ways_first=True)
    names = ["town.osm", "town.osm.gz", "town.osm.bz2", "town.osm.pbf", "turned.osm"]
    assert len({from_osm_file(tmp_path / name).network_id for name in names}) == 1


def test_progress_is_told_and_only_rises(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    from_osm_file(write_osm(tmp_path / "town.osm", TOWN), on_progress=lambda step, share: told.append((step, share)))
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert told[0][1] == 0.0
    assert told[-1][1] == 1.0


def test_a_node_that_the_file_lacks_leaves_a_gap_and_no_shortcut(tmp_path: Path) -> None:
    network = from_osm_file(write_osm(tmp_path / "cut.osm", {1: ([1, 2, 3, 4, 5], {})}, absent=[3]))
    ends = {
        frozenset((network.node_osm_id[u], network.node_osm_id[v]))
        for u, v in zip(network.tail, network.head, strict=True)
    }
    assert ends == {frozenset((1, 2)), frozenset((4, 5))}


def test_nodes_that_were_never_uploaded_have_negative_ids_and_count(tmp_path: Path) -> None:
    places = {-node: place_of(node) for node in (1, 2, 3)}
    network = from_osm_file(write_osm(tmp_path / "drawn.osm", {1: ([-1, -2, -3], {})}, places))
    assert sorted(network.node_osm_id.tolist()) == [-3, -1]


def test_what_has_no_highway_tag_is_no_road(tmp_path: Path) -> None:
    ways = {1: ([1, 2], {"highway": "", "waterway": "river"}), 2: ([11, 12], {})}
    assert from_osm_file(write_osm(tmp_path / "town.osm", ways)).street_count == 1


def test_names_and_ways_of_an_edge_can_be_read_back(tmp_path: Path) -> None:
    network = from_osm_file(
        write_osm(tmp_path / "town.osm", TOWN | {3: ([3, 4], {"ref": "N 3", "highway": "primary"})})
    )
    edge = next(e for e in range(network.edge_count) if 4 in (network.node_osm_id[network.tail[e]],))
    pieces = network.edge_pieces(edge)
    assert [(piece.name, piece.way_id, piece.tags["highway"]) for piece in pieces] == [
        ("N 3", 3, "primary"),
        ("Jalan Braga", 1, "residential"),
    ]
    assert sum(piece.length_m for piece in pieces) == pytest.approx(network.length_m[edge])
    assert network.edge_name(edge) in {"N 3", "Jalan Braga"}
    assert network.edge_line(edge).coords[0] == pytest.approx(place_of(4))


@pytest.mark.parametrize("ways", [{}, {1: ([1, 2], {"highway": "", "building": "yes"})}, {1: ([1, 1], {})}])
def test_a_file_without_roads_says_so(tmp_path: Path, ways: dict[int, tuple[list[int], dict[str, str]]]) -> None:
    with pytest.raises(NoRoadsError, match=r"empty\.osm holds no roads"):
        from_osm_file(write_osm(tmp_path / "empty.osm", ways))


def test_a_graph_without_edges_says_so() -> None:
    with pytest.raises(NoRoadsError):
        from_graph(nx.MultiDiGraph(crs="epsg:4326"))


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="There is no file"):
        from_osm_file(tmp_path / "absent.osm.pbf")


def test_an_unknown_format_says_so(tmp_path: Path) -> None:
    (tmp_path / "roads.shp").write_bytes(b"")
    with pytest.raises(UnreadableFileError, match=r"roads\.shp is not an OSM file"):
        from_osm_file(tmp_path / "roads.shp")


@pytest.mark.parametrize("name", ["x.osm", "x.osm.gz", "x.osm.bz2", "x.osm.pbf"])
@pytest.mark.parametrize("content", [b"", b"this is not a map", b"<html></html>", bytes(range(256)) * 40])
def test_what_is_not_osm_says_so(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((UnreadableFileError, NoRoadsError), match=name) as caught:
        from_osm_file(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["town.osm", "town.osm.gz", "town.osm.bz2"])
def test_xml_cut_short_says_so(tmp_path: Path, name: str) -> None:
    whole = write_osm(tmp_path / "whole.osm", {way: ([way, way + 1], {}) for way in range(1, 200)}).read_bytes()
    packed = {"town.osm": whole, "town.osm.gz": gzip.compress(whole), "town.osm.bz2": bz2.compress(whole)}[name]
    (tmp_path / name).write_bytes(packed[: len(packed) * 2 // 3])
    with pytest.raises(UnreadableFileError, match=f"{name} is damaged"):
        from_osm_file(tmp_path / name)


@pytest.mark.extract
@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.999])
def test_a_pbf_cut_short_says_so(tmp_path: Path, share: float) -> None:
    whole = extract(LIECHTENSTEIN).read_bytes()
    (tmp_path / "cut.osm.pbf").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UnreadableFileError, match=r"cut\.osm\.pbf is damaged"):
        from_osm_file(tmp_path / "cut.osm.pbf")
