"""An administrator's devices: made with a link and a QR code, listed, revoked; and what was put aside."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from geo112 import clock, journal
from geo112.access.roles import Role, Signed, require
from geo112.database import Transaction
from geo112.errors import DomainError
from geo112.tracking import devices
from geo112.tracking.onboarding import onboarding, svg

router = APIRouter(prefix="/api", tags=["tracking"])

Administrator = Annotated[Signed, require(Role.ADMINISTRATOR)]
SenderName = Literal["owntracks", "traccar_client", "osmand", "gpslogger", "overland", "traccar_server"]


class Device(BaseModel):
    """A phone, a vehicle's box or a forwarding server; `key` is shown once, by the answer that made it."""

    id: int
    sender: str
    label: str
    unit_id: int | None
    call_sign: str | None
    priority: int
    forwarder_id: int | None
    said_id: str | None
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    heard_at: datetime | None
    believed_at: datetime | None  # the newest fix that was believed, by our clock
    clock_offset_s: float


class WantedDevice(BaseModel):
    """A device to make. A vehicle behind a Traccar server names that server and what it calls the vehicle."""

    sender: SenderName
    label: str = Field(min_length=1, max_length=60)
    unit_id: int | None = None
    priority: int = Field(1, ge=1, le=9)
    forwarder_id: int | None = None
    said_id: str | None = Field(None, min_length=1, max_length=60)


class Onboarded(BaseModel):
    """How the app is set: a link for the phone itself, what the QR code says, and its picture."""

    key: str
    link: str | None
    qr: str
    qr_svg: str
    by_hand: dict[str, str]


class MadeDevice(BaseModel):
    device: Device
    onboarding: Onboarded | None


class PutAside(BaseModel):
    id: int
    device_id: int | None
    label: str | None
    unit_id: int | None
    call_sign: str | None
    sender: str
    code: str
    said_id: str
    client_id: str
    address: str
    received_at: datetime
    body: str


class Counted(BaseModel):
    sender: str
    code: str
    put_aside: int
    dropped: int


class QuarantineOf(BaseModel):
    """The newest of what was put aside, and how much there ever was and had to make room."""

    newest: list[PutAside]
    counts: list[Counted]


@router.post("/devices", status_code=201)
async def make(wanted: WantedDevice, request: Request, who: Administrator, session: Transaction) -> MadeDevice:
    """Make a device and say how its app is set. Administrators."""
    is_vehicle = wanted.forwarder_id is not None
    is_server = wanted.sender == "traccar_server" and not is_vehicle
    if (is_vehicle and (wanted.sender != "traccar_server" or wanted.said_id is None)) or (
        is_server and wanted.unit_id is not None
    ):
        raise DomainError(
            "not_a_vehicle",
            "Kendaraan di balik server Traccar butuh server itu dan uniqueId-nya; server sendiri tidak punya unit.",
            "A vehicle behind a Traccar server needs that server and its uniqueId; the server itself has no unit.",
        )
    if not is_server and wanted.unit_id is None:
        raise DomainError("unit_missing", "Perangkat ini butuh unit.", "This device needs a unit.")
    device_id, key = await devices.make(
        session,
        sender=wanted.sender,
        label=wanted.label.strip(),
        unit_id=wanted.unit_id,
        priority=wanted.priority,
        forwarder_id=wanted.forwarder_id,
        said_id=wanted.said_id if is_vehicle else None,
        now=clock.real_now(),
        actor=who.actor,
    )
    device = _device(await devices.one(session, device_id))
    await _note(session, "device.made", device, who)
    made = MadeDevice(device=device, onboarding=None)
    if key is not None:
        how = onboarding(wanted.sender, str(request.base_url).rstrip("/"), key, wanted.label.strip())
        made.onboarding = Onboarded(key=key, link=how.link, qr=how.qr, qr_svg=svg(how.qr), by_hand=how.by_hand)
    return made


@router.get("/devices")
async def all_devices(who: Administrator, session: Transaction) -> list[Device]:
    """List every device, crews' own pages among them; the revoked last. Administrators."""
    return [_device(one) for one in await devices.all_of_them(session)]


@router.post("/devices/{device_id}/revoke")
async def revoke(device_id: int, who: Administrator, session: Transaction) -> Device:
    """Take a lost device's key away, from its next request on; a crew's page is signed out. Administrators."""
    is_news = await devices.revoke(session, device_id, clock.real_now())
    device = _device(await devices.one(session, device_id))
    if is_news:
        await _note(session, "device.revoked", device, who)
    return device


@router.get("/quarantine")
async def quarantine(
    who: Administrator, session: Transaction, limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> QuarantineOf:
    """Give what could not be read or believed, or came without a key. Administrators."""
    return QuarantineOf(
        newest=[PutAside(**one._mapping) for one in await devices.quarantined(session, limit)],
        counts=[Counted(**one._mapping) for one in await devices.counts(session)],
    )


def _device(found: Any) -> Device:
    return Device(**found._mapping)


async def _note(session: Transaction, kind: str, device: Device, who: Signed) -> None:
    await journal.append(
        session,
        at=clock.now(),
        kind=kind,
        object="device",
        object_id=device.id,
        actor=who.actor,
        audience=journal.Audience(("administrator",)),
        value=device.model_dump(mode="json", include={"id", "sender", "label", "unit_id", "priority", "revoked_at"}),
    )
