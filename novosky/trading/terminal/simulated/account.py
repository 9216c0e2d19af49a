"""The simulated account: the execution core's book, with what MetaTrader knows of each position beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from novosky.execution.account import equity_at, margin_with
from novosky.execution.brackets import entry_price, exit_price
from novosky.execution.closing import close_at_market, close_part
from novosky.execution.codes import DEAL_ADD
from novosky.execution.costs import SAME_MONEY, price_difference_money, to_cents
from novosky.execution.opening import book_entry, book_opening
from novosky.execution.records import BAR_DTYPE, new_book
from novosky.execution.terms import Rules, as_record
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.records import Position, TradeRequest
from novosky.trading.terminal.simulated.market import Market
from novosky.trading.terminal.simulated.terms import AccountTerms, SymbolTerms

NO_LEVEL = 1e15  # a stop or target that no price meets, in the direction where it lies


@dataclass(slots=True)
class Holder:
    """What the server knows of a position besides the core's record."""

    ticket: int
    identifier: int
    magic: int
    comment: str
    opened_ms: int  # server's clock
    updated_ms: int
    watched_from: int = 0  # 0: the bar's whole range counts; else only finer bars from this one on


class Account:
    """Positions and money of one symbol. Prices come from the market, money rules from the core."""

    def __init__(self, terms: AccountTerms, symbol: SymbolTerms, market: Market) -> None:
        self.terms, self.symbol, self.market = terms, symbol, market
        self._books = new_book(terms.balance)
        self._bars = np.zeros(1, BAR_DTYPE)
        self.contract: Any = as_record(symbol.contract)
        self.holders: dict[int, Holder] = {}  # by the core's ticket

    @property
    def book(self) -> Any:
        return self._books[0]

    @property
    def open(self) -> int:
        return int(self.book.open)

    @property
    def equity(self) -> float:
        """Not rounded: position by position to the cent it would differ from what the core sizes by."""
        if self.open == 0:
            return float(self.book.balance)
        return float(equity_at(self.book, self.market.bid, self.market.spread, self.contract))

    @property
    def margin(self) -> float:
        return float(margin_with(self.book, 0, 0.0, 0.0, self.contract))

    def quote_bar(self) -> Any:
        """A bar that opens at the price of now, for the core's market orders."""
        bar = self._bars[0]
        bar.number = self.market.bar
        bar.open = bar.high = bar.low = bar.close = self.market.bid
        bar.spread, bar.slippage = self.market.spread, self.market.slippage
        return bar

    def find(self, ticket: int) -> int:
        """Slot of the position with this ticket; -1 where there is none."""
        for k in range(self.open):
            if self.holder(k).ticket == ticket:
                return k
        return -1

    def holder(self, k: int) -> Holder:
        return self.holders[int(self.book.positions[k].ticket)]

    def carries(self, side: int, volume: float) -> bool:
        """Whether the free margin bears `volume` lots more on this side."""
        quote = float(entry_price(side, self.market.bid, self.market.spread))
        filled = quote + side * self.market.slippage
        return bool(margin_with(self.book, side, volume, filled, self.contract) <= self.equity + SAME_MONEY)

    def carries_alone(self, side: int, volume: float) -> bool:
        """Whether the equity bears `volume` lots on this side in the place of what is open."""
        quote = float(entry_price(side, self.market.bid, self.market.spread))
        return self.order_margin(volume, quote + side * self.market.slippage) <= self.equity + SAME_MONEY

    def order_margin(self, volume: float, price: float) -> float:
        """Margin of an order alone."""
        contract = self.symbol.contract
        return volume * (contract.margin_fixed + contract.margin_per_price * price)

    def enter(self, request: TradeRequest, side: int, volume: float, ticket: int, now_ms: int) -> None:
        """Open a position at the price of now."""
        bar = self.quote_bar()
        quote = float(entry_price(side, self.market.bid, self.market.spread))
        position = self.book.positions[self.book.open]
        position.stop = request.sl or -side * NO_LEVEL
        position.target = request.tp or side * NO_LEVEL
        position.stop_distance = abs(quote - request.sl) if request.sl else 1.0
        position.risk_multiplier, position.confidence = 1.0, 0.0
        position.hold_from = bar.number
        position.stop_moved = position.adds = position.is_add = 0
        book_opening(self.book, position, side, volume, quote, bar, self.contract)
        self.holders[int(position.ticket)] = Holder(
            ticket, ticket, request.magic, request.comment, now_ms, now_ms, self.next_watch()
        )

    def add(self, k: int, request: TradeRequest, volume: float, now_ms: int) -> None:
        """More of position `k` (netting): the entry becomes the average; levels that the request names replace its."""
        position = self.book.positions[k]
        side = int(position.side)
        quote = float(entry_price(side, self.market.bid, self.market.spread))
        self.set_levels(k, request.sl or self.stop_of(k), request.tp or self.target_of(k), now_ms)
        book_entry(self.book, position, volume, quote, self.quote_bar(), DEAL_ADD, self.contract)

    def leave(self, k: int, volume: float, reason: int) -> None:
        """Close `volume` lots of position `k` at the price of now; all of it where no more is left."""
        position, bar = self.book.positions[k], self.quote_bar()
        if volume >= position.volume - 1e-9:
            close_at_market(self.book, k, bar, self.market.bid, reason, self.contract)
            return
        part = as_record(Rules(max_hold_bars=1, risk_pct=1.0, partial_fraction=volume / float(position.volume)))
        close_part(self.book, k, bar, self.contract, part)

    def set_levels(self, k: int, stop: float, target: float, now_ms: int) -> None:
        """Stop and target of position `k`; 0 takes a level away."""
        position, holder = self.book.positions[k], self.holder(k)
        side = int(position.side)
        stop, target = stop or -side * NO_LEVEL, target or side * NO_LEVEL
        if stop != position.stop:
            position.stop_moved = 1
        position.stop, position.target = stop, target
        holder.updated_ms, holder.watched_from = now_ms, self.next_watch()

    def next_watch(self) -> int:
        """From which finer bar on a level that is set now is watched: all of the bar while it stands at its open."""
        return self.market.next_inner if self.market.left else 0

    def stop_of(self, k: int) -> float:
        stop = float(self.book.positions[k].stop)
        return 0.0 if abs(stop) >= NO_LEVEL else stop

    def target_of(self, k: int) -> float:
        target = float(self.book.positions[k].target)
        return 0.0 if abs(target) >= NO_LEVEL else target

    def position(self, k: int) -> Position:
        """As positions_get tells it; profit in cents."""
        row, holder, market = self.book.positions[k], self.holder(k), self.market
        side = int(row.side)
        closing = float(exit_price(side, market.bid, market.spread))
        shown = price_difference_money(row.entry_price, closing, row.volume, self.contract) * side
        return Position(
            ticket=holder.ticket,
            time=holder.opened_ms // 1000,
            type=mt5.type_of(side),
            magic=holder.magic,
            volume=round(float(row.volume), 8),
            price_open=float(row.entry_price),
            sl=self.stop_of(k),
            tp=self.target_of(k),
            price_current=closing,
            swap=float(row.swap),
            profit=float(to_cents(shown)),
            symbol=self.symbol.name,
            comment=holder.comment,
            identifier=holder.identifier,
            reason=mt5.DEAL_REASON_EXPERT,
            time_msc=holder.opened_ms,
            time_update=holder.updated_ms // 1000,
            time_update_msc=holder.updated_ms,
        )
