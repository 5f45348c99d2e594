"""What our own crew page sends: batches of fixes with ids of its own making (uuid), so that a resend is recognised."""

import math
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from geo112.errors import DomainError
from geo112.tracking.fix import Fix
from geo112.tracking.senders.message import MOST_BYTES, Reading, Unreadable

MOST_FIXES = 200


class CrewBatch(msgspec.Struct):
    """The envelope; the fixes are read one by one, so that a bad one does not hold up the others."""

    fixes: list[Any]
    sent_at: datetime | None = None


class CrewFix(msgspec.Struct):
    id: str
    fixed_at: datetime
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    battery: float | None = None
    kind: Literal["fix", "heartbeat", "manual"] = "fix"


def read(body: bytes) -> Reading:
    """Read a batch.

    Raises:
        DomainError: `too_large` (413; the phone halves its batch), `unreadable_batch`.
    """
    if len(body) > MOST_BYTES:
        raise too_large()
    try:
        batch = msgspec.json.decode(body, type=CrewBatch)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise DomainError(
            "unreadable_batch", f"Kiriman posisi tidak terbaca: {error}.", f"The batch cannot be read: {error}."
        ) from error
    if len(batch.fixes) > MOST_FIXES:
        raise too_large()
    sent_at = None if batch.sent_at is None else _aware(batch.sent_at)
    reading = Reading(sent_at=sent_at)
    for one in batch.fixes:
        found = _fix(one, sent_at)
        if isinstance(found, Fix):
            reading.fixes.append(found)
        else:
            reading.unreadable.append(found)
    return reading


def too_large() -> DomainError:
    return DomainError("too_large", "Kiriman terlalu besar; bagi dua.", "The batch is too large; halve it.", 413)


def _fix(one: Any, sent_at: datetime | None) -> Fix | Unreadable:
    body = one if isinstance(one, dict) else {"fix": one}
    said_id = str(body.get("id", ""))
    try:
        said = msgspec.convert(one, CrewFix)
        client_id = UUID(said.id)
    except msgspec.ValidationError:
        return Unreadable(said_id, "unreadable", body)
    except ValueError:
        return Unreadable(said_id, "bad_id", body)
    if not (math.isfinite(said.lon) and math.isfinite(said.lat)):
        return Unreadable(said_id, "unreadable", {"id": said_id})
    return Fix(
        client_id=client_id,
        said_id=said_id,
        kind=said.kind,
        fixed_at=_aware(said.fixed_at),
        sent_at=sent_at,
        lon=said.lon,
        lat=said.lat,
        accuracy_m=said.accuracy_m,
        speed_mps=said.speed_mps,
        bearing_deg=said.bearing_deg,
        battery=said.battery,
    )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
