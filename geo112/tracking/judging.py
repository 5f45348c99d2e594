"""One message of a known device, judged: what is kept, what may move the marker, what is put aside. Pure.

off the earth? ─► put aside      else: twice? ─► clock ─► gates, in the order of the fixes ─► Ping
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from geo112.tracking import clock, gates
from geo112.tracking.device import Device, Seen
from geo112.tracking.duplicates import first_of_each
from geo112.tracking.fix import OLDEST, Fix
from geo112.tracking.fix import refusal as not_a_place
from geo112.tracking.senders.message import Reading, Unreadable

FRESH = frozenset({"fix", "manual"})  # a ping or a heartbeat says that the phone is connected, not where it is


class Ping(msgspec.Struct, frozen=True):
    """A fix on its way to the history."""

    fix: Fix
    device_id: int
    unit_id: int
    at: datetime  # by the corrected clock, never in the future
    received_at: datetime
    is_clamped: bool
    refused: str | None  # why it may not move the marker
    moves: bool  # it was newer than what was believed, and is believed
    priority: int


@dataclass(slots=True)
class Judged:
    pings: list[Ping]
    aside: list[Unreadable]  # cannot be kept as a place at all


def judge(reading: Reading, device: Device, received_at: datetime, seen: dict[Any, list[Fix]]) -> Judged:
    """Judge a message and bring `device` up to date; `seen` is what is in the same delivery already."""
    assert device.unit_id is not None
    aside, kept = list(reading.unreadable), []
    for fix in reading.fixes:
        code = not_a_place(fix)
        if code is None:
            kept.append(fix)
        else:
            aside.append(Unreadable(fix.said_id, code, msgspec.to_builtins(fix)))
    newest = max((fix.fixed_at for fix in kept if fix.kind in FRESH), default=None)
    shown = clock.sample(received_at, reading.sent_at, newest)
    if shown is not None:
        device.clock_samples = [*device.clock_samples, shown][-clock.WINDOW :]
    offset = clock.offset_s(device.clock_samples)
    fresh = sorted(first_of_each(kept, device.id, seen), key=lambda fix: fix.fixed_at)
    pings = [_ping(fix, device, received_at, offset, is_last=fix is fresh[-1]) for fix in fresh]
    return Judged(pings, aside)


def _ping(fix: Fix, device: Device, received_at: datetime, offset: float, *, is_last: bool) -> Ping:
    at, is_clamped = clock.corrected(fix.fixed_at, offset, received_at)
    refused, moves = None, False
    if fix.kind in FRESH:
        refused = gates.refusal(fix, at, device)
        # Of several brought back to their arrival only the last can be where the device is now.
        may_move = refused is None and received_at - at < OLDEST and (is_last or not is_clamped)
        if may_move and gates.is_newer(at, device):
            device.believed, moves = Seen(at, fix.lon, fix.lat), True
    assert device.unit_id is not None
    return Ping(fix, device.id, device.unit_id, at, received_at, is_clamped, refused, moves, device.priority)
