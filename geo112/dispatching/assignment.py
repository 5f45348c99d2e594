"""The life of an assignment: one unit sent to one incident. Pure.

    SENT ─► DELIVERED ─► ACCEPTED ─► EN_ROUTE ─► STAGED ─► ON_SCENE ─► AT_PATIENT ─► TRANSPORTING ─► AT_FACILITY
      │         │            │           │                     └──────────────┬───────────────────────────┘
      └─────────┴─ DECLINED ─┴─ CANCELLED┘ DIVERTED                        RESOLVED ─► CLEAR ─► RETURNING ─► IN_QUARTERS

It moves forward only. A step may be skipped, and its time then stays empty: none is invented. The unit is held from
SENT until CLEAR.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from geo112 import states
from geo112.incidents.lifecycle import IncidentState


class Status(StrEnum):
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    TIMED_OUT = "TIMED_OUT"
    EN_ROUTE = "EN_ROUTE"
    STAGED = "STAGED"
    ON_SCENE = "ON_SCENE"
    AT_PATIENT = "AT_PATIENT"
    TRANSPORTING = "TRANSPORTING"
    AT_FACILITY = "AT_FACILITY"
    RESOLVED = "RESOLVED"
    CLEAR = "CLEAR"
    RETURNING = "RETURNING"
    IN_QUARTERS = "IN_QUARTERS"
    CANCELLED = "CANCELLED"
    DIVERTED = "DIVERTED"


_S = Status
FORWARD = (
    _S.SENT,
    _S.DELIVERED,
    _S.ACCEPTED,
    _S.EN_ROUTE,
    _S.STAGED,
    _S.ON_SCENE,
    _S.AT_PATIENT,
    _S.TRANSPORTING,
    _S.AT_FACILITY,
    _S.RESOLVED,
    _S.CLEAR,
    _S.RETURNING,
    _S.IN_QUARTERS,
)
ASIDE: Mapping[Status, frozenset[Status]] = {
    _S.SENT: frozenset({_S.DECLINED, _S.TIMED_OUT, _S.CANCELLED, _S.DIVERTED}),
    _S.DELIVERED: frozenset({_S.DECLINED, _S.TIMED_OUT, _S.CANCELLED, _S.DIVERTED}),
    _S.ACCEPTED: frozenset({_S.DECLINED, _S.CANCELLED, _S.DIVERTED}),
    _S.EN_ROUTE: frozenset({_S.CANCELLED, _S.DIVERTED}),
    _S.STAGED: frozenset({_S.CANCELLED, _S.DIVERTED}),
}
CALLED_OFF = frozenset({_S.DECLINED, _S.TIMED_OUT, _S.CANCELLED, _S.DIVERTED})
NEXT: Mapping[Status, frozenset[Status]] = {
    **{
        status: frozenset(FORWARD[place + 1 :]) | ASIDE.get(status, frozenset()) for place, status in enumerate(FORWARD)
    },
    **{status: frozenset() for status in CALLED_OFF},
}
# Once resolved only the way home is left, whatever lies before it in the list.
AT_WORK = frozenset(FORWARD[: FORWARD.index(_S.RESOLVED)])
HOLDS_UNIT = AT_WORK | {_S.RESOLVED}
FOR_CREW = frozenset(Status) - {_S.SENT, _S.TIMED_OUT, _S.CANCELLED, _S.DIVERTED}
ARRIVED = frozenset({_S.ON_SCENE, _S.AT_PATIENT, _S.TRANSPORTING, _S.AT_FACILITY})
DECLINE_REASONS: Mapping[str, tuple[str, str]] = {
    "other_task": ("Sedang menangani kejadian lain", "Busy with another incident"),
    "vehicle": ("Kendaraan bermasalah", "Vehicle trouble"),
    "crew": ("Awak tidak lengkap", "Crew not complete"),
    "road": ("Jalan tidak bisa dilalui", "Road cannot be passed"),
    "other": ("Lainnya", "Other"),
}


def advance(present: Status, wanted: Status) -> Status:
    """Return `wanted`, or raise ConflictError `assignment_status`."""
    return states.advance(NEXT, present, wanted, "assignment_status", "Penugasan ini", "assignment")


def is_stale(present: Status, since: datetime, wanted: Status, at: datetime) -> bool:
    """Say whether a command that cannot be applied was right when it was given: it is recorded, not refused.

    A phone that was out of reach tells late what happened earlier; by then somebody has moved the assignment on.
    """
    return wanted not in NEXT[present] and (at < since or wanted is present)


def track_state(present: IncidentState | None, statuses: Sequence[Status]) -> IncidentState:
    """Return how far an OPD is whose assignments to an incident have these statuses."""
    counted = [status for status in statuses if status not in CALLED_OFF]
    if not counted:
        return IncidentState.VERIFIED
    if all(status not in AT_WORK for status in counted):
        return IncidentState.RESOLVED
    if any(status in ARRIVED or status not in AT_WORK for status in counted):
        under_control = present is IncidentState.UNDER_CONTROL
        return IncidentState.UNDER_CONTROL if under_control else IncidentState.ON_SCENE
    if any(status in (_S.EN_ROUTE, _S.STAGED) for status in counted):
        return IncidentState.EN_ROUTE
    return IncidentState.DISPATCHED
