"""Devices and pings in the database, written in whole deliveries: binary parameters, keys sorted.

KNOWN locks the devices ─► (judged) ─► STORE: history, and the newest of each unit ─► DEVICES, HEARD
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import text

from geo112.coordinates import LonLat
from geo112.tracking import clock
from geo112.tracking.device import Device, Seen, Suspect
from geo112.tracking.judging import Ping

CHANNEL = "position"
NOTIFY = text("SELECT pg_notify(:channel, '')")

# A key belongs to a device, to a server that speaks for the device it names, or to a crew's token or sign-in. A session
# that was not seen lately takes the long way through `access`, which notes it. Locked in the order of ids.
KNOWN = """
    WITH asked AS (
            SELECT * FROM unnest(CAST(%b AS bytea[]), CAST(%b AS text[])) AS asked(key_hash, said_id)),
         found AS (
            SELECT asked.key_hash, asked.said_id, coalesce(vehicle.id, device.id) AS id,
                   device.sender = 'traccar_server' AND vehicle.id IS NULL AS is_unknown_vehicle,
                   device.revoked_at IS NOT NULL AS is_revoked
              FROM asked
              JOIN device ON device.key_hash = asked.key_hash
              LEFT JOIN device AS vehicle ON vehicle.forwarder_id = device.id AND vehicle.said_id = asked.said_id
             UNION ALL
            SELECT asked.key_hash, asked.said_id, device.id, false, false
              FROM asked
              JOIN token ON token.secret_hash = asked.key_hash
              JOIN device ON device.token_id = token.id AND device.unit_id = token.unit_id
             WHERE token.role = 'crew' AND token.revoked_at IS NULL AND token.expires_at > %b
             UNION ALL
            SELECT asked.key_hash, asked.said_id, device.id, false, false
              FROM asked
              JOIN sign_in ON sign_in.secret_hash = asked.key_hash
              JOIN account ON account.id = sign_in.account_id
              JOIN device ON device.account_id = account.id AND device.unit_id = account.unit_id
             WHERE account.role = 'crew' AND account.is_active AND sign_in.signed_out_at IS NULL
               AND sign_in.expires_at > %b AND sign_in.last_seen_at > %b - interval '40 seconds')
    SELECT found.key_hash, found.said_id, found.is_unknown_vehicle,
           found.is_revoked OR device.revoked_at IS NOT NULL AS is_revoked,
           device.id, device.sender, device.unit_id, device.priority, device.clock_samples,
           device.believed_at, device.believed_lon, device.believed_lat,
           device.suspect_at, device.suspect_lon, device.suspect_lat, device.suspect_since, device.suspect_count,
           ST_X(unit.post) AS post_lon, ST_Y(unit.post) AS post_lat
      FROM found
      JOIN device ON device.id = found.id
      LEFT JOIN unit ON unit.id = device.unit_id
     ORDER BY device.id
       FOR NO KEY UPDATE OF device"""

# A fix that was there already moves nothing: sent again, it would look fresher than it is where it was clamped.
# An older fix never moves the marker back, and a device of lower rank waits 30 s after the last fix of a better one.
STORE = """
    WITH incoming AS (
            SELECT * FROM unnest(
                CAST(%b AS int4[]), CAST(%b AS int8[]), CAST(%b AS int8[]), CAST(%b AS uuid[]), CAST(%b AS text[]),
                CAST(%b AS timestamptz[]), CAST(%b AS timestamptz[]), CAST(%b AS timestamptz[]),
                CAST(%b AS timestamptz[]), CAST(%b AS float8[]), CAST(%b AS float8[]), CAST(%b AS float8[]),
                CAST(%b AS float8[]), CAST(%b AS float8[]), CAST(%b AS float8[]), CAST(%b AS bool[]),
                CAST(%b AS text[]), CAST(%b AS bool[]), CAST(%b AS int2[]))
                AS one(number, device_id, unit_id, client_id, kind, fixed_at, at, sent_at, received_at, lon, lat,
                       accuracy_m, speed_mps, bearing_deg, battery, is_clamped, refused, moves, priority)),
         stored AS (
            INSERT INTO fix (device_id, fixed_at, lon, lat, kind, unit_id, client_id, at, sent_at, received_at,
                             accuracy_m, speed_mps, bearing_deg, battery, is_clamped, refused)
            SELECT device_id, fixed_at, lon, lat, kind, unit_id, client_id, at, sent_at, received_at,
                   accuracy_m, speed_mps, bearing_deg, battery, is_clamped, refused
              FROM incoming
             ORDER BY device_id, fixed_at
                ON CONFLICT DO NOTHING
         RETURNING device_id, fixed_at, lon, lat, kind),
         fresh AS MATERIALIZED (
            SELECT incoming.* FROM incoming JOIN stored USING (device_id, fixed_at, lon, lat, kind)),
         moved AS (
            INSERT INTO unit_position AS present (unit_id, lon, lat, fixed_at, received_at, heard_at, accuracy_m,
                                                  speed_mps, bearing_deg, battery, version, device_id, priority)
            SELECT DISTINCT ON (unit_id) unit_id, lon, lat, at, received_at, received_at, accuracy_m,
                   speed_mps, bearing_deg, battery, nextval('position_version'), device_id, priority
              FROM fresh
             WHERE moves
             ORDER BY unit_id, priority, at DESC
                ON CONFLICT (unit_id) DO UPDATE
               SET lon = EXCLUDED.lon, lat = EXCLUDED.lat, fixed_at = EXCLUDED.fixed_at,
                   received_at = EXCLUDED.received_at, heard_at = greatest(present.heard_at, EXCLUDED.heard_at),
                   accuracy_m = EXCLUDED.accuracy_m, speed_mps = EXCLUDED.speed_mps,
                   bearing_deg = EXCLUDED.bearing_deg, battery = EXCLUDED.battery, version = EXCLUDED.version,
                   device_id = EXCLUDED.device_id, priority = EXCLUDED.priority
             WHERE present.fixed_at < EXCLUDED.fixed_at
               AND (EXCLUDED.priority <= present.priority
                    OR EXCLUDED.fixed_at > present.fixed_at + interval '30 seconds'))
    SELECT number FROM fresh"""

DEVICES = """
    UPDATE device
       SET heard_at = greatest(device.heard_at, one.heard_at), clock_offset_s = one.clock_offset_s,
           clock_samples = CAST(one.clock_samples AS float8[]),
           believed_at = one.believed_at, believed_lon = one.believed_lon, believed_lat = one.believed_lat,
           suspect_at = one.suspect_at, suspect_lon = one.suspect_lon, suspect_lat = one.suspect_lat,
           suspect_since = one.suspect_since, suspect_count = one.suspect_count
      FROM unnest(CAST(%b AS int8[]), CAST(%b AS timestamptz[]), CAST(%b AS float8[]), CAST(%b AS text[]),
                  CAST(%b AS timestamptz[]), CAST(%b AS float8[]), CAST(%b AS float8[]),
                  CAST(%b AS timestamptz[]), CAST(%b AS float8[]), CAST(%b AS float8[]),
                  CAST(%b AS timestamptz[]), CAST(%b AS int2[]))
        AS one(id, heard_at, clock_offset_s, clock_samples, believed_at, believed_lon, believed_lat,
               suspect_at, suspect_lon, suspect_lat, suspect_since, suspect_count)
     WHERE device.id = one.id"""

HEARD = """
    WITH one AS (SELECT * FROM unnest(CAST(%b AS int8[]), CAST(%b AS timestamptz[])) AS one(unit_id, heard_at)),
         present AS (
            SELECT unit_position.unit_id FROM unit_position JOIN one USING (unit_id)
             ORDER BY unit_position.unit_id FOR NO KEY UPDATE OF unit_position)
    UPDATE unit_position SET heard_at = one.heard_at, version = nextval('position_version')
      FROM one JOIN present USING (unit_id)
     WHERE unit_position.unit_id = one.unit_id AND unit_position.heard_at < one.heard_at"""


class Shown(NamedTuple):
    """A key as a phone showed it, and what it calls itself where a server speaks for it."""

    key_hash: bytes
    said_id: str


class Found(NamedTuple):
    device: Device
    is_unknown_vehicle: bool


def digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


async def known(connection: psycopg.AsyncConnection, shown: Iterable[Shown], real_now: Any) -> dict[Shown, Found]:
    """Return the devices that these keys belong to, under a lock until the commit; one object a device."""
    asked = sorted(set(shown))
    cursor = connection.cursor(binary=True, row_factory=namedtuple_row)
    await cursor.execute(
        KNOWN,
        [[one.key_hash for one in asked], [one.said_id for one in asked], real_now, real_now, real_now],
        prepare=True,
    )
    devices: dict[int, Device] = {}
    found: dict[Shown, Found] = {}
    row: Any
    for row in await cursor.fetchall():
        device = devices.setdefault(row.id, _device(row))
        found[Shown(bytes(row.key_hash), row.said_id)] = Found(device, row.is_unknown_vehicle)
    return found


async def keep(
    connection: psycopg.AsyncConnection, pings: Sequence[Ping], heard: Sequence[tuple[Device, Any]]
) -> set[int]:
    """Write a delivery and return the numbers of the pings that were new; `heard`: each device once, and when."""
    new: set[int] = set()
    if pings:
        cursor = connection.cursor(binary=True)
        await cursor.execute(STORE, _columns(pings), prepare=True)
        new = {number for (number,) in await cursor.fetchall()}
    if heard:
        await connection.execute(DEVICES, _states(heard), prepare=True, binary=True)
        units: dict[int, Any] = {}
        for device, at in heard:
            if device.unit_id is not None:
                units[device.unit_id] = max(at, units.get(device.unit_id, at))
        await connection.execute(HEARD, [list(units), list(units.values())], prepare=True, binary=True)
    return new


def _device(row: Any) -> Device:
    believed = None if row.believed_at is None else Seen(row.believed_at, row.believed_lon, row.believed_lat)
    suspect = None
    if row.suspect_at is not None:
        last = Seen(row.suspect_at, row.suspect_lon, row.suspect_lat)
        suspect = Suspect(last, row.suspect_since, row.suspect_count)
    post = None if row.post_lon is None else LonLat(row.post_lon, row.post_lat)
    return Device(
        row.id,
        row.sender,
        row.unit_id,
        row.priority,
        post,
        row.is_revoked,
        row.clock_samples,
        believed,
        suspect,
    )


def _columns(pings: Sequence[Ping]) -> list[list[Any]]:
    rows = [
        (
            number,
            ping.device_id,
            ping.unit_id,
            ping.fix.client_id,
            ping.fix.kind,
            ping.fix.fixed_at,
            ping.at,
            ping.fix.sent_at,
            ping.received_at,
            ping.fix.lon,
            ping.fix.lat,
            ping.fix.accuracy_m,
            ping.fix.speed_mps,
            ping.fix.bearing_deg,
            ping.fix.battery,
            ping.is_clamped,
            ping.refused,
            ping.moves,
            ping.priority,
        )
        for number, ping in enumerate(pings)
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _states(heard: Sequence[tuple[Device, Any]]) -> list[list[Any]]:
    rows = []
    for device, at in sorted(heard, key=lambda one: one[0].id):
        believed, suspect = device.believed, device.suspect
        rows.append(
            (
                device.id,
                at,
                clock.offset_s(device.clock_samples),
                "{" + ",".join(map(repr, device.clock_samples)) + "}",
                *((believed.at, believed.lon, believed.lat) if believed else (None, None, None)),
                *((suspect.last.at, suspect.last.lon, suspect.last.lat) if suspect else (None, None, None)),
                *((suspect.since, suspect.count) if suspect else (None, None)),
            )
        )
    return [list(column) for column in zip(*rows, strict=True)]
