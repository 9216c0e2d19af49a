"""What the core reads bar by bar: prices and costs, finer bars, intents."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.codes import NO_WISH
from novosky.execution.records import Flags, Floats, Ints


class BarArrays(NamedTuple):
    """Bid bars of shape (n_bars,) with what is known of each at its close."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    spread: Floats  # paid at this bar, price units
    slippage: Floats  # by which its market orders fill worse, price units
    atr: Floats  # price units
    day: Ints  # number of the day that the bar opens in, by the limits' clock
    week: Ints
    nights: NDArray[np.int8]  # of swap, between the last bar's open and this one's
    flat: Flags  # opens where nothing may be held


class FinerBars(NamedTuple):
    """The finer bars inside each bar: those of bar i are `first[i] <= j < first[i + 1]`; bid prices."""

    open: Floats
    high: Floats
    low: Floats
    first: Ints  # (n_bars + 1,)


class Intent(NamedTuple):
    """The decision chain's answer at one bar's close."""

    side: int  # +1 BUY, -1 SELL, 0 none
    verdict: int  # first gate that refused, OPENED where none did
    confidence: float
    sl_atr: float  # bracket of a trade opened by this intent, ATR(14)
    tp_atr: float
    risk_multiplier: float
    wish: int  # for every position open at this close: NO_WISH, WISH_EXIT, WISH_HOLD, WISH_ADD


class Intents(NamedTuple):
    """The answers at many closes, shape (n_bars,)."""

    side: NDArray[np.int8]
    verdict: NDArray[np.int16]
    confidence: Floats
    sl_atr: Floats
    tp_atr: Floats
    risk_multiplier: Floats
    wish: NDArray[np.int8]


def plain_bars(
    open_: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    spread: Floats,
    atr: Floats,
    day: Ints,
    week: Ints,
) -> BarArrays:
    """Bars without slippage, swap nights and week's ends."""
    n = len(open_)
    nothing = np.zeros(n)
    return BarArrays(
        open_, high, low, close, spread, nothing, atr, day, week, np.zeros(n, np.int8), np.zeros(n, np.bool_)
    )


def no_finer_bars(n_bars: int) -> FinerBars:
    nothing = np.empty(0)
    return FinerBars(nothing, nothing, nothing, np.zeros(n_bars + 1, np.int64))


def plain_intents(
    side: NDArray[np.int8], verdict: NDArray[np.int16], confidence: Floats, sl_atr: float, tp_atr: float
) -> Intents:
    """Intents with one bracket for all, at full size, and no wishes."""
    n = len(side)
    return Intents(
        side, verdict, confidence, np.full(n, sl_atr), np.full(n, tp_atr), np.ones(n), np.full(n, NO_WISH, np.int8)
    )
