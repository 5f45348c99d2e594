"""UTM coordinates: every writing the same point; a half of the earth that nobody told is not guessed."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Transformer

from geo112.places.notation import read_point

UTM = [
    "48M 702123 9312345",
    "48 M 702123 9312345",
    "48S 702123 9312345",
    "48 S 702123 9312345",
    "zona 48S 702123 9312345",
    "UTM zone 48 south 702123 9312345",
    "zona 48 selatan X=702123 Y=9312345",
    "UTM 48 702123 9312345",
    "702123 mE 9312345 mN, zona 48M",
    "X: 702123 Y: 9312345 (48M)",
    "48M 9312345 702123",
    "48M E702123 N9312345",
    "zona 48S 702.123 9.312.345",
    "48M 702123,0 9312345,0",
]


@pytest.mark.parametrize("text", UTM)
def test_utm_is_read_in_every_writing(text: str) -> None:
    point = read_point(text)
    assert point is not None
    # 702123 E, 9312345 N in zone 48 south, by PROJ's `cs2cs EPSG:32748 EPSG:4326`
    assert point.point == pytest.approx((106.8268017, -6.2180276), abs=1e-6)


def test_utm_among_words() -> None:
    point = read_point("longsor di 48M 702123 9312345 dekat sungai")
    assert point is not None
    assert point.rest == "longsor di dekat sungai"


@given(st.floats(-79.9, 83.9), st.floats(-179.9, 179.9))
def test_utm_of_any_place_comes_back(lat: float, lon: float) -> None:
    zone = int((lon + 180) // 6) + 1
    band = "CDEFGHJKLMNPQRSTUVWX"[min(int((lat + 80) // 8), 19)]
    assume(abs((lat + 80) % 8 - 4) < 3.99)  # on the edge of a band either letter may be written
    assume(band != "S")  # read as the southern half
    project = Transformer.from_crs(4326, (32600 if lat >= 0 else 32700) + zone, always_xy=True)
    east, north = project.transform(lon, lat)
    assume(99_999.5 < east < 900_000)
    point = read_point(f"{zone}{band} {east:06.1f} {north:07.1f}")
    assume(north >= 1000)
    assert point is not None
    assert point.point == pytest.approx((lon, lat), abs=1e-5)


def test_after_a_zone_s_is_the_southern_half_as_it_is_written_here_unless_it_may_be_the_band() -> None:
    south = read_point("48S 702123 9312345")
    assert south is not None
    assert south.point.lat < 0
    assert read_point("48S 702123 4000000") is None


def test_a_zone_without_a_half_is_read_only_where_one_half_is_indonesia() -> None:
    aceh = read_point("zona 47 200000 600000")
    assert aceh is not None
    assert aceh.point.lat == pytest.approx(5.42, abs=0.05)
    assert read_point("zona 33 500000 5400000") is None
