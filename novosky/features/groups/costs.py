"""What a trade costs now. In no default list: many sources know no spread, and the feature is then constant."""

from __future__ import annotations

from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.market.bars import Floats


@feature_group(
    Feature("spread_ratio", "the bar's spread, in ATR; 0 where it is unknown", warmup_bars=400, tolerance=1e-9),
)
def costs(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    for i in range(start, stop):
        out[i - start, 0] = bars.spread_points[i] * bars.point / bars.atr[i]
