"""GPSLogger's custom URL, in the query or as a form, the key at the end of the path. Its CSV upload resends all.

`time` is ISO in UTC, `timestamp` seconds, `spd` m/s, `battery` percent. Source: mendhak/gpslogger, CustomUrlManager.
"""

from datetime import UTC

from geo112.tracking.senders import values
from geo112.tracking.senders.message import Message, Reading, Unreadable


def read(message: Message) -> Reading:
    fields = message.fields()
    reading = Reading(
        key=message.path_key, said_id=fields.get("aid") or fields.get("androidId") or fields.get("ser") or ""
    )
    if not fields.get("lon") and not fields.get("lat"):
        if message.body.strip() and not fields:
            reading.unreadable.append(Unreadable("", "unreadable", message.body))
        return reading
    where = values.place(fields.get("lon"), fields.get("lat"))
    at = values.moment(fields.get("time") or fields.get("timestamp"), UTC)
    if where is None or at is None:
        reading.unreadable.append(Unreadable("", "unreadable", fields))
        return reading
    speed = values.known(fields.get("spd"))
    reading.fixes.append(
        values.fix(
            at,
            where,
            accuracy_m=values.accuracy(fields.get("acc")),
            speed_mps=values.known(fields.get("spd_kph"), values.KMH_MPS) if speed is None else speed,
            bearing_deg=values.known(fields.get("dir")),
            battery=values.percent(fields.get("battery") or fields.get("batt")),
            is_mock=fields.get("prov", "").lower() == "mock",
        )
    )
    return reading
