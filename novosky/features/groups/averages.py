"""Exponential moving averages: where the price stands to them and how they are stacked."""

from __future__ import annotations

import numpy as np

from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.market.bars import Floats
from novosky.market.indicators import average_step

SLOPE_BARS = 5
RECENT = 4
"""From this place on the state holds EMA(20) of the last SLOPE_BARS + 1 bars, oldest first."""


@feature_group(
    Feature("price_vs_ema20", "close minus EMA(20), in ATR", warmup_bars=400, tolerance=1e-9),
    Feature("price_vs_ema50", "close minus EMA(50), in ATR", warmup_bars=700, tolerance=1e-9),
    Feature("price_vs_ema200", "close minus EMA(200), in ATR", warmup_bars=2000, tolerance=1e-6),
    Feature(
        "ema_stack",
        "1 when EMA(20) > EMA(50) > EMA(200), -1 when all the other way, else 0",
        warmup_bars=2000,
    ),
    Feature("ema_crossover", "EMA(50) minus EMA(200), in ATR", warmup_bars=2000, tolerance=1e-6),
    Feature("ema_slope_5", "change of EMA(20) over 5 bars, in ATR", warmup_bars=400, tolerance=1e-9),
    state_size=RECENT + SLOPE_BARS + 1,
)
def averages(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    for i in range(start, stop):
        close, seen = bars.close[i], state[0]
        fast = average_step(state[1], close, seen, 20, 2.0 / 21.0)
        middle = average_step(state[2], close, seen, 50, 2.0 / 51.0)
        slow = average_step(state[3], close, seen, 200, 2.0 / 201.0)
        state[0], state[1], state[2], state[3] = seen + 1.0, fast, middle, slow
        for k in range(RECENT, RECENT + SLOPE_BARS):
            state[k] = state[k + 1]
        state[RECENT + SLOPE_BARS] = fast

        ruler = bars.atr[i]
        out[i - start, 0] = (close - fast) / ruler if seen >= 19 else np.nan
        out[i - start, 1] = (close - middle) / ruler if seen >= 49 else np.nan
        if seen >= 199:
            out[i - start, 2] = (close - slow) / ruler
            out[i - start, 3] = (fast > middle > slow) * 1.0 - (fast < middle < slow) * 1.0
            out[i - start, 4] = (middle - slow) / ruler
        else:
            out[i - start, 2:5] = np.nan
        out[i - start, 5] = (fast - state[RECENT]) / ruler if seen >= 19 + SLOPE_BARS else np.nan
