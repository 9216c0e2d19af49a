"""Trading sessions in the local business hours of Tokyo, London and New York, summer time included.

A session is open Monday to Friday, from the first minute up to but not including the last. Summer time follows
the rules in force since 1996 (EU) and 2007 (US), worked out by arithmetic so that compiled code can ask.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from novosky.execution.compiled import compiled
from novosky.market.bars import Ints

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

SESSIONS = ("asian", "london", "new_york")
"""Column order of `session_flags`; the names that the configuration uses."""


@compiled
def _year_of(day: int) -> int:
    """Year of a day number (days since 1970-01-01), proleptic Gregorian; Hinnant, "chrono-Compatible Low-Level Date
    Algorithms", civil_from_days."""
    shifted = day + 719_468
    era = shifted // 146_097
    day_of_era = shifted - era * 146_097
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    return year_of_era + era * 400 + (1 if day_of_year >= 306 else 0)


@compiled
def _march_first(year: int) -> int:
    """Day number of 1 March: the one date from which spring and autumn are a fixed count of days away."""
    return 365 * year + year // 4 - year // 100 + year // 400 - 719_468


@compiled
def _sunday_from(day: int) -> int:
    """First Sunday on or after a day number; 1970-01-01 was a Thursday."""
    return day + (3 - day) % 7


@compiled
def is_eu_summer(time_ms: int) -> bool:
    """EU summer time: last Sunday of March 01:00 UTC to last Sunday of October 01:00 UTC."""
    march = _march_first(_year_of(time_ms // DAY_MS))
    begin = _sunday_from(march + 24) * DAY_MS + HOUR_MS
    end = _sunday_from(march + 238) * DAY_MS + HOUR_MS
    return begin <= time_ms < end


@compiled
def is_us_summer(time_ms: int) -> bool:
    """US summer time: second Sunday of March 07:00 UTC to first Sunday of November 06:00 UTC (02:00 local, both)."""
    march = _march_first(_year_of(time_ms // DAY_MS))
    begin = _sunday_from(march + 7) * DAY_MS + 7 * HOUR_MS
    end = _sunday_from(march + 245) * DAY_MS + 6 * HOUR_MS
    return begin <= time_ms < end


@compiled
def _is_business_hour(local_ms: int, begin_ms: int, end_ms: int) -> bool:
    weekday = (local_ms // DAY_MS + 3) % 7  # 0 is Monday
    return weekday < 5 and begin_ms <= local_ms % DAY_MS < end_ms


@compiled
def is_asian_session(time_ms: int) -> bool:
    """Tokyo, 09:00-18:00 local, UTC+9 all year."""
    return _is_business_hour(time_ms + 9 * HOUR_MS, 9 * HOUR_MS, 18 * HOUR_MS)


@compiled
def is_london_session(time_ms: int) -> bool:
    """London, 08:00-17:00 local."""
    offset_ms = HOUR_MS if is_eu_summer(time_ms) else 0
    return _is_business_hour(time_ms + offset_ms, 8 * HOUR_MS, 17 * HOUR_MS)


@compiled
def is_new_york_session(time_ms: int) -> bool:
    """New York, 08:00-17:00 local."""
    offset_ms = -4 * HOUR_MS if is_us_summer(time_ms) else -5 * HOUR_MS
    return _is_business_hour(time_ms + offset_ms, 8 * HOUR_MS, 17 * HOUR_MS)


@compiled
def session_flags(time_ms: Ints) -> NDArray[np.bool_]:
    """Which sessions are open at each UTC time: (n, 3) bool, columns as `SESSIONS`."""
    flags = np.empty((len(time_ms), 3), dtype=np.bool_)
    for i in range(len(time_ms)):
        flags[i, 0] = is_asian_session(time_ms[i])
        flags[i, 1] = is_london_session(time_ms[i])
        flags[i, 2] = is_new_york_session(time_ms[i])
    return flags
