"""Old snapshot + events = new snapshot, for every role; and one entry dropped from the journal is seen.

Screens compute nothing, so whatever a screen shows that no event tells of is a change that was not journalled.
"""

import random
from collections import defaultdict
from typing import Any

import pytest

from tests.live.feed import Screen, Situation, comparable
from tests.town import crossing
from tests.world import City, Desk

UNITS = (
    ("DMK-1", "DAMKAR", ("fire", "rescue")),
    ("DMK-2", "DAMKAR", ("fire",)),
    ("AMB-1", "PSC119", ("medical",)),
    ("PTR-1", "POLRES", ("police",)),
)


class World:
    """Everybody who can move something, and the commands that they can give."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.units = {sign: city.unit(sign, crossing(0, 0), opd, capable) for sign, opd, capable in UNITS}
        self.taker, self.supervisor = city.desk("call_taker"), city.desk("supervisor")
        self.of = {opd: city.desk("dispatcher", opd=opd) for opd in ("DAMKAR", "PSC119", "POLRES")}
        self.crews = {sign: city.desk("crew", unit=sign) for sign in self.units}

    def situation(self, desk: Desk) -> dict[str, Any]:
        found = desk.ok("GET", "/api/situation")
        assert isinstance(found, dict)
        return found

    def newest_entry(self) -> int:
        return int(self.city.sql("SELECT max(id) FROM journal")[0][0])


@pytest.fixture
def world(city: City) -> World:
    return World(city)


def whole_flow(world: World) -> None:
    """Let everything happen that can: two calls for one incident, two OPD, units that decline and are called off."""
    taker, fire, ambulance = world.taker, world.of["DAMKAR"], world.of["PSC119"]
    call = taker.ok("POST", "/api/calls", json={"ani": "0812"})["id"]
    second = world.city.desk("telephony").ok("POST", "/api/calls", json={"ani": "0813"})["id"]
    lost = taker.ok("POST", "/api/calls", json={"ani": "0814"})["id"]
    taker.ok("POST", f"/api/calls/{lost}/abandon")
    taker.ok("POST", f"/api/calls/{call}/answer")
    taker.ok("POST", f"/api/calls/{call}/classify", json={"call_class": "emergency"})
    incident = taker.ok("POST", "/api/incidents", json={"call_id": call, "type": "fire", "priority": 2, "words": "Api"})
    path = f"/api/incidents/{incident['id']}"
    at = crossing(0, 1)
    taker.ok("PUT", f"{path}/tkp", json={"lon": at.lon, "lat": at.lat})
    taker.ok("POST", f"/api/calls/{second}/answer")
    taker.ok("POST", f"/api/calls/{second}/link", json={"incident_id": incident["id"]})
    fire.ok("POST", f"{path}/track", json={"state": "RECEIVED"})
    fire.ok("POST", f"{path}/track", json={"state": "VERIFIED"})
    declined = fire.ok("POST", f"{path}/assignments", json={"unit_id": world.units["DMK-2"]})["id"]
    world.crews["DMK-2"].ok("POST", f"/api/assignments/{declined}/status", json={"status": "DECLINED"})
    world.crews["DMK-2"].ok("PUT", f"/api/units/{world.units['DMK-2']}/service", json={"service": "OUT_OF_SERVICE"})
    engine = fire.ok("POST", f"{path}/assignments", json={"unit_id": world.units["DMK-1"]})["id"]
    taker.ok("POST", f"{path}/escalations", json={"opd_ids": [world.city.opd("PSC119")]})
    medics = ambulance.ok("POST", f"{path}/assignments", json={"unit_id": world.units["AMB-1"]})["id"]
    ambulance.ok("POST", f"/api/assignments/{medics}/status", json={"status": "CANCELLED"})
    for status in ("ACCEPTED", "EN_ROUTE", "ON_SCENE", "RESOLVED"):
        world.crews["DMK-1"].ok("POST", f"/api/assignments/{engine}/status", json={"status": status})
    other = world.city.fire(crossing(3, 4), priority=2)["id"]
    taker.ok("POST", f"/api/incidents/{other}/cancel", json={"reason": "Salah lapor"})
    world.city.fire(crossing(3, 4), priority=1)
    taker.ok("POST", f"/api/calls/{call}/close", json={"note": "Selesai"})
    fire.ok("POST", f"{path}/close", json={"report": {"summary": "Padam"}})
    world.supervisor.ok("POST", f"{path}/close", json={"report": {"summary": "Padam"}, "reason": "Selesai"})


def test_a_whole_flow_and_one_dropped_entry_is_seen(world: World) -> None:
    with Screen(world.supervisor) as screen:
        before = screen.snapshot()
        whole_flow(world)
        changes = screen.caught_up(world.newest_entry())
    after = comparable(world.situation(world.supervisor))

    def replayed(left_out: int | None = None) -> dict[str, Any]:
        known = Situation(before)
        for place, change in enumerate(changes):
            if place != left_out:
                known.apply(change)
        return known.comparable()

    assert [one["id"] for one in changes] == list(range(changes[0]["id"], world.newest_entry() + 1)), "every entry"
    assert replayed() == after
    assert after["incidents"], "something is left to compare"

    # The control, on the end of the flow: without the last word on an object, what is shown of it is wrong.
    last_word = {(one["object"], one["object_id"]): place for place, one in enumerate(changes)}
    seen = {change["object"]: 0 for change in changes}
    for (name, number), place in last_word.items():
        is_told = name in ("call", "incident", "assignment", "unit")
        assert is_told or name == "disclosure", f"{name} {number}"
        seen[name] += is_told and replayed(left_out=place) != after
    assert all(seen[name] for name in ("call", "incident", "assignment", "unit")), seen


def test_every_kind_of_entry_changes_what_a_screen_shows(world: World) -> None:
    """Of each kind there is an entry without which the screen of that moment is wrong: none of them is idle talk."""
    with Screen(world.supervisor) as screen:
        known = Situation(screen.snapshot())
        whole_flow(world)
        changes = screen.caught_up(world.newest_entry())
    changed: dict[str, bool] = defaultdict(bool)
    for change in changes:
        before = known.comparable()
        known.apply(change)
        changed[change["kind"]] |= known.comparable() != before
    told = {kind for kind, does in changed.items() if does}
    idle = set(changed) - told
    # What is only for the trail: who was looked at; a resent list of assignments for an OPD that is new to them.
    assert idle <= {"caller.looked_at", "caller.described", "assignment.shown"}, idle
    assert len(told) > 20


@pytest.mark.parametrize("opd", ["DAMKAR", "PSC119", "POLRES"])
def test_a_dispatchers_screen_tells_the_same_as_a_new_one(world: World, opd: str) -> None:
    desk = world.of[opd]
    with Screen(desk) as screen, Screen(world.supervisor) as whole:
        known = Situation(screen.snapshot(), opd_id=world.city.opd(opd))
        whole.snapshot()
        whole_flow(world)
        world.supervisor.ok(
            "POST",
            f"/api/incidents/{world.city.fire(crossing(2, 2), 2)['id']}/assignments",
            json={"unit_id": world.units["AMB-1"]},
        )
        whole.caught_up(world.newest_entry())
        screen.until(lambda one: one.events and int(one.last_id.split(".")[0]) >= _last_seen_by(world, opd))
        for change in screen.changes():
            known.apply(change)
    assert known.comparable() == comparable(world.situation(desk))


def _last_seen_by(world: World, opd: str) -> int:
    return int(
        world.city.sql(
            "SELECT max(id) FROM journal WHERE 'dispatcher' = ANY(roles) AND %s = ANY(opd_ids)", world.city.opd(opd)
        )[0][0]
    )


def random_commands(world: World, chance: random.Random, number: int) -> None:
    """Give commands at random, most of them refused somewhere: only what was done may be told, and all of it."""
    points = [crossing(row, column) for row in range(6) for column in range(6)]
    desks = [world.taker, world.supervisor, *world.of.values(), *world.crews.values()]

    opd_ids = [world.city.opd(code) for code in world.of]
    newest = {"call": 1, "incident": 1, "assignment": 1}

    def some(name: str) -> int:
        return chance.randint(max(1, newest[name] - 4), newest[name])

    for _ in range(number):
        at = chance.choice(points)
        call, incident, assignment = (
            f"/api/calls/{some('call')}",
            f"/api/incidents/{some('incident')}",
            f"/api/assignments/{some('assignment')}",
        )
        unit = chance.choice(list(world.units.values()))
        statuses = ["ACCEPTED", "EN_ROUTE", "ON_SCENE", "RESOLVED", "CLEAR", "RETURNING", "DECLINED", "CANCELLED"]
        method, path, body = chance.choice(
            [
                ("POST", "/api/calls", {"ani": "0812"}),
                ("POST", f"{call}/answer", {}),
                ("POST", f"{call}/classify", {"call_class": chance.choice(["emergency", "prank", "test"])}),
                ("POST", f"{call}/close", {"note": "x"}),
                ("POST", f"{call}/abandon", {}),
                ("POST", f"{call}/link", {"incident_id": some("incident")}),
                ("POST", "/api/incidents", {"type": chance.choice(["fire", "medical"]), "call_id": some("call")}),
                ("POST", "/api/incidents", {"type": "fire", "words": "x", "priority": chance.randint(1, 3)}),
                ("PUT", f"{incident}/tkp", {"lon": at.lon, "lat": at.lat}),
                ("PUT", f"{incident}/tkp", {"lon": at.lon, "lat": at.lat}),
                ("POST", f"{incident}/track", {"state": chance.choice(["RECEIVED", "VERIFIED"])}),
                ("POST", f"{incident}/track", {"state": "REJECTED", "reason": "x"}),
                ("POST", f"{incident}/escalations", {"opd_ids": [chance.choice(opd_ids)]}),
                ("POST", f"{incident}/assignments", {"unit_id": unit}),
                ("POST", f"{incident}/assignments", {"unit_id": unit}),
                *[("POST", f"{assignment}/status", {"status": chance.choice(statuses)})] * 3,
                ("POST", f"{incident}/cancel", {"reason": "x"}),
                ("POST", f"{incident}/close", {"report": {"summary": "x"}, "reason": chance.choice(["", "x"])}),
                ("PUT", f"/api/units/{unit}/service", {"service": chance.choice(["IN_SERVICE", "LIMITED"])}),
            ]
        )
        desk = chance.choice([*desks, *[world.supervisor] * 16])  # who may do most, so that much gets done
        answer = desk.request(method, path, json=body)
        assert answer.status_code < 500, f"{method} {path} {body}: {answer.text}"
        name = path.rsplit("/", 1)[-1].removesuffix("s")
        if answer.status_code == 201:
            newest[name] = max(newest[name], answer.json()["id"])


@pytest.mark.parametrize("seed", [1, 2])
def test_random_commands_replay_for_every_role(world: World, seed: int) -> None:
    watching = {"supervisor": world.supervisor, **world.of}
    screens = {name: Screen(desk) for name, desk in watching.items()}
    try:
        known = {
            name: Situation(screen.snapshot(), None if name == "supervisor" else world.city.opd(name))
            for name, screen in screens.items()
        }
        random_commands(world, random.Random(seed), 150)
        world.supervisor.ok("PUT", f"/api/units/{world.units['DMK-1']}/service", json={"service": "STANDBY"})
        newest = world.newest_entry()
        screens["supervisor"].caught_up(newest)
        done = {change["kind"] for change in screens["supervisor"].changes()}
        assert len(done) > 15, "enough of it was not refused"
        for name, screen in screens.items():
            if name != "supervisor":
                newest_mine = _last_seen_by(world, name)
                screen.until(lambda one, mine=newest_mine: one.events and int(one.last_id.split(".")[0]) >= mine)
            for change in screen.changes():
                known[name].apply(change)
            assert known[name].comparable() == comparable(world.situation(watching[name])), name
    finally:
        for screen in screens.values():
            screen.close()
