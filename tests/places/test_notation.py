"""Coordinates as people write them: whatever the writing, the point is the same; half a point is none."""

import math
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geo112.places.notation import read_point

SCENE = (106.8456, -6.2088)
LATITUDES, LONGITUDES = st.floats(-89.9, 89.9), st.floats(-179.9, 179.9)

DECIMAL = [
    "-6.2088, 106.8456",
    "-6.2088 106.8456",
    "-6,2088 106,8456",
    "-6,2088, 106,8456",
    "-6,2088,106,8456",
    "-6.2088;106.8456",
    "−6.2088, 106.8456",
    "(-6.2088,106.8456)",
    "106.8456, -6.2088",
    "[106.8456, -6.2088]",
    "POINT(106.8456 -6.2088)",
    "-06.2088+106.8456/",
    "S 6.2088 E 106.8456",
    "S6.2088, E106.8456",
    "E 106.8456 S 6.2088",
    "6.2088S 106.8456E",
    "6.2088° S, 106.8456° E",
    "6,2088 LS 106,8456 BT",
    "LS 6,2088 dan BT 106,8456",
    "6.2088 S 106.8456 T",
    "6.2088 Lintang Selatan, 106.8456 Bujur Timur",
    "S 6.2088, 106.8456",
    "lat -6.2088 long 106.8456",
    "Latitude: -6.2088\nLongitude: 106.8456",
    "longitude=106.8456 latitude=-6.2088",
    "Lintang: 6.2088 LS, Bujur: 106.8456 BT",
    "koordinat: lintang -6.2088 bujur 106.8456",
    'x=106.8456 y=-6.2088',
    '{"lat": -6.2088, "lng": 106.8456}',
    "lokasi saya: -6.2088, 106.8456",
    "sharelok -6.2088, 106.8456",
    "LS=6,2088 BT=106,8456",
]  # fmt: skip
DEGREES_AND_MINUTES = [
    "6°12'31.68\"S 106°50'44.16\"E",
    "S6°12'31.68\" E106°50'44.16\"",
    "6° 12' 31,68\" LS, 106° 50' 44,16\" BT",
    "LS 6°12′31,68″ BT 106°50′44,16″",
    "6º12’31.68”S, 106º50’44.16”E",
    "6o12'31.68\" LS 106o50'44.16\" BT",
    "6°12'31.68''S 106°50'44.16''E",
    "-6°12'31.68\", 106°50'44.16\"",
    "106°50'44.16\"E 6°12'31.68\"S",
    "6 12 31.68 LS, 106 50 44.16 BT",
    "S 6 12 31.68 E 106 50 44.16",
    "6:12:31.68S 106:50:44.16E",
    "06-12-31.68 S 106-50-44.16 E",
    "6d12m31.68sS 106d50m44.16sE",
    "6 derajat 12 menit 31,68 detik lintang selatan, 106 derajat 50 menit 44,16 detik bujur timur",
    "6°12.528'S 106°50.736'E",
    "S 06° 12.528' E 106° 50.736'",
    "S6 12.528 E106 50.736",
    "061231.68S 1065044.16E",
    "0612.528,S,10650.736,E",
]
LINKS = [
    "geo:-6.2088,106.8456?z=17",
    "geo:-6.2088,106.8456,12;crs=wgs84",
    "geo:0,0?q=-6.2088,106.8456(Rumah%20Pak%20RT)",
    "https://maps.example/maps?q=-6.2088,106.8456",
    "https://maps.example/?q=-6.2088, 106.8456",
    "https://maps.example/maps?q=loc:-6.2088+106.8456&z=17",
    "https://maps.example/maps?q=-6.2088%2C106.8456&hl=id",
    "https://maps.example/?ll=-6.2088,106.8456&q=Rumah",
    "https://maps.example/maps?saddr=-6.1,106.7&daddr=-6.2088,106.8456",
    "https://www.example.com/maps/dir/?api=1&origin=-6.1,106.7&destination=-6.2088%2C106.8456",
    "https://www.example.com/maps/dir/-6.1,106.7/-6.2088,106.8456/@-6.15,106.75,13z",
    "https://www.example.com/maps/dir/Monas/Kota/@-6.1,106.8,15z/data=!4m14!4m13!1m5!1m1!1s0x0:0x0!2m2!1d106.82!2d-6.17!1m5"
    "!1m1!1s0x0:0x1!2m2!1d106.8456!2d-6.2088!3e0",
    "https://www.example.com/maps/search/?api=1&query=-6.2088%2C106.8456",
    "https://www.example.com/maps/search/-6.2088,+106.8456",
    "https://www.example.com/maps/place/Monas/@-6.1,106.9,15z/data=!3m1!8m2!3d-6.2088!4d106.8456",
    "https://www.example.com/maps/place/6%C2%B012'31.68%22S+106%C2%B050'44.16%22E/@-6.1,106.9,17z",
    "https://www.example.com/maps/@-6.2088,106.8456,17z",
    "https://www.example.com/maps/@-6.2088,106.8456,3a,75y,90h,90t/data=!3m6!1e1",
    "https://www.example.com/maps/@-6.2088,106.8456,500m/data=!3m1!1e3",
    "https://www.example.com/maps/embed?pb=!1m18!1m12!1m3!1d3966.5!2d106.8456!3d-6.2088!2m3!1f0!2f0!3f0",
    "google.navigation:q=-6.2088,106.8456&mode=d",
    "https://map.example/?mlat=-6.2088&mlon=106.8456#map=17/-6.1/106.9",
    "https://map.example/#map=17/-6.2088/106.8456",
    "https://map.example/?lat=-6.2088&lon=106.8456&zoom=17",
    "waze.example/ul?ll=-6.2088%2C106.8456&navigate=yes",
    "waze://?ll=-6.2088,106.8456",
    "https://www.example.com/live-map/directions?to=ll.-6.2088%2C106.8456&from=ll.-6.1%2C106.7",
    "https://maps.example/?ll=-6.2088,106.8456&q=Penanda&t=m",
    "https://maps.example/place?coordinate=-6.2088,106.8456&name=Rumah",
    "https://maps.example/?pt=106.8456,-6.2088",
    "https://maps.example/?cp=-6.2088~106.8456&lvl=17",
    "📍 Lokasi saya: https://maps.example/?q=-6.2088,106.8456",
]


@pytest.mark.parametrize("text", DECIMAL + DEGREES_AND_MINUTES + LINKS)
def test_every_writing_gives_the_same_point(text: str) -> None:
    point = read_point(text)
    assert point is not None
    assert point.point == pytest.approx(SCENE, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("-6.2088, 106.8456", ""),
        ("titik koordinat: -6.2088, 106.8456", ""),
        ("ini titik kordinatnya: -6.2088, 106.8456", ""),
        ("kebakaran di -6.2088, 106.8456 belakang pasar", "kebakaran di belakang pasar"),
        ("tolong pak, S 6.2088 E 106.8456 rumah saya", "tolong pak, rumah saya"),
        ("Jakarta Timur 6.2088 S 106.8456 E", "Jakarta Timur"),
        ("Blok T -6.2088, 106.8456", "Blok T"),
        ("ada kecelakaan https://maps.example/?q=-6.2088,106.8456 dekat jembatan", "ada kecelakaan dekat jembatan"),
        ("gudang terbakar, 6°12'31.68\"S 106°50'44.16\"E, RT 3", "gudang terbakar RT 3"),
    ],
)
def test_what_was_said_beside_the_point_is_kept(text: str, rest: str) -> None:
    point = read_point(text)
    assert point is not None
    assert point.point == pytest.approx(SCENE, abs=1e-6)
    assert " ".join(point.rest.replace(",", " ").split()) == rest.replace(",", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "rt 3 5",
        "3, 5",
        "Jl. Melati 2",
        "nan nan",
        "nan, 106.8456",
        "lat nan lon nan",
        "inf -inf",
        "RT 03/05",
        "geo:",
        "1,5",
        "Tol Jagorawi KM 12.400 13.600",
        "Tol KM 12+400 - 13+600",
        "Rp 12.500, 13.500",
        "jam 12:30:15 sampai 13:20:10",
        "0812 3456 7890",
        "Blok S 6 E 106",
        "6.2088 106.8456 12",
        "12.3456 67.8901 33.4444",
        "1.234.567, 2.345.678",
        "https://maps.example/aBcDeF123",
    ],
)
def test_what_is_not_a_point_is_none(text: str) -> None:
    assert read_point(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "-6.2088",
        "-6.2088,",
        "S 6.2088",
        "6°12'31.68\"S",
        "lintang -6.2088",
        "https://maps.example/?q=-6.2088",
        "https://maps.example/?q=-6.2088,",
        "https://map.example/?mlat=-6.2088",
        "https://www.example.com/maps/@-6.2088",
        "geo:-6.2088",
        "48M 702123",
        "6P58QR",
    ],
)
def test_half_a_point_is_none(text: str) -> None:
    assert read_point(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "999 999",
        "-96.2088, 206.8456",
        "6°72'31\"S 106°50'44\"E",
        "6°12'71\"S 106°50'44\"E",
        "S 96.2088 E 106.8456",
        "lat 96.2088 lon 106.8456",
        "6.2088 S 106.8456 S",
        "https://maps.example/?q=-96.2088,206.8456",
        "https://www.example.com/maps/@-96.2088,206.8456,17z",
        "https://www.example.com/maps/@-6.2088,106.8456,17z/data=!3d-96.2!4d206.8",
        "geo:-6.2088,106.8456;crs=EPSG:32748",
        "geo:0,0?q=Monas",
        "https://www.example.com/maps/dir/?api=1&origin=-6.1,106.7&destination=Monas",
        "48M 702123 2312345",
        "61M 702123 9312345",
        "48M 99 9312345",
    ],
)
def test_what_lies_nowhere_is_none(text: str) -> None:
    assert read_point(text) is None


def test_two_places_are_none_and_one_place_written_twice_is_that_place() -> None:
    assert read_point("dari -6.2088, 106.8456 ke -6.3088, 106.9456") is None
    assert read_point("https://maps.example/?q=-6.2,106.8 https://maps.example/?q=-6.3,106.9") is None
    twice = read_point("-6.2088, 106.8456 (6°12'31.7\"S 106°50'44.2\"E)")
    assert twice is not None
    assert twice.point == pytest.approx(SCENE, abs=1e-4)


def test_longitude_first_is_told_where_only_the_size_says_so() -> None:
    told = {text: read_point(text) for text in ("106.8456, -6.2088", "-6.2088, 106.8456", "E 106.8456 S 6.2088")}
    assert {text: point and point.is_lon_first for text, point in told.items()} == {
        "106.8456, -6.2088": True,
        "-6.2088, 106.8456": False,
        "E 106.8456 S 6.2088": False,
    }


@pytest.mark.parametrize(
    ("text", "least_m", "most_m"),
    [
        ("-6.20880, 106.84560", 10, 10),
        ("-6.2088, 106.8456", 10, 10),
        ("-6.209, 106.846", 55, 65),
        ("-6.2, 106.8", 5500, 6500),
        ("6°12'32\"S 106°50'44\"E", 10, 20),
        ("6° 12' LS 106° 50' BT", 930, 1100),
        ("6°12.5'S 106°50.7'E", 90, 110),
        ("6P58QRRV+2M", 10, 10),
        ("6P58QRRV+", 130, 200),
        ("6P580000+", 50_000, 70_000),
        ("48M 702123 9312345", 10, 10),
        ("geo:-6.2088,106.8456;u=35", 35, 35),
        ("https://www.example.com/maps/place/A/@-6.2,106.8,9z/data=!3d-6.2088!4d106.8456", 10, 10),
        ("https://www.example.com/maps/@-6.2088,106.8456,17z", 280, 320),
        ("https://www.example.com/maps/@-6.2088,106.8456,14z", 2300, 2500),
        ("https://www.example.com/maps/@-6.2088,106.8456,500m/data=!3m1!1e3", 250, 250),
        ("https://map.example/#map=17/-6.2088/106.8456", 280, 320),
    ],
)
def test_the_circle_is_as_wide_as_the_writing_leaves_it(text: str, least_m: float, most_m: float) -> None:
    point = read_point(text)
    assert point is not None
    assert least_m <= point.uncertainty_m <= most_m


@given(LATITUDES, LONGITUDES, st.integers(1, 6))
def test_the_circle_covers_nine_tenths_of_what_was_rounded_away(lat: float, lon: float, decimals: int) -> None:
    point = read_point(f"{lat:.{decimals}f}, {lon:.{decimals}f}")
    assert point is not None
    off_m = 111_320 * math.hypot(point.point.lat - lat, (point.point.lon - lon) * math.cos(math.radians(lat)))
    assert off_m <= max(10.0, point.uncertainty_m * math.sqrt(2) / 1.08 + 1e-6)  # the corners of the square


def _signed(lat: float, lon: float) -> str:
    return f"{lat:.6f}, {lon:.6f}"


def _with_commas(lat: float, lon: float) -> str:
    return f"{lat:.6f} {lon:.6f}".replace(".", ",")


def _lettered(lat: float, lon: float) -> str:
    return f"{abs(lat):.6f} {'LS' if lat < 0 else 'LU'}, {abs(lon):.6f} {'BB' if lon < 0 else 'BT'}"


def _in_minutes(lat: float, lon: float) -> str:
    def written(degrees: float) -> str:
        minutes = round(abs(degrees) * 60, 5)
        return f"{int(minutes // 60)}° {minutes % 60:.5f}'"

    return f"{'S' if lat < 0 else 'N'} {written(lat)} {'W' if lon < 0 else 'E'} {written(lon)}"


def _in_seconds(lat: float, lon: float) -> str:
    def written(degrees: float) -> str:
        hundredths = round(abs(degrees) * 360_000)
        return f"{hundredths // 360_000}°{hundredths // 6_000 % 60:02}'{hundredths % 6_000 / 100:05.2f}\""

    return f"{written(lat)}{'S' if lat < 0 else 'N'} {written(lon)}{'W' if lon < 0 else 'E'}"


def _as_geo_uri(lat: float, lon: float) -> str:
    return f"geo:{lat:.6f},{lon:.6f}"


def _as_link(lat: float, lon: float) -> str:
    return f"lihat https://maps.example/maps?q={lat:.6f}%2C{lon:.6f}&z=17"


WRITINGS = [_signed, _with_commas, _lettered, _in_minutes, _in_seconds, _as_geo_uri, _as_link]


@given(st.sampled_from(WRITINGS), LATITUDES, LONGITUDES)
def test_what_is_written_comes_back(writing: Callable[[float, float], str], lat: float, lon: float) -> None:
    if writing is _in_minutes:  # 59.99999' may be rounded up to 60', which nobody writes
        assume(all(round(abs(degrees) * 60, 5) % 60 < 59.999 for degrees in (lat, lon)))
    assume(abs(lat) > 1e-5 or abs(lon) > 1e-5)  # geo:0,0 is what phones write for a name alone
    point = read_point(writing(lat, lon))
    assert point is not None
    assert point.point == pytest.approx((lon, lat), abs=2e-6)


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    read_point(text)


PIECES = [
    "-6.2088", "106.8456", ",", " ", "°", "'", '"', "S", "E", "LS", "BT", "nan", "inf", "1e5", "-", "+", "/", "geo:",
    "https://m.example/", "?q=", "&ll=", "!3d", "!4d", "#map=", "17z", "@", "48M", "702123", "9312345", "6P58QRRV",
    ";u=", ";crs=", "%2C", "%", "%ud800", "\ud800", "\x00", "٣", "²", "９", "1" * 400, "0.", "lintang", "menit", "lat",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_is_read_of_broken_coordinates_lies_on_earth(text: str) -> None:
    point = read_point(text)
    assert point is None or (point.point.is_on_earth() and 10 <= point.uncertainty_m < 10_000_000)
