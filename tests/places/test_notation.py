"""Coordinates as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.places.notation import read_point

SCENE = (106.8456, -6.2088)


@pytest.mark.parametrize(
    "text",
    [
        "-6.2088, 106.8456",
        "-6.2088 106.8456",
        "-6,2088 106,8456",
        "-6,2088, 106,8456",
        "(-6.2088,106.8456)",
        "106.8456, -6.2088",
        "S 6.2088 E 106.8456",
        "6.2088S 106.8456E",
        "6,2088 LS 106,8456 BT",
        "6°12'31.68\"S 106°50'44.16\"E",
        "6° 12' 31,68\" LS, 106° 50' 44,16\" BT",
        "6 12 31.68 LS, 106 50 44.16 BT",
        "106°50'44.16\"E 6°12'31.68\"S",
        "lat -6.2088 long 106.8456",
        "koordinat: lintang -6.2088 bujur 106.8456",
        "geo:-6.2088,106.8456?z=17",
        "https://maps.example/maps?q=-6.2088,106.8456",
        "https://maps.example/maps/place/Monas/@-6.1,106.9,15z/data=!3m1!8m2!3d-6.2088!4d106.8456",
        "https://map.example/?mlat=-6.2088&mlon=106.8456#map=17/-6.1/106.9",
    ],
)
def test_every_writing_gives_the_same_point(text: str) -> None:
    written = read_point(text)
    assert written is not None
    assert written.point == pytest.approx(SCENE, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rt 3 5",
        "3, 5",
        "Jl. Melati 2",
        "nan nan",
        "999 999",
        "-6.2088",
        "RT 03/05",
        "6.2088 106.8456 12",
        "geo:",
        "1,5",
    ],
)
def test_what_is_not_a_point_is_none(text: str) -> None:
    assert read_point(text) is None


def test_few_decimals_are_a_wide_circle() -> None:
    rough, fine = read_point("-6.2, 106.8"), read_point("-6.20880, 106.84560")
    assert rough is not None
    assert fine is not None
    assert rough.uncertainty_m > 5000
    assert fine.uncertainty_m == 10


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_six_decimals_come_back(lat: float, lon: float) -> None:
    written = read_point(f"{lat:.6f}, {lon:.6f}")
    assert written is not None
    assert written.point == pytest.approx((lon, lat), abs=1e-6)


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    read_point(text)
