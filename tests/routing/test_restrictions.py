"""Turn restrictions, one kind at a time: the forbidden way is not driven, and would be if it were not forbidden."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from routing.build import from_osm_file
from routing.metric import Conditions
from routing.network import RoadNetwork
from routing.path import Path as Way
from routing.path import shortest_path
from routing.prepared import search_graph
from routing.profiles import PROFILES, Profile
from routing.snap import place_on
from tests.routing.osm_text import Turn, turn, write_osm
from tests.routing.osmnx_twin import BAYREUTH, LIECHTENSTEIN, extract

AMBULANCE, FIRE_ENGINE, MOTORCYCLE = (PROFILES[name] for name in ("ambulance", "fire_engine", "motorcycle"))
MONDAY_8, MONDAY_12 = 8, 12
S = 0.001
# A crossing 5 with arms to the west (1), north (2), east (3) and south (4); each pair of neighbouring arms is joined by
# a long way round, so that a forbidden turn has another way. Arms are ways 1 to 4, named by their far end.
PLACES = {
    5: (110.0, -5.0), 1: (110.0 - S, -5.0), 2: (110.0, -5.0 + S), 3: (110.0 + S, -5.0), 4: (110.0, -5.0 - S),
    12: (110.0 - 3 * S, -5.0 + 3 * S), 23: (110.0 + 3 * S, -5.0 + 3 * S), 34: (110.0 + 3 * S, -5.0 - 3 * S),
    41: (110.0 - 3 * S, -5.0 - 3 * S),
}  # fmt: skip
WAYS: Mapping[int, tuple[Sequence[int], Mapping[str, str]]] = {
    1: ([1, 5], {}), 2: ([2, 5], {}), 3: ([3, 5], {}), 4: ([4, 5], {}),
    12: ([1, 12, 2], {}), 23: ([2, 23, 3], {}), 34: ([3, 34, 4], {}), 41: ([4, 41, 1], {}),
}  # fmt: skip


def crossing(folder: Path, *turns: Turn, ways: Mapping[int, object] = {}) -> RoadNetwork:
    return from_osm_file(write_osm(folder / "crossing.osm", {**WAYS, **ways}, PLACES, turns=turns))  # type: ignore[arg-type]


def edge(network: RoadNetwork, way: int) -> int:
    """Return the edge of a way in the order of its points."""
    nodes = WAYS[way][0]
    ids = network.node_osm_id
    edges = [e for e in range(network.edge_count) if network.edge_pieces(e)[0].way_id == way]
    return next(e for e in edges if (ids[network.tail[e]], ids[network.head[e]]) == (nodes[0], nodes[-1]))


def drive(
    network: RoadNetwork, from_way: int, to_way: int, profile: Profile = AMBULANCE, hour: int | None = None
) -> list[int]:
    """Drive from the middle of one arm to the middle of another; return the ways in order, one for each edge."""
    way = path(network, from_way, to_way, profile, hour)
    return [network.edge_pieces(each.edge)[0].way_id for each in way.edges]


def path(network: RoadNetwork, from_way: int, to_way: int, profile: Profile, hour: int | None = None) -> Way:
    origin, scene = (place_on(network, edge(network, way), 0.5) for way in (from_way, to_way))
    found = shortest_path(network, origin, scene, profile, conditions=Conditions(hour=hour))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kind", "to_way"),
    [("no_left_turn", 2), ("no_straight_on", 3), ("no_right_turn", 4), ("no_entry", 3), ("no_exit", 2)],
)
def test_a_forbidden_turn_is_not_driven_and_all_others_are(tmp_path: Path, kind: str, to_way: int) -> None:
    network = crossing(tmp_path, turn(kind, 1, 5, to_way))
    assert network.restriction_counts["kept"] == 1
    assert [1, to_way] not in [drive(network, 1, to_way)]
    assert drive(network, 1, to_way, replace(AMBULANCE, obeys_restrictions=False)) == [1, to_way]
    for other in {2, 3, 4} - {to_way}:
        assert drive(network, 1, other) == [1, other]
        assert drive(network, other, to_way) == [other, to_way]
    assert drive(network, to_way, 1) == [to_way, 1]  # the other way round was not forbidden


@pytest.mark.parametrize(("kind", "to_way"), [("only_left_turn", 2), ("only_straight_on", 3), ("only_right_turn", 4)])
def test_a_turn_that_is_demanded_forbids_the_others(tmp_path: Path, kind: str, to_way: int) -> None:
    network = crossing(tmp_path, turn(kind, 1, 5, to_way))
    assert drive(network, 1, to_way) == [1, to_way]
    for other in {2, 3, 4} - {to_way}:
        assert drive(network, 1, other) != [1, other]
        assert drive(network, 1, other, replace(AMBULANCE, obeys_restrictions=False)) == [1, other]
        assert drive(network, to_way, other) == [to_way, other]


def test_a_forbidden_u_turn_leads_round_the_block(tmp_path: Path) -> None:
    # A dual carriageway with a gap: 61 goes east, 62 comes back, and 63 joins them.
    places = {1: (110.0, -5.0), 2: (110.002, -5.0), 3: (110.004, -5.0), 4: (110.004, -4.9998), 5: (110.002, -4.9998),
              6: (110.0, -4.9998), 7: (110.008, -5.0), 8: (110.008, -4.9998)}  # fmt: skip
    ways = {
        61: ([1, 2, 3], {"oneway": "yes"}), 64: ([3, 7], {"oneway": "yes"}), 62: ([4, 5, 6], {"oneway": "yes"}),
        65: ([8, 4], {"oneway": "yes"}), 63: ([3, 4], {}), 66: ([7, 8], {}), 67: ([1, 6], {}),
    }  # fmt: skip
    no_return = turn("no_u_turn", 61, 63, 62, via_kind="way")

    def driven(turns: Sequence[Turn]) -> list[int]:
        network = from_osm_file(write_osm(tmp_path / "dual.osm", ways, places, turns=turns))
        keeps_flow = replace(AMBULANCE, against_flow_kmh=0.0)
        ends = [
            next(e for e in range(network.edge_count) if network.edge_pieces(e)[0].way_id == way) for way in (61, 62)
        ]
        found = shortest_path(network, *(place_on(network, end, 0.5) for end in ends), keeps_flow)  # type: ignore[misc]
        assert found is not None
        return [network.edge_pieces(each.edge)[0].way_id for each in found.edges]

    assert driven([]) == [61, 63, 62]
    assert driven([no_return]) == [61, 64, 66, 65, 62]
    assert driven([turn("only_straight_on", 61, 3, 64)]) == [61, 64, 66, 65, 62]


def test_a_way_via_several_ways_is_forbidden_only_to_who_comes_that_way(tmp_path: Path) -> None:
    # West arm, then the north arm and half of the way round to the east, then on: forbidden as a whole.
    no_short_cut = Turn(
        {"restriction": "no_straight_on"},
        [("from", "way", 1), ("via", "way", 2), ("via", "way", 23), ("to", "way", 34)],
    )
    closed = {3: ([3, 5], {"access": "no"}), 12: ([1, 12, 2], {"access": "no"})}
    network = crossing(tmp_path, no_short_cut, ways=closed)
    assert network.restriction_counts["kept"] == 1
    assert drive(network, 1, 34) == [1, 4, 34]
    longer = {**closed, 4: ([4, 5], {"maxspeed": "1"}), 41: ([4, 41, 1], {"access": "no"})}
    free, bound = crossing(tmp_path, ways=longer), crossing(tmp_path, no_short_cut, ways=longer)
    assert drive(free, 1, 34) == [1, 2, 23, 34]
    assert drive(bound, 1, 34) != [1, 2, 23, 34]
    assert drive(bound, 1, 23) == [1, 2, 23]
    assert drive(bound, 2, 34) == [2, 23, 34]


def test_an_only_restriction_via_a_way_binds_those_who_have_entered_it(tmp_path: Path) -> None:
    network = crossing(tmp_path, turn("only_straight_on", 1, 2, 12, via_kind="way"))
    assert drive(network, 1, 3) == [1, 3]  # nobody has to enter the via way
    assert drive(network, 1, 23) != [1, 2, 23]
    assert drive(network, 3, 23) == [3, 23] or drive(network, 5 - 1, 23) == [4, 2, 23]


@pytest.mark.parametrize(
    ("exception", "free"),
    [
        ("emergency", {"ambulance", "fire_engine", "motorcycle"}),
        ("motorcycle", {"motorcycle"}),
        ("hgv;psv", {"fire_engine"}),
        ("psv", set()),
        ("bicycle", set()),
    ],
)
def test_an_excepted_class_may_turn(tmp_path: Path, exception: str, free: set[str]) -> None:
    network = crossing(tmp_path, turn("no_left_turn", 1, 5, 2, **{"except": exception}))
    may = {p.name for p in (AMBULANCE, FIRE_ENGINE, MOTORCYCLE) if drive(network, 1, 2, p) == [1, 2]}
    assert may == free


def test_a_restriction_for_one_class_binds_that_class(tmp_path: Path) -> None:
    only_lorries = Turn({"restriction:hgv": "no_left_turn"}, [("from", "way", 1), ("via", "node", 5), ("to", "way", 2)])
    network = crossing(tmp_path, only_lorries)
    assert drive(network, 1, 2, FIRE_ENGINE) != [1, 2]
    assert drive(network, 1, 2, AMBULANCE) == [1, 2]


def test_a_conditional_restriction_binds_in_its_hours_and_when_the_hour_is_not_known(tmp_path: Path) -> None:
    conditional = {"restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"}
    network = crossing(tmp_path, Turn(conditional, [("from", "way", 1), ("via", "node", 5), ("to", "way", 2)]))
    assert drive(network, 1, 2, hour=MONDAY_8) != [1, 2]
    assert drive(network, 1, 2, hour=MONDAY_12) == [1, 2]
    assert drive(network, 1, 2, hour=5 * 24 + 8) == [1, 2]  # on a Saturday
    assert drive(network, 1, 2) != [1, 2]


def test_several_from_or_to_members_are_all_meant(tmp_path: Path) -> None:
    members = [("from", "way", 1), ("from", "way", 3), ("via", "node", 5), ("to", "way", 2)]
    network = crossing(tmp_path, Turn({"restriction": "no_entry"}, members))
    assert drive(network, 1, 2) != [1, 2]
    assert drive(network, 3, 2) != [3, 2]
    assert drive(network, 4, 2) == [4, 2]


@pytest.mark.parametrize(
    ("members", "fate"),
    [
        ([("from", "way", 1), ("via", "node", 5)], "incomplete"),
        ([("from", "way", 1), ("via", "node", 5), ("to", "way", 99)], "incomplete"),
        ([("from", "way", 1), ("via", "node", 99), ("to", "way", 2)], "incomplete"),
        ([("from", "way", 1), ("via", "node", 5), ("to", "way", 23)], "unclear"),  # does not touch the via
        ([("from", "way", 12), ("via", "node", 12), ("to", "way", 12)], "unclear"),  # goes on beyond it
        ([("from", "way", 1), ("via", "way", 3), ("to", "way", 41)], "unclear"),
    ],
)
def test_what_a_relation_leaves_open_is_counted_and_not_guessed(
    tmp_path: Path, members: list[tuple[str, str, int]], fate: str
) -> None:
    network = crossing(tmp_path, Turn({"restriction": "no_left_turn"}, members))
    assert network.restriction_counts == {
        "kept": 0,
        "incomplete": 0,
        "unclear": 0,
        "idle": 0,
        "inside_street": 0,
        fate: 1,
    }
    assert len(network.order_restriction) == 0


def test_a_turn_against_a_one_way_street_is_forbidden_anyway(tmp_path: Path) -> None:
    network = crossing(tmp_path, turn("no_left_turn", 1, 5, 2), ways={2: ([2, 5], {"oneway": "yes"})})
    assert network.restriction_counts["idle"] == 1


def test_restrictions_survive_where_ways_are_merged_into_one_edge(tmp_path: Path) -> None:
    # The west arm is two OSM ways that meet at no junction: the relation names the one at the crossing.
    ways = {1: ([1, 51], {}), 7: ([51, 5], {"name": "Jalan Braga"})}
    places = {**PLACES, 51: (110.0 - S / 2, -5.0)}
    path = write_osm(tmp_path / "merged.osm", {**WAYS, **ways}, places, turns=[turn("no_left_turn", 7, 5, 2)])
    network = from_osm_file(path)
    assert network.restriction_counts["kept"] == 1
    (start, end) = network.order_start
    order = network.order_edge[start:end]
    assert [network.node_osm_id[network.tail[e]] for e in order] == [1, 5]
    assert [network.node_osm_id[network.head[e]] for e in order] == [5, 2]


def test_a_closed_street_in_the_middle_is_reported(tmp_path: Path) -> None:
    ways = {1: ([1, 51], {}), 7: ([51, 5], {})}
    places = {**PLACES, 51: (110.0 - S / 2, -5.0)}
    path = write_osm(tmp_path / "middle.osm", {**WAYS, **ways}, places, turns=[turn("no_straight_on", 1, 51, 7)])
    assert from_osm_file(path).restriction_counts["inside_street"] == 1


def test_a_vehicle_may_set_off_in_both_directions_but_turning_round_on_the_way_costs(tmp_path: Path) -> None:
    network = crossing(tmp_path, turn("only_straight_on", 1, 5, 3))
    free = path(network, 1, 3, AMBULANCE)
    turned = path(network, 1, 2, AMBULANCE)
    u_turns = [each for each in turned.manoeuvres if each.turn == "u_turn"]
    assert not [each for each in free.manoeuvres if each.turn == "u_turn"]
    if u_turns:
        assert turned.seconds > free.seconds + AMBULANCE.delays.u_turn_s


def test_turning_round_is_charged_however_far_one_drives_on_before(tmp_path: Path) -> None:
    """Short streets beyond the crossing: going two of them on and back must not save a fire engine its 40 s."""
    places = {5: (110.0, -5.0), 1: (110.0 - S, -5.0), 2: (110.0, -5.0 + S)} | {
        30 + i: (110.0 + i * 0.0001, -5.0) for i in range(1, 7)
    }
    ways = {1: ([1, 5], {}), 2: ([2, 5], {}), 3: ([5, 31], {})} | {30 + i: ([30 + i, 31 + i], {}) for i in range(1, 6)}
    stubs = {60 + i: ([30 + i, 70 + i], {"highway": "footway"}) for i in range(1, 6)}  # so that nodes are junctions
    places |= {70 + i: (110.0 + i * 0.0001, -5.0001) for i in range(1, 6)}
    network = from_osm_file(
        write_osm(tmp_path / "short.osm", ways | stubs, places, turns=[turn("no_left_turn", 1, 5, 2)])
    )
    origin, scene = (place_on(network, edge(network, way), 0.5) for way in (1, 2))
    found = shortest_path(network, origin, scene, FIRE_ENGINE)
    free = shortest_path(network, origin, scene, replace(FIRE_ENGINE, obeys_restrictions=False))
    assert found is not None
    assert free is not None
    first_m = float(network.length_m[found.edges[1].edge])
    there_and_back_s = 2 * first_m / (25 * 0.85 * 1.15 / 3.6)
    assert found.seconds == pytest.approx(free.seconds + there_and_back_s + 40, abs=0.01)
    assert [each.turn for each in found.manoeuvres] == ["depart", "u_turn", "right", "arrive"]


@pytest.mark.extract
@pytest.mark.parametrize(("name", "kept", "incomplete"), [(BAYREUTH, 37, 2), (LIECHTENSTEIN, 2, 1)])
def test_all_complete_restrictions_of_a_real_extract_are_obeyed(name: str, kept: int, incomplete: int) -> None:
    network = from_osm_file(extract(name))
    assert network.restriction_counts["kept"] == kept
    assert network.restriction_counts["incomplete"] == incomplete
    graph = search_graph(network)
    for profile in (AMBULANCE, FIRE_ENGINE):
        free = replace(profile, obeys_restrictions=False)
        for restriction in range(len(network.restriction_id)):
            bans = {
                (int(graph.tail[arc]), int(graph.arc_drive[arc]))
                for arc, number in zip(graph.ban_arc.tolist(), graph.ban_restriction.tolist(), strict=True)
                if number == restriction
            }
            for node, target in bans:
                sources = [d for d in range(network.edge_count) if graph.after[d] == node]
                for source in sources:
                    is_same_street = network.street[source] == network.street[graph.drives.edge[target]]
                    if is_same_street or graph.drives.is_against[target]:
                        continue
                    origin, scene = place_on(network, source, 0.99), place_on(network, target, 0.01)
                    way = shortest_path(network, origin, scene, profile)
                    assert way is None or [each.edge for each in way.edges] != [source, target]
                    without = shortest_path(network, origin, scene, free)
                    if without is not None and len(without.edges) == 2:
                        assert [each.edge for each in without.edges] == [source, target]
