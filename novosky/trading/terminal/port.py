"""The port: the part of MetaTrader 5's Python API that the bot needs, by the vendor's names.

https://www.mql5.com/en/docs/python_metatrader5
"""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

from novosky.trading.terminal.records import (
    AccountInfo,
    Deal,
    Order,
    OrderCheck,
    OrderResult,
    Position,
    SymbolInfo,
    TerminalInfo,
    Tick,
    TradeRequest,
)
from novosky.trading.terminal.server_clock import ServerTime


class Terminal(Protocol):
    """One terminal, logged in to one account.

    As in the vendor's package a call that fails answers None (False where it answers a flag) and says why in
    `last_error`; an empty tuple means that there is nothing. No call raises for a broken connection, and none waits
    longer than the adapter's time limit. Times are seconds of the server's clock.
    """

    def initialize(self) -> bool:
        """Reach the terminal; to be called again after it was lost."""

    def login(self, login: int, password: str, server: str) -> bool: ...

    def shutdown(self) -> None: ...

    def last_error(self) -> tuple[int, str]:
        """Code (RES_*) and words of the last call; (1, "Success") where it went well."""

    def terminal_info(self) -> TerminalInfo | None: ...

    def account_info(self) -> AccountInfo | None: ...

    def symbol_info(self, symbol: str) -> SymbolInfo | None: ...

    def symbol_info_tick(self, symbol: str) -> Tick | None:
        """The last tick, however old."""

    def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        """Show the symbol in Market Watch: one that is not there has no ticks and takes no orders."""

    def copy_rates_from_pos(self, symbol: str, timeframe: int, start_pos: int, count: int) -> NDArray[Any] | None:
        """Bars of RATES_DTYPE, oldest first; position 0 is the bar that is still forming."""

    def copy_rates_range(self, symbol: str, timeframe: int, date_from: int, date_to: int) -> NDArray[Any] | None:
        """Bars whose open lies in `date_from <= time <= date_to`, oldest first."""

    def order_check(self, request: TradeRequest) -> OrderCheck | None:
        """Whether the request would pass; retcode 0 where it would."""

    def order_send(self, request: TradeRequest) -> OrderResult | None:
        """Send the request. None: nobody knows whether it was executed."""

    def order_calc_margin(self, action: int, symbol: str, volume: float, price: float) -> float | None:
        """Margin of such an order alone, account currency; `action` is ORDER_TYPE_BUY or ORDER_TYPE_SELL."""

    def positions_get(self, *, symbol: str | None = None, ticket: int | None = None) -> tuple[Position, ...] | None: ...

    def orders_get(self, *, symbol: str | None = None, ticket: int | None = None) -> tuple[Order, ...] | None:
        """Orders that are pending."""

    def history_orders_get(
        self,
        date_from: int | None = None,
        date_to: int | None = None,
        *,
        ticket: int | None = None,
        position: int | None = None,
    ) -> tuple[Order, ...] | None:
        """Orders done between the two times (inclusive), or with a ticket, or of a position."""

    def history_deals_get(
        self,
        date_from: int | None = None,
        date_to: int | None = None,
        *,
        ticket: int | None = None,
        position: int | None = None,
    ) -> tuple[Deal, ...] | None:
        """Deals between the two times (inclusive), or of an order's ticket, or of a position."""

    def server_time(self, symbol: str) -> ServerTime | None:
        """The server's clock beside UTC, by the symbol's last tick: the vendor's API has no other clock."""
