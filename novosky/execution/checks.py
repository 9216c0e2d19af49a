"""What the core refuses before the first bar: terms that no broker has, rules without room, numbers that are none.

The core itself never raises; whoever calls it asks here first.
"""

from __future__ import annotations

import math

import numpy as np

from novosky.errors import ConfigError, DataError
from novosky.execution.codes import OPENED
from novosky.execution.records import MAX_FILTER_TRADES, MAX_FINER, MAX_POSITIONS
from novosky.execution.series import BarArrays, FinerBars, Intents
from novosky.execution.terms import Contract, Rules

ABOVE_ZERO = ("tick_size", "tick_value", "volume_min", "volume_max", "volume_step")
NOT_NEGATIVE = (
    "commission_per_lot",
    "commission_pct",
    "stops_distance",
    "freeze_distance",
    "margin_fixed",
    "margin_per_price",
    "margin_hedged_rate",
    "stop_out_pct",
)


def check_inputs(
    bars: BarArrays, intents: Intents, finer: FinerBars, contract: Contract, rules: Rules, start: int, stop: int
) -> None:
    """Raises ConfigError for impossible terms or rules, DataError for bars or intents that are no numbers."""
    check_contract(contract)
    check_rules(rules)
    check_finer(finer)
    check_numbers(bars, intents, start, stop)


def check_contract(contract: Contract) -> None:
    """Raises ConfigError for terms that no broker has."""
    for name, value in contract._asdict().items():
        if not math.isfinite(value):
            raise ConfigError(f"contract.{name}={value}: expected a number")
    for name in ABOVE_ZERO:
        if getattr(contract, name) <= 0.0:
            raise ConfigError(f"contract.{name}={getattr(contract, name):g}: expected > 0")
    for name in NOT_NEGATIVE:
        if getattr(contract, name) < 0.0:
            raise ConfigError(f"contract.{name}={getattr(contract, name):g}: expected >= 0")
    if not contract.volume_step <= contract.volume_min <= contract.volume_max:
        raise ConfigError(
            f"contract: expected volume_step <= volume_min <= volume_max, found {contract.volume_step:g}, "
            f"{contract.volume_min:g}, {contract.volume_max:g}"
        )


def check_rules(rules: Rules) -> None:
    """Raises ConfigError for rules that contradict each other, or that the core has no room for."""
    _check_range("max_positions", rules.max_positions, 1, MAX_POSITIONS)
    _check_range("equity_filter_trades", rules.equity_filter_trades, 1, MAX_FILTER_TRADES)
    _check_range("max_hold_bars", rules.max_hold_bars, 1, math.inf)
    if rules.netting and rules.max_positions > 1:
        raise ConfigError(f"rules.max_positions={rules.max_positions}: a netting account holds one position")
    if not rules.risk_pct > 0.0:
        raise ConfigError(f"rules.risk_pct={rules.risk_pct:g}: expected > 0")
    if not 0.0 < rules.partial_fraction < 1.0:
        raise ConfigError(f"rules.partial_fraction={rules.partial_fraction:g}: expected > 0 and < 1")


def check_finer(finer: FinerBars) -> None:
    """Raises DataError where a bar holds more finer bars than the core has room for."""
    most = int(np.diff(finer.first).max(initial=0))
    if most > MAX_FINER:
        raise DataError(f"finer bars: expected at most {MAX_FINER} inside one bar, found {most}; use coarser ones")


def check_numbers(bars: BarArrays, intents: Intents, start: int, stop: int) -> None:
    """Raises DataError with the first row of the window that holds NaN or infinity where the core reads it."""
    for name in ("open", "high", "low", "close", "spread", "slippage"):
        _refuse(f"bars.{name}", ~np.isfinite(getattr(bars, name)[start:stop]), start)
    wanted = intents.verdict[start:stop] == OPENED
    for name in ("sl_atr", "tp_atr", "risk_multiplier", "confidence"):
        _refuse(f"intents.{name}", wanted & ~np.isfinite(getattr(intents, name)[start:stop]), start)
    _refuse("bars.atr of an intent's bar", wanted & ~np.isfinite(bars.atr[start:stop]), start)
    _refuse("intents.side", wanted & (np.abs(intents.side[start:stop]) != 1), start)


def _refuse(name: str, bad: np.ndarray, start: int) -> None:
    if bad.any():
        raise DataError(
            f"{name}: expected numbers, found {int(bad.sum())} rows without one, "
            f"first row {start + int(np.argmax(bad))}"
        )


def _check_range(name: str, value: int, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(f"rules.{name}={value}: expected >= {low:g} and <= {high:g}")
