"""Where among the words a name is said, and how well."""

import pytest

from geo112.places.address import read
from geo112.places.geocode import Geocoder
from geo112.places.listening import listen
from tests.places.ground import Ground


@pytest.fixture(scope="module")
def geocoder() -> Geocoder:
    ground = Ground()
    for number, name in enumerate(("Bisma Tengah 1", "Bisma 2", "Pulo Gebang", "Kramat 5", "Melati")):
        ground.street(f"Jalan {name}", (0, 500 * number), (100, 500 * number))
    ground.place("Masjid Al Barokah", "mosque", (900, 900))
    ground.place("Al Huda", "mosque", (1900, 900))
    return ground.geocoder()


def mentions(geocoder: Geocoder, text: str) -> dict[str, tuple[str, float]]:
    """Return the names found: the words that say each, and how much of it is said; the best where it is said twice."""
    said = listen(read(text), geocoder._hearing)
    found = geocoder._matcher.mentions(said)
    told: dict[str, tuple[str, float]] = {}
    for name, mask, cover in zip(found.name.tolist(), found.mask.tolist(), found.cover.tolist(), strict=True):
        begin, end = geocoder.index.name_word_start[name], geocoder.index.name_word_start[name + 1]
        words = " ".join(geocoder.index.words[word] for word in geocoder.index.name_word[begin:end])
        spoken = " ".join(text for at, text in enumerate(said.texts) if mask >> at & 1)
        if cover > told.get(words, ("", 0.0))[1]:
            told[words] = spoken, cover
    return told


def test_a_name_is_found_where_it_is_said(geocoder: Geocoder) -> None:
    found = mentions(geocoder, "simpang empat bisma 2 bisma tengah 1 ")
    assert found["bisma tengah 1"] == ("bisma tengah 1", pytest.approx(1))
    assert found["bisma 2"] == ("bisma 2", pytest.approx(1))


def test_a_name_does_not_reach_over_a_relation(geocoder: Geocoder) -> None:
    assert mentions(geocoder, "bisma tengah depan 1 ")["bisma tengah 1"][1] < 0.9


def test_a_number_does_not_stand_before_its_name(geocoder: Geocoder) -> None:
    assert mentions(geocoder, "5 kramat ")["kramat 5"][1] < mentions(geocoder, "kramat 5 ")["kramat 5"][1] - 0.2


def test_the_word_for_what_a_thing_is_may_be_said_with_it_or_left_out(geocoder: Geocoder) -> None:
    assert mentions(geocoder, "masjid al huda ")["al huda"] == ("masjid al huda", pytest.approx(1))
    assert mentions(geocoder, "al huda ")["al huda"] == ("al huda", pytest.approx(1))
    assert mentions(geocoder, "jalan melati ")["melati"][0] == "jalan melati"


@pytest.mark.parametrize("text", ["pulogebang ", "pulo gebang ", "jalan pulo gebng "])
def test_words_glued_or_misspelt_are_heard(geocoder: Geocoder, text: str) -> None:
    assert mentions(geocoder, text)["pulo gebang"][1] > 0.7


def test_the_slates_are_clean_after_every_search(geocoder: Geocoder) -> None:
    first = mentions(geocoder, "jalan melati ")
    mentions(geocoder, "bisma tengah 1 kramat 5 masjid al barokah ")
    assert mentions(geocoder, "jalan melati ") == first
