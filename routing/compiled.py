"""The one way this library compiles a function: machine code without the interpreter's lock, cached on disk."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile `function` with numba; threads that run it do not wait for each other."""
    return cast(Function, numba.njit(nogil=True, cache=True)(function))
