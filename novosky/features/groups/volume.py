"""Tick volume against its own average: sources count different things, so no feature sees a raw count."""

from __future__ import annotations

import numpy as np

from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.features.windows import DAY_MINUTES, DAY_MS, bars_in, first_bar_within
from novosky.market.bars import Floats
from novosky.market.indicators import mean_before

PERIOD = 20


@feature_group(
    Feature("volume_ratio", "volume over its mean of 20 bars; 1 without volume", warmup_bars=PERIOD),
    Feature(
        "volume_delta",
        "volume of rising minus volume of falling candles over all volume, 20 bars, -1..1; 0 without volume",
        warmup_bars=PERIOD,
    ),
    lookback_bars=PERIOD,
)
def volume(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    for i in range(start, stop):
        if i + 1 < PERIOD:
            out[i - start, :] = np.nan
            continue
        total, signed = 0.0, 0.0
        for j in range(i + 1 - PERIOD, i + 1):
            total += bars.tick_volume[j]
            signed += bars.tick_volume[j] * np.sign(bars.close[j] - bars.open[j])
        out[i - start, 0] = bars.tick_volume[i] * PERIOD / total if total > 0.0 else 1.0
        out[i - start, 1] = signed / total if total > 0.0 else 0.0


@feature_group(
    Feature(
        "volume_trend",
        "mean volume of 20 bars over the mean of the last 24 hours; 1 without volume",
        warmup_bars=PERIOD,
        warmup_minutes=DAY_MINUTES,
    ),
    Feature(
        "price_vs_vwap",
        "close minus the volume-weighted price of the last 24 hours, in ATR; 0 without volume",
        warmup_bars=400,
        warmup_minutes=DAY_MINUTES,
        tolerance=1e-9,
    ),
    lookback_bars=PERIOD,
    lookback_minutes=DAY_MINUTES,
)
def day_volume(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    needed = max(PERIOD, bars_in(DAY_MS, bars.timeframe_ms))
    for i in range(start, stop):
        if i < needed:
            out[i - start, :] = np.nan
            continue
        first = first_bar_within(bars, i, DAY_MS)
        total, distance = 0.0, 0.0
        for j in range(first, i + 1):
            typical = (bars.high[j] + bars.low[j] + bars.close[j]) / 3.0
            total += bars.tick_volume[j]
            distance += bars.tick_volume[j] * (bars.close[i] - typical)
        mean = total / (i + 1 - first)
        out[i - start, 0] = mean_before(bars.tick_volume, i + 1, PERIOD) / mean if total > 0.0 else 1.0
        out[i - start, 1] = distance / total / bars.atr[i] if total > 0.0 else 0.0
