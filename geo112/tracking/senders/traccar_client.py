"""Traccar Client: fields in the query (old), in a form (10), or JSON (9), the key as its device identifier.

Fields: speed in knots, battery in percent. JSON: speed in m/s, -1 for unknown, battery a share.
`activity` is not to be believed (a test of Traccar's has “still” at 18 m/s). Source: OsmAndProtocolDecoder.java.
"""

from typing import Any
from uuid import UUID

import msgspec

from geo112.tracking.senders import values
from geo112.tracking.senders.message import Message, Reading, Unreadable


def read(message: Message) -> Reading:
    if message.body.lstrip()[:1] in (b"{", b"["):
        return _read_json(message)
    fields = message.fields()
    key = fields.get("id") or fields.get("deviceid") or ""
    reading = Reading(key=key, said_id=key)
    if not fields:
        if message.body.strip():
            reading.unreadable.append(Unreadable("", "unreadable", message.body))
        return reading
    lon, lat = fields.get("lon"), fields.get("lat")
    if lon is None and lat is None:
        lat, _, lon = fields.get("location", "").partition(",")
    if not lon and not lat:
        return reading  # a heartbeat, or cells and access points without a place
    where = values.place(lon, lat)
    at = values.moment(fields["timestamp"], message.zone) if fields.get("timestamp") else message.received_at
    if where is None or at is None:
        reading.unreadable.append(Unreadable("", "unreadable", fields))
        return reading
    is_valid = values.is_true(fields.get("valid", "true"))
    reading.fixes.append(
        values.fix(
            at,
            where,
            "fix" if is_valid else "heartbeat",
            accuracy_m=values.accuracy(fields.get("accuracy") or fields.get("hacc")),
            speed_mps=values.known(fields.get("speed"), values.KNOT_MPS),
            bearing_deg=values.known(fields.get("bearing") or fields.get("heading")),
            battery=values.percent(fields.get("batt")),
            is_mock=values.is_true(fields.get("mock")),
        )
    )
    return reading


def _read_json(message: Message) -> Reading:
    reading = Reading()
    try:
        said = values.json(message.body)
    except msgspec.DecodeError:
        reading.unreadable.append(Unreadable("", "unreadable", message.body))
        return reading
    for envelope in said if isinstance(said, list) else [said]:
        body = values.member(envelope)
        key = values.text(body.get("device_id"))
        reading.key = reading.said_id = reading.key or key
        if key != reading.key:
            reading.unreadable.append(Unreadable("", "other_device", envelope))
            continue
        location = body.get("location")
        for one in location if isinstance(location, list) else [location]:
            _record(one, message, reading)
    return reading


def _record(one: Any, message: Message, reading: Reading) -> None:
    if not isinstance(one, dict):
        reading.unreadable.append(Unreadable("", "unreadable", one))
        return
    said_id, coords = values.text(one.get("uuid")), one.get("coords")
    if coords is None:
        return  # it lives, and does not say where
    coords = values.member(coords)
    where = values.place(coords.get("longitude"), coords.get("latitude"))
    at = values.moment(one["timestamp"], message.zone) if "timestamp" in one else message.received_at
    if where is None or at is None:
        reading.unreadable.append(Unreadable(said_id, "unreadable", one))
        return
    reading.fixes.append(
        values.fix(
            at,
            where,
            "heartbeat" if values.is_true(one.get("heartbeat")) or one.get("event") == "heartbeat" else "fix",
            client_id=_uuid(said_id),
            said_id=said_id,
            accuracy_m=values.accuracy(coords.get("accuracy")),
            speed_mps=values.known(coords.get("speed")),
            bearing_deg=values.known(coords.get("heading")),
            battery=values.share(values.member(one.get("battery")).get("level")),
            is_mock=values.is_true(one.get("mock")),
        )
    )


def _uuid(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return None
