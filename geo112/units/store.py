"""Units in the database. Availability is never stored: it follows from service state and the open assignment."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.coordinates import LonLat, Point
from geo112.database import row, rows
from geo112.errors import NotFoundError
from geo112.units.unit import Opd, Position, Service, Unit

SELECT = """
    SELECT unit.*, opd.code AS opd_code, opd.kind AS opd_kind,
           ST_X(unit.post) AS post_lon, ST_Y(unit.post) AS post_lat,
           assignment.id AS assignment_id,
           CASE WHEN assignment.status IN ('ON_SCENE', 'AT_PATIENT', 'TRANSPORTING', 'AT_FACILITY') THEN 'ON_SCENE'
                WHEN assignment.id IS NOT NULL THEN 'ASSIGNED'
                WHEN unit.service = 'IN_SERVICE' THEN 'AVAILABLE'
                ELSE unit.service END AS availability,
           position.lon, position.lat, position.fixed_at, position.received_at, position.heard_at,
           position.accuracy_m, position.speed_mps, position.bearing_deg, position.battery
      FROM unit
      JOIN opd ON opd.id = unit.opd_id
      LEFT JOIN assignment ON assignment.unit_id = unit.id AND assignment.holds_unit
      LEFT JOIN unit_position AS position ON position.unit_id = unit.id
"""
ONE = text(SELECT + "WHERE unit.id = :unit_id")
ALL = text(SELECT + "ORDER BY unit.call_sign")
CAPABLE = text(
    SELECT
    + """
     WHERE unit.capabilities && CAST(:capabilities AS text[])
       AND assignment.id IS NULL
       AND unit.service IN ('IN_SERVICE', 'STANDBY', 'LIMITED')
     ORDER BY unit.id"""
)
HELPED_OPDS = text("""
    SELECT track.opd_id
      FROM assignment JOIN incident_track AS track ON track.incident_id = assignment.incident_id
     WHERE assignment.unit_id = :unit_id AND assignment.holds_unit""")
OPDS = text("SELECT id, code, name, kind FROM opd ORDER BY id")
SET_SERVICE = text("UPDATE unit SET service = :service, service_reason = :reason WHERE id = :unit_id")
SAVE_OPD = text("""
    INSERT INTO opd (code, name, kind) VALUES (:code, :name, :kind)
    ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name, kind = EXCLUDED.kind
 RETURNING id""")
SAVE_UNIT = text("""
    INSERT INTO unit (call_sign, opd_id, profile, capabilities, post_name, post)
    VALUES (:call_sign, :opd_id, :profile, :capabilities, :post_name,
            ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))
    ON CONFLICT (call_sign) DO UPDATE
       SET opd_id = EXCLUDED.opd_id, profile = EXCLUDED.profile, capabilities = EXCLUDED.capabilities,
           post_name = EXCLUDED.post_name, post = EXCLUDED.post
 RETURNING id""")


async def unit(session: AsyncSession, unit_id: int) -> Unit:
    found = await row(session, ONE, unit_id=unit_id)
    if found is None:
        raise NotFoundError("unit", "unit")
    return as_unit(found)


async def units(session: AsyncSession) -> list[Unit]:
    return [as_unit(one) for one in await rows(session, ALL)]


async def capable(session: AsyncSession, capabilities: Sequence[str]) -> list[Unit]:
    """Return every free unit with one of these capabilities: all of them, no shortlist by distance."""
    return [as_unit(one) for one in await rows(session, CAPABLE, capabilities=list(capabilities))]


async def helped_opds(session: AsyncSession, unit_id: int) -> list[int]:
    """Return the OPD of the incident that a unit is sent to, if any."""
    return [int(one.opd_id) for one in await rows(session, HELPED_OPDS, unit_id=unit_id)]


async def opds(session: AsyncSession) -> list[Opd]:
    return [Opd(id=one.id, code=one.code, name=one.name, kind=one.kind) for one in await rows(session, OPDS)]


async def set_service(session: AsyncSession, unit_id: int, service: Service, reason: str | None) -> None:
    await session.execute(SET_SERVICE, {"unit_id": unit_id, "service": service, "reason": reason})


async def save_opd(session: AsyncSession, code: str, name: str, kind: str) -> int:
    """Make an OPD, or bring the one of that code up to date."""
    found = await row(session, SAVE_OPD, code=code, name=name, kind=kind)
    assert found is not None
    return int(found.id)


async def save_unit(
    session: AsyncSession,
    call_sign: str,
    opd_id: int,
    profile: str,
    capabilities: Sequence[str],
    post_name: str,
    post: LonLat,
) -> int:
    """Make a unit, or bring the one of that call sign up to date."""
    found = await row(
        session,
        SAVE_UNIT,
        call_sign=call_sign,
        opd_id=opd_id,
        profile=profile,
        capabilities=list(capabilities),
        post_name=post_name,
        lon=post.lon,
        lat=post.lat,
    )
    assert found is not None
    return int(found.id)


def as_unit(found: Any) -> Unit:
    return Unit(
        id=found.id,
        call_sign=found.call_sign,
        opd_id=found.opd_id,
        opd_code=found.opd_code,
        opd_kind=found.opd_kind,
        profile=found.profile,
        capabilities=list(found.capabilities),
        post_name=found.post_name,
        post=Point(lon=found.post_lon, lat=found.post_lat),
        service=found.service,
        service_reason=found.service_reason,
        availability=found.availability,
        assignment_id=found.assignment_id,
        position=None
        if found.lon is None
        else Position(
            lon=found.lon,
            lat=found.lat,
            fixed_at=found.fixed_at,
            received_at=found.received_at,
            heard_at=found.heard_at,
            accuracy_m=found.accuracy_m,
            speed_mps=found.speed_mps,
            bearing_deg=found.bearing_deg,
            battery=found.battery,
        ),
    )
