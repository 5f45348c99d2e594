"""The live feed over HTTP."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, model_validator

from geo112.access.roles import DESKS, Role, Signed, require
from geo112.database import Transaction
from geo112.live.situation import Situation, situation
from geo112.live.stream import Hub
from geo112.live.view import Box, View, widened

router = APIRouter(tags=["live"])

Watching = Annotated[Signed, require(*DESKS, Role.CREW)]


class BoxOf(BaseModel):
    """Degrees, WGS 84."""

    west: float = Field(ge=-180, le=180)
    south: float = Field(ge=-90, le=90)
    east: float = Field(ge=-180, le=180)
    north: float = Field(ge=-90, le=90)

    @model_validator(mode="after")
    def _has_its_sides_in_order(self) -> Self:
        if self.west > self.east or self.south > self.north:
            raise ValueError("west ≤ east, south ≤ north")
        return self


class ViewOf(BaseModel):
    """Where a screen looks: inside these boxes (none: nowhere), at units of these OPD (null: of all)."""

    boxes: list[BoxOf] = Field(max_length=8)
    opd_ids: list[int] | None = Field(default=None, max_length=64)


@router.get("/api/situation")
async def read_situation(who: Watching, session: Transaction) -> Situation:
    """Give the situation as of one moment. Control room: all; dispatchers: their OPD's; crews: their own."""
    return await situation(session, who)


@router.get("/api/live", response_class=StreamingResponse)
async def live(request: Request, who: Watching, screen: UUID | None = None) -> StreamingResponse:
    """Follow the situation as server-sent events: `snapshot`, then `change`, `positions`, `heartbeat`.

    Resumes after `Last-Event-ID`. `screen` names the stream, to say where it looks.
    Control room, dispatchers, crews; each gets what they may see.
    """
    hub: Hub = request.app.state.hub
    stream = hub.follow(who, screen, request.headers.get("last-event-id"))
    first = await anext(stream)  # before the answer begins: it may be that there is no database
    return StreamingResponse(
        _joined(first, stream),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.put("/api/live/{screen}/view", status_code=204)
async def look(screen: UUID, view: ViewOf, who: Watching, request: Request) -> None:
    """Say where a stream of one's own looks: positions outside come every 5 s. It lasts as long as the stream.

    Units on an assignment always lie inside. Who opened the stream.
    """
    hub: Hub = request.app.state.hub
    boxes = widened(Box(**box.model_dump()) for box in view.boxes)
    await hub.look(who, screen, View(boxes, None if view.opd_ids is None else frozenset(view.opd_ids)))


async def _joined(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece
