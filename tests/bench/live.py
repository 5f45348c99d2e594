"""From a ping to the screens: how long it takes, and how often a screen is told. What it says: docs/benchmarks.md.

bin/bench live            50 screens, then 500: twenty seconds each
SMALL=1 bin/bench live    six seconds each, about a minute with the start

A thousand phones send one fix a second each, alone, through the crew's path of a server with two workers, on a durable
cluster; dispatchers' screens follow by server-sent events. All share this machine. Prints, and last a line
`BENCH {json}`: plain names are our own figures.
"""

import os
import random
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.bench.interleaved import Report, percentile
from tests.bench.pings.fleet import Fleet, dispatcher
from tests.bench.pings.phones import send_all
from tests.bench.pings.screens import Seen, watched
from tests.bench.pings.serving import World

SEED = 112
SCREENS = (50, 500)


class Amount(NamedTuple):
    """How much is sent."""

    seconds: float
    pings_per_s: int  # as many phones
    screens: tuple[int, ...] = SCREENS


WHOLE = Amount(seconds=20, pings_per_s=1_000)
SMALL = Amount(seconds=6, pings_per_s=1_000)


def main() -> None:
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, shared by server, PostgreSQL, phones and screens")
    with tempfile.TemporaryDirectory(prefix="geo112-bench-", ignore_cleanup_errors=True) as folder:
        world = World(Path(folder))
        try:
            run(world, SMALL if os.environ.get("SMALL") == "1" else WHOLE, Report(random.Random(SEED), 0.0, 0))
        finally:
            world.stop()


def run(world: World, amount: Amount, report: Report) -> None:
    with world.connect() as connection:
        fleet = Fleet(connection, world.network, "live", "crew", amount.pings_per_s, random.Random(SEED))
        key = dispatcher(connection)
    for screens in amount.screens:
        with world.served() as server:
            send_all(server.port, fleet.requests(10, len(fleet.phones), 1))  # the first delivery is not like others
            before = sum(server.cpu_s()), world.database_cpu_s()
            seen = watched(server.port, key, fleet, screens, amount.pings_per_s, amount.seconds)
            spent = sum(server.cpu_s()) - before[0], world.database_cpu_s() - before[1]
        tell(seen, screens, report)
        print(f"CPU in all, s: server {spent[0]:.1f}, PostgreSQL {spent[1]:.1f}", flush=True)
    report.end()


def tell(seen: Seen, screens: int, report: Report) -> None:
    print(
        f"\n{screens} screens, {seen.acknowledged / seen.seconds:.0f} pings/s were acknowledged of {seen.wanted_per_s}"
    )
    report.figure(f"pings_per_s_{screens}", seen.acknowledged / seen.seconds)
    report.figure(f"hz_{screens}", seen.frames / seen.seconds / screens, "frames with positions, a screen and second")
    report.figure(f"screens_lost_{screens}", seen.lost, "streams that ended")
    if not seen.all_ms:
        report.leave_out(f"ping_to_screen_ms_{screens}", "no screen was told of a ping")
        return
    for name, spent in (("", seen.all_ms), ("newest_", seen.newest_ms), ("oldest_", seen.oldest_ms)):
        for percent in (50, 99):
            what = f"ping_to_screen_{name}p{percent}_ms_{screens}"
            report.figure(what, percentile(spent, percent), f"n {len(spent)}")


if __name__ == "__main__":
    main()
