"""From configuration and bars to what the core takes: the one place where units meet."""

from __future__ import annotations

from novosky.config.schema import Config
from novosky.config.schema.market import BrokerConfig
from novosky.config.schema.trading import ExecutionConfig, ProfileConfig
from novosky.execution.costs import effective_spread
from novosky.execution.records import BarArrays, Contract, Rules
from novosky.market.bars import Bars, Floats
from novosky.market.indicators import ATR_PERIOD, atr
from novosky.market.trading_days import trading_days, trading_weeks

EMA_TREND_PERIOD = 200


def contract_of(broker: BrokerConfig) -> Contract:
    """The broker's terms as the core reads them."""
    return Contract(
        tick_size=broker.tick_size,
        tick_value=broker.tick_value,
        volume_min=broker.volume_min,
        volume_max=broker.volume_max,
        volume_step=broker.volume_step,
        commission_per_lot=broker.commission_per_lot,
        stops_distance=broker.stops_level_points * broker.point,
    )


def rules_of(execution: ExecutionConfig, profile: ProfileConfig) -> Rules:
    """Brackets, risk and limits."""
    return Rules(
        max_hold_bars=execution.max_hold_bars,
        risk_pct=profile.risk_pct,
        optimistic=execution.intrabar == "optimistic",
        max_consecutive_losses=execution.max_consecutive_losses,
        daily_loss_pct=profile.daily_loss_pct,
        weekly_loss_pct=profile.weekly_loss_pct,
        total_loss_pct=profile.total_loss_pct,
        limits_on_balance=profile.loss_base == "balance",
    )


def bar_arrays(bars: Bars, config: Config) -> BarArrays:
    """Bars with the spread they pay, their ATR(14) and the days and weeks of the profile's limits."""
    day = trading_days(bars.time_ms, config.profile.loss_clock)
    return BarArrays(
        open=bars.open,
        high=bars.high,
        low=bars.low,
        close=bars.close,
        spread=effective_spread(bars.spread_points, bars.point, config.broker.spread, config.execution.spread_factor),
        atr=atr(bars.high, bars.low, bars.close, ATR_PERIOD),
        day=day,
        week=trading_weeks(day),
    )


def reference_spread(bars: Bars, pct: float) -> Floats:
    """The spread that labels pay, price units, shape (n_bars,): a fixed share of the price."""
    return bars.open * (pct / 100.0)
