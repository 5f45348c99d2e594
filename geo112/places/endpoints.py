"""Places over HTTP: what was said → candidates, a point → what lies there. GeoJSON, lon before lat."""

import math
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from geo112.access.roles import DESKS, Role, Signed, require
from geo112.coordinates import LonLat
from geo112.database import Transaction
from geo112.places import geocode, store
from geo112.places.guess import Candidate

router = APIRouter(prefix="/api/places", tags=["places"])

Desk = Annotated[Signed, require(*DESKS, Role.PLANNER)]
Lat = Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)]
Lon = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)]
OneOfTwo = Literal["id", "en"]


class Point(BaseModel):
    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float]  # lon, lat


class Found(BaseModel):
    """One candidate for the scene."""

    id: str
    label: str
    kind: str  # see geo112.places.guess.Candidate
    uncertainty_m: float
    confidence: float
    why: str
    areas: list[str]  # smallest first


class FoundFeature(BaseModel):
    type: Literal["Feature"] = "Feature"
    geometry: Point
    properties: Found


class FoundFeatures(BaseModel):
    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[FoundFeature]


class Landmark(BaseModel):
    name: str
    distance_m: float


class Here(BaseModel):
    """What lies at a point, for reading back to the caller."""

    label: str
    street: str | None
    between: list[str]  # the cross streets on either side of the point
    areas: list[str]  # smallest first
    landmark: Landmark | None


class HereFeature(BaseModel):
    type: Literal["Feature"] = "Feature"
    geometry: Point
    properties: Here


@router.get("/search")
async def search(
    _who: Desk,
    session: Transaction,
    q: Annotated[str, Query(max_length=10_000)],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    lat: Lat | None = None,
    lon: Lon | None = None,
    lang: OneOfTwo = "id",
) -> FoundFeatures:
    """Find places by what was said; `lat` and `lon`, where the caller is thought to be, pull the ranking."""
    focus = LonLat(lon, lat) if lon is not None and lat is not None else None
    found = await geocode.search(session, q.replace("\x00", " "), limit=limit, focus=focus)
    return FoundFeatures(features=[_feature(each, lang) for each in found])


@router.get("/reverse")
async def reverse(_who: Desk, session: Transaction, lat: Lat, lon: Lon) -> HereFeature:
    """Tell what lies at a point: the street, the areas around it and the nearest landmark."""
    around = await store.surroundings(session, LonLat(lon, lat))
    areas = list(around.area_names)
    landmark = None
    if around.landmark is not None and around.landmark_m is not None:
        landmark = Landmark(name=around.landmark, distance_m=round(around.landmark_m))
    return HereFeature(
        geometry=Point(coordinates=(lon, lat)),
        properties=Here(
            label=around.label or f"{lat:.6f}, {lon:.6f}",
            street=around.street,
            between=list(around.between),
            areas=areas,
            landmark=landmark,
        ),
    )


def _feature(candidate: Candidate, language: OneOfTwo) -> FoundFeature:
    why = " · ".join(reason.words_id if language == "id" else reason.words_en for reason in candidate.why)
    return FoundFeature(
        geometry=Point(coordinates=(round(candidate.point.lon, 7), round(candidate.point.lat, 7))),
        properties=Found(
            id=candidate.id,
            label=candidate.label,
            kind=candidate.kind,
            uncertainty_m=math.ceil(candidate.uncertainty_m),
            confidence=candidate.confidence,
            why=why,
            areas=list(candidate.areas),
        ),
    )
