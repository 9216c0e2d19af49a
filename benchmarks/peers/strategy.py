"""The strategy that every library trades: an EMA cross with an ATR bracket, one unit, no costs, one position."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.market.indicators import atr, ema

Floats = NDArray[np.float64]

STOP_ATR, TARGET_ATR = 2.0, 3.0
WARM_UP_BARS = 100
TICK = 0.01


class Case(NamedTuple):
    """Bars, decisions and levels, each of shape (n_bars,). A decision of close i fills at the open of bar i + 1."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    atr: Floats
    side: NDArray[np.int8]  # decided at this close: +1 BUY, -1 SELL, 0 none
    stop: Floats  # levels of that decision around the open at which it fills, on whole ticks; NaN on the last bar
    target: Floats
    reverse: bool  # an opposite decision closes the position at the next open and opens its own; else it is ignored


def random_walk(n: int, gaps: float = 0.0) -> tuple[Floats, Floats, Floats, Floats]:
    """Open, high, low, close of a walk; one bar in twenty opens off the last close, by `gaps`, a deviation of logs."""
    random = np.random.Generator(np.random.PCG64(1))
    close = 40_000 * np.exp(np.cumsum(random.normal(0, 0.0025, n)))
    open_ = np.concatenate(([close[0]], close[:-1]))
    wick_up, wick_down = random.exponential(0.0008, n), random.exponential(0.0008, n)
    open_ *= np.exp(gaps * random.normal(0, 1, n) * (random.random(n) < 0.05))
    return open_, np.maximum(open_, close) * (1 + wick_up), np.minimum(open_, close) * (1 - wick_down), close


def ema_cross(open_: Floats, high: Floats, low: Floats, close: Floats, reverse: bool = False) -> Case:
    """EMA(12) crosses EMA(48): with it at the next open, stop 2 and target 3 ATR(14) of the signal's bar away."""
    range_ = atr(high, low, close, 14)
    above = ema(close, 12) > ema(close, 48)
    crossed = np.concatenate(([False], above[1:] != above[:-1]))
    crossed[:WARM_UP_BARS] = False
    side = np.where(crossed, np.where(above, 1, -1), 0).astype(np.int8)
    fill = np.concatenate((open_[1:], [np.nan]))
    stop, target = (_on_tick(fill + side * multiple * range_) for multiple in (-STOP_ATR, TARGET_ATR))
    return Case(open_, high, low, close, range_, side, stop, target, reverse)


def _on_tick(price: Floats) -> Floats:
    return np.floor(price / TICK + 0.5) * TICK
