"""The days, weeks, swap nights and weekends that a broker's clock counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from novosky.config.schema.market import WEEKDAYS
from novosky.execution.compiled import compiled
from novosky.market.bars import Ints
from novosky.market.sessions import DAY_MS, HOUR_MS, is_eu_summer, is_us_summer

UTC, NEW_YORK_PLUS_7, EET = 0, 1, 2
CLOCK_CODES = {"utc": UTC, "new_york_plus_7": NEW_YORK_PLUS_7, "eet": EET}

MINUTE_MS = 60_000
WEEK_MS = 7 * DAY_MS
MONDAY_MS = 3 * DAY_MS  # from Monday 00:00 to the epoch, a Thursday
SATURDAY_MS = 5 * DAY_MS  # from Monday 00:00


@compiled
def _wall(time_ms: Ints, clock: int) -> Ints:
    wall = np.empty(len(time_ms), np.int64)
    for i in range(len(time_ms)):
        offset = 0
        if clock == NEW_YORK_PLUS_7:
            offset = 3 if is_us_summer(time_ms[i]) else 2
        elif clock == EET:
            offset = 3 if is_eu_summer(time_ms[i]) else 2
        wall[i] = time_ms[i] + offset * HOUR_MS
    return wall


def wall_ms(time_ms: Ints, clock: str) -> Ints:
    """What `clock` shows at each UTC time, as milliseconds since its own 1970-01-01 00:00, shape (n,)."""
    return _wall(np.require(time_ms, np.int64, ("C", "A", "W")), CLOCK_CODES[clock])


def utc_ms(wall: int, clock: str, after_ms: int | None = None) -> int:
    """The UTC time at which `clock` shows `wall` (ms); of two in autumn the first that lies after `after_ms`.

    A wall time that the clock skips in spring counts as if it had not been set forward yet.
    """
    if clock == "utc":
        return wall
    shown = [wall - hours * HOUR_MS for hours in (3, 2)]
    times = [time for time in shown if int(wall_ms(np.array([time], np.int64), clock)[0]) == wall]
    later = [time for time in times if after_ms is None or time > after_ms]
    return (later or times or [shown[1]])[0]


def days_per_year(time_ms: Ints) -> int:
    """UTC days with a bar in a year, counted over the whole weeks of the bars: 365 round the clock, about 312 with
    Sunday evenings and no Saturdays, 261 on weekdays alone; 365 for less than a week.
    """
    days = np.unique(time_ms // DAY_MS)
    length = (int(days[-1] - days[0]) + 1) // 7 * 7
    return round(365.25 * int(np.sum(days < days[0] + length)) / length) if length else 365


def trading_days(time_ms: Ints, clock: str) -> Ints:
    """Number of the day since 1970-01-01 that each UTC time falls in by `clock`, shape (n,)."""
    return wall_ms(time_ms, clock) // DAY_MS


def trading_weeks(days: Ints) -> Ints:
    """Number of the week of each day, weeks beginning on Monday; 1970-01-01 was a Thursday."""
    return (days + 3) // 7


def swap_nights(time_ms: Ints, clock: str, triple_day: str) -> NDArray[np.int8]:
    """Nights of swap between each bar's open and the open before it, shape (n,); 0 for the first.

    A night ends a day at midnight of `clock` and counts by that day: 1, on the triple day 3, Saturday and Sunday 0;
    with triple day `none` every night counts 1. A week has seven either way. More than 127 count as 127.
    """
    per_weekday = np.ones(7, np.int64)
    if triple_day != "none":
        per_weekday[5:] = 0
        per_weekday[WEEKDAYS.index(triple_day)] = 3
    week, weekday = np.divmod(trading_days(time_ms, clock) + 3, 7)
    nights_before = 7 * week + np.concatenate(([0], np.cumsum(per_weekday)))[weekday]
    return np.minimum(np.diff(nights_before, prepend=nights_before[:1]), np.iinfo(np.int8).max).astype(np.int8)


def in_week_end(time_ms: Ints, clock: str, minutes: int) -> NDArray[np.bool_]:
    """Whether each UTC time lies from `minutes` before Saturday 00:00 to Monday 00:00 of `clock`; 0 is never."""
    if minutes == 0:
        return np.zeros(len(time_ms), np.bool_)
    since_monday = (wall_ms(time_ms, clock) + MONDAY_MS) % WEEK_MS
    return np.asarray(since_monday >= SATURDAY_MS - minutes * MINUTE_MS)
