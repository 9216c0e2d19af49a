"""One look at a terminal: everything that the checks want to know, asked once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from novosky.market.indicators import ATR_PERIOD, atr
from novosky.trading.doctor.finding import Finding, judged
from novosky.trading.doctor.terms import Terms
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.records import (
    AccountInfo,
    Order,
    OrderCheck,
    Position,
    SymbolInfo,
    TerminalInfo,
    Tick,
    TradeRequest,
)
from novosky.trading.terminal.server_clock import ServerTime

T = TypeVar("T")
ATR_BARS = 200  # Wilder's average has forgotten its start


@dataclass(frozen=True, slots=True)
class Seen:
    """Answers, None where there was none; `errors` says why (last_error), by the question's name."""

    errors: dict[str, tuple[int, str]]
    terminal: TerminalInfo | None = None
    account: AccountInfo | None = None
    symbol: SymbolInfo | None = None
    tick: Tick | None = None
    clock: ServerTime | None = None
    rates: NDArray[Any] | None = None  # the last one still forms
    positions: tuple[Position, ...] | None = None
    orders: tuple[Order, ...] | None = None
    margin: float | None = None  # of the smallest lot, bought
    trial: OrderCheck | None = None  # what the server would say to that order

    @property
    def utc_ms(self) -> int:
        """The terminal's UTC, which is the replay's where it is simulated; else this machine's."""
        return round((time.time() if self.clock is None else self.clock.utc_epoch) * 1000)

    @property
    def atr(self) -> float:
        """ATR(14) of the closed bars, price units; NaN where they are too few."""
        if self.rates is None or len(self.rates) < ATR_PERIOD + 2:
            return float("nan")
        closed = self.rates[-ATR_BARS - 1 : -1]
        high, low, close = (np.ascontiguousarray(closed[name], np.float64) for name in ("high", "low", "close"))
        return float(atr(high, low, close, ATR_PERIOD)[-1])


def look(terminal: Terminal, terms: Terms) -> Seen:
    """Ask everything. Nothing is sent; the symbol is put into Market Watch, without which it has no ticks."""
    errors: dict[str, tuple[int, str]] = {}
    symbol, timeframe = terms.symbol, mt5.TIMEFRAMES[terms.timeframe]

    def ask(name: str, question: Callable[[], T | None]) -> T | None:
        answer = question()
        if answer is None or answer is False:
            errors[name] = terminal.last_error()
            return None
        return answer

    info = ask("terminal_info", terminal.terminal_info)
    account = ask("account_info", terminal.account_info)
    ask("symbol_select", lambda: terminal.symbol_select(symbol))
    told = ask("symbol_info", lambda: terminal.symbol_info(symbol))
    tick = ask("symbol_info_tick", lambda: terminal.symbol_info_tick(symbol))
    clock = ask("server_time", lambda: terminal.server_time(symbol))
    count = max(terms.history_bars, ATR_BARS) + 1
    rates = ask("copy_rates_from_pos", lambda: terminal.copy_rates_from_pos(symbol, timeframe, 0, count))
    positions = ask("positions_get", lambda: terminal.positions_get(symbol=symbol))
    orders = ask("orders_get", lambda: terminal.orders_get(symbol=symbol))
    seen = Seen(errors, info, account, told, tick, clock, rates, positions, orders)
    if told is None or tick is None:
        return seen
    buy = trial_order(terms, seen, told, tick)
    price, volume = buy.price, buy.volume
    margin = ask("order_calc_margin", lambda: terminal.order_calc_margin(mt5.ORDER_TYPE_BUY, symbol, volume, price))
    trial = ask("order_check", lambda: terminal.order_check(buy))
    return Seen(errors, info, account, told, tick, clock, rates, positions, orders, margin, trial)


def trial_order(terms: Terms, seen: Seen, symbol: SymbolInfo, tick: Tick) -> TradeRequest:
    """The smallest BUY that the symbol takes, with the bot's own stop: to be checked, never to be sent."""
    distance = terms.stop_atr * seen.atr
    fillings = mt5.fillings_allowed(symbol.filling_mode, symbol.trade_exemode) or (mt5.ORDER_FILLING_FOK,)
    return TradeRequest(
        action=mt5.TRADE_ACTION_DEAL,
        symbol=terms.symbol,
        volume=symbol.volume_min,
        type=mt5.ORDER_TYPE_BUY,
        price=tick.ask,
        sl=round(tick.ask - distance, symbol.digits) if 0.0 < distance < tick.ask else 0.0,
        type_filling=fillings[0],
        magic=terms.magic,
        comment="doctor",
    )


def unanswered(name: str, question: str, seen: Seen) -> Finding:
    """The finding where the terminal did not answer; it only warns where this way to a terminal cannot."""
    if question not in seen.errors:
        return judged(name, f"{question} was not asked, since it hangs on another", "an answer", fail="see above")
    code, words = seen.errors[question]
    found = f"no answer to {question}: {words} ({code})"
    if code == mt5.RES_E_UNSUPPORTED:
        return judged(
            name, found, "an answer", warn="this way to a terminal cannot tell: see it in the terminal itself"
        )
    mend = "see that the terminal runs, is logged in and connected, and that broker.symbol is spelt as the broker does"
    return judged(name, found, "an answer", fail=mend)
