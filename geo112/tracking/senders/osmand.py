"""OsmAnd's online tracking: our own address with places for its values, the key at the end of the path.

Time in milliseconds by the phone's clock, speed in m/s; what it calls hdop is the accuracy in metres. Degrees are cut
to 32 bits (about a metre). Source: osmandapp/OsmAnd LiveMonitoringHelper.java.
"""

from geo112.tracking.senders import values
from geo112.tracking.senders.message import Message, Reading, Unreadable


def read(message: Message) -> Reading:
    reading = Reading(key=message.path_key)
    fields = message.fields()
    if not fields.get("lon") and not fields.get("lat"):
        return reading
    where = values.place(fields.get("lon"), fields.get("lat"))
    at = values.moment(fields.get("timestamp"), message.zone)
    if where is None or at is None:
        reading.unreadable.append(Unreadable("", "unreadable", fields))
        return reading
    reading.fixes.append(
        values.fix(
            at,
            where,
            accuracy_m=values.accuracy(fields.get("hdop")),
            speed_mps=values.known(fields.get("speed")),
            bearing_deg=values.known(fields.get("bearing")),
        )
    )
    return reading
