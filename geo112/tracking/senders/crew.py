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


class GoodBatch(msgspec.Struct):
    """A batch as nearly all are."""

    fixes: list[CrewFix]
    sent_at: datetime | None = None


class CrewBatch(msgspec.Struct):
    """The envelope; the fixes are read one by one, so that a bad one does not hold up the others."""

    fixes: list[Any]
    sent_at: datetime | None = None


GOOD_BATCH, CREW_BATCH = msgspec.json.Decoder(GoodBatch), msgspec.json.Decoder(CrewBatch)


def read(body: bytes) -> Reading:
    """Read a batch.

    Raises:
        DomainError: `too_large` (413; the phone halves its batch), `unreadable_batch`.
    """
    if len(body) > MOST_BYTES:
        raise too_large()
    try:
        batch = _batch(body)
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


def _batch(body: bytes) -> GoodBatch | CrewBatch:
    try:
        return GOOD_BATCH.decode(body)
    except msgspec.ValidationError:
        return CREW_BATCH.decode(body)


def too_large() -> DomainError:
    return DomainError("too_large", "Kiriman terlalu besar; bagi dua.", "The batch is too large; halve it.", 413)


def _fix(one: Any, sent_at: datetime | None) -> Fix | Unreadable:
    if not isinstance(one, CrewFix):
        body = one if isinstance(one, dict) else {"fix": one}
        try:
            return _fix(msgspec.convert(one, CrewFix), sent_at)
        except msgspec.ValidationError:
            return Unreadable(str(body.get("id", "")), "unreadable", body)
    try:
        client_id = _uuid(one.id)
    except ValueError:
        return Unreadable(one.id, "bad_id", msgspec.to_builtins(one))
    if not (math.isfinite(one.lon) and math.isfinite(one.lat)):
        return Unreadable(one.id, "unreadable", {"id": one.id})
    return Fix(
        client_id=client_id,
        said_id=one.id,
        kind=one.kind,
        fixed_at=_aware(one.fixed_at),
        sent_at=sent_at,
        lon=one.lon,
        lat=one.lat,
        accuracy_m=one.accuracy_m,
        speed_mps=one.speed_mps,
        bearing_deg=one.bearing_deg,
        battery=one.battery,
    )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _uuid(said: str) -> UUID:
    """Return a uuid as it is usually written, in a third of the time, or however else Python reads one."""
    try:
        return msgspec.convert(said, UUID)
    except msgspec.ValidationError:
        return UUID(said)
