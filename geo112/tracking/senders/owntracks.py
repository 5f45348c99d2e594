"""OwnTracks in HTTP mode, Android and iOS: one JSON object a request, the key as the password of HTTP Basic.

Times in seconds, speed in km/h, battery in percent; what is zero is left out. `created_at` is when the phone queued the
message, not when it sent it. Source: owntracks/booklet, tech/json.md and tech/http.md.
"""

from typing import Any

import msgspec

from geo112.tracking.fix import Kind
from geo112.tracking.senders import values
from geo112.tracking.senders.message import Message, Reading, Unreadable

KINDS: dict[str, Kind] = {"u": "manual", "p": "ping"}  # of what set it off; anything else is a fix


def read(message: Message) -> Reading:
    user, password = values.basic(message.headers)
    fields = message.fields()
    device = message.headers.get("x-limit-d") or fields.get("d", "")
    user = user or message.headers.get("x-limit-u") or fields.get("u", "")
    reading = Reading(key=password or fields.get("key", ""), said_id="/".join(filter(None, (user, device))))
    if not message.body.strip():
        return reading
    try:
        said = values.json(message.body)
    except msgspec.DecodeError:
        reading.unreadable.append(Unreadable("", "unreadable", message.body))
        return reading
    for one in said if isinstance(said, list) else [said]:
        _record(one, message, reading)
    return reading


def _record(one: Any, message: Message, reading: Reading) -> None:
    body = values.member(one)
    said_id = values.text(body.get("_id"))
    reading.said_id = reading.said_id or values.text(body.get("topic")) or values.text(body.get("tid"))
    if body.get("_type") == "encrypted":
        reading.unreadable.append(Unreadable(said_id, "encrypted", one))
    elif body.get("_type") == "location":
        at = values.moment(body.get("tst"), message.zone)
        where = values.place(body.get("lon"), body.get("lat"))
        if at is None or where is None:
            reading.unreadable.append(Unreadable(said_id, "unreadable", one))
            return
        reading.fixes.append(
            values.fix(
                at,
                where,
                KINDS.get(values.text(body.get("t")), "fix"),
                said_id=said_id,
                accuracy_m=values.accuracy(body.get("acc")),
                speed_mps=values.known(body.get("vel"), values.KMH_MPS),
                bearing_deg=values.known(body.get("cog")),
                battery=values.percent(body.get("batt")),
            )
        )
    elif not isinstance(body.get("_type"), str):
        reading.unreadable.append(Unreadable(said_id, "unreadable", one))
