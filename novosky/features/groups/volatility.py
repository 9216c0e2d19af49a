"""How much the price moves, against itself and against its recent habit."""

from __future__ import annotations

import numpy as np

from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.features.windows import DAY_MINUTES, DAY_MS, bars_in, first_bar_within
from novosky.market.bars import Floats
from novosky.market.indicators import deviation_before, mean_before, true_range

RETURNS = 20


@feature_group(
    Feature("atr_ratio", "ATR(14) over the close, %", warmup_bars=400, tolerance=1e-9),
    Feature("volatility_20", "standard deviation of the last 20 bars' returns, %", warmup_bars=RETURNS),
    lookback_bars=RETURNS,
)
def volatility(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    returns = np.empty(RETURNS)
    for i in range(start, stop):
        out[i - start, 0] = 100.0 * bars.atr[i] / bars.close[i]
        if i < RETURNS:
            out[i - start, 1] = np.nan
            continue
        for k in range(RETURNS):
            j = i - RETURNS + 1 + k
            returns[k] = 100.0 * (bars.close[j] / bars.close[j - 1] - 1.0)
        mean = mean_before(returns, RETURNS, RETURNS)
        out[i - start, 1] = deviation_before(returns, RETURNS, RETURNS, mean)


@feature_group(
    Feature(
        "atr_14",
        "ATR(14) over the mean true range of the last 24 hours: above 1, livelier than usual",
        warmup_bars=400,
        warmup_minutes=DAY_MINUTES,
        tolerance=1e-9,
    ),
    lookback_bars=1,
    lookback_minutes=DAY_MINUTES,
)
def relative_atr(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    day_bars = bars_in(DAY_MS, bars.timeframe_ms)
    for i in range(start, stop):
        if i < day_bars:
            out[i - start, 0] = np.nan
            continue
        first = first_bar_within(bars, i, DAY_MS)
        total = 0.0
        for j in range(first, i + 1):
            total += true_range(bars.high[j], bars.low[j], bars.close[j - 1])
        out[i - start, 0] = bars.atr[i] / max(total / (i + 1 - first), bars.point)
