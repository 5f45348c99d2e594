"""Moving along a life cycle: a table says which states may follow, and nothing else decides."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from geo112.errors import ConflictError

S = TypeVar("S", bound=StrEnum)


def advance(following: Mapping[S, frozenset[S]], present: S, wanted: S, code: str, what_id: str, what_en: str) -> S:
    """Return `wanted` where the table lets it follow `present`.

    Raises:
        ConflictError: it may not; `code` and the words name the object.
    """
    if wanted not in following[present]:
        raise ConflictError(
            code,
            f"{what_id} berstatus {present}; tidak bisa menjadi {wanted}.",
            f"The {what_en} is {present}; it cannot become {wanted}.",
        )
    return wanted
