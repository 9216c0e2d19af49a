"""MACD (Appel) and the relative strength index (Wilder 1978)."""

from __future__ import annotations

import numpy as np

from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.market.bars import Floats
from novosky.market.indicators import average_step, place_before, rsi_value

FAST, SLOW, SIGNAL = 12, 26, 9
RSI_PERIOD = 14
RSI_SLOPE_BARS = 5
RSI_RECENT = 3
"""From this place on the state holds the RSI of the last RSI_PERIOD bars, oldest first."""


@feature_group(
    Feature("macd_line", "EMA(12) minus EMA(26) of the close, in ATR", warmup_bars=500, tolerance=1e-9),
    Feature("macd_signal", "EMA(9) of the MACD line, in ATR", warmup_bars=500, tolerance=1e-9),
    Feature("macd_hist", "MACD line minus its signal, in ATR", warmup_bars=500, tolerance=1e-9),
    state_size=4,
)
def macd(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    for i in range(start, stop):
        close, seen = bars.close[i], state[0]
        state[0] = seen + 1.0
        state[1] = average_step(state[1], close, seen, FAST, 2.0 / (FAST + 1))
        state[2] = average_step(state[2], close, seen, SLOW, 2.0 / (SLOW + 1))
        line, ruler = state[1] - state[2], bars.atr[i]
        since_slow = seen + 1 - SLOW
        if since_slow >= 0:
            state[3] = average_step(state[3], line, since_slow, SIGNAL, 2.0 / (SIGNAL + 1))
        signal = state[3] if since_slow + 1 >= SIGNAL else np.nan
        out[i - start, 0] = line / ruler if since_slow >= 0 else np.nan
        out[i - start, 1] = signal / ruler
        out[i - start, 2] = (line - signal) / ruler


@feature_group(
    Feature("rsi_14", "RSI(14), 0..1; 0.5 where nothing moved", warmup_bars=400, tolerance=1e-9),
    Feature("rsi_slope", "change of RSI(14) over 5 bars", warmup_bars=400, tolerance=1e-9),
    Feature(
        "rsi_divergence",
        "place of RSI(14) in its own range of 14 bars minus the close's: above 0, the RSI is stronger than the price",
        warmup_bars=500,
        tolerance=1e-9,
    ),
    state_size=RSI_RECENT + RSI_PERIOD,
    lookback_bars=RSI_PERIOD,
)
def rsi(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    """`state` is [changes seen, average gain, average loss, recent RSI ...]."""
    for i in range(start, stop):
        if i == 0:
            out[0, :] = np.nan
            continue
        seen, change = state[0], bars.close[i] - bars.close[i - 1]
        state[0] = seen + 1.0
        state[1] = average_step(state[1], max(change, 0.0), seen, RSI_PERIOD, 1.0 / RSI_PERIOD)
        state[2] = average_step(state[2], max(-change, 0.0), seen, RSI_PERIOD, 1.0 / RSI_PERIOD)
        strength = rsi_value(state[1], state[2])
        for k in range(RSI_RECENT, RSI_RECENT + RSI_PERIOD - 1):
            state[k] = state[k + 1]
        last = RSI_RECENT + RSI_PERIOD - 1
        state[last] = strength
        out[i - start, 0] = strength if seen + 1 >= RSI_PERIOD else np.nan
        out[i - start, 1] = (
            strength - state[last - RSI_SLOPE_BARS] if seen + 1 >= RSI_PERIOD + RSI_SLOPE_BARS else np.nan
        )
        if seen + 2 >= 2 * RSI_PERIOD:
            price_place = place_before(bars.close, i + 1, RSI_PERIOD)
            out[i - start, 2] = place_before(state, last + 1, RSI_PERIOD) - price_place
        else:
            out[i - start, 2] = np.nan
