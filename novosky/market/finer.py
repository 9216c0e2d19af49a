"""The finer bars inside each bar: what happened between an open and a close."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from novosky.errors import DataError
from novosky.execution.series import FinerBars
from novosky.market.bars import Bars, utc_text
from novosky.market.timeframes import timeframe_name

TOLERATED_SHARE = 0.01
"""Of the covered bars that may disagree with what is inside them: damaged bars are rare in one market's files."""


def finer_inside(bars: Bars, finer: Bars, tick_size: float) -> FinerBars:
    """Cut `finer` by the time that each of `bars` spans; finer bars outside every bar are left out.

    Raises DataError when the finer bars' length does not divide the bars', when no bar holds any, or when in more
    than 1 % of the bars that do their prices leave the bar's range by more than a tick: another market.
    """
    if finer.timeframe_minutes >= bars.timeframe_minutes or bars.timeframe_minutes % finer.timeframe_minutes:
        raise DataError(
            f"data.finer_path: bars of {timeframe_name(finer.timeframe_minutes)} do not fill those of "
            f"{timeframe_name(bars.timeframe_minutes)}; give finer bars whose length divides it"
        )
    owner = np.searchsorted(bars.time_ms, finer.time_ms, side="right") - 1
    inside = (owner >= 0) & (finer.time_ms < bars.time_ms[owner] + bars.timeframe_ms)
    if not np.any(inside):
        raise DataError(
            f"data.finer_path: none of its bars ({_span(finer)}) lies inside one of data.path ({_span(bars)}); "
            "give finer bars of the same time"
        )
    open_, high, low = (np.ascontiguousarray(prices[inside]) for prices in (finer.open, finer.high, finer.low))
    found = FinerBars(open_, high, low, np.searchsorted(owner[inside], np.arange(len(bars) + 1)).astype(np.int64))
    _refuse_another_market(bars, found, tick_size)
    return found


def finer_hash(finer: FinerBars) -> str | None:
    """sha256 in hex of the finer bars and where they lie; None where there are none."""
    if len(finer.open) == 0:
        return None
    digest = hashlib.sha256()
    for column in finer:
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def covered(finer: FinerBars) -> NDArray[np.bool_]:
    """Which bars hold finer bars, shape (n_bars,)."""
    return np.diff(finer.first) > 0


def _refuse_another_market(bars: Bars, finer: FinerBars, tick_size: float) -> None:
    rows = np.flatnonzero(covered(finer))
    starts = finer.first[rows]
    above = np.maximum.reduceat(finer.high, starts) - bars.high[rows]
    below = bars.low[rows] - np.minimum.reduceat(finer.low, starts)
    outside = np.maximum(above, below) > tick_size * 1.001  # a difference of one tick is not exact in binary
    if np.count_nonzero(outside) > TOLERATED_SHARE * len(rows):
        raise DataError(
            f"data.finer_path: in {np.count_nonzero(outside)} of {len(rows)} bars its prices lie outside the bar of "
            f"data.path, first at {utc_text(int(bars.time_ms[rows[outside][0]]))}: not the same market; "
            "give the finer bars of the same symbol and broker, and the right data.clock"
        )


def _span(bars: Bars) -> str:
    return f"{utc_text(int(bars.time_ms[0]))} to {utc_text(int(bars.time_ms[-1]))}"
