"""A Traccar server that forwards its positions as JSON: one key for the server, the vehicle by its uniqueId.

Speed in knots, times as ISO 8601 or milliseconds. What it calls not valid or outdated is no place to believe.
Source: traccar PositionForwarderJson.java (forward.type=json).
"""

import msgspec

from geo112.tracking.senders import values
from geo112.tracking.senders.message import Message, Reading, Unreadable


def read(message: Message) -> Reading:
    reading = Reading(key=values.bearer(message.headers) or message.path_key)
    if not message.body.strip():
        return reading
    try:
        said = values.member(values.json(message.body))
    except msgspec.DecodeError:
        said = {}
    reading.said_id = values.text(values.member(said.get("device")).get("uniqueId"))
    if "position" not in said and "event" in said:
        return reading
    position = values.member(said.get("position"))
    attributes = values.member(position.get("attributes"))
    where = values.place(position.get("longitude"), position.get("latitude"))
    at = values.moment(position.get("fixTime"), message.zone)
    if where is None or at is None:
        reading.unreadable.append(Unreadable("", "unreadable", said or message.body))
        return reading
    is_good = position.get("valid", True) is not False and position.get("outdated") is not True
    reading.fixes.append(
        values.fix(
            at,
            where,
            "fix" if is_good else "heartbeat",
            accuracy_m=values.accuracy(position.get("accuracy")),
            speed_mps=values.known(position.get("speed"), values.KNOT_MPS),
            bearing_deg=values.known(position.get("course")),
            battery=values.percent(attributes.get("batteryLevel")),
            is_mock=values.is_true(attributes.get("mock")),
        )
    )
    return reading
