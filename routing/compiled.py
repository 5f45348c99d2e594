"""The one way this library compiles a function: machine code without the interpreter's lock, cached on disk."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile `function` with numba; threads that run it do not wait for each other.

    The machine code is kept in NUMBA_CACHE_DIR, else beside the source, else in the user's cache folder. Where none
    of them can be written to, it is compiled anew in every process (some seconds at the first query).
    """
    try:
        return cast(Function, numba.njit(nogil=True, cache=True)(function))
    except RuntimeError:  # numba's "cannot cache function: no locator available"
        return cast(Function, numba.njit(nogil=True)(function))


def direct(function: Function) -> Function:
    """Return a compiled function that is called without being asked what its arguments are.

    numba looks at every array of every argument at each call to find the machine code for their types: 7 µs where an
    answer takes 30. For functions whose arguments are always of the same types, contiguous arrays among them; the first
    call tells which.
    """
    known: list[Callable[..., object]] = []

    def call(*arguments: object) -> object:
        if known:
            return known[0](*arguments)
        answer = function(*arguments)
        made = list(getattr(function, "overloads", {}).values())
        if len(made) == 1:  # none where numba is switched off
            known.append(made[0].entry_point)
        return answer

    return cast(Function, call)
