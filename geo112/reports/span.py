"""Days of the centre: read from a request, said in words, turned into moments. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from geo112.errors import DomainError

DEFAULT_DAYS = 30
LONGEST_DAYS = 3_660  # ten years: more is a slip of the pen
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS = range(2000, 2101)

MONTHS = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "en": "January February March April May June July August September October November December",
}


@dataclass(frozen=True, slots=True)
class Span:
    """From the first day through the last, both whole, in the centre's time zone.

    Raises:
        DomainError: `span_backwards`, `span_too_long`.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise DomainError(
                "span_backwards",
                f"Rentang berakhir ({self.last}) sebelum dimulai ({self.first}).",
                f"The span ends ({self.last}) before it begins ({self.first}).",
            )
        if (self.last - self.first).days >= LONGEST_DAYS:
            raise DomainError(
                "span_too_long",
                "Rentang paling lama sepuluh tahun.",
                "A span is ten years at most.",
            )

    def moments(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Return its beginning and its end (that moment no longer belongs to it), aware, UTC."""
        since = datetime.combine(self.first, time.min, zone)
        until = datetime.combine(self.last + timedelta(days=1), time.min, zone)
        return since.astimezone(UTC), until.astimezone(UTC)

    def words(self, language: str) -> str:
        """Say the span as short as it is clear: 1–30 November 2026."""
        first, last = day_words(self.first, language), day_words(self.last, language)
        if self.first == self.last:
            return last
        if (self.first.year, self.first.month) == (self.last.year, self.last.month):
            return f"{self.first.day}–{last}"
        if self.first.year == self.last.year:
            return f"{first.rsplit(' ', 1)[0]} – {last}"
        return f"{first} – {last}"


def read_span(first: str | None, last: str | None, today: date) -> Span:
    """Return the span of a request.

    Args:
        first, last: YYYY-MM-DD; None or empty where not said. Without a last day it ends today (or on the first day if
            that is later), without a first day it is thirty days long.
        today: the centre's.
    Raises:
        DomainError: `bad_day`, `span_backwards`, `span_too_long`.
    """
    begins = _read_day(first) if first else None
    ends = _read_day(last) if last else max(today, begins or today)
    return Span(begins or ends - timedelta(days=DEFAULT_DAYS - 1), ends)


def day_words(day: date, language: str) -> str:
    return f"{day.day} {MONTHS[language].split()[day.month - 1]} {day.year}"


def _read_day(written: str) -> date:
    try:
        if not _DAY.fullmatch(written):
            raise ValueError(written)
        day = date.fromisoformat(written)
        if day.year not in _YEARS:
            raise ValueError(written)
    except ValueError as error:
        shown = written[:30]
        raise DomainError(
            "bad_day",
            f"“{shown}” bukan tanggal; tulis seperti 2026-11-24.",
            f"“{shown}” is not a day; write it like 2026-11-24.",
        ) from error
    return day
