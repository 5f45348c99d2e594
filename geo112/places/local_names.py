"""Names that people use and the map lacks: “tikungan maut”. Proposed, approved by a supervisor, searched.

confirmed TKP + words that did not lead there ──► PROPOSED ──► APPROVED ⇄ REJECTED
a supervisor who knows the place ───────────────────────────► APPROVED
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from geo112.city.spelling import normal
from geo112.coordinates import LonLat
from geo112.errors import ConflictError, DomainError
from geo112.places.address import read
from geo112.places.guess import Candidate, distance_m

SHORTEST, LONGEST = 3, 80
WORTH_LEARNING_M: Final = 300.0  # a scene this far outside the circle of what was found was not found by its words
LEARNT_UNCERTAINTY_M: Final = 75.0
# Nothing that could tell who called is kept with a place: numbers as long as a telephone's or an identity's.
_PERSONAL: Final = re.compile(r"[\d\s.+-]{8,}")


class LocalNameState(StrEnum):
    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


NEXT: Final[Mapping[LocalNameState, frozenset[LocalNameState]]] = {
    LocalNameState.PROPOSED: frozenset({LocalNameState.APPROVED, LocalNameState.REJECTED}),
    LocalNameState.APPROVED: frozenset({LocalNameState.REJECTED}),
    LocalNameState.REJECTED: frozenset({LocalNameState.APPROVED}),
}


def advance(present: LocalNameState, wanted: LocalNameState) -> LocalNameState:
    """Return `wanted`.

    Raises:
        ConflictError: a name in this state cannot become that.
    """
    if wanted not in NEXT[present]:
        raise ConflictError(
            "local_name_state", "Nama ini sudah diputuskan begitu.", "This name has been decided that way already."
        )
    return wanted


def checked(name: str) -> str:
    """Return the name as it is kept.

    Raises:
        DomainError: it is too short or too long, or says nothing that could be searched for.
    """
    kept = " ".join(name.split())
    if not SHORTEST <= len(kept) <= LONGEST or not any(word.isalpha() for word in normal(kept).split()):
        raise DomainError(
            "local_name_unfit",
            f"Nama setempat terdiri dari {SHORTEST} sampai {LONGEST} huruf, dan bukan angka saja.",
            f"A local name has {SHORTEST} to {LONGEST} letters, and not numbers alone.",
        )
    return kept


def worth_learning(said: str, scene: LonLat, found: list[Candidate]) -> str | None:
    """Return the name that a confirmed scene proposes, or None where the words led there or are no name.

    Args:
        said: the words that were typed for the place. found: what the search made of them.
    """
    if any(distance_m(each.point, scene) <= max(WORTH_LEARNING_M, each.uncertainty_m) for each in found[:5]):
        return None
    words = [word.text for word in read(said).words if not word.is_speech]
    if not 1 <= len(words) <= 8 or _PERSONAL.search(said):
        return None
    try:
        return checked(said)
    except DomainError:
        return None
