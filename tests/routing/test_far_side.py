"""Scenes on the far side of an undivided arterial: who comes that way crosses the oncoming traffic, and it costs."""

import random
from pathlib import Path

import pytest
from shapely import LinearRing, LineString

from routing.access import BY_ALONG, BY_BACK, NEITHER, Scene, scene_near
from routing.build import from_osm_file
from routing.junctions import RANKS, SECONDARY
from routing.network import RoadNetwork
from routing.path import path_from_field
from routing.profiles import PROFILES
from routing.search import arrival_field, soonest
from routing.snap import Snapped, snap
from tests.routing.osm_text import write_osm
from tests.routing.osmnx_twin import NETWORKS, extract

AMBULANCE, WALKER = PROFILES["ambulance"], PROFILES["on_foot"]
PLACES = {1: (110.0, 0.0), 2: (110.01, 0.0), 3: (110.01, 0.005), 4: (110.0, 0.005), 5: (109.999, 0.0)}
MIDDLE = 110.005
METRE = 1 / 111_195  # degrees


def road(folder: Path, drives_left: bool = True, **tags: str) -> RoadNetwork:
    """Write a road from west to east, and two little streets at its western end."""
    ways = {1: ([1, 2], tags), 2: ([5, 1], {}), 3: ([4, 1], {})}
    return from_osm_file(write_osm(folder / "town.osm", ways, PLACES), drives_left=drives_left)


def seconds(network: RoadNetwork, unit_lon: float, metres_north: float, profile: str = "ambulance") -> float:
    """Return the drive, without the walk, from a place on the road to a scene beside its middle."""
    unit = snap(network, unit_lon, 0.0, PROFILES[profile])
    scene = scene_near(network, MIDDLE, metres_north * METRE, PROFILES[profile])
    assert unit is not None
    assert scene is not None
    field = arrival_field(network, scene, PROFILES[profile])
    path = path_from_field(field, unit)
    assert path is not None
    assert path.seconds + path.walk_s == pytest.approx(field.seconds_from(unit), abs=1e-6)
    assert soonest(network, scene, [unit], PROFILES[profile]) == [(0, field.seconds_from(unit))]
    return path.seconds


@pytest.mark.parametrize("unit_west", [109.9995, 110.002])  # on another street, and on the scene's own
@pytest.mark.parametrize(("highway", "cost_s"), [("primary", 7.5), ("trunk", 7.5), ("secondary", 6), ("tertiary", 0),
                                                 ("residential", 0)])  # fmt: skip
def test_coming_on_the_far_side_of_an_arterial_costs_by_its_class(
    highway: str, cost_s: float, unit_west: float, tmp_path: Path
) -> None:
    network = road(tmp_path, highway=highway)
    # Eastbound one drives on the northern half, on the left.
    on_own_side, beyond = seconds(network, unit_west, 10), seconds(network, unit_west, -10)
    assert beyond - on_own_side == pytest.approx(cost_s, abs=0.01)
    assert seconds(network, 110.008, 10) - seconds(network, 110.008, -10) == pytest.approx(cost_s, abs=0.01)


def test_where_one_drives_on_the_right_the_other_side_is_far(tmp_path: Path) -> None:
    network = road(tmp_path, drives_left=False, highway="primary")
    assert seconds(network, 110.002, 10) - seconds(network, 110.002, -10) == pytest.approx(7.5, abs=0.01)


def test_a_scene_on_the_road_itself_lies_on_neither_side(tmp_path: Path) -> None:
    network = road(tmp_path, highway="primary")
    assert seconds(network, 110.002, 3) == pytest.approx(seconds(network, 110.002, -3), abs=0.01)


def test_one_way_roads_and_walkers_have_no_far_side(tmp_path: Path) -> None:
    network = road(tmp_path, highway="primary", oneway="yes")
    assert seconds(network, 110.002, 10) == pytest.approx(seconds(network, 110.002, -10), abs=0.01)
    network = road(tmp_path, highway="primary")
    assert seconds(network, 110.002, 10, "on_foot") == pytest.approx(
        seconds(network, 110.002, -10, "on_foot"), abs=0.01
    )


def test_nobody_passes_by_to_turn_round_for_nothing(tmp_path: Path) -> None:
    """The scene lies 5 m before the eastern end: there and back would be sooner than to cross, if it cost nothing."""
    network = road(tmp_path, highway="primary")
    scene = scene_near(network, 110.01 - 5 * METRE, -10 * METRE, AMBULANCE)
    unit = snap(network, 109.9995, 0.0, AMBULANCE)
    assert scene is not None
    assert unit is not None
    path = path_from_field(arrival_field(network, scene, AMBULANCE), unit)
    assert path is not None
    assert path.length_m == pytest.approx((110.01 - 109.9995) / METRE - 5, abs=0.5)


def test_a_way_round_the_block_is_driven_where_it_is_sooner_than_crossing(tmp_path: Path) -> None:
    """A street beside the road leads to its other end, from which one comes to the scene's own side."""
    places = {**PLACES, 6: (110.005, -0.0003), 7: (110.006, 0.0)}
    ways = {
        1: ([1, 7, 2], {"highway": "primary", "maxspeed": "80"}),
        2: ([5, 1], {}),
        3: ([1, 6, 7], {"highway": "tertiary", "maxspeed": "100"}),
    }
    network = from_osm_file(write_osm(tmp_path / "town.osm", ways, places), drives_left=True)
    scene = scene_near(network, 110.0059, -8 * METRE, AMBULANCE)
    unit = snap(network, 109.9995, 0.0, AMBULANCE)
    assert scene is not None
    assert unit is not None
    path = path_from_field(arrival_field(network, scene, AMBULANCE), unit)
    assert path is not None
    assert [edge.is_against for edge in path.edges] == [False] * len(path.edges)
    assert int(network.node_osm_id[network.head[path.edges[1].edge]]) == 7


@pytest.mark.parametrize("name", NETWORKS)
def test_the_side_of_random_scenes_is_that_of_the_lines_around_them(name: str) -> None:
    network, rng = from_osm_file(extract(name)), random.Random(name)
    lines: dict[int, LineString] = {}
    checked = {BY_ALONG: 0, BY_BACK: 0, NEITHER: 0}
    while checked[BY_ALONG] + checked[BY_BACK] < 200:
        piece = rng.randrange(len(network.piece_kind))
        street = int(network.piece_start.searchsorted(piece, side="right")) - 1
        point = rng.randrange(int(network.shape_start[street]), int(network.shape_start[street + 1]))
        if RANKS.get(network.kinds[network.piece_kind[piece]]["highway"], 0) < SECONDARY and rng.random() < 0.9:
            continue
        lon, lat = (float(each[point]) + rng.uniform(-2e-4, 2e-4) for each in (network.shape_lon, network.shape_lat))
        for access in (scene_near(network, lon, lat, AMBULANCE) or Scene(None, ())).accesses:  # type: ignore[arg-type]
            place: Snapped = access.place
            line = lines.setdefault(place.edge, network.edge_line(place.edge))
            on_line = place.fraction * line.length
            # A metre before and behind the place; where the street bends in between or ends, its side is not so clear.
            around = [line.interpolate(max(on_line + step, 0.0)) for step in (-9e-6, 9e-6)]
            is_straight = abs(around[0].distance(around[1]) - 18e-6) < 1e-9
            if access.far_way == NEITHER:
                checked[NEITHER] += 1
                continue
            assert access.road_rank >= SECONDARY
            assert place.reverse_edge is not None
            assert place.distance_m >= 4.0
            if is_straight:
                lies_left = LinearRing([around[0], around[1], (lon, lat)]).is_ccw
                assert access.far_way == (BY_BACK if lies_left == network.drives_left else BY_ALONG)
                checked[access.far_way] += 1
    assert min(checked.values()) > 20
