"""Units that moved and their motion in the database, many at once: binary parameters, keys sorted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import text

from geo112.coordinates import LonLat
from geo112.dispatching.assignment import Status
from geo112.dispatching.travel import Travel
from geo112.tracking.motion import Motion, Presence, Spot
from routing.snap import Snapped

LOOKS_BACK = "interval '10 minutes'"  # at most, for fixes that were not judged yet
GOES_HOME = "interval '6 hours'"  # after that nobody asks any more whether it is back

# What another worker has judged already is left out. The newest assignment of a unit is the one that holds it, if any.
MOVED = f"""
    SELECT unit.id AS unit_id, unit.profile, ST_X(unit.post) AS post_lon, ST_Y(unit.post) AS post_lat,
           position.lon, position.lat, position.fixed_at, position.accuracy_m, position.speed_mps, position.device_id,
           task.id AS task_id, task.status, task.sent_at, task.status_since, task.incident_id,
           ST_X(incident.tkp) AS tkp_lon, ST_Y(incident.tkp) AS tkp_lat, incident.tkp_uncertainty_m,
           motion.fixed_at AS judged_at, motion.is_moving, motion.since, motion.rest_lon, motion.rest_lat,
           motion.rest_at, motion.fixes, motion.outside_at, motion.assignment_id, motion.is_homeward, motion.left_at,
           motion.there_since, motion.home_since
      FROM unit
      JOIN unit_position AS position ON position.unit_id = unit.id
      LEFT JOIN LATERAL (
            SELECT * FROM assignment WHERE assignment.unit_id = unit.id ORDER BY assignment.id DESC LIMIT 1) AS task
        ON task.holds_unit
           OR (task.status IN ('CLEAR', 'RETURNING') AND task.status_since > position.fixed_at - {GOES_HOME})
      LEFT JOIN incident ON incident.id = task.incident_id
      LEFT JOIN unit_motion AS motion ON motion.unit_id = unit.id
     WHERE unit.id = ANY(CAST(%b AS int8[])) AND (motion.fixed_at IS NULL OR motion.fixed_at < position.fixed_at)
     ORDER BY unit.id"""  # noqa: S608  (the piece is a constant of this file)

# By the raw time, which is the key, give or take a minute; then by the corrected one.
BETWEEN = f"""
    SELECT one.unit_id, fix.at, fix.lon, fix.lat, fix.accuracy_m, fix.speed_mps
      FROM unnest(CAST(%b AS int8[]), CAST(%b AS int8[]), CAST(%b AS timestamptz[]), CAST(%b AS timestamptz[]))
        AS one(unit_id, device_id, judged_at, until)
      JOIN device ON device.id = one.device_id
     CROSS JOIN LATERAL (
            SELECT greatest(one.judged_at, one.until - {LOOKS_BACK}) AS after,
                   make_interval(secs => device.clock_offset_s) AS offset_by) AS span
      JOIN fix
        ON fix.device_id = one.device_id
           AND fix.fixed_at > span.after - span.offset_by - interval '1 minute'
           AND fix.fixed_at < one.until - span.offset_by + interval '1 minute'
           AND fix.at > span.after AND fix.at < one.until
     WHERE fix.unit_id = one.unit_id AND fix.refused IS NULL AND fix.kind IN ('fix', 'manual') AND NOT fix.is_clamped
     ORDER BY one.unit_id, fix.at"""  # noqa: S608  (the pieces are constants of this file)

# Two workers may judge one unit: rows are locked in order, the newer fix wins.
SAVE = """
    INSERT INTO unit_motion AS present
           (unit_id, fixed_at, road_lon, road_lat, road_m, is_moving, since, rest_lon, rest_lat, rest_at, fixes,
            outside_at, assignment_id, is_homeward, left_at, there_since, home_since, eta_s, eta_source, straight_m)
    SELECT * FROM unnest(
            CAST(%b AS int8[]), CAST(%b AS timestamptz[]), CAST(%b AS float8[]), CAST(%b AS float8[]),
            CAST(%b AS float8[]), CAST(%b AS bool[]), CAST(%b AS timestamptz[]), CAST(%b AS float8[]),
            CAST(%b AS float8[]), CAST(%b AS timestamptz[]), CAST(%b AS int4[]), CAST(%b AS timestamptz[]),
            CAST(%b AS int8[]), CAST(%b AS bool[]), CAST(%b AS timestamptz[]), CAST(%b AS timestamptz[]),
            CAST(%b AS timestamptz[]), CAST(%b AS float8[]), CAST(%b AS text[]), CAST(%b AS float8[]))
        ON CONFLICT (unit_id) DO UPDATE
       SET fixed_at = EXCLUDED.fixed_at, road_lon = EXCLUDED.road_lon, road_lat = EXCLUDED.road_lat,
           road_m = EXCLUDED.road_m, is_moving = EXCLUDED.is_moving, since = EXCLUDED.since,
           rest_lon = EXCLUDED.rest_lon, rest_lat = EXCLUDED.rest_lat, rest_at = EXCLUDED.rest_at,
           fixes = EXCLUDED.fixes, outside_at = EXCLUDED.outside_at, assignment_id = EXCLUDED.assignment_id,
           is_homeward = EXCLUDED.is_homeward, left_at = EXCLUDED.left_at, there_since = EXCLUDED.there_since,
           home_since = EXCLUDED.home_since, eta_s = EXCLUDED.eta_s, eta_source = EXCLUDED.eta_source,
           straight_m = EXCLUDED.straight_m
     WHERE present.fixed_at < EXCLUDED.fixed_at
 RETURNING unit_id"""

# A screen asks what changed by the version of the position: an arrival time that is new is a change.
SHOW_AGAIN = """
    WITH one AS (
            SELECT unit_id FROM unit_position WHERE unit_id = ANY(CAST(%b AS int8[]))
             ORDER BY unit_id FOR NO KEY UPDATE)
    UPDATE unit_position SET version = nextval('position_version') FROM one WHERE one.unit_id = unit_position.unit_id"""


ONE = text("SELECT * FROM unit_motion WHERE unit_id = :unit_id")


@dataclass(frozen=True, slots=True)
class Task:
    """The assignment that a unit is on, or comes home from."""

    assignment_id: int
    incident_id: int
    status: Status
    sent_at: datetime
    status_since: datetime
    tkp: LonLat | None
    uncertainty_m: float


@dataclass(frozen=True, slots=True)
class Moved:
    """A unit with a fix that was not judged yet."""

    unit_id: int
    profile: str
    post: LonLat
    device_id: int | None
    newest: Spot
    task: Task | None
    motion: Motion | None  # as it was judged last
    presence: Presence


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of a unit after its newest fix."""

    moved: Moved
    motion: Motion
    presence: Presence
    on_road: Snapped | None
    eta: Travel | None  # to its TKP, while it is on its way there


async def moved(connection: psycopg.AsyncConnection, unit_ids: Iterable[int]) -> list[Moved]:
    """Return those of the units whose newest fix was not judged yet."""
    cursor = connection.cursor(binary=True, row_factory=namedtuple_row)
    await cursor.execute(MOVED, [sorted(unit_ids)], prepare=True)
    return [_moved(one) for one in await cursor.fetchall()]


async def between(connection: psycopg.AsyncConnection, units: Sequence[Moved]) -> Mapping[int, list[Spot]]:
    """Return the believed fixes of each unit since it was judged last, before its newest, in order of their time."""
    asked = [one for one in units if one.device_id is not None]
    found: dict[int, list[Spot]] = {one.unit_id: [] for one in units}
    cursor = connection.cursor(binary=True)
    await cursor.execute(
        BETWEEN,
        [
            [one.unit_id for one in asked],
            [one.device_id for one in asked],
            [None if one.motion is None else one.motion.fixed_at for one in asked],
            [one.newest.at for one in asked],
        ],
        prepare=True,
    )
    for unit_id, at, lon, lat, accuracy_m, speed_mps in await cursor.fetchall():
        found[unit_id].append(Spot(at, LonLat(lon, lat), accuracy_m, speed_mps))
    return found


async def save(connection: psycopg.AsyncConnection, judged: Sequence[Judged]) -> set[int]:
    """Write what is known, and return the units of which nothing newer was known."""
    columns = [list(column) for column in zip(*map(_columns, judged), strict=True)]
    cursor = connection.cursor(binary=True)
    await cursor.execute(SAVE, columns, prepare=True)
    saved = {unit_id for (unit_id,) in await cursor.fetchall()}
    shown = [one.moved.unit_id for one in judged if one.eta is not None and one.moved.unit_id in saved]
    if shown:
        await connection.execute(SHOW_AGAIN, [shown], prepare=True, binary=True)
    return saved


def _moved(row: Any) -> Moved:
    motion = None
    if row.judged_at is not None:
        rest = LonLat(row.rest_lon, row.rest_lat)
        motion = Motion(row.judged_at, row.is_moving, row.since, rest, row.rest_at, row.fixes, row.outside_at)
    return Moved(
        row.unit_id,
        row.profile,
        LonLat(row.post_lon, row.post_lat),
        row.device_id,
        Spot(row.fixed_at, LonLat(row.lon, row.lat), row.accuracy_m, row.speed_mps),
        None if row.task_id is None else _task(row),
        motion,
        Presence(row.assignment_id, bool(row.is_homeward), row.left_at, row.there_since, row.home_since),
    )


def _task(row: Any) -> Task:
    return Task(
        row.task_id,
        row.incident_id,
        Status(row.status),
        row.sent_at,
        row.status_since,
        None if row.tkp_lon is None else LonLat(row.tkp_lon, row.tkp_lat),
        row.tkp_uncertainty_m or 0.0,
    )


def _columns(one: Judged) -> tuple[Any, ...]:
    motion, presence, road = one.motion, one.presence, one.on_road
    return (
        one.moved.unit_id,
        motion.fixed_at,
        *((None, None, None) if road is None else (road.point.lon, road.point.lat, road.distance_m)),
        motion.is_moving,
        motion.since,
        motion.rest.lon,
        motion.rest.lat,
        motion.rest_at,
        motion.fixes,
        motion.outside_at,
        presence.assignment_id,
        presence.is_homeward,
        presence.left_at,
        presence.there_since,
        presence.home_since,
        *((None, None, None) if one.eta is None else (one.eta.eta_s, one.eta.source, one.eta.straight_m)),
    )
