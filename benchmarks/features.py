"""All features in one piece, and one bar at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.timing import best_seconds
from novosky.config.compose import compose_config
from novosky.features.arrays import FeatureSettings
from novosky.features.build import build_features
from novosky.features.stream import FeatureStream
from novosky.market.bars import Bars

CONF = Path(__file__).resolve().parents[1] / "conf"
BARS, PUSHED = 200_000, 5_000


def run() -> list[tuple[str, str]]:
    names = compose_config(CONF, ["mode=backtest"]).features.names
    bars = _bars(BARS)
    events = bars.time_ms[::700].copy()
    settings = FeatureSettings(60, 30)
    batch = best_seconds(lambda: build_features(bars, events, names, settings), runs=3)
    stream = FeatureStream(bars.timeframe_minutes, bars.point, events, names, settings)
    rows = [(int(bars.time_ms[i]), *(float(column[i]) for column in _columns(bars))) for i in range(PUSHED)]
    pushed = best_seconds(lambda: [stream.push(*row) for row in rows], runs=1) / PUSHED
    return [
        (f"{len(names)} features, batch", f"{BARS / batch:,.0f} bars/s"),
        (f"{len(names)} features, one bar", f"{pushed * 1e6:.0f} us"),
    ]


def _columns(bars: Bars) -> tuple[np.ndarray, ...]:
    return bars.open, bars.high, bars.low, bars.close, bars.tick_volume, bars.spread_points


def _bars(n: int) -> Bars:
    random = np.random.Generator(np.random.PCG64(1))
    close = np.round(40_000 * np.exp(np.cumsum(random.normal(0, 0.0025, n))), 2)
    open_ = np.concatenate(([close[0]], close[:-1]))
    high = np.round(np.maximum(open_, close) * (1 + random.exponential(0.0008, n)), 2)
    low = np.round(np.minimum(open_, close) * (1 - random.exponential(0.0008, n)), 2)
    time_ms = 1_704_067_200_000 + np.arange(n, dtype=np.int64) * 900_000
    volume = random.integers(1, 1000, n).astype(np.float64)
    return Bars("BTCUSD", 15, 0.01, time_ms, open_, high, low, close, volume, np.full(n, 1500.0), np.zeros(n))
