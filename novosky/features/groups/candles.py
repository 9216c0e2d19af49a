"""The shape of the last candle and the run that it belongs to."""

from __future__ import annotations

import numpy as np

from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.market.bars import Floats

LONGEST_RUN = 10


@feature_group(
    Feature("candle_direction", "close minus open, in ATR", warmup_bars=400, tolerance=1e-9),
    Feature("close_vs_open", "close minus open over the candle's range, -1..1; 0 for a flat candle"),
    Feature("upper_wick", "high minus the body's top, in ATR", warmup_bars=400, tolerance=1e-9),
    Feature("lower_wick", "the body's bottom minus low, in ATR", warmup_bars=400, tolerance=1e-9),
    Feature("high_low_ratio", "high minus low, in ATR", warmup_bars=400, tolerance=1e-9),
    Feature(
        "consecutive_direction",
        "candles of the same direction in a row, signed, at most 10, over 10; 0 after a candle without a body",
        warmup_bars=LONGEST_RUN,
    ),
    lookback_bars=LONGEST_RUN,
)
def candles(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    for i in range(start, stop):
        body, reach, ruler = bars.close[i] - bars.open[i], bars.high[i] - bars.low[i], bars.atr[i]
        out[i - start, 0] = body / ruler
        out[i - start, 1] = body / reach if reach > 0.0 else 0.0
        out[i - start, 2] = (bars.high[i] - max(bars.open[i], bars.close[i])) / ruler
        out[i - start, 3] = (min(bars.open[i], bars.close[i]) - bars.low[i]) / ruler
        out[i - start, 4] = reach / ruler
        sign = np.sign(body)
        run = 0
        while (
            run < min(LONGEST_RUN, i + 1) and sign != 0.0 and np.sign(bars.close[i - run] - bars.open[i - run]) == sign
        ):
            run += 1
        out[i - start, 5] = sign * run / LONGEST_RUN
