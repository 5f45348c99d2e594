"""The index of names of an import: it lies beside the road network, is written with it and mapped once per process."""

import os
import threading
from pathlib import Path

from geo112.city.name_index import NameIndex
from geo112.city.network import folder_of

_lock = threading.Lock()
_current: tuple[Path, NameIndex] | None = None


def current_names(import_id: int, data_dir: Path) -> NameIndex:
    """Return the names of the import `import_id`, mapped the first time they are asked for.

    Args:
        import_id: `centre.city_import_id`; a new one lets the old names go.
        data_dir: the data folder of this database's city.
    Raises:
        routing.files.NetworkFileError: the folder is not there, not whole, or of another version.
    """
    global _current
    folder = _names_of(folder_of(import_id, data_dir))
    held = _current
    if held is not None and held[0] == folder:
        return held[1]
    with _lock:
        if _current is None or _current[0] != folder:
            _current = (folder, NameIndex.load(folder))
        return _current[1]


def write(index: NameIndex, network_folder: Path) -> None:
    """Save the names beside a network; they survive a loss of power when this returns."""
    folder = _names_of(network_folder)
    index.save(folder)
    for path in (*folder.iterdir(), folder, network_folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _names_of(network_folder: Path) -> Path:
    return network_folder / "names"
