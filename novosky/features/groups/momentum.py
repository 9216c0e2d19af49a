"""How far the price has come over a number of bars."""

from __future__ import annotations

import numpy as np

from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.market.bars import Floats


@feature_group(
    Feature("momentum_5", "change of the close over 5 bars, in ATR", warmup_bars=400, tolerance=1e-9),
    Feature("momentum_10", "change of the close over 10 bars, in ATR", warmup_bars=400, tolerance=1e-9),
    Feature("rate_of_change", "change of the close over 14 bars, %", warmup_bars=14),
    lookback_bars=14,
)
def momentum(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    for i in range(start, stop):
        out[i - start, 0] = (bars.close[i] - bars.close[i - 5]) / bars.atr[i] if i >= 5 else np.nan
        out[i - start, 1] = (bars.close[i] - bars.close[i - 10]) / bars.atr[i] if i >= 10 else np.nan
        out[i - start, 2] = 100.0 * (bars.close[i] / bars.close[i - 14] - 1.0) if i >= 14 else np.nan
