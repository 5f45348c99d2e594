"""The same fix twice in one delivery: by its phone's uuid and time, or by time, place and kind. Pure.

What was stored before is recognised by the same two keys in the database (pk_fix, uq_fix_client).
"""

from collections.abc import Iterable
from typing import Any

from geo112.tracking.fix import Fix


def first_of_each(fixes: Iterable[Fix], device_id: int, seen: set[Any]) -> list[Fix]:
    """Return the fixes that were not in `seen`, and note them there."""
    fresh = []
    for fix in fixes:
        place = (device_id, fix.fixed_at, fix.lon, fix.lat, fix.kind)
        mark = None if fix.client_id is None else (device_id, fix.client_id, fix.fixed_at)
        if place in seen or mark in seen:
            continue
        seen.add(place)
        if mark is not None:
            seen.add(mark)
        fresh.append(fix)
    return fresh
