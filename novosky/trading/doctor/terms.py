"""What the configuration expects of a terminal, and how much of a difference is let pass."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from novosky.backtest.terms import contract_of
from novosky.config.schema import Config
from novosky.config.schema.doctor import DoctorConfig
from novosky.config.schema.market import AccountConfig, BrokerConfig
from novosky.execution.terms import Contract
from novosky.features.registry import warmup_bars
from novosky.market.timeframes import timeframe_minutes


@dataclass(frozen=True, slots=True)
class Limits:
    """The keys of the group `doctor`, by their names."""

    pings: int = 5
    latency_warn_ms: float = 500.0
    tick_age_s: int = 60
    tick_value_pct: float = 2.0
    margin_pct: float = 1.0
    spread_factor: float = 3.0
    calendar_days_ahead: int = 7
    training_age_days: int = 90
    disk_free_mb: int = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """The broker's file, the account's and the profile's, as the terminal is held against them."""

    broker: BrokerConfig
    account: AccountConfig
    contract: Contract  # the broker's file in account currency, as the core trades by it
    timeframe: str
    data_point: float  # price units of a point of the bars' spread
    history_bars: int  # closed bars that the bot reads at its start
    warmup_bars: int  # of them that the features need before the first decision
    risk_pct: float
    stop_atr: float
    draws_stops_in: bool  # execution.stop_cap=cap: the smallest lot is traded with a nearer stop
    min_balance: float  # USD
    profile: str
    pays_swap: bool
    magic: int
    clock_drift_ms: int  # between this machine and the server; 0 is off
    replayed: bool  # the simulated terminal: its clock is the replay's
    limits: Limits = Limits()

    @property
    def symbol(self) -> str:
        """As the broker spells it."""
        return self.broker.symbol

    @property
    def timeframe_ms(self) -> int:
        """Length of a bar."""
        return timeframe_minutes(self.timeframe) * 60_000


def limits_of(config: DoctorConfig) -> Limits:
    """The group `doctor`."""
    return Limits(**dataclasses.asdict(config))


def terms_of(config: Config) -> Terms:
    """From the configuration."""
    profile, execution, trade = config.profile, config.execution, config.trade
    return Terms(
        broker=config.broker,
        account=config.account,
        contract=contract_of(config.broker, config.account, execution),
        timeframe=config.data.timeframe,
        data_point=config.data.point,
        history_bars=trade.history_bars,
        warmup_bars=warmup_bars(config.features.names, timeframe_minutes(config.data.timeframe) * 60_000) + 1,
        risk_pct=profile.risk_pct,
        stop_atr=execution.sl_atr,
        draws_stops_in=execution.stop_cap == "cap",
        min_balance=profile.min_balance,
        profile=profile.name,
        pays_swap=execution.swap,
        magic=trade.magic,
        clock_drift_ms=round(trade.clock_drift_s * 1000),
        replayed=config.terminal.kind == "simulated",
        limits=limits_of(config.doctor),
    )
