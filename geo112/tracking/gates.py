"""What a fix must pass before it may move a marker. A fix that does not is kept, with the reason. Pure.

A device that insists on an impossible jump is believed in the end: five good fixes that agree with one another over two
minutes; else a first fix from another city would refuse the right ones for hours.
"""

import math
from collections.abc import Callable
from datetime import datetime

from geo112.coordinates import LonLat
from geo112.dispatching.travel import EARTH_RADIUS_M, metres_between
from geo112.tracking.device import Device, Seen, Suspect
from geo112.tracking.fix import Fix

FASTEST_MPS = 60.0  # 216 km/h between two fixes: no vehicle on these roads
NOISE_M = 50.0  # two fixes of one second may lie so far apart between houses
COARSE_M = 200.0  # a cell tower's guess, not a receiver's
NEAR_M, FAR_M = 100_000.0, 200_000.0  # a sign is wrong where the mirrored place is near the unit and this one is far
METRES_PER_DEGREE = math.radians(EARTH_RADIUS_M)
INSISTS_TIMES, INSISTS_S = 5, 120.0


def _is_mock(fix: Fix, at: datetime, device: Device) -> bool:
    return fix.is_mock


def _is_coarse(fix: Fix, at: datetime, device: Device) -> bool:
    return fix.accuracy_m is not None and fix.accuracy_m > COARSE_M


def _has_flipped_sign(fix: Fix, at: datetime, device: Device) -> bool:
    home = LonLat(device.believed.lon, device.believed.lat) if device.believed else device.post
    if home is None or (fix.lon * home.lon >= 0 and fix.lat * home.lat >= 0):
        return False  # no mirrored place is nearer than the place itself
    if metres_between(LonLat(fix.lon, fix.lat), home) < FAR_M:
        return False
    mirrored = ((fix.lon, -fix.lat), (-fix.lon, fix.lat), (-fix.lon, -fix.lat))
    return any(metres_between(LonLat(*one), home) < NEAR_M for one in mirrored)


def _is_too_far(fix: Fix, at: datetime, device: Device) -> bool:
    return is_newer(at, device) and device.believed is not None and not _can_follow(device.believed, fix, at)


# The reason an administrator sees, tried in this order.
GATES: tuple[tuple[str, Callable[[Fix, datetime, Device], bool]], ...] = (
    ("mock_location", _is_mock),
    ("coarse", _is_coarse),
    ("sign_flip", _has_flipped_sign),
    ("implied_speed", _is_too_far),
)


def refusal(fix: Fix, at: datetime, device: Device) -> str | None:
    """Return why a fix may not move the marker, or None. Notes in `device` what it insists on.

    Args:
        at: when it was taken, by the corrected clock.
    """
    code = None
    for reason, is_so in GATES:
        if is_so(fix, at, device):
            code = reason
            break
    if code == "implied_speed" and _insists(fix, at, device):
        code = None
    if code is None and is_newer(at, device):
        device.suspect = None
    return code


def is_newer(at: datetime, device: Device) -> bool:
    return device.believed is None or at > device.believed.at


def _can_follow(before: Seen, fix: Fix, at: datetime) -> bool:
    reach_m = NOISE_M + FASTEST_MPS * (at - before.at).total_seconds()
    # Along a meridian and then the equator is never the shorter way: near enough by that, no sine is needed.
    if METRES_PER_DEGREE * (abs(fix.lon - before.lon) + abs(fix.lat - before.lat)) <= reach_m:
        return True
    return metres_between(LonLat(before.lon, before.lat), LonLat(fix.lon, fix.lat)) <= reach_m


def _insists(fix: Fix, at: datetime, device: Device) -> bool:
    here, present = Seen(at, fix.lon, fix.lat), device.suspect
    if present is not None and at > present.last.at and _can_follow(present.last, fix, at):
        device.suspect = Suspect(here, present.since, present.count + 1)
    elif present is None or at > present.last.at:
        device.suspect = Suspect(here, at, 1)
    suspect = device.suspect
    assert suspect is not None
    return suspect.count >= INSISTS_TIMES and (at - suspect.since).total_seconds() >= INSISTS_S
