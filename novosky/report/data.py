"""What a page is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.evaluation.reliability import Reliability
from novosky.evaluation.windows import Window
from novosky.market.bars import Bars, Floats


@dataclass(frozen=True, slots=True)
class ReportData:
    """A judged window, ready to be shown."""

    result: Mapping[str, Any]  # content of result.json
    bars: Bars  # all bars
    window: Window  # the judged window, bar indices into `bars`
    trades: NDArray[Any]  # TRADE_DTYPE rows in order of exit, bar indices into `bars`
    equity: Floats  # (window bars,), marked to market at each close
    start_balance: float
    reliability: Mapping[str, Mapping[str, Reliability]]  # voter -> class name -> curve on the judged window
    price_bars: int  # most candles drawn
    digits: int  # decimals of a price

    @property
    def currency(self) -> str:
        """Account currency, for figures of money."""
        return str(self.result["settings"]["account"]["currency"])

    @property
    def window_bars(self) -> Bars:
        """Bars of the judged window, as views."""
        return self.bars.slice(self.window.start, self.window.stop)

    def close_ms(self) -> Floats:
        """Closing times of the window's bars, UTC epoch milliseconds: when each equity value was true."""
        bars = self.window_bars
        return (bars.time_ms + bars.timeframe_ms).astype(np.float64)
