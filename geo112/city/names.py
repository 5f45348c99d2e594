"""The index of names of an import: it lies beside the road network, is written with it and mapped once per process."""

from pathlib import Path

from geo112.city.kept import Newest, make_durable
from geo112.city.name_index import NameIndex
from geo112.city.network import folder_of

_newest = Newest(NameIndex.load)


def current_names(import_id: int, data_dir: Path) -> NameIndex:
    """Return the names of the import `import_id`, mapped the first time they are asked for.

    Args:
        import_id: `centre.city_import_id`; a new one lets the old names go.
        data_dir: the data folder of this database's city.
    Raises:
        routing.files.NetworkFileError: the folder is not there, not whole, or of another version.
    """
    return _newest.of(_names_of(folder_of(import_id, data_dir)))


def write(index: NameIndex, network_folder: Path) -> None:
    """Save the names beside a network; they survive a loss of power when this returns."""
    folder = _names_of(network_folder)
    index.save(folder)
    make_durable((*folder.iterdir(), folder, network_folder))


def _names_of(network_folder: Path) -> Path:
    return network_folder / "names"
