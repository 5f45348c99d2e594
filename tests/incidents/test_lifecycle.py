"""The life of an incident and of its OPD tracks, against a definition written down a second time, by brute force."""

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.errors import ConflictError
from geo112.incidents.lifecycle import BY_HAND, ENDED, NEXT, WORKING, IncidentState, advance, advance_by_hand, combined

S = IncidentState
# How far each state of a track is, and what is left of a track that ended.
PROGRESS = [S.ESCALATED, S.RECEIVED, S.VERIFIED, S.RESOLVED, S.DISPATCHED, S.EN_ROUTE, S.ON_SCENE, S.UNDER_CONTROL]
TRACK_STATES = [*PROGRESS, S.CLOSED, S.REJECTED]
Tracks = tuple[IncidentState, ...]


def by_brute_force(tracks: Tracks) -> IncidentState:
    """Return the state as the text of the life cycle has it: the farthest at work, else done, else waiting."""
    at_work = [one for one in tracks if one in PROGRESS[4:]]
    if at_work:
        return PROGRESS[max(PROGRESS.index(one) for one in at_work)]
    waiting = [one for one in tracks if one in PROGRESS[:3]]
    finished = [one for one in tracks if one in (S.RESOLVED, S.CLOSED)]
    if waiting:
        return S.RESOLVED if finished else PROGRESS[max(PROGRESS.index(one) for one in waiting)]
    if S.RESOLVED in tracks:
        return S.RESOLVED
    return S.CLOSED if finished else S.REJECTED


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_whole_is_what_the_tracks_say_for_every_combination(count: int) -> None:
    for tracks in product(TRACK_STATES, repeat=count):
        assert combined(tracks) is by_brute_force(tracks), tracks


@given(st.lists(st.sampled_from(TRACK_STATES), min_size=1, max_size=6))
def test_properties_of_the_whole(tracks: list[IncidentState]) -> None:
    whole = combined(tracks)
    assert combined(list(reversed(tracks))) is whole, "the order of OPD does not matter"
    assert combined([*tracks, *tracks]) is whole, "nor how often a state occurs"
    if any(one in WORKING for one in tracks):
        assert whole in WORKING, "never resolved, closed or waiting while somebody works"
    if any(one not in ENDED for one in tracks):
        assert whole not in ENDED, "never over while an OPD is not done"
    if len(set(tracks)) == 1:
        assert whole is tracks[0]


@given(st.lists(st.sampled_from(TRACK_STATES), min_size=1, max_size=4), st.integers(0, 3), st.data())
def test_while_somebody_works_a_track_that_goes_on_never_takes_the_whole_back(
    tracks: list[IncidentState], place: int, data: st.DataObject
) -> None:
    place %= len(tracks)
    if tracks[place] not in WORKING:
        return
    farther = data.draw(st.sampled_from(WORKING[WORKING.index(tracks[place]) :]))
    after = [*tracks[:place], farther, *tracks[place + 1 :]]
    assert WORKING.index(combined(after)) >= WORKING.index(combined(tracks))  # type: ignore[arg-type]


def moves(tracks: Tracks) -> list[Tracks]:
    """Return what can become of tracks in one command: by a dispatcher, by an assignment, by closing, by escalating."""
    found: list[Tracks] = []
    for place, state in enumerate(tracks):

        def to(wanted: IncidentState, place: int = place) -> None:
            found.append((*tracks[:place], wanted, *tracks[place + 1 :]))

        for wanted in BY_HAND[state]:
            to(wanted)
        to(S.DISPATCHED)  # a unit is sent
        if state in WORKING:
            for wanted in (*WORKING, S.RESOLVED, S.VERIFIED):  # a unit moves on, or is called off
                to(wanted)
        if state not in ENDED and state not in WORKING:
            closed = [S.CLOSED if one is S.ESCALATED else one for one in tracks]
            closed[place] = S.CLOSED
            found.append(tuple(closed))
    found.append(tuple(one if one in ENDED else S.CLOSED for one in tracks))  # by a supervisor
    if len(tracks) < 3:
        found += [(*tracks, S.ESCALATED), (*tracks, S.DISPATCHED)]
    return found


def test_whatever_opd_do_one_after_the_other_the_incident_may_follow() -> None:
    """No dispatcher's command is refused because the incident as a whole could not go where the tracks went."""
    seen: set[Tracks] = {(S.ESCALATED,)}
    open_ = list(seen)
    refused = set()
    while open_:
        tracks = open_.pop()
        before = combined(tracks)
        if before in ENDED:
            continue
        for after in moves(tracks):
            state = combined(after)
            if state is not before and state not in NEXT[before]:
                refused.add((before, state, tracks, after))
            if after not in seen:
                seen.add(after)
                open_.append(after)
    assert len(seen) > 500, "the walk went somewhere"
    assert not refused


@given(st.lists(st.sampled_from(list(S)), max_size=15))
def test_an_incident_only_ever_goes_where_the_table_leads(wanted: list[IncidentState]) -> None:
    present, walked = S.DRAFT, [S.DRAFT]
    for state in wanted:
        try:
            present = advance(present, state)
        except ConflictError:
            assert state not in NEXT[present]
        else:
            walked.append(present)
    assert all(after in NEXT[before] for before, after in pairwise(walked))
    for before, after in pairwise(walked):
        if before in (S.MERGED, S.CANCELLED, S.HANDED_OVER):
            pytest.fail("nothing follows these")
        if before is S.CLOSED:
            assert after is S.REOPENED


def test_a_dispatcher_moves_a_track_forward_and_only_before_units_are_sent() -> None:
    order = [S.ESCALATED, S.RECEIVED, S.VERIFIED]
    for present, wanted in product(S, S):
        may = present in order and (
            wanted is S.REJECTED or (wanted in order and order.index(wanted) > order.index(present))
        )
        if may:
            assert advance_by_hand(present, wanted) is wanted
        else:
            with pytest.raises(ConflictError):
                advance_by_hand(present, wanted)
