"""Rules between the settings of execution: none is on without what it needs, none is given and never read."""

from __future__ import annotations

from novosky.config.schema import Config
from novosky.config.schema.market import TIMEFRAMES
from novosky.errors import ConfigError


def _check_finer_bars(config: Config) -> None:
    data, intrabar = config.data, config.execution.intrabar
    if intrabar != "finer_bars":
        if data.finer_path is not None:
            raise ConfigError(
                f"data.finer_path={data.finer_path}: only execution.intrabar=finer_bars reads it, found {intrabar}; "
                f"leave it away, or set execution.intrabar=finer_bars"
            )
        return
    if data.path is None:
        raise ConfigError(
            f"execution.intrabar=finer_bars: needs a file of finer bars, and data.source={data.source} has none; "
            f"choose pessimistic or optimistic, or data=parquet with data.finer_path=<file>"
        )
    if data.finer_path is None:
        raise ConfigError(
            "data.finer_path: required with execution.intrabar=finer_bars, but not given; add data.finer_path=<file>"
        )
    # Each of these lengths divides the longer ones.
    if TIMEFRAMES.index(data.finer_timeframe) >= TIMEFRAMES.index(data.timeframe):
        raise ConfigError(
            f"data.finer_timeframe={data.finer_timeframe}: expected shorter bars than data.timeframe={data.timeframe}; "
            f"give a file of finer bars as data.finer_path"
        )


def _check_spread_model(config: Config) -> None:
    factors = config.execution.spread_session_factors
    if len(factors) != 4:
        raise ConfigError(
            f"execution.spread_session_factors={factors}: expected four factors: asian, london, new_york, none open"
        )


def _check_slippage(config: Config) -> None:
    mode = config.execution.slippage
    readers = {"slippage_price": ("fixed", "random"), "slippage_atr": ("volatility",)}
    for name, modes in readers.items():
        value: float = getattr(config.execution, name)
        if mode in modes and value == 0:
            raise ConfigError(f"execution.{name}: required with execution.slippage={mode}, but it is 0; set it above 0")
        if mode not in modes and value > 0:
            raise ConfigError(
                f"execution.{name}={value:g}: never read with execution.slippage={mode}; "
                f"set it to 0, or set execution.slippage={modes[0]}"
            )


def _check_positions(config: Config) -> None:
    execution, mode = config.execution, config.account.position_mode
    if mode == "netting" and execution.max_positions > 1:
        raise ConfigError(
            f"execution.max_positions={execution.max_positions}: account.position_mode=netting holds one position a "
            f"symbol; set it to 1, or set account.position_mode=hedging"
        )
    if mode == "hedging" and execution.max_adds > 0 and execution.max_positions == 1:
        raise ConfigError(
            f"execution.max_adds={execution.max_adds}: with account.position_mode=hedging an addition is a position of "
            f"its own, and execution.max_positions is 1; set execution.max_positions={1 + execution.max_adds}, or set "
            f"account.position_mode=netting"
        )


# Settings that only another one reads: (setting, its value when left alone, what it needs).
_NEVER_READ = (
    ("breakeven_offset", 0.0, "breakeven_r"),
    ("trail_start_r", 0.0, "trail_atr"),
    ("partial_fraction", 0.5, "partial_r"),
    ("equity_filter_trades", 10, "equity_filter_drawdown_r"),
    ("consecutive_losses_reset", "day", "max_consecutive_losses"),
    ("stop_cap", "skip", "max_risk_per_trade_pct"),
)


def _check_never_read(config: Config) -> None:
    for name, untouched, needed in _NEVER_READ:
        value = getattr(config.execution, name)
        if value != untouched and getattr(config.execution, needed) == 0:
            raise ConfigError(
                f"execution.{name}={value}: never read while execution.{needed} is 0 (off); "
                f"set execution.{needed} above 0, or leave execution.{name} away"
            )


EXECUTION_CHECKS = (
    _check_finer_bars,
    _check_spread_model,
    _check_slippage,
    _check_positions,
    _check_never_read,
)
