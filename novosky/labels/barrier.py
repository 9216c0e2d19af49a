"""Triple-barrier labels: what the bracket would have done from each bar (Lopez de Prado 2018, section 3.4).

Made with the core's own bracket functions and its order of events, so that a label and a trade are the same event:
entry at the next open, stop before target inside a bar, exit at an open when the horizon is over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.brackets import bracket_exit, bracket_levels, entry_price, exit_price
from novosky.execution.codes import NOT_CLOSED, TARGET, TIME
from novosky.execution.compiled import compiled
from novosky.execution.records import Floats, Ints

SELL, HOLD, BUY = 0, 1, 2
CLASS_NAMES = ("SELL", "HOLD", "BUY")
UNKNOWN = -1  # the bars end before the label does


class BarrierLabels(NamedTuple):
    """One row a bar, shape (n_bars,)."""

    y: NDArray[np.int8]  # SELL, HOLD, BUY, or UNKNOWN
    end: Ints  # last bar that the label looked at; n_bars where unknown
    r_long: Floats  # what a BUY from this bar earned, in R after the reference spread; NaN where unknown
    r_short: Floats


@compiled
def bracket_outcome(
    side: int,
    decision: int,
    open_: Floats,
    high: Floats,
    low: Floats,
    spread: Floats,
    sl_distance: float,
    tp_distance: float,
    horizon: int,
    tick_size: float,
) -> tuple[int, int, float]:
    """A bracket decided at the close of bar `decision`: (exit code, exit bar, R); code 0 when the bars end first."""
    n = len(open_)
    first = decision + 1
    if first >= n:
        return NOT_CLOSED, n, np.nan
    entry = entry_price(side, open_[first], spread[first])
    stop, target = bracket_levels(side, entry, sl_distance, tp_distance, tick_size)
    risk = abs(entry - stop)
    for i in range(first, min(first + horizon, n)):
        code, price, _ = bracket_exit(side, open_[i], high[i], low[i], spread[i], stop, target, False)
        if code != NOT_CLOSED:
            return code, i, (price - entry) * side / risk
    last = first + horizon
    if last >= n:
        return NOT_CLOSED, n, np.nan
    return TIME, last, (exit_price(side, open_[last], spread[last]) - entry) * side / risk


@compiled
def barrier_labels(
    open_: Floats,
    high: Floats,
    low: Floats,
    spread: Floats,
    atr: Floats,
    sl_atr: float,
    tp_atr: float,
    horizon: int,
    tick_size: float,
) -> BarrierLabels:
    """BUY where a long bracket reaches its target, SELL where a short one does, else HOLD.

    Where both do (targets nearer than stops), the earlier wins, and HOLD if they tie. `spread` is the reference
    cost in price units, `atr` ATR(14) at each close; rows without ATR are UNKNOWN.
    """
    n = len(open_)
    y = np.full(n, UNKNOWN, np.int8)
    end = np.full(n, n, np.int64)
    r_long = np.full(n, np.nan)
    r_short = np.full(n, np.nan)
    for t in range(n):
        if not atr[t] > 0.0:
            continue
        sl, tp = sl_atr * atr[t], tp_atr * atr[t]
        long_code, long_end, long_r = bracket_outcome(1, t, open_, high, low, spread, sl, tp, horizon, tick_size)
        short_code, short_end, short_r = bracket_outcome(-1, t, open_, high, low, spread, sl, tp, horizon, tick_size)
        if NOT_CLOSED in (long_code, short_code):
            continue
        r_long[t], r_short[t] = long_r, short_r
        end[t] = max(long_end, short_end)
        buy, sell = long_code == TARGET, short_code == TARGET
        if buy and (not sell or long_end < short_end):
            y[t] = BUY
        elif sell and (not buy or short_end < long_end):
            y[t] = SELL
        else:
            y[t] = HOLD
    return BarrierLabels(y, end, r_long, r_short)
