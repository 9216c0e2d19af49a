"""From risk to volume, and the cap on what one trade may lose."""

from __future__ import annotations

import math

from novosky.execution.codes import OPENED, STOP_CAP, VOLUME_BELOW_MINIMUM
from novosky.execution.compiled import compiled
from novosky.execution.costs import price_difference_money
from novosky.execution.terms import Contract, Rules

WHOLE = 1e-9  # 0.3 / 0.1 is 2.9999999999999996


@compiled
def commission_of(volume: float, price: float, contract: Contract) -> float:
    """Money that one side of a deal pays, before rounding."""
    value = price / contract.tick_size * contract.tick_value
    return volume * (contract.commission_per_lot + contract.commission_pct / 100.0 * value)


@compiled
def whole_steps(volume: float, contract: Contract) -> float:
    """Rounded down to the volume's step; 0.0 below the smallest volume."""
    lots = math.floor(volume / contract.volume_step + WHOLE) * contract.volume_step
    return 0.0 if lots < contract.volume_min - 1e-12 else lots


@compiled
def volume_for_risk(equity: float, risk_pct: float, stop_distance: float, price: float, contract: Contract) -> float:
    """Lots whose stop costs at most `risk_pct` of `equity`, rounded down to the step; 0.0 below the minimum.

    `stop_distance` and the entry's `price` in price units. Both sides' commission counts as risk. Rounded down, never
    up: a smallest volume that risks more is refused.
    """
    loss_per_lot = stop_distance / contract.tick_size * contract.tick_value + 2.0 * commission_of(1.0, price, contract)
    if loss_per_lot <= 0.0 or equity <= 0.0:
        return 0.0
    return whole_steps(min(equity * risk_pct / 100.0 / loss_per_lot, contract.volume_max), contract)


@compiled
def scaled_volume(
    equity: float, risk_pct: float, multiplier: float, stop_distance: float, price: float, contract: Contract
) -> float:
    """Lots at `multiplier` times the risk; 0.0 only where the whole risk could not buy the smallest volume.

    A multiplier scales and never refuses: where its share falls below the smallest volume, that volume is traded.
    """
    volume = volume_for_risk(equity, risk_pct * multiplier, stop_distance, price, contract)
    if volume == 0.0 and multiplier < 1.0:
        whole = volume_for_risk(equity, risk_pct, stop_distance, price, contract)
        return min(whole, contract.volume_min)
    return volume


@compiled
def sized(
    equity: float, multiplier: float, stop_distance: float, price: float, contract: Contract, rules: Rules
) -> tuple[int, float, float]:
    """(verdict, lots, stop distance): sized by risk, then held against `max_risk_per_trade_pct`.

    The distance comes back smaller where the rules draw a stop in rather than refuse it: the farthest it may lie.
    """
    volume = scaled_volume(equity, rules.risk_pct, multiplier, stop_distance, price, contract)
    capped = rules.max_risk_per_trade_pct > 0.0
    if volume == 0.0 and capped and rules.cap_stops:
        volume = contract.volume_min
    if volume == 0.0:
        return VOLUME_BELOW_MINIMUM, 0.0, stop_distance
    if not capped:
        return OPENED, volume, stop_distance
    allowed = equity * rules.max_risk_per_trade_pct / 100.0
    if price_difference_money(0.0, stop_distance, volume, contract) <= allowed * (1.0 + 1e-9):
        return OPENED, volume, stop_distance
    if not rules.cap_stops:
        return STOP_CAP, 0.0, stop_distance
    farthest = allowed / (contract.tick_value * volume) * contract.tick_size
    if farthest < contract.tick_size * (1.0 - WHOLE):
        return STOP_CAP, 0.0, stop_distance
    return OPENED, volume, farthest
