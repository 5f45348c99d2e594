"""Past incidents, gathered into cells by the database itself: no single scene ever leaves it."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.city.features import area_name
from geo112.database import rows
from geo112.incidents.lifecycle import IncidentState
from maps.cells import REACH_DEG, Cells, Grid, cells_of_counts

# What never was an incident of its own: a form not yet sent, a double, a slip, a report that proved untrue.
NOT_COUNTED = (IncidentState.DRAFT, IncidentState.MERGED, IncidentState.CANCELLED, IncidentState.REJECTED)

# A scene out of the zone's reach lies in no cell (null); it is counted among what is left out.
INCIDENTS_PER_CELL = text("""
    WITH cell AS (
        SELECT floor(ST_X(place.metres) / :step_m) AS east, floor(ST_Y(place.metres) / :step_m) AS north,
               count(*) AS incidents
          FROM incident
               CROSS JOIN LATERAL (SELECT CASE WHEN abs(ST_X(incident.tkp) - :meridian) <= :reach_deg
                                               THEN ST_Transform(incident.tkp, CAST(:srid AS integer))
                                           END AS metres) AS place
         WHERE incident.created_at >= :since
           AND incident.created_at < :until
           AND (CAST(:type AS text) IS NULL OR incident.type = :type)
           AND incident.tkp IS NOT NULL
           AND incident.state <> ALL (CAST(:not_counted AS text[]))
         GROUP BY 1, 2
    )
    SELECT CAST(east AS integer) AS east, CAST(north AS integer) AS north, incidents
      FROM cell
     WHERE incidents >= :minimum AND east IS NOT NULL
     UNION ALL
    SELECT NULL, NULL, COALESCE(CAST(sum(incidents) AS bigint), 0)
      FROM cell
     WHERE incidents < :minimum OR east IS NULL""")

AREAS_AT = text("""
    SELECT cell.number, area.kind, area.name
      FROM unnest(CAST(:lons AS double precision[]), CAST(:lats AS double precision[]))
           WITH ORDINALITY AS cell (lon, lat, number)
      JOIN area ON ST_Intersects(area.polygon, ST_SetSRID(ST_MakePoint(cell.lon, cell.lat), 4326))
     WHERE area.kind IN ('kelurahan', 'kecamatan', 'area')
     ORDER BY cell.number, ST_Area(area.polygon)""")

# For a city whose areas are not mapped: the nearest street that has a name, no farther than about a kilometre.
STREETS_AT = text("""
    SELECT cell.number, street.name
      FROM unnest(CAST(:lons AS double precision[]), CAST(:lats AS double precision[]))
           WITH ORDINALITY AS cell (lon, lat, number)
           CROSS JOIN LATERAL (SELECT ST_SetSRID(ST_MakePoint(cell.lon, cell.lat), 4326) AS middle) AS place
           CROSS JOIN LATERAL (SELECT road.name, road.line <-> place.middle AS away_deg
                                 FROM road
                                WHERE road.name IS NOT NULL
                                ORDER BY road.line <-> place.middle
                                LIMIT 1) AS street
     WHERE street.away_deg < 0.01""")


async def incident_cells(
    session: AsyncSession,
    grid: Grid,
    since: datetime,
    until: datetime,
    incident_type: str | None,
    minimum: int,
) -> Cells:
    """Count the incidents that were opened from `since` until before `until`.

    Args:
        incident_type: a code of the run card, or None for all.
        minimum: cells with fewer are left out, by the database.
    """
    found = await rows(
        session,
        INCIDENTS_PER_CELL,
        step_m=grid.step_m,
        srid=grid.srid,
        meridian=grid.central_meridian,
        reach_deg=REACH_DEG,
        since=since,
        until=until,
        type=incident_type,
        not_counted=[str(state) for state in NOT_COUNTED],
        minimum=minimum,
    )
    full = [(cell.east, cell.north, cell.incidents) for cell in found if cell.east is not None]
    left_out = sum(int(rest.incidents) for rest in found if rest.east is None)
    return cells_of_counts(full, grid, minimum, left_out)


async def places_of(session: AsyncSession, found: Cells) -> dict[tuple[int, int], str]:
    """Return where the middle of each shown cell lies: its areas, smallest first (Kel. Melati, Kec. Barat), else a
    street nearby."""
    places: dict[tuple[int, int], list[str]] = {}
    for source in (AREAS_AT, STREETS_AT):
        cells = [cell for cell in found.shown if (cell.column, cell.row) not in places]
        if not cells:
            break
        middles = [found.grid.centre(cell.column, cell.row) for cell in cells]
        named = await rows(session, source, lons=[lon for lon, _ in middles], lats=[lat for _, lat in middles])
        for one in named:
            cell = cells[one.number - 1]
            name = area_name(one.kind, one.name) if source is AREAS_AT else one.name
            places.setdefault((cell.column, cell.row), []).append(name)
    return {cell: ", ".join(dict.fromkeys(names)) for cell, names in places.items()}
