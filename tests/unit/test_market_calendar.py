"""The calendar: from a file, selected, and never silent about bars that it does not cover."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from novosky.errors import DataError
from novosky.market.calendar import require_cover
from novosky.market.calendar_csv import read_calendar_csv
from novosky.market.schedule import RELEASES, synthetic_calendar
from novosky.market.synthetic import generate
from support.market_files import QUARTER_MS, generated

HEADER = "datetime_utc,currency,impact,event,actual,time_known\n"
FILE = (
    HEADER + "2024-01-05T13:30:00Z,USD,high,Employment,1,True\n"
    "2024-01-03T10:00:00Z,EUR,low,Prices,,True\n"
    "2024-01-05T13:30:00Z,CAD,medium,Employment,,True\n"
    "2024-01-08T00:00:00Z,USD,high,Holiday,,False\n"
).encode()


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_file_is_sorted_and_events_without_time_are_left_out() -> None:
    calendar, untimed = read_calendar_csv(FILE, "cal.csv")
    assert untimed == 1
    assert calendar.time_ms.tolist() == [ms("2024-01-03 10:00"), ms("2024-01-05 13:30"), ms("2024-01-05 13:30")]
    assert calendar.currency == ("EUR", "CAD", "USD")
    assert calendar.impact.tolist() == [1, 2, 3]
    assert (calendar.covers_from_ms, calendar.covers_to_ms) == (ms("2024-01-03"), ms("2024-01-09"))


def test_select() -> None:
    calendar, _ = read_calendar_csv(FILE, "cal.csv")
    assert calendar.select(["USD"], "high").tolist() == [ms("2024-01-05 13:30")]
    assert len(calendar.select(["USD", "CAD"], "medium")) == 2
    assert len(calendar.select(["USD"], "low")) == 1
    assert len(calendar.select(["JPY"], "low")) == 0
    assert len(calendar.select([], "low")) == 0


def test_calendar_without_the_time_known_column_trusts_all_times() -> None:
    content = b"datetime_utc,currency,impact,event\n2024-01-05T13:30:00Z,USD,high,A\n"
    calendar, untimed = read_calendar_csv(content, "cal.csv")
    assert (len(calendar), untimed) == (1, 0)


REFUSALS = [
    (b"time,currency\n1,USD\n", "missing datetime_utc, impact, event"),
    ((HEADER + "2024-01-05T13:30:00,USD,high,A,1,True\n").encode(), "expected a time such as"),
    ((HEADER + "soonZ,USD,high,A,1,True\n").encode(), "found 'soonZ' in row 1"),
    ((HEADER + "2024-01-05T13:30:00Z,USD,huge,A,1,True\n").encode(), "expected an impact of none, low, medium, high"),
    ((HEADER + "2024-01-05T13:30:00Z,USD,high,A,1,False\n").encode(), "events with a known time, found none of 1"),
    (HEADER.encode(), "events with a known time, found none of 0"),
    (b"", "expected a comma separated calendar"),
]


@pytest.mark.parametrize(("content", "message"), REFUSALS)
def test_refusals(content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_calendar_csv(content, "cal.csv")


def test_bars_outside_the_calendar_are_refused() -> None:
    made = generate(generated())
    require_cover(made.calendar, made.bars)
    calendar, _ = read_calendar_csv(FILE, "cal.csv")
    with pytest.raises(DataError, match=r"covers 2024-01-03 00:00 UTC to 2024-01-09 00:00 UTC, the bars .* news=none"):
        require_cover(calendar, made.bars)


def test_content_hash_tells_values_apart() -> None:
    calendar, _ = read_calendar_csv(FILE, "cal.csv")
    other, _ = read_calendar_csv(FILE.replace(b"CAD,medium", b"CAD,high"), "cal.csv")
    again, _ = read_calendar_csv(FILE, "elsewhere.csv")
    assert calendar.content_hash() == again.content_hash() != other.content_hash()


def test_synthetic_schedule_keeps_its_weekdays_and_leaves_about_a_tenth_out() -> None:
    time_ms = ms("2024-01-01") + np.arange(4 * 365 * 96, dtype=np.int64) * QUARTER_MS
    calendar = synthetic_calendar(time_ms, QUARTER_MS, seed=5)
    assert np.all(np.diff(calendar.time_ms) >= 0)
    jobs = [t for t, title in zip(calendar.time_ms, calendar.title, strict=True) if title == "Employment report"]
    for time in jobs:
        when = datetime.fromtimestamp(time / 1000, tz=UTC)
        assert (when.weekday(), when.hour, when.minute) == (4, 13, 30)
        assert when.day <= 7
    assert 36 <= len(jobs) <= 48
    monthly = sum(release.week is not None for release in RELEASES)
    weekly = len(RELEASES) - monthly
    possible = monthly * 48 + weekly * 209
    assert 0.85 < len(calendar) / possible < 0.95
    assert calendar.covers_from_ms < time_ms[0]
    assert calendar.covers_to_ms > time_ms[-1] + QUARTER_MS
