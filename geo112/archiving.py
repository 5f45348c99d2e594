"""Where PostgreSQL brings each finished piece of its log, so that a backup can be brought forward to the last minute.

    PostgreSQL ── sh geo112-archive.sh <piece> <name> ──► <folder>/log/<name>.gz: fsynced, read back, never written over

The script runs on sh and coreutils alone: it has to go on while Geo112 is being exchanged for a newer one. A disk that
is away must not stop the dispatch: pieces wait in the cluster until there are 4 GB of them, then they are let go, which
leaves a gap that `geo112 restore` finds, and that the next `geo112 backup` makes harmless.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOSS_WINDOW_S = 60  # a piece that is not full is finished after this long: what a burnt machine may take with it
MOST_WAITING = 256  # pieces of 16 MB
MARK = "geo112-backup.json"  # in a folder of backups: whose it is
SCRIPT = "geo112-archive.sh"  # in the cluster's data folder, where PostgreSQL runs it
CHOSEN = "backup.json"  # beside the data folder, so that it is no part of a backup

TEXT = """\
# Written by Geo112. PostgreSQL calls it with a finished piece of its log and lets go of the piece when this says 0.
from=$1 name=$2 folder={folder} series={series}
whole=$folder/log/$name.gz part=$folder/log/$name.part
keep() {{
    grep -qF "$series" "$folder/{mark}" || return 1 # another disk is mounted there, or none
    if [ ! -e "$whole" ]; then
        gzip -1 -n -c "$from" >"$part" && sync "$part" && mv -n "$part" "$whole" || return 1
    fi
    gzip -dc "$whole" | cmp -s - "$from" && sync "$folder/log"
}}
keep && exit 0
set -- pg_wal/archive_status/*.ready
[ $# -gt {most} ] || exit 1
echo "geo112: the folder of backups is away for too long; $name is let go" >&2
"""


@dataclass(frozen=True, slots=True)
class Target:
    """The folder of backups that a cluster was given, and the mark by which the two know each other."""

    folder: Path
    series: str


def target_of(cluster: Path) -> Target | None:
    """Return where the cluster in this folder brings its log, or None while nobody has chosen a place."""
    try:
        said = json.loads((cluster / CHOSEN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Target(Path(said["folder"]), said["series"])


def choose(target: Target) -> str:
    """Return what stands in the cluster's `backup.json` from now on."""
    return json.dumps({"folder": str(target.folder), "series": target.series}) + "\n"


def script(target: Target) -> str:
    return TEXT.format(
        folder=shlex.quote(str(target.folder)), series=shlex.quote(target.series), mark=MARK, most=MOST_WAITING
    )


def configuration(target: Target | None) -> Mapping[str, str | int]:
    """Return PostgreSQL's settings. `archive_mode` is always on: it alone could not be changed without a restart."""
    if target is None:
        return {"archive_mode": "on", "archive_command": "/bin/true", "archive_timeout": 0}
    return {"archive_mode": "on", "archive_command": f"sh {SCRIPT} %p %f", "archive_timeout": f"{LOSS_WINDOW_S}s"}
