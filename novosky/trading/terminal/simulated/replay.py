"""What the market did, to be told again: bars, what each asks, and the finer bars inside."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from novosky.errors import DataError
from novosky.execution.codes import PESSIMISTIC
from novosky.execution.series import BarArrays, FinerBars, no_finer_bars
from novosky.market.bars import Bars, Floats, Ints
from novosky.market.finer import finer_inside
from novosky.market.trading_days import wall_ms

OPEN_LASTS_MS = 30_000


@dataclass(frozen=True, slots=True)
class Replay:
    """The market of one symbol.

    `bars` are what copy_rates shows, `arrays` the same bars as the core reads them (spread, slippage, nights of swap);
    `finer` moves the price inside a bar and settles, where `reading` says so, which level came first. For
    `open_lasts_ms` after a bar's open its price stands still: who acts in that time acts at the open, as the backtest
    does. `clock` is the server's.
    """

    bars: Bars
    arrays: BarArrays
    finer: Bars | None = None
    tick_size: float = 0.01
    reading: int = PESSIMISTIC
    clock: str = "utc"
    open_lasts_ms: int = OPEN_LASTS_MS
    inside: FinerBars = field(init=False)
    inside_time_ms: Ints = field(init=False)  # open time of each of `inside`
    inside_close: Floats = field(init=False)

    def __post_init__(self) -> None:
        if len(self.bars) != len(self.arrays.close):
            raise DataError(f"replay: expected as many rows of arrays as bars, {len(self.bars)}, found another number")
        inside, times, closes = _inside(self.bars, self.finer, self.tick_size)
        object.__setattr__(self, "inside", inside)
        object.__setattr__(self, "inside_time_ms", times)
        object.__setattr__(self, "inside_close", closes)

    def server_ms(self, utc_ms: int) -> int:
        """What the server's clock shows, milliseconds as if it were UTC."""
        if self.clock == "utc":
            return utc_ms
        return int(wall_ms(np.array([utc_ms], np.int64), self.clock)[0])


def _inside(bars: Bars, finer: Bars | None, tick_size: float) -> tuple[FinerBars, Ints, Floats]:
    if finer is None:
        return no_finer_bars(len(bars)), np.empty(0, np.int64), np.empty(0)
    owner = np.searchsorted(bars.time_ms, finer.time_ms, side="right") - 1
    inside = (owner >= 0) & (finer.time_ms < bars.time_ms[owner] + bars.timeframe_ms)
    return finer_inside(bars, finer, tick_size), finer.time_ms[inside], finer.close[inside]
