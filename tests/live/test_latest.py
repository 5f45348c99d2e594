"""What a screen is told of positions, whatever commits when: the database, workers and a screen are played.

Versions are drawn before the commit and may become visible in any order, the versions of one unit too. Workers do not
look for a while; a screen comes and goes, changes its worker and its view, meets workers that have just begun. In the
end it must show what is in the database.
"""

import json
import random
from dataclasses import dataclass, field, replace

import pytest

from geo112.access.roles import Role, Signed
from geo112.live import latest, screen
from geo112.live.latest import Latest, Located
from geo112.live.screen import Screen, Told
from geo112.live.view import EVERYTHING, Box, View, widened
from geo112.tracking import pipeline

WHO = Signed(Role.SUPERVISOR, "Rina", 1, None, None, None)
UNITS = 8
LONGEST_S = 19.0  # from drawing a version to its commit


@dataclass
class Database:
    """One row a unit; a transaction draws its version when it begins and is visible from its commit on."""

    drawn: int = 0
    rows: dict[int, Located] = field(default_factory=dict)
    open: list[tuple[float, Located]] = field(default_factory=list)

    def begin(self, chance: random.Random, now_s: float) -> None:
        self.drawn += 1
        takes_s = chance.choice([0.01, 0.05, 1.0, chance.uniform(0, LONGEST_S)])
        self.open.append((now_s + takes_s, self._located(chance, self.drawn)))

    def _located(self, chance: random.Random, version: int) -> Located:
        unit, lon = chance.randrange(UNITS), chance.choice([107.1, 107.6])
        body = json.dumps({"unit_id": unit, "version": version}).encode()
        return Located(unit, version, lon, -6.9, frozenset({1}), chance.random() < 0.2, lambda: (body, None))

    def commit(self, now_s: float) -> None:
        for at_s, one in sorted(self.open, key=lambda each: each[0]):
            if at_s <= now_s:
                self.rows[one.unit_id] = one
        self.open = [(at_s, one) for at_s, one in self.open if at_s > now_s]

    def read(self, floor: int, known: list[int]) -> list[Located]:
        """What POSITIONS_AFTER finds."""
        found = [one for one in self.rows.values() if one.version > floor and one.version not in known]
        return [replace(one) for one in sorted(found, key=lambda one: one.version)]


def read(worker: Told, database: Database, now_s: float) -> None:
    floor = worker.latest.floor()
    worker.take(database.read(floor, worker.latest.versions_above(floor)), now_s, now_s)


def tell(worker: Told, one: Screen, shown: dict[int, int]) -> None:
    while piece := worker.tell(one):
        for block in piece.decode().split("\n\n"):
            if block:
                body = json.loads(block.split("data: ")[1])
                shown.update({position["unit_id"]: position["version"] for position in body["positions"]})


def come_back(worker: Told, before: Screen) -> Screen:
    """As the hub does for a screen that names its last event id."""
    turn = worker.latest.turn_before(before.version)
    return Screen(WHO, view=EVERYTHING, version=before.version, turn=turn, outside_turn=turn)


def play(seed: int) -> bool:
    """Let a minute or two happen at random, and say whether the screen shows what is in the database in the end."""
    chance = random.Random(seed)
    database, workers, now_s = Database(), [Told(), Told()], 1000.0
    for worker in workers:
        read(worker, database, now_s)
    one, worker = Screen(WHO), workers[0]
    shown: dict[int, int] = {}
    for _ in range(chance.randint(10, 400)):
        now_s += chance.choice([0.05, 0.2, 0.5, 0.5 if chance.random() < 0.98 else 60.0])
        database.begin(chance, now_s) if chance.random() < 0.7 else None
        database.commit(now_s)
        for each in workers:
            if chance.random() < 0.6:
                read(each, database, now_s)
        what = chance.random()
        if what < 0.05:
            workers[chance.randrange(2)] = fresh = Told()
            read(fresh, database, now_s)
        if what < 0.1 or worker not in workers:
            worker = chance.choice(workers)
            one = come_back(worker, one)
        elif what < 0.15:
            one.look(chance.choice([EVERYTHING, View(widened([Box(107.0, -7.0, 107.2, -6.8)]), None)]))
        if chance.random() < 0.7:
            tell(worker, one, shown)
    now_s += LONGEST_S
    database.commit(now_s)
    read(worker, database, now_s)
    read(worker, database, now_s + screen.OUTSIDE_EVERY_S)
    tell(worker, one, shown)
    return shown == {unit: row.version for unit, row in database.rows.items()}


def test_in_the_end_a_screen_shows_what_is_in_the_database() -> None:
    assert [seed for seed in range(300) if not play(seed)] == []


def test_without_the_overlap_positions_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same plays find out a feed that trusts the order of versions."""
    monkeypatch.setattr(latest, "OVERLAP_S", 0.0)
    assert [seed for seed in range(50) if not play(seed)]


def test_a_resume_that_trusts_the_version_alone_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the way back: telling only what has a greater version than the last event id misses some."""

    def greater(self: Latest, version: int) -> int:
        return next((one.turn - 1 for one in self._by_unit.values() if one.version > version), self.turn)

    monkeypatch.setattr(Latest, "turn_before", greater)
    assert [seed for seed in range(50) if not play(seed)]


def test_no_delivery_takes_longer_than_the_overlap() -> None:
    assert latest.OVERLAP_S > pipeline.ANSWERS_WITHIN_S


def test_what_keeps_up_is_encoded_once_and_a_slow_screen_gets_the_newest_alone() -> None:
    chance, database, worker = random.Random(1), Database(), Told()
    read(worker, database, 0.0)
    quick, slow = [Screen(WHO) for _ in range(50)], Screen(WHO)
    for step in range(1, 200):
        database.begin(chance, float(step))
        database.commit(step + LONGEST_S)
        read(worker, database, float(step))
        pieces = {id(worker._bodies.get(key)) for one in quick if worker.tell(one) for key in worker._bodies}
        assert len(pieces) <= 1
    piece = worker.tell(slow)
    assert piece.count(b"unit_id") == len(database.rows), "however much it missed, each unit comes once"
    assert worker.tell(slow) == b""
