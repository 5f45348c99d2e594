"""The road engine beside its peers, on the same streets, interleaved in one run. What it says: docs/benchmarks.md.

bin/bench routing            Jakarta (GEO112_EXTRACTS; else Kota Contoh), then an invented city of a million road nodes
SMALL=1 bin/bench routing    Jakarta alone, fewer questions: two minutes once the peers' data are there

Prints medians, 95th and 99th percentiles and ratios, and last a line `BENCH {json}`: `<work>/<peer>` is the peer's
median divided by ours, plain names are our own figures. Machines are noisy: only ratios within one run mean anything.
"""

import os
import random
import sys
from typing import NamedTuple

from tests.bench.agreement import agree
from tests.bench.cities import City, import_city, million_city, small_city
from tests.bench.interleaved import Report
from tests.bench.peers.everyone import ON_ARCS, ON_EXTRACT, peers_of
from tests.bench.peers.peer import Peer
from tests.bench.setting import Setting
from tests.bench.works.closing import closings
from tests.bench.works.importing import beside_osmnx
from tests.bench.works.many import fields, fields_in_batches, matrices
from tests.bench.works.nearest import fleets_after_a_ping, fleets_given_anew, held_fleets
from tests.bench.works.paths import paths
from tests.bench.works.starting import load, start_up


class Amount(NamedTuple):
    """How much is asked."""

    questions: int  # of ours; peers stop when their budget is spent
    budget_s: float  # of each peer for each work
    least: int  # answers of a peer, whatever they take
    closures: int
    rebuilds: int  # after a closure, of peers that have to be made anew for it: OSRM's CH, pandana


SMALL = Amount(questions=40, budget_s=0.4, least=1, closures=4, rebuilds=0)
WHOLE = Amount(questions=200, budget_s=10.0, least=3, closures=10, rebuilds=1)
AT_A_MILLION = ["scipy", "routingkit"]  # others take hours to get ready


def main() -> None:
    amount = SMALL if os.environ.get("SMALL") == "1" else WHOLE
    report = Report(random.Random(112), amount.budget_s, amount.least)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    city = small_city(report)
    import_city(city, report)
    beside_osmnx(city, report)
    measure(city, [*ON_ARCS, *ON_EXTRACT], amount, report)
    if amount is WHOLE:
        city = million_city()
        import_city(city, report)
        measure(city, AT_A_MILLION, amount, report)
    else:
        report.leave_out("the city of a million nodes; osrm_ch and pandana after a closure", "SMALL=1")
    report.end()


def measure(city: City, names: list[str], amount: Amount, report: Report) -> None:
    """Ask everything of one city."""
    network = load(city, report)
    setting = Setting(network, random.Random(7))
    peers = peers_of(names, setting.arcs, city.source, city.folder, report)
    try:
        ask(city, setting, peers, amount, report)
    finally:
        for peer in peers:
            peer.end()
    start_up(city, setting, peers, report)


def ask(city: City, setting: Setting, peers: list[Peer], amount: Amount, report: Report) -> None:
    agree(setting, peers)
    witnesses = " and ".join(peer.name for peer in peers if peer.can("field_ms") or peer.can("times_ms"))
    print(f"our times are those of {witnesses}")
    held_fleets(city.prefix, setting, peers, report, amount.questions)
    fleets_after_a_ping(city.prefix, setting, peers, report, amount.questions)
    fleets_given_anew(city.prefix, setting, peers, report, amount.questions)
    matrices(city.prefix, setting, peers, report, amount.questions // 4)
    fields(city.prefix, setting, peers, report, amount.questions // 2)
    fields_in_batches(city.prefix, setting, report, amount.questions // 8)
    paths(city.prefix, setting, peers, report, amount.questions // 2)
    few = {"osrm_ch": amount.rebuilds, "pandana": amount.rebuilds, "osrm_mld": 3, "valhalla": 3}
    closings(city.prefix, setting, peers, report, amount.closures, few)


if __name__ == "__main__":
    main()
