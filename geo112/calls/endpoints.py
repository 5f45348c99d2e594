"""Calls over HTTP. The telephone exchange posts them; call takers answer, classify and close them.

Joining a call to an incident is `incidents`' own, which knows them.
"""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from geo112 import clock
from geo112.access.roles import CONTROL_ROOM, Role, Signed, require
from geo112.calls import service, store
from geo112.calls.call import CallClass, SilentStep
from geo112.calls.store import Call, CallDetail, Caller
from geo112.coordinates import LonLat
from geo112.database import Transaction

router = APIRouter(prefix="/api/calls", tags=["calls"])

ControlRoom = Annotated[Signed, require(*CONTROL_ROOM)]


class Position(BaseModel):
    """WGS 84, degrees."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)


class NewCall(BaseModel):
    client_id: UUID | None = None
    ani: str | None = Field(None, max_length=40, description="The caller's number as the exchange gives it")
    operator: str | None = Field(None, max_length=60)
    position: Position | None = None
    position_uncertainty_m: float | None = Field(None, ge=0, le=100_000)
    position_source: Literal["cell", "handset", "link"] | None = None


class Classification(BaseModel):
    call_class: CallClass
    silent_steps: list[SilentStep] | None = None


class CallerWords(BaseModel):
    name: str | None = Field(None, max_length=200)
    address: str | None = Field(None, max_length=500)
    words: str | None = Field(None, max_length=4000)
    landmark: str | None = Field(None, max_length=500)


class Closing(BaseModel):
    note: str = Field(max_length=2000)


@router.post("", status_code=201)
async def ring(
    call: NewCall, who: Annotated[Signed, require(*CONTROL_ROOM, Role.TELEPHONY)], session: Transaction
) -> Call:
    """Say that somebody rings 112. Call takers, supervisors, administrators and the telephone exchange."""
    return await service.ring(
        session,
        who,
        clock.now(),
        client_id=call.client_id,
        number=call.ani,
        operator=call.operator,
        position=LonLat(call.position.lon, call.position.lat) if call.position else None,
        position_uncertainty_m=call.position_uncertainty_m,
        position_source=call.position_source or ("cell" if call.position else None),
    )


@router.get("")
async def calls(
    who: ControlRoom, session: Transaction, state: Literal["open", "all"] = "open", limit: int = 200
) -> list[Call]:
    """List calls. Control room."""
    return await store.calls(session, only_open=state == "open", limit=max(1, min(limit, 1000)))


@router.get("/{call_id}")
async def call(call_id: int, who: ControlRoom, session: Transaction) -> CallDetail:
    """Give one call. Control room."""
    return await store.detail(session, call_id)


@router.post("/{call_id}/answer")
async def answer(call_id: int, who: ControlRoom, session: Transaction) -> Call:
    """Take a ringing call. Control room."""
    return await service.answer(session, who, call_id, clock.now())


@router.get("/{call_id}/caller")
async def caller(call_id: int, who: ControlRoom, session: Transaction) -> Caller:
    """Give the caller's number, name and words; that it was looked at is journalled. Control room."""
    found = await store.call(session, call_id)
    return await service.show_caller(session, who, found.caller_id, "call", clock.now())


@router.put("/{call_id}/caller")
async def describe_caller(call_id: int, words: CallerWords, who: ControlRoom, session: Transaction) -> Caller:
    """Write down what the caller said. Control room."""
    found = await store.call(session, call_id)
    return await service.describe_caller(session, who, found.caller_id, clock.now(), **words.model_dump())


@router.post("/{call_id}/classify")
async def classify(call_id: int, wanted: Classification, who: ControlRoom, session: Transaction) -> Call:
    """Say what kind of call it is. Control room."""
    steps = None if wanted.silent_steps is None else [step.value for step in wanted.silent_steps]
    return await service.classify(session, who, call_id, wanted.call_class, steps, clock.now())


@router.post("/{call_id}/close")
async def close(call_id: int, closing: Closing, who: ControlRoom, session: Transaction) -> Call:
    """Close a call with a note. Control room."""
    return await service.close(session, who, call_id, closing.note, clock.now())


@router.post("/{call_id}/abandon")
async def abandon(
    call_id: int, who: Annotated[Signed, require(*CONTROL_ROOM, Role.TELEPHONY)], session: Transaction
) -> Call:
    """Say that the caller hung up. Control room and the telephone exchange."""
    return await service.abandon(session, who, call_id, clock.now())
