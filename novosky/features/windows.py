"""Compiled pieces that several groups share: the ruler, and look-backs over spans of time."""

from __future__ import annotations

from novosky.execution.compiled import compiled
from novosky.features.arrays import BarArrays
from novosky.market.bars import Floats
from novosky.market.indicators import ATR_PERIOD, atr_range

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DAY_MINUTES = 24 * 60


@compiled
def bars_in(span_ms: int, timeframe_ms: int) -> int:
    """Bars that a span of time holds when none is missing, rounded up."""
    return -(-span_ms // timeframe_ms)


@compiled
def first_bar_within(bars: BarArrays, i: int, span_ms: int) -> int:
    """Index of the oldest bar that opened at most `span_ms` before the close of bar i: a gap shortens the window."""
    since_ms = bars.time_ms[i] + bars.timeframe_ms - span_ms
    first = max(0, i + 1 - bars_in(span_ms, bars.timeframe_ms))
    while first < i and bars.time_ms[first] < since_ms:
        first += 1
    return first


@compiled
def ruler_range(
    high: Floats, low: Floats, close: Floats, point: float, start: int, stop: int, state: Floats, out: Floats
) -> None:
    """`BarArrays.atr` of bars `start <= i < stop` into `out[i]`: ATR(14), but at least one point in a dead market."""
    atr_range(high, low, close, ATR_PERIOD, start, stop, state, out)
    for i in range(start, stop):
        out[i] = max(out[i], point)
