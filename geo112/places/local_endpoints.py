"""Local names over HTTP: what scenes teach, what supervisors decide."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from geo112 import clock, journal
from geo112.access.roles import DESKS, Role, Signed, require
from geo112.coordinates import LonLat
from geo112.database import Transaction
from geo112.places import geocode, local_store
from geo112.places.local_names import (
    LEARNT_UNCERTAINTY_M,
    LocalNameState,
    advance,
    checked,
    worth_learning,
)
from geo112.places.local_store import LocalName

router = APIRouter(prefix="/api/places/local-names", tags=["places"])

Supervision = Annotated[Signed, require(Role.SUPERVISOR, Role.ADMINISTRATOR)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class Lesson(BaseModel):
    """A confirmed scene, and the words that were typed to find it."""

    said: str = Field(max_length=400)
    lon: Lon
    lat: Lat
    incident_id: int | None = None


class NewLocalName(BaseModel):
    name: str = Field(max_length=400)
    lon: Lon
    lat: Lat
    uncertainty_m: float = Field(LEARNT_UNCERTAINTY_M, gt=0, le=5000)


class Decision(BaseModel):
    state: LocalNameState
    name: str | None = Field(None, max_length=400)  # mended, where it was written in haste


@router.get("")
async def local_names(
    _who: Supervision, session: Transaction, state: Annotated[LocalNameState | None, Query()] = None
) -> list[LocalName]:
    """List local names, proposals first. Supervisors and administrators."""
    return await local_store.local_names(session, state)


@router.post("/learn")
async def learn(lesson: Lesson, who: Annotated[Signed, require(*DESKS)], session: Transaction) -> LocalName | None:
    """Propose what was typed as a name of the scene, where the search does not find the scene by it."""
    scene = LonLat(lesson.lon, lesson.lat)
    found = await geocode.search(session, lesson.said)
    name = await asyncio.to_thread(worth_learning, lesson.said, scene, found)
    if name is None or await local_store.same(session, name, scene) is not None:
        return None
    proposed = await local_store.insert(
        session,
        name,
        scene,
        LEARNT_UNCERTAINTY_M,
        LocalNameState.PROPOSED,
        who.actor,
        clock.now(),
        lesson.incident_id,
    )
    return await _told(session, proposed, "local_name.proposed", who)


@router.post("", status_code=201)
async def add(wanted: NewLocalName, who: Supervision, session: Transaction) -> LocalName:
    """Add a local name, in force at once. Supervisors and administrators."""
    name, point = checked(wanted.name), LonLat(wanted.lon, wanted.lat)
    approved = LocalNameState.APPROVED
    made = await local_store.insert(session, name, point, wanted.uncertainty_m, approved, who.actor, clock.now())
    return await _told(session, made, "local_name.approved", who)


@router.put("/{name_id}")
async def decide(name_id: int, decision: Decision, who: Supervision, session: Transaction) -> LocalName:
    """Approve or reject a local name; from the next search on it is found, or not. Supervisors and administrators."""
    present = await local_store.local_name(session, name_id)
    state = advance(present.state, decision.state)
    name = present.name if decision.name is None else checked(decision.name)
    decided = await local_store.decide(session, name_id, state, name, who.actor, clock.now())
    return await _told(session, decided, f"local_name.{state.lower()}", who)


async def _told(session: Transaction, name: LocalName, kind: str, who: Signed) -> LocalName:
    await journal.append(
        session,
        at=clock.now(),
        kind=kind,
        object="local_name",
        object_id=name.id,
        actor=who.actor,
        audience=journal.SUPERVISION,
        value=name.model_dump(mode="json"),
    )
    return name
