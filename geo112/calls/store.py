"""Calls in the database, and beside them, apart, who the callers are."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.calls.call import CallClass, CallState
from geo112.coordinates import LonLat, Point
from geo112.database import row, rows
from geo112.errors import NotFoundError


class Person(BaseModel):
    id: int
    name: str


class Call(BaseModel):
    """A call as screens and the journal see it: the caller only as an id."""

    id: int
    state: CallState
    call_class: CallClass | None
    operator: str | None
    received_at: datetime
    answered_at: datetime | None
    classified_at: datetime | None
    linked_at: datetime | None
    closed_at: datetime | None
    taken_by: Person | None
    incident_id: int | None
    incident_number: str | None
    caller_id: int
    position: Point | None
    position_uncertainty_m: float | None
    position_source: str | None
    silent_steps: list[str]


class CallDetail(Call):
    """With the call taker's note, which may repeat what the caller said and so stays out of the journal."""

    note: str | None


class EarlierCall(BaseModel):
    id: int
    received_at: datetime
    call_class: CallClass | None


class Caller(BaseModel):
    """Who rang and what was said. Confidential: given to those who work on the call, and each look is journalled."""

    caller_id: int
    number: str | None
    name: str | None
    address: str | None
    words: str | None
    landmark: str | None
    earlier_calls: list[EarlierCall]


SELECT = """
    SELECT call.*, account.name AS taken_by_name, incident.number AS incident_number,
           ST_X(call.position) AS lon, ST_Y(call.position) AS lat
      FROM call
      LEFT JOIN account ON account.id = call.taken_by
      LEFT JOIN incident ON incident.id = call.incident_id
"""
ONE = text(SELECT + "WHERE call.id = :call_id")
BY_CLIENT_ID = text("SELECT id FROM call WHERE client_id = :client_id")
OF_INCIDENT = text(SELECT + "WHERE call.incident_id = :incident_id ORDER BY call.received_at")
OPEN = text(SELECT + "WHERE call.state NOT IN ('CLOSED', 'ABANDONED') ORDER BY call.received_at LIMIT :limit")
ALL = text(SELECT + "ORDER BY call.received_at DESC LIMIT :limit")
LOCK = text("SELECT id FROM call WHERE id = :call_id FOR UPDATE")

INSERT_CALLER = text("INSERT INTO caller (number) VALUES (:number) RETURNING id")
INSERT = text("""
    INSERT INTO call (client_id, caller_id, state, operator, received_at,
                      position, position_uncertainty_m, position_source)
    VALUES (:client_id, :caller_id, 'RINGING', :operator, :received_at,
            ST_SetSRID(ST_MakePoint(CAST(:lon AS float8), CAST(:lat AS float8)), 4326),
            :position_uncertainty_m, :position_source)
 RETURNING id""")

UPDATE = text("""
    UPDATE call
       SET state = :state,
           call_class = coalesce(CAST(:call_class AS text), call_class),
           taken_by = coalesce(CAST(:taken_by AS bigint), taken_by),
           incident_id = coalesce(CAST(:incident_id AS bigint), incident_id),
           note = coalesce(CAST(:note AS text), note),
           silent_steps = coalesce(CAST(:silent_steps AS text[]), silent_steps),
           answered_at = CASE WHEN :state = 'ANSWERED' THEN coalesce(answered_at, :now) ELSE answered_at END,
           classified_at = CASE WHEN CAST(:call_class AS text) IS NOT NULL
                                THEN coalesce(classified_at, :now) ELSE classified_at END,
           linked_at = CASE WHEN :state = 'LINKED' THEN coalesce(linked_at, :now) ELSE linked_at END,
           closed_at = CASE WHEN :state IN ('CLOSED', 'ABANDONED') THEN :now ELSE closed_at END
     WHERE id = :call_id""")

CALLER = text("SELECT * FROM caller WHERE id = :caller_id")
EARLIER = text("""
    SELECT call.id, call.received_at, call.call_class
      FROM call JOIN caller ON caller.id = call.caller_id
     WHERE caller.number = :number
       AND call.caller_id <> :caller_id
     ORDER BY call.received_at DESC
     LIMIT 10""")
UPDATE_CALLER = text("""
    UPDATE caller
       SET name = coalesce(CAST(:name AS text), name),
           address = coalesce(CAST(:address AS text), address),
           words = coalesce(CAST(:words AS text), words),
           landmark = coalesce(CAST(:landmark AS text), landmark)
     WHERE id = :caller_id""")


async def call(session: AsyncSession, call_id: int, *, lock: bool = False) -> Call:
    """Return a call; with `lock` no other transaction may change it until this one ends.

    Raises:
        NotFoundError: there is none.
    """
    if lock:
        await session.execute(LOCK, {"call_id": call_id})
    found = await row(session, ONE, call_id=call_id)
    if found is None:
        raise NotFoundError("panggilan", "call")
    return as_call(found)


async def detail(session: AsyncSession, call_id: int) -> CallDetail:
    found = await row(session, ONE, call_id=call_id)
    if found is None:
        raise NotFoundError("panggilan", "call")
    return CallDetail(**as_call(found).model_dump(), note=found.note)


async def calls(session: AsyncSession, *, only_open: bool, limit: int) -> list[Call]:
    return [as_call(one) for one in await rows(session, OPEN if only_open else ALL, limit=limit)]


async def calls_of_incident(session: AsyncSession, incident_id: int) -> list[Call]:
    return [as_call(one) for one in await rows(session, OF_INCIDENT, incident_id=incident_id)]


async def insert(
    session: AsyncSession,
    *,
    client_id: UUID | None,
    number: str | None,
    operator: str | None,
    received_at: datetime,
    position: LonLat | None,
    position_uncertainty_m: float | None,
    position_source: str | None,
) -> Call:
    caller = await row(session, INSERT_CALLER, number=number)
    assert caller is not None
    found = await row(
        session,
        INSERT,
        client_id=client_id,
        caller_id=caller.id,
        operator=operator,
        received_at=received_at,
        lon=position.lon if position else None,
        lat=position.lat if position else None,
        position_uncertainty_m=position_uncertainty_m,
        position_source=position_source,
    )
    assert found is not None
    return await call(session, found.id)


async def caller(session: AsyncSession, caller_id: int) -> Caller:
    found = await row(session, CALLER, caller_id=caller_id)
    if found is None:
        raise NotFoundError("data pelapor", "caller")
    earlier = await rows(session, EARLIER, number=found.number, caller_id=caller_id)
    return Caller(
        caller_id=found.id,
        number=found.number,
        name=found.name,
        address=found.address,
        words=found.words,
        landmark=found.landmark,
        earlier_calls=[
            EarlierCall(id=one.id, received_at=one.received_at, call_class=one.call_class) for one in earlier
        ],
    )


def as_call(found: Any) -> Call:
    return Call(
        id=found.id,
        state=found.state,
        call_class=found.call_class,
        operator=found.operator,
        received_at=found.received_at,
        answered_at=found.answered_at,
        classified_at=found.classified_at,
        linked_at=found.linked_at,
        closed_at=found.closed_at,
        taken_by=Person(id=found.taken_by, name=found.taken_by_name) if found.taken_by else None,
        incident_id=found.incident_id,
        incident_number=found.incident_number,
        caller_id=found.caller_id,
        position=Point(lon=found.lon, lat=found.lat) if found.lon is not None else None,
        position_uncertainty_m=found.position_uncertainty_m,
        position_source=found.position_source,
        silent_steps=list(found.silent_steps),
    )
