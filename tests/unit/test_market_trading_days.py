"""Swap nights and the week's end by the broker's clock, against days counted by the standard library."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from novosky.market.bars import Ints
from novosky.market.trading_days import days_per_year, in_week_end, swap_nights, wall_ms

HOUR_MS = 3_600_000
QUARTER_MS = HOUR_MS // 4
ZONES = {"utc": (ZoneInfo("UTC"), 0), "new_york_plus_7": (ZoneInfo("America/New_York"), 7),
         "eet": (ZoneInfo("Europe/Helsinki"), 0)}  # fmt: skip


def opens(start: str, n_bars: int, step_ms: int = QUARTER_MS) -> Ints:
    first = int(datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp() * 1000)
    return first + np.arange(n_bars, dtype=np.int64) * step_ms


def text(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%a %d %H:%M")


def nights(time_ms: Ints, clock: str, triple_day: str) -> dict[str, int]:
    """The bars that have nights before them, by their UTC time."""
    found = swap_nights(time_ms, clock, triple_day)
    assert found.dtype == np.int8
    return {text(time_ms[i]): int(found[i]) for i in np.flatnonzero(found)}


def test_nights_fall_on_the_brokers_midnight() -> None:
    """1 March 2024 is a Friday; New York + 7 h is UTC+2, from Sunday 10 March on UTC+3."""
    assert nights(opens("2024-03-01", 11 * 96), "new_york_plus_7", "friday") == {
        "Fri 01 22:00": 3, "Mon 04 22:00": 1, "Tue 05 22:00": 1, "Wed 06 22:00": 1, "Thu 07 22:00": 1,
        "Fri 08 22:00": 3, "Mon 11 21:00": 1,
    }  # fmt: skip


def test_the_night_that_ends_the_triple_day_counts_three() -> None:
    assert nights(opens("2024-03-01", 8 * 96 + 1), "utc", "wednesday") == {
        "Sat 02 00:00": 1, "Tue 05 00:00": 1, "Wed 06 00:00": 1, "Thu 07 00:00": 3, "Fri 08 00:00": 1,
        "Sat 09 00:00": 1,
    }  # fmt: skip


def test_without_a_triple_day_every_night_counts() -> None:
    found = nights(opens("2024-03-01", 4 * 96 + 1), "utc", "none")
    assert found == {"Sat 02 00:00": 1, "Sun 03 00:00": 1, "Mon 04 00:00": 1, "Tue 05 00:00": 1}


@pytest.mark.parametrize(("triple_day", "added_up"), [("friday", 5), ("tuesday", 5), ("wednesday", 3), ("none", 5)])
def test_a_gap_over_several_midnights_adds_up(triple_day: str, added_up: int) -> None:
    """Closed from Friday 1 March 20:00 to Wednesday 6 March 10:00: the nights of Friday, Monday and Tuesday."""
    gap = np.concatenate((opens("2024-03-01", 80), opens("2024-03-06T10:00", 8)))
    assert nights(gap, "utc", triple_day) == {"Wed 06 10:00": added_up}


def test_the_longest_gap_does_not_wrap_round() -> None:
    year = np.array([0, 365 * 24 * HOUR_MS], np.int64)
    assert swap_nights(year, "utc", "wednesday").tolist() == [0, 127]


@pytest.mark.parametrize("clock", ZONES)
def test_wall_clock_is_the_standard_librarys(clock: str) -> None:
    time_ms = opens("2022-01-01", 3 * 365 * 24, HOUR_MS)
    zone, ahead = ZONES[clock]
    offset = [datetime.fromtimestamp(t / 1000, zone).utcoffset() for t in time_ms.tolist()]
    expected = [t + (o.total_seconds() / 3600 + ahead) * HOUR_MS for t, o in zip(time_ms.tolist(), offset, strict=True)]
    assert wall_ms(time_ms, clock).tolist() == expected


def test_nights_agree_with_a_count_of_days() -> None:
    """Bars of four hours with gaps through both changes of the clock, one day after the other."""
    random = np.random.Generator(np.random.PCG64(3))
    time_ms = opens("2023-10-01", 2000, 4 * HOUR_MS)[np.sort(random.choice(2000, 500, replace=False))]
    days = [datetime.fromtimestamp(t / 1000, ZONES["eet"][0]).date() for t in time_ms.tolist()]
    counts = [1, 1, 3, 1, 1, 0, 0]  # Monday to Sunday
    expected = [
        sum(counts[(day - 1) % 7] for day in range(before.toordinal(), now.toordinal()))
        for before, now in pairwise(days)
    ]
    assert swap_nights(time_ms, "eet", "wednesday").tolist() == [0, *expected]


def test_flat_time_of_the_week() -> None:
    """An hour before Saturday 00:00 to Monday 00:00: in winter Friday 21:00 to Sunday 22:00 UTC, in summer earlier."""
    time_ms = opens("2024-03-01", 17 * 96)
    flat = in_week_end(time_ms, "new_york_plus_7", 60)
    edges = np.flatnonzero(np.diff(flat)) + 1
    assert [text(time_ms[i]) for i in edges] == [
        "Fri 01 21:00", "Sun 03 22:00", "Fri 08 21:00", "Sun 10 21:00", "Fri 15 20:00", "Sun 17 21:00",
    ]  # fmt: skip
    assert not flat[0]


def test_flat_time_can_begin_two_days_early_or_never() -> None:
    time_ms = opens("2024-03-04", 7 * 96)  # Monday to Sunday
    assert int(np.flatnonzero(in_week_end(time_ms, "utc", 2880))[0]) == 3 * 96
    assert not np.any(in_week_end(time_ms, "utc", 0))


@pytest.mark.parametrize(
    ("closed", "expected"),
    [
        (lambda day, hour: False, 365),  # round the clock
        (lambda day, hour: day >= 5, 261),  # Monday to Friday
        (lambda day, hour: day == 5 or (day == 6 and hour < 22), 313),  # Sunday evenings have bars of their own
    ],
)
def test_days_in_a_year_are_those_with_bars(closed: Callable[[int, int], bool], expected: int) -> None:
    hours = [datetime(2024, 1, 3, tzinfo=UTC) + timedelta(hours=k) for k in range(24 * 400)]
    open_ = [moment for moment in hours if not closed(moment.weekday(), moment.hour)]
    time_ms = np.array([int(moment.timestamp()) * 1000 for moment in open_])
    assert days_per_year(time_ms) == expected
    assert days_per_year(time_ms[:20]) == 365  # less than a week says nothing
