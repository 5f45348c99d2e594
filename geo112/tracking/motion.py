"""Whether a unit drives or stands, and since when; whether it has left, is at its TKP, is back at its post. Pure.

           rests for 20 s within the small circle
    drives ──────────────────────────────────────► stands        stands near the TKP ─► there, until it drives away
           ◄──────────────────────────────────────               stands near its post ─► home, until it drives away
           two fixes in a row outside of the large circle        drives after it was sent ─► left

Every time is that of the first fix that shows the change, and a change wants at least two fixes: nothing is made up,
and one bad fix changes nothing. Numbers and their sources: docs/tracking/motion.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from geo112.coordinates import LonLat
from geo112.dispatching.travel import metres_between

RESTS_S: Final = 20.0
RESTS_WITHIN_M: Final = 20.0  # and the accuracy of the fix
DRIVES_BEYOND_M: Final = 35.0  # and twice the accuracy
BEST_M, USUAL_M, WORST_M = 10.0, 25.0, 60.0  # accuracy: no phone in a street is better; none said; counts at most
FAST_MPS: Final = 3.0  # who says that he is so fast does not rest
MEAN_OF: Final = 12  # fixes that the resting place is the mean of
THERE_WITHIN_M: Final = 30.0  # of the TKP, or of the kerb where the streets come nearest to it; and the accuracy
GONE_BEYOND_M: Final = 40.0  # farther than that
UNCERTAIN_M: Final = 100.0  # of a TKP's uncertainty no more counts: else a whole kelurahan would be the scene
HOME_WITHIN_M: Final = 60.0  # of the post's point, which is somewhere on its yard


class Spot(NamedTuple):
    """A fix as far as motion looks at it."""

    at: datetime  # by the corrected clock
    place: LonLat
    accuracy_m: float | None = None
    speed_mps: float | None = None  # as the phone says

    @property
    def radius_m(self) -> float:
        """Return the accuracy that is believed, metres."""
        said = USUAL_M if self.accuracy_m is None else self.accuracy_m
        return min(max(said, BEST_M), WORST_M)


class Motion(NamedTuple):
    """What a unit does by its newest fix."""

    fixed_at: datetime
    is_moving: bool
    since: datetime
    rest: LonLat  # where it stands (a mean); while it drives, where it may have come to rest
    rest_at: datetime  # the first fix there
    fixes: int  # that lay there
    outside_at: datetime | None = None  # a first fix outside, while it stands: the next one decides


@dataclass(frozen=True, slots=True)
class Errand:
    """What a unit is out for: on its way to a TKP, or on its way home."""

    assignment_id: int
    is_homeward: bool
    since: datetime  # when it was sent, or was free to go
    scene: tuple[LonLat, ...] = ()  # the TKP, and the kerbs where the streets come nearest to it
    uncertainty_m: float = 0.0  # of the TKP


class Presence(NamedTuple):
    """Where a unit has been on its errand; None: not, or not any more."""

    assignment_id: int | None = None
    is_homeward: bool = False
    left_at: datetime | None = None
    there_since: datetime | None = None  # at the TKP
    home_since: datetime | None = None


def move(before: Motion | None, spot: Spot) -> Motion:
    """Return the motion after one more fix; one that is not newer changes nothing."""
    if before is None:
        return Motion(spot.at, _is_fast(spot), spot.at, spot.place, spot.at, 1)
    if spot.at <= before.fixed_at:
        return before
    distance_m = metres_between(before.rest, spot.place)
    if before.is_moving:
        if distance_m > RESTS_WITHIN_M + spot.radius_m or _is_fast(spot):
            return before._replace(fixed_at=spot.at, rest=spot.place, rest_at=spot.at, fixes=1)
        rested = _resting(before, spot)
        if (spot.at - rested.rest_at).total_seconds() < RESTS_S:
            return rested
        return rested._replace(is_moving=False, since=rested.rest_at)
    if distance_m <= DRIVES_BEYOND_M + 2 * spot.radius_m:
        return _resting(before, spot)._replace(outside_at=None)
    if before.outside_at is None:
        return before._replace(fixed_at=spot.at, outside_at=spot.at)
    return Motion(spot.at, True, before.outside_at, spot.place, spot.at, 1)


def go(before: Presence, motion: Motion, spot: Spot, post: LonLat | None, errand: Errand | None) -> Presence:
    """Return where a unit has been on its errand, by its motion after `spot`."""
    home_since = _at(before.home_since, motion, spot, [post] if post else [], HOME_WITHIN_M)
    if errand is None:
        return Presence(home_since=home_since)
    if (before.assignment_id, before.is_homeward) != (errand.assignment_id, errand.is_homeward):
        before = Presence(errand.assignment_id, errand.is_homeward)
    within_m = THERE_WITHIN_M + min(errand.uncertainty_m, UNCERTAIN_M)
    return before._replace(
        left_at=None if home_since else before.left_at or _left_at(motion, errand),
        there_since=_at(before.there_since, motion, spot, errand.scene, within_m),
        home_since=home_since,
    )


def _left_at(motion: Motion, errand: Errand) -> datetime | None:
    """Return when it drove first since it was sent; a unit that was under way already, the first fix after."""
    if not motion.is_moving or motion.fixed_at <= errand.since:
        return None
    return motion.since if motion.since > errand.since else motion.fixed_at


def _at(
    since: datetime | None, motion: Motion, spot: Spot, places: Sequence[LonLat], within_m: float
) -> datetime | None:
    """Return since when it stands at one of `places`: it comes by standing near, and goes by driving well away."""
    if not places:
        return None
    if since is not None:
        where = spot.place if motion.is_moving else motion.rest  # a TKP may be moved away from who stands
        return None if nearest_m(where, places) > within_m + GONE_BEYOND_M + spot.radius_m else since
    has_rested = (motion.fixed_at - motion.rest_at).total_seconds() >= RESTS_S and motion.fixes >= 2
    if motion.is_moving or not has_rested or nearest_m(motion.rest, places) > within_m + spot.radius_m:
        return None
    return motion.rest_at


def nearest_m(place: LonLat, places: Sequence[LonLat]) -> float:
    """Return the metres from `place` to the nearest of `places`; inf where there is none."""
    return min((metres_between(place, one) for one in places), default=math.inf)


def _resting(before: Motion, spot: Spot) -> Motion:
    weight = 1 / min(before.fixes + 1, MEAN_OF)
    mean = LonLat(
        before.rest.lon + weight * (spot.place.lon - before.rest.lon),
        before.rest.lat + weight * (spot.place.lat - before.rest.lat),
    )
    return before._replace(fixed_at=spot.at, rest=mean, fixes=before.fixes + 1)


def _is_fast(spot: Spot) -> bool:
    return spot.speed_mps is not None and spot.speed_mps > FAST_MPS
