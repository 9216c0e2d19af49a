"""Bars for the tests of features: random ones, nasty ones, and the real ones where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from novosky.features.arrays import FeatureSettings
from novosky.features.stream import FeatureStream
from novosky.market.bars import Bars, Floats, Ints

SETTINGS = FeatureSettings(near_minutes=60, risk_window_minutes=30)
START_MS = 1_704_067_200_000  # 2024-01-01 00:00 UTC, a Monday


def make_bars(
    close: Floats,
    *,
    open_: Floats | None = None,
    high: Floats | None = None,
    low: Floats | None = None,
    volume: Floats | None = None,
    spread: Floats | None = None,
    time_ms: Ints | None = None,
    minutes: int = 15,
    point: float = 0.01,
) -> Bars:
    """Bars from closes; what is not given is flat, gapless and dull."""
    close = np.asarray(close, dtype=float)
    n = len(close)
    open_ = close if open_ is None else np.asarray(open_, dtype=float)
    return Bars(
        symbol="TEST",
        timeframe_minutes=minutes,
        point=point,
        time_ms=START_MS + np.arange(n) * minutes * 60_000 if time_ms is None else np.asarray(time_ms),
        open=open_,
        high=np.maximum(open_, close) if high is None else np.asarray(high, dtype=float),
        low=np.minimum(open_, close) if low is None else np.asarray(low, dtype=float),
        close=close,
        tick_volume=np.ones(n) if volume is None else np.asarray(volume, dtype=float),
        spread_points=np.zeros(n) if spread is None else np.asarray(spread, dtype=float),
        real_volume=np.zeros(n),
    )


def random_bars(seed: int, n: int, *, minutes: int = 15, gap_share: float = 0.02, nasty: bool = False) -> Bars:
    """A random walk with missing bars; `nasty` adds flat stretches, zero volume and jumps by a factor of up to 5."""
    rng = np.random.Generator(np.random.PCG64(seed))
    step = rng.standard_normal(n) * 0.003
    volume = np.floor(rng.exponential(500, n))
    if nasty:
        step[rng.random(n) < 0.002] += rng.choice([-1.6, 1.6])
        for first in rng.integers(0, n, 3):
            step[first : first + 400] = 0.0
            volume[first : first + 500] = 0.0
    close = np.round(40_000 * np.exp(np.cumsum(step)), 2) + 0.01
    open_ = np.concatenate(([40_000.0], close[:-1]))
    reach = np.abs(rng.standard_normal((2, n))) * 0.002 * close * (step != 0.0)
    if nasty:
        open_ = np.where(step == 0.0, close, open_)
    places = np.cumsum(1 + rng.geometric(0.2, n) * (rng.random(n) < gap_share))
    return make_bars(
        close,
        open_=open_,
        high=np.round(np.maximum(open_, close) + reach[0], 2),
        low=np.maximum(np.round(np.minimum(open_, close) - reach[1], 2), 0.01),
        volume=volume,
        spread=rng.integers(0, 2000, n),
        time_ms=START_MS + places * minutes * 60_000,
        minutes=minutes,
    )


def random_events(seed: int, bars: Bars) -> Ints:
    """About one event a day over the bars and a little around them, sorted."""
    rng = np.random.Generator(np.random.PCG64(seed))
    first, last = int(bars.time_ms[0]) - 86_400_000, int(bars.time_ms[-1]) + 86_400_000
    count = max(1, (last - first) // 86_400_000)
    return np.sort(rng.integers(first // 60_000, last // 60_000, count) * 60_000)


def streamed(bars: Bars, event_ms: Ints | None, names: list[str]) -> Floats:
    """The rows that the stream gives, one bar at a time."""
    stream = FeatureStream(bars.timeframe_minutes, bars.point, event_ms, names, SETTINGS)
    columns = (bars.time_ms, bars.open, bars.high, bars.low, bars.close, bars.tick_volume, bars.spread_points)
    return np.array([stream.push(*(column[i].item() for column in columns)) for i in range(len(bars))])


def read_real_bars(folder: Path, name: str) -> Bars:
    """An M15 parquet file of the real bars."""
    frame = pl.read_parquet(folder / f"{name}.parquet")
    floats = {column: frame[column].cast(pl.Float64).to_numpy() for column in frame.columns if column != "time"}
    return make_bars(
        floats["close"],
        open_=floats["open"],
        high=floats["high"],
        low=floats["low"],
        volume=floats["tick_volume"],
        spread=floats["spread"],
        time_ms=frame["time"].dt.epoch("ms").to_numpy(),
    )


def read_real_events(folder: Path) -> Ints:
    """High-impact US events whose time was known, sorted."""
    frame = pl.read_csv(folder / "calendar_2019-11_2020-10.csv")
    frame = frame.filter(pl.col("time_known") & (pl.col("impact") == "high") & (pl.col("currency") == "USD"))
    return np.sort(frame["datetime_utc"].str.to_datetime(time_zone="UTC").dt.epoch("ms").to_numpy())
