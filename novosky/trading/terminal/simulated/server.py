"""The simulated trade server: lets time pass, triggers levels, executes requests, writes the history.

What happens inside a bar is what the core's step does (docs/execution.md), cut at the moments at which somebody may
act: swap at the open; orders while the price stands at the open; then gaps, stop-out, stops and targets.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from novosky.execution.at_open import charge_swap
from novosky.execution.bar_range import bar_exit, close_at_level, meet_gaps
from novosky.execution.codes import NOT_CLOSED
from novosky.execution.loop import set_bar, set_finer
from novosky.execution.management import note_excursion, touches
from novosky.execution.records import BAR_DTYPE
from novosky.execution.stop_out import meet_stop_out
from novosky.execution.terms import Rules, as_record
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.records import OrderCheck, OrderResult, TradeRequest
from novosky.trading.terminal.simulated.account import Account
from novosky.trading.terminal.simulated.booking import Booking
from novosky.trading.terminal.simulated.checking import PASSES, refusal
from novosky.trading.terminal.simulated.history import History
from novosky.trading.terminal.simulated.market import Event, Market, Moment
from novosky.trading.terminal.simulated.orders import execute
from novosky.trading.terminal.simulated.replay import Replay
from novosky.trading.terminal.simulated.terms import AccountTerms, SymbolTerms


class SimulatedServer:
    """One broker with one symbol and one account; terminals come and go, it stays."""

    def __init__(self, replay: Replay, symbol: SymbolTerms, account: AccountTerms, now_ms: int) -> None:
        """`now_ms`: UTC at which it begins; bars before are history."""
        self.symbol, self.terms = symbol, account
        self.market = Market(replay, now_ms)
        for _ in self.market.until(now_ms):
            pass  # before the account was opened
        self.account = Account(account, symbol, self.market)
        self.history = History()
        self.booking = Booking(self.account, self.history)
        self.booking.deposit(account.balance, self.server_ms)
        self._requests = 0
        self._rules = as_record(Rules(max_hold_bars=1, risk_pct=1.0, reading=replay.reading))
        self._bars, self._partials = np.zeros(1, BAR_DTYPE), np.zeros(1, BAR_DTYPE)
        if self.market.quoted:
            self._begin_bar(self.market.bar)

    @property
    def now_ms(self) -> int:
        """UTC."""
        return self.market.now_ms

    @property
    def server_ms(self) -> int:
        return self.market.replay.server_ms(self.market.now_ms)

    def advance_to(self, utc_ms: int) -> None:
        """Let time pass; a time that is past changes nothing."""
        for event in self.market.until(utc_ms):
            self._happen(event)

    def advance(self, seconds: float) -> None:
        self.advance_to(self.now_ms + round(seconds * 1000))

    def send(self, request: TradeRequest) -> OrderResult:
        """Execute a request, or say why not."""
        self._requests += 1
        market = self.market
        code, order, deal, volume, price = refusal(request, self.account), 0, 0, 0.0, 0.0
        if code == PASSES:
            code = retcodes.DONE
            order, deal, volume, price = execute(request, self.account, self.booking, self.server_ms)
        return OrderResult(
            retcode=code,
            deal=deal,
            order=order,
            volume=volume,
            price=price,
            bid=market.bid if market.quoted else 0.0,
            ask=market.ask if market.quoted else 0.0,
            comment="" if code == retcodes.DONE else retcodes.RETCODES[code].meaning,
            request_id=self._requests,
        )

    def check(self, request: TradeRequest) -> OrderCheck:
        """Whether `send` would execute it; the account's figures as they are now, the order's margin inside."""
        code = refusal(request, self.account)
        if code != PASSES:
            return OrderCheck(code, comment=retcodes.RETCODES[code].meaning)
        account, market = self.account, self.market
        equity, margin = account.equity, account.margin
        if request.action == mt5.TRADE_ACTION_DEAL and not request.position:
            price = market.ask if request.type == mt5.ORDER_TYPE_BUY else market.bid
            margin += account.order_margin(request.volume, price)
        balance = float(account.book.balance)
        level = 100.0 * equity / margin if margin > 0.0 else 0.0
        return OrderCheck(PASSES, balance, equity, equity - balance, margin, equity - margin, level, "Done")

    def _happen(self, event: Event) -> None:
        account = self.account
        if event.moment is Moment.OPEN:
            self._begin_bar(event.bar)
            if account.open and self._bars[0].nights != 0:
                charge_swap(account.book, self._bars[0], account.contract)
        elif not account.open:
            return
        elif event.moment is Moment.LEAVE:
            self._leave_open()
        elif event.moment is Moment.INNER:
            self._meet_inner(event.inner)
        else:
            self._meet_range()
        self.booking.triggered(self.server_tick_ms)

    @property
    def server_tick_ms(self) -> int:
        return self.market.replay.server_ms(self.market.tick_ms)

    def _begin_bar(self, i: int) -> None:
        replay = self.market.replay
        bar, partial = self._bars[0], self._partials[0]
        set_bar(bar, replay.arrays, i)
        set_bar(partial, replay.arrays, i)
        set_finer(bar, replay.inside, i)
        partial.high = partial.low = bar.open
        for holder in self.account.holders.values():
            holder.watched_from = 0

    def _leave_open(self) -> None:
        account, bar = self.account, self._bars[0]
        out = self.symbol.contract.stop_out_pct > 0.0
        if out or bar.finer_count > 0:
            meet_gaps(account.book, bar, account.contract)
        if out:
            meet_stop_out(account.book, bar, account.contract)

    def _meet_inner(self, j: int) -> None:
        """A finer bar is over: levels that the bar's range has met so far leave now, at what the whole bar says."""
        inside, bar, partial = self.market.replay.inside, self._bars[0], self._partials[0]
        partial.high = max(float(partial.high), float(inside.high[j]))
        partial.low = min(float(partial.low), float(inside.low[j]))

        def ends(position: Any, watched_from: int) -> Any:
            if watched_from == 0:
                return bar if touches(position, partial) else None
            return self._inner_bar(j) if j + 1 >= watched_from else None

        self._close_where(ends)

    def _meet_range(self) -> None:
        """The bar's whole range has happened to what was open, and unchanged, since its open."""
        bar, account = self._bars[0], self.account
        self._close_where(lambda _, watched_from: bar if watched_from == 0 else None)
        for k in range(account.open):
            note_excursion(account.book.positions[k], bar)

    def _inner_bar(self, j: int) -> Any:
        inside = self.market.replay.inside
        inner = self.account.quote_bar()
        inner.open, inner.high, inner.low = inside.open[j], inside.high[j], inside.low[j]
        inner.finer_count = 0
        return inner

    def _close_where(self, ends: Any) -> None:
        """Hold every position against the bar that `ends(position, watched_from)` names, if any."""
        account, k = self.account, 0
        while k < account.open:
            position = account.book.positions[k]
            bar = ends(position, account.holder(k).watched_from)
            reason, price, ambiguous = bar_exit(position, bar, self._rules) if bar is not None else (NOT_CLOSED, 0.0, 0)
            if reason == NOT_CLOSED:
                k += 1
            else:
                close_at_level(account.book, k, bar, price, reason, ambiguous, account.contract)
