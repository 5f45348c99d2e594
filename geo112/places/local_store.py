"""Local names in the database, and what lies around those that are in force."""

from datetime import datetime
from typing import Any

import shapely
from pydantic import BaseModel
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.city.gazetteer import METRES_PER_DEGREE, Entry
from geo112.city.indexing import BESIDE_M
from geo112.city.spelling import normal
from geo112.coordinates import LonLat
from geo112.database import row, rows
from geo112.errors import NotFoundError
from geo112.places.guess import LOCAL
from geo112.places.local_names import LocalNameState

SELECT = """
    SELECT id, name, ST_X(point) AS lon, ST_Y(point) AS lat, uncertainty_m, state, incident_id,
           proposed_by, proposed_at, decided_by, decided_at
      FROM local_name
"""
ALL = text(SELECT + "ORDER BY (state = 'PROPOSED') DESC, COALESCE(decided_at, proposed_at) DESC, id LIMIT :limit")
OF_STATE = text(SELECT + "WHERE state = :state ORDER BY proposed_at DESC, id LIMIT :limit")
ONE = text(SELECT + "WHERE id = :id FOR UPDATE")
SAME = text(
    SELECT
    + """
     WHERE lower(name) = lower(:name)
       AND ST_DWithin(CAST(point AS geography),
                      CAST(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS geography), :within_m)
     ORDER BY id LIMIT 1"""
)
INSERT = text("""
    INSERT INTO local_name (name, point, uncertainty_m, state, incident_id, proposed_by, proposed_at,
                            decided_by, decided_at)
    VALUES (:name, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :uncertainty_m, :state,
            (SELECT id FROM incident WHERE id = CAST(:incident_id AS bigint)), :actor, :now, :decided_by, :decided_at)
 RETURNING id""")
DECIDE = text("""
    UPDATE local_name SET state = :state, name = :name, decided_by = :actor, decided_at = :now WHERE id = :id""")
# What tells a worker whether the names that it searches are still those in force; asked at every search.
IN_FORCE = text("""
    SELECT (SELECT city_import_id FROM centre WHERE id = 1) AS import_id,
           (SELECT max(decided_at) FROM local_name) AS revision""")
# Areas around the names in force and streets beside them, so that they are joined in space as mapped places are.
AROUND = text("""
    SELECT DISTINCT ON (around.id) around.kind, around.category, around.name, around.norm, around.areas,
           around.uncertainty_m, ST_AsBinary(around.point) AS point, ST_AsBinary(around.shape) AS shape
      FROM local_name
      JOIN gazetteer AS around
        ON (around.kind = 'area' AND ST_Intersects(around.shape, local_name.point))
        OR (around.kind = 'street' AND ST_DWithin(around.shape, local_name.point, :beside_degrees))
     WHERE local_name.state = 'APPROVED'""")
MOST = 5_000
SAME_WITHIN_M = 300.0


class LocalName(BaseModel):
    """A name that the centre added."""

    id: int
    name: str
    lon: float
    lat: float
    uncertainty_m: float
    state: LocalNameState
    incident_id: int | None
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None


def _local_name(found: Row[Any]) -> LocalName:
    return LocalName.model_validate(found, from_attributes=True)


async def local_names(session: AsyncSession, state: LocalNameState | None = None, limit: int = MOST) -> list[LocalName]:
    """Return names, proposals first."""
    if state is None:
        return [_local_name(each) for each in await rows(session, ALL, limit=limit)]
    return [_local_name(each) for each in await rows(session, OF_STATE, state=state, limit=limit)]


async def local_name(session: AsyncSession, name_id: int) -> LocalName:
    """Return one name, locked.

    Raises:
        NotFoundError: there is none of this id.
    """
    found = await row(session, ONE, id=name_id)
    if found is None:
        raise NotFoundError("nama setempat", "local name")
    return _local_name(found)


async def same(session: AsyncSession, name: str, point: LonLat) -> LocalName | None:
    """Return a name that is written alike and lies near `point`, in whatever state."""
    found = await row(session, SAME, name=name, lon=point.lon, lat=point.lat, within_m=SAME_WITHIN_M)
    return None if found is None else _local_name(found)


async def insert(
    session: AsyncSession,
    name: str,
    point: LonLat,
    uncertainty_m: float,
    state: LocalNameState,
    actor: str,
    now: datetime,
    incident_id: int | None = None,
) -> LocalName:
    is_decided = state is not LocalNameState.PROPOSED
    made = await row(
        session,
        INSERT,
        name=name,
        lon=point.lon,
        lat=point.lat,
        uncertainty_m=uncertainty_m,
        state=state,
        incident_id=incident_id,
        actor=actor,
        now=now,
        decided_by=actor if is_decided else None,
        decided_at=now if is_decided else None,
    )
    assert made is not None
    return await local_name(session, made.id)


async def decide(
    session: AsyncSession, name_id: int, state: LocalNameState, name: str, actor: str, now: datetime
) -> LocalName:
    await session.execute(DECIDE, {"id": name_id, "state": state, "name": name, "actor": actor, "now": now})
    return await local_name(session, name_id)


async def in_force(session: AsyncSession) -> tuple[int | None, datetime | None]:
    """Return the id of the import in force and when a local name was decided last, None where there is none."""
    found = await row(session, IN_FORCE)
    assert found is not None
    return found.import_id, found.revision


async def entries(session: AsyncSession) -> list[Entry]:
    """Return the names in force as entries, and after them the areas and streets around them."""
    mine = [
        Entry("place", LOCAL, each.name, normal(each.name), (), each.uncertainty_m, _point(each), None)
        for each in await local_names(session, LocalNameState.APPROVED)
    ]
    around = await rows(session, AROUND, beside_degrees=BESIDE_M / METRES_PER_DEGREE)
    return mine + [
        Entry(
            each.kind,
            each.category,
            each.name,
            each.norm,
            tuple(each.areas),
            each.uncertainty_m,
            shapely.Point(shapely.get_coordinates(shapely.from_wkb(bytes(each.point)))[0]),
            None if each.shape is None else shapely.from_wkb(bytes(each.shape)),
        )
        for each in around
    ]


def _point(name: LocalName) -> shapely.Point:
    return shapely.Point(name.lon, name.lat)
