"""Finding the scene by its words, over HTTP, on Kota Uji."""

from typing import Any

import httpx
import pytest

from geo112.coordinates import LonLat
from geo112.places.plus_codes import encode
from tests import town
from tests.world import City, Desk


@pytest.fixture
def desk(city: City) -> Desk:
    return city.desk("call_taker")


def search(desk: Desk, words: str, **more: Any) -> list[dict[str, Any]]:
    found = desk.ok("GET", "/api/places/search", params={"q": words, **more})
    assert found["type"] == "FeatureCollection"
    features: list[dict[str, Any]] = found["features"]
    return features


def is_at(feature: dict[str, Any], place: LonLat, within: float = 0.0003) -> bool:
    lon, lat = feature["geometry"]["coordinates"]
    return abs(lon - place.lon) < within and abs(lat - place.lat) < within


def test_the_first_candidate_is_what_was_said(desk: Desk) -> None:
    crossing = town.crossing(3, 4)
    expected = {
        "Pasar Kosambi": ("place", town.MARKET),
        "depan pasar kosambi, jalan anggrek": ("place", town.MARKET),
        "psr kosambi": ("place", town.MARKET),
        "pasar kosmabi": ("place", town.MARKET),
        "pasar kos": ("place", town.MARKET),
        "tolong pak kebakaran di dekat mesjid al ikhlas": ("place", town.crossing(2.1, 0.5)),
        "simpang Kenanga - Elang": ("crossing", crossing),
        "perempatan jl Kenanga dengan jln Elang": ("crossing", crossing),
        "Jl. Elang / Jl. Kenanga": ("crossing", crossing),
        "simpang kenangga elan": ("crossing", crossing),
        "jalan melati no 12": ("house", town.crossing(1.02, 1.3)),
        "-11.494, 107.508": ("coordinates", LonLat(107.508, -11.494)),
    }
    for words, (kind, place) in expected.items():
        first = search(desk, words)[0]
        assert first["properties"]["kind"] == kind, words
        assert is_at(first, place), words
        assert first["properties"]["why"], words


def test_a_street_is_found_and_its_circle_holds_it(desk: Desk) -> None:
    (first, *_) = search(desk, "jln rajawali")
    lon, lat = first["geometry"]["coordinates"]
    assert first["properties"]["label"].startswith("Jalan Rajawali")
    assert lon == pytest.approx(town.crossing(0, 3).lon)
    end = town.crossing(0, 3)
    assert abs(lat - end.lat) * 111_320 * 0.9 <= first["properties"]["uncertainty_m"] + 1


def test_a_street_in_a_kelurahan_is_the_part_that_lies_there(desk: Desk) -> None:
    west = search(desk, "Jl Teratai Kel. Sukamaju")[0]
    east = search(desk, "Jl Teratai kelurahan Sukamundur")[0]
    bridge = town.BRIDGE.lon
    assert west["geometry"]["coordinates"][0] < bridge < east["geometry"]["coordinates"][0]
    assert west["properties"]["areas"][0] == "Kel. Sukamaju"
    assert "di Kel. Sukamaju" in west["properties"]["why"]


def test_a_kelurahan_by_itself_is_that_area(desk: Desk) -> None:
    (first, *_) = search(desk, "kelurahan sukamundur")
    assert first["properties"]["kind"] == "kelurahan"
    assert first["properties"]["uncertainty_m"] > 500


def test_what_nobody_mapped_gives_no_candidate(desk: Desk) -> None:
    assert search(desk, "xyzzy qwrtp") == []
    assert search(desk, "") == []
    assert search(desk, "?!") == []


@pytest.mark.parametrize("words", ["'; DROP TABLE road; --", "%", "_" * 50, "\x00", "🔥" * 100, "a" * 9999, "1" * 400])
def test_odd_input_is_answered(desk: Desk, words: str) -> None:
    assert isinstance(search(desk, words), list)


def test_coordinates_come_first_and_a_clash_with_the_words_is_told(desk: Desk) -> None:
    beside = search(desk, f"{town.MARKET.lat:.5f}, {town.MARKET.lon:.5f} pasar kosambi")
    assert [each["properties"]["kind"] for each in beside[:2]] == ["coordinates", "place"]
    assert "yang disebut" not in beside[0]["properties"]["why"]
    elsewhere = search(desk, "rsud kota uji -11.499, 107.501")[0]["properties"]
    assert elsewhere["kind"] == "coordinates"
    assert "dari RSUD Kota Uji" in elsewhere["why"]
    assert "which was said too" in search(desk, "rsud kota uji -11.499, 107.501", lang="en")[0]["properties"]["why"]


def test_a_short_plus_code_is_near_the_place_beside_it(desk: Desk) -> None:
    full = encode(town.MARKET)
    (first, *_) = search(desk, f"{full[4:]} pasar kosambi")
    assert first["properties"]["kind"] == "coordinates"
    assert is_at(first, town.MARKET)
    assert is_at(search(desk, full[4:])[0], town.MARKET)  # the city is near enough


def test_reading_a_point_back(desk: Desk) -> None:
    place = town.crossing(0.1, 1.5)
    here = desk.ok("GET", "/api/places/reverse", params={"lon": place.lon, "lat": place.lat})["properties"]
    assert here["street"] == "Jalan Anggrek"
    assert here["areas"] == ["Kel. Sukamaju"]
    assert here["between"] == ["Jalan Kutilang", "Jalan Nuri"]
    assert here["label"] == "Jalan Anggrek, antara Jalan Kutilang dan Jalan Nuri, Kel. Sukamaju"
    assert here["landmark"]["name"] == "Pasar Kosambi"
    assert here["landmark"]["distance_m"] == pytest.approx(0.05 * town.STEP * 110_600, abs=2)
    sea = desk.ok("GET", "/api/places/reverse", params={"lon": 0, "lat": 0})["properties"]
    assert (sea["street"], sea["areas"], sea["landmark"]) == (None, [], None)


def test_a_point_at_a_crossing_or_an_end_is_read_back_by_one_street(desk: Desk) -> None:
    place = town.crossing(3, 1)
    here = desk.ok("GET", "/api/places/reverse", params={"lon": place.lon, "lat": place.lat})["properties"]
    assert {here["street"], *here["between"]} == {"Jalan Kenanga", "Jalan Kutilang"}
    assert "dekat" in here["label"]


def test_the_search_is_for_the_desks(city: City) -> None:
    path = "/api/places/search?q=pasar"
    assert httpx.get(f"{city.address}{path}", trust_env=False).status_code == 401
    assert city.desk("crew", opd="DAMKAR").get(path).status_code == 403
    assert city.desk("telephony").get(path).status_code == 403
    assert city.desk("dispatcher", opd="DAMKAR").get(path).status_code == 200
    assert city.desk("call_taker").get("/api/places/search?q=x&lat=nan&lon=1").status_code == 422
