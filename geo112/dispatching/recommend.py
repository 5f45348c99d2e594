"""Ranking: which of the free, capable units can be there soonest, and what the dispatcher should know of each. Pure.

A unit whose fix is old is ranked by the middle of the interval in which it can be there: neither its best nor its worst
counts. One that stood at its post by its newest fix is taken to stand there still: phones send little while they stand.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from geo112.dispatching.aging import FRESH_S, Interval, aged
from geo112.dispatching.travel import Travel
from geo112.units.unit import Service, Unit

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
    interval: Interval | None  # when it can be there, where its fix is old and it was elsewhere than at its post
    reasons: tuple[Reason, ...]

    @property
    def expected_s(self) -> float:
        return self.travel.eta_s if self.interval is None else self.interval.middle_s


def rank(
    units: Sequence[Unit],
    travel: Sequence[Travel],
    needed: Sequence[str],
    now: datetime,
    at_post: Collection[int] = frozenset(),
) -> list[Ranked]:
    """Order units by arrival time; road times before guesses of the same time, then by call sign.

    Args:
        at_post: ids of the units that stood at their post by their newest fix.
    """
    ranked = []
    for unit, theirs in zip(units, travel, strict=True):
        age_s = None if unit.position is None else max(0.0, (now - unit.position.fixed_at).total_seconds())
        is_home = unit.id in at_post
        interval = None
        if age_s is not None and age_s > FRESH_S and not is_home:
            interval = aged(theirs.eta_s, age_s, is_on_its_way=False)
        ranked.append(
            Ranked(
                unit,
                tuple(capability for capability in needed if capability in unit.capabilities),
                theirs,
                age_s,
                interval,
                reasons(unit, theirs, now, is_home=is_home),
            )
        )
    return sorted(ranked, key=lambda one: (one.expected_s, one.travel.source, one.unit.call_sign))


def reasons(unit: Unit, travel: Travel, now: datetime, *, is_home: bool = False) -> tuple[Reason, ...]:
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
            where_id, where_en = (", di pos", ", at its post") if is_home else ("", "")
            found.append(
                Reason("old_position", f"posisi {minutes} mnt lalu{where_id}", f"position {minutes} min old{where_en}")
            )
        if unit.position.battery is not None and unit.position.battery < LOW_BATTERY:
            found.append(Reason("low_battery", "baterai ponsel lemah", "phone battery low"))
    if unit.service is Service.LIMITED:
        found.append(
            Reason("limited", unit.service_reason or "layanan terbatas", unit.service_reason or "limited service")
        )
    if unit.service is Service.STANDBY:
        found.append(Reason("standby", "sedang siaga di tempat lain", "standing by elsewhere"))
    return tuple(found)
