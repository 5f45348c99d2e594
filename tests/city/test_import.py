"""An import of a city: what it brings, what it keeps."""

from pathlib import Path

import pytest

from geo112.city.errors import CityImportError
from geo112.city.importing import ImportSummary, Progress, import_city
from geo112.city.network import current_network, folder_of
from tests import town
from tests.city import osm
from tests.city.whole import connect, fingerprint
from tests.conftest import EXTRACTS

STEP = 0.001  # degrees, about 111 m


def village(file: Path, *, lon: float = 107.0, lat: float = -11.0, extra_road: bool = False) -> Path:
    """Write two kelurahan with a Jalan Melati each; the western one is mapped in two pieces 110 m apart.

    The border of the western kelurahan has a hole whose ring touches it, as Kota Jakarta Timur's has.
    """

    def at(number: int, east: float, north: float, tags: osm.Tags | None = None) -> osm.Node:
        return number, lon + east * STEP, lat + north * STEP, tags or {}

    nodes = [
        at(1, 1, 1), at(2, 2, 1), at(3, 3, 1), at(4, 4, 1), at(5, 14, 1), at(6, 16, 1), at(7, 2, 5), at(8, 15, 5),
        at(11, 0, 0), at(12, 10, 0), at(13, 10, 10), at(14, 0, 10), at(15, 20, 0), at(16, 20, 10),
        at(17, 4, 8), at(18, 6, 8),
        at(21, 2, 2, {"amenity": "fire_station"}),
        at(22, 1.5, 1.1, {"addr:housenumber": "7A", "addr:street": "Jalan Melati"}),
    ]  # fmt: skip
    residential = {"highway": "residential"}
    ways: list[osm.Way] = [
        (1, (1, 2), {**residential, "name": "Jalan Melati"}),
        (2, (3, 4), {**residential, "name": "Jl. Melati"}),
        (3, (5, 6), {**residential, "name": "Jalan Melati", "oneway": "-1"}),
        (4, (2, 3, 5), {**residential, "highway": "primary", "name": "Jalan Raya", "bridge": "yes"}),
        (5, (2, 7, 8, 6), {**residential, "name": "Jalan Lingkar"}),
        (6, (1, 7), {"highway": "proposed", "name": "Jalan Khayal"}),
        (11, (12, 13, 14, 11, 12), {}),
        (12, (12, 15, 16, 13), {}),
        (13, (13, 12), {}),
        (14, (13, 17, 18, 13), {}),
    ]
    if extra_road:
        ways.append((7, (7, 4), {**residential, "name": "Jalan Baru"}))
    border = {"type": "boundary", "boundary": "administrative", "admin_level": "7"}
    relations: list[osm.Relation] = [
        (1, ((11, "outer"), (14, "inner")), {**border, "name": "Suka"}),
        (2, ((12, "outer"), (13, "outer")), {**border, "name": "Kelurahan Duka"}),
        (3, ((12, "outer"), (99, "outer")), {**border, "name": "Hilang"}),
    ]
    return osm.write(file, nodes, ways, relations)


@pytest.fixture
def imported(empty_database_url: str, tmp_path: Path) -> ImportSummary:
    return import_city(str(village(tmp_path / "desa-suka.osm")), empty_database_url, tmp_path)


def test_what_the_file_holds_is_in_the_database(imported: ImportSummary, empty_database_url: str) -> None:
    assert imported.name == "Desa Suka"
    assert imported.counts["incomplete_areas"] == 1  # “Hilang” lacks a member
    with connect(empty_database_url) as connection:
        roads = dict(connection.execute("SELECT osm_way_id, name FROM road").fetchall())
        assert roads == {
            1: "Jalan Melati",
            2: "Jl. Melati",
            3: "Jalan Melati",
            4: "Jalan Raya",
            5: "Jalan Lingkar",
        }
        against = connection.execute("SELECT is_oneway, ST_X(ST_StartPoint(line)) FROM road WHERE osm_way_id = 3")
        is_oneway, start = against.fetchone() or (None, 0.0)
        assert is_oneway
        assert start == pytest.approx(107.0 + 16 * STEP)  # stored as it is driven
        bridges = connection.execute("SELECT name FROM road WHERE is_bridge").fetchall()
        assert bridges == [("Jalan Raya",)]
        areas = connection.execute("SELECT kind, name, round(ST_Area(polygon) * 1e6) FROM area ORDER BY osm_id")
        assert areas.fetchall() == [("kelurahan", "Suka", 98), ("kelurahan", "Kelurahan Duka", 100)]  # a hole of 2
        house = connection.execute("SELECT street, number FROM house_number").fetchall()
        assert house == [("Jalan Melati", "7A")]


def test_streets_of_one_name_far_apart_are_two_and_near_pieces_are_one(
    imported: ImportSummary, empty_database_url: str
) -> None:
    with connect(empty_database_url) as connection:
        found = connection.execute(
            "SELECT name, areas, ST_NumGeometries(shape) FROM gazetteer WHERE norm = 'melati' ORDER BY areas DESC"
        ).fetchall()
    assert found == [("Jalan Melati", ["Kel. Suka"], 2), ("Jalan Melati", ["Kel. Duka"], 1)]


def test_a_nameless_fire_station_can_be_asked_for(imported: ImportSummary, empty_database_url: str) -> None:
    with connect(empty_database_url) as connection:
        found = connection.execute("SELECT name, areas FROM gazetteer WHERE category = 'fire_station'").fetchall()
    assert found == [("Pos Pemadam Kebakaran", ["Kel. Suka"])]
    assert "no_posts" not in imported.notes


def test_the_network_is_there_and_is_the_one_in_force(imported: ImportSummary, tmp_path: Path) -> None:
    network = current_network(imported.import_id, tmp_path)
    assert network.node_count == imported.counts["road_nodes"]
    assert network is current_network(imported.import_id, tmp_path)


def test_the_journal_tells_of_the_import(imported: ImportSummary, empty_database_url: str) -> None:
    with connect(empty_database_url) as connection:
        told = connection.execute("SELECT kind, object_id, value ->> 'name' FROM journal").fetchall()
    assert told == [("city.imported", imported.import_id, "Desa Suka")]


def test_a_newer_extract_takes_over_and_keeps_calls_and_incidents(
    imported: ImportSummary, empty_database_url: str, tmp_path: Path
) -> None:
    open_incident(empty_database_url)
    newer = import_city(str(village(tmp_path / "baru.osm", extra_road=True)), empty_database_url, tmp_path)
    with connect(empty_database_url) as connection:
        assert connection.execute("SELECT city_import_id FROM centre").fetchone() == (newer.import_id,)
        assert connection.execute("SELECT count(*) FROM road").fetchone() == (6,)
        assert connection.execute("SELECT (SELECT count(*) FROM incident), (SELECT count(*) FROM call)").fetchone() == (
            1,
            1,
        )
    assert folder_of(imported.import_id, tmp_path).is_dir()  # workers that still drive it
    third = import_city(str(village(tmp_path / "baru.osm")), empty_database_url, tmp_path)
    folders = {int(folder.name) for folder in (tmp_path / "networks").iterdir()}
    assert folders == {newer.import_id, third.import_id}


def test_another_place_is_refused_once_there_are_incidents(
    imported: ImportSummary, empty_database_url: str, tmp_path: Path
) -> None:
    elsewhere = village(tmp_path / "jauh.osm", lon=120.0)
    open_incident(empty_database_url)
    before = fingerprint(empty_database_url, tmp_path)
    with pytest.raises(CityImportError) as refusal:
        import_city(str(elsewhere), empty_database_url, tmp_path)
    assert refusal.value.code == "city_has_incidents"
    assert fingerprint(empty_database_url, tmp_path) == before


def test_another_place_is_taken_while_there_are_none(
    imported: ImportSummary, empty_database_url: str, tmp_path: Path
) -> None:
    import_city(str(village(tmp_path / "jauh.osm", lon=120.0)), empty_database_url, tmp_path)
    with connect(empty_database_url) as connection:
        assert connection.execute("SELECT min(ST_X(ST_StartPoint(line))) > 119 FROM road").fetchone() == (True,)


def test_progress_only_grows_and_ends_at_one(empty_database_url: str, tmp_path: Path) -> None:
    told: list[Progress] = []
    import_city(str(town.write(tmp_path / "uji.osm")), empty_database_url, tmp_path, told.append)
    shares = [each.share for each in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert all(each.words_id and each.words_en for each in told)


def test_a_street_graph_of_osmnx_is_taken(empty_database_url: str, tmp_path: Path) -> None:
    import osmnx

    graph = osmnx.graph_from_xml(town.write(tmp_path / "uji.osm"), simplify=True, retain_all=True)
    graph.remove_nodes_from([node for node in graph if node >= 500])  # osmnx takes borders and rivers for streets
    osmnx.save_graphml(graph, tmp_path / "uji.graphml")
    summary = import_city(str(tmp_path / "uji.graphml"), empty_database_url, tmp_path)
    assert summary.counts["road_nodes"] == len(graph)
    assert set(summary.notes) == {"roads_only", "no_areas", "no_posts"}
    with connect(empty_database_url) as connection:
        names = connection.execute("SELECT DISTINCT name FROM road").fetchall()
    assert {name for (name,) in names} == {*town.ROWS, *town.COLUMNS}


@pytest.mark.extract
@pytest.mark.parametrize(
    ("file", "name", "notes", "is_left"),
    [
        (
            "bandung-tangerang/bandung-tangerang.osm.pbf",
            "Bandung Tangerang",
            {"no_areas", "no_posts", "several_parts"},
            True,
        ),
        ("liechtenstein/liechtenstein-latest.osm.pbf", "Liechtenstein", set(), False),
        ("bayreuth/north-bayreuth.osm.gz", "North Bayreuth", set(), False),
        ("jakarta/jakarta.osm.pbf", "Jakarta", set(), True),
    ],
)
def test_a_real_extract_comes_in_unchanged(
    file: str, name: str, notes: set[str], is_left: bool, empty_database_url: str, tmp_path: Path
) -> None:
    summary = import_city(str(EXTRACTS / file), empty_database_url, tmp_path)
    assert summary.name == name
    assert set(summary.notes) == notes
    assert summary.seconds < 180
    with connect(empty_database_url) as connection:
        row = connection.execute("SELECT drives_left, attribution FROM city_import").fetchone()
    assert row == (is_left, "© kontributor OpenStreetMap (ODbL)")
    if name == "Jakarta":
        with connect(empty_database_url) as connection:
            kinds = dict(connection.execute("SELECT kind, count(*) FROM area GROUP BY kind").fetchall())
        assert kinds == {"kota": 5, "kecamatan": 42, "kelurahan": 261, "rw": 2645}


def open_incident(url: str) -> None:
    with connect(url) as connection:
        connection.execute("INSERT INTO caller (number) VALUES ('0812')")
        connection.execute(
            "INSERT INTO call (caller_id, state, received_at) SELECT max(id), 'RINGING', now() FROM caller"
        )
        connection.execute(
            "INSERT INTO incident (number, type, priority, state, created_at, state_since)"
            " VALUES ('UJI-1', 'fire', 1, 'DRAFT', now(), now())"
        )
