"""A full disk: phones are refused and keep their queues, nothing acknowledged is lost, and with room all goes on."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tests.faults.centre import CARELESS, Centre
from tests.faults.centre import centre as made
from tests.faults.phone import Phone, sending

SIZE_MB = 400
FULL_WITHIN_S = 90.0
RECOVERS_WITHIN_S = 10.0
ALL = ("crew", "overland", "osmand")

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("mount") is None,
    reason="only root can give the cluster a small disk of its own",
)


@pytest.fixture(scope="module")
def small() -> Iterator[Centre]:
    """Give a centre whose database lies on a disk of its own."""
    with made(disk_mb=SIZE_MB) as centre:
        yield centre


def refuse(phones: list[Phone]) -> Callable[[], bool]:
    """Return whether every phone has been refused several times from now on, and nobody served in between."""
    before = [one.refused for one in phones]
    return lambda: all(one.refused >= then + 3 for one, then in zip(phones, before, strict=True))


def fill_and_make_room(centre: Centre, phones: list[Phone], *, until_postgres_dies: bool) -> float:
    """Let the phones send while the disk fills; return seconds from room to the next batch acknowledged."""
    ballast = centre.cluster.folder / "ballast"
    with sending(centre.city.address, phones):
        centre.until(lambda: all(one.served for one in phones), 60)
        try:
            with ballast.open("ab", buffering=0) as file:
                for size in (2**20, 2**12):
                    with suppress(OSError):
                        while file.write(bytes(size)):
                            pass
            centre.until(refuse(phones), FULL_WITHIN_S)
            if until_postgres_dies:
                first = centre.postgres()[0]
                centre.until(lambda: dies_of_its_log(centre, first), FULL_WITHIN_S)
                centre.until(refuse(phones), FULL_WITHIN_S)
        finally:
            ballast.unlink()
        room_at = time.monotonic()
        centre.until(lambda: any(one.served[-1] > room_at for one in phones), 60)
        took = time.monotonic() - room_at
        centre.until(lambda: all(one.served[-1] > room_at for one in phones), 60)
    return took


def dies_of_its_log(centre: Centre, first: int) -> bool:
    """Let PostgreSQL begin a new file of its log, for which there is no room, and say whether it has given up."""
    with suppress(Exception):
        centre.admin("SELECT pg_switch_wal()", "SELECT pg_logical_emit_message(true, 'tests', 'x')")
    return centre.postgres()[:1] != [first]


@pytest.mark.parametrize("until_postgres_dies", [False, True], ids=["data", "log"])
def test_on_a_full_disk_phones_are_refused_and_with_room_all_goes_on(small: Centre, until_postgres_dies: bool) -> None:
    with small.served():
        phones = small.phones(*ALL)
        took = fill_and_make_room(small, phones, until_postgres_dies=until_postgres_dies)
        print(f"{sum(one.refused for one in phones)} refused, served again after {took:.1f} s")
        assert [words for one in phones for words in one.unexpected] == []
        assert small.lost(phones) == []
        for one in phones:
            stored = small.stored(one.unit_id)
            assert set(stored.values()) == {1}
            assert small.marker(one.unit_id) == max(stored)
        assert took < RECOVERS_WITHIN_S, small.said()


def test_a_server_that_acknowledges_on_a_full_disk_is_found_out(small: Centre) -> None:
    """The control: who answers before the commit has told phones to forget what found no room."""
    with small.served(program=CARELESS):
        phones = small.phones("crew", "crew")
        ballast = small.cluster.folder / "ballast"
        with sending(small.city.address, phones):
            try:
                with ballast.open("ab", buffering=0) as file, suppress(OSError):
                    while file.write(bytes(2**12)):
                        pass
                end = time.monotonic() + 10
                small.until(lambda: time.monotonic() > end, 20)
            finally:
                ballast.unlink()
        assert small.lost(phones)
