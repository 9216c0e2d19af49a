"""What the simulated broker says of its symbol and of the account."""

from __future__ import annotations

from dataclasses import dataclass

from novosky.execution.records import MAX_POSITIONS
from novosky.execution.terms import Contract
from novosky.trading.terminal import constants as mt5


@dataclass(frozen=True, slots=True)
class SymbolTerms:
    """One symbol. Prices, volumes, costs, margin and levels are the contract's; the rest is what is told of them."""

    name: str
    contract: Contract
    point: float = 0.01
    digits: int = 2
    contract_size: float = 1.0
    execution: int = mt5.SYMBOL_TRADE_EXECUTION_MARKET
    filling_mode: int = mt5.SYMBOL_FILLING_FOK | mt5.SYMBOL_FILLING_IOC
    trade_mode: int = mt5.SYMBOL_TRADE_MODE_FULL
    volume_limit: float = 0.0  # lots open on one side; 0: no limit
    calc_mode: int = mt5.CALC_MODES["cfd_leverage"]
    swap_mode: int = mt5.SWAP_MODES["disabled"]
    swap_long: float = 0.0
    swap_short: float = 0.0
    swap_rollover3days: int = 3
    currency_base: str = "BTC"
    currency_profit: str = "USD"
    currency_margin: str = "USD"


@dataclass(frozen=True, slots=True)
class AccountTerms:
    """One account at the simulated broker."""

    balance: float
    currency: str = "USD"
    login: int = 1001
    password: str = "demo"
    server: str = "Simulated-Demo"
    leverage: int = 100
    netting: bool = False
    trade_allowed: bool = True  # of the account: False for an investor's password
    trade_expert: bool = True  # the server's leave for programs
    autotrading: bool = True  # the terminal's button
    max_positions: int = MAX_POSITIONS
