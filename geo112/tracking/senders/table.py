"""Every sender: its path, how it is read, and what it wants to hear when all is well.

Whatever a known app sends is answered so: an app that hears 4xx drops the message, or sends it for ever and nothing
after it. What we cannot read or do not know is put aside instead. Server trouble is 503 for all: they keep their queue.
"""

from collections.abc import Callable
from dataclasses import dataclass

from geo112.tracking.senders import gpslogger, osmand, overland, owntracks, traccar_client, traccar_server
from geo112.tracking.senders.message import Message, Reading


@dataclass(frozen=True, slots=True)
class Sender:
    path: str  # where it ends in {key}, the device key is the last part
    methods: tuple[str, ...]
    read: Callable[[Message], Reading]
    answer: bytes
    answer_type: str = "text/plain"


SENDERS: dict[str, Sender] = {
    "owntracks": Sender("/ingest/owntracks", ("POST",), owntracks.read, b"[]", "application/json"),
    "traccar_client": Sender("/ingest/traccar", ("GET", "POST"), traccar_client.read, b""),
    "osmand": Sender("/ingest/osmand/{key}", ("GET", "POST"), osmand.read, b""),
    "gpslogger": Sender("/ingest/gpslogger/{key}", ("GET", "POST", "PUT"), gpslogger.read, b""),
    "overland": Sender("/ingest/overland", ("POST",), overland.read, b'{"result":"ok"}', "application/json"),
    "traccar_server": Sender("/ingest/traccar-server", ("POST", "PUT"), traccar_server.read, b""),
}
