"""Devices and pings in the database, written in whole deliveries. Rows go there as JSON, the history as binary COPY.

KNOWN locks the devices ─► (judged) ─► TWINS, where a fix may be one ─► COPY: the history
                                   ─► SPOKEN: the position of each unit, and the devices ─► commit
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
import psycopg

from geo112.coordinates import LonLat
from geo112.tracking import binary, clock
from geo112.tracking.copying import COPY, as_copy
from geo112.tracking.device import Device, Seen, Suspect
from geo112.tracking.judging import Ping
from geo112.tracking.wire import BEGIN, COMMIT, Asked, Statement, Wire

CHANNEL = "position"

# A key belongs to a device, to a server that speaks for the device it names, or to a crew's token or sign-in. A session
# that was not seen lately takes the long way through `access`, which notes it. Locked in the order of ids.
KNOWN = Statement(
    b"known",
    b"""
    WITH asked AS (
            SELECT decode(asked.key_hash, 'base64') AS key_hash, asked.said_id
              FROM json_to_recordset(CAST($1 AS json)) AS asked(key_hash text, said_id text)),
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
             WHERE token.role = 'crew' AND token.revoked_at IS NULL AND token.expires_at > CAST($2 AS timestamptz)
             UNION ALL
            SELECT asked.key_hash, asked.said_id, device.id, false, false
              FROM asked
              JOIN sign_in ON sign_in.secret_hash = asked.key_hash
              JOIN account ON account.id = sign_in.account_id
              JOIN device ON device.account_id = account.id AND device.unit_id = account.unit_id
             WHERE account.role = 'crew' AND account.is_active AND sign_in.signed_out_at IS NULL
               AND sign_in.expires_at > $2 AND sign_in.last_seen_at > $2 - interval '40 seconds')
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
       FOR NO KEY UPDATE OF device""",
)

# Both keys of the history begin with the device and the raw time of the fix: one look finds a twin by either.
TWINS = Statement(
    b"twins",
    b"""
    SELECT one.number
      FROM json_to_recordset(CAST($1 AS json))
        AS one(number int8, device_id int8, fixed_at timestamptz, lon float8, lat float8, kind text, client_id uuid)
     WHERE EXISTS (
            SELECT FROM fix
             WHERE fix.device_id = one.device_id AND fix.fixed_at = one.fixed_at
               AND (fix.client_id = one.client_id
                    OR (fix.lon = one.lon AND fix.lat = one.lat AND fix.kind = one.kind)))""",
)

# An older fix never moves the marker back, and a device of lower rank waits 30 s after the last fix of a better one.
# Any message says that a unit's phones are connected; where it moved the marker that is said already.
SPOKEN = Statement(
    b"spoken",
    b"""
    WITH newest AS (
            SELECT * FROM json_to_recordset(CAST($1 AS json))
                AS newest(unit_id int8, lon float8, lat float8, at timestamptz, received_at timestamptz,
                          accuracy_m float8, speed_mps float8, bearing_deg float8, battery float8, device_id int8,
                          priority int2)),
         spoken AS (
            SELECT * FROM json_to_recordset(CAST($2 AS json))
                AS spoken(id int8, unit_id int8, heard_at timestamptz, clock_offset_s float8, clock_samples float8[],
                          newest_at timestamptz, believed_at timestamptz, believed_lon float8, believed_lat float8,
                          suspect_at timestamptz, suspect_lon float8, suspect_lat float8, suspect_since timestamptz,
                          suspect_count int2)),
         moved AS (
            INSERT INTO unit_position AS present (unit_id, lon, lat, fixed_at, received_at, heard_at, accuracy_m,
                                                  speed_mps, bearing_deg, battery, version, device_id, priority)
            SELECT unit_id, lon, lat, at, received_at, received_at, accuracy_m, speed_mps, bearing_deg, battery,
                   nextval('position_version'), device_id, priority
              FROM newest
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
         RETURNING unit_id),
         connected AS (
            UPDATE unit_position SET heard_at = one.heard_at, version = nextval('position_version')
              FROM (SELECT unit_id, max(heard_at) AS heard_at FROM spoken GROUP BY unit_id) AS one
             WHERE unit_position.unit_id = one.unit_id AND unit_position.heard_at < one.heard_at
               AND NOT EXISTS (SELECT FROM moved WHERE moved.unit_id = one.unit_id))
    UPDATE device
       SET heard_at = greatest(device.heard_at, spoken.heard_at), clock_offset_s = spoken.clock_offset_s,
           clock_samples = spoken.clock_samples, newest_at = spoken.newest_at,
           believed_at = spoken.believed_at, believed_lon = spoken.believed_lon, believed_lat = spoken.believed_lat,
           suspect_at = spoken.suspect_at, suspect_lon = spoken.suspect_lon, suspect_lat = spoken.suspect_lat,
           suspect_since = spoken.suspect_since, suspect_count = spoken.suspect_count
      FROM spoken
     WHERE device.id = spoken.id""",
)


class Shown(NamedTuple):
    """A key as a phone showed it, and what it calls itself where a server speaks for it."""

    key_hash: bytes
    said_id: str


class Found(NamedTuple):
    device: Device
    is_unknown_vehicle: bool


class _Key(msgspec.Struct, frozen=True):
    key_hash: bytes
    said_id: str


class _MaybeTwin(msgspec.Struct, frozen=True):
    number: int
    device_id: int
    fixed_at: datetime
    lon: float
    lat: float
    kind: str
    client_id: UUID | None


class _Newest(msgspec.Struct, frozen=True):
    """The fix that may move a unit's marker."""

    unit_id: int
    lon: float
    lat: float
    at: datetime
    received_at: datetime
    accuracy_m: float | None
    speed_mps: float | None
    bearing_deg: float | None
    battery: float | None
    device_id: int
    priority: int


class _Spoken(msgspec.Struct, frozen=True):
    """A device that was heard, and what is known of it now."""

    id: int
    unit_id: int | None
    heard_at: datetime
    clock_offset_s: float
    clock_samples: list[float]
    newest_at: datetime | None
    believed_at: datetime | None = None
    believed_lon: float | None = None
    believed_lat: float | None = None
    suspect_at: datetime | None = None
    suspect_lon: float | None = None
    suspect_lat: float | None = None
    suspect_since: datetime | None = None
    suspect_count: int | None = None


def digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


async def begin(wire: Wire, shown: Iterable[Shown], real_now: datetime) -> dict[Shown, Found]:
    """Begin a transaction, and return the devices that these keys belong to, locked until its end; one object each."""
    keys = msgspec.json.encode([_Key(*one) for one in sorted(set(shown))])
    _, rows = await wire.ask(BEGIN, Asked(KNOWN, (keys, real_now.isoformat().encode())))
    devices: dict[int, Device] = {}
    found: dict[Shown, Found] = {}
    for number in range(rows.ntuples):
        key, said_id, is_unknown_vehicle, *values = (rows.get_value(number, each) for each in range(rows.nfields))
        assert key is not None
        device = _device(values)
        found[Shown(key, binary.text(said_id))] = Found(
            devices.setdefault(device.id, device), binary.is_true(is_unknown_vehicle)
        )
    return found


async def keep(wire: Wire, pings: Sequence[Ping], devices: Mapping[int, Device]) -> set[int]:
    """Write the history and return the numbers of the pings that were in it already.

    Args:
        pings: no twins among them.
        devices: by id, all of those pings. They are locked by `begin`, so that nobody else writes for them until the
            commit: what is new now is new when it is written, and the keys of the table are never met.
    """
    already = await _stored_before(wire, pings, devices)
    kept = [ping for number, ping in enumerate(pings) if number not in already] if already else pings
    if kept:
        await wire.copy(COPY, as_copy(kept))
    for ping in kept:
        device = devices[ping.device_id]
        if device.newest_at is None or ping.fix.fixed_at > device.newest_at:
            device.newest_at = ping.fix.fixed_at
    return already


async def commit(wire: Wire, pings: Iterable[Ping], heard: Iterable[tuple[Device, datetime]]) -> None:
    """Write where units are now and what is known of the devices that spoke, and commit.

    Args:
        pings: those that were new.
        heard: each device once, and when.
    """
    newest = msgspec.json.encode(_newest(pings))
    spoken = msgspec.json.encode([_spoken(device, at) for device, at in heard])
    *_, committed = await wire.ask(Asked(SPOKEN, (newest, spoken)), COMMIT)
    if committed.command_status != b"COMMIT":  # but ROLLBACK, which is no error to PostgreSQL
        raise psycopg.OperationalError("the transaction was rolled back")


async def _stored_before(wire: Wire, pings: Iterable[Ping], devices: Mapping[int, Device]) -> set[int]:
    """Return the numbers of the pings that are in the history; only what is no newer than all of it can be."""
    asked = [
        _MaybeTwin(number, ping.device_id, fix.fixed_at, fix.lon, fix.lat, fix.kind, fix.client_id)
        for number, ping in enumerate(pings)
        if (newest_at := devices[ping.device_id].newest_at) is not None and (fix := ping.fix).fixed_at <= newest_at
    ]
    if not asked:
        return set()
    (rows,) = await wire.ask(Asked(TWINS, (msgspec.json.encode(asked),)))
    return {int.from_bytes(rows.get_value(number, 0) or b"") for number in range(rows.ntuples)}


def _newest(pings: Iterable[Ping]) -> list[_Newest]:
    """Return the fix of each unit that may move its marker: of the best device the newest."""
    best: dict[int, Ping] = {}
    for ping in pings:
        if ping.moves:
            present = best.get(ping.unit_id)
            if present is None or (ping.priority, present.at) <= (present.priority, ping.at):
                best[ping.unit_id] = ping
    return [
        _Newest(
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


def _device(values: Sequence[bytes | None]) -> Device:
    (is_revoked, id_, sender, unit_id, priority, clock_samples, newest_at, *places, post_lon, post_lat) = values
    believed_at, believed_lon, believed_lat, suspect_at, suspect_lon, suspect_lat, suspect_since, suspect_count = places
    believed, last = _seen(believed_at, believed_lon, believed_lat), _seen(suspect_at, suspect_lon, suspect_lat)
    since = binary.moment(suspect_since)
    lon, lat = binary.number(post_lon), binary.number(post_lat)
    return Device(
        binary.whole(id_) or 0,
        binary.text(sender),
        binary.whole(unit_id),
        binary.whole(priority) or 0,
        None if lon is None or lat is None else LonLat(lon, lat),
        binary.is_true(is_revoked),
        binary.numbers(clock_samples),
        believed,
        None if last is None or since is None else Suspect(last, since, binary.whole(suspect_count) or 0),
        binary.moment(newest_at),
    )


def _seen(at: bytes | None, lon: bytes | None, lat: bytes | None) -> Seen | None:
    moment, east, north = binary.moment(at), binary.number(lon), binary.number(lat)
    return None if moment is None or east is None or north is None else Seen(moment, east, north)


def _spoken(device: Device, at: datetime) -> _Spoken:
    believed, suspect = device.believed, device.suspect
    return _Spoken(
        device.id,
        device.unit_id,
        at,
        clock.offset_s(device.clock_samples),
        device.clock_samples,
        device.newest_at,
        *((believed.at, believed.lon, believed.lat) if believed else (None, None, None)),
        *((suspect.last.at, suspect.last.lon, suspect.last.lat) if suspect else (None, None, None)),
        *((suspect.since, suspect.count) if suspect else (None, None)),
    )
