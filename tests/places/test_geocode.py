"""What callers say, on grounds drawn for it: joined in space, cut to the area said, with an honest radius."""

import pytest

from geo112.coordinates import LonLat
from geo112.places.geocode import Geocoder
from geo112.places.guess import Candidate, distance_m
from tests.places.ground import Ground, Metres, at


def first(geocoder: Geocoder, text: str) -> Candidate:
    return geocoder.search(text)[0]


def is_near(candidate: Candidate, where: Metres, within_m: float = 30.0) -> bool:
    return distance_m(candidate.point, at(*where)) <= within_m


@pytest.fixture(scope="module")
def two_villages() -> Geocoder:
    """Two kelurahan side by side, with streets of the same names, and RW numbers that begin anew."""
    ground = Ground()
    for west, name in ((0, "Suka"), (2000, "Duka")):
        ground.area("kelurahan", name, west, 0, west + 2000, 2000)
        for number in range(4):
            ground.area("rw", f"RW 0{number + 1}", west + 500 * number, 0, west + 500 * (number + 1), 2000)
        ground.street("Jalan Melati", (west + 100, 500), (west + 900, 500))
        ground.street("Jalan Mawar", (west + 500, 100), (west + 500, 900))
        ground.street("Jalan Kenanga", (west + 1500, 100), (west + 1500, 900))
        ground.place("Masjid Al Barokah", "mosque", (west + 520, 700))
        ground.place("Kantor Kelurahan " + name, "government", (west + 1500, 1500))
    ground.street("Jalan Raya Timur", (100, 1000), (3900, 1000))
    ground.street("Gang 2", (700, 500), (700, 600))
    ground.place("SPBU", "fuel", (1600, 990))
    ground.place("SPBU", "fuel", (3600, 990))
    return ground.geocoder()


@pytest.mark.parametrize(
    ("text", "kind", "where"),
    [
        ("jl melati kel duka", "street", (2500, 500)),
        ("melati suka", "street", (500, 500)),
        ("simpang melati mawar kel suka", "crossing", (500, 500)),
        ("perempatan jl mawar sama jl melati, duka", "crossing", (2500, 500)),
        ("jl mawar / melati kelurahan suka", "crossing", (500, 500)),
        ("masjid al barokah jl mawar kel duka", "place", (2520, 700)),
        ("jalan mawar dekat masjid al barokah kel suka", "place", (520, 700)),
        ("mesjid al baroka suka", "place", (520, 700)),
        ("tolong pak kebakaran di belakang masjid al barokah kelurahan duka banyak asap", "place", (2520, 700)),
        ("rw 3 duka", "rw", (3250, 1000)),
        ("RT 05/03 kelurahan Suka", "rw", (1250, 1000)),
        ("kelurahan duka", "kelurahan", (3000, 1000)),
        ("samping kelurahan duka", "place", (3500, 1500)),
        ("jl raya timur rw 03 kel duka", "street", (3250, 1000)),
        ("jalan melati gang 2 kel suka", "street", (700, 550)),
        ("spbu jl raya timur kel duka", "place", (3600, 990)),
        ("pom bensin kel suka", "place", (1600, 990)),
    ],
)  # fmt: skip
def test_what_is_said_is_joined_in_space(two_villages: Geocoder, text: str, kind: str, where: Metres) -> None:
    found = first(two_villages, text)
    assert found.kind == kind
    assert is_near(found, where, 60.0), found


def test_streets_of_one_name_are_all_told_and_none_is_sure(two_villages: Geocoder) -> None:
    both = two_villages.search("jalan melati")[:2]
    assert {candidate.areas[-1] for candidate in both} == {"Kel. Suka", "Kel. Duka"}
    assert both[0].confidence < 0.8
    sure = first(two_villages, "jalan melati kel duka")
    assert sure.confidence > both[0].confidence
    assert "di Kel. Duka" in [why.words_id for why in sure.why]


def test_where_the_caller_is_pulls_the_ranking_and_what_is_far_says_so(two_villages: Geocoder) -> None:
    for where, area in (((500, 400), "Kel. Suka"), ((2500, 400), "Kel. Duka")):
        assert two_villages.search("jalan melati", focus=at(*where))[0].areas[-1] == area
    far = two_villages.search("jalan melati kel duka", focus=at(-7500, 500))[0]
    assert any("10 km" in why.words_id for why in far.why)


def test_a_clash_of_the_words_is_told() -> None:
    ground = Ground()
    ground.area("kelurahan", "Kenanga", 0, 0, 2000, 2000)
    ground.area("kelurahan", "Duka", 2000, 0, 4000, 2000)
    ground.street("Jalan Cendrawasih", (2500, 500), (3500, 500))
    found = {each.kind: each for each in ground.geocoder().search("jalan cendrawasih kel kenanga")}
    assert "tidak di Kel. Kenanga yang disebut" in [why.words_id for why in found["street"].why]
    assert found["street"].confidence < 0.6


def test_a_long_street_is_offered_in_parts_too(two_villages: Geocoder) -> None:
    found = two_villages.search("jalan raya timur")
    assert is_near(found[0], (2000, 1000))
    parts = {candidate.areas[0]: candidate for candidate in found[1:] if candidate.label.startswith("Jalan Raya Timur")}
    assert is_near(parts["Kel. Suka"], (1050, 1000))
    assert is_near(parts["Kel. Duka"], (2950, 1000))
    assert parts["Kel. Duka"].uncertainty_m < found[0].uncertainty_m


def test_an_area_that_was_said_is_not_passed_over(two_villages: Geocoder) -> None:
    """Jalan Cendrawasih is nowhere: the answer is the kelurahan, not a street of another one."""
    assert first(two_villages, "jalan cendrawasih nomor 5 kelurahan suka").kind == "kelurahan"


def test_the_circle_of_a_street_holds_its_ends(two_villages: Geocoder) -> None:
    street = first(two_villages, "jl melati kel duka")
    assert all(distance_m(street.point, at(east, 500)) <= street.uncertainty_m for east in (2100, 2900))
    assert "“depan” tidak diukur" in [
        why.words_id for why in first(two_villages, "depan masjid al barokah kel duka").why
    ]


@pytest.fixture(scope="module")
def toll_road() -> Geocoder:
    """A toll road of two carriageways with a marker each kilometre but the fourth, and a town at either end."""
    ground = Ground()
    ground.area("kota", "Kota Barat", -3000, -1500, -500, 1500)
    ground.area("kota", "Kota Timur", 6500, -1500, 9000, 1500)
    ground.street("Jalan Tol Utama", (0, 0), (6000, 0), lanes=(((6000, 30), (0, 30)),))
    for km in (0, 1, 2, 3, 5, 6):
        ground.place(f"KM {10 + km}", "milestone", (1000 * km, -10))
    ground.street("Jalan Raya Utama", (0, 4000), (3000, 4000))
    return ground.geocoder()


@pytest.mark.parametrize(
    ("text", "where", "within_m"),
    [
        ("tol utama km 12", (2000, 0), 25),
        ("Tol Utama KM 12+400", (2400, 15), 25),
        ("kecelakaan di jalan tol utama km 14", (4000, 15), 25),
        ("tol utama km 13,5 arah kota timur", (3500, 0), 5),
        ("tol utama km 13,5 arah kota barat", (3500, 30), 5),
    ],
)
def test_a_kilometre_is_found_between_its_markers(
    toll_road: Geocoder, text: str, where: Metres, within_m: float
) -> None:
    found = first(toll_road, text)
    assert found.kind == "km"
    assert is_near(found, where, within_m), found
    assert found.uncertainty_m <= 400


def test_a_kilometre_that_no_marker_tells_is_said_to_be_unknown(toll_road: Geocoder) -> None:
    for text in ("tol utama km 45", "jalan raya utama km 1"):
        found = first(toll_road, text)
        assert found.kind == "street"
        assert any("tidak ada di peta" in why.words_id for why in found.why)


@pytest.fixture(scope="module")
def houses() -> Geocoder:
    """Even numbers north, odd ones south, every 20 m, with gaps; and an estate that goes by blok."""
    ground = Ground()
    ground.street("Jalan Melati", (0, 0), (1000, 0))
    ground.street("Jalan Mawar", (0, 60), (1000, 60))
    for number in (2, 4, 6, 12, 14):
        ground.house("Jalan Melati", str(number), (number * 20, 15))
    for number in (1, 3, 5, 7, 21):
        ground.house("Jl. Melati", str(number), (number * 20, -15))
    ground.house("Jalan Melati", "7A", (150, -15))
    ground.house("Jalan Mawar", "12", (900, 70))
    outline = ((2000, 0), (2400, 0), (2400, 400), (2000, 400))
    ground.place("Perumahan Griya Asri", "residential", (2200, 200), outline)
    for row in range(3):
        block = ((2000, 100 * row), (2400, 100 * row), (2400, 100 * row + 80), (2000, 100 * row + 80))
        ground.place(f"Blok C{row + 1}", "city_block", (2200, 100 * row + 40), block)
        ground.place(f"Blok C{row + 1}", "city_block", (5200, 100 * row + 40))
        ground.house("Perumahan Griya Asri", "12", (2300, 100 * row + 20), block=f"C{row + 1}")
    return ground.geocoder()


@pytest.mark.parametrize(
    ("text", "where", "within_m"),
    [
        ("jl melati no 12", (240, 15), 1),
        ("jalan melati nomor 7a", (150, -15), 1),
        ("jln melati no. 12 A", (240, 15), 45),
        ("jl mawar no 12", (900, 70), 1),
        ("jl melati no 8", (160, 0), 45),
        ("melati no 13", (260, 0), 100),
    ],
)
def test_a_house_is_found_or_stands_between_its_neighbours(
    houses: Geocoder, text: str, where: Metres, within_m: float
) -> None:
    found = first(houses, text)
    assert found.kind == "house"
    assert is_near(found, where, within_m), found
    assert distance_m(found.point, at(*where)) <= found.uncertainty_m


def test_a_number_beyond_all_that_are_mapped_is_the_street_and_says_so(houses: Geocoder) -> None:
    found = first(houses, "jl melati no 350")
    assert found.kind == "street"
    assert "nomor 350 tidak ada di peta" in [why.words_id for why in found.why]
    assert found.uncertainty_m >= 450


@pytest.mark.parametrize(
    ("text", "where", "within_m"),
    [
        ("perum griya asri", (2200, 200), 5),
        ("perumahan griya asri blok c2", (2200, 140), 5),
        ("Blok C3 perum griya asri", (2200, 240), 5),
        ("griya asri blok C2 no 12", (2300, 120), 5),
        ("griya asri blok C3/12", (2300, 220), 5),
    ],
)
def test_a_blok_lies_in_its_perumahan(houses: Geocoder, text: str, where: Metres, within_m: float) -> None:
    assert is_near(first(houses, text), where, within_m), houses.search(text)[:3]


@pytest.fixture(scope="module")
def stretch() -> Geocoder:
    ground = Ground()
    ground.street("Jalan Sudirman", (0, 0), (3000, 0))
    ground.street("Jalan Melati", (1000, -200), (1000, 200))
    ground.street("Jalan Mawar", (1400, -200), (1400, 200))
    ground.street("Jalan Mawar", (9000, -200), (9000, 200))
    ground.place("Pasar Kosambi", "market", (2000, 30))
    ground.place("Masjid An Nur", "mosque", (2300, -30))
    ground.place("Puskesmas Pandian", "clinic", (500, 20))
    return ground.geocoder()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("jl sudirman antara jl melati dan jl mawar", (1200, 0)),
        ("jalan sudirman antara pasar kosambi dan masjid an nur", (2150, 0)),
        ("antara pasar kosambi dan masjid an nur", (2150, 0)),
        ("Jl. Sudirman (barat Puskesmas Pandian)", (440, 20)),
    ],
)
def test_a_stretch_between_two_things_is_its_middle(stretch: Geocoder, text: str, where: Metres) -> None:
    found = first(stretch, text)
    assert is_near(found, where, 10.0), found
    assert found.uncertainty_m >= 60


def test_a_famous_crossing_is_a_place_by_itself() -> None:
    ground = Ground()
    ground.place("Simpang Lima", "junction", (0, 0))
    ground.street("Jalan Lima", (900, 0), (1200, 0))
    assert first(ground.geocoder(), "simpang lima").label == "Simpang Lima"


def test_nothing_said_is_nothing_found(stretch: Geocoder) -> None:
    for text in ("", "?!", "xyzzy qwrtp", "tolong pak cepat", "antara", "km 5", "no 7", "simpang"):
        assert stretch.search(text) == [], text


def test_no_names_at_all_are_no_error() -> None:
    assert Ground().geocoder().search("jalan melati") == []


def test_a_candidate_lies_where_it_says(two_villages: Geocoder) -> None:
    for candidate in two_villages.search("jalan raya timur rw 02", limit=8):
        assert isinstance(candidate.point, LonLat)
        assert 0 <= candidate.confidence <= 1
        assert candidate.uncertainty_m > 0


def test_part_of_a_longer_name_is_not_heard_as_a_name_of_its_own() -> None:
    ground = Ground()
    ground.street("Jalan Gebang", (0, 0), (900, 0))
    ground.place("Perumahan Pulo Gebang Permai", "residential", (4000, 4000))
    ground.street("Jalan Permai", (0, 500), (900, 500))
    assert first(ground.geocoder(), "banjir di pulo gebang permai").label == "Perumahan Pulo Gebang Permai"


def test_many_of_one_name_do_not_hide_what_other_words_tell() -> None:
    ground = Ground()
    for number in range(6):
        ground.place("Gereja HKBP", "church", (3000 * number, 5000))
    ground.street("Jalan Tanah Merah", (0, 0), (900, 0))
    found = ground.geocoder().search("tanah merah sekitar gereja hkbp")
    assert [candidate.label for candidate in found[:3]] == ["Gereja HKBP"] * 3
    assert found[3].label == "Jalan Tanah Merah"
