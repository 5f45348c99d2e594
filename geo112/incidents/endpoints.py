"""Incidents over HTTP: opened and located by call takers, received and closed by dispatchers.

The detail of an incident, giving it to more OPD and closing it are `dispatching`'s, which knows the assignments.
"""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from geo112 import clock
from geo112.access.roles import CONTROL_ROOM, DESKS, Role, Signed, require
from geo112.calls.store import Call
from geo112.coordinates import LonLat
from geo112.database import Transaction
from geo112.errors import ForbiddenError
from geo112.incidents import service, store
from geo112.incidents.lifecycle import IncidentState
from geo112.incidents.store import Incident

router = APIRouter(prefix="/api/incidents", tags=["incidents"])
joining = APIRouter(prefix="/api/calls", tags=["incidents"])

ControlRoom = Annotated[Signed, require(*CONTROL_ROOM)]
Desk = Annotated[Signed, require(*DESKS)]


class NewIncident(BaseModel):
    client_id: UUID | None = None
    call_id: int | None = None
    type: str = Field(max_length=40)
    priority: int | None = Field(None, ge=1, le=3)
    words: str | None = Field(None, max_length=4000)
    landmark: str | None = Field(None, max_length=500)


class Tkp(BaseModel):
    """The scene, WGS 84 degrees, and how it is known."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    uncertainty_m: float | None = Field(None, ge=0, le=100_000)
    label: str | None = Field(None, max_length=300)
    method: Literal["map", "search", "coordinates", "caller_position"] = "map"
    escalate: bool = True


class Linked(BaseModel):
    incident_id: int


class TrackMove(BaseModel):
    state: Literal["RECEIVED", "VERIFIED", "REJECTED"]
    reason: str | None = Field(None, max_length=500)
    opd_id: int | None = None


class Reason(BaseModel):
    reason: str = Field(max_length=500)


class Near(BaseModel):
    incident: Incident
    distance_m: float
    age_s: float


@router.post("", status_code=201)
async def open_incident(wanted: NewIncident, who: ControlRoom, session: Transaction) -> Incident:
    """Open an incident as a draft, from a call or without one. Control room."""
    return await service.open_incident(
        session,
        who,
        clock.now(),
        client_id=wanted.client_id,
        call_id=wanted.call_id,
        type_code=wanted.type,
        priority=wanted.priority,
        words=wanted.words,
        landmark=wanted.landmark,
    )


@router.get("")
async def incidents(
    who: Desk, session: Transaction, state: Literal["open", "all"] = "open", limit: int = 500
) -> list[Incident]:
    """List incidents. Control room: all; dispatchers: those escalated to their OPD."""
    found = await store.incidents(session, only_open=state == "open", limit=max(1, min(limit, 2000)))
    return [one for one in found if may_see(who, one)]


@router.get("/nearby")
async def nearby(
    who: Desk,
    session: Transaction,
    lon: Annotated[float, Query(ge=-180, le=180)],
    lat: Annotated[float, Query(ge=-90, le=90)],
    radius_m: Annotated[float, Query(gt=0, le=5000)] = 500,
    minutes: Annotated[int, Query(gt=0, le=24 * 60)] = 60,
) -> list[Near]:
    """List incidents near a point and recent, that could be the same one. Control room and dispatchers."""
    now = clock.now()
    found = await store.nearby(session, LonLat(lon, lat), radius_m, minutes, now)
    return [
        Near(incident=one, distance_m=metres, age_s=(now - one.created_at).total_seconds())
        for one, metres in found
        if may_see(who, one)
    ]


@router.put("/{incident_id}/tkp")
async def confirm_tkp(incident_id: int, tkp: Tkp, who: Desk, session: Transaction) -> Incident:
    """Confirm the scene and escalate to the OPD of the response plan. Control room; dispatchers may correct it."""
    if who.role is Role.DISPATCHER:
        check_may_see(who, await store.incident(session, incident_id))
    return await service.confirm_tkp(
        session,
        who,
        incident_id,
        LonLat(tkp.lon, tkp.lat),
        clock.now(),
        uncertainty_m=tkp.uncertainty_m,
        label=tkp.label,
        method=tkp.method,
        escalate=tkp.escalate,
    )


@router.post("/{incident_id}/track")
async def move_track(
    incident_id: int,
    wanted: TrackMove,
    who: Annotated[Signed, require(Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR)],
    session: Transaction,
) -> Incident:
    """Receive, verify or reject for one OPD. Dispatchers for their own; supervisors name the OPD."""
    opd_id = wanted.opd_id or who.opd_id
    if opd_id is None:
        raise ForbiddenError("opd_missing", "Sebutkan OPD-nya.", "Name the OPD.")
    who.check_opd(opd_id)
    return await service.move_track(
        session, who, incident_id, opd_id, IncidentState(wanted.state), wanted.reason, clock.now()
    )


@router.post("/{incident_id}/cancel")
async def cancel(incident_id: int, wanted: Reason, who: Desk, session: Transaction) -> Incident:
    """Cancel an incident that no unit works on. Control room; dispatchers of an OPD that has it."""
    check_may_see(who, await store.incident(session, incident_id))
    return await service.cancel(session, who, incident_id, wanted.reason, clock.now())


@joining.post("/{call_id}/link")
async def join(call_id: int, wanted: Linked, who: ControlRoom, session: Transaction) -> Call:
    """Join a call to an incident that is known already. Control room."""
    return await service.join(session, who, call_id, wanted.incident_id, clock.now())


def may_see(who: Signed, incident: Incident) -> bool:
    """Say whether a desk may see an incident: dispatchers see what was escalated to their OPD."""
    return who.role is not Role.DISPATCHER or any(track.opd_id == who.opd_id for track in incident.opds)


def check_may_see(who: Signed, incident: Incident) -> None:
    if not may_see(who, incident):
        raise ForbiddenError("other_opd", "Insiden ini ditangani OPD lain.", "This incident is with another OPD.")
