"""The planner's heat map: which incidents, in which days, gathered into cells, as one HTML file.

span, type ─► history.incident_cells (counted in the database) ─┐
city in force ─► ground (base map) ─────────────────────────────┴─► maps.heatmap ─► maps.offline ─► HTML
"""

import asyncio
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from geo112 import __version__, clock
from geo112.city import store as cities
from geo112.city.store import City
from geo112.database import sessions
from geo112.errors import DomainError, NotFoundError
from geo112.incidents.response_plan import IncidentType, incident_type
from geo112.reports import history
from geo112.reports.span import Span, day_words
from geo112.settings import settings
from maps.cells import SMALLEST_MINIMUM, Cells, Grid

CELL_M = 500.0  # some four streets; 250 m is the least that may be published
MINIMUM = SMALLEST_MINIMUM


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a heat map is asked to show."""

    span: Span
    incident_type: IncidentType | None = None  # None: all
    language: str = "id"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A heat map as one page, and what its file is called."""

    html: str
    policy: str  # the Content-Security-Policy that it was written for
    file_name: str


async def counted(session: AsyncSession, wanted: Wanted) -> tuple[City, Cells]:
    """Return the city in force and the incidents of the span in its cells.

    Raises:
        NotFoundError: no city was imported yet.
    """
    city = await cities.city(session)
    if city is None:
        raise NotFoundError("kota", "city")
    since, until = wanted.span.moments(settings().time_zone)
    code = wanted.incident_type.code if wanted.incident_type else None
    found = await history.incident_cells(session, Grid(city.utm_srid, CELL_M), since, until, code, MINIMUM)
    return city, found


async def draw(session: AsyncSession, wanted: Wanted) -> Sheet:
    """Draw the heat map as a self-contained page; where nothing may be shown, it is a map that says so.

    Raises:
        NotFoundError: no city was imported yet.
    """
    # folium brings pandas: 0.7 s of computing and 48 MB that only a process which draws maps shall pay for.
    await asyncio.to_thread(import_module, "maps.heatmap")
    from geo112.reports.ground import ground
    from maps.heatmap import heatmap
    from maps.offline import policy, single_file

    city, found = await counted(session, wanted)
    places = await history.places_of(session, found)
    base = await ground(session, city)
    title, facts, made = _words(city, wanted)

    def drawn() -> str:
        map_ = heatmap(found, base, title, facts, language=wanted.language, places=places, made=made)
        return single_file(map_, wanted.language)

    html = await asyncio.to_thread(drawn)
    return Sheet(html, policy(html), _file_name(city, wanted))


async def write_heatmap(
    file: Path, first: date, last: date, type_code: str | None = None, language: str = "id"
) -> None:
    """Write the heat map of a span as one HTML file.

    Raises:
        DomainError: a span or type that does not exist, no city, or a file that cannot be written.
    """
    wanted = Wanted(Span(first, last), incident_type(type_code) if type_code else None, language)
    async with sessions().begin() as session:
        sheet = await draw(session, wanted)
    try:
        await asyncio.to_thread(file.write_text, sheet.html, "utf-8")
    except OSError as error:
        raise DomainError(
            "file_not_written",
            f"Berkas {file} tidak dapat ditulis: {error.strerror}.",
            f"The file {file} cannot be written: {error.strerror}.",
        ) from error


def _file_name(city: City, wanted: Wanted) -> str:
    """Return a name like peta-panas-KCT-fire-2026-11-01-2026-11-30.html."""
    kind, span = wanted.incident_type, wanted.span
    parts = ("peta-panas", city.code, kind.code if kind else None, span.first.isoformat(), span.last.isoformat())
    return "-".join(part for part in parts if part) + ".html"


def _words(city: City, wanted: Wanted) -> tuple[str, list[tuple[str, str]], str]:
    """Return title, facts and foot of the sheet."""
    kind, zone = wanted.incident_type, settings()
    now = clock.now().astimezone(zone.time_zone)
    span = wanted.span.words(wanted.language)
    day = day_words(now.date(), wanted.language)
    if wanted.language == "en":
        facts = [("Span", span), ("Type", kind.words_en if kind else "All types")]
        if city.is_invented:
            facts.append(("Note", "invented city, simulated incidents"))
        return (
            f"Heat map of incidents · {city.name}",
            facts,
            f"Made {day}, {now:%H:%M} {zone.zone_label} · Geo112 {__version__}",
        )
    facts = [("Rentang", span), ("Jenis", kind.words_id if kind else "Semua jenis")]
    if city.is_invented:
        facts.append(("Catatan", "kota rekaan, insiden simulasi"))
    return (
        f"Peta panas insiden · {city.name}",
        facts,
        f"Dibuat {day} {now:%H.%M} {zone.zone_label} · Geo112 {__version__}",
    )
