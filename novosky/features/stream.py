"""Features bar by bar: the batch kernels, one bar at a time, on a bounded window of bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from novosky.errors import DataError
from novosky.features.arrays import MINUTE_MS, BarArrays, FeatureSettings
from novosky.features.build import checked_events
from novosky.features.registry import select, warmup_bars
from novosky.features.windows import ruler_range
from novosky.market.bars import Floats, Ints, utc_text

SLACK_BARS = 512
"""Bars between two moves of the window to the front of its arrays."""


class FeatureStream:
    """The rows of `build_features`, bit for bit, as bars arrive.

    Rows are worth using after `warmup_bars` bars. Memory does not grow: only the bars that kernels look back to
    are kept, older ones live on in the kernels' state.
    """

    def __init__(
        self,
        timeframe_minutes: int,
        point: float,
        event_ms: Ints | None,
        names: Sequence[str],
        settings: FeatureSettings,
    ) -> None:
        timeframe_ms = timeframe_minutes * MINUTE_MS
        selections = select(names)
        self.names = tuple(names)
        self.warmup_bars = warmup_bars(names, timeframe_ms)
        self.bars_seen = 0
        self._lookback = max(1, *(selection.group.lookback(timeframe_ms) for selection in selections))
        self._end = 0
        size = self._lookback + SLACK_BARS
        self._prices = np.zeros((7, size))
        open_, high, low, close, tick_volume, spread_points, atr = self._prices
        self._bars = BarArrays(
            np.zeros(size, dtype=np.int64),
            open_,
            high,
            low,
            close,
            tick_volume,
            spread_points,
            atr,
            checked_events(event_ms, selections),
            timeframe_ms,
            settings.near_minutes * MINUTE_MS,
            settings.risk_window_minutes * MINUTE_MS,
            float(point),
        )
        self._atr_state = np.zeros(2)
        self._parts = [
            (
                s.group.kernel,
                np.zeros(s.group.state_size),
                np.empty((1, len(s.group.features))),
                list(s.sources),
                list(s.targets),
            )
            for s in selections
        ]

    def push(
        self,
        time_ms: int,
        open: float,
        high: float,
        low: float,
        close: float,
        tick_volume: float,
        spread_points: float,
    ) -> Floats:
        """The features at the close of the next bar, shape (n_features,); DataError for one that does not come next."""
        bars, i = self._bars, self._next_place()
        if self.bars_seen and time_ms <= bars.time_ms[i - 1]:
            last = utc_text(int(bars.time_ms[i - 1]))
            raise DataError(
                f"bar {utc_text(time_ms)} does not come after the last one, {last}: push each closed bar once, in order"
            )
        bars.time_ms[i] = time_ms
        self._prices[:6, i] = open, high, low, close, tick_volume, spread_points
        ruler_range(bars.high, bars.low, bars.close, bars.point, i, i + 1, self._atr_state, bars.atr)
        row = np.empty(len(self.names))
        for kernel, state, out, sources, targets in self._parts:
            kernel(bars, i, i + 1, state, out)
            row[targets] = out[0, sources]
        self._end = i + 1
        self.bars_seen += 1
        return row

    def take_events(self, event_ms: Ints) -> None:
        """Another calendar from the next bar on, sorted UTC ms."""
        self._bars = self._bars._replace(event_ms=checked_events(event_ms, select(self.names)))

    def _next_place(self) -> int:
        """Index of the next bar; a full window first moves the bars still needed to the front."""
        if self._end == len(self._bars.time_ms):
            keep = self._lookback
            self._bars.time_ms[:keep] = self._bars.time_ms[-keep:]
            self._prices[:, :keep] = self._prices[:, -keep:]
            self._end = keep
        return self._end
