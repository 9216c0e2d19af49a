"""Broker clocks on the days when they change."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from novosky.market.clocks import ambiguous_count, to_utc

# Wall time on the broker's clock -> UTC. US clocks changed on 2024-03-10 and 2024-11-03, EU clocks on 2024-03-31 and
# 2024-10-27; between the two dates the clocks differ by an hour.
EDGES = [
    ("utc", "2024-03-10 09:30", "2024-03-10 09:30"),
    ("new_york_plus_7", "2024-01-02 00:00", "2024-01-01 22:00"),
    ("new_york_plus_7", "2024-07-02 00:00", "2024-07-01 21:00"),
    ("new_york_plus_7", "2024-03-10 08:59", "2024-03-10 06:59"),
    ("new_york_plus_7", "2024-03-10 09:00", None),
    ("new_york_plus_7", "2024-03-10 09:59", None),
    ("new_york_plus_7", "2024-03-10 10:00", "2024-03-10 07:00"),
    ("new_york_plus_7", "2024-03-20 12:00", "2024-03-20 09:00"),
    ("new_york_plus_7", "2024-10-30 12:00", "2024-10-30 09:00"),
    ("new_york_plus_7", "2024-11-03 07:59", "2024-11-03 04:59"),
    ("new_york_plus_7", "2024-11-03 09:00", "2024-11-03 07:00"),
    ("eet", "2024-03-20 12:00", "2024-03-20 10:00"),
    ("eet", "2024-03-31 02:59", "2024-03-31 00:59"),
    ("eet", "2024-03-31 03:30", None),
    ("eet", "2024-03-31 04:00", "2024-03-31 01:00"),
    ("eet", "2024-10-27 02:59", "2024-10-26 23:59"),
    ("eet", "2024-10-27 04:00", "2024-10-27 02:00"),
    ("eet", "2024-10-30 12:00", "2024-10-30 10:00"),
]


def series(*texts: str) -> pl.Series:
    return pl.Series(list(texts)).str.to_datetime("%Y-%m-%d %H:%M", time_unit="ms")


@pytest.mark.parametrize(("clock", "wall", "utc"), EDGES)
def test_edges_of_summer_time(clock: str, wall: str, utc: str | None) -> None:
    expected = None if utc is None else datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert to_utc(series(wall), clock).to_list() == [expected]
    assert ambiguous_count(series(wall), clock) == 0


@pytest.mark.parametrize(
    ("clock", "walls", "utc"),
    [
        ("new_york_plus_7", ("2024-11-03 08:00", "2024-11-03 08:30"), ("05:00", "05:30", "06:00", "06:30")),
        ("eet", ("2024-10-27 03:00", "2024-10-27 03:30"), ("00:00", "00:30", "01:00", "01:30")),
    ],
)
def test_repeated_hour_is_read_in_order(clock: str, walls: tuple[str, str], utc: tuple[str, ...]) -> None:
    found = to_utc(series(*walls, *walls), clock)
    assert found.dt.strftime("%H:%M").to_list() == list(utc)
    assert ambiguous_count(series(*walls, *walls), clock) == 4
    assert to_utc(series(walls[0]), clock).dt.strftime("%H:%M").to_list() == [utc[0]]


def test_second_pass_begins_where_the_times_step_back_even_with_gaps() -> None:
    walls = [f"2024-11-03 {time}" for time in ("08:00", "08:45", "08:15", "08:50", "09:00")]
    found = to_utc(series(*walls), "new_york_plus_7")
    assert found.dt.strftime("%H:%M").to_list() == ["05:00", "05:45", "06:15", "06:50", "07:00"]
