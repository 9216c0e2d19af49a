"""A simulated server from the configuration: the broker's file, the account's, and bars to replay."""

from __future__ import annotations

from novosky.backtest.inputs import bar_arrays
from novosky.backtest.terms import contract_of
from novosky.config.schema import Config
from novosky.execution.codes import PESSIMISTIC
from novosky.market.bars import Bars
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.simulated.replay import Replay
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terms import AccountTerms, SymbolTerms

WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")  # ENUM_DAY_OF_WEEK


def symbol_terms(config: Config) -> SymbolTerms:
    """The symbol as the broker's file has it."""
    broker = config.broker
    bits = {"fok": mt5.SYMBOL_FILLING_FOK, "ioc": mt5.SYMBOL_FILLING_IOC}
    by_return = broker.filling_modes == ["return"]
    triple = broker.swap_triple_day
    return SymbolTerms(
        name=broker.symbol,
        contract=contract_of(broker, config.account, config.execution),
        point=broker.point,
        digits=broker.digits,
        contract_size=broker.contract_size,
        execution=mt5.SYMBOL_TRADE_EXECUTION_EXCHANGE if by_return else mt5.SYMBOL_TRADE_EXECUTION_MARKET,
        filling_mode=sum(bits.get(name, 0) for name in broker.filling_modes),
        calc_mode=mt5.CALC_MODES[broker.margin_mode],
        swap_mode=mt5.SWAP_MODES[broker.swap_mode],
        swap_long=broker.swap_long,
        swap_short=broker.swap_short,
        swap_rollover3days=WEEKDAYS.index(triple) if triple in WEEKDAYS else 0,
        currency_profit=broker.currency,
        currency_margin=broker.margin_currency or broker.currency,
    )


def account_terms(config: Config) -> AccountTerms:
    """The account as the configuration has it."""
    account = config.account
    return AccountTerms(
        balance=account.balance,
        currency=account.currency,
        leverage=config.broker.leverage,
        netting=account.position_mode == "netting",
    )


def server_on(config: Config, bars: Bars, now_ms: int) -> SimulatedServer:
    """A server that replays `bars` from `now_ms` (UTC) on; those before are its history."""
    broker = config.broker
    replay = Replay(bars, bar_arrays(bars, config), tick_size=broker.tick_size, reading=PESSIMISTIC, clock=broker.clock)
    return SimulatedServer(replay, symbol_terms(config), account_terms(config), now_ms)
