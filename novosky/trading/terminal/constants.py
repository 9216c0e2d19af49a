"""MetaTrader 5's constants, by the vendor's names and values.

https://www.mql5.com/en/docs/constants (Order, Position, Deal, Symbol and Account Properties) and
https://www.mql5.com/en/docs/python_metatrader5.
"""

from __future__ import annotations

from typing import Final

# TRADE_REQUEST_ACTIONS
TRADE_ACTION_DEAL: Final = 1
TRADE_ACTION_PENDING: Final = 5
TRADE_ACTION_SLTP: Final = 6
TRADE_ACTION_MODIFY: Final = 7
TRADE_ACTION_REMOVE: Final = 8
TRADE_ACTION_CLOSE_BY: Final = 10

# ENUM_ORDER_TYPE
ORDER_TYPE_BUY: Final = 0
ORDER_TYPE_SELL: Final = 1
ORDER_TYPE_BUY_LIMIT: Final = 2
ORDER_TYPE_SELL_LIMIT: Final = 3
ORDER_TYPE_BUY_STOP: Final = 4
ORDER_TYPE_SELL_STOP: Final = 5
ORDER_TYPE_BUY_STOP_LIMIT: Final = 6
ORDER_TYPE_SELL_STOP_LIMIT: Final = 7
ORDER_TYPE_CLOSE_BY: Final = 8

# ENUM_ORDER_TYPE_FILLING: what an order asks for.
ORDER_FILLING_FOK: Final = 0
ORDER_FILLING_IOC: Final = 1
ORDER_FILLING_RETURN: Final = 2
ORDER_FILLING_BOC: Final = 3

# SYMBOL_FILLING_MODE: bits that say what a symbol takes. Not the numbers above; ORDER_FILLING_RETURN has no bit.
SYMBOL_FILLING_FOK: Final = 1
SYMBOL_FILLING_IOC: Final = 2
SYMBOL_FILLING_BOC: Final = 4

# ENUM_ORDER_TYPE_TIME
ORDER_TIME_GTC: Final = 0
ORDER_TIME_DAY: Final = 1
ORDER_TIME_SPECIFIED: Final = 2
ORDER_TIME_SPECIFIED_DAY: Final = 3

# ENUM_ORDER_STATE
ORDER_STATE_STARTED: Final = 0
ORDER_STATE_PLACED: Final = 1
ORDER_STATE_CANCELED: Final = 2
ORDER_STATE_PARTIAL: Final = 3
ORDER_STATE_FILLED: Final = 4
ORDER_STATE_REJECTED: Final = 5
ORDER_STATE_EXPIRED: Final = 6

# SYMBOL_ORDER_MODE: bits that say which orders a symbol takes.
SYMBOL_ORDER_MARKET: Final = 1
SYMBOL_ORDER_LIMIT: Final = 2
SYMBOL_ORDER_STOP: Final = 4
SYMBOL_ORDER_STOP_LIMIT: Final = 8
SYMBOL_ORDER_SL: Final = 16
SYMBOL_ORDER_TP: Final = 32
SYMBOL_ORDER_CLOSEBY: Final = 64

# ENUM_POSITION_TYPE
POSITION_TYPE_BUY: Final = 0
POSITION_TYPE_SELL: Final = 1

# ENUM_DEAL_TYPE
DEAL_TYPE_BUY: Final = 0
DEAL_TYPE_SELL: Final = 1
DEAL_TYPE_BALANCE: Final = 2
DEAL_TYPE_CREDIT: Final = 3

# ENUM_DEAL_ENTRY
DEAL_ENTRY_IN: Final = 0
DEAL_ENTRY_OUT: Final = 1
DEAL_ENTRY_INOUT: Final = 2
DEAL_ENTRY_OUT_BY: Final = 3

# ENUM_DEAL_REASON; the first seven have the same numbers for orders.
DEAL_REASON_CLIENT: Final = 0
DEAL_REASON_MOBILE: Final = 1
DEAL_REASON_WEB: Final = 2
DEAL_REASON_EXPERT: Final = 3
DEAL_REASON_SL: Final = 4
DEAL_REASON_TP: Final = 5
DEAL_REASON_SO: Final = 6
DEAL_REASON_ROLLOVER: Final = 7
DEAL_REASON_VMARGIN: Final = 8
DEAL_REASON_SPLIT: Final = 9
DEAL_REASON_CORPORATE_ACTION: Final = 10

# ENUM_SYMBOL_TRADE_MODE
SYMBOL_TRADE_MODE_DISABLED: Final = 0
SYMBOL_TRADE_MODE_LONGONLY: Final = 1
SYMBOL_TRADE_MODE_SHORTONLY: Final = 2
SYMBOL_TRADE_MODE_CLOSEONLY: Final = 3
SYMBOL_TRADE_MODE_FULL: Final = 4

# ENUM_SYMBOL_TRADE_EXECUTION
SYMBOL_TRADE_EXECUTION_REQUEST: Final = 0
SYMBOL_TRADE_EXECUTION_INSTANT: Final = 1
SYMBOL_TRADE_EXECUTION_MARKET: Final = 2
SYMBOL_TRADE_EXECUTION_EXCHANGE: Final = 3

# ENUM_SYMBOL_CALC_MODE, by the names of `broker.margin_mode`.
CALC_MODES: Final = {
    "forex": 0,
    "futures": 1,
    "cfd": 2,
    "cfd_index": 3,
    "cfd_leverage": 4,
    "forex_no_leverage": 5,
    "exchange_stocks": 32,
}

# ENUM_SYMBOL_SWAP_MODE, by the names of `broker.swap_mode`.
SWAP_MODES: Final = {
    "disabled": 0,
    "points": 1,
    "currency_symbol": 2,
    "currency_margin": 3,
    "currency_deposit": 4,
    "interest_current": 5,
    "interest_open": 6,
}

# ENUM_ACCOUNT_MARGIN_MODE
ACCOUNT_MARGIN_MODE_RETAIL_NETTING: Final = 0
ACCOUNT_MARGIN_MODE_EXCHANGE: Final = 1
ACCOUNT_MARGIN_MODE_RETAIL_HEDGING: Final = 2

# ENUM_ACCOUNT_TRADE_MODE
ACCOUNT_TRADE_MODE_DEMO: Final = 0
ACCOUNT_TRADE_MODE_CONTEST: Final = 1
ACCOUNT_TRADE_MODE_REAL: Final = 2

# ENUM_ACCOUNT_STOPOUT_MODE
ACCOUNT_STOPOUT_MODE_PERCENT: Final = 0
ACCOUNT_STOPOUT_MODE_MONEY: Final = 1

# ENUM_TIMEFRAMES of the Python package: minutes, then hours with bit 14 set.
TIMEFRAMES: Final = {"M1": 1, "M5": 5, "M15": 15, "M30": 30, "H1": 16385, "H4": 16388, "D1": 16408}
TIMEFRAME_MINUTES: Final = {1: 1, 5: 5, 15: 15, 30: 30, 16385: 60, 16388: 240, 16408: 1440}

# https://www.mql5.com/en/docs/python_metatrader5/mt5lasterror_py
RES_S_OK: Final = 1
RES_E_FAIL: Final = -1
RES_E_INVALID_PARAMS: Final = -2
RES_E_NO_MEMORY: Final = -3
RES_E_NOT_FOUND: Final = -4
RES_E_INVALID_VERSION: Final = -5
RES_E_AUTH_FAILED: Final = -6
RES_E_UNSUPPORTED: Final = -7
RES_E_AUTO_TRADING_DISABLED: Final = -8
RES_E_INTERNAL_FAIL: Final = -10000
RES_E_INTERNAL_FAIL_SEND: Final = -10001
RES_E_INTERNAL_FAIL_RECEIVE: Final = -10002
RES_E_INTERNAL_FAIL_INIT: Final = -10003
RES_E_NO_CONNECTION: Final = -10004  # "No IPC connection"; the package's RES_E_INTERNAL_FAIL_CONNECT
RES_E_INTERNAL_FAIL_TIMEOUT: Final = -10005

UNKNOWN: Final = -1  # no number of the vendor's: where a bridge does not say

COMMENT_LENGTH: Final = 31  # characters of an order's comment that the terminal takes


def side_of(type_: int) -> int:
    """+1 for a BUY order, position or deal, -1 for a SELL."""
    return 1 if type_ == ORDER_TYPE_BUY else -1


def type_of(side: int) -> int:
    """Order type (likewise position and deal type) of a side."""
    return ORDER_TYPE_BUY if side > 0 else ORDER_TYPE_SELL


def fillings_allowed(filling_mode: int, execution: int) -> tuple[int, ...]:
    """ORDER_FILLING_* that a symbol takes for market orders, the whole-or-nothing one first.

    `filling_mode` is symbol_info().filling_mode, `execution` its trade_exemode. FOK and IOC go by their bits; RETURN
    is for every execution mode but market execution: https://www.mql5.com/en/docs/constants/tradingconstants/orderproperties
    (table under ENUM_ORDER_TYPE_FILLING). In request and instant execution FOK and IOC are taken without their bits.
    """
    quoted = execution in (SYMBOL_TRADE_EXECUTION_REQUEST, SYMBOL_TRADE_EXECUTION_INSTANT)
    allowed = []
    if quoted or filling_mode & SYMBOL_FILLING_FOK:
        allowed.append(ORDER_FILLING_FOK)
    if quoted or filling_mode & SYMBOL_FILLING_IOC:
        allowed.append(ORDER_FILLING_IOC)
    if execution != SYMBOL_TRADE_EXECUTION_MARKET:
        allowed.append(ORDER_FILLING_RETURN)
    return tuple(allowed)
