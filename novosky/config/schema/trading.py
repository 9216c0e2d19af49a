"""How a decision becomes a trade, what it may risk, and how results are scored and shown."""

# ruff: noqa: RUF009 -- key() is dataclasses.field()
from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key
from novosky.config.schema.market import CLOCKS, SESSIONS


@dataclass
class ExecutionConfig:
    sl_atr: float = key(REQUIRED, "stop distance from the entry, ATR(14)", gt=0, le=20)
    tp_atr: float = key(REQUIRED, "target distance from the entry, ATR(14)", gt=0, le=20)
    max_hold_bars: int = key(REQUIRED, "bars after which a position is closed at the next open", ge=1, le=10_000)
    intrabar: str = key(
        "pessimistic", "which level a bar that holds both hits first", choices=("pessimistic", "optimistic")
    )
    spread_factor: float = key(1.0, "factor on every spread", ge=0, le=10)
    max_spread: float = key(0.0, "no entry when the last closed bar's spread is above, price units; 0 is off", ge=0)
    min_atr_threshold: float = key(0.0, "no entry when ATR(14) is below, price units; 0 is off", ge=0)
    news_block_minutes: int = key(0, "no entry this close to an event; 0 is off", ge=0, le=1440)
    enable_ema_trend_filter: bool = key(False, "BUY only above EMA(200), SELL only below")
    sessions: list[str] = key([], "sessions that may open trades; empty is always", choices=SESSIONS)
    max_consecutive_losses: int = key(0, "losses in a row that stop trading until the next day; 0 is off", ge=0)


@dataclass
class ProfileConfig:
    number: int = key(REQUIRED, "1 careful .. 5 bold", ge=1, le=5)
    name: str = key(REQUIRED, "name of the profile")
    risk_pct: float = key(REQUIRED, "equity risked per trade, %", gt=0, le=100)
    risk_pct_bounds: list[float] = key(REQUIRED, "what a search may choose for risk_pct")
    confidence_quantile_bounds: list[float] = key(REQUIRED, "what a search may choose for confidence_quantile")
    sl_atr_bounds: list[float] = key(REQUIRED, "what a search may choose for execution.sl_atr")
    tp_atr_bounds: list[float] = key(REQUIRED, "what a search may choose for execution.tp_atr")
    daily_loss_pct: float = key(
        REQUIRED, "loss of a day that stops trading until the next, % of the day's start", gt=0, le=100
    )
    weekly_loss_pct: float = key(
        REQUIRED, "loss of a week that stops trading until the next, % of the week's start", gt=0, le=100
    )
    total_loss_pct: float = key(REQUIRED, "loss from the start balance that stops trading for good, %", gt=0, le=100)
    loss_base: str = key("equity", "what the limits are measured on", choices=("balance", "equity"))
    loss_clock: str = key("utc", "clock that starts days and weeks", choices=CLOCKS)
    min_balance: float = key(REQUIRED, "least start balance for this profile, USD", ge=0)


@dataclass
class ScoreConfig:
    kind: str = key("seed", "formula: win_rate * profit_factor / sqrt(max_drawdown)", choices=("seed",))
    min_trades: int = key(30, "fewer trades than this give a score of 0, and say so", ge=1)
    profit_factor_cap: float = key(10.0, "profit factor counted at most, also when nothing was lost", gt=0)
    drawdown_floor_pct: float = key(1.0, "drawdown counted at least, %", gt=0, le=100)
    reference_risk_pct: float = key(1.0, "risk per trade of the reference score, %", gt=0, le=100)
    bootstrap_samples: int = key(2000, "resamples of an interval", ge=100, le=100_000)
    interval: float = key(0.95, "coverage of an interval", gt=0.5, lt=1)


@dataclass
class ReportConfig:
    html: bool = key(True, "write report.html")
    price_bars: int = key(1500, "most candles drawn on the price chart", ge=100, le=20_000)
