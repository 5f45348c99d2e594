"""Reading what was said of a place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.places.address import Of, read


@pytest.mark.parametrize(
    ("text", "rt", "rw"),
    [
        ("RT 03 RW 05", 3, 5),
        ("RT.3/RW.5", 3, 5),
        ("RT 003/005", 3, 5),
        ("rt03/05", 3, 5),
        ("rt03 rw05", 3, 5),
        ("RW 05", None, 5),
        ("rw lima", None, 5),
        ("Jl Melati RT 1/2 no 7", 1, 2),
    ],
)
def test_rt_and_rw_are_read_in_every_writing(text: str, rt: int | None, rw: int | None) -> None:
    asked = read(text)
    assert (asked.rt, asked.rw) == (rt, rw)


def test_each_word_knows_what_it_seems_to_be_of() -> None:
    asked = read("depan Masjid An Nur, Jl. Melati 2 RT 03/05 Kel. Suka Kec. Duka no 7A")
    assert asked.relations == ("depan",)
    assert asked.house_number == "7a"
    by = {of: [word.text for word in asked.words if word.of is of] for of in Of}
    assert by[Of.ANYTHING] == ["masjid", "an", "nur"]
    assert by[Of.STREET] == ["melati", "2"]
    assert by[Of.KELURAHAN] == ["suka"]
    assert by[Of.KECAMATAN] == ["duka"]


@pytest.mark.parametrize(
    "text",
    [
        "simpang Melati dan Mawar",
        "perempatan jl melati dengan jl mawar",
        "pertigaan melati - mawar",
        "simpang empat melati / mawar",
    ],
)
def test_a_crossing_is_heard(text: str) -> None:
    asked = read(text)
    assert asked.is_crossing
    assert asked.texts == ("melati", "mawar")
    assert len({word.piece for word in asked.words}) == 2


def test_cries_for_help_are_no_names() -> None:
    assert read("tolong pak ada kebakaran di jalan melati cepat ya").texts == ("melati",)


def test_the_office_of_a_kelurahan_is_a_place() -> None:
    assert [word.of for word in read("kantor kelurahan Suka").words] == [Of.ANYTHING] * 3


@given(st.text(max_size=500))
def test_any_text_is_read(text: str) -> None:
    assert len(read(text).words) <= 40
