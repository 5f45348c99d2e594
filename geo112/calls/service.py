"""What happens to a call: each change is decided by `call`, written, and told to the journal in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from geo112 import journal
from geo112.access.roles import Signed
from geo112.calls import store
from geo112.calls.call import CallClass, CallState, advance, check_may_close
from geo112.calls.store import Call, Caller
from geo112.coordinates import LonLat
from geo112.database import one_at_a_time, row
from geo112.errors import ConflictError, DomainError

AUDIENCE = journal.Audience(journal.CONTROL_ROOM)


async def ring(
    session: AsyncSession,
    who: Signed,
    now: datetime,
    *,
    client_id: UUID | None,
    number: str | None,
    operator: str | None,
    position: LonLat | None,
    position_uncertainty_m: float | None,
    position_source: str | None,
) -> Call:
    """Record that somebody rings. The same `client_id` again gives the same call."""
    if client_id is not None:
        await one_at_a_time(session, client_id)
        known = await row(session, store.BY_CLIENT_ID, client_id=client_id)
        if known is not None:
            return await store.call(session, known.id)
    call = await store.insert(
        session,
        client_id=client_id,
        number=number,
        operator=operator,
        received_at=now,
        position=position,
        position_uncertainty_m=position_uncertainty_m,
        position_source=position_source,
    )
    await tell(session, call, "call.ringing", who.actor, now)
    return call


async def answer(session: AsyncSession, who: Signed, call_id: int, now: datetime) -> Call:
    """Take a ringing call.

    Raises:
        ConflictError: `call_already_answered`, with the name of who was faster.
    """
    call = await store.call(session, call_id, lock=True)
    if call.state is not CallState.RINGING and call.taken_by is not None:
        if call.taken_by.id == who.account_id:
            return call
        raise ConflictError(
            "call_already_answered",
            f"Panggilan ini sudah dijawab {call.taken_by.name}.",
            f"{call.taken_by.name} has answered this call already.",
        )
    return await move(session, call, CallState.ANSWERED, "call.answered", who, now, taken_by=who.account_id)


async def classify(
    session: AsyncSession,
    who: Signed,
    call_id: int,
    call_class: CallClass,
    silent_steps: Sequence[str] | None,
    now: datetime,
) -> Call:
    call = await store.call(session, call_id, lock=True)
    state = CallState.LINKED if call.state is CallState.LINKED else CallState.CLASSIFIED
    return await move(
        session,
        call,
        state,
        "call.classified",
        who,
        now,
        call_class=call_class,
        silent_steps=None if silent_steps is None else list(silent_steps),
    )


async def link(session: AsyncSession, who: Signed, call_id: int, incident_id: int, now: datetime) -> Call:
    """Tie a call to an incident: it is an emergency from now on. The incident's row is locked by the caller."""
    call = await store.call(session, call_id, lock=True)
    if call.state is CallState.RINGING:
        call = await move(session, call, CallState.ANSWERED, "call.answered", who, now, taken_by=who.account_id)
    return await move(
        session,
        call,
        CallState.LINKED,
        "call.linked",
        who,
        now,
        incident_id=incident_id,
        call_class=CallClass.EMERGENCY,
    )


async def close(session: AsyncSession, who: Signed, call_id: int, note: str, now: datetime) -> Call:
    call = await store.call(session, call_id, lock=True)
    check_may_close(call.call_class, note, call.silent_steps)
    if call.call_class is CallClass.EMERGENCY and call.incident_id is None:
        raise DomainError(
            "emergency_without_incident",
            "Panggilan darurat harus tertaut ke insiden sebelum ditutup.",
            "An emergency call must be linked to an incident before it is closed.",
        )
    return await move(session, call, CallState.CLOSED, "call.closed", who, now, note=note.strip())


async def abandon(session: AsyncSession, who: Signed, call_id: int, now: datetime) -> Call:
    call = await store.call(session, call_id, lock=True)
    return await move(session, call, CallState.ABANDONED, "call.abandoned", who, now)


async def show_caller(session: AsyncSession, who: Signed, caller_id: int, reason: str, now: datetime) -> Caller:
    """Return who the caller is, and journal who looked and why (UU 27/2022)."""
    caller = await store.caller(session, caller_id)
    await journal.append(
        session,
        at=now,
        kind="caller.looked_at",
        object="disclosure",
        object_id=caller_id,
        actor=who.actor,
        audience=journal.SUPERVISION,
        value={"caller_id": caller_id, "reason": reason},
    )
    return caller


async def describe_caller(
    session: AsyncSession, who: Signed, caller_id: int, now: datetime, **words: str | None
) -> Caller:
    """Write down name, address, words or landmark; what is None stays."""
    await session.execute(
        store.UPDATE_CALLER,
        {"caller_id": caller_id, **{key: words.get(key) for key in ("name", "address", "words", "landmark")}},
    )
    await journal.append(
        session,
        at=now,
        kind="caller.described",
        object="disclosure",
        object_id=caller_id,
        actor=who.actor,
        audience=journal.SUPERVISION,
        value={"caller_id": caller_id, "fields": sorted(key for key, said in words.items() if said is not None)},
    )
    return await store.caller(session, caller_id)


async def move(
    session: AsyncSession, call: Call, wanted: CallState, kind: str, who: Signed, now: datetime, **fields: Any
) -> Call:
    state = call.state if call.state is wanted is CallState.LINKED else advance(call.state, wanted)
    empty = dict.fromkeys(("call_class", "taken_by", "incident_id", "note", "silent_steps"))
    await session.execute(store.UPDATE, {**empty, **fields, "call_id": call.id, "state": state, "now": now})
    changed = await store.call(session, call.id)
    await tell(session, changed, kind, who.actor, now)
    return changed


async def tell(session: AsyncSession, call: Call, kind: str, actor: str, now: datetime) -> None:
    await journal.append(
        session,
        at=now,
        kind=kind,
        object="call",
        object_id=call.id,
        actor=actor,
        audience=AUDIENCE,
        value=call.model_dump(mode="json"),
    )
