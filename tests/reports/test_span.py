"""Days of the centre: what is read, what is refused, and when a day begins."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from geo112.errors import DomainError
from geo112.reports.span import Span, read_span

TODAY = date(2026, 11, 24)


def test_nothing_said_is_the_last_thirty_days() -> None:
    assert read_span(None, None, TODAY) == Span(date(2026, 10, 26), TODAY)
    assert read_span("", "", TODAY) == read_span(None, None, TODAY)


def test_the_end_not_said_is_today() -> None:
    assert read_span("2026-11-01", None, TODAY) == Span(date(2026, 11, 1), TODAY)
    assert read_span("2026-12-01", None, TODAY) == Span(date(2026, 12, 1), date(2026, 12, 1))


@pytest.mark.parametrize(
    "written", ["24-11-2026", "2026-11-31", "2026-11", "20261124", "2026-W48-2", "kemarin", "9999-12-31", "0001-01-01"]
)
def test_what_is_no_day_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(DomainError) as refused:
        read_span(written, None, TODAY)
    assert (refused.value.code, refused.value.status) == ("bad_day", 422)
    assert "2026-11-24" in refused.value.words_id


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(DomainError, match="before it begins") as refused:
        read_span("2026-11-02", "2026-11-01", TODAY)
    assert refused.value.code == "span_backwards"


def test_a_span_is_ten_years_at_most() -> None:
    with pytest.raises(DomainError) as refused:
        read_span("2010-01-01", "2026-01-01", TODAY)
    assert refused.value.code == "span_too_long"


@pytest.mark.parametrize(("zone", "hour"), [("Asia/Jakarta", 17), ("Asia/Makassar", 16), ("Asia/Jayapura", 15)])
def test_a_day_begins_when_it_begins_at_the_centre(zone: str, hour: int) -> None:
    since, until = Span(TODAY, TODAY).moments(ZoneInfo(zone))
    assert since == datetime(2026, 11, 23, hour, tzinfo=UTC)
    assert until - since == timedelta(days=1)


@pytest.mark.parametrize(
    ("first", "last", "indonesian", "english"),
    [
        (TODAY, TODAY, "24 November 2026", "24 November 2026"),
        (date(2026, 8, 1), date(2026, 8, 31), "1–31 Agustus 2026", "1–31 August 2026"),
        (date(2026, 5, 4), TODAY, "4 Mei – 24 November 2026", "4 May – 24 November 2026"),
        (date(2025, 12, 31), TODAY, "31 Desember 2025 – 24 November 2026", "31 December 2025 – 24 November 2026"),
    ],
)
def test_a_span_is_said_as_people_say_it(first: date, last: date, indonesian: str, english: str) -> None:
    assert Span(first, last).words("id") == indonesian
    assert Span(first, last).words("en") == english
