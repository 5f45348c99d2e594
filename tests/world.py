"""Small verbs to build a world and to speak to it as desks and phones do: over HTTP, with tokens.

city.unit("DMK-1", at=crossing(0, 0))
desk = city.desk("call_taker")
desk.post("/api/calls", json={"ani": "0812…"})
"""

import hashlib
import random
import secrets
import socket
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

import httpx
import psycopg
import uvicorn

from geo112.coordinates import LonLat

OPDS = {
    "DAMKAR": ("Dinas Pemadam Kebakaran", "fire"),
    "PSC119": ("Public Safety Center 119", "ambulance"),
    "POLRES": ("Kepolisian Resor", "police"),
    "BPBD": ("Badan Penanggulangan Bencana", "disaster"),
    "SATPOLPP": ("Satuan Polisi Pamong Praja", "order"),
}


class Desk(httpx.Client):
    """Somebody signed in. `ok` raises with the answer's own words where a request is refused."""

    def ok(self, method: str, path: str, **more: Any) -> Any:
        answer = self.request(method, path, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def meets_bug(self, method: str, path: str, **more: Any) -> None:
        """Ask for what ends in an error of the server: it answers 500, and then hangs up on whoever asked.

        The connection is given up with the answer; the next request on it would race with the server's hanging up.
        """
        answer = self.request(method, path, headers={"Connection": "close"}, **more)
        assert answer.status_code == 500, f"{method} {path}: {answer.status_code} {answer.text}"


class City:
    """A served town."""

    def __init__(self, database_url: str) -> None:
        self.url = database_url.replace("postgresql+psycopg://", "postgresql://")
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._desks: list[Desk] = []

    def __enter__(self) -> "City":
        from geo112.app import create_app

        self.app = create_app()
        config = uvicorn.Config(
            self.app, port=self.port, log_config=None, access_log=False, timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until = time.monotonic() + 240  # the first server of a fresh checkout compiles the road engine
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.01)
        assert self._server.started, "the server did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for desk in self._desks:
            desk.close()
        self._server.should_exit = True
        self._thread.join(10)

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement on the database itself and return its rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            done = connection.execute(statement, values)  # type: ignore[arg-type]
            return done.fetchall() if done.description else []

    def opd(self, code: str) -> int:
        name, kind = OPDS[code]
        return int(
            self.sql(
                "INSERT INTO opd (code, name, kind) VALUES (%s, %s, %s)"
                " ON CONFLICT (code) DO UPDATE SET kind = EXCLUDED.kind RETURNING id",
                code,
                name,
                kind,
            )[0][0]
        )

    def unit(
        self,
        call_sign: str,
        at: LonLat,
        opd: str = "DAMKAR",
        capabilities: tuple[str, ...] = ("fire",),
        profile: str = "fire_engine",
        position: bool = True,
    ) -> int:
        """Place a unit at its post, with a fresh position there unless told otherwise."""
        unit_id = int(
            self.sql(
                "INSERT INTO unit (call_sign, opd_id, profile, capabilities, post_name, post)"
                " VALUES (%s, %s, %s, %s, 'Pos', ST_SetSRID(ST_MakePoint(%s, %s), 4326)) RETURNING id",
                call_sign,
                self.opd(opd),
                profile,
                list(capabilities),
                at.lon,
                at.lat,
            )[0][0]
        )
        if position:
            self.sql(
                "INSERT INTO unit_position (unit_id, lon, lat, fixed_at, received_at, heard_at, version)"
                " VALUES (%s, %s, %s, now(), now(), now(), nextval('position_version'))",
                unit_id,
                at.lon,
                at.lat,
            )
        return unit_id

    def token(self, role: str, opd: str | None = None, unit: str | None = None) -> str:
        secret = secrets.token_urlsafe(32)
        unit_id, opd_id = None, self.opd(opd) if opd else None
        if unit:
            unit_id, opd_id = self.sql("SELECT id, opd_id FROM unit WHERE call_sign = %s", unit)[0]
        self.sql(
            "INSERT INTO token (secret_hash, label, role, opd_id, unit_id, created_at, expires_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            hashlib.sha256(secret.encode()).digest(),
            f"{role} {opd or unit or ''}".strip(),
            role,
            opd_id,
            unit_id,
            datetime.now(UTC),
            datetime.now(UTC) + timedelta(days=1),
        )
        return secret

    def desk(self, role: str, opd: str | None = None, unit: str | None = None) -> Desk:
        """Return somebody signed in by token."""
        desk = Desk(
            base_url=self.address,
            headers={"Authorization": f"Bearer {self.token(role, opd, unit)}", "Accept-Language": "en"},
            timeout=30,
            trust_env=False,
        )
        self._desks.append(desk)
        return desk

    def account(self, username: str, role: str, opd: str | None = None, unit: str | None = None) -> str:
        """Make an account and return its password."""
        from geo112.access.passwords import hash_password

        unit_id, opd_id = None, self.opd(opd) if opd else None
        if unit:
            unit_id, opd_id = self.sql("SELECT id, opd_id FROM unit WHERE call_sign = %s", unit)[0]
        self.sql(
            "INSERT INTO account (username, name, role, opd_id, unit_id, password_hash)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            username,
            username.title(),
            role,
            opd_id,
            unit_id,
            hash_password("rahasia-sekali"),
        )
        return "rahasia-sekali"

    def fire(self, tkp: LonLat, priority: int = 1) -> dict[str, Any]:
        """Report a fire as a call taker does, escalated, and return the incident."""
        desk = self.desk("call_taker")
        incident = desk.ok("POST", "/api/incidents", json={"type": "fire", "priority": priority})
        found = desk.ok("PUT", f"/api/incidents/{incident['id']}/tkp", json={"lon": tkp.lon, "lat": tkp.lat})
        assert isinstance(found, dict)
        return found

    def ping(self, crew: Desk, at: LonLat, fixed_at: datetime | None = None, **more: Any) -> Any:
        """Send one fix as the crew page does."""
        fix = {
            "id": str(uuid.uuid4()),
            "fixed_at": (fixed_at or datetime.now(UTC)).isoformat(),
            "lon": at.lon,
            "lat": at.lat,
            "kind": "fix",
            **more,
        }
        return crew.ok("POST", "/ingest/crew", json={"sent_at": datetime.now(UTC).isoformat(), "fixes": [fix]})


def free_port() -> int:
    """Return a free port below the ephemeral range, where outgoing connections cannot take it first.

    Any of them, so that two runs of the tests on one machine do not take each other's.
    """
    for port in random.sample(range(18112, 32000), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")
