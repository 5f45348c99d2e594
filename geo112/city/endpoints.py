"""The city over HTTP: its name, its bounds, its clock and what its map lacks."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from geo112 import clock
from geo112.city import store
from geo112.database import Transaction
from geo112.errors import NotFoundError
from geo112.settings import settings

router = APIRouter(tags=["city"])


class Place(BaseModel):
    lon: float
    lat: float


class Clock(BaseModel):
    now: datetime
    speed: float


class CityShown(BaseModel):
    """The city in force."""

    name: str
    code: str
    is_invented: bool
    is_demonstration: bool
    attribution: str
    bounds: tuple[float, float, float, float]
    centre: Place
    time_zone: str
    zone_label: str
    clock: Clock
    import_id: int
    notes: list[str]
    road_nodes: int
    drives_left: bool


@router.get("/api/city")
async def read_city(session: Transaction) -> CityShown:
    """Return the city in force. Anybody may ask: the sign-in page shows its name."""
    city = await store.city(session)
    if city is None:
        raise NotFoundError("kota", "city")
    return CityShown(
        name=city.name,
        code=city.code,
        is_invented=city.is_invented,
        is_demonstration=city.is_demonstration,
        attribution=city.attribution,
        bounds=city.bounds,
        centre=Place(lon=city.centre.lon, lat=city.centre.lat),
        time_zone=settings().time_zone.key,
        zone_label=settings().zone_label,
        clock=Clock(now=clock.now(), speed=clock.speed()),
        import_id=city.import_id,
        notes=list(city.notes),
        road_nodes=city.road_nodes,
        drives_left=city.drives_left,
    )
