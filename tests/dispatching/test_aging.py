"""An arrival time whose fix grows old is an interval, and the time from where the unit really is lies inside it."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.coordinates import LonLat, Point
from geo112.dispatching import aging
from geo112.dispatching.aging import aged
from geo112.dispatching.recommend import rank
from geo112.dispatching.travel import Travel, seconds_to
from geo112.simulation.driving import Drive
from geo112.simulation.ground import Ground
from geo112.units.unit import Availability, Position, Service, Unit
from routing import build
from tests import town

CASES = json.loads((Path(__file__).parent / "aged_etas.json").read_text())
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DRIVES = 200


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(build.from_osm_file(town.write(tmp_path_factory.mktemp("town") / "town.osm")))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_figures_that_the_pages_count_too(case: dict[str, Any]) -> None:
    found = aged(case["eta_s"], case["age_s"], is_on_its_way=case["is_on_its_way"])
    assert (found.soonest_s, found.latest_s) == pytest.approx((case["soonest_s"], case["latest_s"]))


@given(st.floats(0, 7200), st.floats(0, 7200), st.floats(0, 7200), st.booleans())
def test_it_only_widens_with_age_and_holds_the_time_of_the_fix(eta_s: float, a: float, b: float, way: bool) -> None:
    younger, older = (aged(eta_s, age, is_on_its_way=way) for age in sorted((a, b)))
    assert 0 <= older.soonest_s <= younger.soonest_s <= eta_s <= younger.latest_s <= older.latest_s


def gaps(ground: Ground, *, is_on_its_way: bool) -> list[tuple[float, float, float]]:
    """Return (ETA at the fix, age, ETA from where the unit is by then) of drives to the TKP, or to anywhere.

    Every third unit on its way stands in between, as in a jam.
    """
    rng = random.Random(112)
    found: list[tuple[float, float, float]] = []
    while len(found) < DRIVES:
        start, tkp, end = (LonLat(*ground.random_place("fire_engine", rng).point) for _ in range(3))
        path = ground.way(start, tkp if is_on_its_way else end, "fire_engine")
        if path is None or path.seconds < 60:
            continue
        drive = Drive(path, NOW, rng.uniform(0.96, 1.3), 0.2, rng.randint(1, 3))
        begin_s = rng.uniform(0, 0.5) * drive.duration_s
        age_s = rng.uniform(30, 0.5 * drive.duration_s + 30)
        driven_s = 0.0 if is_on_its_way and len(found) % 3 == 0 else age_s
        places = [drive.at(NOW + timedelta(seconds=one)) for one in (begin_s, begin_s + driven_s)]
        now_and_then = [("fire_engine", LonLat(one.lon, one.lat)) for one in places]
        before, after = seconds_to(ground.network, tkp, now_and_then)
        found.append((before.eta_s, age_s, after.eta_s))
    return found


def inside(found: list[tuple[float, float, float]], is_on_its_way: bool) -> float:
    spans = [(aged(before, age, is_on_its_way=is_on_its_way), after) for before, age, after in found]
    return sum(span.soonest_s - 2 <= after <= span.latest_s + 2 for span, after in spans) / len(spans)


@pytest.mark.parametrize("is_on_its_way", [True, False])
def test_the_time_from_where_it_really_is_lies_inside(
    ground: Ground, is_on_its_way: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = gaps(ground, is_on_its_way=is_on_its_way)
    assert inside(found, is_on_its_way) >= 0.9
    monkeypatch.setattr(aging, "SLACK", aging.SLACK / 2)
    assert inside(found, is_on_its_way) < 0.9, "the control: at half the speed it drives out of the interval"


def unit(number: int, age_s: float | None) -> Unit:
    at = None if age_s is None else NOW - timedelta(seconds=age_s)
    place = None
    if at is not None:
        place = Position(lon=107.5, lat=-11.5, fixed_at=at, received_at=at, heard_at=at, accuracy_m=None,
                         speed_mps=None, bearing_deg=None, battery=None)  # fmt: skip
    return Unit(
        id=number, call_sign=f"DMK-{number}", opd_id=1, opd_code="DAMKAR", opd_kind="fire", profile="fire_engine",
        capabilities=["fire"], post_name="Pos", post=Point(lon=107.5, lat=-11.5), service=Service.IN_SERVICE,
        service_reason=None, availability=Availability.AVAILABLE, assignment_id=None, position=place,
    )  # fmt: skip


def test_who_was_near_forty_minutes_ago_is_not_ranked_before_who_is_near_now() -> None:
    units = [unit(1, 2400.0), unit(2, 5.0), unit(3, 5.0), unit(4, 2400.0), unit(5, 90.0), unit(6, None)]
    times = [Travel(seconds, "road", 1.0) for seconds in (120.0, 300.0, 900.0, 150.0, 310.0, 320.0)]
    ranked = rank(units, times, ["fire"], NOW, at_post={4})
    assert [one.unit.id for one in ranked] == [4, 2, 5, 6, 1, 3]
    by_id = {one.unit.id: one for one in ranked}
    assert [number for number, one in by_id.items() if one.interval] == [5, 1]
    assert {reason.words_id for reason in by_id[4].reasons} == {"posisi 40 mnt lalu, di pos"}
    assert {reason.code for reason in by_id[1].reasons} == {"old_position"}
