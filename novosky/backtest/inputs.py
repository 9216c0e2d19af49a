"""From configuration and bars to what the core takes: the one place where units meet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from novosky.backtest.terms import check_reach, contract_of
from novosky.config.schema import Config
from novosky.config.schema.market import AccountConfig, BrokerConfig
from novosky.config.schema.trading import ExecutionConfig, ProfileConfig
from novosky.errors import DataError
from novosky.execution.codes import ON_OPPOSITE, READINGS
from novosky.execution.series import BarArrays, FinerBars, no_finer_bars
from novosky.execution.slippage import random_slippage, volatility_slippage
from novosky.execution.spreads import effective_spread, modelled_spread
from novosky.execution.terms import Rules
from novosky.market.bars import Bars, Floats
from novosky.market.finer import finer_inside
from novosky.market.indicators import ATR_PERIOD, atr, ema
from novosky.market.load import bars_from_file
from novosky.market.sessions import session_flags
from novosky.market.sources import file_bytes
from novosky.market.trading_days import in_week_end, swap_nights, trading_days, trading_weeks

EMA_TREND_PERIOD = 200
USUAL_ATR_PERIOD = 500  # bars of the EMA that ATR(14) is held against by spread_mode=session_volatility


def rules_of(execution: ExecutionConfig, profile: ProfileConfig, account: AccountConfig) -> Rules:
    """How positions are opened, followed and closed, and what stops trading."""
    return Rules(
        max_hold_bars=execution.max_hold_bars,
        risk_pct=profile.risk_pct,
        reading=READINGS.index(execution.intrabar),
        netting=account.position_mode == "netting",
        max_positions=execution.max_positions,
        max_adds=execution.max_adds,
        on_opposite=ON_OPPOSITE.index(execution.on_opposite),
        max_risk_per_trade_pct=execution.max_risk_per_trade_pct,
        cap_stops=execution.stop_cap == "cap",
        breakeven_r=execution.breakeven_r,
        breakeven_offset=execution.breakeven_offset,
        trail_start_r=execution.trail_start_r,
        trail_atr=execution.trail_atr,
        partial_r=execution.partial_r,
        partial_fraction=execution.partial_fraction,
        equity_filter_trades=execution.equity_filter_trades,
        equity_filter_drawdown_r=execution.equity_filter_drawdown_r,
        max_consecutive_losses=execution.max_consecutive_losses,
        losses_reset_weekly=execution.consecutive_losses_reset == "week",
        daily_loss_pct=profile.daily_loss_pct,
        weekly_loss_pct=profile.weekly_loss_pct,
        total_loss_pct=profile.total_loss_pct,
        limits_on_balance=profile.loss_base == "balance",
        limits_of_start=profile.loss_pct_of == "start_balance",
    )


def bar_arrays(bars: Bars, config: Config) -> BarArrays:
    """Bars with what they pay, their ATR(14), and where the clocks of limits, swap and week's end put them."""
    atr14 = atr(bars.high, bars.low, bars.close, ATR_PERIOD)
    return arrays_with(bars, atr14, _agitation(atr14), config)


def arrays_with(bars: Bars, atr14: Floats, agitation: Floats, config: Config) -> BarArrays:
    """The same with indicators that are known: of each bar's close, and its volatility as of its open.

    Swap nights and spread look one bar back, so that the first row of a stretch is right only at the series' start.
    """
    execution, broker = config.execution, config.broker
    day = trading_days(bars.time_ms, config.profile.loss_clock)
    charged = execution.swap and broker.swap_mode != "disabled"
    return BarArrays(
        open=bars.open,
        high=bars.high,
        low=bars.low,
        close=bars.close,
        spread=_spread(bars, agitation, execution, broker),
        slippage=_slippage(bars, atr14, execution),
        atr=atr14,
        day=day,
        week=trading_weeks(day),
        nights=swap_nights(bars.time_ms, broker.clock, broker.swap_triple_day) * np.int8(charged),
        flat=in_week_end(bars.time_ms, broker.clock, execution.week_end_flat_minutes),
    )


def finer_bars(config: Config, bars: Bars) -> FinerBars:
    """The finer bars inside each of `bars`; none unless `execution.intrabar` asks for them; raises as `finer_file`."""
    finer = finer_file(config)
    return no_finer_bars(len(bars)) if finer is None else finer_inside(bars, finer, config.broker.tick_size)


def finer_file(config: Config) -> Bars | None:
    """The bars of `data.finer_path`; None unless `execution.intrabar` asks for them.

    Raises DataError when the file cannot be read, breaks the bar contract, or holds another time or market.
    """
    if config.execution.intrabar != "finer_bars":
        return None
    data = replace(config.data, path=config.data.finer_path, timeframe=config.data.finer_timeframe)
    content = file_bytes(data.path, "data.finer_path")
    try:
        finer, _ = bars_from_file(data, content)
    except DataError as error:  # which speaks of the settings of data.path
        raise DataError(f"data.finer_path: {str(error).replace('data.timeframe', 'data.finer_timeframe')}") from error
    return finer


def reference_spread(bars: Bars, pct: float) -> Floats:
    """The spread that labels pay, price units, shape (n_bars,): a fixed share of the price."""
    return bars.open * (pct / 100.0)


def _spread(bars: Bars, agitation: Floats, execution: ExecutionConfig, broker: BrokerConfig) -> Floats:
    if execution.spread_mode == "bars":
        return effective_spread(bars.spread_points, bars.point, broker.spread, execution.spread_factor)
    usual = broker.spread * execution.spread_factor
    if execution.spread_mode == "fixed":
        return np.full(len(bars), usual)
    return modelled_spread(
        session_flags(bars.time_ms),
        np.array(execution.spread_session_factors),
        agitation,
        execution.spread_volatility_power,
        usual,
    )


def _agitation(atr14: Floats) -> Floats:
    """ATR(14) as a multiple of its own average, as of each bar's open; NaN until there is one."""
    out = np.full(len(atr14), np.nan)
    known = atr14[ATR_PERIOD:]
    usual = ema(known, USUAL_ATR_PERIOD)
    ratio = np.divide(known, usual, out=np.full(len(known), np.nan), where=usual > 0.0)
    out[ATR_PERIOD + 1 :] = ratio[:-1]
    return out


def _slippage(bars: Bars, atr14: Floats, execution: ExecutionConfig) -> Floats:
    if execution.slippage == "random":
        return random_slippage(bars.time_ms, execution.slippage_price, execution.slippage_seed)
    if execution.slippage == "volatility":
        return volatility_slippage(atr14, execution.slippage_atr)
    return np.full(len(bars), execution.slippage_price)


__all__ = ["bar_arrays", "check_reach", "contract_of", "finer_bars", "reference_spread", "rules_of"]
