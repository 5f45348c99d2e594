"""The city over HTTP."""

import httpx
import pytest

from tests import town
from tests.world import City


def test_anybody_may_read_which_city_it_is(city: City) -> None:
    shown = httpx.get(f"{city.address}/api/city", trust_env=False).json()
    assert shown["name"] == "Kota Uji"
    assert len(shown["code"]) == 3
    assert shown["is_invented"] is False
    assert shown["zone_label"] == "WIB"
    assert shown["drives_left"] is True
    assert shown["clock"]["speed"] == 1
    corner, opposite = town.crossing(0, 0), town.crossing(5, 5)
    assert shown["bounds"] == pytest.approx([corner.lon, corner.lat, opposite.lon, opposite.lat])
    west, south, east, north = shown["bounds"]
    assert west <= shown["centre"]["lon"] <= east
    assert south <= shown["centre"]["lat"] <= north
    assert shown["road_nodes"] > 20
