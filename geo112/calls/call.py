"""The life of a call, and the classes it can have. Pure.

    RINGING ─► ANSWERED ─► CLASSIFIED ─► LINKED (an incident made or joined) ─► WRAP_UP ─► CLOSED
       │           │            └──────► HANDED_OVER (another centre) ────────────┘
       └───────────┴─► ABANDONED (goes to the call-back list)

Of 2,800 calls of one city 30 were incidents: a call that is none must be closed in seconds, and safely. A silent
call can be somebody who cannot speak, so a ghost call is closed only when every step of the protocol was tried.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from geo112 import states
from geo112.errors import DomainError


class CallState(StrEnum):
    RINGING = "RINGING"
    ANSWERED = "ANSWERED"
    CLASSIFIED = "CLASSIFIED"
    LINKED = "LINKED"
    HANDED_OVER = "HANDED_OVER"
    WRAP_UP = "WRAP_UP"
    CLOSED = "CLOSED"
    ABANDONED = "ABANDONED"


class CallClass(StrEnum):
    EMERGENCY = "emergency"
    INFORMATION = "information"
    PRANK = "prank"
    GHOST = "ghost"
    TEST = "test"
    WRONG_AREA = "wrong_area"


_S = CallState
NEXT: Mapping[CallState, frozenset[CallState]] = {
    _S.RINGING: frozenset({_S.ANSWERED, _S.ABANDONED}),
    _S.ANSWERED: frozenset({_S.CLASSIFIED, _S.LINKED, _S.HANDED_OVER, _S.ABANDONED}),
    _S.CLASSIFIED: frozenset({_S.CLASSIFIED, _S.LINKED, _S.HANDED_OVER, _S.WRAP_UP, _S.CLOSED, _S.ABANDONED}),
    _S.LINKED: frozenset({_S.LINKED, _S.WRAP_UP, _S.CLOSED}),
    _S.HANDED_OVER: frozenset({_S.WRAP_UP, _S.CLOSED}),
    _S.WRAP_UP: frozenset({_S.CLASSIFIED, _S.LINKED, _S.CLOSED}),
    _S.ABANDONED: frozenset({_S.CLOSED}),
    _S.CLOSED: frozenset(),
}
OPEN = frozenset(CallState) - {_S.CLOSED, _S.ABANDONED}


class SilentStep(StrEnum):
    """What is tried with a caller who says nothing, in this order."""

    SPOKE_TWICE = "spoke_twice"
    ASKED_FOR_KEY = "asked_for_key"
    LISTENED = "listened"
    CALLED_BACK = "called_back"


SILENT_STEP_WORDS: Mapping[SilentStep, tuple[str, str]] = {
    SilentStep.SPOKE_TWICE: ("Menyapa dua kali, menanyakan keadaan", "Spoke twice, asked what is wrong"),
    SilentStep.ASKED_FOR_KEY: ("Minta tekan angka 5 bila tidak bisa bicara", "Asked to press 5 if unable to speak"),
    SilentStep.LISTENED: ("Mendengarkan latar 10 detik", "Listened to the background for 10 seconds"),
    SilentStep.CALLED_BACK: ("Menelepon balik sekali", "Called back once"),
}


def advance(present: CallState, wanted: CallState) -> CallState:
    """Return `wanted`, or raise ConflictError `call_state`."""
    return states.advance(NEXT, present, wanted, "call_state", "Panggilan ini", "call")


def check_may_close(call_class: CallClass | None, note: str, silent_steps: Collection[str]) -> None:
    """Raise DomainError unless a call of this class may be closed now: note written, ghost protocol gone through."""
    if not note.strip():
        raise DomainError(
            "note_missing",
            "Tulis catatan singkat sebelum menutup panggilan.",
            "Write a short note before closing the call.",
        )
    if call_class is None:
        raise DomainError("class_missing", "Pilih jenis panggilan dahulu.", "Choose the class of the call first.")
    if call_class is CallClass.GHOST:
        missing = [step for step in SilentStep if step not in silent_steps]
        if missing:
            raise DomainError(
                "silent_steps_missing",
                "Panggilan senyap belum boleh ditutup. Belum dilakukan: "
                + "; ".join(SILENT_STEP_WORDS[step][0] for step in missing),
                "A silent call may not be closed yet. Not done: "
                + "; ".join(SILENT_STEP_WORDS[step][1] for step in missing),
            )
