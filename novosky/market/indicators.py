"""Indicators as compiled functions over arrays; the one definition for features, labels and gates alike.

Recursive averages start as the plain mean of their first `period` values and are NaN before: Wilder (1978) for
RSI, ATR and ADX, the usual convention for EMA. `*_step` functions carry the state of one average.
"""

from __future__ import annotations

import math

import numpy as np

from novosky.execution.compiled import compiled
from novosky.market.bars import Floats

ATR_PERIOD = 14


@compiled
def average_step(average: float, value: float, seen: float, period: int, weight: float) -> float:
    """The average after one more `value`: the plain mean up to `period` values, then exponential.

    `seen` values came before this one; `weight` is the newest value's share once the mean is full.
    """
    if seen < period:
        return average + (value - average) / (seen + 1.0)
    return average + (value - average) * weight


@compiled
def true_range(high: float, low: float, previous_close: float) -> float:
    """Largest distance a price went during the bar, from the previous close on (Wilder 1978); price units."""
    return max(high, previous_close) - min(low, previous_close)


@compiled
def atr_range(
    high: Floats, low: Floats, close: Floats, period: int, start: int, stop: int, state: Floats, out: Floats
) -> None:
    """Wilder's ATR of bars `start <= i < stop` into `out[i]`; `state` is [ranges seen, average], zeros at bar 0."""
    for i in range(start, stop):
        if i > 0:
            state[1] = average_step(state[1], true_range(high[i], low[i], close[i - 1]), state[0], period, 1.0 / period)
            state[0] += 1.0
        out[i] = state[1] if state[0] >= period else np.nan


@compiled
def atr(high: Floats, low: Floats, close: Floats, period: int) -> Floats:
    """Wilder's average true range, shape (n_bars,), price units; NaN for the first `period` bars."""
    out = np.empty(len(close))
    atr_range(high, low, close, period, 0, len(close), np.zeros(2), out)
    return out


@compiled
def ema(values: Floats, period: int) -> Floats:
    """Exponential moving average with weight 2 / (period + 1), shape (n,); NaN before `period` values."""
    out = np.empty(len(values))
    average = 0.0
    for i in range(len(values)):
        average = average_step(average, values[i], i, period, 2.0 / (period + 1.0))
        out[i] = average if i + 1 >= period else np.nan
    return out


@compiled
def rsi_value(gain: float, loss: float) -> float:
    """Relative strength index in 0..1 from the average gain and loss of a bar; 0.5 where nothing moved."""
    total = gain + loss
    return gain / total if total > 0.0 else 0.5


@compiled
def mean_before(values: Floats, stop: int, count: int) -> float:
    """Mean of the `count` values that end before index `stop`."""
    total = 0.0
    for j in range(stop - count, stop):
        total += values[j]
    return total / count


@compiled
def deviation_before(values: Floats, stop: int, count: int, mean: float) -> float:
    """Population standard deviation about `mean` of the `count` values that end before index `stop`."""
    total = 0.0
    for j in range(stop - count, stop):
        total += (values[j] - mean) ** 2
    return math.sqrt(total / count)


@compiled
def cutler_rsi(close: Floats) -> float:
    """RSI in 0..1 with plain averages over all changes in `close` (Cutler): a finite window, no memory beyond it."""
    gain = 0.0
    loss = 0.0
    for j in range(1, len(close)):
        change = close[j] - close[j - 1]
        gain += max(change, 0.0)
        loss += max(-change, 0.0)
    return rsi_value(gain, loss)


@compiled
def place_before(values: Floats, stop: int, count: int) -> float:
    """Place of the last of the `count` values that end before `stop` in their range: 0 lowest, 1 highest, 0.5 flat."""
    last = values[stop - 1]
    lowest = last
    highest = last
    for j in range(stop - count, stop):
        lowest = min(lowest, values[j])
        highest = max(highest, values[j])
    return (last - lowest) / (highest - lowest) if highest > lowest else 0.5
