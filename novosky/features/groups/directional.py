"""Directional movement (Wilder 1978): how strong the trend is, and which way."""

from __future__ import annotations

import numpy as np

from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.market.bars import Floats
from novosky.market.indicators import average_step

PERIOD = 14


@feature_group(
    Feature("trend_strength", "ADX(14) / 100: 0 no trend, 1 nothing but trend", warmup_bars=500, tolerance=1e-9),
    Feature(
        "directional_balance",
        "(+DI - -DI) / (+DI + -DI) over 14 bars: 1 all movement up, -1 all down",
        warmup_bars=400,
        tolerance=1e-9,
    ),
    state_size=4,
    lookback_bars=1,
)
def directional(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    """`state` is [moves seen, average +DM, average -DM, average DX]; the true range of +DI and -DI cancels in DX."""
    weight = 1.0 / PERIOD
    for i in range(start, stop):
        if i == 0:
            out[0, :] = np.nan
            continue
        seen = state[0]
        up, down = bars.high[i] - bars.high[i - 1], bars.low[i - 1] - bars.low[i]
        plus = up if up > down and up > 0.0 else 0.0
        minus = down if down > up and down > 0.0 else 0.0
        state[0] = seen + 1.0
        state[1] = average_step(state[1], plus, seen, PERIOD, weight)
        state[2] = average_step(state[2], minus, seen, PERIOD, weight)
        total = state[1] + state[2]
        balance = (state[1] - state[2]) / total if total > 0.0 else 0.0
        if seen + 1 >= PERIOD:
            state[3] = average_step(state[3], abs(balance), seen + 1 - PERIOD, PERIOD, weight)
        out[i - start, 0] = state[3] if seen + 2 >= 2 * PERIOD else np.nan
        out[i - start, 1] = balance if seen + 1 >= PERIOD else np.nan
