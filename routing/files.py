"""Arrays on disk: one .npy for each, mapped into memory when read, and a description that is written last.

folder/  head.npy  tail.npy  …  network.json          what has no description was never finished
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

AnyArray = TypeVar("AnyArray", bound=NDArray[Any])


class NetworkFileError(ValueError):
    """The folder does not hold a whole network of this version; the message is one sentence."""


def frozen(array: AnyArray) -> AnyArray:
    """Return `array` unwritable and contiguous, as compiled functions expect every array of a network to be."""
    if not array.flags.c_contiguous:
        array = np.ascontiguousarray(array)  # type: ignore[assignment]
    array.flags.writeable = False
    return array


def write_arrays(folder: Path, title: str, arrays: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> None:
    """Write arrays into `folder` (made if absent) and, when they are whole, their description as `title`.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{title}.json").unlink(missing_ok=True)
    for name, array in arrays.items():
        new = folder / f"{name}.new.npy"
        np.save(new, array, allow_pickle=False)
        new.replace(folder / f"{name}.npy")  # not written over: what is there may be mapped by a worker, or be `array`
    lengths = {name: len(array) for name, array in arrays.items()}
    text = json.dumps({**description, "lengths": lengths}, ensure_ascii=False)
    (folder / f"{title}.json").write_text(text, encoding="utf-8")


def read_description(folder: Path, title: str) -> dict[str, Any]:
    """Return what `write_arrays` was told about the arrays.

    Raises:
        NetworkFileError: there is none, or it cannot be read.
    """
    try:
        described: dict[str, Any] = json.loads((folder / f"{title}.json").read_text(encoding="utf-8"))
        return {**described, "lengths": dict(described["lengths"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NetworkFileError(f"There is no whole road network in {folder}: {error}.") from error


def map_arrays(folder: Path, names: Sequence[str], lengths: Mapping[str, int]) -> dict[str, Any]:
    """Map arrays into memory; workers that map the same folder share one copy.

    Raises:
        NetworkFileError: one is not there, cut short, or not an array of numbers.
    """
    arrays = {}
    try:
        for name in names:
            mapped = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            if len(mapped) != lengths[name]:
                raise NetworkFileError(f"The file {name}.npy of the road network in {folder} is cut short.")
            arrays[name] = frozen(np.asarray(mapped))
    except NetworkFileError:
        raise
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise NetworkFileError(f"There is no whole road network in {folder}: {error}.") from error
    return arrays
