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

TIMEFRAME_MS = {"M1": 60_000, "M5": 300_000, "M15": 900_000, "M30": 1_800_000, "H1": 3_600_000, "H4": 14_400_000,
                "D1": 86_400_000}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """The keys of the group `doctor`, by their names."""

    pings: int = 5
    latency_warn_ms: float = 500.0
    clock_drift_ms: int = 5_000
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
    history_bars: int  # closed bars that the features need before the first decision
    risk_pct: float
    stop_atr: float
    draws_stops_in: bool  # execution.stop_cap=cap: the smallest lot is traded with a nearer stop
    min_balance: float  # USD
    profile: str
    pays_swap: bool
    magic: int
    replayed: bool  # the simulated terminal: its clock is the replay's
    limits: Limits = Limits()

    @property
    def symbol(self) -> str:
        return self.broker.symbol

    @property
    def timeframe_ms(self) -> int:
        return TIMEFRAME_MS[self.timeframe]


def limits_of(config: DoctorConfig) -> Limits:
    """The group `doctor`."""
    return Limits(**dataclasses.asdict(config))


def terms_of(config: Config, magic: int) -> Terms:
    """From the configuration; `magic` is the bot's own number."""
    profile, execution = config.profile, config.execution
    return Terms(
        broker=config.broker,
        account=config.account,
        contract=contract_of(config.broker, config.account, execution),
        timeframe=config.data.timeframe,
        history_bars=warmup_bars(config.features.names, TIMEFRAME_MS[config.data.timeframe]) + 1,
        risk_pct=profile.risk_pct,
        stop_atr=execution.sl_atr,
        draws_stops_in=execution.stop_cap == "cap",
        min_balance=profile.min_balance,
        profile=profile.name,
        pays_swap=execution.swap,
        magic=magic,
        replayed=config.terminal.kind == "simulated",
        limits=limits_of(config.doctor),
    )
