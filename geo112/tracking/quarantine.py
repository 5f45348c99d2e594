"""What could not be read or believed, or came without a key: kept for an administrator, and bounded.

When there is too much, the oldest of unknown senders goes first, then the oldest of known ones; all of it is counted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import psycopg

MOST_ROWS = 5_000
MOST_BYTES = 8 * 1024 * 1024
MOST_OF_ONE = 2_000  # characters
LOCK = 112_000_003

PUT = """
    INSERT INTO quarantine (device_id, unit_id, sender, code, said_id, client_id, address, received_at, body)
    SELECT * FROM unnest(CAST(%b AS int8[]), CAST(%b AS int8[]), CAST(%b AS text[]), CAST(%b AS text[]),
                         CAST(%b AS text[]), CAST(%b AS text[]), CAST(%b AS text[]), CAST(%b AS timestamptz[]),
                         CAST(%b AS text[]))"""
COUNT = """
    INSERT INTO quarantine_count AS present (sender, code, put_aside)
    SELECT * FROM unnest(CAST(%b AS text[]), CAST(%b AS text[]), CAST(%b AS int8[]))
        ON CONFLICT (sender, code) DO UPDATE SET put_aside = present.put_aside + EXCLUDED.put_aside"""
MAKE_ROOM = """
    WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(%(lock)s) AS mine),
         ranked AS (
            SELECT id, row_number() OVER newest AS rank, sum(octet_length(body)) OVER newest AS bytes
              FROM quarantine
            WINDOW newest AS (ORDER BY device_id IS NULL AND unit_id IS NULL, id DESC)),
         gone AS (
            DELETE FROM quarantine
             WHERE (SELECT mine FROM turn)
               AND id IN (SELECT id FROM ranked WHERE rank > %(rows)s OR bytes > %(bytes)s)
         RETURNING sender, code)
    UPDATE quarantine_count AS present SET dropped = present.dropped + lost.times
      FROM (SELECT sender, code, count(*) AS times FROM gone GROUP BY sender, code) AS lost
     WHERE present.sender = lost.sender AND present.code = lost.code"""


@dataclass(frozen=True, slots=True)
class Aside:
    """One thing to put aside."""

    sender: str
    code: str
    said_id: str
    client_id: str
    address: str
    received_at: datetime
    body: Any
    device_id: int | None = None
    unit_id: int | None = None


async def put(connection: psycopg.AsyncConnection, asides: Sequence[Aside]) -> None:
    rows = [
        (
            one.device_id,
            one.unit_id,
            one.sender,
            one.code,
            _text(one.said_id)[:100],
            _text(one.client_id)[:100],
            one.address,
            one.received_at,
            _text(one.body)[:MOST_OF_ONE],
        )
        for one in asides
    ]
    await connection.execute(PUT, [list(column) for column in zip(*rows, strict=True)])
    times = sorted(Counter((one.sender, one.code) for one in asides).items())
    await connection.execute(
        COUNT, [[sender for (sender, _), _ in times], [code for (_, code), _ in times], [many for _, many in times]]
    )


async def make_room(
    connection: psycopg.AsyncConnection, most_rows: int = MOST_ROWS, most_bytes: int = MOST_BYTES
) -> None:
    await connection.execute(MAKE_ROOM, {"lock": LOCK, "rows": most_rows, "bytes": most_bytes})


def _text(said: Any) -> str:
    """Return what PostgreSQL can hold: no NUL, no half of a surrogate pair."""
    if isinstance(said, str):
        words = said
    elif isinstance(said, bytes):
        words = said.decode("utf-8", "replace")
    else:
        words = msgspec.json.encode(said).decode("utf-8", "replace")
    return words.replace("\0", "").encode("utf-8", "replace").decode()
