"""What drives and what stands, by simulated drives with drifting GPS, by real tracks, and by rule.

The truth is the drive itself: where the vehicle was, and when it stopped. The judge sees noisy fixes alone.
"""

import math
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.coordinates import LonLat
from geo112.dispatching.travel import metres_between
from geo112.simulation.driving import Drive, Gps, Standing
from geo112.simulation.driving import Motion as Moving
from geo112.simulation.ground import Ground, moved
from geo112.tracking import motion as module
from geo112.tracking.motion import Errand, Motion, Presence, Spot, go, move
from routing import build
from tests import town
from tests.dispatching.test_whereabouts import geolife_tracks

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TKP = town.crossing(0.0, 4.0)
POST = town.crossing(4.0, 0.0)
SEEDS = range(20)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(build.from_osm_file(town.write(tmp_path_factory.mktemp("town") / "town.osm")))


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def fixes(
    vehicle: Moving, seconds: Iterable[float], gps: Gps, accuracy_m: float | None = None, *, says_speed: bool = True
) -> list[Spot]:
    """Return what a phone sends of a vehicle at these seconds after START."""
    found = []
    for one in seconds:
        position = vehicle.at(later(one))
        speed_mps = position.speed_mps if says_speed else None
        found.append(Spot(later(one), gps.seen(position, later(one)), accuracy_m or 1.5 * gps.sigma_m, speed_mps))
    return found


def judged(spots: Iterable[Spot], errand: Errand | None, before: Motion | None = None) -> list[tuple[Motion, Presence]]:
    """Return what is known after each fix."""
    found, motion, presence = [], before, Presence()
    for spot in spots:
        motion = move(motion, spot)
        presence = go(presence, motion, spot, POST, errand)
        found.append((motion, presence))
    return found


def errand(*scene: LonLat, since: float = -1.0, uncertainty_m: float = 10.0, is_homeward: bool = False) -> Errand:
    return Errand(1, is_homeward, later(since), scene or (TKP,), uncertainty_m)


def changes(known: Sequence[tuple[Motion, Presence]]) -> int:
    return sum(one.is_moving != other.is_moving for (one, _), (other, _) in pairwise(known))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("every_s", [5, 10])
@pytest.mark.parametrize("says_speed", [True, False])
def test_departure_and_arrival_of_a_drive_are_seen_once_and_in_time(
    ground: Ground, seed: int, every_s: int, says_speed: bool
) -> None:
    rng = random.Random(seed)
    path = ground.way(POST, TKP, "fire_engine")
    assert path is not None
    drive = Drive(path, later(120), rng.uniform(0.9, 1.15), 0.3, 3)
    arrives_s = 120 + drive.duration_s
    sent = fixes(drive, range(0, int(arrives_s) + 180, every_s), Gps(rng, 6.0), says_speed=says_speed)
    known = judged(sent, errand())
    assert changes(known) == 2
    _, last = known[-1]
    assert last.left_at is not None
    assert last.there_since is not None
    assert 0 <= (last.left_at - later(120)).total_seconds() <= 10 + 2 * every_s
    assert abs((last.there_since - later(arrives_s)).total_seconds()) <= 10 + every_s
    first_there = next(spot.at for spot, (_, one) in zip(sent, known, strict=True) if one.there_since)
    assert first_there >= last.there_since + timedelta(seconds=module.RESTS_S), "not before it has rested"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_red_light_on_the_way_is_no_arrival(seed: int) -> None:
    rng = random.Random(seed)
    light = moved(TKP, -130.0, 0.0)
    at_light = fixes(Standing(light), range(0, 120, 5), Gps(rng, 7.0))
    known = judged(at_light, errand())
    assert not known[-1][0].is_moving
    assert known[-1][1].there_since is None
    at_scene = [
        one._replace(at=one.at + timedelta(seconds=150)) for one in fixes(Standing(TKP), range(0, 60, 5), Gps(rng, 7.0))
    ]
    assert judged([*at_light, *at_scene], errand())[-1][1].there_since == at_scene[1].at, "the control: this is one"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("says_speed", [True, False])
def test_driving_past_on_the_next_street_is_no_arrival(ground: Ground, seed: int, says_speed: bool) -> None:
    rng = random.Random(seed)
    path = ground.way(town.crossing(0, 3), town.crossing(0, 5), "fire_engine")
    assert path is not None
    drive = Drive(path, START, 1.15, 0.3, 2)
    beside = moved(town.crossing(0, 4), 0.0, 45.0)
    sent = fixes(drive, range(0, int(drive.duration_s), 5), Gps(rng, 6.0), says_speed=says_speed)
    assert min(metres_between(one.place, beside) for one in sent) < 80
    assert all(presence.there_since is None for _, presence in judged(sent, errand(beside)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sigma_m", [4.0, 8.0, 12.0])
def test_noise_at_the_scene_moves_nothing_for_an_hour(seed: int, sigma_m: float) -> None:
    sent = fixes(Standing(TKP), range(0, 3600, 5), Gps(random.Random(seed), sigma_m), says_speed=False)
    known = judged(sent, errand())
    assert changes(known) == 0
    assert len({presence.there_since for _, presence in known if presence.there_since}) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_crew_that_moves_about_the_scene_has_arrived_once(seed: int) -> None:
    """From the pump to the hydrant and back, within fifty metres, at walking pace and faster."""
    rng = random.Random(seed)
    gps, sent, here, at = Gps(rng, 6.0), [], TKP, 0.0
    for _ in range(20):
        sent += fixes(Standing(here), [at + second for second in range(0, 90, 5)], gps)
        at, here = at + 90, moved(TKP, rng.uniform(-35, 35), rng.uniform(-35, 35))
    known = judged(sent, errand())
    assert len({presence.there_since for _, presence in known if presence.there_since}) == 1
    assert known[-1][1].there_since is not None


def test_who_drives_off_is_there_no_more_and_comes_again(ground: Ground) -> None:
    path = ground.way(TKP, POST, "fire_engine")
    assert path is not None
    rng = random.Random(1)
    drive = Drive(path, later(60), 1.0)
    sent = fixes(drive, range(0, int(60 + drive.duration_s), 5), Gps(rng, 5.0))
    known = judged(sent, errand())
    there = [presence.there_since is not None for _, presence in known]
    assert [there[0], there[8], there[-1]] == [False, True, False]
    assert sum(one != other for one, other in pairwise(there)) == 2
    assert known[-1][1].home_since is None, "it has not rested at its post yet"


@pytest.mark.parametrize("seed", SEEDS)
def test_home_is_where_the_post_is_and_forgets_a_false_start(seed: int) -> None:
    rng = random.Random(seed)
    yard = moved(POST, 25.0, 10.0)
    sent = fixes(Standing(yard), range(0, 60, 5), Gps(rng, 6.0))
    sent += [
        one._replace(at=one.at + timedelta(seconds=60))
        for one in fixes(Standing(moved(yard, 90, 0)), range(0, 15, 5), Gps(rng, 6.0))
    ]
    sent += [
        one._replace(at=one.at + timedelta(seconds=90)) for one in fixes(Standing(yard), range(0, 60, 5), Gps(rng, 6.0))
    ]
    known = judged(sent, errand())
    assert known[-1][1].home_since is not None
    assert known[-1][1].left_at is None, "driving across the yard is no departure"


def test_who_was_under_way_when_sent_left_at_the_first_fix_after(ground: Ground) -> None:
    path = ground.way(POST, TKP, "fire_engine")
    assert path is not None
    sent = fixes(Drive(path, START, 1.0), range(0, int(path.seconds), 5), Gps(random.Random(1), 5.0))
    known = judged(sent, errand(since=42))
    assert {presence.left_at for _, presence in known if presence.left_at} == {later(45)}


def test_the_kerb_counts_where_the_tkp_lies_deep_in_a_block() -> None:
    kerb = moved(TKP, 0.0, 150.0)
    sent = fixes(Standing(kerb), range(0, 60, 5), Gps(random.Random(1), 5.0))
    assert judged(sent, errand(TKP))[-1][1].there_since is None
    assert judged(sent, errand(TKP, kerb))[-1][1].there_since == START


def test_who_stands_where_the_tkp_was_has_not_arrived_where_it_is_now() -> None:
    sent = fixes(Standing(TKP), range(0, 60, 5), Gps(random.Random(1), 5.0))
    (*_, (motion, presence)) = judged(sent, errand(TKP))
    assert presence.there_since == START
    after = Spot(later(65), TKP, 8.0)
    elsewhere = go(presence, move(motion, after), after, POST, errand(moved(TKP, 300.0, 0.0)))
    assert elsewhere.there_since is None


@pytest.mark.extract
def test_real_tracks_stand_only_where_they_rest_and_drive_only_where_they_go() -> None:
    """GeoLife (accuracy invented: 10 m). A stand must be small on the ground; between two stands lies a way."""
    stands = 0
    for track in geolife_tracks():
        spots = [Spot(datetime.fromtimestamp(at, UTC), place, 10.0) for at, place in track]
        known = judged(spots, None)
        for (one, _), (other, _), spot in zip(known, known[1:], spots[1:], strict=False):
            if one.is_moving and not other.is_moving:
                stands += 1
                assert metres_between(other.rest, spot.place) <= module.RESTS_WITHIN_M + 10
                assert (spot.at - other.since).total_seconds() >= module.RESTS_S
            if not one.is_moving and other.is_moving:
                left = next(each.place for each in spots if each.at == other.since)
                assert metres_between(one.rest, left) > module.DRIVES_BEYOND_M + 20
                assert metres_between(one.rest, spot.place) > module.DRIVES_BEYOND_M + 20
    assert stands > 20


@st.composite
def tracks(draw: st.DrawFn) -> list[Spot]:
    found, at, place = [], START, TKP
    for _ in range(draw(st.integers(2, 40))):
        at += timedelta(seconds=draw(st.integers(1, 60)))
        reach = draw(st.sampled_from([0.0, 5.0, 30.0, 100.0, 400.0]))
        angle = draw(st.floats(0, 2 * math.pi))
        place = moved(place, reach * math.cos(angle), reach * math.sin(angle))
        found.append(
            Spot(at, place, draw(st.sampled_from([None, 3.0, 20.0, 500.0])), draw(st.sampled_from([None, 0.0, 9.0])))
        )
    return found


@given(tracks())
def test_one_fix_alone_changes_nothing_and_no_time_is_made_up(spots: list[Spot]) -> None:
    known = judged(spots, errand())
    times = {spot.at for spot in spots}
    for index, ((one, _), (other, _)) in enumerate(pairwise(known)):
        assert other.since in times
        assert other.since <= other.fixed_at
        assert other.since >= one.since
        if one.is_moving != other.is_moving:
            assert other.since < spots[index + 1].at, "an earlier fix had shown it already"
    for (_, presence), spot in zip(known, spots, strict=True):
        for moment in (presence.left_at, presence.there_since, presence.home_since):
            assert moment is None or (moment in times and moment <= spot.at)


@given(tracks(), st.randoms(use_true_random=False))
def test_what_comes_late_or_twice_changes_nothing(spots: list[Spot], chance: random.Random) -> None:
    motion: Motion | None = None
    for index, spot in enumerate(spots):
        motion = move(motion, spot)
        assert move(motion, chance.choice(spots[: index + 1])) == motion


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=6, max_size=60), st.floats(0.0, 60.0))
def test_whatever_lies_within_the_small_circle_never_drives(
    steps: list[tuple[float, float]], accuracy_m: float
) -> None:
    reach = (module.RESTS_WITHIN_M + max(accuracy_m, module.BEST_M)) / 2 / math.sqrt(2)
    spots = [Spot(later(5 * index), moved(TKP, x * reach, y * reach), accuracy_m) for index, (x, y) in enumerate(steps)]
    known = judged(spots, errand())
    assert changes(known) == 0
    assert known[-1][1].there_since == START
