"""Phones of others through the real server: made by an administrator, set by its link, heard, revoked, put aside."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from tests.town import crossing
from tests.world import City, Desk

HERE = crossing(0, 0)
_numbers = count(1)


@pytest.fixture(scope="module")
def administrator(shared_city: City) -> Desk:
    return shared_city.desk("administrator")


def now(seconds: float = 0) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


class Phone:
    """A phone that knows no more than its onboarding told it."""

    def __init__(self, city: City, administrator: Desk, sender: str, **more: Any) -> None:
        self.city, self.sender = city, sender
        self.sign = f"HP-{next(_numbers)}"
        self.unit = city.unit(self.sign, at=HERE, position=False)
        made = administrator.ok(
            "POST", "/api/devices", json={"sender": sender, "label": self.sign, "unit_id": self.unit, **more}
        )
        self.id, self.onboarding = made["device"]["id"], made["onboarding"]
        self.key = self.onboarding["key"]

    def send(self, lon: float = HERE.lon, lat: float = HERE.lat, seconds: float = 0, **more: Any) -> httpx.Response:
        """Send one fix the way the app does, to where its QR code sent it."""
        return SENDING[self.sender](self.onboarding["qr"], lon, lat, now(seconds), **more)

    def marker(self) -> tuple[float, float, float | None] | None:
        found = self.city.sql("SELECT lon, lat, speed_mps FROM unit_position WHERE unit_id = %s", self.unit)
        return found[0] if found else None


def post(url: str, **more: Any) -> httpx.Response:
    return httpx.post(url, trust_env=False, **more)


def owntracks(qr: str, lon: float, lat: float, at: datetime, body: Any = None) -> httpx.Response:
    config = json.loads(base64.b64decode(parse_qs(urlsplit(qr).query)["inline"][0]))
    said = {"_type": "location", "lon": lon, "lat": lat, "tst": int(at.timestamp()), "vel": 36, "acc": 9}
    content = json.dumps(said).encode() if body is None else body
    auth = (config["username"], config["password"])
    headers = {"Content-Type": "application/json; charset=utf-8", "X-Limit-D": config["deviceId"]}
    return post(config["url"], content=content, headers=headers, auth=auth)


def traccar_client(qr: str, lon: float, lat: float, at: datetime, body: Any = None) -> httpx.Response:
    url, key = qr.split("?")[0], dict(parse_qsl(urlsplit(qr).query))["id"]
    if body is not None:
        return post(url, content=body)
    form = {"id": key, "lat": lat, "lon": lon, "timestamp": int(at.timestamp()), "speed": 19.438, "accuracy": 9}
    return post(url, data=form)


def osmand(qr: str, lon: float, lat: float, at: datetime) -> httpx.Response:
    return httpx.get(qr.format(lat, lon, int(at.timestamp() * 1000), 9.0, 20.0, 10.0, 63.0), trust_env=False)


def gpslogger(qr: str, lon: float, lat: float, at: datetime) -> httpx.Response:
    said = {"%LAT": lat, "%LON": lon, "%TIME": at.isoformat().replace("+00:00", "Z"), "%ACC": 9, "%SPD": 10.0}
    said |= {"%DIR": 63, "%BATT": 80, "%PROV": "gps", "%AID": "a1"}
    for name, value in said.items():
        qr = qr.replace(name, str(value))
    return httpx.get(qr, trust_env=False)


def overland(qr: str, lon: float, lat: float, at: datetime, body: Any = None) -> httpx.Response:
    config = dict(parse_qsl(urlsplit(qr).query))
    properties = {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "speed": 10, "horizontal_accuracy": 9}
    feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": properties}
    content = json.dumps({"locations": [feature]}).encode() if body is None else body
    return post(config["url"], content=content, headers={"Authorization": f"Bearer {config['token']}"})


SENDING: dict[str, Any] = {
    "owntracks": owntracks,
    "traccar_client": traccar_client,
    "osmand": osmand,
    "gpslogger": gpslogger,
    "overland": overland,
}
ANSWERS = {"owntracks": "[]", "traccar_client": "", "osmand": "", "gpslogger": "", "overland": '{"result":"ok"}'}


def aside(city: City, column: str, value: Any) -> list[str]:
    return [code for (code,) in city.sql(f"SELECT code FROM quarantine WHERE {column} = %s ORDER BY id", value)]  # noqa: S608


@pytest.mark.parametrize("sender", SENDING)
def test_a_phone_set_by_its_qr_code_moves_its_unit_and_is_answered_as_it_likes(
    shared_city: City, administrator: Desk, sender: str
) -> None:
    phone = Phone(shared_city, administrator, sender)
    answer = phone.send()
    assert (answer.status_code, answer.text) == (200, ANSWERS[sender])
    assert phone.marker() == pytest.approx((HERE.lon, HERE.lat, 10), abs=1e-3)
    assert phone.onboarding["qr_svg"].startswith("<?xml")
    listed = {one["id"]: one for one in administrator.ok("GET", "/api/devices")}[phone.id]
    assert listed["heard_at"] is not None
    assert listed["believed_at"] is not None
    assert phone.key not in json.dumps(listed)


@pytest.mark.parametrize("sender", SENDING)
def test_a_lost_phone_is_revoked_from_its_next_request_on(shared_city: City, administrator: Desk, sender: str) -> None:
    phone = Phone(shared_city, administrator, sender)
    phone.send(seconds=-60)
    before = phone.marker()
    assert administrator.ok("POST", f"/api/devices/{phone.id}/revoke")["revoked_at"] is not None
    answer = phone.send(lon=HERE.lon + 0.001)
    assert (answer.status_code, answer.text) == (200, ANSWERS[sender]), "it is not told, and drops nothing of others"
    assert phone.marker() == before
    assert aside(shared_city, "device_id", phone.id) == ["revoked"]


@pytest.mark.parametrize("sender", ["owntracks", "traccar_client", "overland"])
@pytest.mark.parametrize("body", [b"{", b"\xff\xfe\x00", b"x" * 300_000, b"[" * 3_000], ids=len)
def test_what_cannot_be_read_is_answered_kindly_and_put_aside(
    shared_city: City, administrator: Desk, sender: str, body: bytes
) -> None:
    phone = Phone(shared_city, administrator, sender)
    before = shared_city.sql("SELECT count(*) FROM quarantine")[0][0]
    answer = phone.send(body=body)
    assert (answer.status_code, answer.text) == (200, ANSWERS[sender])
    assert shared_city.sql("SELECT count(*) FROM quarantine")[0][0] == before + 1


@pytest.mark.parametrize("sender", ["owntracks", "traccar_client", "overland"])
def test_an_empty_body_is_nothing(shared_city: City, administrator: Desk, sender: str) -> None:
    phone = Phone(shared_city, administrator, sender)
    assert phone.send(body=b"").status_code == 200
    assert phone.marker() is None


def test_a_known_name_without_the_key_moves_nobody(shared_city: City, administrator: Desk) -> None:
    phone = Phone(shared_city, administrator, "traccar_client")
    url = phone.onboarding["qr"].split("?")[0]
    for name in (phone.sign, str(phone.id), phone.key[:-1], phone.key + "0", "", "\x00"):
        fields = {"id": name, "lat": HERE.lat, "lon": HERE.lon, "timestamp": int(now().timestamp())}
        assert post(url, data=fields).status_code == 200
    assert phone.marker() is None
    found = administrator.ok("GET", "/api/quarantine", params={"limit": 10})["newest"]
    assert [one["code"] for one in found[:6]] == ["unknown_key"] * 6
    assert str(HERE.lat) in found[0]["body"]
    counts = administrator.ok("GET", "/api/quarantine")["counts"]
    assert [
        one["put_aside"] >= 6 for one in counts if (one["sender"], one["code"]) == ("traccar_client", "unknown_key")
    ] == [True]


def test_many_phones_may_serve_one_unit_by_rank_and_freshness(shared_city: City, administrator: Desk) -> None:
    first = Phone(shared_city, administrator, "traccar_client", priority=1)
    second = Phone(shared_city, administrator, "osmand", priority=2)
    shared_city.sql("UPDATE device SET unit_id = %s WHERE id = %s", first.unit, second.id)
    first.send(lon=HERE.lon, seconds=-100)
    second.send(lon=HERE.lon + 0.01, seconds=-80)
    assert first.marker() == pytest.approx((HERE.lon, HERE.lat, 10), abs=1e-3), "the better one is fresh"
    second.send(lon=HERE.lon + 0.02, seconds=-60)
    assert first.marker() == pytest.approx((HERE.lon + 0.02, HERE.lat, 10), abs=1e-3), "it went silent"
    first.send(lon=HERE.lon + 0.01, seconds=-50)
    assert first.marker() == pytest.approx((HERE.lon + 0.01, HERE.lat, 10), abs=1e-3), "and is back"


def test_a_traccar_server_speaks_for_the_vehicles_it_was_given(shared_city: City, administrator: Desk) -> None:
    made = administrator.ok("POST", "/api/devices", json={"sender": "traccar_server", "label": "Traccar dinas"})
    server, how = made["device"]["id"], made["onboarding"]["by_hand"]
    unit = shared_city.unit("AMB-77", at=HERE, position=False)
    vehicle = {"sender": "traccar_server", "label": "box", "unit_id": unit, "forwarder_id": server, "said_id": "8612"}
    assert administrator.ok("POST", "/api/devices", json=vehicle)["onboarding"] is None
    twice = administrator.post("/api/devices", json=vehicle)
    assert (twice.status_code, twice.json()["code"]) == (409, "vehicle_known")
    name, value = how["forward.header"].split(": ")

    def forward(vehicle_id: str, header: str) -> httpx.Response:
        position = {"fixTime": now().isoformat(), "latitude": HERE.lat, "longitude": HERE.lon, "speed": 19.438}
        body = {"position": position, "device": {"uniqueId": vehicle_id}}
        return post(how["forward.url"], json=body, headers={name: header})

    assert forward("9999", value).status_code == 200
    assert forward("8612", "Bearer wrong").status_code == 200
    assert shared_city.sql("SELECT count(*) FROM unit_position WHERE unit_id = %s", unit) == [(0,)]
    assert aside(shared_city, "sender", "traccar_server") == ["unknown_vehicle", "unknown_key"]
    forward("8612", value)
    assert shared_city.sql("SELECT round(speed_mps) FROM unit_position WHERE unit_id = %s", unit) == [(10,)]
    administrator.ok("POST", f"/api/devices/{server}/revoke")
    forward("8612", value)
    assert aside(shared_city, "sender", "traccar_server")[-1] == "revoked"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"sender": "fax"}, "invalid_input"),
        ({"label": ""}, "invalid_input"),
        ({"priority": 0}, "invalid_input"),
        ({"unit_id": 999_999}, "not_found"),
        ({"unit_id": None}, "unit_missing"),
        ({"forwarder_id": 999_999, "said_id": "x"}, "not_a_vehicle"),
        ({"sender": "traccar_server", "forwarder_id": 999_999, "said_id": "x"}, "not_found"),
        ({"sender": "traccar_server"}, "not_a_vehicle"),
    ],
)
def test_a_device_that_makes_no_sense_is_refused(
    shared_city: City, administrator: Desk, wrong: dict[str, Any], code: str
) -> None:
    unit = shared_city.unit(f"X-{next(_numbers)}", at=HERE)
    before = shared_city.sql("SELECT count(*) FROM device")
    refused = administrator.post("/api/devices", json={"sender": "owntracks", "label": "hp", "unit_id": unit, **wrong})
    assert (refused.is_error, refused.json()["code"]) == (True, code)
    assert shared_city.sql("SELECT count(*) FROM device") == before


def test_a_resend_is_stored_once_and_a_resend_from_the_future_is_no_fresher(
    shared_city: City, administrator: Desk
) -> None:
    phone = Phone(shared_city, administrator, "traccar_client")
    at = int(now(600).timestamp())
    url = phone.onboarding["qr"].split("?")[0]

    def send() -> Any:
        fields = {"id": phone.key, "lat": HERE.lat, "lon": HERE.lon, "timestamp": at}
        assert post(url, data=fields).status_code == 200
        return shared_city.sql("SELECT fixed_at, version FROM unit_position WHERE unit_id = %s", phone.unit)[0]

    first = send()
    assert send()[0] == first[0]
    rows = shared_city.sql("SELECT is_clamped, at <= received_at FROM fix WHERE device_id = %s", phone.id)
    assert rows == [(True, True)]


def test_refused_places_are_kept_with_their_reason(shared_city: City, administrator: Desk) -> None:
    phone = Phone(shared_city, administrator, "traccar_client")
    url = phone.onboarding["qr"].split("?")[0]
    for seconds, more in (
        (-50, {}),
        (-40, {"accuracy": 900}),
        (-30, {"mock": "true"}),
        (-20, {"lat": -HERE.lat}),
        (-10, {"lat": HERE.lat + 0.5}),
    ):
        at = int(now(seconds).timestamp())
        post(url, data={"id": phone.key, "lat": HERE.lat, "lon": HERE.lon, "timestamp": at, **more})
    reasons = shared_city.sql("SELECT refused FROM fix WHERE device_id = %s ORDER BY fixed_at", phone.id)
    assert [one for (one,) in reasons] == [None, "coarse", "mock_location", "sign_flip", "implied_speed"]
    marker = shared_city.sql(
        "SELECT lat, extract(epoch FROM now() - fixed_at) FROM unit_position WHERE unit_id = %s", phone.unit
    )
    assert marker[0][0] == HERE.lat
    assert marker[0][1] > 45, "and the marker tells its age"


def test_a_crews_page_is_a_device_and_can_be_revoked(shared_city: City, administrator: Desk) -> None:
    sign = f"CREW-{next(_numbers)}"
    unit = shared_city.unit(sign, at=HERE, position=False)
    crew = shared_city.desk("crew", unit=sign)
    fix = {"id": str(uuid.uuid4()), "fixed_at": now().isoformat(), "lon": HERE.lon, "lat": HERE.lat}
    assert crew.ok("POST", "/ingest/crew", json={"fixes": [fix]})["stored"] == [fix["id"]]
    (mine,) = [one for one in administrator.ok("GET", "/api/devices") if one["unit_id"] == unit]
    assert mine["sender"] == "crew"
    administrator.ok("POST", f"/api/devices/{mine['id']}/revoke")
    assert crew.post("/ingest/crew", json={"fixes": [fix]}).status_code == 401


def test_a_database_that_hangs_up_is_found_again(shared_city: City, administrator: Desk) -> None:
    phone = Phone(shared_city, administrator, "traccar_client")
    phone.send(seconds=-60)
    shared_city.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    answers = [phone.send(lon=HERE.lon + 0.0001 * number, seconds=-50 + number) for number in range(3)]
    assert {one.status_code for one in answers} <= {200, 503}
    assert all("Retry-After" in one.headers for one in answers if one.status_code == 503)
    assert answers[-1].status_code == 200
