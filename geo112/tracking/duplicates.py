"""The same fix twice in one delivery: by its phone's uuid and time, or by time, place and kind. Pure.

What was stored before is recognised by the same two keys in the database (pk_fix, uq_fix_client).
"""

from collections.abc import Iterable
from typing import Any

from geo112.tracking.fix import Fix


def first_of_each(fixes: Iterable[Fix], device_id: int, seen: dict[Any, list[Fix]]) -> list[Fix]:
    """Return the fixes that have no twin in `seen`, and note them there.

    Args:
        seen: fixes by device and raw time, which both keys have in common; hardly ever more than one.
    """
    fresh = []
    for fix in fixes:
        there = seen.setdefault((device_id, fix.fixed_at), [])
        if there and any(_are_twins(fix, one) for one in there):
            continue
        there.append(fix)
        fresh.append(fix)
    return fresh


def _are_twins(fix: Fix, other: Fix) -> bool:
    """Say whether two fixes of one device and time are the same."""
    is_marked_alike = fix.client_id is not None and fix.client_id == other.client_id
    return is_marked_alike or (fix.lon, fix.lat, fix.kind) == (other.lon, other.lat, other.kind)
