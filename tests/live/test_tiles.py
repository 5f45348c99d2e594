"""The base map's tiles, read by a reader of our own."""

import math

from geo112.coordinates import LonLat
from geo112.live.tiles import Kept, is_tile
from tests import town
from tests.live import mvt
from tests.world import City


def tile_of(place: LonLat, z: int) -> tuple[int, int, float, float]:
    """Return x and y of the tile that holds `place`, and where in its 4096 × 4096 (OSM wiki, Slippy map tilenames)."""
    x = (place.lon + 180) / 360 * 2**z
    y = (1 - math.asinh(math.tan(math.radians(place.lat))) / math.pi) / 2 * 2**z
    return int(x), int(y), (x - int(x)) * 4096, (y - int(y)) * 4096


def names(layers: dict[str, list[mvt.Feature]], layer: str) -> set[object]:
    return {feature.tags.get("name") for feature in layers.get(layer, [])}


def test_a_tile_holds_the_town(city: City) -> None:
    desk = city.desk("dispatcher", opd="DAMKAR")

    def layers(place: LonLat, z: int) -> dict[str, list[mvt.Feature]]:
        x, y, _, _ = tile_of(place, z)
        answer = desk.get(f"/api/tiles/{z}/{x}/{y}.mvt")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        return mvt.read(answer.content)

    near = layers(town.BRIDGE, 15)
    bridge = [feature for feature in near["road"] if feature.tags.get("bridge")]
    assert {feature.tags["name"] for feature in bridge} == {"Jalan Teratai"}
    assert {feature.tags["kind"] for feature in bridge} == {"primary"}
    assert {feature.kind for feature in near["road"]} == {2}
    assert names(near, "water") == {"Kali Uji"}
    assert names(near, "area") == {"Sukamaju", "Sukamundur"}

    _, _, east, south = tile_of(town.MARKET, 16)
    market = [each for each in layers(town.MARKET, 16)["poi"] if each.tags["name"] == "Pasar Kosambi"]
    assert [each.tags["kind"] for each in market] == ["market"]
    assert abs(market[0].first[0] - east) <= 1
    assert abs(market[0].first[1] - south) <= 1

    house = layers(town.crossing(1.02, 1.3), 17)["house_number"]
    assert [each.tags["number"] for each in house] == ["12"]


def test_a_layer_begins_at_its_zoom(city: City) -> None:
    desk = city.desk("supervisor")

    def layers(place: LonLat, z: int) -> dict[str, list[mvt.Feature]]:
        x, y, _, _ = tile_of(place, z)
        return mvt.read(desk.get(f"/api/tiles/{z}/{x}/{y}.mvt").content)

    assert {each.tags["kind"] for each in layers(town.BRIDGE, 11)["road"]} == {"primary"}
    assert "local" in {each.tags["kind"] for each in layers(town.BRIDGE, 12)["road"]}
    market = town.MARKET
    assert "Pasar Kosambi" not in names(layers(market, 12), "poi")
    assert "Pasar Kosambi" in names(layers(market, 13), "poi")
    assert "RSUD Kota Uji" in names(layers(market, 11), "poi")
    assert "house_number" not in layers(town.crossing(1.02, 1.3), 16)


def test_a_tile_far_away_is_empty_and_one_outside_the_world_is_not_found(city: City) -> None:
    desk = city.desk("planner")
    empty = desk.get("/api/tiles/12/100/100.mvt")
    assert (empty.status_code, empty.content) == (200, b"")
    for path in ("3/8/0", "3/0/-1", "40/0/0"):
        assert desk.get(f"/api/tiles/{path}.mvt").status_code in (404, 422)


def test_a_browser_may_keep_a_tile_of_the_import_it_names(city: City) -> None:
    desk = city.desk("crew", opd="DAMKAR")
    import_id = desk.ok("GET", "/api/city")["import_id"]
    x, y, _, _ = tile_of(town.BRIDGE, 14)
    kept = desk.get(f"/api/tiles/14/{x}/{y}.mvt?v={import_id}")
    assert "immutable" in kept.headers["cache-control"]
    assert desk.get(f"/api/tiles/14/{x}/{y}.mvt?v={import_id + 1}").headers["cache-control"] == "private, no-cache"
    again = desk.get(f"/api/tiles/14/{x}/{y}.mvt", headers={"If-None-Match": kept.headers["etag"]})
    assert again.status_code == 304


def test_the_map_is_for_those_signed_in(city: City) -> None:
    import httpx

    assert httpx.get(f"{city.address}/api/tiles/14/0/0.mvt", trust_env=False).status_code == 401
    assert city.desk("telephony").get("/api/tiles/14/0/0.mvt").status_code == 403


def test_the_tiles_used_last_are_kept_up_to_a_number_of_bytes() -> None:
    kept = Kept(limit_bytes=10)
    for x in range(3):
        kept.put((1, 5, x, 0), b"1234")
    assert kept.get((1, 5, 0, 0)) is None
    assert kept.get((1, 5, 1, 0)) == b"1234"
    kept.put((1, 5, 3, 0), b"1234")  # pushes out the one that was not looked at
    assert kept.get((1, 5, 2, 0)) is None
    assert kept.get((1, 5, 1, 0)) == b"1234"


def test_there_are_four_to_the_zoom_tiles() -> None:
    assert sum(is_tile(2, x, y) for x in range(-1, 6) for y in range(-1, 6)) == 16
