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
