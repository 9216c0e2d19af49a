"""From risk to volume."""

from __future__ import annotations

import math

from novosky.execution.compiled import compiled
from novosky.execution.records import Contract


@compiled
def volume_for_risk(equity: float, risk_pct: float, stop_distance: float, contract: Contract) -> float:
    """Lots whose stop costs at most `risk_pct` of `equity`, rounded down to the step; 0.0 below the minimum.

    `stop_distance` in price units. Rounded down, never up: a smallest volume that risks more is refused.
    """
    loss_per_lot = stop_distance / contract.tick_size * contract.tick_value + 2.0 * contract.commission_per_lot
    if loss_per_lot <= 0.0 or equity <= 0.0:
        return 0.0
    wanted = min(equity * risk_pct / 100.0 / loss_per_lot, contract.volume_max)
    steps = math.floor(wanted / contract.volume_step + 1e-9)  # 0.3 / 0.1 is 2.9999999999999996
    volume = steps * contract.volume_step
    if volume < contract.volume_min - 1e-12:
        return 0.0
    return volume


@compiled
def scaled_volume(equity: float, risk_pct: float, multiplier: float, stop_distance: float, contract: Contract) -> float:
    """Lots at `multiplier` times the risk; 0.0 only where the whole risk could not buy the smallest volume.

    A multiplier scales and never refuses: where its share falls below the smallest volume, that volume is traded.
    """
    volume = volume_for_risk(equity, risk_pct * multiplier, stop_distance, contract)
    if volume == 0.0 and multiplier < 1.0:
        whole = volume_for_risk(equity, risk_pct, stop_distance, contract)
        return min(whole, contract.volume_min)
    return volume
