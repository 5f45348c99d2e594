"""A demonstration's past is one that could have been: legal step by step, in order, over, and made once."""

import asyncio
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112 import clock
from geo112.city.network import folder_of
from geo112.clock import Anchor
from geo112.errors import DomainError
from geo112.settings import settings
from geo112.simulation import fleet
from geo112.simulation.outcome import outcome
from geo112.simulation.past import replay
from geo112.simulation.past_session import plain_transaction
from routing.network import RoadNetwork
from tests.simulation.test_fleet import within
from tests.world import City

UNTIL = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # 20.00 WIB
DAYS = 3
SINCE = UNTIL - timedelta(days=DAYS)
MIDNIGHT = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
NUMBER = re.compile(r"\+?628[0-9]{8,11}")

# Which may follow which, written down here once more, from the pictures and not from the tables of the program.
CALL = {
    "RINGING": {"ANSWERED", "ABANDONED"},
    "ANSWERED": {"CLASSIFIED"},
    "CLASSIFIED": {"CLASSIFIED", "LINKED", "CLOSED"},
    "LINKED": {"CLOSED"},
}
TRACK = {
    "ESCALATED": {"RECEIVED"},
    "RECEIVED": {"VERIFIED", "REJECTED"},
    "VERIFIED": {"DISPATCHED", "REJECTED"},
    "DISPATCHED": {"EN_ROUTE", "VERIFIED"},
    "EN_ROUTE": {"ON_SCENE"},
    "ON_SCENE": {"RESOLVED"},
    "RESOLVED": {"ON_SCENE", "CLOSED"},
}
INCIDENT = {
    "DRAFT": {"OPEN"},
    "OPEN": {"ESCALATED"},
    "ESCALATED": {"RECEIVED"},
    "RECEIVED": {"VERIFIED", "REJECTED", "CANCELLED"},
    "VERIFIED": {"DISPATCHED", "REJECTED"},
    "DISPATCHED": {"EN_ROUTE", "VERIFIED", "RESOLVED"},
    "EN_ROUTE": {"ON_SCENE", "RESOLVED"},
    "ON_SCENE": {"RESOLVED", "EN_ROUTE", "DISPATCHED"},  # of two OPD one has finished, the other is on its way
    "RESOLVED": {"DISPATCHED", "EN_ROUTE", "ON_SCENE", "CLOSED"},
}
ASSIGNMENT = {"SENT ACCEPTED EN_ROUTE ON_SCENE RESOLVED CLEAR", "SENT DECLINED"}

# What a past is, without the numbers that the database gave to its rows.
STORY = (
    "SELECT received_at, answered_at, closed_at, state, call_class, taken_by, note, operator, number, name, words,"
    " ST_AsText(position) FROM call JOIN caller ON caller.id = call.caller_id ORDER BY received_at, number",
    "SELECT number, type, priority, state, created_at, ST_AsText(tkp), tkp_label, report FROM incident ORDER BY number",
    "SELECT call_sign, stamp.status, at, eta_s_when_sent FROM assignment_stamp AS stamp"
    " JOIN assignment ON assignment.id = assignment_id JOIN unit ON unit.id = unit_id ORDER BY at, call_sign",
    "SELECT at, kind FROM journal WHERE object <> 'city' ORDER BY id",
)


Story = list[list[tuple[object, ...]]]


async def story(session: AsyncSession) -> Story:
    return [[tuple(one) for one in (await session.execute(text(statement))).all()] for statement in STORY]


@dataclass(frozen=True, slots=True)
class Made:
    """A town with a past, and the story of one that was made before and rolled back."""

    city: City
    network: RoadNetwork
    told_before: Story


@pytest.fixture(scope="module")
def made(shared_city: City) -> Made:
    import_id = shared_city.sql("UPDATE centre SET is_demonstration = true RETURNING city_import_id")[0][0]
    network = RoadNetwork.load(folder_of(import_id, settings().data_dir))

    async def furnish(session: AsyncSession) -> None:
        await fleet.furnish(session, network, seed=5)
        await fleet.accounts(session)

    within(settings().database_url, furnish)

    async def told_and_rolled_back(session: AsyncSession) -> Story:
        async with session.begin_nested() as savepoint:
            assert await replay(session, network, days=DAYS, until=UNTIL, seed=7)
            told = await story(session)
            await savepoint.rollback()
        return told

    before = within(settings().database_url, told_and_rolled_back)
    days: list[int] = []
    with plain_transaction() as session:
        assert asyncio.run(replay(session, network, days=DAYS, until=UNTIL, seed=7, on_day=days.append))
    assert days == list(range(DAYS + 1))
    clock.run_by(Anchor(clock.real_now(), UNTIL, 1.0))  # the demonstration begins
    return Made(shared_city, network, before)


def sequences(city: City, statement: str) -> dict[object, list[str]]:
    """Return the states of each object (first column) in their order (second column)."""
    found: dict[object, list[str]] = defaultdict(list)
    for key, state in city.sql(statement):
        found[key].append(state)
    assert found
    return found


def illegal(found: dict[object, list[str]], may_follow: dict[str, set[str]], ends: set[str]) -> list[object]:
    steps = [
        (key, pair)
        for key, states in found.items()
        for pair in pairwise(states)
        if pair[1] not in may_follow.get(pair[0], ())
    ]
    return steps + [(key, states) for key, states in found.items() if states[-1] not in ends]


def test_the_same_seed_tells_the_same_story_through_the_event_loop_or_not(made: Made) -> None:
    with plain_transaction() as session:
        assert asyncio.run(story(session)) == made.told_before


def test_everything_happened_in_order_before_the_end(made: Made) -> None:
    columns = made.city.sql(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'timestamp with time zone' AND table_name = ANY(%s)",
        ["call", "incident", "incident_track", "incident_stamp", "assignment", "assignment_stamp", "journal"],
    )
    assert len(columns) > 12
    for table, column in columns:
        where = "WHERE object <> 'city'" if table == "journal" else ""
        ((least, most),) = made.city.sql(f"SELECT min({column}), max({column}) FROM {table} {where}")  # noqa: S608
        assert SINCE <= least <= most < UNTIL, (table, column)
    moments = [at for (at,) in made.city.sql("SELECT at FROM journal WHERE object <> 'city' ORDER BY id")]
    assert moments == sorted(moments)
    assert made.city.sql("SELECT count(*) FROM assignment_stamp WHERE at <> recorded_at OR NOT is_applied") == [(0,)]
    out_of_order = "SELECT count(*) FROM call WHERE NOT (received_at <= answered_at AND answered_at <= classified_at)"
    assert made.city.sql(out_of_order) == [(0,)]


def test_every_life_cycle_is_legal(made: Made) -> None:
    states = "value ->> 'state' FROM journal WHERE object = 'call' ORDER BY id"
    assert illegal(sequences(made.city, f"SELECT object_id, {states}"), CALL, {"CLOSED", "ABANDONED"}) == []
    whole = "SELECT incident_id, state FROM incident_stamp WHERE opd_id IS NULL ORDER BY id"
    assert illegal(sequences(made.city, whole), INCIDENT, {"CLOSED", "REJECTED", "CANCELLED"}) == []
    cancelled = {one for (one,) in made.city.sql("SELECT id FROM incident WHERE state = 'CANCELLED'")}
    tracks = sequences(
        made.city, "SELECT (incident_id, opd_id), state FROM incident_stamp WHERE opd_id IS NOT NULL ORDER BY id"
    )
    ended = {key: states for key, states in tracks.items() if int(key[0]) not in cancelled}  # type: ignore[index]
    assert illegal(ended, TRACK, {"CLOSED", "REJECTED"}) == []
    sent = sequences(made.city, "SELECT assignment_id, status FROM assignment_stamp ORDER BY at, id")
    assert {" ".join(statuses) for statuses in sent.values()} <= ASSIGNMENT
    unfinished = "SELECT count(*) FROM incident WHERE state = 'CLOSED' AND coalesce(report ->> 'summary', '') = ''"
    assert made.city.sql(unfinished) == [(0,)]


def test_no_unit_was_at_two_places_at_once(made: Made) -> None:
    held = made.city.sql(
        "SELECT assignment.unit_id, assignment.sent_at,"
        "       (SELECT max(at) FROM assignment_stamp AS stamp WHERE stamp.assignment_id = assignment.id)"
        "  FROM assignment ORDER BY 1, 2"
    )
    assert len(held) > DAYS
    for (unit, _, freed_at), (next_unit, sent_at, _) in pairwise(held):
        assert unit != next_unit or freed_at <= sent_at


def test_units_had_what_was_needed_and_came_when_they_were_expected(made: Made) -> None:
    drives = made.city.sql(
        "SELECT eta_s_when_sent, extract(epoch FROM arrived.at - left_.at)::float8 FROM assignment"
        "  JOIN assignment_stamp AS left_ ON left_.assignment_id = assignment.id AND left_.status = 'EN_ROUTE'"
        "  JOIN assignment_stamp AS arrived ON arrived.assignment_id = assignment.id AND arrived.status = 'ON_SCENE'"
    )
    assert drives
    assert all(0.8 * eta_s <= took_s <= 1.4 * eta_s + 1 for eta_s, took_s in drives)


def test_nothing_is_open_and_every_unit_is_free_and_nowhere(made: Made) -> None:
    supervisor = made.city.desk("supervisor")
    assert supervisor.ok("GET", "/api/calls") == []
    assert supervisor.ok("GET", "/api/incidents") == []
    assert {unit["availability"] for unit in supervisor.ok("GET", "/api/units")} == {"AVAILABLE"}
    assert made.city.sql("SELECT count(*) FROM fix") == made.city.sql("SELECT count(*) FROM unit_position") == [(0,)]
    assert made.city.sql("SELECT DISTINCT expires_at FROM token WHERE label LIKE 'Ponsel %%'") == [(UNTIL,)]


def test_all_kinds_of_calls_were_there_and_they_are_the_supervisors_earlier_hours(made: Made) -> None:
    kinds = {kind for (kind,) in made.city.sql("SELECT DISTINCT coalesce(call_class, state) FROM call")}
    assert kinds >= {"emergency", "prank", "ghost", "ABANDONED"}
    day = made.city.desk("supervisor").ok("GET", "/api/supervision/overview")
    assert [(day["calls"]["total"],)] == made.city.sql("SELECT count(*) FROM call WHERE received_at >= %s", MIDNIGHT)
    assert day["calls"]["open"] == 0


def test_the_planner_has_something_to_look_at(made: Made) -> None:
    found = made.city.desk("planner").ok("GET", "/api/reports/heatmap/cells")
    counted = "SELECT count(*) FROM incident WHERE state = 'CLOSED'"
    assert [(found["incidents_shown"] + found["incidents_left_out"],)] == made.city.sql(counted)
    assert found["cells_shown"] >= 1


def test_who_rang_lies_in_the_table_caller_alone(made: Made) -> None:
    assert made.city.sql("SELECT count(*) FROM caller WHERE number !~ %s", NUMBER.pattern) == [(0,)]
    words = {said for (said,) in made.city.sql("SELECT words FROM caller WHERE words IS NOT NULL")}
    assert words
    tables = made.city.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
    for (table,) in tables:
        if table in ("caller", "spatial_ref_sys"):
            continue
        ((contents,),) = made.city.sql(
            "SELECT CAST(query_to_xml(format('SELECT * FROM %%I', CAST(%s AS text)), true, false, '') AS text)", table
        )
        assert NUMBER.search(contents) is None, table
        assert not [said for said in words if said in contents], table


def test_the_demonstration_does_not_count_its_past(made: Made) -> None:
    found = within(settings().database_url, lambda session: outcome(session, UNTIL))
    assert (found.calls, found.incidents, found.assignments, found.arrivals, found.whole_way) == ({}, 0, 0, 0, 0)
    assert found.drives == 0


def test_a_second_past_is_not_made(made: Made) -> None:
    before = made.city.sql("SELECT count(*), max(id) FROM journal")
    with plain_transaction() as session:
        assert not asyncio.run(replay(session, made.network, days=DAYS, until=UNTIL, seed=9))
    assert made.city.sql("SELECT count(*), max(id) FROM journal") == before


def test_a_real_centre_begins_empty(made: Made) -> None:
    with pytest.raises(DomainError, match="demonstration") as refused, plain_transaction() as session:
        asyncio.run(_refused(session, made))
    assert refused.value.code == "past_outside_demonstration"
    assert made.city.sql("SELECT is_demonstration FROM centre") == [(True,)]


async def _refused(session: AsyncSession, made: Made) -> None:
    await session.execute(text("DELETE FROM assignment_stamp"))
    await session.execute(text("TRUNCATE call, incident CASCADE"))
    await session.execute(text("UPDATE centre SET is_demonstration = false"))
    await replay(session, made.network, days=DAYS, until=UNTIL, seed=7)
