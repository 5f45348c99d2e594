"""Overland for iOS: batches of GeoJSON points, the key as bearer token. Speed in m/s, -1 for unknown.

Anything but {"result": "ok"} makes it send the batch again. Source: the project's README.
"""

from typing import Any

import msgspec

from geo112.tracking.senders import values
from geo112.tracking.senders.message import Message, Reading, Unreadable


def read(message: Message) -> Reading:
    reading = Reading(key=values.bearer(message.headers) or message.fields().get("access_token", ""))
    if not message.body.strip():
        return reading
    try:
        said = values.json(message.body)
    except msgspec.DecodeError:
        said = None
    features = said if isinstance(said, list) else values.member(said).get("locations")
    if not isinstance(features, list):
        reading.unreadable.append(Unreadable("", "unreadable", message.body))
        return reading
    for one in features:
        _record(one, message, reading)
    return reading


def _record(one: Any, message: Message, reading: Reading) -> None:
    feature = values.member(one)
    properties = values.member(feature.get("properties"))
    reading.said_id = reading.said_id or values.text(properties.get("device_id"))
    if feature and feature.get("geometry") is None:
        return
    coordinates = values.member(feature.get("geometry")).get("coordinates")
    pair = coordinates if isinstance(coordinates, list) else []
    where = values.place(*pair[:2]) if len(pair) >= 2 else None
    at = values.moment(properties.get("timestamp"), message.zone)
    if where is None or at is None:
        reading.unreadable.append(Unreadable("", "unreadable", one))
        return
    reading.fixes.append(
        values.fix(
            at,
            where,
            accuracy_m=values.accuracy(properties.get("horizontal_accuracy")),
            speed_mps=values.known(properties.get("speed")),
            bearing_deg=values.known(properties.get("course")),
            battery=values.share(properties.get("battery_level")),
        )
    )
