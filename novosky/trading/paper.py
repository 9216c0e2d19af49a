"""A paper broker from the configuration: the simulated server on the bars of a window."""

from __future__ import annotations

from novosky.backtest.inputs import contract_of
from novosky.config.schema import Config
from novosky.config.schema.market import WEEKDAYS
from novosky.execution.codes import READINGS
from novosky.execution.series import BarArrays
from novosky.market.bars import Bars
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.simulated.replay import Replay
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terms import AccountTerms, SymbolTerms

FILLINGS = {"fok": mt5.SYMBOL_FILLING_FOK, "ioc": mt5.SYMBOL_FILLING_IOC, "return": 0}


def paper_server(
    config: Config, bars: Bars, arrays: BarArrays, now_ms: int, finer: Bars | None = None
) -> SimulatedServer:
    """The configured broker, symbol and account; replays `bars`, as the backtest reads them, from `now_ms` (UTC) on."""
    replay = Replay(
        bars,
        arrays,
        finer,
        tick_size=config.broker.tick_size,
        reading=READINGS.index(config.execution.intrabar),
        clock=config.broker.clock,
    )
    return SimulatedServer(replay, symbol_terms(config), account_terms(config), now_ms)


def symbol_terms(config: Config) -> SymbolTerms:
    """What the broker's file says of the symbol."""
    broker = config.broker
    filling = 0
    for name in broker.filling_modes:
        filling |= FILLINGS[name]
    only_return = filling == 0
    return SymbolTerms(
        name=broker.symbol,
        contract=contract_of(broker, config.account, config.execution),
        point=broker.point,
        digits=broker.digits,
        contract_size=broker.contract_size,
        execution=mt5.SYMBOL_TRADE_EXECUTION_EXCHANGE if only_return else mt5.SYMBOL_TRADE_EXECUTION_MARKET,
        filling_mode=filling,
        calc_mode=mt5.CALC_MODES[broker.margin_mode],
        swap_mode=mt5.SWAP_MODES[broker.swap_mode],
        swap_long=broker.swap_long,
        swap_short=broker.swap_short,
        swap_rollover3days=0 if broker.swap_triple_day == "none" else WEEKDAYS.index(broker.swap_triple_day) + 1,
        currency_profit=broker.currency,
        currency_margin=broker.margin_currency or broker.currency,
    )


def account_terms(config: Config) -> AccountTerms:
    """What the configuration says of the account."""
    account = config.account
    return AccountTerms(
        balance=account.balance,
        currency=account.currency,
        leverage=config.broker.leverage,
        netting=account.position_mode == "netting",
    )
