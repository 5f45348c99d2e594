"""Reports over HTTP: the heat map as a page or a file, and its figures."""

from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from geo112 import clock
from geo112.access.roles import Role, Signed, require
from geo112.database import Transaction
from geo112.incidents.response_plan import incident_type
from geo112.reports.heatmap import CELL_M, MINIMUM, Wanted, counted, draw
from geo112.reports.span import read_span
from geo112.settings import settings

router = APIRouter(prefix="/api/reports", tags=["reports"])

Reader = Annotated[Signed, require(Role.PLANNER, Role.SUPERVISOR, Role.ADMINISTRATOR)]
FirstDay = Annotated[str | None, Query(alias="from", description="First day, YYYY-MM-DD; else 30 days are shown.")]
LastDay = Annotated[str | None, Query(alias="to", description="Last day, YYYY-MM-DD; else today.")]
TypeCode = Annotated[str | None, Query(alias="type", description="Code of an incident type; else all.")]
Language = Annotated[str | None, Query(alias="lang", description="id or en; else as Accept-Language says.")]


class HeatmapFigures(BaseModel):
    """What a heat map shows, and how much it must not show."""

    cells_shown: int
    incidents_shown: int
    incidents_left_out: int
    cell_m: float
    minimum: int


@router.get("/heatmap", response_class=HTMLResponse)
async def read_heatmap(
    who: Reader,
    session: Transaction,
    first: FirstDay = None,
    last: LastDay = None,
    type_code: TypeCode = None,
    lang: Language = None,
    download: bool = False,
    accept_language: Annotated[str, Header()] = "id",
) -> HTMLResponse:
    """Draw where incidents gathered: one page that needs no other file and no internet. Days are the centre's.

    Planners, supervisors and administrators. With `download` it comes as a file.
    """
    wanted = _wanted(first, last, type_code, lang or accept_language)
    sheet = await draw(session, wanted)
    headers = {
        # The page's own policy names its scripts by hash; who may frame it can only be said in a header.
        "Content-Security-Policy": sheet.policy + "; frame-ancestors 'self'",
        "Cache-Control": "private, no-store",
    }
    if download:
        headers["Content-Disposition"] = f'attachment; filename="{sheet.file_name}"'
    return HTMLResponse(sheet.html, headers=headers)


@router.get("/heatmap/cells")
async def read_heatmap_figures(
    who: Reader, session: Transaction, first: FirstDay = None, last: LastDay = None, type_code: TypeCode = None
) -> HeatmapFigures:
    """Count what the heat map of the same query shows. Planners, supervisors and administrators."""
    _, found = await counted(session, _wanted(first, last, type_code, "id"))
    return HeatmapFigures(
        cells_shown=len(found.shown),
        incidents_shown=found.incidents_shown,
        incidents_left_out=found.incidents_left_out,
        cell_m=CELL_M,
        minimum=MINIMUM,
    )


def _wanted(first: str | None, last: str | None, type_code: str | None, language: str) -> Wanted:
    today = clock.now().astimezone(settings().time_zone).date()
    kind = incident_type(type_code) if type_code else None
    return Wanted(read_span(first, last, today), kind, "en" if language.strip().lower().startswith("en") else "id")
