"""The last closed bars as the core reads them, one bar at a time, with the bits of the backtest's arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from novosky.backtest.inputs import EMA_TREND_PERIOD, USUAL_ATR_PERIOD, arrays_with
from novosky.config.schema import Config
from novosky.errors import DataError
from novosky.execution.series import BarArrays
from novosky.market.bars import Bars, utc_text
from novosky.market.indicators import ATR_PERIOD, atr, average_step, ema, true_range

TAIL = 4  # bars kept: what spread, slippage and swap nights of the next one look back on
LEAST_BARS = ATR_PERIOD + USUAL_ATR_PERIOD + 1


class ClosedBar(NamedTuple):
    """One bar, closed: itself and its row of the core's arrays, both of length 1."""

    bars: Bars
    arrays: BarArrays
    ema200: float


class LiveSeries:
    """Carries ATR(14), its usual level and EMA(200) from bar to bar; memory does not grow."""

    def __init__(self, history: Bars, config: Config) -> None:
        """Raises DataError for fewer bars than the slowest of them needs."""
        if len(history) < LEAST_BARS:
            raise DataError(f"history: expected at least {LEAST_BARS} bars for ATR and EMA, found {len(history)}")
        self.config = config
        atr14 = atr(history.high, history.low, history.close, ATR_PERIOD)
        known = atr14[ATR_PERIOD:]
        self._seen, self._known = len(history), len(known)
        self._usual = float(ema(known, USUAL_ATR_PERIOD)[-1])
        self._ema200 = float(ema(history.close, EMA_TREND_PERIOD)[-1])
        self._tail = history.slice(len(history) - TAIL, len(history))
        self._atr = atr14[-TAIL:].copy()
        self._agitation = np.full(TAIL, self._ratio())

    @property
    def last_ms(self) -> int:
        """Open time of the last bar."""
        return int(self._tail.time_ms[-1])

    @property
    def last(self) -> Bars:
        """The last bar, of length 1."""
        return self._tail.slice(TAIL - 1, TAIL)

    def push(self, bar: Bars) -> ClosedBar:
        """The next closed bar, of length 1; DataError for one that does not come next."""
        if int(bar.time_ms[0]) <= self.last_ms:
            raise DataError(
                f"bar {utc_text(int(bar.time_ms[0]))}: expected one after {utc_text(self.last_ms)}, the last one"
            )
        agitation = self._ratio()
        reach = float(true_range(bar.high[0], bar.low[0], self._tail.close[-1]))
        average = float(average_step(self._atr[-1], reach, self._seen - 1, ATR_PERIOD, 1.0 / ATR_PERIOD))
        self._usual = float(
            average_step(self._usual, average, self._known, USUAL_ATR_PERIOD, 2.0 / (USUAL_ATR_PERIOD + 1.0))
        )
        weight = 2.0 / (EMA_TREND_PERIOD + 1.0)
        self._ema200 = float(average_step(self._ema200, bar.close[0], self._seen, EMA_TREND_PERIOD, weight))
        self._seen, self._known = self._seen + 1, self._known + 1
        self._tail = followed(self._tail, bar)
        self._atr = np.append(self._atr[1:], average)
        self._agitation = np.append(self._agitation[1:], agitation)
        arrays = arrays_with(self._tail, self._atr, self._agitation, self.config)
        return ClosedBar(bar, last_row(arrays), self._ema200)

    def opening(self, time_ms: int, bid: float) -> BarArrays:
        """The row of the bar that has just opened: what is known of it while it stands at its open."""
        price = np.array([bid])
        nothing = np.zeros(1)
        forming = replace(
            self.last, time_ms=np.array([time_ms]), open=price, high=price, low=price, close=price,
            tick_volume=nothing, spread_points=nothing, real_volume=nothing,
        )  # fmt: skip
        tail = followed(self._tail, forming)
        known = np.append(self._atr[1:], np.nan)
        return last_row(arrays_with(tail, known, np.append(self._agitation[1:], self._ratio()), self.config))

    def _ratio(self) -> float:
        """ATR(14) as a multiple of its usual level, as of the last close; NaN until there is one."""
        return float(self._atr[-1]) / self._usual if self._usual > 0.0 else float("nan")


def followed(tail: Bars, bar: Bars) -> Bars:
    """`tail` without its first bar and with `bar` at its end."""
    return tail.slice(1, len(tail)).then(bar)


def last_row(arrays: BarArrays) -> BarArrays:
    """The last bar's row alone."""
    return BarArrays._make(column[-1:] for column in arrays)
