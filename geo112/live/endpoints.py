"""The live feed over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from geo112.access.roles import DESKS, Role, Signed, require
from geo112.database import Transaction, sessions
from geo112.live.situation import Situation, situation
from geo112.live.stream import Hub

router = APIRouter(tags=["live"])

Watching = Annotated[Signed, require(*DESKS, Role.CREW)]


@router.get("/api/situation")
async def read_situation(who: Watching, session: Transaction) -> Situation:
    """Give the situation as of one moment. Control room: all; dispatchers: their OPD's; crews: their own."""
    return await situation(session, who)


@router.get("/api/live", response_class=StreamingResponse)
async def live(request: Request, who: Watching) -> StreamingResponse:
    """Follow the situation as server-sent events: `snapshot`, then `change`, `positions`, `heartbeat`.

    Resumes after `Last-Event-ID`. Control room, dispatchers, crews; each gets what they may see.
    """
    hub: Hub = request.app.state.hub
    async with sessions().begin() as session:
        now = await situation(session, who)
    stream = hub.follow(who, request.headers.get("last-event-id"), now.model_dump_json().encode(), now.id)
    return StreamingResponse(
        stream, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
