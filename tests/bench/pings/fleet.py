"""Units with a device each and its key, as an administrator would have made them, and what their apps send."""

import base64
import hashlib
import random
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import psycopg

from routing.network import RoadNetwork
from tests.bench.pings.tracks import Fixes, Tracks

HOURS = 20  # the tracks begin so long ago: within the day in which a fix may still move a marker

MAKE_OPD = """
    INSERT INTO opd (code, name, kind) VALUES ('PSC119', 'PSC 119', 'ambulance')
        ON CONFLICT (code) DO UPDATE SET kind = EXCLUDED.kind RETURNING id"""
MAKE_UNIT = """
    INSERT INTO unit (call_sign, opd_id, profile, capabilities, post_name, post)
    VALUES (%s, %s, 'ambulance', '{ambulance}', 'Pos', ST_SetSRID(ST_MakePoint(%s, %s), 4326)) RETURNING id"""
MAKE_TOKEN = """
    INSERT INTO token (secret_hash, label, role, unit_id, created_at, expires_at)
    VALUES (%s, %s, 'crew', %s, now(), %s) RETURNING id"""
MAKE_DEVICE = """
    INSERT INTO device (sender, label, unit_id, key_hash, token_id, created_at, created_by)
    VALUES (%s, %s, %s, %s, %s, now(), 'bench') RETURNING id"""


class Phone(NamedTuple):
    """A device: what the database knows it by, and the key that it shows."""

    device_id: int
    unit_id: int
    key: str


@dataclass(frozen=True, slots=True)
class Request:
    """One message, ready to be written to a socket, and the fixes in it."""

    sent: bytes
    fixes: Fixes


class Fleet:
    """Units of one kind of sender."""

    def __init__(
        self,
        connection: psycopg.Connection,
        network: RoadNetwork,
        name: str,
        sender: str,
        units: int,
        rng: random.Random,
    ) -> None:
        began = datetime.now(UTC) - timedelta(hours=HOURS)
        self.name, self.sender = name, sender
        self.tracks = Tracks(network, units, int(began.timestamp()), rng)
        self.phones = self._made(connection, units)

    def _made(self, connection: psycopg.Connection, units: int) -> Sequence[Phone]:
        def one(statement: str, *values: object) -> int:
            return int(connection.execute(statement, values).fetchone()[0])

        phones = []
        with connection.transaction():
            opd = one(MAKE_OPD)
            for number in range(units):
                label = f"{self.name}-{number}"
                first = self.tracks.take(number, 1)
                unit = one(MAKE_UNIT, label, opd, float(first.lon[0]), float(first.lat[0]))
                key = secrets.token_hex(16)
                digest, until = hashlib.sha256(key.encode()).digest(), datetime.now(UTC) + timedelta(days=9)
                is_crew = self.sender == "crew"
                token = one(MAKE_TOKEN, digest, label, unit, until) if is_crew else None
                device = one(MAKE_DEVICE, self.sender, label, unit, None if is_crew else digest, token)
                phones.append(Phone(device, unit, key))
        return phones

    def requests(self, connections: int, fixes: int, fixes_of_one: int) -> list[list[Request]]:
        """Return what each connection sends, one after the other: about `fixes` in all, `fixes_of_one` a message.

        Every device speaks on one connection alone, and the devices of a connection take turns, as real ones do.
        """
        turns = max(1, fixes // fixes_of_one // connections)
        queues: list[list[Request]] = []
        for number in range(connections):
            mine = range(number, len(self.phones), connections)
            queues.append([self._request(mine[turn % len(mine)], fixes_of_one) for turn in range(turns)])
        return queues

    def _request(self, device: int, many: int) -> Request:
        fixes = self.tracks.take(device, many)
        path, header, body = WRITTEN[self.sender](self.phones[device].key, fixes)
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\n{header}Content-Type: application/json\r\n"
        return Request(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode(), fixes)


def _crew(key: str, fixes: Fixes) -> tuple[str, str, str]:
    """A batch of the crew's own page: ids of its making, by which a resend is recognised."""
    said = [
        f'{{"id":"{uuid.uuid4()}","fixed_at":"{_iso(second)}","lon":{lon},"lat":{lat},"accuracy_m":9,'
        f'"speed_mps":{speed},"bearing_deg":{bearing:.0f},"battery":0.62,"kind":"fix"}}'
        for second, lon, lat, speed, bearing in _rows(fixes)
    ]
    return "/ingest/crew", f"Authorization: Bearer {key}\r\n", f'{{"fixes":[{",".join(said)}]}}'


def _overland(key: str, fixes: Fixes) -> tuple[str, str, str]:
    said = [
        f'{{"type":"Feature","geometry":{{"type":"Point","coordinates":[{lon},{lat}]}},"properties":{{"timestamp":'
        f'"{_iso(second)[:-5]}Z","altitude":710,"speed":{speed},"course":{bearing:.0f},"horizontal_accuracy":9,'
        f'"vertical_accuracy":4,"motion":["driving"],"battery_state":"unplugged","battery_level":0.62,'
        f'"device_id":"bench","wifi":""}}}}'
        for second, lon, lat, speed, bearing in _rows(fixes)
    ]
    return "/ingest/overland", f"Authorization: Bearer {key}\r\n", f'{{"locations":[{",".join(said)}]}}'


def _owntracks(key: str, fixes: Fixes) -> tuple[str, str, str]:
    basic = base64.b64encode(f"bench:{key}".encode()).decode()
    ((second, lon, lat, speed, bearing),) = _rows(fixes)
    body = (
        f'{{"_type":"location","_id":"{second:08x}","acc":9,"alt":710,"batt":62,"bs":1,"conn":"m","created_at":{second},'
        f'"lat":{lat},"lon":{lon},"m":1,"t":"t","tid":"be","tst":{second},"vac":4,"vel":{3.6 * speed:.0f},'
        f'"cog":{bearing:.0f}}}'
    )
    return "/ingest/owntracks", f"Authorization: Basic {basic}\r\n", body


WRITTEN = {"crew": _crew, "overland": _overland, "owntracks": _owntracks}


def _rows(fixes: Fixes) -> list[tuple[int, float, float, float, float]]:
    columns = (fixes.second, fixes.lon, fixes.lat, fixes.speed_mps, fixes.bearing_deg)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _iso(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def dispatcher(connection: psycopg.Connection) -> str:
    """Return the key of a desk of the OPD that owns all fleets."""
    key = secrets.token_urlsafe(32)
    connection.execute(
        "INSERT INTO token (secret_hash, label, role, opd_id, created_at, expires_at)"
        " SELECT %s, 'screens', 'dispatcher', id, now(), %s FROM opd WHERE code = 'PSC119'",
        (hashlib.sha256(key.encode()).digest(), datetime.now(UTC) + timedelta(days=9)),
    )
    return key
