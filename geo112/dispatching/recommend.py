"""Ranking: which of the free, capable units can be there soonest, and what the dispatcher should know of each. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from geo112.dispatching.travel import Travel
from geo112.units.unit import Service, Unit

FRESH_S = 60.0  # a fix older than this is said to be old
LOW_BATTERY = 0.15


@dataclass(frozen=True, slots=True)
class Reason:
    """Something to know of a unit, with a code for programs and words for people."""

    code: str
    words_id: str
    words_en: str


@dataclass(frozen=True, slots=True)
class Ranked:
    unit: Unit
    capabilities: tuple[str, ...]  # those of the needs that it meets
    travel: Travel
    fix_age_s: float | None  # None: no position ever, ranked from its post
    reasons: tuple[Reason, ...]


def rank(units: Sequence[Unit], travel: Sequence[Travel], needed: Sequence[str], now: datetime) -> list[Ranked]:
    """Order units by arrival time; road times before guesses of the same time, then by call sign."""
    ranked = [
        Ranked(
            unit,
            tuple(capability for capability in needed if capability in unit.capabilities),
            theirs,
            None if unit.position is None else max(0.0, (now - unit.position.fixed_at).total_seconds()),
            reasons(unit, theirs, now),
        )
        for unit, theirs in zip(units, travel, strict=True)
    ]
    return sorted(ranked, key=lambda one: (one.travel.eta_s, one.travel.source, one.unit.call_sign))


def reasons(unit: Unit, travel: Travel, now: datetime) -> tuple[Reason, ...]:
    """Return what speaks against a unit, or makes its arrival time less sure."""
    found = []
    if travel.source == "straight_line":
        found.append(
            Reason("straight_line", "perkiraan garis lurus, tanpa jalan", "straight-line guess, no road found")
        )
    if unit.position is None:
        found.append(Reason("no_position", "belum ada posisi, dihitung dari pos", "no position yet, from its post"))
    else:
        age_s = (now - unit.position.fixed_at).total_seconds()
        if age_s > FRESH_S:
            minutes = f"{age_s / 60:.0f}"
            found.append(Reason("old_position", f"posisi {minutes} mnt lalu", f"position {minutes} min old"))
        if unit.position.battery is not None and unit.position.battery < LOW_BATTERY:
            found.append(Reason("low_battery", "baterai ponsel lemah", "phone battery low"))
    if unit.service is Service.LIMITED:
        found.append(
            Reason("limited", unit.service_reason or "layanan terbatas", unit.service_reason or "limited service")
        )
    if unit.service is Service.STANDBY:
        found.append(Reason("standby", "sedang siaga di tempat lain", "standing by elsewhere"))
    return tuple(found)
