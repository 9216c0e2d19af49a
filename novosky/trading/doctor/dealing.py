"""How the symbol is traded: who may, how orders are filled, what a night and the spread cost."""

from __future__ import annotations

import math

from novosky.trading.doctor.finding import Finding, judged
from novosky.trading.doctor.look import Seen, unanswered
from novosky.trading.doctor.terms import Terms
from novosky.trading.terminal import constants as mt5

TRADE_MODES = ("disabled", "long only", "short only", "close only", "full")
EXECUTIONS = ("request", "instant", "market", "exchange")
FILLINGS = {mt5.ORDER_FILLING_FOK: "fok", mt5.ORDER_FILLING_IOC: "ioc", mt5.ORDER_FILLING_RETURN: "return"}
NEEDED_ORDERS = {mt5.SYMBOL_ORDER_MARKET: "market", mt5.SYMBOL_ORDER_SL: "stop", mt5.SYMBOL_ORDER_TP: "target"}


def trade_mode(terms: Terms, seen: Seen) -> Finding:
    """Which sides may be opened, and whether an order may carry its stop and target."""
    told = seen.symbol
    if told is None:
        return unanswered("trade mode", "symbol_info", seen)
    mode = told.trade_mode
    name = TRADE_MODES[mode] if 0 <= mode < len(TRADE_MODES) else f"mode {mode}"
    lacking = [word for bit, word in NEEDED_ORDERS.items() if not told.order_mode & bit]
    fail = warn = ""
    if mode in (mt5.SYMBOL_TRADE_MODE_LONGONLY, mt5.SYMBOL_TRADE_MODE_SHORTONLY):
        warn = "orders of the other side will be refused"
    elif mode != mt5.SYMBOL_TRADE_MODE_FULL:
        fail = "the broker lets nothing be opened in this symbol: choose another in broker.symbol, or wait"
    if lacking:
        fail = (
            f"the symbol takes no order with {' and '.join(lacking)}: the bot sends both with the entry; another symbol"
        )
    found = f"{name}, without {', '.join(lacking)}" if lacking else name
    return judged("trade mode", found, "full; market orders with stop and target", fail=fail, warn=warn)


def execution_mode(terms: Terms, seen: Seen) -> Finding:
    """Market execution fills at the server's price; the others may requote or refuse."""
    if seen.symbol is None:
        return unanswered("execution", "symbol_info", seen)
    mode = seen.symbol.trade_exemode
    name = EXECUTIONS[mode] if 0 <= mode < len(EXECUTIONS) else f"mode {mode}"
    warn = "orders may be requoted and come late" if mode != mt5.SYMBOL_TRADE_EXECUTION_MARKET else ""
    return judged("execution", name, "market", warn=warn)


def filling(terms: Terms, seen: Seen) -> Finding:
    """symbol_info tells bits, orders take another enumeration."""
    told, wanted = seen.symbol, terms.broker.filling_modes
    if told is None:
        return unanswered("filling", "symbol_info", seen)
    allowed = [FILLINGS[one] for one in mt5.fillings_allowed(told.filling_mode, told.trade_exemode)]
    found = f"{', '.join(allowed) or 'none'} (bits {told.filling_mode})"
    fail = "" if set(allowed) & set(wanted) else f"set broker.filling_modes=[{','.join(allowed)}]"
    return judged("filling", found, f"one of {', '.join(wanted)}", fail=fail)


def spread(terms: Terms, seen: Seen) -> Finding:
    """Now, beside the one that backtests pay at least."""
    if seen.tick is None:
        return unanswered("spread", "symbol_info_tick", seen)
    now, usual, factor = seen.tick.ask - seen.tick.bid, terms.broker.spread, terms.limits.spread_factor
    warn = ""
    if now > factor * usual:
        warn = "dearer than what was backtested: wait for a calmer hour, or set broker.spread and judge the set again"
    return judged("spread", f"{now:g}", f"up to {factor:g} x {usual:g}", warn=warn)


def swap(terms: Terms, seen: Seen) -> Finding:
    """What a night costs; only money, so it warns."""
    told, broker = seen.symbol, terms.broker
    if told is None:
        return unanswered("swap", "symbol_info", seen)
    names = {number: name for name, number in mt5.SWAP_MODES.items()}
    found = _swap_text(names.get(told.swap_mode, f"mode {told.swap_mode}"), told.swap_long, told.swap_short)
    expected = _swap_text(broker.swap_mode, broker.swap_long, broker.swap_short)
    off = told.swap_mode != mt5.SWAP_MODES["disabled"]
    pairs = ((told.swap_long, broker.swap_long), (told.swap_short, broker.swap_short))
    same = names.get(told.swap_mode) == broker.swap_mode and (
        not off or all(math.isclose(a, b, rel_tol=0.1, abs_tol=1e-9) for a, b in pairs)
    )
    if same and (terms.pays_swap or not off):
        return judged("swap", found, expected)
    return judged(
        "swap", found, expected, warn="nights cost other than backtested: set broker.swap_* as the symbol has it"
    )


def _swap_text(mode: str, long: float, short: float) -> str:
    return mode if mode == "disabled" else f"{mode}, long {long:g}, short {short:g}"
