"""Incidents in the database: the row, one track per OPD, and a stamp for every state entered."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.coordinates import LonLat, Point
from geo112.database import row, rows
from geo112.errors import NotFoundError
from geo112.incidents.lifecycle import IncidentState
from geo112.incidents.response_plan import needs


class NeedOf(BaseModel):
    capability: str
    count: int


class Track(BaseModel):
    """How far one OPD is."""

    opd_id: int
    state: IncidentState
    state_since: datetime


class IncidentTimes(BaseModel):
    """When each state was first entered; None where it was skipped. No time is ever invented."""

    created_at: datetime
    opened_at: datetime | None = None
    escalated_at: datetime | None = None
    received_at: datetime | None = None
    verified_at: datetime | None = None
    dispatched_at: datetime | None = None
    en_route_at: datetime | None = None
    on_scene_at: datetime | None = None
    under_control_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None


TIME_OF_STATE = {
    "OPEN": "opened_at",
    "ESCALATED": "escalated_at",
    "RECEIVED": "received_at",
    "VERIFIED": "verified_at",
    "DISPATCHED": "dispatched_at",
    "EN_ROUTE": "en_route_at",
    "ON_SCENE": "on_scene_at",
    "UNDER_CONTROL": "under_control_at",
    "RESOLVED": "resolved_at",
    "CLOSED": "closed_at",
}


class Incident(BaseModel):
    """An incident as screens and the journal see it; the caller and the words only as `caller_id`."""

    id: int
    number: str
    short: str
    type: str
    priority: int
    state: IncidentState
    state_since: datetime
    created_at: datetime
    tkp: Point | None
    tkp_label: str | None
    tkp_areas: list[str]
    tkp_method: str | None
    tkp_uncertainty_m: float | None
    caller_id: int | None
    opds: list[Track]
    times: IncidentTimes
    needs: list[NeedOf]
    call_count: int


SELECT = """
    SELECT incident.*, ST_X(incident.tkp) AS lon, ST_Y(incident.tkp) AS lat,
           (SELECT count(*) FROM call WHERE call.incident_id = incident.id) AS call_count,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('opd_id', track.opd_id, 'state', track.state,
                                                         'state_since', track.state_since) ORDER BY track.opd_id), '[]')
              FROM incident_track AS track WHERE track.incident_id = incident.id) AS tracks,
           (SELECT coalesce(jsonb_object_agg(first.state, first.at), '{}')
              FROM (SELECT stamp.state, min(stamp.at) AS at FROM incident_stamp AS stamp
                     WHERE stamp.incident_id = incident.id GROUP BY stamp.state) AS first) AS stamps
      FROM incident
"""
ONE = text(SELECT + "WHERE incident.id = :incident_id")
BY_CLIENT_ID = text("SELECT id FROM incident WHERE client_id = :client_id")
OPEN = text(
    SELECT
    + """
     WHERE incident.state NOT IN ('CLOSED', 'CANCELLED', 'MERGED', 'HANDED_OVER', 'REJECTED')
     ORDER BY incident.created_at LIMIT :limit"""
)
ALL = text(SELECT + "ORDER BY incident.created_at DESC LIMIT :limit")
NEARBY = text(
    SELECT
    + """
     WHERE incident.state NOT IN ('CANCELLED', 'MERGED', 'DRAFT')
       AND incident.created_at > CAST(:now AS timestamptz) - make_interval(mins => :minutes)
       AND ST_DWithin(CAST(incident.tkp AS geography),
                      CAST(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS geography), :radius_m)
     ORDER BY CAST(incident.tkp AS geography) <-> CAST(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS geography)
     LIMIT 10"""
)
DISTANCE = text("""
    SELECT ST_Distance(CAST(tkp AS geography), CAST(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS geography)) AS metres
      FROM incident WHERE id = :incident_id""")
LOCK = text("SELECT id FROM incident WHERE id = :incident_id FOR UPDATE")

# Numbers count up within the centre's day; the journal's lock is not held yet, so they have a lock of their own.
NUMBER_LOCK = text("SELECT pg_advisory_xact_lock(112000002)")
LAST_NUMBER = text("""
    SELECT coalesce(max(CAST(right(number, 4) AS integer)), 0) AS last
      FROM incident WHERE number LIKE :prefix || '____'""")
CITY_CODE = text("""
    SELECT city_import.code FROM centre JOIN city_import ON city_import.id = centre.city_import_id""")

INSERT = text("""
    INSERT INTO incident (number, client_id, type, priority, state, created_at, created_by, state_since, caller_id)
    VALUES (:number, :client_id, :type, :priority, 'DRAFT', :now, :created_by, :now, :caller_id)
 RETURNING id""")

PUT_TKP = text("""
    UPDATE incident
       SET tkp = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), tkp_uncertainty_m = :uncertainty_m,
           tkp_label = :label, tkp_method = :method, tkp_areas = :areas
     WHERE id = :incident_id""")

AREAS_AT = text("""
    SELECT name, kind FROM area
     WHERE ST_Covers(polygon, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))
       AND kind <> 'kota'
     ORDER BY admin_level DESC NULLS LAST LIMIT 4""")

SET_STATE = text("UPDATE incident SET state = :state, state_since = :now WHERE id = :incident_id")
SET_REPORT = text("UPDATE incident SET report = :report WHERE id = :incident_id").bindparams(
    bindparam("report", type_=JSONB)
)
SET_TRACK = text("""
    INSERT INTO incident_track (incident_id, opd_id, state, state_since)
    VALUES (:incident_id, :opd_id, :state, :now)
    ON CONFLICT (incident_id, opd_id) DO UPDATE SET state = EXCLUDED.state, state_since = EXCLUDED.state_since""")
STAMP = text("""
    INSERT INTO incident_stamp (incident_id, opd_id, state, at, source, actor, reason)
    VALUES (:incident_id, :opd_id, :state, :at, :source, :actor, :reason)""")

OPDS_OF = text("SELECT opd_id FROM incident_track WHERE incident_id = :incident_id ORDER BY opd_id")
KNOWN_OPDS = text("SELECT id FROM opd WHERE id = ANY(CAST(:opd_ids AS bigint[]))")
OPDS_WITH = text("""
    SELECT DISTINCT opd_id FROM unit
     WHERE capabilities && CAST(:capabilities AS text[]) AND service <> 'OFF_DUTY' ORDER BY opd_id""")

ASSIGNED_UNITS = text("""
    SELECT DISTINCT unit_id, unit.opd_id FROM assignment JOIN unit ON unit.id = assignment.unit_id
     WHERE incident_id = :incident_id AND status NOT IN ('CANCELLED', 'DECLINED', 'TIMED_OUT')""")


async def incident(session: AsyncSession, incident_id: int, *, lock: bool = False) -> Incident:
    """Return an incident; with `lock` no other transaction may change it until this one ends.

    Raises:
        NotFoundError: there is none.
    """
    if lock:
        await session.execute(LOCK, {"incident_id": incident_id})
    found = await row(session, ONE, incident_id=incident_id)
    if found is None:
        raise NotFoundError("insiden", "incident")
    return as_incident(found)


async def lock(session: AsyncSession, incident_id: int) -> None:
    """Let no other transaction change an incident until this one ends."""
    await session.execute(LOCK, {"incident_id": incident_id})


async def opds_of(session: AsyncSession, incident_id: int) -> list[int]:
    """Return the OPD that an incident was escalated to."""
    return [int(one.opd_id) for one in await rows(session, OPDS_OF, incident_id=incident_id)]


async def incidents(session: AsyncSession, *, only_open: bool, limit: int) -> list[Incident]:
    return [as_incident(one) for one in await rows(session, OPEN if only_open else ALL, limit=limit)]


async def nearby(
    session: AsyncSession, point: LonLat, radius_m: float, minutes: int, now: datetime
) -> list[tuple[Incident, float]]:
    """Return incidents that could be the same one, nearest first, each with its distance in metres."""
    found = await rows(session, NEARBY, lon=point.lon, lat=point.lat, radius_m=radius_m, minutes=minutes, now=now)
    near = []
    for one in found:
        distance = await row(session, DISTANCE, incident_id=one.id, lon=point.lon, lat=point.lat)
        near.append((as_incident(one), float(distance.metres) if distance else 0.0))
    return near


async def next_number(session: AsyncSession, day: datetime) -> str:
    """Return the next number of a local day: KCT-261123-0231."""
    await session.execute(NUMBER_LOCK)
    city = await row(session, CITY_CODE)
    prefix = f"{city.code if city else '112'}-{day:%y%m%d}-"
    last = await row(session, LAST_NUMBER, prefix=prefix)
    return f"{prefix}{(last.last if last else 0) + 1:04d}"


async def insert(session: AsyncSession, **values: Any) -> int:
    found = await row(session, INSERT, **values)
    assert found is not None
    return int(found.id)


async def areas_at(session: AsyncSession, point: LonLat) -> list[str]:
    """Return the areas that `point` lies in, smallest first, as they are spoken: RW 05, Kel. Melati, Kec. Barat."""
    prefix = {"kelurahan": "Kel. ", "kecamatan": "Kec. "}
    return [prefix.get(one.kind, "") + one.name for one in await rows(session, AREAS_AT, lon=point.lon, lat=point.lat)]


async def set_state(session: AsyncSession, incident_id: int, state: IncidentState, now: datetime) -> None:
    await session.execute(SET_STATE, {"incident_id": incident_id, "state": state, "now": now})


async def set_track(session: AsyncSession, incident_id: int, opd_id: int, state: IncidentState, now: datetime) -> None:
    await session.execute(SET_TRACK, {"incident_id": incident_id, "opd_id": opd_id, "state": state, "now": now})


async def stamp(
    session: AsyncSession,
    incident_id: int,
    state: IncidentState,
    at: datetime,
    actor: str,
    *,
    opd_id: int | None = None,
    source: str = "manual",
    reason: str | None = None,
) -> None:
    """Write down that a state was entered; `opd_id` None: by the incident as a whole."""
    await session.execute(
        STAMP,
        {
            "incident_id": incident_id,
            "opd_id": opd_id,
            "state": state,
            "at": at,
            "source": source,
            "actor": actor,
            "reason": reason,
        },
    )


async def opds_with(session: AsyncSession, capabilities: Iterable[str]) -> list[int]:
    """Return the OPD that own a unit with one of these capabilities."""
    return [int(one.opd_id) for one in await rows(session, OPDS_WITH, capabilities=list(capabilities))]


async def known_opds(session: AsyncSession, opd_ids: Iterable[int]) -> list[int]:
    return [int(one.id) for one in await rows(session, KNOWN_OPDS, opd_ids=list(opd_ids))]


async def assigned_units(session: AsyncSession, incident_id: int) -> list[tuple[int, int]]:
    """Return (unit id, OPD id) of the units sent to an incident."""
    return [(one.unit_id, one.opd_id) for one in await rows(session, ASSIGNED_UNITS, incident_id=incident_id)]


def as_incident(found: Any) -> Incident:
    stamps = {TIME_OF_STATE[state]: at for state, at in found.stamps.items() if state in TIME_OF_STATE}
    return Incident(
        id=found.id,
        number=found.number,
        short=found.number[-4:],
        type=found.type,
        priority=found.priority,
        state=found.state,
        state_since=found.state_since,
        created_at=found.created_at,
        tkp=Point(lon=found.lon, lat=found.lat) if found.lon is not None else None,
        tkp_label=found.tkp_label,
        tkp_areas=list(found.tkp_areas),
        tkp_method=found.tkp_method,
        tkp_uncertainty_m=found.tkp_uncertainty_m,
        caller_id=found.caller_id,
        opds=[Track(**track) for track in found.tracks],
        times=IncidentTimes(created_at=found.created_at, **stamps),
        needs=[NeedOf(capability=need.capability, count=need.count) for need in needs(found.type, found.priority)],
        call_count=found.call_count,
    )
