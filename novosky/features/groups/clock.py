"""Sessions and the place in the day and week, as of the bar's close: the moment of the decision."""

from __future__ import annotations

import math

from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.features.windows import DAY_MS
from novosky.market.bars import Floats
from novosky.market.sessions import is_asian_session, is_london_session, is_new_york_session

WEEK_MS = 7 * DAY_MS
MONDAY_MS = 4 * DAY_MS
"""1970-01-05, the first Monday of the epoch."""


@feature_group(
    Feature("is_asian_session", "1 in Tokyo's business hours (Mon-Fri 09:00-18:00 local)"),
    Feature("is_london_session", "1 in London's business hours (Mon-Fri 08:00-17:00 local, summer time included)"),
    Feature("is_ny_session", "1 in New York's business hours (Mon-Fri 08:00-17:00 local, summer time included)"),
    Feature("session_overlap", "1 while London and New York are both open"),
)
def sessions(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    for i in range(start, stop):
        now_ms = bars.time_ms[i] + bars.timeframe_ms
        london = is_london_session(now_ms)
        new_york = is_new_york_session(now_ms)
        out[i - start, 0] = 1.0 if is_asian_session(now_ms) else 0.0
        out[i - start, 1] = 1.0 if london else 0.0
        out[i - start, 2] = 1.0 if new_york else 0.0
        out[i - start, 3] = 1.0 if london and new_york else 0.0


@feature_group(
    Feature("session_hour_sin", "sine of the UTC time of day, one turn a day"),
    Feature("session_hour_cos", "cosine of the UTC time of day, one turn a day"),
    Feature("session_week_sin", "sine of the UTC time of the week, one turn a week from Monday 00:00"),
    Feature("session_week_cos", "cosine of the UTC time of the week, one turn a week from Monday 00:00"),
)
def phases(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    for i in range(start, stop):
        now_ms = bars.time_ms[i] + bars.timeframe_ms
        day = 2.0 * math.pi * (now_ms % DAY_MS) / DAY_MS
        week = 2.0 * math.pi * ((now_ms - MONDAY_MS) % WEEK_MS) / WEEK_MS
        out[i - start, 0] = math.sin(day)
        out[i - start, 1] = math.cos(day)
        out[i - start, 2] = math.sin(week)
        out[i - start, 3] = math.cos(week)
