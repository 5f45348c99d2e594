"""Devices as an administrator makes, lists and revokes them."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.access.roles import Signed
from geo112.database import row, rows
from geo112.errors import ConflictError, NotFoundError
from geo112.tracking.store import digest

KEY_BYTES = 16

LIST = """
    SELECT device.id, device.sender, device.label, device.unit_id, unit.call_sign, device.priority,
           device.forwarder_id, device.said_id, device.created_at, device.created_by, device.revoked_at,
           device.heard_at, device.believed_at, device.clock_offset_s
      FROM device LEFT JOIN unit ON unit.id = device.unit_id
"""
ALL = text(LIST + " ORDER BY device.revoked_at IS NOT NULL, unit.call_sign, device.priority, device.id")
ONE = text(LIST + " WHERE device.id = :device_id")
UNIT = text("SELECT id FROM unit WHERE id = :unit_id")
FORWARDER = text("SELECT id FROM device WHERE id = :device_id AND sender = 'traccar_server' AND forwarder_id IS NULL")
MAKE = text("""
    INSERT INTO device (sender, label, unit_id, priority, key_hash, forwarder_id, said_id, created_at, created_by)
    VALUES (:sender, :label, :unit_id, :priority, :key_hash, :forwarder_id, :said_id, :now, :actor)
        ON CONFLICT (forwarder_id, said_id) DO NOTHING
 RETURNING id""")
REVOKE = text(
    "UPDATE device SET revoked_at = :now WHERE id = :device_id AND revoked_at IS NULL RETURNING token_id, account_id"
)
REVOKE_TOKEN = text("UPDATE token SET revoked_at = :now WHERE id = :token_id AND revoked_at IS NULL")
SIGN_OUT = text("UPDATE sign_in SET signed_out_at = :now WHERE account_id = :account_id AND signed_out_at IS NULL")

# A crew's page has its sign-in as its key: who signs in anew may send again.
CREW = """
    INSERT INTO device (sender, label, unit_id, token_id, account_id, created_at, created_by)
    VALUES ('crew', :label, :unit_id, :token_id, :account_id, :now, :actor)
        ON CONFLICT ({key}) DO UPDATE SET unit_id = EXCLUDED.unit_id, label = EXCLUDED.label, revoked_at = NULL"""
CREW_BY_TOKEN = text(CREW.format(key="token_id"))
CREW_BY_ACCOUNT = text(CREW.format(key="account_id"))

QUARANTINE = text("""
    SELECT quarantine.*, unit.call_sign, device.label
      FROM quarantine
      LEFT JOIN unit ON unit.id = quarantine.unit_id
      LEFT JOIN device ON device.id = quarantine.device_id
     ORDER BY quarantine.id DESC
     LIMIT :limit""")
COUNTS = text("SELECT sender, code, put_aside, dropped FROM quarantine_count ORDER BY put_aside DESC, sender, code")


async def make(
    session: AsyncSession,
    *,
    sender: str,
    label: str,
    unit_id: int | None,
    priority: int,
    forwarder_id: int | None,
    said_id: str | None,
    now: datetime,
    actor: str,
) -> tuple[int, str | None]:
    """Make a device.

    Returns:
        Its id and its key, which is stored nowhere; None for a vehicle that a server speaks for.
    Raises:
        NotFoundError: there is no such unit or server.
        ConflictError: the server has such a vehicle already.
    """
    if unit_id is not None and await row(session, UNIT, unit_id=unit_id) is None:
        raise NotFoundError("unit", "unit")
    if forwarder_id is not None and await row(session, FORWARDER, device_id=forwarder_id) is None:
        raise NotFoundError("server penerus", "forwarding server")
    key = None if forwarder_id is not None else secrets.token_hex(KEY_BYTES)
    made = await row(
        session,
        MAKE,
        sender=sender,
        label=label,
        unit_id=unit_id,
        priority=priority,
        key_hash=None if key is None else digest(key),
        forwarder_id=forwarder_id,
        said_id=said_id,
        now=now,
        actor=actor,
    )
    if made is None:
        raise ConflictError(
            "vehicle_known",
            f"Kendaraan “{said_id}” sudah terdaftar di server itu.",
            f"That server has a vehicle “{said_id}” already.",
        )
    return int(made.id), key


async def all_of_them(session: AsyncSession) -> list[Any]:
    return await rows(session, ALL)


async def one(session: AsyncSession, device_id: int) -> Any:
    found = await row(session, ONE, device_id=device_id)
    if found is None:
        raise NotFoundError("perangkat", "device")
    return found


async def revoke(session: AsyncSession, device_id: int, now: datetime) -> bool:
    """Let a device's key be worth nothing from its next request on; say whether it was worth something.

    A crew's page is signed out with it, from every browser of its account.
    """
    await one(session, device_id)
    revoked = await row(session, REVOKE, device_id=device_id, now=now)
    if revoked is None:
        return False
    await session.execute(REVOKE_TOKEN, {"token_id": revoked.token_id, "now": now})
    await session.execute(SIGN_OUT, {"account_id": revoked.account_id, "now": now})
    return True


async def crew(session: AsyncSession, who: Signed, now: datetime) -> None:
    """Make the page of a crew's sign-in or token a device of its unit, or bring it up to date."""
    await session.execute(
        CREW_BY_ACCOUNT if who.account_id is not None else CREW_BY_TOKEN,
        {
            "label": who.name,
            "unit_id": who.unit_id,
            "token_id": None if who.account_id is not None else who.token_id,
            "account_id": who.account_id,
            "now": now,
            "actor": who.actor,
        },
    )


async def quarantined(session: AsyncSession, limit: int) -> list[Any]:
    return await rows(session, QUARANTINE, limit=limit)


async def counts(session: AsyncSession) -> list[Any]:
    return await rows(session, COUNTS)
