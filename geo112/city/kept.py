"""Files of an import: written so that a loss of power spares them, read once per process until the next import."""

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

Read = TypeVar("Read")


class Newest(Generic[Read]):
    """What was read from the folder that was asked for last; another folder lets it go."""

    def __init__(self, read: Callable[[Path], Read]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._held: tuple[Path, Read] | None = None

    def of(self, folder: Path) -> Read:
        held = self._held
        if held is not None and held[0] == folder:
            return held[1]
        with self._lock:
            if self._held is None or self._held[0] != folder:
                self._held = (folder, self._read(folder))
            return self._held[1]


def make_durable(paths: Iterable[Path]) -> None:
    """Let files and folders survive a loss of power."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
