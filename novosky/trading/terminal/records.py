"""What a terminal answers, as frozen records with the vendor's field names.

Times are seconds (`_msc`: milliseconds) of the SERVER's clock, written as if it were UTC, as MetaTrader does.
Structures: https://www.mql5.com/en/docs/python_metatrader5 (account_info, symbol_info, order_send, positions_get,
history_orders_get, history_deals_get). Fields that the bot has no use for are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RATES_DTYPE = np.dtype(
    [
        ("time", "<i8"),  # bar's open
        ("open", "<f8"),
        ("high", "<f8"),
        ("low", "<f8"),
        ("close", "<f8"),
        ("tick_volume", "<u8"),
        ("spread", "<i4"),  # points
        ("real_volume", "<u8"),
    ]
)


@dataclass(frozen=True, slots=True)
class TerminalInfo:
    connected: bool  # to the trade server
    trade_allowed: bool  # the terminal's AutoTrading button
    build: int = 0
    ping_last: int = 0  # microseconds
    company: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class AccountInfo:
    login: int
    trade_mode: int  # ACCOUNT_TRADE_MODE_*
    leverage: int
    margin_mode: int  # ACCOUNT_MARGIN_MODE_*
    trade_allowed: bool
    trade_expert: bool
    currency: str
    balance: float
    equity: float
    margin: float
    margin_free: float
    margin_level: float  # percent, 0 while nothing is open
    profit: float
    credit: float = 0.0
    currency_digits: int = 2
    fifo_close: bool = False
    limit_orders: int = 0
    margin_so_mode: int = 0
    margin_so_call: float = 0.0
    margin_so_so: float = 0.0
    name: str = ""
    server: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class SymbolInfo:
    name: str
    digits: int
    point: float
    spread: int  # points
    trade_mode: int  # SYMBOL_TRADE_MODE_*
    trade_exemode: int  # SYMBOL_TRADE_EXECUTION_*
    trade_calc_mode: int
    trade_stops_level: int  # points
    trade_freeze_level: int  # points
    filling_mode: int  # bits SYMBOL_FILLING_*, not ORDER_FILLING_*
    order_mode: int  # bits SYMBOL_ORDER_*
    trade_contract_size: float
    trade_tick_size: float
    trade_tick_value: float
    volume_min: float
    volume_max: float
    volume_step: float
    bid: float
    ask: float
    volume_limit: float = 0.0
    time: int = 0
    select: bool = True
    visible: bool = True
    spread_float: bool = True
    expiration_mode: int = 15
    swap_mode: int = 0
    swap_rollover3days: int = 3
    swap_long: float = 0.0
    swap_short: float = 0.0
    margin_initial: float = 0.0
    margin_maintenance: float = 0.0
    margin_hedged: float = 0.0
    currency_base: str = ""
    currency_profit: str = ""
    currency_margin: str = ""
    description: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    time: int
    bid: float
    ask: float
    time_msc: int
    last: float = 0.0
    volume: int = 0
    flags: int = 0
    volume_real: float = 0.0


@dataclass(frozen=True, slots=True)
class TradeRequest:
    """What order_check and order_send take; 0 and "" are left out when the vendor's package is asked."""

    action: int
    symbol: str = ""
    volume: float = 0.0
    type: int = 0
    price: float = 0.0
    sl: float = 0.0
    tp: float = 0.0
    deviation: int = 0  # points
    type_filling: int = 0
    type_time: int = 0
    expiration: int = 0
    magic: int = 0
    comment: str = ""
    position: int = 0  # ticket, where a position is closed or changed
    position_by: int = 0
    order: int = 0
    stoplimit: float = 0.0


@dataclass(frozen=True, slots=True)
class OrderCheck:
    retcode: int  # 0: it would pass
    balance: float = 0.0
    equity: float = 0.0
    profit: float = 0.0
    margin: float = 0.0
    margin_free: float = 0.0
    margin_level: float = 0.0
    comment: str = ""


@dataclass(frozen=True, slots=True)
class OrderResult:
    retcode: int
    deal: int = 0
    order: int = 0
    volume: float = 0.0  # filled
    price: float = 0.0
    bid: float = 0.0
    ask: float = 0.0
    comment: str = ""
    request_id: int = 0
    retcode_external: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    ticket: int
    time: int
    type: int
    magic: int
    volume: float
    price_open: float
    sl: float
    tp: float
    price_current: float
    swap: float
    profit: float
    symbol: str
    comment: str = ""
    identifier: int = 0
    reason: int = 0
    time_msc: int = 0
    time_update: int = 0
    time_update_msc: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """An order, pending (orders_get) or past (history_orders_get)."""

    ticket: int
    time_setup: int
    type: int
    state: int
    magic: int
    volume_initial: float
    volume_current: float
    price_open: float
    sl: float
    tp: float
    symbol: str
    comment: str = ""
    position_id: int = 0
    position_by_id: int = 0
    reason: int = 0
    time_done: int = 0
    time_setup_msc: int = 0
    time_done_msc: int = 0
    time_expiration: int = 0
    type_time: int = 0
    type_filling: int = 0
    price_current: float = 0.0
    price_stoplimit: float = 0.0


@dataclass(frozen=True, slots=True)
class Deal:
    ticket: int
    order: int
    time: int
    type: int
    entry: int
    magic: int
    position_id: int
    volume: float
    price: float
    commission: float  # negative where paid
    swap: float
    profit: float
    symbol: str
    comment: str = ""
    fee: float = 0.0
    reason: int = 0
    time_msc: int = 0
