"""Arrival times with turns, junctions, gates and closures equal the slow twin's, on made-up and on real streets."""

import math
import os
import random
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing.access import Access, Scene
from routing.build import NoRoadsError, from_osm_file
from routing.closures import NOTHING_CLOSED, Closures, in_area
from routing.junctions import undivided_rank
from routing.metric import Conditions
from routing.network import RoadNetwork
from routing.path import path_from_field
from routing.profiles import PROFILES, Profile
from routing.search import arrival_field, soonest
from routing.snap import Snapped, place_on
from tests.routing.osm_text import Turn, turn, write_osm
from tests.routing.turn_twin import TurnTwin

TIMES = 20 if os.environ.get("GEO112_FULL") == "1" else 1  # as many made-up towns and real origins
CLASSES = [
    "residential", "residential", "tertiary", "secondary", "primary", "footway", "unclassified",
    "service", "living_street",
]  # fmt: skip
WIDTHS = [{}, {}, {}, {"width": "4"}, {"width": "7.5"}]
LIMITS = [{}, {}, {}, {"maxspeed:forward": "60", "maxspeed:backward": "20"}, {"maxspeed:backward": "30"}]
FLOWS = [
    {}, {}, {}, {}, {"oneway:conditional": "yes @ (07:00-09:00)"}, {"oneway:conditional": "no @ (07:00-09:00)"},
    {"oneway:conditional": "-1 @ (07:00-10:00); no @ (09:00-10:00)"},
]  # fmt: skip
HOURS = [None, 7, 9, 12]
SPOTS = [
    {"highway": "traffic_signals"}, {"highway": "give_way"}, {"highway": "stop", "direction": "forward"},
    {"railway": "level_crossing"}, {"barrier": "gate"}, {"barrier": "bollard"}, {"barrier": "gate", "access": "no"},
]  # fmt: skip


def grid_town(rng: random.Random, folder: Path) -> Path:
    """Write a small grid of short streets with gaps, one-way streets, things that stand about, and restrictions."""
    columns, rows = 4, 3
    step = rng.choice([0.0001, 0.0003, 0.001])  # 11, 33 and 111 m: there and back within a U-turn's time, or not
    places = {
        10 * row + column: (
            110 + step * (column + rng.uniform(-0.3, 0.3)), -5 + step * (row + rng.uniform(-0.3, 0.3))
        )
        for row in range(rows) for column in range(columns)
    }  # fmt: skip
    pairs = [(a, b) for a in places for b in (a + 1, a + 10) if b in places and rng.random() < 0.85]
    ways = {}
    for way, (a, b) in enumerate(pairs, start=1):
        middle = 1000 + way
        places[middle] = tuple((p + q) / 2 for p, q in zip(places[a], places[b], strict=True))  # type: ignore[assignment]
        tags = {"highway": rng.choice(CLASSES), "oneway": rng.choice(["", "", "", "yes", "-1"])}
        tags |= rng.choice(LIMITS) | rng.choice(FLOWS) | rng.choice(WIDTHS)
        if rng.random() < 0.08:
            tags |= {"junction": "roundabout"}
        ways[way] = ([a, middle, b] if rng.random() < 0.5 else [a, b], tags)
    node_tags = {node: rng.choice(SPOTS) for node in places if rng.random() < 0.2}
    turns: list[Turn] = []
    for _ in range(rng.randint(0, 6)):
        node = rng.choice(list(places))
        here = [way for way, (nodes, _) in ways.items() if node in (nodes[0], nodes[-1])]
        if not here:
            continue
        kind, extra = rng.choice(["no_left_turn", "only_straight_on"]), rng.choice([{}, {}, {"except": "emergency"}])
        first, second = rng.choice(here), rng.choice(here)
        if rng.random() < 0.5:
            turns.append(turn(kind, first, node, second, **extra))
            continue
        beyond = ways[second][0][-1] if ways[second][0][0] == node else ways[second][0][0]
        there = [way for way, (nodes, _) in ways.items() if beyond in (nodes[0], nodes[-1])]
        turns.append(turn(kind, first, second, rng.choice(there), via_kind="way", **extra))
    return write_osm(folder / "town.osm", ways, places, node_tags=node_tags, turns=turns)


def tangled_town(rng: random.Random, folder: Path) -> Path:
    """Write ways that meet, double, loop and end blindly, with restrictions most of which make no sense."""
    ways = {
        way: (
            [rng.randint(1, 9) for _ in range(rng.randint(2, 6))],
            {"highway": rng.choice(CLASSES), "oneway": rng.choice(["", "", "yes", "-1"])}
            | rng.choice(LIMITS)
            | rng.choice(FLOWS),
        )
        for way in range(1, rng.randint(2, 8))
    }
    nodes = sorted({node for refs, _ in ways.values() for node in refs})
    step = rng.choice([0.0001, 0.0003, 0.001])
    places = {
        node: (110 + step * (node % 3 + rng.uniform(-0.3, 0.3)), -5 + step * (node // 3 + rng.uniform(-0.3, 0.3)))
        for node in nodes
    }
    turns = []
    for _ in range(rng.randint(0, 10)):
        kind = rng.choice(["no_left_turn", "only_straight_on", "no_u_turn"])
        first, via, second = (rng.choice(list(ways)) for _ in range(3))
        if rng.random() < 0.5:
            turns.append(turn(kind, first, rng.choice(ways[first][0]), second))
        else:
            turns.append(turn(kind, first, via, second, via_kind="way"))
    node_tags = {node: rng.choice(SPOTS) for node in nodes if rng.random() < 0.2}
    return write_osm(folder / "town.osm", ways, places, node_tags=node_tags, turns=turns)


def random_closures(network: RoadNetwork, rng: random.Random, size_deg: float) -> Closures:
    """Close or slow some small squares around points of streets."""
    closures = NOTHING_CLOSED
    for number in range(rng.randint(0, 2)):
        point = rng.randrange(len(network.shape_lon))
        lon, lat = float(network.shape_lon[point]), float(network.shape_lat[point])
        half = size_deg * rng.uniform(0.1, 1)
        square = [
            (lon - half, lat - half),
            (lon + half, lat - half),
            (lon + half, lat + half),
            (lon - half, lat + half),
        ]
        closures = closures.with_closure(in_area(network, str(number), square, factor=rng.choice([0.0, 0.0, 0.4])))
    return closures


def beside(network: RoadNetwork, place: Snapped, rng: random.Random) -> Access:
    """Return a place as a scene's access, on the far side for either drive where the road is an undivided arterial."""
    street = int(network.street[place.edge])
    pieces = slice(network.piece_start[street], network.piece_start[street + 1])
    rank = int(undivided_rank(network)[pieces].max())
    return Access(place, 0.0, rng.choice([-1, 0, 1]), rank) if rank >= 2 else Access(place, 0.0)


def assert_same_as_twin(
    network: RoadNetwork,
    profile: Profile,
    closures: Closures,
    origin: Snapped,
    scenes: list[Access],
    hour: int | None = None,
) -> int:
    """Compare one origin with many scenes; return how many of them can be reached."""
    stretches = closures.stretches(network, profile, hour)
    twin = TurnTwin(network, profile, zip(*(column.tolist() for column in stretches), strict=True), hour)
    conditions = Conditions(hour, closures)
    reached = 0
    for scene, theirs_s in zip(scenes, twin.seconds(origin, scenes), strict=True):
        at_the_kerb = Scene(scene.place.point, (scene,))
        field = arrival_field(network, at_the_kerb, profile, limit_s=1e6, conditions=conditions)
        ours_s = field.seconds_from(origin)
        assert ours_s == pytest.approx(theirs_s, abs=0.001)
        ranked = soonest(network, at_the_kerb, [origin], profile, k=1, limit_s=1e6, conditions=conditions)
        path = path_from_field(field, origin)
        if math.isinf(ours_s):
            assert (ranked, path) == ([], None)
            continue
        reached += 1
        assert ranked == [(0, ours_s)]
        assert path is not None
        assert sum(edge.seconds for edge in path.edges) == pytest.approx(ours_s)
        driven = [(edge.edge, edge.is_against) for edge in path.edges]
        for begin in range(len(driven)):
            assert twin.forbidden.isdisjoint(tuple(driven[begin:end]) for end in range(begin + 2, len(driven) + 1))
    return reached


@settings(max_examples=400 * TIMES, deadline=None)
@given(
    st.sampled_from([grid_town, tangled_town]),
    st.sampled_from(list(PROFILES.values())),
    st.randoms(use_true_random=False),
)
def test_any_small_town_gives_the_times_of_the_twin(
    town: Callable[[random.Random, Path], Path], profile: Profile, rng: random.Random
) -> None:
    with TemporaryDirectory() as folder:
        try:
            network = from_osm_file(town(rng, Path(folder)), drives_left=rng.random() < 0.5)
        except NoRoadsError:
            assume(False)
    places = [place_on(network, rng.randrange(network.edge_count), rng.uniform(0.0, 1.0)) for _ in range(8)]
    scenes = [beside(network, place, rng) for place in places[1:]]
    closures = random_closures(network, rng, 0.0002)
    assert_same_as_twin(network, profile, closures, places[0], scenes, rng.choice(HOURS))
