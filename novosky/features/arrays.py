"""What a kernel sees of the market: plain arrays and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from novosky.market.bars import Floats, Ints

MINUTE_MS = 60_000


class BarArrays(NamedTuple):
    """Bars oldest first, each array (n,), prices in quote currency; a kernel at bar i reads up to and including i.

    `atr` is Wilder's ATR(14) in price units, the ruler that makes price distances scale-free: NaN for the first
    14 bars, never below one point. `event_ms` holds the sorted UTC times of scheduled events.
    """

    time_ms: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    tick_volume: Floats
    spread_points: Floats
    atr: Floats
    event_ms: Ints
    timeframe_ms: int
    near_ms: int
    risk_window_ms: int
    point: float


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """Settings that change what a feature means: how close, in minutes, an event counts as near and as a risk."""

    near_minutes: int = 60
    risk_window_minutes: int = 30
