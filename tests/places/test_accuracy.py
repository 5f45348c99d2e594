"""Phrases of callers on the real Jakarta: right first, right within five, honest circles, honest confidence.

The lines are those the search has to reach; docs/places/accuracy.md has the figures reached and every miss of a report.
"""

import pytest

from geo112.city.extract import read_file
from geo112.city.gazetteer import gather, named_areas
from geo112.city.indexing import index_of
from geo112.coordinates import LonLat
from geo112.places.geocode import Geocoder
from geo112.places.notation import read_point, read_short_code
from tests.bench.places.measures import Judged, by_kind, figures, judge, success
from tests.bench.places.questions import Candidate, Question, read_questions
from tests.conftest import EXTRACTS

pytestmark = pytest.mark.extract

LEAST = {  # kind: right first, right within five
    "addr_indep": (0.93, 0.98),
    "coord": (1.0, 1.0),
    "intersection": (0.0, 0.95),
    "multi": (0.0, 0.95),
    "poi_street": (0.0, 0.95),
    "real_report": (0.82, 0.92),
    "street_rtrw": (0.0, 0.95),
}


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    extract = read_file(EXTRACTS / "jakarta" / "jakarta.osm.pbf")
    geocoder = Geocoder(index_of(gather(extract, named_areas(extract, is_indonesia=True)), extract.house_numbers))
    questions = read_questions(EXTRACTS / "geocoding" / "practice.jsonl")
    return [judge(question, answer(geocoder, question)) for question in questions]


def answer(geocoder: Geocoder, question: Question) -> list[Candidate]:
    written = read_point(question.query)
    if written is None and (short := read_short_code(question.query)):
        near = geocoder.search(short.rest, limit=1)
        written = short.near(near[0].point) if near else None
    if written is not None:
        return [Candidate((written.point.lat, written.point.lon), written.uncertainty_m, 1.0)]
    focus = LonLat(question.focus[1], question.focus[0]) if question.focus else None
    found = geocoder.search(question.query, focus=focus)
    return [Candidate((each.point.lat, each.point.lon), each.uncertainty_m, each.confidence) for each in found]


def test_the_right_point_is_first_and_within_five(judged: list[Judged]) -> None:
    assert success(judged, 1) >= 0.95
    assert success(judged, 5) >= 0.985
    for kind, answers in by_kind(judged).items():
        first, within_five = LEAST.get(kind, (0.0, 0.0))
        assert success(answers, 1) >= first, kind
        assert success(answers, 5) >= within_five, kind


def test_circles_and_confidence_are_honest(judged: list[Judged]) -> None:
    found = figures(judged)
    assert found["radius_covers"] >= 0.90
    assert found["radius_median_m"] <= 250
    assert found["confident_right"] >= 0.95
    assert found["confident_share"] >= 0.5  # a search that is never sure would be right too
