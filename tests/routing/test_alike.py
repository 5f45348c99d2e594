"""Hours at which the same holds share a metric, and no others do."""

import random

import numpy as np
import pytest

from routing import metric as metrics
from routing.build import from_osm_file
from routing.closures import NOTHING_CLOSED, in_area
from routing.hours import WEEK_H, read_hours
from routing.metric import Conditions, metric
from routing.profiles import PROFILES
from tests.routing.osmnx_twin import BAYREUTH, REPOSITORY, extract


@pytest.mark.extract
@pytest.mark.parametrize("name", ["kota-contoh", BAYREUTH])
def test_a_metric_of_another_hour_is_what_it_would_be_if_made_for_this_one(name: str) -> None:
    path = REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf" if name == "kota-contoh" else extract(name)
    network = from_osm_file(path)
    rng = random.Random(6)
    node = rng.randrange(network.node_count)
    lon, lat = float(network.node_lon[node]), float(network.node_lat[node])
    ring = [(lon - 4e-3, lat - 4e-3), (lon + 4e-3, lat - 4e-3), (lon + 4e-3, lat + 4e-3)]
    market = read_hours("Su 06:00-11:00")
    assert market is not None
    closures = NOTHING_CLOSED.with_closure(in_area(network, "market", ring, hours=market))
    for profile in (PROFILES["ambulance"], PROFILES["fire_engine"]):
        made = {id(metric(network, profile, Conditions(hour, closures))) for hour in range(WEEK_H)}
        assert 2 <= len(made) <= 40
        for hour in rng.sample(range(WEEK_H), 20):
            anew = metrics._make(network, profile, Conditions(hour, closures))
            found = metric(network, profile, Conditions(hour, closures))
            assert np.array_equal(found.arc_ms, anew.arc_ms)
            assert np.array_equal(found.streets.spot_along_ms, anew.streets.spot_along_ms)
            assert np.array_equal(found.streets.stretches.factor, anew.streets.stretches.factor)
