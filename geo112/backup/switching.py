"""Two folders change places in one step of the file system: whoever looks finds one or the other, whole."""

import ctypes
import os
from pathlib import Path

from geo112.city.kept import make_durable

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # fcntl.h and linux/fs.h; renameat2(2)


def exchange(one: Path, other: Path) -> None:
    """Let `one` and `other`, on one file system, change places.

    Raises:
        OSError: they could not, and are where they were.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    make_durable({one.parent, other.parent})
