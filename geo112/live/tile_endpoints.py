"""The base map over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from geo112.access.roles import DESKS, Role, Signed, require
from geo112.city import store
from geo112.database import Transaction
from geo112.errors import NotFoundError
from geo112.live import tiles

router = APIRouter(tags=["map"])

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
A_YEAR_S = 31_536_000


@router.get("/api/tiles/{z}/{x}/{y}.mvt", response_class=Response, responses={200: {"content": {MEDIA_TYPE: {}}}})
async def read_tile(
    z: int,
    x: int,
    y: int,
    request: Request,
    session: Transaction,
    _who: Annotated[Signed, require(*DESKS, Role.CREW, Role.PLANNER)],
    v: int | None = None,
) -> Response:
    """Return a vector tile. With `v`, the id of the import, a browser may keep it for good."""
    if not tiles.is_tile(z, x, y):
        raise NotFoundError("petak peta", "tile")
    import_id = await store.import_id(session)
    kept = f"private, max-age={A_YEAR_S}, immutable" if v is not None and v == import_id else "private, no-cache"
    headers = {"ETag": f'"{import_id}-{z}-{x}-{y}"', "Cache-Control": kept}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(await tiles.tile(session, z, x, y), media_type=MEDIA_TYPE, headers=headers)
