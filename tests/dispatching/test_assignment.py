"""The life of an assignment, against the table of the life cycles written down a second time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.dispatching.assignment import (
    AT_WORK,
    CALLED_OFF,
    FORWARD,
    HOLDS_UNIT,
    NEXT,
    Status,
    advance,
    is_stale,
    track_state,
)
from geo112.errors import ConflictError
from geo112.incidents.lifecycle import WORKING, IncidentState

S = Status
ORDER = ["SENT", "DELIVERED", "ACCEPTED", "EN_ROUTE", "STAGED", "ON_SCENE", "AT_PATIENT", "TRANSPORTING"]
ORDER += ["AT_FACILITY", "RESOLVED", "CLEAR", "RETURNING", "IN_QUARTERS"]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def may_follow(present: str, wanted: str) -> bool:
    """Say what the life cycle says: forward only, steps may be skipped, called off only before the arrival."""
    if present not in ORDER:
        return False
    if wanted in ORDER:
        return ORDER.index(wanted) > ORDER.index(present)
    last = {"DECLINED": "ACCEPTED", "TIMED_OUT": "DELIVERED", "CANCELLED": "STAGED", "DIVERTED": "STAGED"}[wanted]
    return ORDER.index(present) <= ORDER.index(last)


@pytest.mark.parametrize("present", list(S))
def test_every_step_is_allowed_or_refused_as_the_life_cycle_says(present: Status) -> None:
    assert {str(one) for one in NEXT[present]} == {str(one) for one in S if may_follow(str(present), str(one))}


@given(st.lists(st.sampled_from(list(S)), max_size=20))
def test_a_unit_is_held_from_sent_until_clear_or_called_off_and_never_again(wanted: list[Status]) -> None:
    present, walked = S.SENT, [S.SENT]
    for status in wanted:
        try:
            present = advance(present, status)
        except ConflictError:
            continue
        walked.append(present)
    assert len(set(walked)) == len(walked), "no status comes twice"
    held = [one in HOLDS_UNIT for one in walked]
    assert held == sorted(held, reverse=True), "once free it stays free"
    for before, after in pairwise(walked):
        assert may_follow(before, after)
        if after in CALLED_OFF or after is S.CLEAR:
            assert after not in HOLDS_UNIT
    assert AT_WORK < HOLDS_UNIT
    assert {S.RESOLVED} == HOLDS_UNIT - AT_WORK


@given(st.sampled_from(list(S)), st.sampled_from(list(S)), st.integers(-3600, 3600))
def test_a_command_is_late_only_when_it_cannot_be_applied_and_was_given_before(
    present: Status, wanted: Status, after_s: int
) -> None:
    stale = is_stale(present, NOON, wanted, NOON + timedelta(seconds=after_s))
    if wanted in NEXT[present]:
        assert not stale, "what can be applied is applied"
    else:
        assert stale == (after_s < 0 or wanted is present)


@given(st.lists(st.sampled_from(list(S)), max_size=6), st.sampled_from([None, *IncidentState]))
def test_an_opd_is_as_far_as_its_farthest_unit_and_done_when_all_are(
    statuses: list[Status], present: IncidentState | None
) -> None:
    state = track_state(present, statuses)
    counted = [one for one in statuses if one not in CALLED_OFF]
    at_work = [one for one in counted if one in AT_WORK]
    if not counted:
        assert state is IncidentState.VERIFIED, "nobody is sent any more"
    elif not at_work:
        assert state is IncidentState.RESOLVED
    else:
        assert state in WORKING, "never done while a unit works"
        farthest = max(FORWARD.index(one) for one in counted)
        arrived = farthest >= FORWARD.index(S.ON_SCENE)
        assert (state in (IncidentState.ON_SCENE, IncidentState.UNDER_CONTROL)) == arrived
        assert (state is IncidentState.UNDER_CONTROL) == (arrived and present is IncidentState.UNDER_CONTROL)
        if not arrived:
            on_the_way = farthest >= FORWARD.index(S.EN_ROUTE)
            assert (state is IncidentState.EN_ROUTE) == on_the_way
    assert track_state(present, list(reversed(statuses))) is state


def test_the_tables_know_every_status() -> None:
    assert set(NEXT) == set(S)
    assert [str(one) for one in FORWARD] == ORDER
