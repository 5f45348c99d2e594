"""Whatever is sent to the search gets an answer or a clear refusal, never an error of the server."""

import http.client
import itertools
import json
import math
from collections import Counter

import pytest

from tests.conftest import FULL
from tests.places import odd
from tests.world import City

COUNT = 10_000 if FULL else 500
SEED = 112
CLEAR = {
    400,
    413,
    414,
    422,
    431,
}  # what is wrong with the request; 401, 403 and 404 would be no answers to the question


class Asker:
    """Sends a query as it stands: clients that build addresses themselves would mend it."""

    def __init__(self, city: City) -> None:
        self.city, self.token = city, city.token("call_taker")
        self.connection = http.client.HTTPConnection("127.0.0.1", city.port, timeout=60)

    def ask(self, query: str) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self.token}"}
        self.connection.request("GET", f"/api/places/search?{query}", headers=headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()


@pytest.mark.timeout(3600 if FULL else 300)
def test_odd_queries_get_an_answer_or_a_clear_refusal(city: City) -> None:
    asker = Asker(city)
    met: Counter[int] = Counter()
    for query in itertools.islice(odd.queries(SEED), COUNT):
        status, body = asker.ask(query)
        met[status] += 1
        shown = query[:200]
        assert status == 200 or status in CLEAR, f"{status} for {shown}: {body[:200]!r}"
        if status == 200:
            assert_sound(json.loads(body), shown)
        else:
            assert body, shown
            asker.connection.close()
    assert met[200] > COUNT * 0.7, met  # most are answered: an endpoint that refuses everything would not do
    assert met[422] > 10, met


def assert_sound(answer: dict, query: str) -> None:  # type: ignore[type-arg]
    assert answer["type"] == "FeatureCollection", query
    assert len(answer["features"]) <= 50, query
    for feature in answer["features"]:
        lon, lat = feature["geometry"]["coordinates"]
        assert -180 <= lon <= 180, query
        assert -90 <= lat <= 90, query
        said = feature["properties"]
        assert math.isfinite(said["uncertainty_m"]), query
        assert said["uncertainty_m"] > 0, query
        assert 0 <= said["confidence"] <= 1, query
        assert said["label"], query


def test_the_supply_of_odd_queries_is_the_same_each_time_and_has_what_it_promises() -> None:
    first, again = ([*itertools.islice(odd.queries(SEED), 3000)] for _ in range(2))
    assert first == again
    assert all(query.isascii() and " " not in query and "\n" not in query for query in first)
    assert max(map(len, first)) > 10_000
    for promised in ("q=", "%ED%A0%80", "%00", "DROP%20TABLE", "nan", "%D7%", "%F0%9F", "%E2%80%AE"):
        assert any(promised in query for query in first), promised
