"""What the benchmark rests on: answers are compared before they are timed, and ratios are what they say."""

import json
import random
import time

import pytest

from routing.build import from_osm_file
from routing.network import RoadNetwork
from tests.bench.agreement import agree
from tests.bench.cities import REPOSITORY
from tests.bench.interleaved import OURS, Report
from tests.bench.peers.scipy_dijkstra import Scipy
from tests.bench.setting import Setting


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    return from_osm_file(REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf")


def test_our_times_are_those_of_scipy_before_and_after_a_closure(network: RoadNetwork) -> None:
    setting = Setting(network, random.Random(1))
    scipy = Scipy(setting.arcs)
    agree(setting, [scipy], questions=2)
    drawn = setting.closure()
    with pytest.raises(AssertionError, match="scipy has other times"):
        agree(setting, [scipy], drawn.conditions, questions=20)
    scipy.close(drawn)
    agree(setting, [scipy], drawn.conditions, questions=2)
    scipy.open(drawn)
    agree(setting, [scipy], questions=2)


def test_a_ratio_is_the_median_of_a_peer_divided_by_ours(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(random.Random(1), budget_s=0.05, least=2)
    report.work("nap", [{OURS: lambda: time.sleep(0.002), "slow": lambda: time.sleep(0.02)} for _ in range(10)])
    report.end()
    said = capsys.readouterr().out.splitlines()
    figures = json.loads(said[-1].removeprefix("BENCH "))
    assert figures["nap/slow"] == pytest.approx(10, rel=0.5)
    assert figures["nap_ms"] >= 2
    slow = next(line for line in said if " slow " in line)
    assert 2 <= int(slow.rpartition("n ")[2]) <= 3  # the budget holds no more of 20 ms each
