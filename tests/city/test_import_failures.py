"""An import that fails says why in one sentence and leaves the city that was there, whole."""

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import osmium
import pytest

from geo112.city import importing, load
from geo112.city.errors import CityImportError
from geo112.city.importing import import_city
from routing.network import RoadNetwork
from tests import town
from tests.city import osm
from tests.city.whole import connect, fingerprint


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def url(empty_database_url: str, data_dir: Path, tmp_path: Path) -> str:
    """Give a database with Kota Uji in force."""
    import_city(str(town.write(tmp_path / "uji.osm")), empty_database_url, data_dir)
    return empty_database_url


def cut_pbf(folder: Path) -> Path:
    whole = folder / "whole.osm.pbf"
    with osmium.SimpleWriter(str(whole), overwrite=True) as writer:
        for entity in osmium.FileProcessor(str(town.write(folder / "a.osm"))):
            writer.add(entity)
    (folder / "cut.osm.pbf").write_bytes(whole.read_bytes()[:-200])
    return folder / "cut.osm.pbf"


def cut_xml(folder: Path) -> Path:
    (folder / "cut.osm").write_bytes(town.write(folder / "a.osm").read_bytes()[:4000])
    return folder / "cut.osm"


def cut_gz(folder: Path) -> Path:
    (folder / "cut.osm.gz").write_bytes(gzip.compress(town.write(folder / "a.osm").read_bytes())[:-50])
    return folder / "cut.osm.gz"


def cut_bz2(folder: Path) -> Path:
    (folder / "cut.osm.bz2").write_bytes(bz2.compress(town.write(folder / "a.osm").read_bytes())[:-50])
    return folder / "cut.osm.bz2"


def cut_graphml(folder: Path) -> Path:
    (folder / "cut.graphml").write_text('<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph>')
    return folder / "cut.graphml"


def ways_without_their_nodes(folder: Path) -> Path:
    nodes = [(1, 107.5, -11.5, {}), (2, 107.6, -11.5, {})]
    ways = [(number, (1, 90 + number, 95 + number), {"highway": "residential"}) for number in range(1, 4)]
    return osm.write(folder / "torn.osm", nodes, ways)


def no_roads(folder: Path) -> Path:
    return osm.write(folder / "sea.osm", [(1, 107.5, -11.5, {"amenity": "police", "name": "Polsek"})], [])


def other_format(folder: Path) -> Path:
    (folder / "roads.shp").write_bytes(b"\x00\x00\x27\x0a")
    return folder / "roads.shp"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (lambda folder: folder / "nowhere.osm.pbf", "extract_missing"),
        (lambda folder: folder / "nowhere.graphml", "extract_missing"),
        (lambda folder: folder / "nowhere", "extract_missing"),
        (cut_pbf, "extract_damaged"),
        (cut_xml, "extract_damaged"),
        (cut_gz, "extract_damaged"),
        (cut_bz2, "extract_damaged"),
        (cut_graphml, "extract_damaged"),
        (ways_without_their_nodes, "extract_damaged"),
        (no_roads, "extract_without_roads"),
        (other_format, "unknown_format"),
    ],
)
def test_a_source_that_is_no_city_is_refused(
    source: Callable[[Path], Path], code: str, url: str, data_dir: Path, tmp_path: Path
) -> None:
    before = fingerprint(url, data_dir)
    with pytest.raises(CityImportError) as refusal:
        import_city(str(source(tmp_path)), url, data_dir)
    assert refusal.value.code == code
    assert is_one_sentence(refusal.value)
    assert fingerprint(url, data_dir) == before


def test_a_place_by_name_needs_the_internet(url: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # the discard port: nobody answers
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    before = fingerprint(url, data_dir)
    with pytest.raises(CityImportError) as refusal:
        import_city("Kota Bandung, Indonesia", url, data_dir)
    assert refusal.value.code == "place_needs_internet"
    assert fingerprint(url, data_dir) == before


def test_a_second_import_at_the_same_time_is_refused(url: str, data_dir: Path, tmp_path: Path) -> None:
    before = fingerprint(url, data_dir)
    with connect(url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (load.IMPORT_LOCK,))
        with pytest.raises(CityImportError) as refusal:
            import_city(str(town.write(tmp_path / "b.osm")), url, data_dir)
    assert refusal.value.code == "import_running"
    assert fingerprint(url, data_dir) == before


def test_a_folder_that_cannot_be_written_to_is_named(url: str, data_dir: Path, tmp_path: Path) -> None:
    before = fingerprint(url, data_dir)
    (tmp_path / "a-file").touch()
    with pytest.raises(CityImportError) as refusal:
        import_city(str(town.write(tmp_path / "b.osm")), url, tmp_path / "a-file")
    assert refusal.value.code == "folder_unwritable"
    assert "a-file" in refusal.value.words_id
    assert fingerprint(url, data_dir) == before


def test_a_database_that_does_not_answer_is_told(data_dir: Path, tmp_path: Path) -> None:
    for url in (f"postgresql+psycopg://nobody@/none?host={tmp_path}", "postgresql://[", "no address"):
        with pytest.raises(CityImportError) as refusal:
            import_city(str(town.write(tmp_path / "b.osm")), url, data_dir)
        assert refusal.value.code == "database_unreachable"


def test_an_error_while_storing_undoes_everything(
    url: str, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills while the network is written, and a bug in the very last step."""
    before = fingerprint(url, data_dir)
    folders = {folder.name for folder in (data_dir / "networks").iterdir()}

    source = str(town.write(tmp_path / "b.osm"))

    def full(self: RoadNetwork, folder: Path) -> None:
        folder.mkdir()
        (folder / "half.npy").touch()
        raise OSError(28, "No space left on device")

    def broken(*args: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(RoadNetwork, "save", full)
        with pytest.raises(CityImportError, match="No space left"):
            import_city(source, url, data_dir)
    assert fingerprint(url, data_dir) == before
    with monkeypatch.context() as patch:
        patch.setattr(importing, "shown", broken)
        with pytest.raises(RuntimeError, match="a bug"):
            import_city(source, url, data_dir)
    assert fingerprint(url, data_dir) == before
    assert {folder.name for folder in (data_dir / "networks").iterdir()} == folders


def is_one_sentence(error: CityImportError) -> bool:
    return all(words.endswith(".") and "\n" not in words for words in (error.words_id, error.words_en))
