"""What OSM tags are to us."""

import pytest

from geo112.city import features, identity
from geo112.city.spelling import normal
from geo112.coordinates import LonLat


@pytest.mark.parametrize(
    ("level", "name", "kind"),
    [
        (5, "Kota Jakarta Selatan", "kota"),
        (6, "Tebet", "kecamatan"),
        (7, "Manggarai", "kelurahan"),
        (9, "RW 05", "rw"),
        (8, "RW 5", "rw"),
        (9, "RT 03", "rt"),
        (8, "Dusun Krajan", "area"),
        (4, "DKI Jakarta", None),
        (2, "Indonesia", None),
    ],
)
def test_an_indonesian_border_is_known_by_level_and_name(level: int, name: str, kind: str | None) -> None:
    assert features.area_kind(level, name, is_indonesia=True) == kind


def test_a_municipality_elsewhere_is_an_area() -> None:
    assert features.area_kind(8, "Vaduz", is_indonesia=False) == "area"
    assert features.area_kind(2, "Liechtenstein", is_indonesia=False) is None


@pytest.mark.parametrize(
    ("kind", "name", "shown"),
    [
        ("rw", "RW 5", "RW 05"),
        ("kelurahan", "Kelurahan Melati", "Kel. Melati"),
        ("kelurahan", "Desa Suka", "Desa Suka"),
        ("kelurahan", "Melati", "Kel. Melati"),
        ("kecamatan", "Tebet", "Kec. Tebet"),
    ],
)
def test_an_area_is_named_with_its_rank(kind: str, name: str, shown: str) -> None:
    assert features.area_name(kind, name) == shown


@pytest.mark.parametrize(
    ("tags", "direction"),
    [
        ({"highway": "residential"}, 0),
        ({"highway": "residential", "oneway": "yes"}, 1),
        ({"highway": "residential", "oneway": "-1"}, -1),
        ({"highway": "motorway"}, 1),
        ({"highway": "motorway", "oneway": "no"}, 0),
        ({"highway": "tertiary", "junction": "roundabout"}, 1),
    ],
)
def test_the_direction_of_a_road_follows_its_tags(tags: dict[str, str], direction: int) -> None:
    assert features.oneway(tags) == direction


@pytest.mark.parametrize(
    ("tags", "place"),
    [
        ({"amenity": "place_of_worship", "religion": "muslim", "name": "An Nur"}, ("mosque", "An Nur")),
        ({"amenity": "fire_station"}, ("fire_station", "Pos Pemadam Kebakaran")),
        ({"amenity": "marketplace", "name": "Pasar Baru"}, ("market", "Pasar Baru")),
        ({"emergency": "ambulance_station", "name": "PSC"}, ("ambulance_station", "PSC")),
        ({"building": "yes", "name": "Gedung A"}, ("building", "Gedung A")),
        ({"emergency": "fire_hydrant", "name": "12"}, None),
        ({"natural": "tree", "name": "Beringin"}, None),
        ({"amenity": "bench"}, None),
        ({"amenity": "restaurant"}, None),
    ],
)
def test_a_place_has_a_kind_and_a_name(tags: dict[str, str], place: tuple[str, str] | None) -> None:
    assert features.place(tags) == place


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jl. Pejaten Raya", "jalan pejaten raya"),
        ("jln Kramat V", "Kramat lima"),
        ("Jalan KH. Samanhudi", "jl k.h. samanhudi"),
        ("Jl Soetomo", "jalan Sutomo"),
        ("Mesjid At-Taqwa", "masjid at taqwa"),
        ("RW 05", "rw 5"),
        ("Pom bensin Cawang", "SPBU Cawang"),
        ("Jl. Gading Brt IX", "Jalan Gading Barat 9"),
        ("Djalan Tjikini", "jalan cikini"),
    ],
)
def test_two_writings_of_one_name_are_the_same(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Gang Melati", "Jalan Melati"), ("Kramat V", "Kramat VI"), ("MT Haryono", "Mount Haryono")],
)
def test_two_names_are_not_made_one(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@pytest.mark.parametrize(
    ("file", "name", "code"),
    [
        ("jakarta.osm.pbf", "Jakarta", "JKT"),
        ("liechtenstein-latest.osm.pbf", "Liechtenstein", "LCH"),
        ("north-bayreuth.osm.gz", "North Bayreuth", "NRT"),
        ("bandung-tangerang.osm.pbf", "Bandung Tangerang", "BDG"),
        ("Kota Contoh", "Kota Contoh", "KCT"),
        ("a.osm", "A", "AXX"),
    ],
)
def test_a_city_has_a_name_and_three_letters(file: str, name: str, code: str) -> None:
    assert identity.name_of_file(file) == name
    assert identity.code(name) == code


def test_one_drives_on_the_left_in_indonesia_alone() -> None:
    assert identity.is_indonesia(LonLat(106.8, -6.2))
    assert identity.is_indonesia(LonLat(109.2, -12.0))  # the invented city, in the sea south of Java
    assert not identity.is_indonesia(LonLat(9.5, 47.1))


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"highway": "milestone", "distance": "12"}, "KM 12"),
        ({"highway": "milestone", "distance": "7.5"}, "KM 7+500"),
        ({"highway": "milestone", "name": "KM 12+400"}, "KM 12+400"),
        ({"highway": "milestone", "name": "KM 12+050"}, "KM 12+050"),
        ({"highway": "milestone", "ref": "A2 km 31"}, "KM 31"),
        ({"amenity": "fuel", "addr:milestone": "26"}, "KM 26"),
    ],
)
def test_a_marker_is_named_as_it_is_spoken_of(tags: dict[str, str], name: str) -> None:
    assert features.place(tags) == ("milestone", name)


def test_a_marker_that_tells_nothing_is_none() -> None:
    assert features.place({"highway": "milestone"}) is None
