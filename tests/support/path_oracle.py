"""A trade followed bar by bar in plain Python, and random bars to follow it along."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from novosky.labels.paths import LabelBars


class Path(NamedTuple):
    """How a trade went: `bar` is None where there is none, or the bars end first."""

    bar: int | None
    r: float
    entry: float
    stop: float


def follow(
    bars: LabelBars, t: int, side: int, stop_distance: float, target_distance: float, life: int | None = None
) -> Path:
    """Opened at bar t+1; a BUY pays the ask and is watched on bid, a SELL the other way; stop before target."""

    def ticks(price: float) -> float:
        return math.floor(price / bars.tick_size + 0.5) * bars.tick_size

    life = bars.horizon if life is None else life
    n = len(bars.open)
    if t + 1 >= n or math.isnan(stop_distance):
        return Path(None, math.nan, math.nan, math.nan)
    if side == 1:
        entry = bars.open[t + 1] + bars.spread[t + 1]
        stop, target = ticks(entry - stop_distance), ticks(entry + target_distance)
    else:
        entry = bars.open[t + 1]
        stop, target = ticks(entry + stop_distance), ticks(entry - target_distance)
    risk = abs(entry - stop)

    def earned(price: float) -> float:
        return (price - entry) / risk if side == 1 else (entry - price) / risk

    for bar in range(t + 1, n):
        ask = 0.0 if side == 1 else bars.spread[bar]
        open_, high, low = bars.open[bar] + ask, bars.high[bar] + ask, bars.low[bar] + ask
        if bar == t + 1 + life:
            return Path(bar, earned(open_), entry, stop)
        hits = 1e-9  # prices closer than that are one price
        loses, wins = (low <= stop + hits, high >= target - hits)
        gap_loss, gap_win = open_ <= stop + hits, open_ >= target - hits
        if side == -1:
            loses, wins = (high >= stop - hits, low <= target + hits)
            gap_loss, gap_win = open_ >= stop - hits, open_ <= target + hits
        if gap_loss or gap_win:
            return Path(bar, earned(open_), entry, stop)
        if loses:
            return Path(bar, earned(stop), entry, stop)
        if wins:
            return Path(bar, earned(target), entry, stop)
    return Path(None, math.nan, entry, stop)


def random_label_bars(seed: int, n: int = 60, horizon: int = 8) -> LabelBars:
    """Bars with gaps, wide ranges and a spread that moves, so that every way to leave a trade occurs."""
    random = np.random.Generator(np.random.PCG64(seed))
    close = np.round(100 * np.exp(np.cumsum(random.normal(0, 0.01, n))), 2)
    open_ = np.round(np.concatenate(([100.0], close[:-1])) * np.exp(random.normal(0, 0.004, n)), 2)
    high = np.round(np.maximum(open_, close) + random.exponential(0.5, n), 2)
    low = np.round(np.minimum(open_, close) - random.exponential(0.5, n), 2)
    atr = random.uniform(0.8, 2.0, n)
    atr[:3] = np.nan
    return LabelBars(open_, high, low, close, np.round(random.uniform(0, 0.2, n), 2), atr, horizon, 0.01)


def hand_bars(candles: list[tuple[float, float, float, float]], horizon: int, spread: float = 0.0) -> LabelBars:
    """(open, high, low, close) bars with an ATR of 10 and a tick of 0.01."""
    o, h, low, c = (np.ascontiguousarray(column) for column in np.array(candles, dtype=np.float64).T)
    n = len(candles)
    return LabelBars(o, h, low, c, np.full(n, spread), np.full(n, 10.0), horizon, 0.01)
