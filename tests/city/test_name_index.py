"""The index of names on disk."""

from pathlib import Path

import numpy as np
import pytest

from geo112.city.name_index import NameIndex, array_names
from routing.files import NetworkFileError
from tests.places.ground import Ground


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ground = Ground()
    ground.area("kelurahan", "Suka", 0, 0, 2000, 2000)
    ground.street("Jalan Melati", (100, 500), (900, 500))
    ground.house("Jalan Melati", "7", (500, 510))
    ground.place("Masjid Al Barokah", "mosque", (520, 700))
    ground.geocoder().index.save(tmp_path)
    return tmp_path


def test_what_is_saved_is_read_again(folder: Path) -> None:
    index = NameIndex.load(folder)
    again = folder / "again"
    index.save(again)
    other = NameIndex.load(again)
    for name in array_names():
        assert np.array_equal(getattr(index, name), getattr(other, name)), name
    street = [index.label(thing) for thing in range(index.thing_count)].index("Jalan Melati")
    assert [number for number, _ in index.houses(street)] == ["7"]
    assert [index.label(area) for area in index.areas(street)] == ["Kel. Suka"]


@pytest.mark.parametrize("harm", ["missing", "cut", "no description", "other version", "not numbers"])
def test_a_damaged_index_is_refused_in_words(folder: Path, harm: str) -> None:
    file, description = folder / "posting.npy", folder / "names.json"
    if harm == "missing":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(file.read_bytes()[:-4])
    elif harm == "no description":
        description.unlink()
    elif harm == "other version":
        description.write_text(description.read_text().replace('"version": 1', '"version": 0'))
    else:
        file.write_bytes(b"no numbers at all")
    with pytest.raises(NetworkFileError):
        NameIndex.load(folder)


def test_words_are_sorted_and_every_name_is_found_by_each_of_its_words(folder: Path) -> None:
    index = NameIndex.load(folder)
    assert index.words == sorted(index.words)
    for name in range(len(index.name_word_start) - 1):
        for word in index.name_word[index.name_word_start[name] : index.name_word_start[name + 1]]:
            holders = index.posting[index.posting_start[word] : index.posting_start[word + 1]]
            assert name in holders
