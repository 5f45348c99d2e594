"""What was acknowledged is there, whatever is killed and when, and all goes on without a human."""

import os
import random
import time

import pytest

from tests.faults.centre import CARELESS, Centre
from tests.faults.phone import Phone, sending

RECOVERS_WITHIN_S = 10.0
ALL = ("crew", "crew", "overland", "overland", "osmand", "osmand")
FULL = pytest.param(20, marks=[pytest.mark.full, pytest.mark.timeout(900)])


def moments() -> random.Random:
    seed = int(os.environ.get("GEO112_SEED") or random.SystemRandom().randrange(10**6))
    print(f"GEO112_SEED={seed}")
    return random.Random(seed)


def kill_under_load(centre: Centre, phones: list[Phone], what: str, kills: int) -> list[float]:
    """Kill again and again while the phones send; return seconds from each kill to the next batch acknowledged."""
    when, took = moments(), []
    with sending(centre.city.address, phones):
        centre.until(lambda: all(one.served for one in phones), 60)
        for _ in range(kills):
            time.sleep(when.uniform(0.1, 2.5))
            centre.kill(what)
            killed_at = time.monotonic()
            centre.until(lambda at=killed_at: any(one.served[-1] > at for one in phones), 60)
            took.append(time.monotonic() - killed_at)
        centre.until(lambda: all(one.served[-1] > killed_at for one in phones), 60)
    return took


@pytest.mark.parametrize("kills", [2, FULL])
@pytest.mark.parametrize("what", ["workers", "postgres", "both"])
def test_whatever_is_killed_what_was_acknowledged_is_there(centre: Centre, what: str, kills: int) -> None:
    with centre.served():
        phones = centre.phones(*ALL)
        took = kill_under_load(centre, phones, what, kills)
        acknowledged = sum(len(one.acknowledged) for one in phones)
        refused = sum(one.refused for one in phones)
        print(f"{what}: {kills} kills, {acknowledged} acknowledged, {refused} refused, slowest {max(took):.1f} s")
        assert [words for one in phones for words in one.unexpected] == []
        assert acknowledged > 20 * kills, "phones were served between the blows"
        assert centre.lost(phones) == []
        for one in phones:
            stored = centre.stored(one.unit_id)
            assert set(stored.values()) == {1}, "what was sent again is there once"
            assert centre.marker(one.unit_id) == max(stored)
        assert max(took) < RECOVERS_WITHIN_S, centre.said()


def test_a_server_that_acknowledges_first_is_found_out(centre: Centre) -> None:
    """A control: the same check sees what is lost when the answer goes out before the commit."""
    with centre.served(program=CARELESS):
        phones = centre.phones("crew", "crew", "crew", "crew")
        kill_under_load(centre, phones, "workers", 2)
        assert centre.lost(phones)


def test_a_database_that_does_not_wait_for_its_disk_is_found_out(centre: Centre) -> None:
    """A control: the same check sees what is lost when PostgreSQL says that it committed what it has not written."""
    with centre.served():
        phones = centre.phones("crew", "crew", "crew", "crew")
        centre.admin(
            "ALTER SYSTEM SET synchronous_commit = off",
            "ALTER SYSTEM SET wal_writer_delay = '10s'",
            "SELECT pg_reload_conf()",
        )
        try:
            kill_under_load(centre, phones, "postgres", 3)
            assert centre.lost(phones)
        finally:
            centre.admin(
                "ALTER SYSTEM RESET synchronous_commit",
                "ALTER SYSTEM RESET wal_writer_delay",
                "SELECT pg_reload_conf()",
            )
