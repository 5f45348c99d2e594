"""The rules of a call, against what the control room was told."""

from itertools import chain, combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.calls.call import NEXT, OPEN, SILENT_STEP_WORDS, CallClass, CallState, SilentStep, advance, check_may_close
from geo112.errors import ConflictError, DomainError

STATES = list(CallState)


@given(st.lists(st.sampled_from(STATES), max_size=12))
def test_a_call_only_ever_goes_where_the_table_leads(wanted: list[CallState]) -> None:
    present = CallState.RINGING
    walked = [present]
    for state in wanted:
        try:
            present = advance(present, state)
        except ConflictError:
            assert state not in NEXT[present]
            continue
        walked.append(present)
    assert all(after in NEXT[before] for before, after in pairwise(walked))
    assert CallState.CLOSED not in walked[:-1], "nothing follows CLOSED"


def test_every_state_can_be_reached_and_every_call_can_end() -> None:
    def reachable(start: CallState) -> set[CallState]:
        found, open_ = {start}, [start]
        while open_:
            for state in NEXT[open_.pop()] - found:
                found.add(state)
                open_.append(state)
        return found

    assert reachable(CallState.RINGING) == set(CallState)
    assert all(CallState.CLOSED in reachable(state) for state in CallState)
    assert set(NEXT) == set(CallState)
    assert set(CallState) - OPEN == {CallState.CLOSED, CallState.ABANDONED}


@pytest.mark.parametrize("done", chain.from_iterable(combinations(SilentStep, n) for n in range(len(SilentStep) + 1)))
def test_a_silent_call_closes_only_when_every_step_was_tried(done: tuple[SilentStep, ...]) -> None:
    missing = set(SilentStep) - set(done)
    if not missing:
        check_may_close(CallClass.GHOST, "Senyap, sudah ditelepon balik", done)
        return
    with pytest.raises(DomainError) as refused:
        check_may_close(CallClass.GHOST, "Senyap", done)
    assert refused.value.code == "silent_steps_missing"
    for step, (words_id, words_en) in SILENT_STEP_WORDS.items():
        assert (words_id in refused.value.words_id) == (step in missing)
        assert (words_en in refused.value.words_en) == (step in missing)


@pytest.mark.parametrize("note", ["", "   ", "\n\t"])
@pytest.mark.parametrize("call_class", list(CallClass))
def test_no_call_closes_without_a_note(call_class: CallClass, note: str) -> None:
    with pytest.raises(DomainError, match="note"):
        check_may_close(call_class, note, list(SilentStep))


def test_no_call_closes_without_a_class() -> None:
    with pytest.raises(DomainError) as refused:
        check_may_close(None, "Salah sambung", [])
    assert refused.value.code == "class_missing"


@pytest.mark.parametrize("call_class", [one for one in CallClass if one is not CallClass.GHOST])
def test_other_calls_close_in_one_go(call_class: CallClass) -> None:
    check_may_close(call_class, "Iseng", [])
