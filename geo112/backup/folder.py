"""A folder of backups: what lies where, and whose it is.

    <folder>/                     of one cluster's life: a restored cluster begins a folder of its own
    ├── geo112-backup.json        city, PostgreSQL's version, and the mark that the cluster knows it by
    ├── base/<time>/
    │   ├── base.json             written last: without it the copy is not whole
    │   ├── data/                 the cluster as pg_basebackup copied it, with its manifest
    │   └── certificates/         the private authority and the server's certificate
    ├── log/<piece>.gz            PostgreSQL's log since the oldest base
    └── networks/<import>/        roads and names of the imports that a base is of, shared by the bases

Holds callers' numbers and the authority's key: as secret as the machine itself.
"""

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from geo112.archiving import MARK
from geo112.backup import errors
from geo112.city.kept import make_durable

FORM = 1  # of the folder


@dataclass(frozen=True, slots=True)
class BackupFolder:
    """A folder that was opened or begun."""

    path: Path
    city: str
    postgres: int  # major version
    series: str

    @property
    def log(self) -> Path:
        return self.path / "log"

    def bases(self) -> list["Base"]:
        """Return the bases that are whole, the newest first."""
        found = [_read_base(folder) for folder in (self.path / "base").iterdir() if (folder / "base.json").is_file()]
        return sorted(found, key=lambda base: base.ended_at, reverse=True)


@dataclass(frozen=True, slots=True)
class Base:
    """A copy of the whole cluster."""

    folder: Path
    began_at: datetime
    ended_at: datetime  # the earliest moment that it can be brought forward to
    first_piece: str  # of the log that it cannot do without
    last_piece: str
    network: str | None  # the roads in force, such as networks/7: in the folder of backups as in the city's own
    size: int  # bytes

    @property
    def data(self) -> Path:
        return self.folder / "data"


def opened(path: Path) -> BackupFolder | None:
    """Return the folder of backups at `path`, or None where there is none.

    Raises:
        BackupError: it was made by a newer Geo112, or its mark is torn.
        OSError: this user may not look into it.
    """
    try:
        said = json.loads((path / MARK).read_text(encoding="utf-8"))
        if said["form"] == FORM:
            return BackupFolder(path, said["city"], said["postgres"], said["series"])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise errors.no_backup_here(path) from error
    raise errors.no_backup_here(path)


def begun(path: Path, city: str, postgres: int, series: str) -> BackupFolder:
    """Make an empty folder a folder of backups."""
    for name in ("base", "log", "networks"):
        (path / name).mkdir(mode=0o700, exist_ok=True)
    write(path / MARK, {"form": FORM, "city": city, "postgres": postgres, "series": series})
    return BackupFolder(path, city, postgres, series)


def write_base(base: Base, folder: Path) -> None:
    """Write what is known of a base; from now on it counts as whole."""
    said = {
        "began_at": base.began_at.isoformat(),
        "ended_at": base.ended_at.isoformat(),
        "first_piece": base.first_piece,
        "last_piece": base.last_piece,
        "network": base.network,
        "size": base.size,
    }
    write(folder / "base.json", said)


def _read_base(folder: Path) -> Base:
    said = json.loads((folder / "base.json").read_text(encoding="utf-8"))
    return Base(
        folder,
        datetime.fromisoformat(said["began_at"]),
        datetime.fromisoformat(said["ended_at"]),
        said["first_piece"],
        said["last_piece"],
        said["network"],
        said["size"],
    )


def write(file: Path, said: dict[str, Any]) -> None:
    """Write a JSON file whole or not at all; it survives a loss of power."""
    part = file.with_name(file.name + ".part")
    part.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    make_durable([part])
    part.replace(file)
    make_durable([file.parent])


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder whole or not at all, in the place of one that is there; it survives a loss of power."""
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copytree(source, part)
    make_durable([*part.rglob("*"), part])
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)
    make_durable([target.parent])
