"""Reading what was said of a place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.city.spelling import normal, words
from geo112.places.address import MAX_WORDS, read


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("RT 03 RW 05", "rt3 rw5"),
        ("RT.3/RW.5", "rt3 rw5"),
        ("RT 003/005", "rt3 rw5"),
        ("rt03/05", "rt3 rw5"),
        ("rt03 rw05", "rt3 rw5"),
        ("RW 05", "rw5"),
        ("rw lima", "rw5"),
        ("Pos RW 07", "pos rw7"),
        ("rukun warga 5", "rukun warga 5"),
    ],
)
def test_rt_and_rw_are_one_word_in_every_writing(text: str, read_as: str) -> None:
    assert " ".join(words(text)) == read_as


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jl. Pejaten Raya", "jalan pejaten raya"),
        ("Kramat V", "kramat lima"),
        ("RSUD Dr. Soetomo", "rsud dr sutomo"),
        ("Tj. Duren Sel.", "Tanjung Duren Selatan"),
        ("PKM Kec. Tebet", "puskesmas kecamatan tebet"),
        ("pom bensin", "SPBU"),
        ("Apotik Betet", "apotek betet"),
        ("Jalan I Gusti Ngurah Rai", "i gusti ngurah rai"),
        ("Jl. Gg. Mesjid", "gang masjid"),
        ("SDN 05", "sd 5"),
        ("Jalan Letnan Jenderal Suprapto", "Jl. Letjen. Suprapto"),
        ("Jl. H. Nawi", "jalan haji nawi"),
        ("Kyai Haji Abdul Syafei", "K.H. Abdul Syafei"),
    ],
)
def test_writings_of_one_name_are_alike(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("MT Haryono", "Mount Haryono"), ("Daan Mogot", "dan mogot"), ("Gereja St. Yosef", "gereja stasiun yosef")],
)
def test_names_are_not_expanded_blindly(one: str, other: str) -> None:
    assert normal(one) != normal(other)


def test_relations_part_the_words_and_are_told() -> None:
    asked = read("depan Masjid An Nur seberang Jl. Melati 2 no 7A arah pasar")
    assert asked.relations == ("depan", "seberang", "arah")
    assert asked.house_number == "7a"
    assert [(word.text, word.after) for word in asked.words if word.after] == [
        ("masjid", "depan"),
        ("jalan", "seberang"),
        ("pasar", "arah"),
    ]
    assert len({word.piece for word in asked.words}) == 3


@pytest.mark.parametrize(
    "text",
    [
        "simpang Melati dan Mawar",
        "perempatan melati dengan mawar",
        "pertigaan melati - mawar",
        "simpang empat melati / mawar",
    ],
)
def test_a_crossing_is_heard(text: str) -> None:
    asked = read(text)
    assert asked.is_crossing
    assert asked.texts == ("melati", "mawar")
    assert asked.words[1].piece in asked.parting


def test_cries_for_help_are_no_names() -> None:
    asked = read("tolong pak ada kebakaran di jalan melati cepat ya")
    assert [word.text for word in asked.words if not word.is_speech] == ["jalan", "melati"]


def test_common_words_are_set_aside_only_where_much_is_said() -> None:
    assert not read("gang satu dalam").words[1].is_speech
    long = read("jalan melati hari ini macet karena pohon besar tumbang menutup semua lajur dari pagi")
    assert {"hari", "karena", "pagi"} <= {word.text for word in long.words if word.is_speech}


@pytest.mark.parametrize(
    ("text", "km"),
    [
        ("tol jagorawi km 12+400", 12.4),
        ("KM.26 jl raya bogor", 26.0),
        ("kilometer 7,5", 7.5),
        ("km 3", 3.0),
        ("jl 5", None),
    ],
)
def test_kilometres_are_read(text: str, km: float | None) -> None:
    assert read(text).km == km


@pytest.mark.parametrize(("text", "side"), [("Jl. Teuku Umar (barat puskesmas)", "barat"), ("pancoran barat 3", None)])
def test_a_side_of_a_landmark_is_heard(text: str, side: str | None) -> None:
    assert read(text).side == side


@given(st.text(max_size=500))
def test_any_text_is_read(text: str) -> None:
    assert len(read(text).words) <= MAX_WORDS
