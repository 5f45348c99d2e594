"""How far a backup or a restore is, in words for whoever waits."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    words_id: str
    words_en: str
    share: float  # 0 … 1


OnProgress = Callable[[Progress], None]
