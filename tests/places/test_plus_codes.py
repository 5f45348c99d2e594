"""Plus codes: the cells and the short codes published with their specification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.coordinates import LonLat
from geo112.places.notation import read_point, read_short_code
from geo112.places.plus_codes import decode, encode

# Cells published with the specification of Open Location Code: code, south, west, north, east (decoding.csv).
CELLS = [
    ("7FG49Q00+", 20.35, 2.75, 20.4, 2.8),
    ("7FG49QCJ+2V", 20.37, 2.782125, 20.370125, 2.78225),
    ("7FG49QCJ+2VX", 20.3701, 2.78221875, 20.370125, 2.78225),
    ("7FG49QCJ+2VXGJ", 20.370113, 2.782234375, 20.370114, 2.78223632813),
    ("8FVC2222+22", 47.0, 8.0, 47.000125, 8.000125),
    ("4VCPPQGP+Q9", -41.273125, 174.785875, -41.273, 174.786),
    ("62G20000+", 0.0, -180.0, 1, -179),
    ("22220000+", -90, -180, -89, -179),
    ("22222222+22", -90.0, -180.0, -89.999875, -179.999875),
    ("6FH32222+222", 1, 1, 1.000025, 1.00003125),
    ("CFX3X2X2+X2", 89.9998750, 1, 90, 1.0001250),
    ("84000000+", 30, -140, 50, -120),
    ("849VGJQF+VX7QR3J", 37.5396691200, -122.3750698242, 37.5396691600, -122.3750697021),
    ("849VGJQF+VX7QR3J7QR3J", 37.5396691200, -122.3750698242, 37.5396691600, -122.3750697021),
]


@pytest.mark.parametrize(("code", "south", "west", "north", "east"), CELLS)
def test_a_full_plus_code_is_the_middle_of_its_published_cell(
    code: str, south: float, west: float, north: float, east: float
) -> None:
    point = read_point(code)
    assert point is not None
    assert point.point == pytest.approx(((west + east) / 2, (south + north) / 2), abs=1e-9)


# Published with the specification: full code, reference lat and lon, short code (shortCodeTests.csv); those with
# four or six digits before the plus, as map programs write them.
SHORT = [
    ("9C3W9QCJ+2VX", 51.3852125, -1.217765625, "9QCJ+2VX"),
    ("9C3W9QCJ+2VX", 51.3550125, -1.217765625, "9QCJ+2VX"),
    ("9C3W9QCJ+2VX", 51.3701125, -1.232865625, "9QCJ+2VX"),
    ("9C3W9QCJ+2VX", 51.3701125, -1.202665625, "9QCJ+2VX"),
    ("8FRCXGRF+PM", 47.00, 8.55, "XGRF+PM"),
    ("2CXXXXXX+XX", -81.0, 0.0, "XXXXXX+XX"),
]


@pytest.mark.parametrize(("full", "lat", "lon", "short"), SHORT)
def test_a_short_plus_code_is_found_near_its_place(full: str, lat: float, lon: float, short: str) -> None:
    code = read_short_code(short)
    whole = read_point(full)
    assert code is not None
    assert whole is not None
    near = code.near(LonLat(lon, lat))
    assert near is not None
    assert near.point == pytest.approx(whole.point, abs=1e-9)


def test_the_words_beside_a_short_plus_code_say_where_to_look() -> None:
    code = read_short_code("kebakaran di QW6H+C6 Cakung, Jakarta")
    assert code is not None
    assert (code.code, code.rest.split()) == ("QW6H+C6", ["kebakaran", "di", "Cakung,", "Jakarta"])
    assert read_point("QW6H+C6 Jakarta") is None
    near = code.near(LonLat(106.83, -6.18))
    assert near is not None
    assert near.point == pytest.approx((106.92812, -6.238931), abs=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        "6p58qrrv+2m",
        "rumah 6P58QRRV+2M ya",
        "https://plus.example/6P58QRRV+2M",
        "https://maps.example/?q=6P58QRRV%2B2M",
    ],
)
def test_a_full_plus_code_is_read_anywhere(text: str) -> None:
    whole, point = read_point("6P58QRRV+2M"), read_point(text)
    assert whole is not None
    assert point is not None
    assert point.point == whole.point


# Published as not valid with the specification (validityTests.csv), and what only looks like a code.
@pytest.mark.parametrize(
    "text",
    ["G+", "+", "8FWC2345+G", "8FWC2_45+G6", "8FWC2η45+G6", "8FWC2345+G6+", "8FWC2345G6+", "8FWC2300+G6", "WC2300+G6g",
     "WC2345+G", "WC2300+", "849VGJQF+VX7QR3U", "FG220000+", "2W220000+", "2022+2023", "2345+67", "KM 12+400", "22+22"],
)  # fmt: skip
def test_what_is_no_plus_code_is_none(text: str) -> None:
    assert read_point(text) is None
    assert read_short_code(text) is None


@given(st.floats(-89.99, 89.99), st.floats(-179.99, 179.99), st.integers(1, 5))
def test_a_point_lies_in_the_cell_of_its_code(lat: float, lon: float, pairs: int) -> None:
    cell = decode(encode(LonLat(lon, lat), pairs))
    assert cell.south - 1e-9 <= lat <= cell.south + cell.height + 1e-9
    assert cell.west - 1e-9 <= lon <= cell.west + cell.width + 1e-9


@given(st.floats(-89, 89), st.floats(-179, 179), st.floats(-0.4, 0.4), st.floats(-0.4, 0.4))
def test_a_code_cut_short_comes_back_within_half_a_cell(lat: float, lon: float, up: float, right: float) -> None:
    code = encode(LonLat(lon, lat))
    short = read_short_code(code[4:])
    if short is not None:  # digits alone are not read as a code
        near = short.near(LonLat(lon + right, lat + up))
        assert near is not None
        assert near.point == pytest.approx(decode(code).middle, abs=1e-9)


@given(st.text(alphabet="23CFX0+ .%", max_size=14))
def test_any_text_is_read_without_an_error(text: str) -> None:
    read_point(text)
    read_short_code(text)
