"""Bars as the rest of the program sees them: contiguous arrays, UTC, bid prices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COLUMNS = ("time", "open", "high", "low", "close", "tick_volume", "spread", "real_volume")


@dataclass(frozen=True, slots=True)
class Bars:
    """Validated bars of one symbol and timeframe, oldest first; every array has shape (n_bars,).

    `time_ms` is the bar's OPEN time in UTC epoch milliseconds; prices are bid prices in quote currency;
    `spread_points` is the bar's minimum spread in points, 0 where unknown.
    """

    symbol: str
    timeframe_minutes: int
    point: float
    time_ms: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    tick_volume: Floats
    spread_points: Floats
    real_volume: Floats

    def __len__(self) -> int:
        return len(self.time_ms)

    @property
    def timeframe_ms(self) -> int:
        return self.timeframe_minutes * 60_000

    def slice(self, start: int, stop: int) -> Bars:
        """Bars `start <= i < stop`, as views."""
        return replace(self, **{name: getattr(self, name)[start:stop] for name in _ARRAYS})

    def then(self, later: Bars) -> Bars:
        """These bars and those that follow."""
        columns: dict[str, Any] = {name: np.append(getattr(self, name), getattr(later, name)) for name in _ARRAYS}
        return replace(self, **columns)

    def content_hash(self) -> str:
        """sha256 over canonical values: prices as whole points, so that it outlives a change of file format."""
        digest = hashlib.sha256(f"{self.symbol}|{self.timeframe_minutes}|{self.point!r}".encode())
        for column in self.canonical():
            digest.update(column.tobytes())
        return digest.hexdigest()

    def canonical(self) -> Iterator[Ints]:
        """Every column as whole numbers, little-endian, prices in points."""
        yield self.time_ms.astype("<i8")
        for name in ("open", "high", "low", "close"):
            yield np.rint(getattr(self, name) / self.point).astype("<i8")
        for name in ("tick_volume", "spread_points", "real_volume"):
            yield np.rint(getattr(self, name)).astype("<i8")


_ARRAYS = (
    "time_ms",
    "open",
    "high",
    "low",
    "close",
    "tick_volume",
    "spread_points",
    "real_volume",
)


def utc_text(time_ms: int) -> str:
    """`2024-01-01 22:00 UTC` for an epoch time in milliseconds."""
    return datetime.fromtimestamp(time_ms / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
