"""Every table, as mapped classes: what is stored, and what the database itself guarantees.

    centre ── the one call centre this database serves, its clock, and the import that is its city
    city_import, road, gazetteer, area, house_number, water, landuse, railway, building ── from OpenStreetMap
    opd ── unit ── unit_position, unit_motion
             └── device ── fix (pings as they came, partitions by day), quarantine, quarantine_count
    account ── sign_in (sessions), token ── who may do what
    call ── caller (identity and words, kept apart) ── incident ── incident_track (one per OPD), incident_stamp
                                                       └─ assignment ── assignment_stamp, proposal
    local_name ── what people call a place and the map does not
    journal ── what happened, in order

Times are timestamptz (UTC). Geometry is EPSG:4326, lon then lat. Names of constraints are names of errors.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy reads it as a class attribute)
        int: BigInteger,
        float: Double,
        str: Text,
        bool: Boolean,
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
    }


def _id() -> Mapped[int]:
    return mapped_column(BigInteger, Identity(always=True), primary_key=True)


def _geometry(kind: str, *, nullable: bool = False, index: bool = True) -> Mapped[Any]:
    return mapped_column(Geometry(kind, srid=4326, spatial_index=index), nullable=nullable)


# The centre and its city


class Centre(Base):
    """One row: the call centre that this database serves."""

    __tablename__ = "centre"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default=text("1"))
    is_demonstration: Mapped[bool] = mapped_column(server_default=text("false"))
    clock_real: Mapped[datetime | None]  # at this real time …
    clock_shown: Mapped[datetime | None]  # … the centre's clock showed this,
    clock_speed: Mapped[float] = mapped_column(server_default=text("1"))  # and ran so many times as fast
    city_import_id: Mapped[int | None] = mapped_column(ForeignKey("city_import.id"))


class CityImport(Base):
    """One import of an OpenStreetMap extract; `centre.city_import_id` names the one in force."""

    __tablename__ = "city_import"

    id: Mapped[int] = _id()
    name: Mapped[str]
    code: Mapped[str]  # three letters, in the numbers of incidents: KCT-261123-0001
    is_invented: Mapped[bool]
    origin: Mapped[str]  # file name or place name
    checksum: Mapped[str]  # sha256 of the source, hex
    attribution: Mapped[str]
    utm_srid: Mapped[int] = mapped_column(Integer)  # zone for work in metres
    drives_left: Mapped[bool]
    network_folder: Mapped[str]  # below the data folder
    counts: Mapped[dict[str, Any]]
    notes: Mapped[list[str]]  # codes of what the extract lacks: no_areas, no_posts, several_parts …
    imported_at: Mapped[datetime]
    bounds: Mapped[WKBElement] = _geometry("POLYGON")
    centre: Mapped[WKBElement] = _geometry("POINT", index=False)  # on a road of the biggest connected part


class Road(Base):
    """A highway way of OSM, whole, for the map and for street names."""

    __tablename__ = "road"

    id: Mapped[int] = _id()
    osm_way_id: Mapped[int]
    name: Mapped[str | None]
    ref: Mapped[str | None]
    highway: Mapped[str]
    is_oneway: Mapped[bool]
    is_bridge: Mapped[bool]
    is_tunnel: Mapped[bool]
    line: Mapped[WKBElement] = _geometry("LINESTRING")


class Area(Base):
    """An administrative area; `kind` is kota, kecamatan, kelurahan, rw, rt or area."""

    __tablename__ = "area"

    id: Mapped[int] = _id()
    osm_id: Mapped[int]
    kind: Mapped[str]
    admin_level: Mapped[int | None] = mapped_column(Integer)
    name: Mapped[str]
    polygon: Mapped[WKBElement] = _geometry("MULTIPOLYGON")


class HouseNumber(Base):
    __tablename__ = "house_number"

    id: Mapped[int] = _id()
    street: Mapped[str | None]
    number: Mapped[str]
    block: Mapped[str | None]
    point: Mapped[WKBElement] = _geometry("POINT")


class Gazetteer(Base):
    """A name that can be asked for: a street, a place, an area.

    `norm` is the name as the search compares it (see city/spelling.py); the search itself reads city/name_index.py.
    """

    __tablename__ = "gazetteer"

    id: Mapped[int] = _id()
    kind: Mapped[str]  # street, place, area
    category: Mapped[str]  # highway class, amenity …, or kind of area
    name: Mapped[str]
    norm: Mapped[str]
    areas: Mapped[list[str]]  # smallest first: RW 05, Kel. Melati, Kec. Barat
    uncertainty_m: Mapped[float]
    point: Mapped[WKBElement] = _geometry("POINT")
    shape: Mapped[WKBElement | None] = _geometry("GEOMETRY", nullable=True)


class Water(Base):
    __tablename__ = "water"
    id: Mapped[int] = _id()
    kind: Mapped[str]
    name: Mapped[str | None]
    shape: Mapped[WKBElement] = _geometry("GEOMETRY")


class Landuse(Base):
    __tablename__ = "landuse"
    id: Mapped[int] = _id()
    kind: Mapped[str]
    name: Mapped[str | None]
    shape: Mapped[WKBElement] = _geometry("GEOMETRY")


class Railway(Base):
    __tablename__ = "railway"
    id: Mapped[int] = _id()
    kind: Mapped[str]
    name: Mapped[str | None]
    line: Mapped[WKBElement] = _geometry("LINESTRING")


class Building(Base):
    __tablename__ = "building"
    id: Mapped[int] = _id()
    kind: Mapped[str]
    shape: Mapped[WKBElement] = _geometry("GEOMETRY")


class LocalName(Base):
    """A name that people use and OpenStreetMap lacks: proposed by a confirmed scene, approved by a supervisor.

    It keeps its own point, so that it outlives an import.
    """

    __tablename__ = "local_name"
    __table_args__ = (CheckConstraint("state IN ('PROPOSED', 'APPROVED', 'REJECTED')", name="state_known"),)

    id: Mapped[int] = _id()
    name: Mapped[str]
    point: Mapped[WKBElement] = _geometry("POINT", index=False)
    uncertainty_m: Mapped[float]
    state: Mapped[str]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))  # the scene that proposed it
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]  # the newest tells every worker whether its names are still right


CITY_LAYERS: tuple[type[Base], ...] = (Road, Area, HouseNumber, Gazetteer, Water, Landuse, Railway, Building)


# Agencies and their units


class Opd(Base):
    """An agency (organisasi perangkat daerah) that owns units."""

    __tablename__ = "opd"

    id: Mapped[int] = _id()
    code: Mapped[str] = mapped_column(unique=True)  # DAMKAR, PSC119, POLISI …
    name: Mapped[str]
    kind: Mapped[str]  # fire, ambulance, police, disaster, order, traffic


class Unit(Base):
    __tablename__ = "unit"

    id: Mapped[int] = _id()
    call_sign: Mapped[str] = mapped_column(unique=True)
    opd_id: Mapped[int] = mapped_column(ForeignKey("opd.id"))
    profile: Mapped[str]  # key of routing.profiles.PROFILES
    capabilities: Mapped[list[str]]
    post_name: Mapped[str]
    service: Mapped[str] = mapped_column(server_default=text("'IN_SERVICE'"))
    service_reason: Mapped[str | None]
    post: Mapped[WKBElement] = _geometry("POINT", index=False)


class UnitPosition(Base):
    """The newest position of a unit by the time of its fix. No index on a changing column: updates stay HOT."""

    __tablename__ = "unit_position"
    __table_args__ = {"postgresql_with": {"fillfactor": 70}}  # noqa: RUF012  (SQLAlchemy reads it as a class attribute)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, autoincrement=False)
    lon: Mapped[float]
    lat: Mapped[float]
    fixed_at: Mapped[datetime]
    received_at: Mapped[datetime]
    heard_at: Mapped[datetime]  # any message of its phones: says that it is connected, not where it is
    accuracy_m: Mapped[float | None]
    speed_mps: Mapped[float | None]
    bearing_deg: Mapped[float | None]
    battery: Mapped[float | None]
    version: Mapped[int]  # from the sequence position_version, so that a screen can ask what changed since
    device_id: Mapped[int | None]
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))  # of that device


class UnitMotion(Base):
    """What a unit does by its newest fix; see tracking/motion.py. Written after the fix was committed, or never."""

    __tablename__ = "unit_motion"
    __table_args__ = {"postgresql_with": {"fillfactor": 70}}  # noqa: RUF012  (SQLAlchemy reads it as a class attribute)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, autoincrement=False)
    fixed_at: Mapped[datetime]  # of the newest fix that was judged
    road_lon: Mapped[float | None]  # where that fix lies on the roads of the unit's profile; null: none near
    road_lat: Mapped[float | None]
    road_m: Mapped[float | None]  # how far from the fix
    is_moving: Mapped[bool]
    since: Mapped[datetime]
    rest_lon: Mapped[float]
    rest_lat: Mapped[float]
    rest_at: Mapped[datetime]
    fixes: Mapped[int] = mapped_column(Integer)
    outside_at: Mapped[datetime | None]
    assignment_id: Mapped[int | None]  # the errand that the next three are of
    is_homeward: Mapped[bool]
    left_at: Mapped[datetime | None]
    there_since: Mapped[datetime | None]
    home_since: Mapped[datetime | None]
    eta_s: Mapped[float | None]  # from the fix to the TKP, seconds
    eta_source: Mapped[str | None]  # road, straight_line
    straight_m: Mapped[float | None]


class Device(Base):
    """A phone, a vehicle's box or a forwarding server. Never deleted; a ping changes no indexed column."""

    __tablename__ = "device"
    __table_args__ = (
        UniqueConstraint("forwarder_id", "said_id"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: Mapped[int] = _id()
    sender: Mapped[str]  # crew, or a key of tracking.senders.table.SENDERS
    label: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # null: a server that forwards for others
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))  # 1 wins over 2 while it is fresh
    key_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # SHA-256 of 128 random bits
    token_id: Mapped[int | None] = mapped_column(ForeignKey("token.id"), unique=True)  # a crew's page has as its key …
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), unique=True)  # … a token or a sign-in
    forwarder_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))  # the server that speaks for it
    said_id: Mapped[str | None]  # what that server calls it
    created_at: Mapped[datetime]
    created_by: Mapped[str]  # actor
    revoked_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    clock_offset_s: Mapped[float] = mapped_column(server_default=text("0"))  # see tracking/clock.py
    clock_samples: Mapped[list[float]] = mapped_column(ARRAY(Double), server_default=text("'{}'"))
    newest_at: Mapped[datetime | None]  # the latest raw time of its fixes: what is later is no twin of anything
    believed_at: Mapped[datetime | None]  # the newest fix that passed the gates
    believed_lon: Mapped[float | None]
    believed_lat: Mapped[float | None]
    suspect_at: Mapped[datetime | None]  # a jump that it insists on, see tracking/gates.py
    suspect_lon: Mapped[float | None]
    suspect_lat: Mapped[float | None]
    suspect_since: Mapped[datetime | None]
    suspect_count: Mapped[int | None] = mapped_column(SmallInteger)


class Fix(Base):
    """A ping as the phone sent it, with what was made of it; nothing here is ever changed.

    Partitions by day of the phone's own time, made by tracking/partitions.py; absurd days go to fix_other_days.
    """

    __tablename__ = "fix"
    __table_args__ = (
        Index(
            "uq_fix_client",
            "device_id",
            "fixed_at",
            "client_id",
            unique=True,
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        {"postgresql_partition_by": "RANGE (fixed_at)"},
    )

    device_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fixed_at: Mapped[datetime] = mapped_column(primary_key=True)  # by the phone's clock, as it came
    lon: Mapped[float] = mapped_column(primary_key=True)
    lat: Mapped[float] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    unit_id: Mapped[int]  # of the device then
    client_id: Mapped[UUID | None]
    at: Mapped[datetime]  # by our clock, never after its arrival
    sent_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    accuracy_m: Mapped[float | None]
    speed_mps: Mapped[float | None]
    bearing_deg: Mapped[float | None]
    battery: Mapped[float | None]
    is_clamped: Mapped[bool] = mapped_column(server_default=text("false"))  # it lay in the future
    refused: Mapped[str | None]  # why it might not move the marker: mock_location, coarse, sign_flip, implied_speed


class Quarantine(Base):
    """What could not be read or believed, or came without a key, for an administrator to look at. Bounded."""

    __tablename__ = "quarantine"

    id: Mapped[int] = _id()
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    sender: Mapped[str]
    code: Mapped[str]
    said_id: Mapped[str]  # what the phone calls itself
    client_id: Mapped[str]
    address: Mapped[str]
    received_at: Mapped[datetime]
    body: Mapped[str]


class QuarantineCount(Base):
    """How much was ever put aside, and how much of it had to make room."""

    __tablename__ = "quarantine_count"

    sender: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    put_aside: Mapped[int] = mapped_column(server_default=text("0"))
    dropped: Mapped[int] = mapped_column(server_default=text("0"))


# People and tokens


class Account(Base):
    __tablename__ = "account"

    id: Mapped[int] = _id()
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]  # access/roles.py
    opd_id: Mapped[int | None] = mapped_column(ForeignKey("opd.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    password_hash: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))


class SignIn(Base):
    """A session: the cookie's secret as SHA-256."""

    __tablename__ = "sign_in"

    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    signed_in_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    signed_out_at: Mapped[datetime | None]


class SignInTry(Base):
    """A try to sign in, forgotten after some minutes or when one succeeds."""

    __tablename__ = "sign_in_try"

    id: Mapped[int] = _id()
    username: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime]


class Token(Base):
    """A device's key, 256 random bits kept as SHA-256."""

    __tablename__ = "token"

    id: Mapped[int] = _id()
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    label: Mapped[str]
    role: Mapped[str]
    opd_id: Mapped[int | None] = mapped_column(ForeignKey("opd.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


# Calls, incidents, assignments


class Caller(Base):
    """Who rang and what was said: identity lies here alone, so that it can be guarded and deleted alone."""

    __tablename__ = "caller"

    id: Mapped[int] = _id()
    number: Mapped[str | None] = mapped_column(index=True)  # ANI
    name: Mapped[str | None]
    address: Mapped[str | None]
    words: Mapped[str | None]  # what the caller said of the place and of what happened
    landmark: Mapped[str | None]


class Call(Base):
    __tablename__ = "call"
    __table_args__ = (Index("ix_call_received_at", "received_at"),)

    id: Mapped[int] = _id()
    client_id: Mapped[UUID | None] = mapped_column(unique=True)
    caller_id: Mapped[int] = mapped_column(ForeignKey("caller.id"))
    state: Mapped[str]
    call_class: Mapped[str | None]
    operator: Mapped[str | None]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"), index=True)
    received_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    classified_at: Mapped[datetime | None]
    linked_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    note: Mapped[str | None]
    silent_steps: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    position_uncertainty_m: Mapped[float | None]
    position_source: Mapped[str | None]  # cell, handset, link
    position: Mapped[WKBElement | None] = _geometry("POINT", nullable=True, index=False)


class Incident(Base):
    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint("priority BETWEEN 1 AND 3", name="priority_1_to_3"),
        CheckConstraint("state = 'DRAFT' OR state = 'CANCELLED' OR tkp IS NOT NULL", name="open_has_tkp"),
        Index("ix_incident_created_at", "created_at"),
    )

    id: Mapped[int] = _id()
    number: Mapped[str] = mapped_column(unique=True)
    client_id: Mapped[UUID | None] = mapped_column(unique=True)
    type: Mapped[str]
    priority: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    state_since: Mapped[datetime]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    caller_id: Mapped[int | None] = mapped_column(ForeignKey("caller.id"))  # of the first call: its words
    report: Mapped[dict[str, Any] | None]
    tkp_label: Mapped[str | None]
    tkp_areas: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    tkp_method: Mapped[str | None]  # map, search, coordinates, caller_position
    tkp_uncertainty_m: Mapped[float | None]
    tkp: Mapped[WKBElement | None] = _geometry("POINT", nullable=True)


class IncidentTrack(Base):
    """How far one OPD is with an incident."""

    __tablename__ = "incident_track"

    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), primary_key=True)
    opd_id: Mapped[int] = mapped_column(ForeignKey("opd.id"), primary_key=True)
    state: Mapped[str]
    state_since: Mapped[datetime]


class IncidentStamp(Base):
    """When an incident (of one OPD, or as a whole where `opd_id` is null) entered a state. Only ever added to."""

    __tablename__ = "incident_stamp"
    __table_args__ = (Index("ix_incident_stamp_incident_id", "incident_id"),)

    id: Mapped[int] = _id()
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    opd_id: Mapped[int | None] = mapped_column(ForeignKey("opd.id"))
    state: Mapped[str]
    at: Mapped[datetime]
    source: Mapped[str]  # manual, auto, radio, edited
    actor: Mapped[str]  # account:12, token:3, system
    reason: Mapped[str | None]


class Assignment(Base):
    """One unit sent to one incident. A unit has at most one that holds it: the database says so."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index("unit_already_assigned", "unit_id", unique=True, postgresql_where=text("holds_unit")),
        Index("ix_assignment_unit_id_id", "unit_id", "id"),
        Index("ix_assignment_incident_id", "incident_id"),
    )

    id: Mapped[int] = _id()
    client_id: Mapped[UUID | None] = mapped_column(unique=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    status: Mapped[str]
    status_since: Mapped[datetime]
    holds_unit: Mapped[bool]
    sent_at: Mapped[datetime]
    sent_by: Mapped[str]  # actor
    eta_s_when_sent: Mapped[float | None]
    eta_source: Mapped[str | None]  # road, straight_line
    city_import_id: Mapped[int | None] = mapped_column(ForeignKey("city_import.id"))


class AssignmentStamp(Base):
    """A status command, as it came; a stale one is recorded but not applied. Only ever added to."""

    __tablename__ = "assignment_stamp"
    __table_args__ = (
        UniqueConstraint("assignment_id", "client_id"),
        Index("ix_assignment_stamp_assignment_id", "assignment_id"),
    )

    id: Mapped[int] = _id()
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    client_id: Mapped[UUID | None]
    status: Mapped[str]
    at: Mapped[datetime]  # when it happened, by the device's clock where a device sent it
    recorded_at: Mapped[datetime]  # when the server committed it
    source: Mapped[str]  # manual, auto, radio, edited
    actor: Mapped[str]
    reason: Mapped[str | None]
    is_applied: Mapped[bool]
    lon: Mapped[float | None]
    lat: Mapped[float | None]


class Proposal(Base):
    """A step that the motion of a unit speaks for, until somebody confirms or dismisses it or it is overtaken."""

    __tablename__ = "proposal"
    __table_args__ = (
        UniqueConstraint("assignment_id", "status", "at", name="uq_proposal_assignment_id_status_at"),
        Index("uq_proposal_open", "assignment_id", "status", unique=True, postgresql_where=text("state = 'OPEN'")),
    )

    id: Mapped[int] = _id()
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    status: Mapped[str]
    at: Mapped[datetime]  # when it happened, by the first fix that shows it
    evidence: Mapped[dict[str, Any]]
    proposed_at: Mapped[datetime]
    state: Mapped[str]  # OPEN, CONFIRMED, DISMISSED, GONE
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]  # actor


# What happened


class Journal(Base):
    """Every change in order: audit trail, live feed and source of response times. Never holds a caller's identity."""

    __tablename__ = "journal"
    __table_args__ = (Index("ix_journal_object_object_id", "object", "object_id"),)

    id: Mapped[int] = _id()
    at: Mapped[datetime]
    kind: Mapped[str]  # incident.dispatched, call.ringing …
    object: Mapped[str]  # incident, call, assignment, unit, device, account, city, disclosure
    object_id: Mapped[int | None]
    actor: Mapped[str]
    roles: Mapped[list[str]]  # which roles may see it
    opd_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))  # which OPD; null: all
    unit_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))  # which crews
    value: Mapped[dict[str, Any] | None]  # the whole object after the change
