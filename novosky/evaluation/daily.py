"""Daily R: what a window's trades brought each UTC day, so that two results on the same bars can be set day by day."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.errors import WindowError
from novosky.evaluation.metrics import MS_PER_DAY
from novosky.evaluation.windows import Window
from novosky.execution.records import Floats, Ints


def daily_r(trades: NDArray[Any], time_ms: Ints, weights: Floats, window: Window) -> Floats:
    """R of the trades by the UTC day of the bar in which they closed, shape (n_days,).

    Every calendar day from the window's first bar to its last has a figure, 0 where nothing closed. `trades` are the
    core's, `time_ms` (n_bars,) the bars' opening times. `weights` (n_trades,): risk multiplier divided by its mean on
    out-of-fold trades of train, so that the risk stage is judged and size is not. Raises WindowError on a trade that
    closed outside the window.
    """
    bar = np.asarray(trades["exit_bar"])
    outside = np.flatnonzero((bar < window.start) | (bar >= window.stop))
    if len(outside):
        raise WindowError(
            f"daily R of window {window.name}: expected trades that close in bars {window.start} .. {window.stop - 1}, "
            f"found one in bar {bar[outside[0]]}; give the trades of this window alone"
        )
    first, last = int(time_ms[window.start]) // MS_PER_DAY, int(time_ms[window.stop - 1]) // MS_PER_DAY
    day = time_ms[bar] // MS_PER_DAY - first
    return np.bincount(day, np.asarray(trades["r"]) * weights, last - first + 1).astype(np.float64)
