"""Bollinger bands: 20 closes, two population standard deviations (Bollinger 2001)."""

from __future__ import annotations

import numpy as np

from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.market.bars import Floats
from novosky.market.indicators import deviation_before, mean_before

PERIOD = 20
WIDTH_SIGMAS = 2.0


@feature_group(
    Feature("bb_upper", "upper Bollinger band minus close, in ATR", warmup_bars=400, tolerance=1e-9),
    Feature("bb_lower", "close minus lower Bollinger band, in ATR", warmup_bars=400, tolerance=1e-9),
    Feature("bb_width", "width of the Bollinger bands over their middle", warmup_bars=PERIOD),
    Feature(
        "range_position", "place of the close between the bands: 0 lower, 1 upper, 0.5 when flat", warmup_bars=PERIOD
    ),
    lookback_bars=PERIOD,
)
def bollinger(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    for i in range(start, stop):
        if i + 1 < PERIOD:
            out[i - start, :] = np.nan
            continue
        middle = mean_before(bars.close, i + 1, PERIOD)
        half = WIDTH_SIGMAS * deviation_before(bars.close, i + 1, PERIOD, middle)
        above_lower = bars.close[i] - (middle - half)
        out[i - start, 0] = (middle + half - bars.close[i]) / bars.atr[i]
        out[i - start, 1] = above_lower / bars.atr[i]
        out[i - start, 2] = 2.0 * half / middle
        out[i - start, 3] = above_lower / (2.0 * half) if half > 0.0 else 0.5
