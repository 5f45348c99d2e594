"""The life of an incident, as a whole and per OPD. Pure.

    DRAFT ─► OPEN ─► ESCALATED ─► RECEIVED ─► VERIFIED ─► DISPATCHED ─► EN_ROUTE ─► ON_SCENE ─► UNDER_CONTROL
    (form)  (TKP)    (to OPD)    (opened)    (is real)    └────── derived from the assignments ──────┘      │
                                      └─► REJECTED                       REOPENED ◄─ CLOSED ◄─ RESOLVED ◄───┘

Each OPD has a track of its own from ESCALATED on; the incident shows how far the farthest is, and is RESOLVED or
CLOSED only when none is still at work. When the farthest rejects or closes, the incident shows the next one.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from geo112 import states


class IncidentState(StrEnum):
    DRAFT = "DRAFT"
    OPEN = "OPEN"
    ESCALATED = "ESCALATED"
    RECEIVED = "RECEIVED"
    VERIFIED = "VERIFIED"
    REJECTED = "REJECTED"
    DISPATCHED = "DISPATCHED"
    EN_ROUTE = "EN_ROUTE"
    ON_SCENE = "ON_SCENE"
    UNDER_CONTROL = "UNDER_CONTROL"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"
    MERGED = "MERGED"
    CANCELLED = "CANCELLED"
    HANDED_OVER = "HANDED_OVER"


_S = IncidentState
WAITING = (_S.ESCALATED, _S.RECEIVED, _S.VERIFIED)
WORKING = (_S.DISPATCHED, _S.EN_ROUTE, _S.ON_SCENE, _S.UNDER_CONTROL)
ENDED = frozenset({_S.CLOSED, _S.MERGED, _S.CANCELLED, _S.HANDED_OVER, _S.REJECTED})
_ASIDE = frozenset({_S.MERGED, _S.CANCELLED, _S.HANDED_OVER})
_DERIVED = frozenset({*WORKING, _S.RESOLVED})  # what the assignments say, in either direction

NEXT: Mapping[IncidentState, frozenset[IncidentState]] = {
    _S.DRAFT: frozenset({_S.OPEN, _S.CANCELLED, _S.MERGED}),
    _S.OPEN: frozenset({_S.ESCALATED, _S.DISPATCHED}) | _ASIDE,
    _S.ESCALATED: frozenset({_S.RECEIVED, _S.VERIFIED, _S.REJECTED, _S.DISPATCHED, _S.CLOSED}) | _ASIDE,
    _S.RECEIVED: frozenset({_S.ESCALATED, _S.VERIFIED, _S.REJECTED, _S.DISPATCHED, _S.RESOLVED, _S.CLOSED}) | _ASIDE,
    _S.VERIFIED: frozenset({_S.ESCALATED, _S.RECEIVED, _S.REJECTED, _S.DISPATCHED, _S.RESOLVED, _S.CLOSED}) | _ASIDE,
    _S.REJECTED: frozenset({_S.REOPENED, _S.CLOSED}),
    _S.DISPATCHED: _DERIVED | {_S.VERIFIED, _S.CLOSED} | _ASIDE,
    _S.EN_ROUTE: _DERIVED | {_S.VERIFIED, _S.CLOSED} | _ASIDE,
    _S.ON_SCENE: _DERIVED | {_S.VERIFIED, _S.CLOSED} | _ASIDE,
    _S.UNDER_CONTROL: _DERIVED | {_S.VERIFIED, _S.CLOSED} | _ASIDE,
    _S.RESOLVED: _DERIVED | {_S.VERIFIED, _S.CLOSED},
    _S.CLOSED: frozenset({_S.REOPENED}),
    _S.REOPENED: frozenset({_S.VERIFIED, _S.REJECTED, _S.CLOSED, *_DERIVED}),
    _S.MERGED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.HANDED_OVER: frozenset(),
}


# What a dispatcher says of the own OPD's track. From DISPATCHED on the assignments alone move it.
BY_HAND: Mapping[IncidentState, frozenset[IncidentState]] = {
    **dict.fromkeys(IncidentState, frozenset()),
    _S.ESCALATED: frozenset({_S.RECEIVED, _S.VERIFIED, _S.REJECTED}),
    _S.RECEIVED: frozenset({_S.VERIFIED, _S.REJECTED}),
    _S.VERIFIED: frozenset({_S.REJECTED}),
}


def advance_by_hand(present: IncidentState, wanted: IncidentState) -> IncidentState:
    """Return `wanted` for the track of an OPD, or raise ConflictError `incident_state`."""
    return states.advance(BY_HAND, present, wanted, "incident_state", "Insiden ini", "incident")


def advance(present: IncidentState, wanted: IncidentState) -> IncidentState:
    """Return `wanted`, or raise ConflictError `incident_state`."""
    return states.advance(NEXT, present, wanted, "incident_state", "Insiden ini", "incident")


def combined(tracks: Sequence[IncidentState]) -> IncidentState:
    """Return the state of an incident whose OPD have these tracks (at least one)."""
    working = [state for state in tracks if state in WORKING]
    if working:
        return max(working, key=WORKING.index)
    waiting = [state for state in tracks if state in WAITING]
    if _S.RESOLVED in tracks or (_S.CLOSED in tracks and waiting):
        return _S.RESOLVED
    if waiting:
        return max(waiting, key=WAITING.index)
    return _S.CLOSED if _S.CLOSED in tracks else _S.REJECTED
