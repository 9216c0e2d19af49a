"""What the core carries from bar to bar and what it writes: rows of structured arrays."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from novosky.execution.terms import Rules

MAX_POSITIONS = 16
SHADOW = MAX_POSITIONS  # slot of the shadow account's position
MAX_FILTER_TRADES = 100
MAX_FINER = 1440  # finer bars inside one bar: the minutes of a day
MAX_CLOSED = 2 * MAX_POSITIONS  # trades that one bar can close: all that were open, and all that opened in their place
MAX_BOOKED = 5 * MAX_POSITIONS

# Records of the structured arrays below: numpy knows their fields, the type checker does not.
Bar: TypeAlias = Any  # BAR_DTYPE
Book: TypeAlias = Any  # BOOK_DTYPE
Position: TypeAlias = Any  # POSITION_DTYPE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


FINER_DTYPE = np.dtype((np.record, [("open", "f8"), ("high", "f8"), ("low", "f8")]))

BAR_DTYPE = np.dtype(
    (
        np.record,
        [
            ("number", "i8"),  # counts from the arrays' first bar
            ("open", "f8"),  # bid prices
            ("high", "f8"),
            ("low", "f8"),
            ("close", "f8"),
            ("spread", "f8"),
            ("slippage", "f8"),
            ("atr", "f8"),
            ("day", "i8"),
            ("week", "i8"),
            ("nights", "i8"),
            ("week_end", "?"),  # opens where nothing may be held
            ("finer_count", "i8"),
            ("finer", FINER_DTYPE, (MAX_FINER,)),  # the finer bars inside it, where they are read
        ],
    )
)


POSITION_DTYPE = np.dtype(
    (
        np.record,
        [
            ("ticket", "i8"),
            ("side", "i8"),  # +1, -1; 0: the slot is empty
            ("decision_bar", "i8"),
            ("entry_bar", "i8"),
            ("hold_from", "i8"),  # bar that the holding time counts from
            ("volume", "f8"),
            ("entry_price", "f8"),  # filled, slippage inside; the average after additions on netting
            ("stop", "f8"),
            ("target", "f8"),
            ("stop_distance", "f8"),  # from the quote to the first stop: the R that prices are measured in
            ("stop_moved", "i8"),
            ("risk_money", "f8"),
            ("risk_multiplier", "f8"),
            ("confidence", "f8"),
            ("worst", "f8"),  # worst and best price of the closing side since the entry
            ("best", "f8"),
            ("gross", "f8"),  # booked so far by partial closes
            ("spread_cost", "f8"),
            ("slippage_cost", "f8"),
            ("commission", "f8"),
            ("swap", "f8"),  # waiting to be booked
            ("swap_booked", "f8"),
            ("volume_closed", "f8"),
            ("exit_value", "f8"),  # sum of volume x price over partial closes
            ("adds", "i8"),
            ("is_add", "i8"),
            ("partial", "i8"),  # PARTIAL_OPEN, PARTIAL_DUE at the next open, PARTIAL_DONE
            ("leave", "i8"),  # exit code that the last close decided, NOT_CLOSED where none
            ("add", "i8"),  # 1: the last close asked for an addition
        ],
    )
)

TRADE_DTYPE = np.dtype(
    (
        np.record,
        [
            ("ticket", "i8"),
            ("decision_bar", "i8"),
            ("entry_bar", "i8"),
            ("exit_bar", "i8"),
            ("side", "i8"),
            ("volume_lots", "f8"),  # all that was opened
            ("entry_price", "f8"),
            ("exit_price", "f8"),  # the average by volume where it closed in parts
            ("stop", "f8"),  # as it lay at the end
            ("target", "f8"),
            ("stop_distance", "f8"),  # from the price before slippage to the first stop
            ("exit_reason", "i8"),
            ("ambiguous", "i8"),  # the bar of the exit held both levels: 1; 2 where finer bars settled it
            ("gross", "f8"),  # price difference in money: spread and slippage are inside
            ("spread_cost", "f8"),  # the parts of `gross` that the spread and the slippage took
            ("slippage_cost", "f8"),
            ("commission", "f8"),
            ("swap", "f8"),  # signed: paid where negative
            ("net", "f8"),
            ("risk_money", "f8"),  # what the first stop would have cost
            ("r", "f8"),  # net / risk_money
            ("r_pessimistic", "f8"),  # r with the bar of the exit read as stop first, and as target first
            ("r_optimistic", "f8"),
            ("mae_r", "f8"),  # worst open loss, in stop distances, as a positive number
            ("mfe_r", "f8"),  # best open profit, likewise
            ("confidence", "f8"),
            ("risk_multiplier", "f8"),
            ("adds", "i8"),  # additions to it
            ("is_add", "i8"),
            ("balance_after", "f8"),
        ],
    )
)

DEAL_DTYPE = np.dtype(
    (
        np.record,
        [
            ("bar", "i8"),
            ("ticket", "i8"),  # of the position
            ("kind", "i8"),  # DEAL_OPEN, DEAL_ADD, DEAL_PARTIAL, DEAL_CLOSE
            ("side", "i8"),  # of the position
            ("volume_lots", "f8"),
            ("price", "f8"),
            ("profit", "f8"),
            ("commission", "f8"),
            ("swap", "f8"),
            ("risk_money", "f8"),  # what the stop would cost of what enters; 0 where it leaves
            ("balance_after", "f8"),
        ],
    )
)


BOOK_DTYPE = np.dtype(
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
            ("streak_halt", "i8"),  # 1: the breaker holds until its reset
            ("day_halt", "i8"),
            ("week_halt", "i8"),
            ("total_halt", "i8"),
            ("pending_side", "i8"),  # intent of the last closed bar, and what it was decided with
            ("pending_sl", "f8"),  # distances of the bracket, price units
            ("pending_tp", "f8"),
            ("pending_risk_multiplier", "f8"),
            ("pending_confidence", "f8"),
            ("pending_shadow", "i8"),  # side that the shadow account opens next
            ("filter_halt", "i8"),  # 1: the shadow account is in a drawdown
            ("open", "i8"),  # positions open, in the first slots
            ("tickets", "i8"),  # positions opened so far
            ("trades", "i8"),  # closed so far
            ("shadow_trades", "i8"),
            ("total_r", "f8"),  # sum of the closed trades' R, and the highest it has been
            ("peak_r", "f8"),
            ("positions", POSITION_DTYPE, (MAX_POSITIONS + 1,)),  # in order of their opening; SHADOW is the last slot
            ("shadow_r", "f8", (MAX_FILTER_TRADES,)),  # ring of the shadow's last results
            ("n_closed", "i8"),  # what the last bar closed and booked
            ("closed", TRADE_DTYPE, (MAX_CLOSED,)),
            ("n_booked", "i8"),
            ("booked", DEAL_DTYPE, (MAX_BOOKED,)),
        ],
    )
)


class Log(NamedTuple):
    """Closed trades and deals, in their order, and how many of each."""

    trades: NDArray[Any]  # TRADE_DTYPE
    deals: NDArray[Any]  # DEAL_DTYPE
    written: Ints  # (2,) rows of trades, of deals


def new_book(balance: float) -> NDArray[Any]:
    """The state before the first bar, shape (1,) of BOOK_DTYPE: flat, nothing latched."""
    book = np.zeros(1, BOOK_DTYPE)
    for name in ("balance", "equity", "start_balance", "day_start", "week_start"):
        book[name] = balance
    book["day"] = book["week"] = -1
    return book


def new_log(entries: int, rules: Rules) -> Log:
    """Room for what `entries` intents that pass their gates can bring."""
    trades = entries * (1 + (0 if rules.netting else rules.max_adds)) + 1
    deals = trades * (3 + rules.max_adds)
    return Log(np.zeros(trades, TRADE_DTYPE), np.zeros(deals, DEAL_DTYPE), np.zeros(2, np.int64))
