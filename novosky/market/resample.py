"""Bars of a higher timeframe from finer ones."""

from __future__ import annotations

import numpy as np

from novosky.errors import DataError
from novosky.market.bars import Bars


def resample(bars: Bars, minutes: int) -> tuple[Bars, int]:
    """Bars of `minutes` on the UTC grid, and how many of them lack finer bars.

    A bucket ends the file unfinished when the last fine bar ends before it does: it is left out. Buckets with gaps
    inside are kept and counted. The spread is the least one known, as MetaTrader has it; 0 (unknown) only when all are.

    Raises DataError when `minutes` is no whole multiple of the bars' own, or no bucket is finished.
    """
    ratio, rest = divmod(minutes, bars.timeframe_minutes)
    if rest or ratio < 1:
        raise DataError(f"bars of {minutes} minutes cannot be made from bars of {bars.timeframe_minutes} minutes")
    step_ms = minutes * 60_000
    bucket = bars.time_ms // step_ms
    finished = (bars.time_ms[-1] + bars.timeframe_ms) % step_ms == 0
    stop = len(bars) if finished else int(np.searchsorted(bucket, bucket[-1]))
    if stop == 0:
        raise DataError(f"{len(bars)} bars of {bars.timeframe_minutes} minutes do not fill one of {minutes} minutes")
    first = np.flatnonzero(np.diff(bucket[:stop], prepend=bucket[0] - 1))
    last = np.append(first[1:], stop) - 1
    known = np.where(bars.spread_points[:stop] > 0, bars.spread_points[:stop], np.inf)
    spread = np.minimum.reduceat(known, first)
    coarse = Bars(
        bars.symbol,
        minutes,
        bars.point,
        time_ms=bucket[first] * step_ms,
        open=bars.open[first],
        high=np.maximum.reduceat(bars.high[:stop], first),
        low=np.minimum.reduceat(bars.low[:stop], first),
        close=bars.close[last],
        tick_volume=np.add.reduceat(bars.tick_volume[:stop], first),
        spread_points=np.where(np.isfinite(spread), spread, 0.0),
        real_volume=np.add.reduceat(bars.real_volume[:stop], first),
    )
    return coarse, int(np.count_nonzero(last - first + 1 < ratio))
