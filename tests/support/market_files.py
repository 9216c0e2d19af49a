"""Bars and configurations for the tests of markets, and the files that brokers would write of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from hypothesis import strategies as st

from novosky.config.schema.market import DataConfig, NewsConfig
from novosky.market.bars import Bars
from novosky.market.contract import to_frame

NO_NEWS = NewsConfig(source="none")
MADE_NEWS = NewsConfig(source="synthetic")
QUARTER_MS = 15 * 60_000


def generated(source: str = "synthetic", **changes: Any) -> DataConfig:
    """A small generated market."""
    settings = {"bars": 2000, "start": "2024-01-01", "seed": 3, "oracle_sharpe": 3.0} | changes
    return DataConfig(source=source, **settings)


def from_file(source: str, path: Path, **changes: Any) -> DataConfig:
    return DataConfig(source=source, path=str(path), **changes)


def same_bars(one: Bars, other: Bars) -> bool:
    """Whether all values are equal, bit for bit."""
    scalars = (one.symbol, one.timeframe_minutes, one.point) == (other.symbol, other.timeframe_minutes, other.point)
    arrays = ("time_ms", "open", "high", "low", "close", "tick_volume", "spread_points", "real_volume")
    return scalars and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)


@st.composite
def bars(draw: st.DrawFn, max_bars: int = 40, minutes: int = 15) -> Bars:
    """Valid bars with gaps, mostly one step apart."""
    n_bars = draw(st.integers(4, max_bars))
    rng = np.random.Generator(np.random.PCG64(draw(st.integers(0, 2**32))))
    steps = np.where(np.arange(n_bars) % 3 == 2, rng.integers(1, 6, n_bars), 1)
    day = draw(st.integers(0, 3650))
    time_ms = (datetime(2016, 1, 1, tzinfo=UTC) + timedelta(days=day)).timestamp() * 1000
    corners = np.sort(rng.integers(100, 10_000_000, (n_bars, 4)), axis=1)
    inner = rng.permuted(corners[:, 1:3], axis=1)
    price = lambda points: np.round(points * 0.01, 2)  # noqa: E731
    return Bars(
        "BTCUSD",
        minutes,
        0.01,
        time_ms=(int(time_ms) + np.cumsum(steps) * minutes * 60_000).astype(np.int64),
        open=price(inner[:, 0]),
        high=price(corners[:, 3]),
        low=price(corners[:, 0]),
        close=price(inner[:, 1]),
        tick_volume=rng.integers(0, 5000, n_bars).astype(float),
        spread_points=rng.integers(0, 3, n_bars) * 500.0,
        real_volume=rng.integers(0, 3, n_bars).astype(float),
    )


def write_parquet(made: Bars, path: Path) -> None:
    to_frame(made).write_parquet(path)


def write_csv(made: Bars, path: Path) -> None:
    to_frame(made).with_columns(pl.col("time").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).write_csv(path)


BROKER_ZONES = {
    "utc": (ZoneInfo("UTC"), 0),
    "new_york_plus_7": (ZoneInfo("America/New_York"), 7),
    "eet": (ZoneInfo("Europe/Helsinki"), 0),
}


def broker_time(time_ms: int, clock: str) -> datetime:
    """What the broker's wall clock shows, by the standard library; `fold` tells a repeated hour."""
    zone, ahead = BROKER_ZONES[clock]
    local = datetime.fromtimestamp(time_ms / 1000, tz=zone)
    return (local + timedelta(hours=ahead)).replace(fold=local.fold)


def write_mt5_export(made: Bars, path: Path, clock: str) -> None:
    """As a terminal does: tab separated, CRLF, two decimals, broker's clock."""
    lines = ["<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>"]
    for i in range(len(made)):
        prices = "\t".join(f"{p[i]:.2f}" for p in (made.open, made.high, made.low, made.close))
        counts = "\t".join(f"{c[i]:.0f}" for c in (made.tick_volume, made.real_volume, made.spread_points))
        lines.append(f"{broker_time(int(made.time_ms[i]), clock):%Y.%m.%d\t%H:%M:%S}\t{prices}\t{counts}")
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode())
