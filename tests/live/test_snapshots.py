"""Many screens that come at once share a reading, and none gets anything older than its question."""

import threading
import time

import psycopg

from tests.live.feed import Screen
from tests.town import crossing
from tests.world import City

WAITING = """
    SELECT count(*) FROM pg_locks
     WHERE relation = 'call'::regclass AND NOT granted AND database = (SELECT oid FROM pg_database
                                                                        WHERE datname = current_database())"""


def test_screens_that_come_while_one_is_read_for_share_the_next_reading(city: City) -> None:
    unit = city.unit("AMB-1", crossing(0, 0), "PSC119", ("medical",), "ambulance")
    desk = city.desk("supervisor")
    administrator = city.desk("administrator")
    found: list[str] = []

    def look() -> None:
        with Screen(desk) as screen:
            snapshot = screen.snapshot()
            found.append(next(one["service"] for one in snapshot["units"] if one["id"] == unit))

    def waiting() -> int:
        return int(city.sql(WAITING)[0][0])

    screens = [threading.Thread(target=look) for _ in range(12)]
    with psycopg.connect(city.url) as connection:
        connection.execute("LOCK TABLE call IN ACCESS EXCLUSIVE MODE")
        screens[0].start()
        until = time.monotonic() + 20
        while waiting() == 0 and time.monotonic() < until:
            time.sleep(0.02)
        assert waiting() == 1, "the first one is being read for"
        administrator.ok("PUT", f"/api/units/{unit}/service", json={"service": "LIMITED"})
        for one in screens[1:]:
            one.start()
        time.sleep(1.0)
        assert waiting() == 1, "the others wait for the next reading, and hold nothing meanwhile"
        assert found == []
    for one in screens:
        one.join(30)
    assert found.count("LIMITED") >= len(screens) - 1
    assert len(found) == len(screens)
