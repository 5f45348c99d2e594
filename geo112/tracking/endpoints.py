"""Where phones send their positions. The answer goes out after the commit, never before."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel

from geo112 import clock
from geo112.access.roles import Role, Signed, require
from geo112.database import Transaction
from geo112.errors import ForbiddenError
from geo112.tracking import crew, pipeline

router = APIRouter(tags=["tracking"])


class Quarantined(BaseModel):
    id: str
    code: str


class Acknowledged(BaseModel):
    """Every id of the batch stands in exactly one of the lists; the phone forgets them all."""

    stored: list[str]
    already: list[str]
    quarantined: list[Quarantined]


CREW_BATCH = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["fixes"],
                    "properties": {
                        "sent_at": {"type": "string", "format": "date-time"},
                        "fixes": {
                            "type": "array",
                            "maxItems": crew.MOST_FIXES,
                            "items": {
                                "type": "object",
                                "required": ["id", "fixed_at", "lon", "lat"],
                                "properties": {
                                    "id": {"type": "string", "format": "uuid"},
                                    "fixed_at": {"type": "string", "format": "date-time"},
                                    "lon": {"type": "number"},
                                    "lat": {"type": "number"},
                                    "accuracy_m": {"type": "number"},
                                    "speed_mps": {"type": "number"},
                                    "bearing_deg": {"type": "number"},
                                    "battery": {"type": "number", "minimum": 0, "maximum": 1},
                                    "kind": {"enum": ["fix", "heartbeat", "manual"]},
                                },
                            },
                        },
                    },
                }
            }
        },
    }
}


@router.post("/ingest/crew", openapi_extra=CREW_BATCH)
async def ingest_crew(
    request: Request, who: Annotated[Signed, require(Role.CREW)], session: Transaction
) -> Acknowledged:
    """Take the positions of a crew's own page or device. Crews."""
    if who.unit_id is None:
        raise ForbiddenError("unit_missing", "Akun ini belum punya unit.", "This account has no unit yet.")
    fixes, unreadable = crew.read(await _body(request))
    outcome = await pipeline.take(session, who.unit_id, fixes, unreadable, clock.now())
    return Acknowledged(
        stored=outcome.stored,
        already=outcome.already,
        quarantined=[Quarantined(**one) for one in outcome.quarantined],
    )


async def _body(request: Request) -> bytes:
    """Read the body, giving up as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > crew.MOST_BYTES:
            raise crew.too_large()
    return bytes(body)
