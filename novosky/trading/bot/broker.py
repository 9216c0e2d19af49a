"""The terminal as the bot sees it: UTC times, sides, closed bars; a call without an answer is `DisconnectedError`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from novosky.errors import NovoskyError
from novosky.market.bars import Bars
from novosky.market.timeframes import timeframe_name
from novosky.market.trading_days import utc_ms, wall_ms
from novosky.trading.reconcile.seen import Seen, SeenDeal, SeenOrder, SeenPosition
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.records import AccountInfo, Deal, Order, Position, SymbolInfo, Tick

A = TypeVar("A")
R = TypeVar("R", Position, Order, Deal)

ENTRIES: Final = {0: "in", 1: "out", 2: "inout", 3: "out_by"}
REASONS: Final = {
    mt5.DEAL_REASON_CLIENT: "client",
    mt5.DEAL_REASON_MOBILE: "mobile",
    mt5.DEAL_REASON_WEB: "web",
    mt5.DEAL_REASON_EXPERT: "expert",
    mt5.DEAL_REASON_SL: "sl",
    mt5.DEAL_REASON_TP: "tp",
    mt5.DEAL_REASON_SO: "so",
}
DAY_MS: Final = 86_400_000


class DisconnectedError(NovoskyError):
    """The terminal gave no answer: nothing is known until it does."""


class Look(NamedTuple):
    """One look at the account."""

    seen: Seen
    account: AccountInfo
    tick: Tick
    swaps: dict[int, float]  # by position
    profits: dict[int, float]  # by position, swap included
    moved: tuple[tuple[int, float], ...]  # deposits and withdrawals: (UTC ms, money)


class Rates(NamedTuple):
    """The bars after the last known one."""

    closed: Bars
    forming_ms: int  # open time of the bar that is forming; 0 where none has come


@dataclass(frozen=True)
class Broker:
    """One symbol at one terminal whose server shows `clock`."""

    terminal: Terminal
    symbol: str
    minutes: int
    clock: str

    def look(self, now_ms: int, since_ms: int) -> Look:
        """Positions and orders first, the deals since `since_ms` last; raises DisconnectedError."""
        terminal = self.terminal
        account = self.account()
        tick = self.tick()
        positions = once(self._answered("positions_get", terminal.positions_get(symbol=self.symbol)))
        orders = once(self._answered("orders_get", terminal.orders_get(symbol=self.symbol)))
        since, until = self.server_s(since_ms), self.server_s(now_ms + DAY_MS)
        deals = once(self._answered("history_deals_get", terminal.history_deals_get(since, until)))
        trades = [deal for deal in deals if deal.type in (mt5.DEAL_TYPE_BUY, mt5.DEAL_TYPE_SELL)]
        seen = Seen(
            time_ms=now_ms,
            bid=tick.bid,
            ask=tick.ask,
            netting=account.margin_mode != mt5.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING,
            positions=tuple(self._position(row) for row in positions),
            orders=tuple(SeenOrder(row.ticket, row.symbol, row.magic, row.comment) for row in orders),
            deals=tuple(self._deal(row) for row in trades if row.symbol == self.symbol),
            deals_from_ms=since_ms,
        )
        moved = tuple((self.utc_ms(_ms(row)), row.profit) for row in deals if row.type == mt5.DEAL_TYPE_BALANCE)
        swaps = {row.ticket: row.swap for row in positions}
        profits = {row.ticket: row.profit + row.swap for row in positions}
        return Look(seen, account, tick, swaps, profits, moved)

    def account(self) -> AccountInfo:
        """Money and permissions; raises DisconnectedError."""
        return self._answered("account_info", self.terminal.account_info())

    def tick(self) -> Tick:
        """The last one; raises DisconnectedError."""
        return self._answered("symbol_info_tick", self.terminal.symbol_info_tick(self.symbol))

    def symbol_info(self) -> SymbolInfo:
        """The symbol's terms; raises DisconnectedError."""
        return self._answered("symbol_info", self.terminal.symbol_info(self.symbol))

    def history(self, count: int, point: float) -> Rates:
        """The last `count` closed bars and the one that forms; raises DisconnectedError."""
        return self._rates(count + 1, point, None)

    def bars_after(self, last_ms: int, point: float, count: int) -> Rates:
        """Those of the last `count` bars that opened after `last_ms`; raises DisconnectedError."""
        return self._rates(count, point, last_ms)

    def server_s(self, time_ms: int) -> int:
        """What the server's clock shows, seconds."""
        return int(wall_ms(np.array([time_ms], np.int64), self.clock)[0]) // 1000

    def utc_ms(self, server_ms: int) -> int:
        """UTC of what the server's clock shows."""
        return utc_ms(server_ms, self.clock)

    def _rates(self, count: int, point: float, last_ms: int | None) -> Rates:
        rates = self._told(count)
        times = self._times(rates["time"])
        new = times > (last_ms if last_ms is not None else -1)
        rates, times = rates[new], times[new]
        forming_ms = int(times[-1]) if len(times) else 0
        bars = Bars(
            self.symbol,
            self.minutes,
            point,
            times[:-1],
            *(np.ascontiguousarray(rates[name][:-1], np.float64) for name in _PRICES),
        )
        return Rates(bars, forming_ms)

    def _told(self, count: int) -> NDArray[Any]:
        answer = self.terminal.copy_rates_from_pos(self.symbol, mt5.TIMEFRAMES[timeframe_name(self.minutes)], 0, count)
        return self._answered("copy_rates_from_pos", answer)

    def _times(self, server_s: NDArray[np.int64]) -> NDArray[np.int64]:
        """UTC ms; an hour that the server's clock shows twice is told apart by the order of the bars."""
        if self.clock == "utc":
            return np.asarray(server_s, np.int64) * 1000
        times, before = np.empty(len(server_s), np.int64), -1
        for i, shown in enumerate(server_s.tolist()):
            times[i] = before = utc_ms(shown * 1000, self.clock, before)
        return times

    def _position(self, row: Position) -> SeenPosition:
        side = 1 if row.type == mt5.POSITION_TYPE_BUY else -1
        return SeenPosition(
            row.ticket, row.symbol, side, row.volume, row.price_open, row.sl, row.tp, row.magic, row.comment,
            self.utc_ms(_ms(row)),
        )  # fmt: skip

    def _deal(self, row: Deal) -> SeenDeal:
        side = 1 if row.type == mt5.DEAL_TYPE_BUY else -1
        return SeenDeal(
            row.ticket, row.order, row.position_id, row.symbol, side, ENTRIES.get(row.entry, "out"), row.volume,
            row.price, row.commission, row.swap, row.fee, row.profit, row.magic, row.comment,
            REASONS.get(row.reason, str(row.reason)), self.utc_ms(_ms(row)),
        )  # fmt: skip

    def _answered(self, call: str, answer: A | None) -> A:
        if answer is None:
            code, words = self.terminal.last_error()
            raise DisconnectedError(f"terminal, {call}: expected an answer, found none: {words} ({code})")
        return answer


_PRICES: Final = ("open", "high", "low", "close", "tick_volume", "spread", "real_volume")


def once(rows: tuple[R, ...]) -> tuple[R, ...]:
    """Each ticket once, as it was told last: a terminal may list a row twice."""
    return tuple({row.ticket: row for row in rows}.values())


def _ms(row: Position | Deal) -> int:
    return row.time_msc or row.time * 1000
