"""Random questions on real streets, however they are asked, get the answers of the slow twin.

A question is a unit, a scene, a profile and what is closed. 3,000 of them as a sample, 100,000 with GEO112_FULL=1, in
equal parts over five networks: the turn-aware twin searches once from a unit to a hundred scenes.
"""

import math
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from routing.access import Scene, as_scene, scene_near
from routing.build import from_osm_file
from routing.closures import NOTHING_CLOSED, Closure, ClosureError, Closures, in_area, on_line, on_street
from routing.fleet import fleet_at
from routing.matrix import travel_matrix
from routing.metric import Conditions
from routing.network import Floats, RoadNetwork
from routing.path import path_from_field
from routing.profiles import PROFILES, Profile
from routing.search import arrival_field, arrival_fields, soonest
from routing.snap import Snapped, place_on
from tests.routing.osmnx_twin import BANDUNG_TANGERANG, BAYREUTH, JAKARTA, LIECHTENSTEIN, REPOSITORY, extract
from tests.routing.turn_twin import Drive, TurnTwin

IS_FULL = os.environ.get("GEO112_FULL") == "1"
SCENES = 100
UNITS = 200 if IS_FULL else 6  # in each of five networks
LIMIT_S = 10.0**6


@dataclass(frozen=True)
class Questions:
    """One unit among others, and scenes."""

    network: RoadNetwork
    profile: Profile
    conditions: Conditions
    units: Sequence[Snapped]  # the first is the one that is asked about
    scenes: Sequence[Scene]

    @property
    def asked(self) -> tuple[Profile, float, Conditions]:
        return self.profile, LIMIT_S, self.conditions


def by_field(q: Questions) -> Floats:
    return np.array([arrival_field(q.network, scene, *q.asked).seconds_from(q.units[0]) for scene in q.scenes[:20]])


def by_fields_together(q: Questions) -> Floats:
    return np.array([field.seconds_from(q.units[0]) for field in arrival_fields(q.network, q.scenes, *q.asked)])


def by_matrix(q: Questions) -> Floats:
    return travel_matrix(q.network, q.scenes, q.units, *q.asked)[:, 0]


def by_fleet(q: Questions) -> Floats:
    fleet = fleet_at(q.network, q.units)
    all_of_them = [dict(fleet.soonest(scene, q.profile, None, *q.asked[1:])) for scene in q.scenes]
    first = [fleet.soonest(scene, q.profile, 3, *q.asked[1:]) for scene in q.scenes]
    for few, many in zip(first, all_of_them, strict=True):
        assert few == sorted(many.items(), key=lambda each: each[::-1])[:3]
    return np.array([each.get(0, math.inf) for each in all_of_them])


def by_one_unit_alone(q: Questions) -> Floats:
    found = [soonest(q.network, scene, q.units[:1], q.profile, 1, *q.asked[1:]) for scene in q.scenes]
    return np.array([each[0][1] if each else math.inf for each in found])


WAYS_TO_ASK: dict[str, Callable[[Questions], Floats]] = {
    "a field": by_field,
    "sixteen fields together": by_fields_together,
    "a matrix": by_matrix,
    "a fleet": by_fleet,
    "one unit": by_one_unit_alone,
}


@pytest.mark.extract
@pytest.mark.timeout(3600)  # Jakarta with all questions takes a quarter of an hour
@pytest.mark.parametrize("name", [JAKARTA, BANDUNG_TANGERANG, LIECHTENSTEIN, BAYREUTH, "kota-contoh"])
def test_random_questions_get_the_answers_of_the_twin_however_they_are_asked(name: str) -> None:
    path = REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf" if name == "kota-contoh" else extract(name)
    network = from_osm_file(path)
    rng = random.Random(name)
    profiles = list(PROFILES.values()) if IS_FULL else rng.sample(list(PROFILES.values()), 3)
    asked = reached = slowed = 0
    for profile in profiles:
        twin = TurnTwin(network, profile)
        open_streets = dict(twin.stretches)
        for _ in range(UNITS // len(profiles) + (profile is profiles[0]) * (UNITS % len(profiles))):
            closures = random_closures(network, rng)
            close(twin, open_streets, closures.stretches(network, profile, None))
            questions = draw(network, profile, Conditions(closures=closures), rng)
            expected = answers(twin, questions)
            for way, ask in WAYS_TO_ASK.items():
                found = ask(questions)
                np.testing.assert_allclose(found, expected[: len(found)], rtol=0, atol=0.001, err_msg=way)
            check_paths(twin, questions)
            asked += len(expected)
            reached += int(np.isfinite(expected).sum())
            slowed += len(closures.closures) > 0
    assert asked == UNITS * SCENES
    assert reached > asked / 2
    assert slowed, "nothing was closed"


def test_a_millisecond_too_many_in_the_twin_is_found() -> None:
    """The control: the comparison sees one street of a way that takes 2 ms more."""
    network = from_osm_file(REPOSITORY / "data" / "osm" / "kota-contoh.osm.pbf")
    rng, profile = random.Random(3), PROFILES["ambulance"]
    twin = TurnTwin(network, profile)
    questions = draw(network, profile, Conditions(), rng)
    expected = answers(twin, questions)
    number = next(i for i, seconds in enumerate(expected) if 120 < seconds < math.inf)
    way = path_from_field(arrival_field(network, questions.scenes[number], *questions.asked), questions.units[0])
    assert way is not None
    for edge in way.edges[1:-1]:
        drive: Drive = (edge.edge, edge.is_against)
        twin._whole[drive] = twin.whole_ms(drive) + 2
    assert abs(answers(twin, questions)[number] - expected[number]) > 0.001
    np.testing.assert_allclose(by_fields_together(questions), expected, rtol=0, atol=0.001)


def draw(network: RoadNetwork, profile: Profile, conditions: Conditions, rng: random.Random) -> Questions:
    """Draw scenes and units: most on streets of the largest part, some anywhere, off the road, or as neighbours."""
    part = network.largest_component(profile)
    inside = np.flatnonzero(part[network.tail] & part[network.head]).tolist()

    def place() -> Snapped:
        edge = rng.choice(inside) if rng.random() < 0.9 else rng.randrange(network.edge_count)
        return place_on(network, edge, rng.choice([0.0, 1.0]) if rng.random() < 0.1 else rng.random())

    units = [place() for _ in range(8)]
    scenes: list[Scene] = []
    while len(scenes) < SCENES:
        there = rng.random()
        if there < 0.1:  # on the unit's own street
            scenes.append(as_scene(place_on(network, units[0].edge, rng.random())))
        elif there < 0.3:
            lon, lat = place().point
            off = scene_near(network, lon + rng.uniform(-1e-3, 1e-3), lat + rng.uniform(-1e-3, 1e-3), profile)
            scenes += [off] if off is not None else []
        else:
            scenes.append(as_scene(place()))
    return Questions(network, profile, conditions, units, scenes)


def random_closures(network: RoadNetwork, rng: random.Random) -> Closures:
    """Close or slow what lies within outlines, along lines, and whole streets."""
    closures = NOTHING_CLOSED
    for number in range(rng.choice([0, 1, 5, 20])):
        point = rng.randrange(len(network.shape_lon) - 1)
        lon, lat, half = float(network.shape_lon[point]), float(network.shape_lat[point]), rng.uniform(1e-4, 3e-3)
        factor = rng.choice([0.0, 0.0, 0.5])
        kind = rng.random()
        try:
            closure: Closure
            if kind < 0.6:
                ring = [(lon - half, lat - half), (lon + half, lat - half / 3), (lon + half / 2, lat + half)]
                closure = in_area(network, str(number), ring, factor)
            elif kind < 0.8:
                closure = on_line(network, str(number), [(lon, lat), (lon + half, lat + half / 2)], 12.0, factor)
            else:
                street = int(network.piece_way_id[rng.randrange(len(network.piece_way_id))])
                closure = on_street(network, str(number), street, factor)
        except ClosureError:
            continue  # nothing under it
        closures = closures.with_closure(closure)
    return closures


def close(twin: TurnTwin, open_streets: dict[int, list[object]], stretches: object) -> None:
    """Let the twin know what is closed now, and forget what it worked out before."""
    twin.stretches.clear()
    twin.stretches.update(open_streets)  # type: ignore[arg-type]
    for stretch in zip(*(column.tolist() for column in stretches), strict=True):  # type: ignore[attr-defined]
        twin.stretches[stretch[0]].append(stretch)
    twin._whole.clear()


def answers(twin: TurnTwin, q: Questions) -> Floats:
    """Return what the twin says: the best access of each scene, with its walk."""
    accesses = [access for scene in q.scenes for access in scene.accesses]
    seconds = iter(twin.seconds(q.units[0], accesses))
    best = [min(next(seconds) + round(access.walk_s, 3) for access in scene.accesses) for scene in q.scenes]
    return np.array(best)


def check_paths(twin: TurnTwin, q: Questions) -> None:
    """Ways take what their fields say and drive nothing that is forbidden."""
    for scene in q.scenes[:5]:
        field = arrival_field(q.network, scene, *q.asked)
        path = path_from_field(field, q.units[0])
        if path is None:
            assert math.isinf(field.seconds_from(q.units[0]))
            continue
        assert path.seconds + path.walk_s == pytest.approx(field.seconds_from(q.units[0]), abs=1e-6)
        assert sum(edge.seconds for edge in path.edges) == pytest.approx(path.seconds)
        driven = [(edge.edge, edge.is_against) for edge in path.edges]
        for begin in range(len(driven)):
            assert twin.forbidden.isdisjoint(tuple(driven[begin:end]) for end in range(begin + 2, len(driven) + 1))
