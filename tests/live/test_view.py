"""Where a screen looks: at once what lies inside, some seconds later what lies outside, and nothing of others."""

import random
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.coordinates import LonLat
from geo112.live import screen as told
from geo112.live.view import EVERYTHING, SMALLEST_CELL_DEG, Box, View, widened
from tests.live.feed import Screen
from tests.live.servers import Server, until
from tests.town import crossing
from tests.world import City, Desk

HERE, THERE = crossing(0, 0), LonLat(crossing(0, 0).lon + 2, crossing(0, 0).lat)
degrees = st.floats(-80, 80)


@given(degrees, degrees, st.floats(0, 20), st.floats(0, 20))
def test_a_box_grows_by_at_most_two_cells_and_loses_nothing(
    west: float, south: float, wide: float, high: float
) -> None:
    box = Box(west, south, west + wide, south + high)
    (grown,) = widened([box])
    cell = max(SMALLEST_CELL_DEG, 2 * max(wide, high) / 8)
    assert grown.west <= box.west <= box.east <= grown.east
    assert grown.south <= box.south <= box.north <= grown.north
    assert grown.east - grown.west <= wide + 2 * cell
    assert grown.north - grown.south <= high + 2 * cell


def test_desks_that_look_at_nearly_the_same_share_a_view() -> None:
    chance = random.Random(1)
    views = set()
    for _ in range(200):
        west, south = 107.55 + chance.uniform(0, 0.005), -6.95 + chance.uniform(0, 0.005)
        views.add(widened([Box(west, south, west + 0.11, south + 0.08)]))
    assert len(views) <= 4, "at most on either side of one line of the grid in each direction"


def test_an_opd_that_is_not_looked_at_lies_outside_and_one_that_helps_inside() -> None:
    mine = View(None, frozenset({7}))
    assert not mine.shows(107.5, -6.9, frozenset({8}))
    assert mine.shows(107.5, -6.9, frozenset({8, 7}))
    assert EVERYTHING.shows(0, 0, frozenset())


# Over HTTP


class Watch:
    """A screen that says where it looks."""

    def __init__(self, desk: Desk, by: Desk | None = None) -> None:
        self.desk, self.by, self.id = desk, by or desk, str(uuid.uuid4())
        self.screen = Screen(desk, screen_id=self.id)
        self.screen.snapshot()

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *_: Any) -> None:
        self.screen.close()

    def look(self, at: LonLat, opd_ids: list[int] | None = None) -> None:
        box = {"west": at.lon - 0.02, "south": at.lat - 0.02, "east": at.lon + 0.02, "north": at.lat + 0.02}
        self.by.ok("PUT", f"/api/live/{self.id}/view", json={"boxes": [box], "opd_ids": opd_ids})

    def told_at(self, unit: int, speed_mps: float) -> float:
        """Wait for a position, and return when it came."""

        def found(screen: Screen) -> float | None:
            for event in list(screen.events):
                for one in event.body["positions"] if event.name == "positions" else []:
                    if (one["unit_id"], one["speed_mps"]) == (unit, speed_mps):
                        return event.at
            return None

        return float(self.screen.until(found, 15))


def two(city: City, name: str) -> tuple[int, int, Desk, Desk]:
    """Return a unit here and one far away, and their crews."""
    units = [city.unit(f"{name}-{number}", at) for number, at in enumerate((HERE, THERE))]
    crews = [city.desk("crew", unit=f"{name}-{number}") for number in range(2)]
    return units[0], units[1], crews[0], crews[1]


def follow(city: City, watch: Watch, inside: tuple[int, Desk], outside: tuple[int, Desk]) -> tuple[float, float]:
    """Let both units move six times, the one outside first, and return when the last step of each was shown."""
    for step in range(1, 7):
        for at, (_, crew) in ((THERE, outside), (HERE, inside)):
            city.ping(crew, at, speed_mps=step / 8)
        shown = watch.told_at(inside[0], step / 8)
    return shown, watch.told_at(outside[0], step / 8)


def positions_of(watch: Watch, unit: int) -> int:
    return sum(one["unit_id"] == unit for batch in watch.screen.positions() for one in batch["positions"])


def test_what_lies_outside_comes_later_but_comes(shared_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "OUTSIDE_EVERY_S", 3.0)
    near, far, near_crew, far_crew = two(shared_city, "DMK")
    supervisor = shared_city.desk("supervisor")
    with Watch(supervisor) as narrow, Watch(supervisor) as wide:
        narrow.look(HERE)
        before = positions_of(narrow, far), positions_of(wide, far)
        inside, outside = follow(shared_city, narrow, (near, near_crew), (far, far_crew))
        assert inside < outside, "the last step far away was given before the one near by, and shown after it"
        wide.told_at(far, 6 / 8)
        assert positions_of(narrow, near) >= 6
        assert positions_of(narrow, far) - before[0] < positions_of(wide, far) - before[1]


def test_who_turns_there_sees_at_once_what_had_to_wait(shared_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    _, far, _, far_crew = two(shared_city, "TRN")
    with Watch(shared_city.desk("supervisor")) as watch:
        watch.look(HERE)
        monkeypatch.setattr(told, "OUTSIDE_EVERY_S", 1000.0)  # nothing comes by itself any more
        shared_city.ping(far_crew, THERE, speed_mps=3.5)
        with pytest.raises(AssertionError):
            watch.screen.until(lambda _: watch_has(watch, far, 3.5), 2)
        watch.look(THERE)
        watch.told_at(far, 3.5)


def watch_has(watch: Watch, unit: int, speed_mps: float) -> bool:
    return any(
        (one["unit_id"], one["speed_mps"]) == (unit, speed_mps)
        for batch in watch.screen.positions()
        for one in batch["positions"]
    )


def test_a_unit_on_an_assignment_lies_inside_wherever_it_is(shared_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    _, far, _, far_crew = two(shared_city, "ASG")
    supervisor = shared_city.desk("supervisor")
    incident = shared_city.fire(crossing(0, 1), priority=2)["id"]
    supervisor.ok("POST", f"/api/incidents/{incident}/assignments", json={"unit_id": far})
    with Watch(supervisor) as watch:
        watch.look(HERE)
        monkeypatch.setattr(told, "OUTSIDE_EVERY_S", 1000.0)
        shared_city.ping(far_crew, THERE, speed_mps=3.5)
        watch.told_at(far, 3.5)


def test_a_filter_shows_nobody_what_the_role_may_not_see(shared_city: City) -> None:
    other = shared_city.unit("PTR-1", HERE, "POLRES", ("police",), "police_car")
    mine = shared_city.unit("DMK-9", HERE)
    crews = [shared_city.desk("crew", unit=sign) for sign in ("PTR-1", "DMK-9")]
    with Watch(shared_city.desk("dispatcher", opd="DAMKAR")) as watch:
        watch.look(HERE, [shared_city.opd("POLRES"), shared_city.opd("DAMKAR")])
        for crew in crews:
            shared_city.ping(crew, HERE, speed_mps=2.5)
        watch.told_at(mine, 2.5)
        assert positions_of(watch, other) == 0


def test_nobody_turns_the_screen_of_somebody_else(shared_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    _, far, _, far_crew = two(shared_city, "OTH")
    with Watch(shared_city.desk("supervisor"), by=shared_city.desk("supervisor")) as watch:
        watch.look(HERE)
        monkeypatch.setattr(told, "OUTSIDE_EVERY_S", 1000.0)
        shared_city.ping(far_crew, THERE, speed_mps=3.5)
        watch.told_at(far, 3.5)


@pytest.mark.parametrize(
    "view",
    [
        {"boxes": [{"west": 2, "south": 0, "east": 1, "north": 1}]},
        {"boxes": [{"west": 0, "south": 0, "east": 200, "north": 1}]},
        {"boxes": [{"west": 0, "south": 0, "east": 1, "north": 1}] * 9},
        {"boxes": [], "opd_ids": list(range(65))},
        {},
    ],
)
def test_a_view_that_is_none_is_refused(shared_city: City, view: Any) -> None:
    supervisor = shared_city.desk("supervisor")
    assert supervisor.put(f"/api/live/{uuid.uuid4()}/view", json=view).status_code == 422


def test_the_word_may_reach_another_process_than_the_stream(shared_city: City) -> None:
    """Two servers on one database: the page says where it looks to the one, and the other holds its stream."""
    near, far, near_crew, far_crew = two(shared_city, "TWO")
    with Server(shared_city) as server:
        here = server.desk("supervisor")
        there = Desk(base_url=shared_city.address, headers=here.headers, timeout=30, trust_env=False)
        with there, Watch(here, by=there) as watch, Watch(here) as wide:
            watch.look(HERE)
            shared_city.ping(far_crew, THERE, speed_mps=0.1)
            until(lambda: positions_of(wide, far))
            inside, outside = follow(shared_city, watch, (near, near_crew), (far, far_crew))
            assert inside < outside
            assert positions_of(watch, far) < positions_of(wide, far), "some of it was passed over, the last was not"
