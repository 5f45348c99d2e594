"""What happened since a moment, counted from the database: printed at the end of a demonstration."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.database import row, rows

CALLS = text("""
    SELECT coalesce(call_class, CASE WHEN state = 'ABANDONED' THEN 'abandoned' ELSE 'open' END) AS kind,
           count(*) AS calls
      FROM call WHERE received_at >= :since GROUP BY 1 ORDER BY 2 DESC, 1""")

COUNTS = text("""
    SELECT (SELECT count(*) FROM incident WHERE created_at >= :since) AS incidents,
           (SELECT count(*) FROM assignment WHERE sent_at >= :since) AS assignments,
           (SELECT count(DISTINCT assignment_id) FROM assignment_stamp
             WHERE status = 'ON_SCENE' AND is_applied AND at >= :since) AS arrivals,
           (SELECT count(*) FROM fix WHERE received_at >= :since) AS pings""")

# A call, an incident, a unit sent that rolled, arrived and finished, and the incident closed with its report.
WHOLE_WAY = text("""
    SELECT count(*) AS incidents
      FROM incident
     WHERE created_at >= :since
       AND state = 'CLOSED'
       AND EXISTS (SELECT FROM call WHERE call.incident_id = incident.id)
       AND EXISTS (SELECT FROM assignment
                    WHERE assignment.incident_id = incident.id
                      AND (SELECT count(DISTINCT stamp.status) FROM assignment_stamp AS stamp
                            WHERE stamp.assignment_id = assignment.id
                              AND stamp.is_applied
                              AND stamp.status IN ('EN_ROUTE', 'ON_SCENE', 'RESOLVED')) = 3)""")

# How far the ETA at sending was from the time that the drive took; both in seconds of the centre's clock.
ETA_ERRORS = text("""
    WITH driven AS (
        SELECT assignment.eta_s_when_sent AS eta_s,
               extract(epoch FROM min(stamp.at) FILTER (WHERE stamp.status = 'ON_SCENE')
                                - min(stamp.at) FILTER (WHERE stamp.status = 'EN_ROUTE')) AS took_s
          FROM assignment JOIN assignment_stamp AS stamp ON stamp.assignment_id = assignment.id
         WHERE assignment.sent_at >= :since AND assignment.eta_source = 'road' AND stamp.is_applied
         GROUP BY assignment.id)
    SELECT count(*) AS drives,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(eta_s - took_s)) AS error_s,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(eta_s - took_s) / took_s) AS error_share
      FROM driven WHERE took_s > 0""")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts since a moment of the centre's clock."""

    calls: dict[str, int]  # by class; abandoned and open for those that have none
    incidents: int
    assignments: int
    arrivals: int
    whole_way: int  # incidents from a call to closed, with a unit that drove, arrived and finished
    pings: int
    drives: int  # with a road ETA at sending, and an arrival
    eta_error_s: float | None  # median of |ETA at sending - time driven|
    eta_error_share: float | None  # median of the same by the time driven

    @property
    def went_whole_way(self) -> bool:
        return self.whole_way > 0


async def outcome(session: AsyncSession, since: datetime) -> Outcome:
    """Count what happened since `since`, a moment of the centre's clock."""
    calls = await rows(session, CALLS, since=since)
    counts = await row(session, COUNTS, since=since)
    whole_way = await row(session, WHOLE_WAY, since=since)
    errors = await row(session, ETA_ERRORS, since=since)
    assert counts is not None
    assert whole_way is not None
    assert errors is not None
    return Outcome(
        calls={one.kind: one.calls for one in calls},
        incidents=counts.incidents,
        assignments=counts.assignments,
        arrivals=counts.arrivals,
        whole_way=whole_way.incidents,
        pings=counts.pings,
        drives=errors.drives,
        eta_error_s=None if errors.error_s is None else float(errors.error_s),
        eta_error_share=None if errors.error_share is None else float(errors.error_share),
    )


def words(found: Outcome) -> str:
    """Return the outcome as lines for the person who started the demonstration."""
    classes = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in found.calls.items())
    error = "no arrival yet"
    if found.eta_error_s is not None and found.eta_error_share is not None:
        error = f"{found.eta_error_s:.0f} s ({found.eta_error_share:.0%} of the drive, {found.drives} drives)"
    lines = (
        ("calls", f"{sum(found.calls.values())}" + (f"  ({classes})" if classes else "")),
        ("incidents", f"{found.incidents}"),
        ("assignments", f"{found.assignments}"),
        ("arrivals", f"{found.arrivals}"),
        ("whole way", f"{found.whole_way}  (call, incident, unit on scene, resolved, closed)"),
        ("pings", f"{found.pings}"),
        ("median ETA error", error),
    )
    return "\n".join(f"{name:18s}{said}" for name, said in lines)
