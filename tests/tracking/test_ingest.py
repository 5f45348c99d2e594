"""The crew page's batches, exactly as c.0 of the wire formats has them."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.town import crossing
from tests.world import City, Desk

_numbers = count(1)


class Phone:
    """A crew's phone, with a unit of its own that was never heard of."""

    def __init__(self, city: City) -> None:
        self.city = city
        sign = f"DMK-{next(_numbers)}"
        self.unit = city.unit(sign, at=crossing(0, 0), position=False)
        self.desk: Desk = city.desk("crew", unit=sign)

    def send(self, *fixes: Any, **envelope: Any) -> dict[str, list[Any]]:
        answer = self.desk.ok("POST", "/ingest/crew", json={"fixes": list(fixes), **envelope})
        assert isinstance(answer, dict)
        return answer

    def post(self, body: bytes | str) -> httpx.Response:
        return self.desk.post("/ingest/crew", content=body, headers={"Content-Type": "application/json"})

    def ids(self) -> set[str]:
        return {str(one) for (one,) in self.city.sql("SELECT client_id FROM fix WHERE unit_id = %s", self.unit)}

    def marker(self) -> tuple[Any, ...]:
        """Return lon, lat, fixed_at, heard_at of the newest position."""
        found = self.city.sql("SELECT lon, lat, fixed_at, heard_at FROM unit_position WHERE unit_id = %s", self.unit)
        return found[0] if found else ()

    def aside(self) -> list[tuple[str, str]]:
        return [
            (said, code)
            for said, code in self.city.sql(
                "SELECT client_id, code FROM quarantine WHERE unit_id = %s ORDER BY id", self.unit
            )
        ]


@pytest.fixture
def phone(shared_city: City) -> Phone:
    return Phone(shared_city)


def now() -> datetime:
    return datetime.now(UTC)


def fix(seconds_ago: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "fixed_at": (now() - timedelta(seconds=seconds_ago)).isoformat().replace("+00:00", "Z"),
        "lon": 107.501,
        "lat": -11.499,
        "accuracy_m": 9,
        "speed_mps": 8.3,
        "bearing_deg": 63,
        "battery": 0.62,
        "kind": "fix",
        **more,
    }


def test_what_is_sent_is_stored_as_it_came_and_a_resend_is_recognised(phone: Phone) -> None:
    batch = [fix(3), fix(2, kind="manual"), fix(1, kind="heartbeat")]
    ids = [one["id"] for one in batch]
    assert phone.send(*batch, sent_at=now().isoformat()) == {"stored": ids, "already": [], "quarantined": []}
    assert phone.send(*batch) == {"stored": [], "already": ids, "quarantined": []}
    more = fix()
    assert phone.send(*batch, more) == {"stored": [more["id"]], "already": ids, "quarantined": []}
    rows = phone.city.sql(
        "SELECT client_id, kind, lon, lat, accuracy_m, speed_mps, bearing_deg, battery, fixed_at FROM fix"
        " WHERE unit_id = %s",
        phone.unit,
    )
    kept = {str(row[0]): row[1:] for row in rows}
    for one in [*batch, more]:
        expected = tuple(
            one[key] for key in ("kind", "lon", "lat", "accuracy_m", "speed_mps", "bearing_deg", "battery")
        )
        assert kept[one["id"]] == (*expected, datetime.fromisoformat(one["fixed_at"]))


def test_only_id_time_and_place_are_needed(phone: Phone) -> None:
    bare = {"id": str(uuid.uuid4()), "fixed_at": "2026-11-23T15:04:10.800Z", "lon": 106.8, "lat": -6.2}
    assert phone.send(bare)["stored"] == [bare["id"]]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"lon": 0, "lat": 0}, "null_island"),
        ({"lon": 180.1}, "off_earth"),
        ({"lat": -90.5}, "off_earth"),
        ({"lon": 1e300}, "off_earth"),
        ({"speed_mps": 120}, "impossible_speed"),
        ({"lon": None}, "unreadable"),
        ({"lon": "107.5"}, "unreadable"),
        ({"fixed_at": "kemarin"}, "unreadable"),
        ({"fixed_at": 1764000000}, "unreadable"),
        ({"kind": "rahasia"}, "unreadable"),
        ({"battery": "penuh"}, "unreadable"),
        ({"id": "bukan-uuid"}, "bad_id"),
        ({"id": "\x00"}, "bad_id"),
        ({"id": "bukan-uuid", "catatan": "a\x00b", "c\x00": ["\\u0000"]}, "bad_id"),
        ({"id": ""}, "bad_id"),
        ({"id": 12}, "unreadable"),
    ],
)
def test_what_cannot_be_believed_is_put_aside_and_holds_up_nothing(
    phone: Phone, wrong: dict[str, Any], code: str
) -> None:
    good, bad = fix(), fix(**wrong)
    said = str(bad["id"])
    answer = phone.send(bad, good)
    assert answer == {"stored": [good["id"]], "already": [], "quarantined": [{"id": said, "code": code}]}
    assert phone.aside() == [(said.replace("\x00", ""), code)]
    assert phone.ids() == {good["id"]}
    assert phone.marker()[:2] == (107.501, -11.499)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"fixes": 3}',
        b'{"fixes": [NaN]}',
        b"\xff\xfe",
        b'"x"',
        b"null",
        b'{"fixes": ' + b"[" * 9_000,
    ],
)
def test_what_is_no_batch_is_answered_422_as_a_problem(phone: Phone, body: bytes) -> None:
    answer = phone.post(body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unreadable_batch"


def test_at_most_200_fixes(phone: Phone) -> None:
    batch = [fix(number) for number in range(201)]
    refused = phone.desk.post("/ingest/crew", json={"fixes": batch})
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert phone.ids() == set(), "nothing of it was kept: the phone halves it and sends all of it again"
    assert len(phone.send(*batch[:200])["stored"]) == 200
    assert phone.send(*batch[200:])["stored"] == [batch[200]["id"]]


def test_at_most_256_kilobytes(phone: Phone) -> None:
    one = fix()
    frame = json.dumps({"fixes": [one], "pad": ""})
    limit = 256 * 1024
    assert phone.post(frame[:-2] + "x" * (limit - len(frame)) + '"}').status_code == 200
    refused = phone.post(frame[:-2] + "x" * (limit - len(frame) + 1) + '"}')
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


def test_an_empty_batch_is_answered_with_nothing(phone: Phone) -> None:
    assert phone.send() == {"stored": [], "already": [], "quarantined": []}


def test_a_revoked_token_stops_the_phone(phone: Phone) -> None:
    phone.city.sql("UPDATE token SET revoked_at = now() WHERE unit_id = %s", phone.unit)
    answer = phone.desk.post("/ingest/crew", json={"fixes": [fix()]})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert phone.ids() == set()


def test_the_id_comes_back_as_the_phone_wrote_it(phone: Phone) -> None:
    """Only by its own writing does the phone know what it may forget."""
    large = fix(id=str(uuid.uuid4()).upper())
    assert phone.send(large)["stored"] == [large["id"]]
    assert phone.send(large)["already"] == [large["id"]]


def test_an_id_twice_in_a_batch_is_answered_once(phone: Phone) -> None:
    one = fix()
    assert phone.send(one, one) == {"stored": [one["id"]], "already": [], "quarantined": []}
    other = fix()
    mixed = phone.send({**other, "lon": 500}, other, {**other, "lat": "x"})
    assert mixed == {"stored": [other["id"]], "already": [], "quarantined": []}


def test_two_units_may_use_the_same_id(shared_city: City) -> None:
    one, two, same = Phone(shared_city), Phone(shared_city), fix()
    assert one.send(same)["stored"] == two.send(same)["stored"] == [same["id"]]


# The marker


def test_a_heartbeat_says_that_the_phone_is_there_and_not_where(phone: Phone) -> None:
    phone.send(fix(20, lon=107.501))
    before = phone.marker()
    phone.send(fix(0, lon=107.505, kind="heartbeat"))
    after = phone.marker()
    assert after[:3] == before[:3]
    assert after[3] > before[3]


def test_a_heartbeat_alone_places_nobody(phone: Phone) -> None:
    phone.send(fix(kind="heartbeat"))
    assert phone.marker() == ()


def test_a_late_batch_is_history_and_does_not_move_the_marker(phone: Phone) -> None:
    phone.send(fix(5, lon=107.505))
    late = [fix(600 - number, lon=107.501 + number / 1e5) for number in range(50)]
    assert len(phone.send(*late)["stored"]) == 50
    assert phone.marker()[0] == 107.505
    assert phone.marker()[3] > phone.marker()[2], "but the phone was heard"


def test_a_fix_from_the_future_is_taken_as_of_its_arrival(phone: Phone) -> None:
    phone.send(fix(-3600, lon=107.502))
    _, _, fixed_at, heard_at = phone.marker()
    assert fixed_at == heard_at <= now()
    (raw,) = phone.city.sql("SELECT fixed_at FROM fix WHERE unit_id = %s", phone.unit)
    assert raw[0] > now() + timedelta(minutes=50), "the history keeps what the phone said"
    phone.send(fix(0, lon=107.5020001))
    assert phone.marker()[0] == 107.5020001, "and the marker is not frozen"


def test_a_clock_a_little_ahead_is_believed(phone: Phone) -> None:
    said = fix(-3)
    phone.send(said)
    assert phone.marker()[2] == datetime.fromisoformat(said["fixed_at"])


def test_older_than_a_day_goes_to_history_alone(phone: Phone) -> None:
    assert len(phone.send(fix(24 * 3600 + 60))["stored"]) == 1
    assert phone.marker() == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
IDS = st.sampled_from([str(uuid.UUID(int=number)) for number in range(6)]) | JSON
FIXES = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {},
        optional={
            "id": IDS,
            "fixed_at": st.just("2026-11-23T15:04:10.800Z")
            | st.datetimes().map(lambda at: at.isoformat() + "Z")
            | JSON,
            "lon": st.floats(-180, 180) | JSON,
            "lat": st.floats(-90, 90) | JSON,
            "speed_mps": st.floats(allow_nan=False, allow_infinity=False) | JSON,
            "battery": JSON,
            "kind": st.sampled_from(["fix", "heartbeat", "manual"]) | JSON,
        },
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(FIXES, max_size=8))
def test_whatever_a_phone_sends_every_id_is_answered_exactly_once(phone: Phone, fixes: list[Any]) -> None:
    """A phone whose batch is refused sends it again for ever: nothing inside a batch may do that."""
    answer = phone.desk.post("/ingest/crew", content=json.dumps({"fixes": fixes}))
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 422:
        assert answer.json()["code"] == "unreadable_batch"
        return
    body = answer.json()
    answered = [*body["stored"], *body["already"], *(one["id"] for one in body["quarantined"])]
    assert len(answered) == len(set(answered))
    said = {str(one.get("id", "")) if isinstance(one, dict) else "" for one in fixes}
    assert set(answered) == said


# Against a slow twin


def slow_twin(fixes: list[dict[str, Any]]) -> tuple[float, float] | None:
    """Return where the marker should be: at the fix with the latest time of its own, whatever came when."""
    movers = [one for one in fixes if one["kind"] != "heartbeat"]
    if not movers:
        return None
    newest = sorted(movers, key=lambda one: datetime.fromisoformat(one["fixed_at"]))[-1]
    return newest["lon"], newest["lat"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_in_whatever_order_batches_come_the_marker_is_where_the_newest_fix_was(
    shared_city: City, data: st.DataObject
) -> None:
    kinds = st.sampled_from(["fix", "fix", "fix", "manual", "heartbeat"])
    number = data.draw(st.integers(1, 12))
    fixes = [
        fix(10 + 7 * place, lon=round(107.5 + place / 1000, 6), lat=-11.5, kind=data.draw(kinds))
        for place in range(number)
    ]
    arriving = data.draw(st.permutations(fixes))
    phone = Phone(shared_city)
    sent: list[dict[str, Any]] = []
    times = []
    while arriving:
        size = data.draw(st.integers(1, len(arriving)))
        batch, arriving = arriving[:size], arriving[size:]
        again = data.draw(st.lists(st.sampled_from(sent), max_size=3)) if sent else []
        phone.send(*batch, *again)
        sent += batch
        marker = phone.marker()
        assert (marker[:2] or None) == slow_twin(sent)
        times.append(marker[2] if marker else datetime.min.replace(tzinfo=UTC))
    assert times == sorted(times), "the marker never went back"
    assert phone.ids() == {one["id"] for one in fixes}
