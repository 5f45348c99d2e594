"""Fail where a file names what must not leave a workplace: a package registry's host, or a path of one machine.

Hosts: people install from whatever mirror their pip, npm and apt are set to; a host written into a script, lock or
page would go round it. Paths: they work on one machine only. The words are put together from pieces so that this file
does not contain them.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED_FOLDERS = {"node_modules", "dist", "build", "__pycache__"}
HIDDEN_FOLDERS_READ = {".ci"}  # the other hidden ones are git's, or caches
SKIPPED_ENDINGS = {".pbf", ".png", ".jpg", ".woff2", ".pdf", ".gz", ".bz2", ".npy", ".npz"}

HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "yarn" + "pkg.com",
    "deb." + "debian.org",
    "security." + "debian.org",
    "ubuntu" + ".com/ubuntu",
]
PATHS = ["/wo" + "rk/main", "/wo" + "rk/shared", "/wo" + "rk/.library", "/tmp/" + "geo112/", "/root/" + ".pyenv"]
TRAILERS = ["Co-" + "authored-by"]

FORBIDDEN = re.compile("|".join(re.escape(word) for word in HOSTS + PATHS + TRAILERS), re.IGNORECASE)


def files(folder: Path) -> Iterator[Path]:
    """Walk the project's own files (without git, which a bare machine lacks)."""
    for entry in sorted(folder.iterdir()):
        if entry.is_symlink() or entry.name == ".git":  # in a second worktree a file, which names the first one's path
            continue
        if entry.is_dir():
            is_hidden = entry.name.startswith(".") and entry.name not in HIDDEN_FOLDERS_READ
            if not is_hidden and entry.name not in SKIPPED_FOLDERS:
                yield from files(entry)
        elif entry.suffix not in SKIPPED_ENDINGS:
            yield entry


def findings(root: Path) -> list[str]:
    """Return one line `file:line: word` for every forbidden word below `root`."""
    found = []
    for file in files(root):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        for number, line in enumerate(lines, start=1):
            found += [f"{file.relative_to(root)}:{number}: {hit[0]}" for hit in FORBIDDEN.finditer(line)]
    return found


if __name__ == "__main__":
    wrong = findings(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)
