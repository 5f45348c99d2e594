"""Pings in the database: history as it came, and the newest position by fix time. Written in whole batches."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.database import rows
from geo112.tracking.fix import Fix

CHANNEL = "position"

STORE = text("""
    INSERT INTO fix (unit_id, client_id, kind, fixed_at, sent_at, received_at, lon, lat,
                     accuracy_m, speed_mps, bearing_deg, battery)
    SELECT :unit_id, one.client_id, one.kind, one.fixed_at, one.sent_at, :received_at, one.lon, one.lat,
           one.accuracy_m, one.speed_mps, one.bearing_deg, one.battery
      FROM unnest(CAST(:client_id AS uuid[]), CAST(:kind AS text[]), CAST(:fixed_at AS timestamptz[]),
                  CAST(:sent_at AS timestamptz[]), CAST(:lon AS float8[]), CAST(:lat AS float8[]),
                  CAST(:accuracy_m AS float8[]), CAST(:speed_mps AS float8[]), CAST(:bearing_deg AS float8[]),
                  CAST(:battery AS float8[]))
        AS one(client_id, kind, fixed_at, sent_at, lon, lat, accuracy_m, speed_mps, bearing_deg, battery)
     ORDER BY one.client_id
        ON CONFLICT (unit_id, client_id) DO NOTHING
 RETURNING client_id""")

# An older fix never moves the marker back.
MOVE = text("""
    INSERT INTO unit_position AS present (unit_id, lon, lat, fixed_at, received_at, heard_at,
                                          accuracy_m, speed_mps, bearing_deg, battery, version)
    VALUES (:unit_id, :lon, :lat, :fixed_at, :received_at, :received_at,
            :accuracy_m, :speed_mps, :bearing_deg, :battery, nextval('position_version'))
        ON CONFLICT (unit_id) DO UPDATE
       SET lon = EXCLUDED.lon, lat = EXCLUDED.lat, fixed_at = EXCLUDED.fixed_at,
           received_at = EXCLUDED.received_at, heard_at = EXCLUDED.heard_at, accuracy_m = EXCLUDED.accuracy_m,
           speed_mps = EXCLUDED.speed_mps, bearing_deg = EXCLUDED.bearing_deg, battery = EXCLUDED.battery,
           version = EXCLUDED.version
     WHERE present.fixed_at < EXCLUDED.fixed_at
 RETURNING unit_id""")

HEARD = text("""
    UPDATE unit_position SET heard_at = :received_at, version = nextval('position_version')
     WHERE unit_id = :unit_id AND heard_at < :received_at
 RETURNING unit_id""")

QUARANTINE = text("""
    INSERT INTO fix_quarantine (unit_id, client_id, code, received_at, body)
    VALUES (:unit_id, :client_id, :code, :received_at, :body)""").bindparams(bindparam("body", type_=JSONB))

NOTIFY = text("SELECT pg_notify(:channel, '')")


async def store(session: AsyncSession, unit_id: int, fixes: Sequence[Fix], received_at: datetime) -> set[UUID]:
    """Write fixes to the history and return the ids that were new."""
    written = await rows(
        session,
        STORE,
        unit_id=unit_id,
        received_at=received_at,
        **{
            field: [getattr(fix, field) for fix in fixes]
            for field in (
                "client_id",
                "kind",
                "fixed_at",
                "sent_at",
                "lon",
                "lat",
                "accuracy_m",
                "speed_mps",
                "bearing_deg",
                "battery",
            )
        },
    )
    return {one.client_id for one in written}


async def move(session: AsyncSession, unit_id: int, fix: Fix, received_at: datetime) -> bool:
    """Make `fix` the newest position where it is newer than the present one; say whether it was."""
    moved = await rows(
        session,
        MOVE,
        unit_id=unit_id,
        lon=fix.lon,
        lat=fix.lat,
        fixed_at=fix.fixed_at,
        received_at=received_at,
        accuracy_m=fix.accuracy_m,
        speed_mps=fix.speed_mps,
        bearing_deg=fix.bearing_deg,
        battery=fix.battery,
    )
    return bool(moved)


async def heard(session: AsyncSession, unit_id: int, received_at: datetime) -> None:
    """Note that a unit's phone is connected, whatever it said."""
    await session.execute(HEARD, {"unit_id": unit_id, "received_at": received_at})


async def quarantine(
    session: AsyncSession, unit_id: int, client_id: str, code: str, body: dict[str, Any], received_at: datetime
) -> None:
    """Put aside what is not believed. PostgreSQL holds no NUL in a text; what a phone sends is kept without."""
    await session.execute(
        QUARANTINE,
        {
            "unit_id": unit_id,
            "client_id": client_id.replace("\0", "")[:100],
            "code": code,
            "received_at": received_at,
            "body": _storable(body),
        },
    )


async def notify(session: AsyncSession) -> None:
    """Tell the live screens, on commit, that positions changed: one word for a whole batch."""
    await session.execute(NOTIFY, {"channel": CHANNEL})


def _storable(value: Any) -> Any:
    """Return JSON as PostgreSQL can hold it: no NUL in a text, no number that is none."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {_storable(str(key)): _storable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
