"""What goes into the core and what comes out: scalars in named tuples, rows in structured arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Contract(NamedTuple):
    """The broker's terms. Prices in quote currency, money in account currency, volumes in lots."""

    tick_size: float
    tick_value: float  # money per tick and lot
    volume_min: float
    volume_max: float
    volume_step: float
    commission_per_lot: float  # money per lot and side
    stops_distance: float  # least distance of a level from the price, price units


class Rules(NamedTuple):
    """How a position is opened and closed."""

    max_hold_bars: int
    risk_pct: float
    optimistic: bool  # a bar that holds both levels: target first
    max_consecutive_losses: int  # 0: off
    daily_loss_pct: float
    weekly_loss_pct: float
    total_loss_pct: float
    limits_on_balance: bool  # else on equity


class Bar(NamedTuple):
    """One closed bar, bid prices; `number` counts from the arrays' first bar."""

    number: int
    open: float
    high: float
    low: float
    close: float
    spread: float
    atr: float
    day: int
    week: int


class BarArrays(NamedTuple):
    """Bid bars of shape (n_bars,) with what is known of each at its close."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    spread: Floats  # paid at this bar, price units
    atr: Floats  # price units
    day: Ints  # number of the day that the bar opens in, by the limits' clock
    week: Ints


class Intent(NamedTuple):
    """The decision chain's answer at one bar's close."""

    side: int  # +1 BUY, -1 SELL, 0 none
    verdict: int  # first gate that refused, OPENED where none did
    confidence: float
    sl_atr: float  # bracket of a trade opened by this intent, ATR(14)
    tp_atr: float
    risk_multiplier: float
    leave: int  # 1: a position that is open at this close leaves at the next open


class Intents(NamedTuple):
    """The answers at many closes, shape (n_bars,)."""

    side: NDArray[np.int8]
    verdict: NDArray[np.int16]
    confidence: Floats
    sl_atr: Floats
    tp_atr: Floats
    risk_multiplier: Floats
    leave: NDArray[np.int8]


def plain_intents(
    side: NDArray[np.int8], verdict: NDArray[np.int16], confidence: Floats, sl_atr: float, tp_atr: float
) -> Intents:
    """Intents with one bracket for all, at full size, and no wish to leave."""
    n = len(side)
    return Intents(side, verdict, confidence, np.full(n, sl_atr), np.full(n, tp_atr), np.ones(n), np.zeros(n, np.int8))


STATE_DTYPE = np.dtype(
    (
        np.record,
        [
            ("balance", "f8"),
            ("equity", "f8"),
            ("start_balance", "f8"),
            ("day", "i8"),
            ("week", "i8"),
            ("day_start", "f8"),
            ("week_start", "f8"),
            ("losses_in_row", "i8"),
            ("day_halt", "i8"),  # 0 or the code of the breaker that holds until the next day
            ("week_halt", "i8"),
            ("total_halt", "i8"),
            ("pending_side", "i8"),  # intent of the last closed bar, and what it was decided with
            ("pending_sl", "f8"),  # distances of the bracket, price units
            ("pending_tp", "f8"),
            ("pending_risk_multiplier", "f8"),
            ("pending_confidence", "f8"),
            ("pending_leave", "i8"),
            ("side", "i8"),  # open position: +1, -1, 0 none
            ("entry_bar", "i8"),
            ("volume", "f8"),
            ("entry_price", "f8"),
            ("stop", "f8"),
            ("target", "f8"),
            ("risk_money", "f8"),
            ("entry_spread", "f8"),
            ("worst", "f8"),  # worst and best price of the closing side since the entry
            ("best", "f8"),
            ("trades", "i8"),  # rows written so far
            ("total_r", "f8"),  # sum of the closed trades' R, and the highest it has been
            ("peak_r", "f8"),
        ],
    )
)

TRADE_DTYPE = np.dtype(
    (
        np.record,
        [
            ("decision_bar", "i8"),
            ("entry_bar", "i8"),
            ("exit_bar", "i8"),
            ("side", "i8"),
            ("volume_lots", "f8"),
            ("entry_price", "f8"),
            ("exit_price", "f8"),
            ("stop", "f8"),
            ("target", "f8"),
            ("exit_reason", "i8"),
            ("ambiguous", "i8"),  # the bar of the exit held both levels
            ("gross", "f8"),  # price difference in money: the spread is inside
            ("spread_cost", "f8"),  # the part of `gross` that the spread took
            ("commission", "f8"),
            ("net", "f8"),
            ("risk_money", "f8"),  # what the stop would have cost
            ("r", "f8"),  # net / risk_money
            ("mae_r", "f8"),  # worst open loss, in R, as a positive number
            ("mfe_r", "f8"),  # best open profit, in R
            ("confidence", "f8"),
            ("risk_multiplier", "f8"),
            ("balance_after", "f8"),
        ],
    )
)


def new_state(balance: float) -> NDArray[Any]:
    """The state before the first bar: flat, nothing latched."""
    state = np.zeros(1, STATE_DTYPE)
    for name in ("balance", "equity", "start_balance", "day_start", "week_start"):
        state[name] = balance
    state["day"] = state["week"] = -1
    return state
