"""The port, answered by a simulated server in the same process."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import records
from novosky.trading.terminal.records import AccountInfo, Deal, Order, OrderCheck, OrderResult, Position, TradeRequest
from novosky.trading.terminal.server_clock import ServerTime, server_time_of
from novosky.trading.terminal.simulated.rates import Rates
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.symbol import symbol_info_of

SUCCESS = (mt5.RES_S_OK, "Success")
NOT_INITIALIZED = (mt5.RES_E_NO_CONNECTION, "No IPC connection")
UNKNOWN_SYMBOL = (mt5.RES_E_NOT_FOUND, "Terminal: Not found")
INVALID = (mt5.RES_E_INVALID_PARAMS, "Terminal: Invalid params")
UNSUPPORTED = (mt5.RES_E_UNSUPPORTED, "Terminal: Unsupported")
AUTH_FAILED = (mt5.RES_E_AUTH_FAILED, "Terminal: Authorization failed")


class SimulatedTerminal:
    """One session with a server; a session that ends loses nothing of the server's."""

    def __init__(self, server: SimulatedServer) -> None:
        self.server = server
        self._rates = Rates(server.market)
        self._up = False
        self._selected = True
        self._error = SUCCESS

    def initialize(self) -> bool:
        self._up = True
        return self._ready()

    def login(self, login: int, password: str, server: str) -> bool:
        terms = self.server.terms
        if (login, password, server) != (terms.login, terms.password, terms.server):
            self._error = AUTH_FAILED
            return False
        return self._ready()

    def shutdown(self) -> None:
        self._up = False
        self._error = SUCCESS

    def last_error(self) -> tuple[int, str]:
        return self._error

    def terminal_info(self) -> records.TerminalInfo | None:
        if not self._ready():
            return None
        return records.TerminalInfo(True, self.server.terms.autotrading, 5000, 1000, "NOVOSKY", "Simulated terminal")

    def account_info(self) -> AccountInfo | None:
        if not self._ready():
            return None
        account, terms = self.server.account, self.server.terms
        balance, equity, margin = float(account.book.balance), account.equity, account.margin
        hedging, netting = mt5.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING, mt5.ACCOUNT_MARGIN_MODE_RETAIL_NETTING
        return AccountInfo(
            login=terms.login,
            trade_mode=mt5.ACCOUNT_TRADE_MODE_DEMO,
            leverage=terms.leverage,
            margin_mode=netting if terms.netting else hedging,
            trade_allowed=terms.trade_allowed,
            trade_expert=terms.trade_expert,
            currency=terms.currency,
            balance=balance,
            equity=equity,
            margin=margin,
            margin_free=equity - margin,
            margin_level=100.0 * equity / margin if margin > 0.0 else 0.0,
            profit=equity - balance,
            margin_so_so=self.server.symbol.contract.stop_out_pct,
            server=terms.server,
            company="NOVOSKY",
        )

    def symbol_info(self, symbol: str) -> records.SymbolInfo | None:
        if not self._ready() or not self._known(symbol):
            return None
        return symbol_info_of(self.server, self._selected)

    def symbol_info_tick(self, symbol: str) -> records.Tick | None:
        if not self._ready() or not self._known(symbol):
            return None
        market = self.server.market
        if not (market.quoted and self._selected):
            self._error = UNKNOWN_SYMBOL
            return None
        time_msc = self.server.server_tick_ms
        return records.Tick(time_msc // 1000, market.bid, market.ask, time_msc, flags=6)

    def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        if not self._ready() or not self._known(symbol):
            return False
        self._selected = enable
        return True

    def copy_rates_from_pos(self, symbol: str, timeframe: int, start_pos: int, count: int) -> NDArray[Any] | None:
        minutes = self._minutes(symbol, timeframe)
        if minutes is None:
            return None
        if start_pos < 0 or count <= 0:
            self._error = INVALID
            return None
        return self._rates.from_pos(minutes, start_pos, count)

    def copy_rates_range(self, symbol: str, timeframe: int, date_from: int, date_to: int) -> NDArray[Any] | None:
        minutes = self._minutes(symbol, timeframe)
        if minutes is None:
            return None
        return self._rates.between(minutes, date_from, date_to)

    def order_check(self, request: TradeRequest) -> OrderCheck | None:
        if not self._ready() or not self._well_formed(request):
            return None
        return self.server.check(request)

    def order_send(self, request: TradeRequest) -> OrderResult | None:
        if not self._ready() or not self._well_formed(request):
            return None
        return self.server.send(request)

    def order_calc_margin(self, action: int, symbol: str, volume: float, price: float) -> float | None:
        if not self._ready() or not self._known(symbol):
            return None
        if action not in (mt5.ORDER_TYPE_BUY, mt5.ORDER_TYPE_SELL) or volume <= 0.0 or price <= 0.0:
            self._error = INVALID
            return None
        return self.server.account.order_margin(volume, price)

    def positions_get(self, *, symbol: str | None = None, ticket: int | None = None) -> tuple[Position, ...] | None:
        if not self._ready():
            return None
        account = self.server.account
        positions = (account.position(k) for k in range(account.open))
        return tuple(row for row in positions if symbol in (None, row.symbol) and ticket in (None, row.ticket))

    def orders_get(self, *, symbol: str | None = None, ticket: int | None = None) -> tuple[Order, ...] | None:
        return () if self._ready() else None

    def history_orders_get(
        self,
        date_from: int | None = None,
        date_to: int | None = None,
        *,
        ticket: int | None = None,
        position: int | None = None,
    ) -> tuple[Order, ...] | None:
        return self.server.history.orders_of(date_from, date_to, ticket, position) if self._ready() else None

    def history_deals_get(
        self,
        date_from: int | None = None,
        date_to: int | None = None,
        *,
        ticket: int | None = None,
        position: int | None = None,
    ) -> tuple[Deal, ...] | None:
        return self.server.history.deals_of(date_from, date_to, ticket, position) if self._ready() else None

    def server_time(self, symbol: str) -> ServerTime | None:
        tick = self.symbol_info_tick(symbol)
        return None if tick is None else server_time_of(tick.time_msc, self.server.now_ms)

    def _ready(self) -> bool:
        self._error = SUCCESS if self._up else NOT_INITIALIZED
        return self._up

    def _known(self, symbol: str) -> bool:
        if symbol != self.server.symbol.name:
            self._error = UNKNOWN_SYMBOL
            return False
        return True

    def _minutes(self, symbol: str, timeframe: int) -> int | None:
        if not self._ready() or not self._known(symbol):
            return None
        minutes = mt5.TIMEFRAME_MINUTES.get(timeframe)
        if minutes is None:
            self._error = INVALID
            return None
        if not self._rates.has(minutes):
            self._error = UNSUPPORTED
            return None
        return minutes

    def _well_formed(self, request: TradeRequest) -> bool:
        """What the vendor's package refuses before it asks the server."""
        if len(request.comment) > mt5.COMMENT_LENGTH:
            self._error = (mt5.RES_E_INVALID_PARAMS, 'Invalid "comment" argument')
            return False
        return True
