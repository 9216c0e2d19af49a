"""The functions of the vendor's package that the bot calls, as the vendor documents them.

https://www.mql5.com/en/docs/python_metatrader5. What the documentation calls unnamed parameters is positional only
here, what it calls named is keyword only. Answers are named tuples (`_asdict()`), tuples of them, numpy structured
arrays, or None where the call failed. Times are given as whole seconds: a naive datetime would be read in the zone of
the machine.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol, cast

from novosky.errors import ConfigError


class MetaTrader5(Protocol):
    """The package `MetaTrader5`, or what stands for it."""

    def initialize(self, *path: str, **named: Any) -> bool:
        """Named: login, password, server, timeout (milliseconds), portable."""

    def login(self, login: int, /, *, password: str, server: str, timeout: int) -> bool: ...

    def shutdown(self) -> None: ...

    def last_error(self) -> tuple[int, str]: ...

    def terminal_info(self) -> Any: ...

    def account_info(self) -> Any: ...

    def symbol_info(self, symbol: str, /) -> Any: ...

    def symbol_info_tick(self, symbol: str, /) -> Any: ...

    def symbol_select(self, symbol: str, enable: bool, /) -> bool: ...

    def copy_rates_from_pos(self, symbol: str, timeframe: int, start_pos: int, count: int, /) -> Any: ...

    def copy_rates_range(self, symbol: str, timeframe: int, date_from: int, date_to: int, /) -> Any: ...

    def order_check(self, request: dict[str, Any], /) -> Any: ...

    def order_send(self, request: dict[str, Any], /) -> Any: ...

    def order_calc_margin(self, action: int, symbol: str, volume: float, price: float, /) -> Any: ...

    def positions_get(self, **named: Any) -> Any:
        """Named: symbol, group, ticket; where a symbol is given the ticket is ignored."""

    def orders_get(self, **named: Any) -> Any:
        """Named: symbol, group, ticket; where a symbol is given the ticket is ignored."""

    def history_orders_get(self, *dates: int, **named: Any) -> Any:
        """Two dates (and group), or one of ticket, position."""

    def history_deals_get(self, *dates: int, **named: Any) -> Any:
        """Two dates (and group), or one of ticket (an order's), position."""


def vendors_package() -> MetaTrader5:
    """The vendor's package, which exists for Windows only; ConfigError where it is not installed."""
    try:
        return cast(MetaTrader5, import_module("MetaTrader5"))
    except ImportError as error:
        raise ConfigError(
            "terminal=metatrader5: expected the package MetaTrader5, which the vendor makes for Windows only; "
            f"found none ({error}): on Windows install novosky[metatrader5], elsewhere take terminal=mt5linux or http"
        ) from error
