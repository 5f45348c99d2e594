"""Giving up on a long question.

Whoever asks hands in a function that says whether the answer is still wanted (`threading.Event().is_set`, say). It is
asked between the parts of what takes long: batches of fields, rows of a matrix, other ways, isochrones. One field or
one fleet is answered within some milliseconds and never asks.
"""

from collections.abc import Callable

IsCancelled = Callable[[], bool]


class Cancelled(Exception):
    """Nobody wants the answer any more."""


def never() -> bool:
    return False


def give_up_if(is_cancelled: IsCancelled) -> None:
    """Raise Cancelled if the answer is not wanted any more."""
    if is_cancelled():
        raise Cancelled
