"""The run card: what an incident of a type and priority needs. A table that a planner can read. Pure.

A need is a capability and how many units of it. Which OPD hear of the incident follows from who owns such units.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from geo112.errors import DomainError


class Capability(StrEnum):
    FIRE = "fire"
    RESCUE = "rescue"
    MEDICAL = "medical"
    POLICE = "police"
    DISASTER = "disaster"
    ORDER = "order"
    TRAFFIC = "traffic"


CAPABILITY_WORDS: Mapping[Capability, tuple[str, str]] = {
    Capability.FIRE: ("Pemadaman", "Fire suppression"),
    Capability.RESCUE: ("Penyelamatan", "Rescue"),
    Capability.MEDICAL: ("Medis", "Medical"),
    Capability.POLICE: ("Polisi", "Police"),
    Capability.DISASTER: ("Bencana (BPBD)", "Disaster relief"),
    Capability.ORDER: ("Ketertiban (Satpol PP)", "Public order"),
    Capability.TRAFFIC: ("Lalu lintas (Dishub)", "Traffic"),
}


@dataclass(frozen=True, slots=True)
class Need:
    capability: Capability
    count: int


@dataclass(frozen=True, slots=True)
class IncidentType:
    code: str
    words_id: str
    words_en: str
    icon: str  # name in the icon set of the pages
    default_priority: int
    plan: Mapping[int, tuple[Need, ...]]  # by priority


def _plan(*rows: tuple[Capability, int, int, int]) -> Mapping[int, tuple[Need, ...]]:
    """Build a plan from rows (capability, how many at P1, at P2, at P3)."""
    return {
        priority: tuple(
            Need(capability, counts[priority - 1]) for capability, *counts in rows if counts[priority - 1] > 0
        )
        for priority in (1, 2, 3)
    }


_C = Capability
TYPES: Mapping[str, IncidentType] = {
    one.code: one
    for one in (
        IncidentType(
            "fire",
            "Kebakaran",
            "Fire",
            "flame",
            1,
            _plan((_C.FIRE, 2, 1, 1), (_C.MEDICAL, 1, 0, 0), (_C.POLICE, 1, 0, 0)),
        ),
        IncidentType("medical", "Darurat medis", "Medical emergency", "heartbeat", 1, _plan((_C.MEDICAL, 1, 1, 1))),
        IncidentType(
            "traffic_accident",
            "Kecelakaan lalu lintas",
            "Traffic accident",
            "car-crash",
            2,
            _plan((_C.MEDICAL, 1, 1, 0), (_C.POLICE, 1, 1, 1), (_C.RESCUE, 1, 0, 0)),
        ),
        IncidentType(
            "security",
            "Gangguan keamanan",
            "Security",
            "shield-exclamation",
            2,
            _plan((_C.POLICE, 2, 1, 0), (_C.ORDER, 0, 0, 1)),
        ),
        IncidentType("flood", "Banjir", "Flood", "flood", 2, _plan((_C.DISASTER, 1, 1, 1), (_C.RESCUE, 1, 0, 0))),
        IncidentType(
            "landslide",
            "Longsor",
            "Landslide",
            "mountain",
            1,
            _plan((_C.RESCUE, 1, 1, 0), (_C.DISASTER, 1, 1, 1), (_C.MEDICAL, 1, 0, 0)),
        ),
        IncidentType(
            "fallen_tree",
            "Pohon tumbang",
            "Fallen tree",
            "tree",
            3,
            _plan((_C.RESCUE, 1, 1, 0), (_C.DISASTER, 0, 0, 1)),
        ),
        IncidentType("other", "Lainnya", "Other", "dots", 3, _plan((_C.ORDER, 1, 1, 1))),
    )
}


def incident_type(code: str) -> IncidentType:
    """Return the type of that code, in any case of letters.

    Raises:
        DomainError: `unknown_incident_type`.
    """
    found = TYPES.get(code.strip().lower())
    if found is None:
        known = ", ".join(TYPES)
        raise DomainError(
            "unknown_incident_type",
            f"Jenis kejadian “{code}” tidak dikenal. Yang ada: {known}.",
            f"The incident type “{code}” is unknown. There are: {known}.",
        )
    return found


def needs(type_code: str, priority: int) -> tuple[Need, ...]:
    """Return what an incident of a known type and a priority of 1 to 3 needs."""
    return TYPES[type_code].plan[priority]
