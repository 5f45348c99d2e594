"""Devices and pings in the database, written in whole deliveries: binary parameters, keys sorted.

KNOWN locks the devices ─► (judged) ─► TWINS, where a fix may be one ─► COPY: the history
                                   ─► NEWEST: the position of each unit ─► DEVICES
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import namedtuple_row

from geo112.coordinates import LonLat
from geo112.tracking import clock
from geo112.tracking.copying import COPY, as_copy
from geo112.tracking.device import Device, Seen, Suspect
from geo112.tracking.judging import Ping

CHANNEL = "position"

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
           device.id, device.sender, device.unit_id, device.priority, device.clock_samples, device.newest_at,
           device.believed_at, device.believed_lon, device.believed_lat,
           device.suspect_at, device.suspect_lon, device.suspect_lat, device.suspect_since, device.suspect_count,
           ST_X(unit.post) AS post_lon, ST_Y(unit.post) AS post_lat
      FROM found
      JOIN device ON device.id = found.id
      LEFT JOIN unit ON unit.id = device.unit_id
     ORDER BY device.id
       FOR NO KEY UPDATE OF device"""

# Both keys of the history begin with the device and the raw time of the fix: one look finds a twin by either.
TWINS = """
    SELECT one.number
      FROM unnest(CAST(%b AS int4[]), CAST(%b AS int8[]), CAST(%b AS timestamptz[]), CAST(%b AS float8[]),
                  CAST(%b AS float8[]), CAST(%b AS text[]), CAST(%b AS uuid[]))
        AS one(number, device_id, fixed_at, lon, lat, kind, client_id)
     WHERE EXISTS (
            SELECT FROM fix
             WHERE fix.device_id = one.device_id AND fix.fixed_at = one.fixed_at
               AND (fix.client_id = one.client_id
                    OR (fix.lon = one.lon AND fix.lat = one.lat AND fix.kind = one.kind)))"""

# An older fix never moves the marker back, and a device of lower rank waits 30 s after the last fix of a better one.
# Any message says that a unit's phones are connected; where it moved the marker that is said already.
NEWEST = """
    WITH moved AS (
            INSERT INTO unit_position AS present (unit_id, lon, lat, fixed_at, received_at, heard_at, accuracy_m,
                                                  speed_mps, bearing_deg, battery, version, device_id, priority)
            SELECT unit_id, lon, lat, at, received_at, received_at, accuracy_m, speed_mps, bearing_deg, battery,
                   nextval('position_version'), device_id, priority
              FROM unnest(CAST(%b AS int8[]), CAST(%b AS float8[]), CAST(%b AS float8[]), CAST(%b AS timestamptz[]),
                          CAST(%b AS timestamptz[]), CAST(%b AS float8[]), CAST(%b AS float8[]), CAST(%b AS float8[]),
                          CAST(%b AS float8[]), CAST(%b AS int8[]), CAST(%b AS int2[]))
                AS newest(unit_id, lon, lat, at, received_at, accuracy_m, speed_mps, bearing_deg, battery, device_id,
                          priority)
             ORDER BY unit_id
                ON CONFLICT (unit_id) DO UPDATE
               SET lon = EXCLUDED.lon, lat = EXCLUDED.lat, fixed_at = EXCLUDED.fixed_at,
                   received_at = EXCLUDED.received_at, heard_at = greatest(present.heard_at, EXCLUDED.heard_at),
                   accuracy_m = EXCLUDED.accuracy_m, speed_mps = EXCLUDED.speed_mps,
                   bearing_deg = EXCLUDED.bearing_deg, battery = EXCLUDED.battery, version = EXCLUDED.version,
                   device_id = EXCLUDED.device_id, priority = EXCLUDED.priority
             WHERE present.fixed_at < EXCLUDED.fixed_at
               AND (EXCLUDED.priority <= present.priority
                    OR EXCLUDED.fixed_at > present.fixed_at + interval '30 seconds')
         RETURNING unit_id)
    UPDATE unit_position SET heard_at = one.heard_at, version = nextval('position_version')
      FROM unnest(CAST(%b AS int8[]), CAST(%b AS timestamptz[])) AS one(unit_id, heard_at)
     WHERE unit_position.unit_id = one.unit_id AND unit_position.heard_at < one.heard_at
       AND NOT EXISTS (SELECT FROM moved WHERE moved.unit_id = one.unit_id)"""

DEVICES = """
    UPDATE device
       SET heard_at = greatest(device.heard_at, one.heard_at), clock_offset_s = one.clock_offset_s,
           clock_samples = CAST(one.clock_samples AS float8[]), newest_at = one.newest_at,
           believed_at = one.believed_at, believed_lon = one.believed_lon, believed_lat = one.believed_lat,
           suspect_at = one.suspect_at, suspect_lon = one.suspect_lon, suspect_lat = one.suspect_lat,
           suspect_since = one.suspect_since, suspect_count = one.suspect_count
      FROM unnest(CAST(%b AS int8[]), CAST(%b AS timestamptz[]), CAST(%b AS float8[]), CAST(%b AS text[]),
                  CAST(%b AS timestamptz[]), CAST(%b AS timestamptz[]), CAST(%b AS float8[]), CAST(%b AS float8[]),
                  CAST(%b AS timestamptz[]), CAST(%b AS float8[]), CAST(%b AS float8[]),
                  CAST(%b AS timestamptz[]), CAST(%b AS int2[]))
        AS one(id, heard_at, clock_offset_s, clock_samples, newest_at, believed_at, believed_lon, believed_lat,
               suspect_at, suspect_lon, suspect_lat, suspect_since, suspect_count)
     WHERE device.id = one.id"""


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
    """Write a delivery and return the numbers of the pings that were new.

    Args:
        pings: no twins among them.
        heard: each device once, and when. All are locked by `known`, so that nobody else writes for them until the
            commit: what is new now is new when it is written, and the keys of the table are never met.
    """
    devices = {device.id: device for device, _ in heard}
    new = set(range(len(pings))) - await _stored_before(connection, pings, devices)
    kept = [ping for number, ping in enumerate(pings) if number in new]
    if kept:
        async with connection.cursor().copy(COPY) as copy:
            await copy.write(as_copy(kept))
        for ping in kept:
            device = devices[ping.device_id]
            if device.newest_at is None or ping.fix.fixed_at > device.newest_at:
                device.newest_at = ping.fix.fixed_at
    if heard:
        await connection.execute(NEWEST, [*_newest(kept), *_heard(heard)], prepare=True, binary=True)
        await connection.execute(DEVICES, _states(heard), prepare=True, binary=True)
    return new


async def _stored_before(
    connection: psycopg.AsyncConnection, pings: Sequence[Ping], devices: Mapping[int, Device]
) -> set[int]:
    """Return the numbers of the pings that are in the history; only what is no newer than all of it can be."""
    asked = [
        (number, ping.device_id, ping.fix.fixed_at, ping.fix.lon, ping.fix.lat, ping.fix.kind, ping.fix.client_id)
        for number, ping in enumerate(pings)
        if (newest_at := devices[ping.device_id].newest_at) is not None and ping.fix.fixed_at <= newest_at
    ]
    if not asked:
        return set()
    cursor = connection.cursor(binary=True)
    await cursor.execute(TWINS, [list(column) for column in zip(*asked, strict=True)], prepare=True)
    return {number for (number,) in await cursor.fetchall()}


def _newest(kept: Sequence[Ping]) -> list[list[Any]]:
    """Return the columns of the fix of each unit that may move its marker: of the best device the newest."""
    best: dict[int, Ping] = {}
    for ping in kept:
        if ping.moves:
            present = best.get(ping.unit_id)
            if present is None or (ping.priority, present.at) <= (present.priority, ping.at):
                best[ping.unit_id] = ping
    rows = [
        (
            ping.unit_id,
            ping.fix.lon,
            ping.fix.lat,
            ping.at,
            ping.received_at,
            ping.fix.accuracy_m,
            ping.fix.speed_mps,
            ping.fix.bearing_deg,
            ping.fix.battery,
            ping.device_id,
            ping.priority,
        )
        for ping in best.values()
    ]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(11)]


def _heard(heard: Sequence[tuple[Device, Any]]) -> list[list[Any]]:
    units: dict[int, Any] = {}
    for device, at in heard:
        if device.unit_id is not None:
            units[device.unit_id] = max(at, units.get(device.unit_id, at))
    return [list(units), list(units.values())]


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
        row.newest_at,
    )


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
                device.newest_at,
                *((believed.at, believed.lon, believed.lat) if believed else (None, None, None)),
                *((suspect.last.at, suspect.last.lon, suspect.last.lat) if suspect else (None, None, None)),
                *((suspect.since, suspect.count) if suspect else (None, None)),
            )
        )
    return [list(column) for column in zip(*rows, strict=True)]
