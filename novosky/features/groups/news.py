"""Scheduled events around the bar's close. Their times are known beforehand; their outcome is never looked at."""

from __future__ import annotations

import numpy as np

from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.features.windows import DAY_MS
from novosky.market.bars import Floats


@feature_group(
    Feature("is_news_near", "1 when an event is at most news.near_minutes away, before or after"),
    Feature("news_minutes_away", "time to the nearest event, past or coming, in days; 1 for a day or more"),
    Feature("news_count_today", "events of the current UTC day, past and coming"),
    Feature("is_news_risk_window", "1 when an event is at most news.risk_window_minutes away, before or after"),
    needs_calendar=True,
)
def news(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    events = bars.event_ms
    for i in range(start, stop):
        now_ms = bars.time_ms[i] + bars.timeframe_ms
        following = np.searchsorted(events, now_ms)
        away_ms = DAY_MS
        if following < len(events):
            away_ms = min(away_ms, events[following] - now_ms)
        if following > 0:
            away_ms = min(away_ms, now_ms - events[following - 1])
        today_ms = now_ms - now_ms % DAY_MS
        out[i - start, 0] = 1.0 if away_ms <= bars.near_ms else 0.0
        out[i - start, 1] = away_ms / DAY_MS
        out[i - start, 2] = np.searchsorted(events, today_ms + DAY_MS) - np.searchsorted(events, today_ms)
        out[i - start, 3] = 1.0 if away_ms <= bars.risk_window_ms else 0.0
