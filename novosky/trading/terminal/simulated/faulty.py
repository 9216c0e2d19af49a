"""A terminal that misbehaves by plan, in front of one that does not."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from numpy.typing import NDArray

from novosky.execution.sizing import WHOLE
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import records, retcodes
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.records import Deal, Order, OrderCheck, OrderResult, Position, TradeRequest
from novosky.trading.terminal.server_clock import ServerTime, server_time_of
from novosky.trading.terminal.simulated.faults import ORDER_FAULTS, TICK_FAULTS, Fault, Strike

T = TypeVar("T")
Row = TypeVar("Row", Position, Order, Deal)

LOST = {Fault.SEND_LOST: mt5.RES_E_INTERNAL_FAIL_SEND, Fault.ANSWER_LOST: mt5.RES_E_INTERNAL_FAIL_TIMEOUT}
DONE_BUT_TOLD = {
    Fault.TIMEOUT_DONE: retcodes.TIMEOUT,
    Fault.CONNECTION_DONE: retcodes.CONNECTION,
}
NOT_DONE = {
    Fault.TIMEOUT_NOT_DONE: retcodes.TIMEOUT,
    Fault.REQUOTE: retcodes.REQUOTE,
    Fault.PRICE_CHANGED: retcodes.PRICE_CHANGED,
    Fault.REJECT: retcodes.REJECT,
    Fault.TOO_MANY: retcodes.TOO_MANY_REQUESTS,
}


class FaultyTerminal:
    """The port; every call counts, and the plan says at which number what goes wrong.

    `struck` lists what went wrong so far: (call, fault).
    """

    def __init__(self, inner: Terminal, plan: Sequence[Strike]) -> None:
        self.inner = inner
        self.calls = 0
        self.struck: list[tuple[int, Fault]] = []
        self._waiting = sorted(plan, key=lambda strike: strike.call)
        self._active: list[list[Any]] = []  # [strike, times left]
        self._error: tuple[int, str] | None = None
        self._tick: records.Tick | None = None
        self._answer: OrderResult | None = None

    def initialize(self) -> bool:
        if self._begin():
            return False
        return self.inner.initialize()

    def login(self, login: int, password: str, server: str) -> bool:
        return not self._begin() and self.inner.login(login, password, server)

    def shutdown(self) -> None:
        self.inner.shutdown()

    def last_error(self) -> tuple[int, str]:
        return self.inner.last_error() if self._error is None else self._error

    def terminal_info(self) -> records.TerminalInfo | None:
        return self._through(self.inner.terminal_info)

    def account_info(self) -> records.AccountInfo | None:
        return self._through(self.inner.account_info)

    def symbol_info(self, symbol: str) -> records.SymbolInfo | None:
        told = self._through(lambda: self.inner.symbol_info(symbol))
        strike = self._strike({Fault.WRONG_SYMBOL}) if told is not None else None
        if told is None or strike is None:
            return told
        return replace(
            told,
            trade_contract_size=told.trade_contract_size * strike.amount,
            trade_tick_value=told.trade_tick_value * strike.amount,
        )

    def symbol_info_tick(self, symbol: str) -> records.Tick | None:
        told = self._through(lambda: self.inner.symbol_info_tick(symbol))
        if told is None:
            return None
        strike = self._strike(TICK_FAULTS)
        if strike is not None and strike.fault is Fault.CLOCK_JUMP:
            ahead = round(strike.amount * 3600)
            return replace(told, time=told.time + ahead, time_msc=told.time_msc + ahead * 1000)
        if strike is not None and self._tick is not None:
            return self._tick
        self._tick = told
        return told

    def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        return not self._begin() and self.inner.symbol_select(symbol, enable)

    def copy_rates_from_pos(self, symbol: str, timeframe: int, start_pos: int, count: int) -> NDArray[Any] | None:
        return self._through(lambda: self.inner.copy_rates_from_pos(symbol, timeframe, start_pos, count))

    def copy_rates_range(self, symbol: str, timeframe: int, date_from: int, date_to: int) -> NDArray[Any] | None:
        return self._through(lambda: self.inner.copy_rates_range(symbol, timeframe, date_from, date_to))

    def order_check(self, request: TradeRequest) -> OrderCheck | None:
        return self._through(lambda: self.inner.order_check(request))

    def order_send(self, request: TradeRequest) -> OrderResult | None:
        if self._begin():
            return None
        before = self._answer
        strike = self._strike(ORDER_FAULTS)
        told = self.inner.order_send(request) if strike is None else self._spoilt(strike.fault, request, before)
        self._answer = told if told is not None else before
        return told

    def order_calc_margin(self, action: int, symbol: str, volume: float, price: float) -> float | None:
        return self._through(lambda: self.inner.order_calc_margin(action, symbol, volume, price))

    def positions_get(self, *, symbol: str | None = None, ticket: int | None = None) -> tuple[Position, ...] | None:
        return self._listed(lambda: self.inner.positions_get(symbol=symbol, ticket=ticket))

    def orders_get(self, *, symbol: str | None = None, ticket: int | None = None) -> tuple[Order, ...] | None:
        return self._listed(lambda: self.inner.orders_get(symbol=symbol, ticket=ticket))

    def history_orders_get(
        self,
        date_from: int | None = None,
        date_to: int | None = None,
        *,
        ticket: int | None = None,
        position: int | None = None,
    ) -> tuple[Order, ...] | None:
        return self._listed(lambda: self.inner.history_orders_get(date_from, date_to, ticket=ticket, position=position))

    def history_deals_get(
        self,
        date_from: int | None = None,
        date_to: int | None = None,
        *,
        ticket: int | None = None,
        position: int | None = None,
    ) -> tuple[Deal, ...] | None:
        return self._past(lambda: self.inner.history_deals_get(date_from, date_to, ticket=ticket, position=position))

    def server_time(self, symbol: str) -> ServerTime | None:
        tick, clock = self.symbol_info_tick(symbol), self.inner.server_time(symbol)
        if tick is None or clock is None:
            return None
        return server_time_of(tick.time_msc, round(clock.utc_epoch * 1000))

    def _begin(self) -> bool:
        """Count the call; whether it fails for want of a connection."""
        self.calls += 1
        self._error = None
        while self._waiting and self._waiting[0].call <= self.calls:
            strike = self._waiting.pop(0)
            self._active.append([strike, strike.times])
        if self._strike({Fault.RESTART}) is not None:
            self.inner.shutdown()
        if self._strike({Fault.DISCONNECT}) is not None:
            self._error = (mt5.RES_E_NO_CONNECTION, "No IPC connection")
            return True
        return False

    def _strike(self, kinds: frozenset[Fault] | set[Fault]) -> Strike | None:
        """The first active fault of these kinds, used up once."""
        for entry in self._active:
            if entry[0].fault in kinds:
                entry[1] -= 1
                if entry[1] == 0 or entry[0].fault is Fault.RESTART:
                    self._active.remove(entry)
                self.struck.append((self.calls, entry[0].fault))
                return entry[0]  # type: ignore[no-any-return]
        return None

    def _through(self, call: Callable[[], T | None]) -> T | None:
        return None if self._begin() else call()

    def _listed(self, call: Callable[[], tuple[Row, ...] | None]) -> tuple[Row, ...] | None:
        told = self._through(call)
        if told and self._strike({Fault.DUPLICATE_ROWS}) is not None:
            return told + told
        return told

    def _past(self, call: Callable[[], tuple[Row, ...] | None]) -> tuple[Row, ...] | None:
        told = self._listed(call)
        return () if told and self._strike({Fault.LATE_HISTORY}) is not None else told

    def _spoilt(self, fault: Fault, request: TradeRequest, before: OrderResult | None) -> OrderResult | None:
        """The answer to a request that the plan has something against."""
        if fault in NOT_DONE:
            return _refusal(NOT_DONE[fault])
        if fault is Fault.SEND_LOST:
            self._error = (LOST[fault], "IPC send failed")
            return None
        if fault is Fault.PARTIAL:
            return self._part(request)
        return self._done_but(fault, self.inner.order_send(request), before)

    def _done_but(self, fault: Fault, told: OrderResult | None, before: OrderResult | None) -> OrderResult | None:
        if fault is Fault.ANSWER_LOST:
            self._error = (LOST[fault], "IPC timeout")
            return None
        if told is None or told.retcode != retcodes.DONE:
            return told
        if fault is Fault.DUPLICATE_ANSWER:
            return told if before is None else before
        if fault is Fault.PLACED:
            return replace(told, retcode=retcodes.PLACED, deal=0, volume=0.0, price=0.0)
        return _refusal(DONE_BUT_TOLD[fault])

    def _part(self, request: TradeRequest) -> OrderResult | None:
        if request.action != mt5.TRADE_ACTION_DEAL or request.type_filling == mt5.ORDER_FILLING_FOK:
            return _refusal(retcodes.REJECT)
        symbol = self.inner.symbol_info(request.symbol)
        step = symbol.volume_step if symbol is not None else 1.0
        half = round(math.floor(request.volume / 2.0 / step + WHOLE) * step, 8)
        if symbol is None or half < symbol.volume_min:
            return self.inner.order_send(request)
        told = self.inner.order_send(replace(request, volume=half))
        if told is None or told.retcode != retcodes.DONE:
            return told
        return replace(told, retcode=retcodes.DONE_PARTIAL)


def _refusal(code: int) -> OrderResult:
    return OrderResult(code, comment=retcodes.RETCODES[code].meaning)
