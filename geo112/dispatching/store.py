"""Assignments in the database. That a unit has one at a time is the index `unit_already_assigned`, nothing else."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.database import row, rows
from geo112.dispatching.assignment import Status
from geo112.errors import NotFoundError


class Proposal(BaseModel):
    """A step that the motion of the unit speaks for, to be confirmed or dismissed."""

    id: int
    status: Status
    at: datetime  # by the first fix that shows it
    evidence: dict[str, Any]  # distance_m from the TKP or the post, accuracy_m, fixes at rest, fixed_at, lon, lat


class Assignment(BaseModel):
    """One unit sent to one incident, with the time of each status that was applied and the steps proposed."""

    id: int
    incident_id: int
    incident_number: str
    unit_id: int
    call_sign: str
    opd_id: int
    status: Status
    status_since: datetime
    sent_at: datetime
    sent_by_name: str
    eta_s_when_sent: float | None
    eta_source: Literal["road", "straight_line"] | None
    times: dict[Status, datetime]
    holds_unit: bool
    proposals: list[Proposal]


SENT_BY = """
    CASE WHEN assignment.sent_by LIKE 'account:%'
         THEN (SELECT name FROM account WHERE id = CAST(split_part(assignment.sent_by, ':', 2) AS bigint))
         WHEN assignment.sent_by LIKE 'token:%'
         THEN (SELECT label FROM token WHERE id = CAST(split_part(assignment.sent_by, ':', 2) AS bigint))
         ELSE assignment.sent_by END"""

SELECT = f"""
    SELECT assignment.*, unit.call_sign, unit.opd_id, incident.number AS incident_number,
           coalesce({SENT_BY}, assignment.sent_by) AS sent_by_name,
           (SELECT coalesce(jsonb_object_agg(first.status, first.at), '{{}}')
              FROM (SELECT stamp.status, min(stamp.at) AS at FROM assignment_stamp AS stamp
                     WHERE stamp.assignment_id = assignment.id AND stamp.is_applied GROUP BY stamp.status) AS first
           ) AS times,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', proposal.id, 'status', proposal.status,
                                                         'at', proposal.at, 'evidence', proposal.evidence)
                                      ORDER BY proposal.at, proposal.id), '[]')
              FROM proposal WHERE proposal.assignment_id = assignment.id AND proposal.state = 'OPEN') AS proposals
      FROM assignment
      JOIN unit ON unit.id = assignment.unit_id
      JOIN incident ON incident.id = assignment.incident_id
"""  # noqa: S608  (both pieces are constants of this file)
ONE = text(SELECT + "WHERE assignment.id = :assignment_id")
BY_CLIENT_ID = text("SELECT id FROM assignment WHERE client_id = :client_id")
OF_INCIDENT = text(SELECT + "WHERE assignment.incident_id = :incident_id ORDER BY assignment.id")
HOLDING = text(SELECT + "WHERE assignment.unit_id = :unit_id AND assignment.holds_unit")
NEWEST = text(SELECT + "WHERE assignment.unit_id = :unit_id ORDER BY assignment.id DESC LIMIT 1")
OPEN = text(
    SELECT
    + """
     WHERE assignment.holds_unit
        OR incident.state NOT IN ('CLOSED', 'CANCELLED', 'MERGED', 'HANDED_OVER', 'REJECTED')
     ORDER BY assignment.id"""
)
AT_POST = text("SELECT unit_id FROM unit_motion WHERE home_since IS NOT NULL AND NOT is_moving")
LOCK_UNIT = text("SELECT id FROM unit WHERE id = :unit_id FOR SHARE")
INCIDENT_OF = text("SELECT incident_id FROM assignment WHERE id = :assignment_id")

INSERT = text("""
    INSERT INTO assignment (client_id, incident_id, unit_id, status, status_since, holds_unit, sent_at, sent_by,
                            eta_s_when_sent, eta_source, city_import_id)
    VALUES (:client_id, :incident_id, :unit_id, 'SENT', :now, true, :now, :actor,
            :eta_s, :eta_source, (SELECT city_import_id FROM centre))
 RETURNING id""")
SET_STATUS = text("""
    UPDATE assignment SET status = :status, status_since = :at, holds_unit = :holds_unit WHERE id = :assignment_id""")
STAMP = text("""
    INSERT INTO assignment_stamp (assignment_id, client_id, status, at, recorded_at, source, actor, reason,
                                  is_applied, lon, lat)
    VALUES (:assignment_id, :client_id, :status, :at, :recorded_at, :source, :actor, :reason, :is_applied,
            :lon, :lat)""")
STAMPED = text("""
    SELECT 1 FROM assignment_stamp WHERE assignment_id = :assignment_id AND client_id = :client_id""")

CHRONOLOGY = text("""
    SELECT journal.at, journal.kind, journal.value ->> 'call_sign' AS call_sign, journal.value ->> 'status' AS status,
           coalesce(account.name, token.label, journal.actor) AS actor_name
      FROM journal
      LEFT JOIN account ON journal.actor = 'account:' || account.id
      LEFT JOIN token ON journal.actor = 'token:' || token.id
     WHERE (journal.object = 'incident' AND journal.object_id = :incident_id)
        OR (journal.object = 'assignment' AND CAST(journal.value ->> 'incident_id' AS bigint) = :incident_id)
        OR (journal.object = 'call' AND journal.object_id IN (SELECT id FROM call WHERE incident_id = :incident_id))
     ORDER BY journal.id""")


async def assignment(session: AsyncSession, assignment_id: int) -> Assignment:
    found = await row(session, ONE, assignment_id=assignment_id)
    if found is None:
        raise NotFoundError("penugasan", "assignment")
    return as_assignment(found)


async def assignments_of(session: AsyncSession, incident_id: int) -> list[Assignment]:
    return [as_assignment(one) for one in await rows(session, OF_INCIDENT, incident_id=incident_id)]


async def holding(session: AsyncSession, unit_id: int) -> Assignment | None:
    """Return the assignment that holds a unit, if any."""
    found = await row(session, HOLDING, unit_id=unit_id)
    return None if found is None else as_assignment(found)


async def newest(session: AsyncSession, unit_id: int) -> Assignment | None:
    """Return the assignment that a unit had last, over or not."""
    found = await row(session, NEWEST, unit_id=unit_id)
    return None if found is None else as_assignment(found)


async def open_assignments(session: AsyncSession) -> list[Assignment]:
    """Return those that hold a unit or belong to an incident that is not closed."""
    return [as_assignment(one) for one in await rows(session, OPEN)]


async def standing_at_post(session: AsyncSession) -> set[int]:
    """Return the units that stood at their post by their newest fix."""
    return {int(one.unit_id) for one in await rows(session, AT_POST)}


async def stamp(
    session: AsyncSession,
    assignment_id: int,
    status: Status,
    at: datetime,
    recorded_at: datetime,
    actor: str,
    *,
    client_id: UUID | None = None,
    source: str = "manual",
    reason: str | None = None,
    is_applied: bool = True,
    lon: float | None = None,
    lat: float | None = None,
) -> None:
    """Write down a status command as it came."""
    await session.execute(
        STAMP,
        {
            "assignment_id": assignment_id,
            "client_id": client_id,
            "status": status,
            "at": at,
            "recorded_at": recorded_at,
            "source": source,
            "actor": actor,
            "reason": reason,
            "is_applied": is_applied,
            "lon": lon,
            "lat": lat,
        },
    )


def as_assignment(found: Any) -> Assignment:
    return Assignment(
        id=found.id,
        incident_id=found.incident_id,
        incident_number=found.incident_number,
        unit_id=found.unit_id,
        call_sign=found.call_sign,
        opd_id=found.opd_id,
        status=found.status,
        status_since=found.status_since,
        sent_at=found.sent_at,
        sent_by_name=found.sent_by_name,
        eta_s_when_sent=found.eta_s_when_sent,
        eta_source=found.eta_source,
        times=found.times,
        holds_unit=found.holds_unit,
        proposals=[Proposal(**one) for one in found.proposals],
    )
