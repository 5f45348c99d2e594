"""An old fix is an area: the true position lies inside it nine times of ten, and half the speed would miss.

Gaps are cut out of drives: the last fix before the gap draws the area, the fix at its end is the truth.
"""

import gzip
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest
import shapely

from geo112.coordinates import LonLat
from geo112.dispatching import whereabouts as module
from geo112.dispatching.travel import metres_between
from geo112.dispatching.whereabouts import Whereabouts, area_m2, circle, straight_mps, whereabouts
from routing.build import from_osm_file
from routing.course import Course
from routing.network import RoadNetwork
from routing.path import shortest_path
from routing.prepared import prepare
from routing.profiles import PROFILES
from routing.snap import snap
from tests.conftest import EXTRACTS, FULL

GAPS = 500 if FULL else 100
SHORTEST_S, LONGEST_S = 60.0, 900.0
DRIVEN_KMH = 15.0  # what moves slower along its track is walked, or stands


class Gap(NamedTuple):
    fix: LonLat
    truth: LonLat
    age_s: float


def covered(gaps: list[Gap], drawn: list[Whereabouts]) -> float:
    inside = [shapely.intersects(each.area, shapely.Point(gap.truth)) for gap, each in zip(gaps, drawn, strict=True)]
    return sum(inside) / len(inside)


def test_a_fresh_fix_is_hardly_an_area_and_an_old_one_grows() -> None:
    here = LonLat(107.5, -6.2)
    sizes = [area_m2(whereabouts(None, "ambulance", here, age_s).area) for age_s in (0, 60, 300, 900, 5000)]
    assert sizes[0] < 30_000
    assert sizes == sorted(sizes)
    assert sizes[-1] == sizes[-2]  # after a quarter of an hour it says no more
    assert whereabouts(None, "ambulance", here, -5).since_s == 0


def test_a_circle_is_round_on_the_ground() -> None:
    middle = LonLat(106.8, -6.2)
    edge = shapely.get_coordinates(circle(middle, 1000).exterior)
    assert all(metres_between(middle, LonLat(*corner)) == pytest.approx(1000, rel=0.005) for corner in edge)


@pytest.mark.extract
def test_real_tracks_lie_inside_the_circle_nine_times_of_ten() -> None:
    """GeoLife's two people in Beijing: no roads there, so the circle; what they drove, cut from their tracks."""
    gaps = geolife_gaps(GAPS)
    drawn = [whereabouts(None, "ambulance", gap.fix, gap.age_s) for gap in gaps]
    assert {each.by for each in drawn} == {"circle"}
    assert covered(gaps, drawn) >= 0.90
    print(f"median circle {median(area_m2(each.area) for each in drawn) / 1e6:.0f} km²")
    reach_m = straight_mps(PROFILES["ambulance"]) / 2
    half = [Whereabouts(circle(gap.fix, module.BESIDE_M + gap.age_s * reach_m), "circle", gap.age_s) for gap in gaps]
    assert covered(gaps, half) < 0.90


@pytest.mark.extract
@pytest.mark.timeout(900)
def test_drives_in_jakarta_lie_inside_the_area_of_the_roads_which_is_smaller(
    jakarta: RoadNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    gaps = list(drives(jakarta, GAPS if FULL else 16))
    drawn = [whereabouts(jakarta, "ambulance", gap.fix, gap.age_s) for gap in gaps]
    assert {each.by for each in drawn} == {"road"}
    assert covered(gaps, drawn) >= 0.90
    round_ones = [whereabouts(None, "ambulance", gap.fix, gap.age_s) for gap in gaps]
    by_road, by_circle = (median(area_m2(each.area) for each in areas) for areas in (drawn, round_ones))
    print(f"median area {by_road / 1e6:.1f} km², of the circle {by_circle / 1e6:.1f} km²")
    assert by_road <= 0.6 * by_circle
    monkeypatch.setattr(module, "SLACK", module.SLACK / 2)
    half = [whereabouts(jakarta, "ambulance", gap.fix, gap.age_s) for gap in gaps[:60]]
    assert covered(gaps[:60], half) < 0.90


@pytest.fixture(scope="module")
def jakarta(tmp_path_factory: pytest.TempPathFactory) -> RoadNetwork:
    network = from_osm_file(EXTRACTS / "jakarta" / "jakarta.osm.pbf")
    folder: Path = tmp_path_factory.mktemp("jakarta")
    network.save(folder)
    prepare(network, folder)
    return RoadNetwork.load(folder)


def drives(network: RoadNetwork, wanted: int) -> Iterator[Gap]:
    """Cut gaps out of an ambulance's drives, each at a pace of its own: three quarters to all of its speeds."""
    rng = random.Random(112)
    ambulance = PROFILES["ambulance"]
    made = 0
    while made < wanted:
        start, end = (
            snap(network, rng.uniform(106.72, 106.95), rng.uniform(-6.35, -6.12), ambulance, 300.0) for _ in range(2)
        )
        path = shortest_path(network, start, end, ambulance) if start and end else None
        if path is None or path.seconds < 300:
            continue
        course = Course(path.points, path.point_s, path.length_m)
        pace = rng.uniform(0.75, 1.0)
        age_s = min(rng.uniform(SHORTEST_S, LONGEST_S), 0.9 * path.seconds / pace)
        begin_s = rng.uniform(0.0, path.seconds - age_s * pace)
        fix, truth = course.position_at(begin_s), course.position_at(begin_s + age_s * pace)
        made += 1
        yield Gap(LonLat(fix.lon, fix.lat), LonLat(truth.lon, truth.lat), age_s)


def geolife_gaps(wanted: int) -> list[Gap]:
    """Cut gaps out of stretches without pauses that were driven."""
    rng = random.Random(112)
    tracks = geolife_tracks()
    gaps: list[Gap] = []
    while len(gaps) < wanted:
        track = rng.choice(tracks)
        first = rng.randrange(len(track) - 1)
        until = track[first][0] + rng.uniform(SHORTEST_S, LONGEST_S)
        last = next((at for at in range(first, len(track)) if track[at][0] >= until), None)
        if last is None or last - first < 3:
            continue
        stretch = track[first : last + 1]
        age_s = stretch[-1][0] - stretch[0][0]
        metres = sum(metres_between(one, other) for (_, one), (_, other) in pairwise(stretch))
        has_pause = any(later - earlier > 60 for (earlier, _), (later, _) in pairwise(stretch))
        if not has_pause and metres / age_s * 3.6 > DRIVEN_KMH and age_s <= LONGEST_S:
            gaps.append(Gap(stretch[0][1], stretch[-1][1], age_s))
    return gaps


def geolife_tracks() -> list[list[tuple[float, LonLat]]]:
    tracks: dict[str, list[tuple[float, LonLat]]] = {}
    with gzip.open(EXTRACTS / "gps" / "geolife_sample.txt.gz", "rt") as file:
        next(file)
        for line in file:
            lat, lon, at, who = line.strip().split(",")
            moment = datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()
            tracks.setdefault(who, []).append((moment, LonLat(float(lon), float(lat))))
    return [sorted(track) for track in tracks.values()]
