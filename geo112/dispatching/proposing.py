"""Which step of an assignment the motion of its unit speaks for. It is proposed, never taken: a person confirms. Pure.

left for the TKP ─► EN_ROUTE       stands at the TKP ─► ON_SCENE       free and driving ─► RETURNING
                                                                       stands at its post ─► IN_QUARTERS
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from geo112.dispatching.assignment import FORWARD, NEXT, Status


class Event(StrEnum):
    """What the fixes show."""

    LEFT = "left"
    THERE = "there"
    HOME = "home"


_S = Status
BEFORE_SCENE = frozenset(FORWARD[: FORWARD.index(_S.ON_SCENE)])
BEFORE_LEAVING = frozenset(FORWARD[: FORWARD.index(_S.EN_ROUTE)])
HOMEWARD = frozenset({_S.RESOLVED, _S.CLEAR, _S.RETURNING})  # the work is said to be done: what is left is the way home

# Whoever is at the scene still is not sent home by a fix: that the work is done is for people to say.
STEPS: tuple[tuple[Event, frozenset[Status], Status], ...] = (
    (Event.LEFT, BEFORE_LEAVING, _S.EN_ROUTE),
    (Event.THERE, BEFORE_SCENE, _S.ON_SCENE),
    (Event.LEFT, frozenset({_S.CLEAR}), _S.RETURNING),
    (Event.HOME, HOMEWARD, _S.IN_QUARTERS),
)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A step that the fixes speak for."""

    status: Status
    at: datetime  # by the first fix that shows it
    evidence: dict[str, Any]  # distance_m, radius_m, fixes, fixed_at, lon, lat


def proposed(present: Status, seen: Mapping[Event, tuple[datetime, dict[str, Any]]]) -> list[Proposed]:
    """Return the steps that may be taken from `present` by what was seen (when, and the evidence), in their order."""
    return [
        Proposed(status, *seen[event]) for event, statuses, status in STEPS if event in seen and present in statuses
    ]


def is_overtaken(status: Status, present: Status) -> bool:
    """Say whether an assignment has gone past a proposed step."""
    return status not in NEXT[present]
