"""What real extracts of Indonesia lack, on the invented city: house numbers, blok, kilometre markers."""

import random

import pytest
import shapely

from geo112.city.extract import Extract, read_file
from geo112.city.features import place as is_place
from geo112.city.gazetteer import gather, named_areas
from geo112.city.indexing import index_of
from geo112.coordinates import LonLat
from geo112.places.geocode import Geocoder
from geo112.places.guess import distance_m
from tests.routing.osmnx_twin import REPOSITORY

MANY = 60


@pytest.fixture(scope="module")
def extract() -> Extract:
    return read_file(REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf")


@pytest.fixture(scope="module")
def geocoder(extract: Extract) -> Geocoder:
    return Geocoder(index_of(gather(extract, named_areas(extract, is_indonesia=True)), extract.house_numbers))


def test_houses_along_streets_are_found(extract: Extract, geocoder: Geocoder) -> None:
    houses = [house for house in extract.house_numbers if house.street and not house.block]
    asked = random.Random(1).sample(houses, MANY)
    found = 0
    for house in asked:
        point = shapely.from_wkb(house.shape)
        near = geocoder.search(f"{house.street} no {house.number}", focus=LonLat(point.x, point.y))[:3]
        found += any(each.kind == "house" and distance_m(each.point, LonLat(point.x, point.y)) < 5 for each in near)
    assert found >= 0.95 * MANY


def test_houses_of_estates_are_found_by_blok_and_number(extract: Extract, geocoder: Geocoder) -> None:
    houses = [house for house in extract.house_numbers if house.block]
    for number, house in enumerate(random.Random(1).sample(houses, MANY)):
        point = shapely.from_wkb(house.shape)
        said = (
            f"{house.street} blok {house.block} no {house.number}",
            f"{house.street} {house.block}/{house.number}",
            f"tolong kebakaran di perum {(house.street or '').removeprefix('Perumahan ')} blok {house.block}"
            f" nomor {house.number} cepat pak",
        )[number % 3]
        first = geocoder.search(said)[0]
        assert first.kind == "house", said
        assert distance_m(first.point, LonLat(point.x, point.y)) < 5, said


def test_kilometres_of_the_toll_road_are_found_between_its_markers(extract: Extract, geocoder: Geocoder) -> None:
    toll = {road.name for road in extract.roads if road.highway == "motorway" and road.name}
    assert toll
    markers = [each for each in extract.places if each.category == "milestone"]
    assert is_place({"highway": "milestone", "distance": "10.2"}) == ("milestone", "KM 10+200")
    on_toll = [each for each in markers if "+" in each.name or int(each.name[3:]) >= 10]
    found = 0
    for marker in random.Random(1).sample(on_toll, 20):
        point = shapely.from_wkb(marker.shape)
        answers = [each for name in sorted(toll) for each in geocoder.search(f"kecelakaan di {name} {marker.name}")[:2]]
        found += any(
            each.kind == "km" and distance_m(each.point, LonLat(point.x, point.y)) <= each.uncertainty_m
            for each in answers
        )
    assert found >= 19
