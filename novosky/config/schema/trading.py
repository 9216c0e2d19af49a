"""How a decision becomes a trade, what it may risk, and how results are scored and shown."""

# ruff: noqa: RUF009 -- key() is dataclasses.field()
from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key
from novosky.config.schema.market import CLOCKS, SESSIONS

INTRABAR = ("pessimistic", "optimistic", "finer_bars")
ON_OPPOSITE = ("ignore", "close", "reverse")


@dataclass
class ExecutionConfig:
    sl_atr: float = key(REQUIRED, "stop distance from the entry, ATR(14)", gt=0, le=20)
    tp_atr: float = key(REQUIRED, "target distance from the entry, ATR(14)", gt=0, le=20)
    max_hold_bars: int = key(REQUIRED, "bars after which a position is closed at the next open", ge=1, le=10_000)
    intrabar: str = key(
        "pessimistic", "which level a bar that holds both hits first; finer_bars asks data.finer_path", choices=INTRABAR
    )
    spread_mode: str = key(
        "bars",
        "bars: the bars' own over broker.spread; fixed: broker.spread; session_volatility: it, by session and ATR",
        choices=("bars", "fixed", "session_volatility"),
    )
    spread_factor: float = key(1.0, "factor on every spread", ge=0, le=10)
    spread_session_factors: list[float] = key(
        [1.0, 1.0, 1.0, 1.0], "asian, london, new_york, none open: factors on the spread (session_volatility)", ge=0
    )
    spread_volatility_power: float = key(
        0.5, "power of ATR(14) over its EMA(500), where above 1, that the spread grows with", ge=0, le=5
    )
    slippage: str = key(
        "none", "by which market orders and stops fill worse", choices=("none", "fixed", "volatility", "random")
    )
    slippage_price: float = key(0.0, "slippage, price units: of every fill (fixed), or its mean (random)", ge=0)
    slippage_atr: float = key(0.0, "slippage as a share of the previous close's ATR(14) (volatility)", ge=0, le=10)
    slippage_seed: int = key(7, "seed of random slippage", ge=0, lt=2**31)
    swap: bool = key(True, "charge the broker's swap")
    max_lots: float = key(0.0, "largest volume of an order, lots, beside the broker's; 0 is off", ge=0)
    max_positions: int = key(1, "positions open at the same time", ge=1, le=16)
    max_adds: int = key(0, "additions to one position that the position model may ask for", ge=0, le=8)
    on_opposite: str = key("ignore", "what an opposite signal does to open positions", choices=ON_OPPOSITE)
    max_risk_per_trade_pct: float = key(
        10.0, "most that the stop of a trade may cost, % of the equity; 0 is off", ge=0, le=100
    )
    stop_cap: str = key("skip", "a trade above it: skip refuses it, cap draws its stop nearer", choices=("skip", "cap"))
    breakeven_r: float = key(0.0, "stop to entry after so many stop distances of profit; 0 is off", ge=0, le=100)
    breakeven_offset: float = key(0.0, "how far beyond the entry that stop lies, price units", ge=0)
    trail_start_r: float = key(0.0, "stop distances of profit from which the stop trails", ge=0, le=100)
    trail_atr: float = key(0.0, "distance of the trailing stop, ATR(14); 0 is off", ge=0, le=100)
    partial_r: float = key(0.0, "close a part after so many stop distances of profit; 0 is off", ge=0, le=100)
    partial_fraction: float = key(0.5, "share of the volume that a partial close takes", gt=0, lt=1)
    week_end_flat_minutes: int = key(
        0, "nothing is held from so many minutes before Saturday until Monday, broker's clock; 0 is off", ge=0, le=2880
    )
    max_spread: float = key(0.0, "no entry when the last closed bar's spread is above, price units; 0 is off", ge=0)
    min_atr_threshold: float = key(0.0, "no entry when ATR(14) is below, price units; 0 is off", ge=0)
    news_block_minutes: int = key(0, "no entry this close to an event; 0 is off", ge=0, le=1440)
    enable_ema_trend_filter: bool = key(False, "BUY only above EMA(200), SELL only below")
    sessions: list[str] = key([], "sessions that may open trades; empty is always", choices=SESSIONS)
    equity_filter_trades: int = key(10, "shadow trades that the equity-curve filter looks back on", ge=2, le=100)
    equity_filter_drawdown_r: float = key(
        0.0, "R of the shadow trades below their own peak that stop trading until they recover; 0 is off", ge=0
    )
    max_consecutive_losses: int = key(0, "losses in a row that stop trading until the reset; 0 is off", ge=0)
    consecutive_losses_reset: str = key("day", "when that count starts anew", choices=("day", "week"))


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
        REQUIRED, "loss of a day that stops trading until the next, % of loss_pct_of", gt=0, le=100
    )
    weekly_loss_pct: float = key(
        REQUIRED, "loss of a week that stops trading until the next, % of loss_pct_of", gt=0, le=100
    )
    total_loss_pct: float = key(REQUIRED, "loss from the start balance that stops trading for good, %", gt=0, le=100)
    loss_base: str = key("equity", "what the limits are measured on", choices=("balance", "equity"))
    loss_pct_of: str = key(
        "period_start",
        "what daily and weekly limits are percent of: the day's or week's start, or the start balance",
        choices=("period_start", "start_balance"),
    )
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
class GateConfig:
    kind: str = key(
        "robust",
        "what keep means; robust: better score, and better than the old set and than flat beyond luck; "
        "score: better score alone, not tested for luck",
        choices=("robust", "score"),
    )
    improvement_threshold: float = key(
        0.02, "share by which the reference score must exceed the old set's", ge=0, le=10
    )
    alpha: float = key(
        0.01, "chance of keeping a set by luck, over all tries on a range of bars together", gt=0, le=0.2
    )
    alpha_floor: float = key(1e-5, "a try's share of alpha below which the budget is spent", ge=1e-6, le=0.1)
    min_trades: int = key(30, "a set with fewer trades on the window is not kept", ge=1)


@dataclass
class ReportConfig:
    html: bool = key(True, "write report.html")
    price_bars: int = key(1500, "most candles drawn on the price chart", ge=100, le=20_000)
