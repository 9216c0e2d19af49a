"""The terms of trading: what the broker demands, and by which rules positions live; as tuples, and as records."""

from __future__ import annotations

from typing import Any, NamedTuple, get_type_hints

import numpy as np


class Contract(NamedTuple):
    """The broker's terms. Prices in quote currency, money in account currency, volumes in lots.

    Margin and swap are sums of a fixed part (money per lot) and a part per price (money per lot and unit of price):
    every mode of MetaTrader's is one choice of the two. Swap is paid where negative, per night.
    """

    tick_size: float
    tick_value: float  # money per tick and lot
    volume_min: float
    volume_max: float
    volume_step: float
    commission_per_lot: float = 0.0  # money per lot and side
    commission_pct: float = 0.0  # of the traded value, per side
    stops_distance: float = 0.0  # least distance of a level from the price, price units
    freeze_distance: float = 0.0  # within it a level may not be changed, price units
    margin_fixed: float = 0.0
    margin_per_price: float = 0.0
    margin_hedged_rate: float = 1.0  # share of one side's margin that covered volume pays
    stop_out_pct: float = 0.0  # margin level at which the broker closes; 0: off
    swap_long_fixed: float = 0.0
    swap_long_per_price: float = 0.0
    swap_short_fixed: float = 0.0
    swap_short_per_price: float = 0.0
    swap_on_entry_price: bool = False  # else on the price at the rollover


class Rules(NamedTuple):
    """How positions are opened, followed and closed, and what stops trading. 0 is off where nothing else is said."""

    max_hold_bars: int
    risk_pct: float
    reading: int = 0  # of a bar that holds both levels: PESSIMISTIC, OPTIMISTIC, FINER_BARS
    netting: bool = False
    max_positions: int = 1
    max_adds: int = 0  # additions to one position
    on_opposite: int = 0  # IGNORE, CLOSE, REVERSE
    max_risk_per_trade_pct: float = 0.0  # of the equity
    cap_stops: bool = False  # draw the stop in instead of refusing
    breakeven_r: float = 0.0
    breakeven_offset: float = 0.0  # price units
    trail_start_r: float = 0.0
    trail_atr: float = 0.0
    partial_r: float = 0.0
    partial_fraction: float = 0.5
    equity_filter_trades: int = 10
    equity_filter_drawdown_r: float = 0.0
    max_consecutive_losses: int = 0
    losses_reset_weekly: bool = False  # else daily
    daily_loss_pct: float = 100.0
    weekly_loss_pct: float = 100.0
    total_loss_pct: float = 100.0
    limits_on_balance: bool = False  # else on equity
    limits_of_start: bool = False  # daily and weekly percent of the start balance, else of the period's start


def _fields_of(named: type[Contract] | type[Rules]) -> np.dtype[Any]:
    kinds = {int: "i8", float: "f8", bool: "?"}
    return np.dtype((np.record, [(name, kinds[kind]) for name, kind in get_type_hints(named).items()]))


CONTRACT_DTYPE = _fields_of(Contract)
RULES_DTYPE = _fields_of(Rules)


def as_record(terms: Contract | Rules) -> Any:
    """The same terms as the core takes them: one record, which a call hands over as one pointer."""
    row = np.zeros(1, CONTRACT_DTYPE if isinstance(terms, Contract) else RULES_DTYPE)
    row[0] = tuple(terms)
    return row[0]
