"""Dispatching over HTTP: recommendations, assignments and their status, the detail and the closing of an incident."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import shapely
from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field, field_validator

from geo112 import clock
from geo112.access.roles import CONTROL_ROOM, DESKS, Role, Signed, require
from geo112.calls import service as calls
from geo112.calls import store as call_store
from geo112.city import store as city_store
from geo112.coordinates import LonLat, Point
from geo112.database import Transaction, row, rows
from geo112.dispatching import proposals, service, store, travel
from geo112.dispatching.assignment import CALLED_OFF, Status
from geo112.dispatching.store import Assignment
from geo112.errors import ForbiddenError
from geo112.incidents import store as incident_store
from geo112.incidents.endpoints import check_may_see, may_see
from geo112.incidents.store import Incident
from geo112.units import store as unit_store
from geo112.units.unit import Unit

router = APIRouter(prefix="/api", tags=["dispatching"])

Desk = Annotated[Signed, require(*DESKS)]
Dispatching = Annotated[Signed, require(Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR)]


class Words(BaseModel):
    """Something to know, with a code for programs and words for people."""

    code: str
    text_id: str
    text_en: str


class NeedState(BaseModel):
    capability: str
    count: int
    assigned: int


class RankedUnit(BaseModel):
    rank: int
    unit: Unit
    capabilities: list[str]
    eta_s: float
    distance_m: float | None = Field(description="Along the road, metres; None where only the straight line is known")
    eta_source: Literal["road", "straight_line"]
    fix_age_s: float | None
    eta_soonest_s: float | None = Field(description="Where its fix is old: between when and when it can be there")
    eta_latest_s: float | None
    reasons: list[Words]
    may_assign: bool


class AreaOf(BaseModel):
    unit_id: int
    by: Literal["road", "circle"]
    since_s: float = Field(description="For how long it may have driven, seconds; at most a quarter of an hour counts")


class Area(BaseModel):
    """GeoJSON, lon before lat."""

    type: Literal["Feature"] = "Feature"
    geometry: dict[str, Any]
    properties: AreaOf


class Recommendations(BaseModel):
    incident_id: int
    needs: list[NeedState]
    computed_at: datetime
    city_import_id: int | None
    units: list[RankedUnit]


class NewAssignment(BaseModel):
    client_id: UUID | None = None
    unit_id: int


class Escalation(BaseModel):
    opd_ids: list[int] = Field(min_length=1, max_length=50)


class StatusCommand(BaseModel):
    client_id: UUID | None = None
    status: Status
    at: AwareDatetime | None = None
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    reason: str | None = Field(None, max_length=500)
    source: Literal["manual", "radio", "auto"] = "manual"
    proposal_id: int | None = Field(None, description="Confirms a proposal; time and source are then the proposal's")

    @field_validator("status", mode="before")
    @classmethod
    def in_any_case(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value


class Report(BaseModel):
    summary: str = Field("", max_length=4000)
    victims: int | None = Field(None, ge=0, le=100_000)
    actions: str | None = Field(None, max_length=4000)


class Closing(BaseModel):
    report: Report
    reason: str | None = Field(None, max_length=500)


class CallOf(BaseModel):
    id: int
    received_at: datetime


class Moment(BaseModel):
    """A line of the chronology: the journal's kind, and whom or what it was about."""

    at: datetime
    kind: str
    actor_name: str
    call_sign: str | None
    status: str | None


class Duplicate(BaseModel):
    incident_id: int
    number: str
    type: str
    distance_m: float
    age_s: float


class IncidentDetail(Incident):
    """With what the caller said: for those who work on it."""

    words: str | None
    landmark: str | None
    caller_number_masked: str | None
    report: Report | None
    calls: list[CallOf]
    assignments: list[Assignment]
    chronology: list[Moment]
    duplicates: list[Duplicate]


class RouteProperties(BaseModel):
    eta_s: float
    length_m: float | None
    eta_source: Literal["road", "straight_line"]
    streets: list[str]


class LineString(BaseModel):
    type: Literal["LineString"] = "LineString"
    coordinates: list[tuple[float, float]]


class Route(BaseModel):
    """A GeoJSON feature: the way from a unit to the TKP, lon then lat."""

    type: Literal["Feature"] = "Feature"
    geometry: LineString
    properties: RouteProperties


class DutyIncident(BaseModel):
    id: int
    number: str
    type: str
    priority: int
    tkp: Point | None
    tkp_label: str | None
    tkp_areas: list[str]
    tkp_uncertainty_m: float | None
    words: str | None
    landmark: str | None


class Duty(BaseModel):
    """What a crew's phone needs to know."""

    unit: Unit
    assignment: Assignment | None
    returning: Assignment | None = Field(description="The one that ended, while a step of the way home is proposed")
    incident: DutyIncident | None
    ping_interval_s: int
    queue_max: int


@router.get("/incidents/{incident_id}")
async def detail(incident_id: int, who: Desk, session: Transaction) -> IncidentDetail:
    """Give an incident with its calls, assignments and chronology. Control room; dispatchers of its OPD."""
    incident = await incident_store.incident(session, incident_id)
    check_may_see(who, incident)
    now = clock.now()
    caller = (
        None
        if incident.caller_id is None
        else await calls.show_caller(session, who, incident.caller_id, "incident", now)
    )
    near = []
    if incident.tkp is not None:
        near = await incident_store.nearby(session, service.scene_of(incident), 500, 60, now)
    stored = await row(session, incident_store.ONE, incident_id=incident_id)
    return IncidentDetail(
        **incident.model_dump(),
        words=caller.words if caller else None,
        landmark=caller.landmark if caller else None,
        caller_number_masked=masked(caller.number) if caller else None,
        report=stored.report if stored else None,
        calls=[
            CallOf(id=one.id, received_at=one.received_at)
            for one in await call_store.calls_of_incident(session, incident_id)
        ],
        assignments=await store.assignments_of(session, incident_id),
        chronology=[
            Moment(at=one.at, kind=one.kind, actor_name=one.actor_name, call_sign=one.call_sign, status=one.status)
            for one in await rows(session, store.CHRONOLOGY, incident_id=incident_id)
        ],
        duplicates=[
            Duplicate(
                incident_id=one.id,
                number=one.number,
                type=one.type,
                distance_m=metres,
                age_s=(now - one.created_at).total_seconds(),
            )
            for one, metres in near
            if one.id != incident_id and may_see(who, one)
        ],
    )


@router.get("/incidents/{incident_id}/recommendations")
async def recommendations(incident_id: int, who: Desk, session: Transaction, limit: int = 20) -> Recommendations:
    """Rank every free, capable unit by exact road time. Control room; dispatchers: units of their OPD."""
    incident = await incident_store.incident(session, incident_id)
    check_may_see(who, incident)
    now = clock.now()
    incident, ranked = await service.recommendations(session, incident_id, now)
    mine = [one for one in ranked if who.role is not Role.DISPATCHER or one.unit.opd_id == who.opd_id]
    sent = [one for one in await store.assignments_of(session, incident_id) if one.status not in CALLED_OFF]
    capabilities = {unit.id: unit.capabilities for unit in await unit_store.units(session)} if sent else {}
    found = []
    for place, one in enumerate(mine[: max(1, min(limit, 1000))], start=1):
        way = await service.route(session, incident, one.unit, now) if one.travel.source == "road" else None
        found.append(
            RankedUnit(
                rank=place,
                unit=one.unit,
                capabilities=list(one.capabilities),
                eta_s=round(one.travel.eta_s, 1),
                distance_m=None if way is None else round(way.length_m, 1),
                eta_source=one.travel.source,
                fix_age_s=one.fix_age_s,
                eta_soonest_s=None if one.interval is None else round(one.interval.soonest_s, 1),
                eta_latest_s=None if one.interval is None else round(one.interval.latest_s, 1),
                reasons=[Words(code=r.code, text_id=r.words_id, text_en=r.words_en) for r in one.reasons],
                may_assign=who.role is not Role.CALL_TAKER,
            )
        )
    return Recommendations(
        incident_id=incident_id,
        needs=[
            NeedState(
                capability=need.capability,
                count=need.count,
                assigned=sum(need.capability in capabilities.get(one.unit_id, []) for one in sent),
            )
            for need in incident.needs
        ],
        computed_at=now,
        city_import_id=await city_store.import_id(session),
        units=found,
    )


@router.post("/incidents/{incident_id}/escalations")
async def escalate(
    incident_id: int, wanted: Escalation, who: Annotated[Signed, require(*CONTROL_ROOM)], session: Transaction
) -> Incident:
    """Give the incident to more OPD. Control room."""
    return await service.escalate(session, who, incident_id, wanted.opd_ids, clock.now())


@router.post("/incidents/{incident_id}/assignments", status_code=201)
async def assign(incident_id: int, wanted: NewAssignment, who: Dispatching, session: Transaction) -> Assignment:
    """Send a unit. Dispatchers: units of their OPD; supervisors and administrators: any."""
    check_may_see(who, await incident_store.incident(session, incident_id))
    return await service.assign(session, who, incident_id, wanted.unit_id, wanted.client_id, clock.now())


@router.post("/assignments/{assignment_id}/status")
async def set_status(
    assignment_id: int,
    command: StatusCommand,
    who: Annotated[Signed, require(Role.CREW, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR)],
    session: Transaction,
) -> Assignment:
    """Move an assignment on. Its crew; dispatchers of its OPD by radio; supervisors, administrators."""
    place = LonLat(command.lon, command.lat) if command.lon is not None and command.lat is not None else None
    return await service.set_status(
        session,
        who,
        assignment_id,
        command.status,
        clock.now(),
        client_id=command.client_id,
        at=command.at,
        reason=command.reason,
        source=command.source,
        place=place,
        proposal_id=command.proposal_id,
    )


@router.post("/proposals/{proposal_id}/dismiss")
async def dismiss(
    proposal_id: int,
    who: Annotated[Signed, require(Role.CREW, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR)],
    session: Transaction,
) -> Assignment:
    """Say that a proposed step did not happen. Its crew; dispatchers of its OPD; supervisors, administrators."""
    return await proposals.dismiss(session, who, proposal_id, clock.now())


@router.post("/incidents/{incident_id}/close")
async def close(incident_id: int, closing: Closing, who: Dispatching, session: Transaction) -> Incident:
    """Close an incident with its report. Dispatchers for their OPD; supervisors for all, by force with a reason."""
    check_may_see(who, await incident_store.incident(session, incident_id))
    return await service.close(session, who, incident_id, closing.report.model_dump(), closing.reason, clock.now())


@router.get("/incidents/{incident_id}/route")
async def route_to(incident_id: int, unit_id: int, who: Desk, session: Transaction) -> Route:
    """Give the way that a unit would take. Control room; dispatchers of the incident's OPD."""
    incident = await incident_store.incident(session, incident_id)
    check_may_see(who, incident)
    return await _route(session, incident, await unit_store.unit(session, unit_id))


@router.get("/units/{unit_id}/whereabouts")
async def whereabouts_of(unit_id: int, who: Desk, session: Transaction) -> Area:
    """Give the area that a unit can have reached since its newest fix. Control room; dispatchers of its OPD."""
    unit = await unit_store.unit(session, unit_id)
    if who.role is Role.DISPATCHER:
        who.check_opd(unit.opd_id)
    drawn = await service.whereabouts(session, unit, clock.now())
    return Area(
        geometry=json.loads(shapely.to_geojson(drawn.area)),
        properties=AreaOf(unit_id=unit_id, by=drawn.by, since_s=drawn.since_s),
    )


@router.get("/assignments/{assignment_id}/route")
async def route_of(
    assignment_id: int, who: Annotated[Signed, require(*DESKS, Role.CREW)], session: Transaction
) -> Route:
    """Give the way from a unit's newest position to its TKP. Control room, dispatchers of the OPD, the crew."""
    found = await store.assignment(session, assignment_id)
    who.check_unit(found.unit_id)
    incident = await incident_store.incident(session, found.incident_id)
    if who.role is not Role.CREW:
        check_may_see(who, incident)
    return await _route(session, incident, await unit_store.unit(session, found.unit_id))


@router.get("/crew/duty")
async def duty(who: Annotated[Signed, require(Role.CREW)], session: Transaction) -> Duty:
    """Tell a crew what it is to do. Crews."""
    if who.unit_id is None:
        raise ForbiddenError("unit_missing", "Akun ini belum punya unit.", "This account has no unit yet.")
    newest = await store.newest(session, who.unit_id)
    assignment = newest if newest is not None and newest.holds_unit else None
    incident = None
    if assignment is not None:
        found = await incident_store.incident(session, assignment.incident_id)
        caller = await call_store.caller(session, found.caller_id) if found.caller_id else None
        incident = DutyIncident(
            id=found.id,
            number=found.number,
            type=found.type,
            priority=found.priority,
            tkp=found.tkp,
            tkp_label=found.tkp_label,
            tkp_areas=found.tkp_areas,
            tkp_uncertainty_m=found.tkp_uncertainty_m,
            words=caller.words if caller else None,
            landmark=caller.landmark if caller else None,
        )
    return Duty(
        unit=await unit_store.unit(session, who.unit_id),
        assignment=assignment,
        returning=newest if assignment is None and newest is not None and newest.proposals else None,
        incident=incident,
        ping_interval_s=5 if assignment else 15,
        queue_max=20_000,
    )


async def _route(session: Transaction, incident: Incident, unit: Unit) -> Route:
    path = await service.route(session, incident, unit, clock.now())
    if path is not None:
        return Route(
            geometry=LineString(coordinates=[(point[0], point[1]) for point in path.points]),
            properties=RouteProperties(
                eta_s=path.seconds + path.walk_s,
                length_m=path.length_m,
                eta_source="road",
                streets=[street.name for street in path.streets if street.name],
            ),
        )
    start, tkp = service.place_of(unit), service.scene_of(incident)
    guess = travel.straight_line(tkp, start)
    return Route(
        geometry=LineString(coordinates=[start, tkp]),
        properties=RouteProperties(eta_s=guess.eta_s, length_m=None, eta_source="straight_line", streets=[]),
    )


def masked(number: str | None) -> str | None:
    """Return a caller's number with its middle hidden: 0812-xxxx-4471."""
    if not number:
        return None
    digits = "".join(letter for letter in number if letter.isdigit() or letter == "+")
    return f"{digits[:4]}-xxxx-{digits[-4:]}" if len(digits) >= 10 else "xxxx"
