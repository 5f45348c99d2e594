"""Who comes back meets commits whose versions became visible out of order: two connections, one of which waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
import pytest

from geo112.live import latest
from tests.live.feed import Screen
from tests.live.servers import Server, until
from tests.town import crossing
from tests.world import City, Desk

MOVE = """
    UPDATE unit_position
       SET lon = %s, fixed_at = now(), received_at = now(), heard_at = now(), version = nextval('position_version')
     WHERE unit_id = %s RETURNING version"""
_numbers = count(1)


@contextmanager
def held(city: City, unit: int, lon: float) -> Iterator[int]:
    """Move a unit and give the version that was drawn; the commit comes at the end."""
    with psycopg.connect(city.url) as connection:
        (version,) = connection.execute(MOVE, (lon, unit)).fetchone() or (0,)
        yield version
        connection.commit()
    city.sql("NOTIFY position")


def move(city: City, unit: int, lon: float) -> int:
    with held(city, unit, lon) as version:
        return version


def shows(screen: Screen, unit: int, lon: float) -> bool:
    return any((one["unit_id"], one["lon"]) == (unit, lon) for told in screen.positions() for one in told["positions"])


@pytest.fixture
def units(shared_city: City) -> tuple[int, int]:
    return tuple(shared_city.unit(f"DMK-{next(_numbers)}", crossing(0, 0)) for _ in range(2))  # type: ignore[return-value]


def leave_in_between(city: City, desk: Desk, slow: int, quick: int) -> str:
    """Let a screen see the greater version and leave, only then commit the smaller one, and return its last id."""
    with Screen(desk) as screen:
        screen.snapshot()
        with held(city, slow, 1.5) as smaller:
            assert move(city, quick, 2.5) > smaller
            screen.until(lambda one: shows(one, quick, 2.5))
            last = screen.last_id
            screen.close()
        assert int(last.split(".")[1]) > smaller
    return last


def test_a_smaller_version_that_appears_later_is_told(shared_city: City, units: tuple[int, int]) -> None:
    with Screen(shared_city.desk("supervisor")) as screen:
        screen.snapshot()
        with held(shared_city, units[0], 1.5):
            move(shared_city, units[1], 2.5)
            screen.until(lambda one: shows(one, units[1], 2.5))
        screen.until(lambda one: shows(one, units[0], 1.5))


def test_who_was_away_meanwhile_is_told_too(shared_city: City, units: tuple[int, int]) -> None:
    desk = shared_city.desk("supervisor")
    last = leave_in_between(shared_city, desk, *units)
    with Screen(desk, last) as screen:
        screen.until(lambda one: shows(one, units[0], 1.5))
        assert "snapshot" not in [one.name for one in screen.events]


def test_also_by_another_process_that_was_there_and_by_one_that_has_just_begun(
    shared_city: City, units: tuple[int, int]
) -> None:
    desk = shared_city.desk("supervisor")
    with Server(shared_city) as there:
        last = leave_in_between(shared_city, desk, *units)
        with Screen(there.also(desk), last) as screen:
            screen.until(lambda one: shows(one, units[0], 1.5))
            assert "snapshot" not in [one.name for one in screen.events]
    with Server(shared_city) as fresh, Screen(fresh.also(desk), last) as screen:
        screen.until(lambda one: shows(one, units[0], 1.5))
        assert "snapshot" not in [one.name for one in screen.events]


def test_without_the_overlap_it_would_be_missed(
    shared_city: City, units: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same commits find out a feed that looks above the greatest version only."""
    monkeypatch.setattr(latest, "OVERLAP_S", 0.0)
    monkeypatch.setattr(latest, "MARK_EVERY_S", 0.0)
    known = shared_city.app.state.hub.told.latest
    with Screen(shared_city.desk("supervisor")) as screen:
        screen.snapshot()
        with held(shared_city, units[0], 1.5) as smaller:
            move(shared_city, units[1], 2.5)
            screen.until(lambda one: shows(one, units[1], 2.5))
            until(lambda: known.floor() > smaller)
        move(shared_city, units[1], 3.5)
        screen.until(lambda one: shows(one, units[1], 3.5))
        assert not shows(screen, units[0], 1.5)
