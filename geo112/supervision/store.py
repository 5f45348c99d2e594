"""Counting the day. Days and hours are those of the centre's time zone."""

from datetime import date, datetime

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.database import row, rows
from geo112.incidents.clocks import CLOCKS


class SignedIn(BaseModel):
    account_id: int
    name: str
    role: str
    opd_code: str | None
    signed_in_at: datetime
    last_seen_at: datetime
    is_live: bool


class CallCounts(BaseModel):
    total: int
    by_class: dict[str, int]
    open: int
    ringing: int


class UnitCounts(BaseModel):
    available: int
    total: int


class ClockOfDay(BaseModel):
    """How a clock did today: seconds, and the share that was within its target."""

    code: str
    priority: int | None
    target_s: float
    target_share: float
    count: int
    p50_s: float | None
    p90_s: float | None
    within_share: float | None


class Hour(BaseModel):
    hour: int
    calls: int
    incidents: int


class Overview(BaseModel):
    at: datetime
    day: date
    signed_in: list[SignedIn]
    calls: CallCounts
    units: UnitCounts
    clocks: list[ClockOfDay]
    hours: list[Hour]


# Sessions live in real time, whatever speed the centre's clock runs at.
SIGNED_IN = text("""
    SELECT DISTINCT ON (account.id) account.id AS account_id, account.name, account.role, opd.code AS opd_code,
           sign_in.signed_in_at, sign_in.last_seen_at,
           sign_in.last_seen_at > CAST(:real_now AS timestamptz) - interval '2 minutes' AS is_live
      FROM sign_in
      JOIN account ON account.id = sign_in.account_id
      LEFT JOIN opd ON opd.id = account.opd_id
     WHERE sign_in.signed_out_at IS NULL AND sign_in.expires_at > :real_now
     ORDER BY account.id, sign_in.last_seen_at DESC""")

CALLS = text("""
    SELECT coalesce(call_class, 'none') AS call_class, count(*) AS calls,
           count(*) FILTER (WHERE state NOT IN ('CLOSED', 'ABANDONED')) AS open,
           count(*) FILTER (WHERE state = 'RINGING') AS ringing
      FROM call WHERE received_at >= :since AND received_at < :until
     GROUP BY 1""")

UNITS = text("""
    SELECT count(*) AS total,
           count(*) FILTER (WHERE unit.service = 'IN_SERVICE' AND assignment.id IS NULL) AS available
      FROM unit LEFT JOIN assignment ON assignment.unit_id = unit.id AND assignment.holds_unit""")

# One row a clock and priority: seconds from its start event to its stop event, of what began on the day.
CLOCK = text("""
    WITH of_incident AS (
        SELECT incident.id, incident.priority, incident.created_at,
               min(stamp.at) FILTER (WHERE stamp.state = 'OPEN') AS opened_at,
               min(stamp.at) FILTER (WHERE stamp.state = 'ESCALATED') AS escalated_at,
               min(stamp.at) FILTER (WHERE stamp.state = 'DISPATCHED') AS dispatched_at,
               min(stamp.at) FILTER (WHERE stamp.state = 'ON_SCENE') AS on_scene_at
          FROM incident JOIN incident_stamp AS stamp ON stamp.incident_id = incident.id
         WHERE incident.created_at >= :since AND incident.created_at < :until
         GROUP BY incident.id
    ), of_assignment AS (
        SELECT incident.priority, assignment.sent_at,
               min(stamp.at) FILTER (WHERE stamp.status = 'EN_ROUTE') AS en_route_at,
               min(stamp.at) FILTER (WHERE stamp.status = 'ON_SCENE') AS on_scene_at
          FROM assignment
          JOIN incident ON incident.id = assignment.incident_id
          JOIN assignment_stamp AS stamp ON stamp.assignment_id = assignment.id AND stamp.is_applied
         WHERE assignment.sent_at >= :since AND assignment.sent_at < :until
         GROUP BY assignment.id, incident.priority
    ), measured AS (
        SELECT 'answer' AS code, CAST(NULL AS integer) AS priority,
               extract(epoch FROM answered_at - received_at) AS seconds
          FROM call WHERE received_at >= :since AND received_at < :until
        UNION ALL
        SELECT 'call_handling', NULL, extract(epoch FROM min(of_incident.escalated_at) - min(call.answered_at))
          FROM call JOIN of_incident ON of_incident.id = call.incident_id GROUP BY call.incident_id
        UNION ALL
        SELECT 'dispatch', priority, extract(epoch FROM dispatched_at - coalesce(escalated_at, opened_at))
          FROM of_incident
        UNION ALL
        SELECT 'turnout', NULL, extract(epoch FROM en_route_at - sent_at) FROM of_assignment
        UNION ALL
        SELECT 'travel', NULL, extract(epoch FROM on_scene_at - en_route_at) FROM of_assignment
        UNION ALL
        SELECT 'total', NULL, extract(epoch FROM on_scene_at - coalesce(opened_at, created_at)) FROM of_incident
    )
    SELECT count(seconds) AS counted,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS p50_s,
           percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) AS p90_s,
           avg(CASE WHEN seconds <= :target_s THEN 1.0 ELSE 0.0 END) AS within_share
      FROM measured
     WHERE code = :code AND seconds IS NOT NULL
       AND (CAST(:priority AS integer) IS NULL OR priority = CAST(:priority AS integer))""")

HOURS = text("""
    SELECT hour,
           (SELECT count(*) FROM call
             WHERE received_at >= :since AND received_at < :until
               AND extract(hour FROM received_at AT TIME ZONE :zone) = hour) AS calls,
           (SELECT count(*) FROM incident
             WHERE created_at >= :since AND created_at < :until
               AND extract(hour FROM created_at AT TIME ZONE :zone) = hour) AS incidents
      FROM generate_series(0, 23) AS hour ORDER BY hour""")


async def overview(
    session: AsyncSession, *, now: datetime, real_now: datetime, since: datetime, until: datetime, zone: str
) -> Overview:
    """Count the day that begins at `since` and ends before `until`."""
    span = {"since": since, "until": until}
    by_class = await rows(session, CALLS, **span)
    units = await row(session, UNITS)
    assert units is not None
    clocks = []
    for one in CLOCKS:
        found = await row(session, CLOCK, code=one.code, priority=one.priority, target_s=one.target_s, **span)
        assert found is not None
        clocks.append(
            ClockOfDay(
                code=one.code,
                priority=one.priority,
                target_s=one.target_s,
                target_share=one.target_share,
                count=found.counted,
                p50_s=found.p50_s,
                p90_s=found.p90_s,
                within_share=found.within_share,
            )
        )
    return Overview(
        at=now,
        day=since.date(),
        signed_in=[SignedIn(**one._mapping) for one in await rows(session, SIGNED_IN, real_now=real_now)],
        calls=CallCounts(
            total=sum(one.calls for one in by_class),
            by_class={one.call_class: one.calls for one in by_class},
            open=sum(one.open for one in by_class),
            ringing=sum(one.ringing for one in by_class),
        ),
        units=UnitCounts(available=units.available, total=units.total),
        clocks=clocks,
        hours=[
            Hour(hour=one.hour, calls=one.calls, incidents=one.incidents)
            for one in await rows(session, HOURS, zone=zone, **span)
        ],
    )
