"""A unit, its OPD and its place, as screens and the journal see them. Pure."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel

from geo112.coordinates import Point


class Service(StrEnum):
    """What a unit says of itself."""

    IN_SERVICE = "IN_SERVICE"
    STANDBY = "STANDBY"
    LIMITED = "LIMITED"
    OUT_OF_SERVICE = "OUT_OF_SERVICE"
    OFF_DUTY = "OFF_DUTY"


class Availability(StrEnum):
    """What follows from service and assignment."""

    AVAILABLE = "AVAILABLE"
    STANDBY = "STANDBY"
    ASSIGNED = "ASSIGNED"
    ON_SCENE = "ON_SCENE"
    LIMITED = "LIMITED"
    OUT_OF_SERVICE = "OUT_OF_SERVICE"
    OFF_DUTY = "OFF_DUTY"


class Opd(BaseModel):
    id: int
    code: str
    name: str
    kind: str


class Position(BaseModel):
    """Where a unit was at `fixed_at`, WGS 84 degrees."""

    lon: float
    lat: float
    fixed_at: datetime
    received_at: datetime
    heard_at: datetime
    accuracy_m: float | None
    speed_mps: float | None
    bearing_deg: float | None
    battery: float | None


class Unit(BaseModel):
    id: int
    call_sign: str
    opd_id: int
    opd_code: str
    opd_kind: str
    profile: str
    capabilities: list[str]
    post_name: str
    post: Point
    service: Service
    service_reason: str | None
    availability: Availability
    assignment_id: int | None
    position: Position | None
