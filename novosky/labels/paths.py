"""The bars along which labels let trades run, at the reference cost."""

from __future__ import annotations

from typing import NamedTuple

from novosky.execution.records import Floats, Ints


class LabelBars(NamedTuple):
    """Bid bars, arrays of shape (n_bars,), and the terms of a label's trade."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    spread: Floats  # reference cost, price units
    atr: Floats  # ATR(14) at each close
    horizon: int  # longest life of a trade, bars
    tick_size: float


class Entries(NamedTuple):
    """Trades to follow: decided at the close of bar `decision`, opened at the next open; arrays of shape (n,)."""

    decision: Ints
    side: Ints  # +1 BUY, -1 SELL


class Bracket(NamedTuple):
    """Distances of stop and target from the entry, in ATR(14) at the decision."""

    stop_atr: float
    target_atr: float
