"""The days and weeks that a clock counts, for limits that reset with them."""

from __future__ import annotations

import numpy as np

from novosky.execution.compiled import compiled
from novosky.market.bars import Ints
from novosky.market.sessions import DAY_MS, HOUR_MS, is_eu_summer, is_us_summer

UTC, NEW_YORK_PLUS_7, EET = 0, 1, 2
CLOCK_CODES = {"utc": UTC, "new_york_plus_7": NEW_YORK_PLUS_7, "eet": EET}


@compiled
def _days(time_ms: Ints, clock: int) -> Ints:
    day = np.empty(len(time_ms), np.int64)
    for i in range(len(time_ms)):
        offset = 0
        if clock == NEW_YORK_PLUS_7:
            offset = 3 if is_us_summer(time_ms[i]) else 2
        elif clock == EET:
            offset = 3 if is_eu_summer(time_ms[i]) else 2
        day[i] = (time_ms[i] + offset * HOUR_MS) // DAY_MS
    return day


def trading_days(time_ms: Ints, clock: str) -> Ints:
    """Number of the day since 1970-01-01 that each UTC time falls in by `clock`, shape (n,)."""
    return _days(time_ms, CLOCK_CODES[clock])


def trading_weeks(days: Ints) -> Ints:
    """Number of the week of each day, weeks beginning on Monday; 1970-01-01 was a Thursday."""
    return (days + 3) // 7
