"""Where the price stands in the range of the last hours and days. Windows are spans of time: gaps shorten them."""

from __future__ import annotations

import numpy as np

from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.features.windows import DAY_MINUTES, DAY_MS, HOUR_MS, bars_in, first_bar_within
from novosky.market.bars import Floats

DRAWDOWN_DAYS = 3


@feature_group(
    Feature("hourly_return", "change of the close over the last hour, %", warmup_minutes=60),
    Feature("daily_return", "change of the close over the last 24 hours, %", warmup_minutes=DAY_MINUTES),
    lookback_bars=1,
    lookback_minutes=DAY_MINUTES,
)
def returns(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    hour_bars, day_bars = bars_in(HOUR_MS, bars.timeframe_ms), bars_in(DAY_MS, bars.timeframe_ms)
    for i in range(start, stop):
        out[i - start, :] = np.nan
        if i >= hour_bars:
            before = first_bar_within(bars, i, HOUR_MS) - 1
            out[i - start, 0] = 100.0 * (bars.close[i] / bars.close[before] - 1.0)
        if i >= day_bars:
            before = first_bar_within(bars, i, DAY_MS) - 1
            out[i - start, 1] = 100.0 * (bars.close[i] / bars.close[before] - 1.0)


@feature_group(
    Feature(
        "daily_range_position",
        "place of the close in the range of the last 24 hours: 0 low, 1 high, 0.5 when flat",
        warmup_minutes=DAY_MINUTES,
    ),
    Feature(
        "daily_range",
        "range of the last 24 hours, in ATR: small in chop, large in a trend",
        warmup_bars=400,
        warmup_minutes=DAY_MINUTES,
        tolerance=1e-9,
    ),
    lookback_minutes=DAY_MINUTES,
)
def day_range(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    day_bars = bars_in(DAY_MS, bars.timeframe_ms)
    for i in range(start, stop):
        if i < day_bars:
            out[i - start, :] = np.nan
            continue
        highest, lowest = bars.high[i], bars.low[i]
        for j in range(first_bar_within(bars, i, DAY_MS), i):
            highest, lowest = max(highest, bars.high[j]), min(lowest, bars.low[j])
        reach = highest - lowest
        out[i - start, 0] = (bars.close[i] - lowest) / reach if reach > 0.0 else 0.5
        out[i - start, 1] = reach / bars.atr[i]


@feature_group(
    Feature(
        "drawdown_pct",
        "fall of the close from the highest high of the last 3 days, %",
        warmup_minutes=DRAWDOWN_DAYS * DAY_MINUTES,
    ),
    lookback_minutes=DRAWDOWN_DAYS * DAY_MINUTES,
)
def drawdown(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    span_ms = DRAWDOWN_DAYS * DAY_MS
    span_bars = bars_in(span_ms, bars.timeframe_ms)
    for i in range(start, stop):
        highest = bars.high[i]
        for j in range(first_bar_within(bars, i, span_ms), i):
            highest = max(highest, bars.high[j])
        out[i - start, 0] = 100.0 * (1.0 - bars.close[i] / highest) if i >= span_bars else np.nan
