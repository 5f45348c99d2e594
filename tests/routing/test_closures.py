"""Closures and slow zones: what they cover counts at once, for whom and when they say; nothing else changes."""

import math
import random
from pathlib import Path

import numpy as np
import pytest

from routing.build import from_osm_file
from routing.closures import NOTHING_CLOSED, Closure, ClosureError, Closures, in_area, on_line, on_street
from routing.hours import read_hours
from routing.metric import Conditions, metric
from routing.network import ForeignNetworkError, RoadNetwork
from routing.path import shortest_path
from routing.profiles import PROFILES
from routing.search import arrival_field, soonest
from routing.snap import Snapped, place_on
from tests.routing.osm_text import write_osm
from tests.routing.osmnx_twin import REPOSITORY
from tests.routing.test_hierarchy import unfolded

S = 0.001
# A street eastwards (way 1, 1–2–3), and a way round it to the north (way 2).
PLACES = {1: (110.0, 0.0), 2: (110.0 + S, 0.0), 3: (110.0 + 2 * S, 0.0), 4: (110.0, S), 5: (110.0 + 2 * S, S),
          6: (110.0 - S, 0.0), 7: (110.0 + 3 * S, 0.0)}  # fmt: skip
WAYS = {
    1: ([1, 2, 3], {"name": "Jalan Braga"}),
    2: ([1, 4, 5, 3], {"name": "Jalan Naripan"}),
    3: ([6, 1], {}),
    4: ([3, 7], {}),
}
MIDDLE = [(110.0 + 0.9 * S, -S), (110.0 + 1.1 * S, -S), (110.0 + 1.1 * S, S / 2), (110.0 + 0.9 * S, S / 2)]


@pytest.fixture
def network(tmp_path: Path) -> RoadNetwork:
    return from_osm_file(write_osm(tmp_path / "town.osm", WAYS, PLACES))


def on(network: RoadNetwork, way: int, fraction: float = 0.5) -> Snapped:
    edge = next(e for e in network.street_edge.tolist() if network.edge_pieces(e)[0].way_id == way)
    return place_on(network, edge, fraction)


def streets(network: RoadNetwork, closures: Closures, profile: str = "ambulance", hour: int | None = None) -> list[int]:
    """Drive from the west to the east; return the ways."""
    conditions = Conditions(hour=hour, closures=closures)
    path = shortest_path(network, on(network, 3), on(network, 4), PROFILES[profile], conditions=conditions)
    assert path is not None
    return [network.edge_pieces(each.edge)[0].way_id for each in path.edges]


def test_what_is_closed_is_driven_round_from_the_next_query_on(network: RoadNetwork) -> None:
    assert streets(network, NOTHING_CLOSED) == [3, 1, 4]
    closed = NOTHING_CLOSED.with_closure(in_area(network, "flood", MIDDLE))
    assert streets(network, closed) == [3, 2, 4]
    assert streets(network, closed.without("flood")) == [3, 1, 4]
    across = on_line(network, "tree", [(110.0 + S, -S), (110.0 + S, S / 2)])
    assert streets(network, NOTHING_CLOSED.with_closure(across)) == [3, 2, 4]
    assert streets(network, NOTHING_CLOSED.with_closure(on_street(network, "works", "jalan braga"))) == [3, 2, 4]
    assert streets(network, NOTHING_CLOSED.with_closure(on_street(network, "works", 1))) == [3, 2, 4]


def test_both_sides_of_a_closed_part_stay_in_reach(network: RoadNetwork) -> None:
    conditions = Conditions(closures=NOTHING_CLOSED.with_closure(in_area(network, "flood", MIDDLE)))
    field = arrival_field(network, on(network, 1, 0.6), PROFILES["ambulance"], conditions=conditions)
    assert field.seconds_from(on(network, 1, 0.56)) < 1
    free = arrival_field(network, on(network, 1, 0.6), PROFILES["ambulance"])
    assert field.seconds_from(on(network, 1, 0.4)) > free.seconds_from(on(network, 1, 0.4)) + 20
    assert math.isinf(field.seconds_from(on(network, 1, 0.5)))  # in the water itself
    assert (
        soonest(network, on(network, 1, 0.6), [on(network, 1, 0.5)], PROFILES["ambulance"], conditions=conditions) == []
    )


def test_a_slow_zone_slows_by_its_factor_and_the_slowest_of_several_counts(network: RoadNetwork) -> None:
    def driven_s(*closures: Closure) -> float:
        conditions = Conditions(closures=Closures(closures))
        field = arrival_field(network, on(network, 1, 0.8), PROFILES["police_car"], conditions=conditions)
        return field.seconds_from(on(network, 1, 0.2))

    free_s = driven_s()
    whole = driven_s(on_street(network, "fair", "Jalan Braga", factor=0.5))
    assert whole == pytest.approx(2 * free_s, abs=0.002)
    part = in_area(network, "market", MIDDLE, factor=0.25)  # a tenth of the street, a sixth of this drive
    assert driven_s(part) == pytest.approx(free_s * (5 / 6 + 4 / 6), rel=1e-3)
    assert driven_s(part, on_street(network, "fair", "Jalan Braga", factor=0.5)) == pytest.approx(
        free_s * (2 * 5 / 6 + 4 / 6), rel=1e-3
    )


def test_a_flood_that_a_lorry_passes_and_a_motorcycle_does_not(network: RoadNetwork) -> None:
    flood = NOTHING_CLOSED.with_closure(in_area(network, "flood", MIDDLE, profiles=["motorcycle", "ambulance"]))
    assert streets(network, flood, "fire_engine") == [3, 1, 4]
    assert streets(network, flood, "motorcycle") == streets(network, flood, "ambulance") == [3, 2, 4]


def test_a_closure_counts_in_its_hours_and_where_no_hour_is_known(network: RoadNetwork) -> None:
    hours = read_hours("Su 06:00-11:00")
    assert hours is not None
    car_free_day = NOTHING_CLOSED.with_closure(on_street(network, "car free day", "Jalan Braga", hours=hours))
    assert streets(network, car_free_day, hour=6 * 24 + 7) == [3, 2, 4]
    assert streets(network, car_free_day, hour=5 * 24 + 7) == [3, 1, 4]
    assert streets(network, car_free_day) == [3, 2, 4]


def test_only_arcs_of_covered_streets_change_and_a_closure_of_the_same_id_replaces(network: RoadNetwork) -> None:
    closures = NOTHING_CLOSED.with_closure(on_street(network, "x", "Jalan Naripan")).with_closure(
        on_street(network, "x", "Jalan Braga")
    )
    assert len(closures.closures) == 1
    before, after = (metric(network, PROFILES["ambulance"], Conditions(closures=c)) for c in (NOTHING_CLOSED, closures))
    changed = set(after.graph.arc_drive[before.arc_ms != after.arc_ms].tolist())
    ways = {network.edge_pieces(int(after.graph.drives.edge[drive]))[0].way_id for drive in changed}
    assert ways == {1}
    assert metric(network, PROFILES["ambulance"], Conditions(closures=closures)) is after


def test_closures_added_one_by_one_are_what_they_are_when_drawn_at_once() -> None:
    city = from_osm_file(REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf")
    rng = random.Random(4)
    closures = NOTHING_CLOSED
    metrics = []  # kept, as by the fields of open incidents
    for number in range(12):
        node, half = rng.randrange(city.node_count), rng.uniform(1e-3, 6e-3)
        lon, lat = float(city.node_lon[node]), float(city.node_lat[node])
        ring = [(lon + a * half, lat + b * half) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        factor, profiles = rng.choice([0.0, 0.0, 0.4]), rng.choice([None, {"motorcycle"}])
        closures = closures.with_closure(in_area(city, f"closed {number % 9}", ring, factor, profiles))
        for name in ("ambulance", "motorcycle"):
            found = metric(city, PROFILES[name], Conditions(closures=closures))
            anew = metric(city, PROFILES[name], Conditions(closures=Closures(closures.closures)))
            metrics.append(found)
            assert np.array_equal(found.arc_ms, anew.arc_ms)
            for links, expected in zip(unfolded(found.links), unfolded(anew.links), strict=True):
                assert np.array_equal(links, expected)
    kept = [one.arc_ms is not other.arc_ms for one, other in zip(metrics, metrics[2:], strict=False)]
    assert all(kept), "no metric is written over"


@pytest.mark.parametrize(
    ("outline", "words"),
    [
        ([MIDDLE[0], MIDDLE[2], MIDDLE[1], MIDDLE[3]], "crosses itself"),
        ([MIDDLE[0], MIDDLE[1]], "at least 3"),
        ([MIDDLE[0], MIDDLE[0], MIDDLE[0], MIDDLE[1]], "at least 3"),
        ([(110.0, 0.0), (110.0, S / 4), (110.0, S / 2)], "encloses nothing"),
        ([(math.nan, 0.0), *MIDDLE], "not a number"),
        ([(math.inf, 0.0), *MIDDLE], "not a number"),
        ([(lat, lon) for lon, lat in MIDDLE], "swapped"),
        ([(lon + 1, lat) for lon, lat in MIDDLE], "outside"),
        ([(lon, lat + 0.6 * S) for lon, lat in [(110.001, 0.0), (110.0011, 0.0), (110.0011, 0.0001)]], "no road"),
        ([], "at least 3"),
    ],
)
def test_an_outline_that_cannot_be_meant_is_refused(
    network: RoadNetwork, outline: list[tuple[float, float]], words: str
) -> None:
    closures = NOTHING_CLOSED.with_closure(on_street(network, "other", "Jalan Naripan"))
    with pytest.raises(ClosureError, match=words) as caught:
        closures.with_closure(in_area(network, "wrong", outline))
    assert "\n" not in str(caught.value)
    assert [each.closure_id for each in closures.closures] == ["other"]


def test_coordinates_swapped_within_the_range_of_degrees_are_recognized(tmp_path: Path) -> None:
    places = {1: (10.0, 50.0), 2: (10.001, 50.0)}
    network = from_osm_file(write_osm(tmp_path / "north.osm", {1: ([1, 2], {})}, places))
    with pytest.raises(ClosureError, match="swapped"):
        on_line(network, "wrong", [(50.0, 10.0), (50.0, 10.001)])


@pytest.mark.parametrize("factor", [1.0, 2.0, -0.1, math.nan])
def test_a_factor_that_neither_closes_nor_slows_is_refused(network: RoadNetwork, factor: float) -> None:
    with pytest.raises(ClosureError):
        on_street(network, "wrong", "Jalan Braga", factor=factor)
    with pytest.raises(ClosureError):
        on_line(network, "wrong", MIDDLE, within_m=math.inf)


def test_an_unknown_street_is_refused(network: RoadNetwork) -> None:
    with pytest.raises(ClosureError, match="Jalan Dago"):
        on_street(network, "wrong", "Jalan Dago")


def test_a_closure_of_another_network_is_refused(network: RoadNetwork, tmp_path: Path) -> None:
    other = from_osm_file(write_osm(tmp_path / "other.osm", {1: ([1, 2], {"name": "Jalan Braga"})}, PLACES))
    closures = NOTHING_CLOSED.with_closure(on_street(other, "there", "Jalan Braga"))
    with pytest.raises(ForeignNetworkError):
        arrival_field(network, on(network, 3), PROFILES["ambulance"], conditions=Conditions(closures=closures))
