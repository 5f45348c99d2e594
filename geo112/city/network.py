"""The road network of an import: where it lies, written whole before it is named, read once per process."""

import shutil
from pathlib import Path

from geo112.city.kept import Newest, make_durable
from routing.network import RoadNetwork
from routing.prepared import prepare

_newest = Newest(RoadNetwork.load)


def folder_of(import_id: int, data_dir: Path) -> Path:
    return data_dir / "networks" / str(import_id)


def current_network(import_id: int, data_dir: Path) -> RoadNetwork:
    """Return the network of the import `import_id`, mapped from its folder the first time it is asked for.

    Args:
        import_id: `centre.city_import_id`; a new one lets the old network go.
        data_dir: the data folder of this database's city.
    Raises:
        routing.network.NetworkFileError: the folder is not there or not whole.
    """
    return _newest.of(folder_of(import_id, data_dir))


def write(network: RoadNetwork, folder: Path) -> None:
    """Save a network and what searches run on; files and folders survive a loss of power when this returns."""
    network.save(folder)
    prepare(network, folder)
    make_durable((*folder.iterdir(), folder, folder.parent))


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def remove_others(kept: set[Path], networks: Path) -> None:
    """Remove every network but those: of older imports, and of imports that were killed."""
    for folder in networks.iterdir():
        if folder.is_dir() and folder not in kept:
            remove(folder)
