"""Bars as copy_rates tells them: on the server's clock, the last one still forming."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.market.bars import Bars
from novosky.market.trading_days import wall_ms
from novosky.trading.terminal.records import RATES_DTYPE
from novosky.trading.terminal.simulated.market import Market


class Rates:
    """The replay's own timeframe and, where there are finer bars, theirs."""

    def __init__(self, market: Market) -> None:
        self.market = market
        replay = market.replay
        self._rows = {replay.bars.timeframe_minutes: _rows(replay.bars, replay.clock)}
        if replay.finer is not None:
            self._rows[replay.finer.timeframe_minutes] = _rows(replay.finer, replay.clock)

    def has(self, minutes: int) -> bool:
        return minutes in self._rows

    def from_pos(self, minutes: int, start_pos: int, count: int) -> NDArray[Any]:
        end = self._known(minutes) - start_pos
        return self._told(minutes, max(0, end - count), max(0, end))

    def between(self, minutes: int, date_from: int, date_to: int) -> NDArray[Any]:
        rows = self._rows[minutes]
        first = int(np.searchsorted(rows["time"], date_from, side="left"))
        end = int(np.searchsorted(rows["time"], date_to, side="right"))
        return self._told(minutes, first, min(end, self._known(minutes)))

    def _known(self, minutes: int) -> int:
        """How many bars have opened."""
        market = self.market
        if minutes == market.replay.bars.timeframe_minutes:
            return market.bar + 1
        finer = market.replay.finer
        return int(np.searchsorted(finer.time_ms, market.now_ms, side="right")) if finer is not None else 0

    def _told(self, minutes: int, first: int, end: int) -> NDArray[Any]:
        rows = self._rows[minutes][first:end].copy()
        if len(rows) and end == self._known(minutes) and self.market.open:
            self._form(rows[-1:], minutes)
        return rows

    def _form(self, last: NDArray[Any], minutes: int) -> None:
        """Take from the bar that is still forming what has not happened yet."""
        market = self.market
        if minutes != market.replay.bars.timeframe_minutes:
            last["high"] = last["low"] = last["close"] = last["open"]
            return
        if market.ranged:
            return
        prices = [float(last["open"][0]), market.bid]
        if market.inner >= 0:
            first = int(market.replay.inside.first[market.bar])
            prices.append(float(market.replay.inside.high[first : market.inner + 1].max()))
            prices.append(float(market.replay.inside.low[first : market.inner + 1].min()))
        last["high"], last["low"], last["close"] = max(prices), min(prices), market.bid
        last["tick_volume"], last["real_volume"] = 1, 0


def _rows(bars: Bars, clock: str) -> NDArray[Any]:
    rows = np.zeros(len(bars), RATES_DTYPE)
    rows["time"] = wall_ms(bars.time_ms, clock) // 1000
    for name in ("open", "high", "low", "close", "tick_volume", "real_volume"):
        rows[name] = getattr(bars, name)
    rows["spread"] = bars.spread_points
    return rows
