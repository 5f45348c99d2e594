"""The payloads of shared record, as the apps send them, and the fixes that stand in them, worked out by hand."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.tracking.fix import Fix
from geo112.tracking.senders.message import Message, Reading
from geo112.tracking.senders.table import SENDERS

KEY = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 23, 15, 4, 11, tzinfo=UTC)
FORM = {"content-type": "application/x-www-form-urlencoded"}
KNOT = 0.5144444444


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def reading(sender: str, body: Any = b"", query: str = "", **more: Any) -> Reading:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return SENDERS[sender].read(Message(NOW, ZoneInfo("Asia/Jakarta"), body=raw, query=query, **more))


def only(found: Reading) -> Fix:
    assert not found.unreadable
    (fix,) = found.fixes
    return fix


def facts(fix: Fix) -> tuple[Any, ...]:
    """Return kind, epoch seconds, lon, lat, accuracy, speed, bearing, battery."""
    speed = None if fix.speed_mps is None else round(fix.speed_mps, 3)
    at = fix.fixed_at.timestamp()
    return fix.kind, at, fix.lon, fix.lat, fix.accuracy_m, speed, fix.bearing_deg, fix.battery


# OwnTracks

OWNTRACKS = {
    "_type": "location", "_id": "05b6f5bf", "acc": 13, "alt": 23, "batt": 62, "bs": 1, "cog": 56, "conn": "w",
    "created_at": 1733842246, "lat": -6.2000, "lon": 106.8166, "m": 1, "tid": "le", "topic": "owntracks/damkar/unit01",
    "tst": 1733842245, "vac": 15, "vel": 6,
}  # fmt: skip


def test_owntracks_speaks_of_seconds_and_kilometres_an_hour() -> None:
    found = reading("owntracks", OWNTRACKS, headers={**basic("damkar", KEY), "x-limit-d": "unit01"})
    assert facts(only(found)) == ("fix", 1733842245, 106.8166, -6.2, 13, 1.667, 56, 0.62)
    assert (found.key, found.said_id, found.sent_at) == (KEY, "damkar/unit01", None)


def test_owntracks_leaves_out_what_is_zero() -> None:
    body = {"lon": 2.29513, "lat": 48.85833, "tst": 1497349316, "_type": "location", "tid": "JJ"}
    found = reading("owntracks", body)
    assert facts(only(found)) == ("fix", 1497349316, 2.29513, 48.85833, None, None, None, None)
    assert (found.key, found.said_id) == ("", "JJ")


@pytest.mark.parametrize(("trigger", "kind"), [("u", "manual"), ("p", "ping"), ("t", "fix"), ("c", "fix"), (7, "fix")])
def test_owntracks_says_what_set_a_message_off(trigger: Any, kind: str) -> None:
    assert only(reading("owntracks", {**OWNTRACKS, "t": trigger})).kind == kind


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        *(
            {"_type": one}
            for one in ["transition", "waypoint", "waypoints", "status", "lwt", "card", "cmd", "steps", "request"]
        ),
    ],
)
def test_owntracks_has_messages_that_are_no_place(body: Any) -> None:
    found = reading("owntracks", body, headers=basic("u", KEY))
    assert (found.fixes, found.unreadable, found.key) == ([], [], KEY)


def test_owntracks_in_an_array_is_read_one_by_one() -> None:
    found = reading("owntracks", [OWNTRACKS, {"_type": "lwt"}, {**OWNTRACKS, "lat": None}, 3, {**OWNTRACKS, "tst": 1}])
    assert [fix.fixed_at.timestamp() for fix in found.fixes] == [1733842245, 1]
    assert [one.code for one in found.unreadable] == ["unreadable", "unreadable"]


def test_owntracks_with_a_secret_of_its_own_is_named() -> None:
    assert [one.code for one in reading("owntracks", {"_type": "encrypted", "data": "x"}).unreadable] == ["encrypted"]


# Traccar Client


def test_traccar_of_old_has_knots_and_seconds_in_the_query() -> None:
    query = f"id={KEY}&timestamp=619315200&lat=0.5&lon=101.25&speed=10&bearing=90.0&altitude=0.0&accuracy=0.0&batt=50.0"
    found = reading("traccar_client", query=query)
    assert facts(only(found)) == ("fix", 619315200, 101.25, 0.5, None, round(10 * KNOT, 3), 90, 0.5)
    assert found.key == KEY


@pytest.mark.parametrize(
    ("query", "at", "lon", "lat"),
    [
        ("id=902064&lat=42.06288&lon=-88.23412&timestamp=2016-01-27T18%3A55%3A47Z&hdop=6.0", 1453920947, -88.23412, 42.06288),  # noqa: E501
        ("id=902064&lat=42.06288&lon=-88.23412&timestamp=1442068686579", 1442068686.579, -88.23412, 42.06288),
        ("id=902064&lat=-6&lon=106&timestamp=2014-06-04+09%3A10%3A11", 1401847811, 106, -6),  # 02:10:11 UTC
        ("id=123456&timestamp=1377177267&location=60.0,30.0", 1377177267, 30, 60),
        ("lat=60.0&lon=30.0&heading=0.0&vacc=0&hacc=0&deviceid=123456", NOW.timestamp(), 30, 60),
        ("id=123456&timestamp=1377177267&location=60.0,30.0&foo=bar&id=9", 1377177267, 30, 60),
    ],
)  # fmt: skip
def test_traccar_writes_time_and_place_in_many_ways(query: str, at: float, lon: float, lat: float) -> None:
    found = reading("traccar_client", query=query)
    fix = only(found)
    assert (fix.fixed_at.timestamp(), fix.lon, fix.lat) == (at, lon, lat)
    assert found.key in ("902064", "123456")


@pytest.mark.parametrize(
    "query",
    ["id=123456&timestamp=1377177267&cell=257,02,16,2224&wifi=00-14-22-01-23-45,-80", "id=5&batt=70", "id=5", ""],
)
def test_traccar_without_a_place_says_only_that_it_lives(query: str) -> None:
    found = reading("traccar_client", query=query)
    assert (found.fixes, found.unreadable) == ([], [])


def test_traccar_may_say_itself_that_a_place_is_not_valid_or_made_up() -> None:
    assert only(reading("traccar_client", query="id=1&lat=-6&lon=106&timestamp=1&valid=false")).kind == "heartbeat"
    assert only(reading("traccar_client", query="id=1&lat=-6&lon=106&timestamp=1&mock=true")).is_mock


def test_traccar_10_sends_a_form() -> None:
    body = f"id={KEY}&lat=-6.2&lon=106.8166&timestamp=1733842245&accuracy=9.5&altitude=5&speed=16.20&bearing=63&batt=79&charge=false"  # noqa: E501
    found = reading("traccar_client", body.encode(), headers=FORM)
    assert facts(only(found)) == ("fix", 1733842245, 106.8166, -6.2, 9.5, round(16.2 * KNOT, 3), 63, 0.79)
    assert found.key == KEY
    beat = reading("traccar_client", f"id={KEY}&timestamp=1733842245&batt=79".encode(), headers=FORM)
    assert (beat.fixes, beat.unreadable, beat.key) == ([], [], KEY)


STANDING = {
    "location": {
        "timestamp": "2025-06-15T13:45:12.862Z",
        "coords": {"latitude": 37.4219983, "longitude": -122.084, "accuracy": 5, "speed": 0, "heading": -1, "altitude": 5},  # noqa: E501
        "is_moving": False, "odometer": 0, "event": "motionchange", "battery": {"level": 1, "is_charging": False},
        "activity": {"type": "still"}, "extras": {}, "_": "&id=48241179&lat=37.4219983&lon=-122.084&",
    },
    "device_id": "48241179",
}  # fmt: skip
BEAT = {
    "location": {
        "timestamp": "2025-06-15T03:02:58.577Z",
        "coords": {"latitude": -20.4178477, "longitude": -40.3370157, "accuracy": 100, "speed": -1, "heading": -1, "altitude": 2.4},  # noqa: E501
        "is_moving": False, "odometer": 0, "battery": {"level": 0.69, "is_charging": False},
        "activity": {"type": "still"}, "extras": {}, "_": "...", "heartbeat": True,
    },
    "device_id": "981866116",
}  # fmt: skip
TANGERANG = {
    "location": {
        "event": "motionchange", "is_moving": False, "uuid": "0e9a2473-a9a7-4c00-997b-fb97d2154e75",
        "timestamp": "2021-07-21T08:06:34.444Z", "odometer": 0,
        "coords": {
            "latitude": -6.1148096, "longitude": 106.6837015, "accuracy": 3.8, "speed": 18.67, "speed_accuracy": 0.26,
            "heading": 63, "heading_accuracy": 0.28, "altitude": 35.7, "altitude_accuracy": 3.8,
        },
        "activity": {"type": "still", "confidence": 100}, "battery": {"is_charging": False, "level": 0.79}, "extras": {},  # noqa: E501
    },
    "device_id": "8737767034",
}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (STANDING, ("fix", 1749995112.862, -122.084, 37.4219983, 5, 0, None, 1)),
        (BEAT, ("heartbeat", 1749956578.577, -40.3370157, -20.4178477, 100, None, None, 0.69)),
        (TANGERANG, ("fix", 1626854794.444, 106.6837015, -6.1148096, 3.8, 18.67, 63, 0.79)),
    ],
)
def test_traccar_9_sends_json_in_metres_a_second(body: dict[str, Any], wanted: tuple[Any, ...]) -> None:
    found = reading("traccar_client", body)
    assert facts(only(found)) == wanted
    assert found.key == body["device_id"]


def test_traccar_9_marks_a_record_by_uuid() -> None:
    assert str(only(reading("traccar_client", TANGERANG)).client_id) == "0e9a2473-a9a7-4c00-997b-fb97d2154e75"
    assert only(reading("traccar_client", STANDING)).client_id is None


def test_traccar_9_may_send_arrays_and_records_without_a_place() -> None:
    inside = {"location": [STANDING["location"], {"timestamp": "2025-06-15T13:46:00Z"}, 7], "device_id": KEY}
    found = reading("traccar_client", inside)
    assert (len(found.fixes), [one.body for one in found.unreadable], found.key) == (1, [7], KEY)
    outside = [{**STANDING, "device_id": KEY}, {**BEAT, "device_id": KEY}, {**TANGERANG, "device_id": "another"}]
    found = reading("traccar_client", outside)
    assert [fix.kind for fix in found.fixes] == ["fix", "heartbeat"]
    assert [one.code for one in found.unreadable] == ["other_device"]
    assert found.key == KEY


# OsmAnd, GPSLogger, Overland, a Traccar server


def test_osmand_has_milliseconds_metres_a_second_and_accuracy_as_hdop() -> None:
    query = "lat=-6.2&lon=106.8166&timestamp=1733842245123&hdop=4.5&altitude=20.0&speed=8.25&bearing=63.0"
    found = reading("osmand", query=query, path_key=KEY)
    assert facts(only(found)) == ("fix", 1733842245.123, 106.8166, -6.2, 4.5, 8.25, 63, None)
    assert found.key == KEY


def test_gpslogger_reads_its_own_test() -> None:
    query = (
        "lat=12.193&lon=19.111&sat=9&desc=blah&alt=45.0&acc=8.0&dir=359.0&prov=MOCK&spd_kph=32418.0&spd=9005.0"
        "&time=2016-03-05T19:24:29.949Z&battery=91.0&androidId=22&serial=SRS11&activity="
    )
    found = reading("gpslogger", query=query, path_key=KEY)
    assert facts(only(found)) == ("fix", 1457205869.949, 19.111, 12.193, 8, 9005, 359, 0.91)
    assert (only(found).is_mock, found.key, found.said_id) == (True, KEY, "22")
    form = reading("gpslogger", b"lat=-6.2&lon=106.8&timestamp=1733842245&spd_kph=36", headers=FORM, path_key=KEY)
    assert facts(only(form)) == ("fix", 1733842245, 106.8, -6.2, None, 10, None, None)
    assert not only(form).is_mock


FEATURE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [106.8166, -6.2]},
    "properties": {
        "timestamp": "2015-10-01T08:00:00-0700", "speed": 4, "horizontal_accuracy": 30, "course": -1,
        "motion": ["driving", "stationary"], "battery_state": "charging", "battery_level": 0.80, "device_id": "hp-1",
    },
}  # fmt: skip


def test_overland_sends_batches_of_points() -> None:
    nowhere = {"type": "Feature", "geometry": None, "properties": {"action": "visit"}}
    body = {"locations": [FEATURE, nowhere, {"type": "Feature", "geometry": {"coordinates": [1]}, "properties": {}}]}
    found = reading("overland", body, headers={"authorization": f"Bearer {KEY}"})
    assert [facts(fix) for fix in found.fixes] == [("fix", 1443711600, 106.8166, -6.2, 30, 4, None, 0.8)]
    assert [one.code for one in found.unreadable] == ["unreadable"]
    assert (found.key, found.said_id) == (KEY, "hp-1")
    assert reading("overland", {"locations": []}).fixes == []


FORWARDED: dict[str, Any] = {
    "position": {
        "id": 0, "deviceId": 7, "protocol": "gt06", "fixTime": "2026-11-23T15:04:10.000+00:00",
        "deviceTime": "2026-11-23T15:04:10.000+00:00", "serverTime": "2026-11-23T15:04:11.000+00:00", "valid": True,
        "outdated": False, "latitude": -6.2, "longitude": 106.8166, "altitude": 0, "speed": 16.2, "course": 63,
        "accuracy": 0, "attributes": {"batteryLevel": 80, "ignition": True},
    },
    "device": {"id": 7, "uniqueId": "861234567890123", "name": "Ambulans 1"},
}  # fmt: skip


def test_a_traccar_server_forwards_a_vehicle_by_its_id() -> None:
    found = reading("traccar_server", FORWARDED, headers={"authorization": f"Bearer {KEY}"})
    wanted = ("fix", 1795446250, 106.8166, -6.2, None, round(16.2 * KNOT, 3), 63, 0.8)
    assert facts(only(found)) == wanted
    assert (found.key, found.said_id) == (KEY, "861234567890123")
    for wrong in ({"valid": False}, {"outdated": True}):
        old = {**FORWARDED, "position": {**FORWARDED["position"], **wrong, "fixTime": 1795446250000}}
        assert facts(only(reading("traccar_server", old)))[:2] == ("heartbeat", 1795446250)
    event = reading("traccar_server", {"event": {"type": "deviceOnline"}, "device": FORWARDED["device"]})
    assert (event.fixes, event.unreadable) == ([], [])


# Whatever comes


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe", b"[[[]]]", b'{"location": {"timestamp": 1e400, "coords": {"latitude": 1, "longitude": 1}}}',
     b'{"_type": "location", "lat": NaN, "lon": 1, "tst": 1}', b"null", b'"x"', b"3"],
)  # fmt: skip
def test_what_cannot_be_read_is_put_aside_and_no_reader_falls(sender: str, body: bytes) -> None:
    found = reading(sender, body, path_key=KEY)
    assert not found.fixes
    if sender != "osmand":  # which sends no body at all
        assert found.unreadable


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        "_type",
        "tst",
        "lat",
        "lon",
        "acc",
        "batt",
        "t",
        "topic",
        "location",
        "coords",
        "timestamp",
        "latitude",
        "longitude",
        "device_id",
        "uuid",
        "heartbeat",
        "battery",
        "level",
        "locations",
        "geometry",
        "coordinates",
        "properties",
        "position",
        "fixTime",
        "device",
        "uniqueId",
        "attributes",
        "valid",
        "id",
    ]
)
NEAR_TRUTH = st.recursive(
    JSON | st.just("location"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=8),
    max_leaves=20,
)


@pytest.mark.parametrize("sender", SENDERS)
@given(body=NEAR_TRUTH | st.binary(max_size=40), query=st.text(max_size=30))
def test_no_reader_falls_over_anything_and_every_fix_is_a_number(sender: str, body: Any, query: str) -> None:
    headers = {"authorization": query, "content-type": "application/x-www-form-urlencoded"}
    for fix in reading(sender, body, query=query, headers=headers).fixes:
        assert fix.fixed_at.utcoffset() is not None
        assert abs(fix.lon) < float("inf")
        assert abs(fix.lat) < float("inf")
        for value in (fix.accuracy_m, fix.speed_mps, fix.bearing_deg, fix.battery):
            assert value is None or 0 <= value < float("inf")
