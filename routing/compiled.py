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
