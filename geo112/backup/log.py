"""The pieces of PostgreSQL's log in a folder of backups: which follow one another, which are whole, which may go.

A piece is named by 24 hexadecimal digits: 8 of the timeline, 16 of its number. Source: PostgreSQL, xlog_internal.h.
"""

import gzip
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PIECE_BYTES = 16 * 1024 * 1024
PIECES_OF_A_FILE = 2**32 // PIECE_BYTES
NAME = re.compile(r"([0-9A-F]{24})(\.[0-9A-F]{8}\.backup)?\.gz")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a base can be brought forward."""

    pieces: int
    last: str | None  # the last piece that is there and whole, and so are all before it
    missing: str | None  # the first that is missing or damaged though later ones are there


def piece_at(timeline: int, position: str) -> str:
    """Return the name of the piece that holds a position such as `0/3000060`."""
    high, low = (int(part, 16) for part in position.split("/"))
    return f"{timeline:08X}{high:08X}{low // PIECE_BYTES:08X}"


def after(piece: str) -> str:
    """Return the name of the piece that follows."""
    number = int(piece[8:16], 16) * PIECES_OF_A_FILE + int(piece[16:], 16) + 1
    return f"{piece[:8]}{number // PIECES_OF_A_FILE:08X}{number % PIECES_OF_A_FILE:08X}"


def reach(log: Path, base_ends_with: str, on_progress: Callable[[float], None] = lambda share: None) -> Reach:
    """Read all pieces after a base as far as they follow one another."""
    there = {found[1] for file in log.iterdir() if (found := NAME.fullmatch(file.name)) and not found[2]}
    later = [piece for piece in there if piece > base_ends_with and piece[:8] == base_ends_with[:8]]
    last, piece, read = None, after(base_ends_with), 0
    while piece in there and _is_whole(log / f"{piece}.gz"):
        last, piece, read = piece, after(piece), read + 1
        on_progress(read / len(later))
    return Reach(read, last, piece if len(later) > read else None)


def prune(log: Path, needed_from: str) -> int:
    """Remove the pieces before `needed_from`; return how many."""
    old = [file for file in log.iterdir() if (found := NAME.fullmatch(file.name)) and found[1] < needed_from]
    for file in old:
        file.unlink()
    return len(old)


def _is_whole(file: Path) -> bool:
    size = 0
    try:
        with gzip.open(file) as content:
            while chunk := content.read(1024 * 1024):
                size += len(chunk)
    except (OSError, EOFError, zlib.error):
        return False
    return size == PIECE_BYTES
