"""A request of a phone as the readers get it, and what they make of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from geo112.tracking.fix import Fix

MOST_BYTES = 256 * 1024


class Message(msgspec.Struct, frozen=True):
    """One request, whole. (A Struct is made in a tenth of a frozen dataclass's time.)"""

    received_at: datetime  # the centre's clock, aware, UTC
    zone: tzinfo  # of the centre, for times that name no zone
    body: bytes = b""
    query: str = ""  # what stands behind the question mark
    path_key: str = ""  # the last part of the path where the sender's path ends in a key
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)  # names in small letters

    def fields(self) -> dict[str, str]:
        """Return the fields of the query and of a form in the body; the first of a name counts."""
        pairs = parse_qsl(self.query, keep_blank_values=True)
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            pairs += parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return dict(reversed(pairs))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that cannot be read, with the id that its phone knows it by."""

    client_id: str
    code: str
    body: Any


@dataclass(slots=True)
class Reading:
    """What a message says. Without fixes and without anything unreadable it still says that the phone lives."""

    key: str = ""  # the device key that the phone shows; only this makes it known
    said_id: str = ""  # what it calls itself: shown to an administrator for pairing, believed by nobody
    sent_at: datetime | None = None  # when it was sent by the phone's clock; None where the format does not tell
    fixes: list[Fix] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
