"""The feature matrix of many bars at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from novosky.errors import ConfigError, DataError
from novosky.features.arrays import MINUTE_MS, BarArrays, FeatureSettings
from novosky.features.registry import Selection, select, warmup_bars
from novosky.features.version import feature_hash
from novosky.features.windows import ruler_range
from novosky.market.bars import Bars, Floats, Ints

CHUNK_BARS = 4096
"""Rows computed at a time, so that a group's output stays in the processor's cache; changes no value."""


@dataclass(frozen=True, slots=True)
class FeatureMatrix:
    """`values` (n_bars, n_features) float64, C order; row i is known at the close of bar i.

    Rows before `warmup_bars` are not to be used; they are NaN where there were too few bars.
    """

    values: Floats
    names: tuple[str, ...]
    warmup_bars: int

    def constant_names(self, start: int, stop: int) -> tuple[str, ...]:
        """Features that never change in rows `start <= i < stop`: a model learns nothing from them."""
        rows = self.values[start:stop]
        return tuple(name for column, name in enumerate(self.names) if np.all(rows[:, column] == rows[0, column]))


def build_features(bars: Bars, event_ms: Ints | None, names: Sequence[str], settings: FeatureSettings) -> FeatureMatrix:
    """Features `names` of every bar, each a function of the bars (and scheduled events) up to that bar's close.

    `event_ms`: sorted UTC times of scheduled events, None for no calendar.
    Raises ConfigError for an unknown name or a news feature without events, DataError for unsorted events.
    """
    selections = select(names)
    arrays = _bar_arrays(bars, checked_events(event_ms, selections), settings)
    values = np.empty((len(bars), len(names)))
    for selection in selections:
        _fill(selection, arrays, values)
    return FeatureMatrix(values, tuple(names), warmup_bars(names, bars.timeframe_ms))


def _bar_arrays(bars: Bars, events: Ints, settings: FeatureSettings) -> BarArrays:
    # Read-only or strided arrays would be another type to the compiler, and compile every kernel once more.
    time_ms = np.require(bars.time_ms, np.int64, ("C", "A", "W"))
    open_, high, low, close, tick_volume, spread_points = (
        np.require(array, np.float64, ("C", "A", "W"))
        for array in (bars.open, bars.high, bars.low, bars.close, bars.tick_volume, bars.spread_points)
    )
    atr = np.empty(len(bars))
    ruler_range(high, low, close, float(bars.point), 0, len(bars), np.zeros(2), atr)
    return BarArrays(
        time_ms,
        open_,
        high,
        low,
        close,
        tick_volume,
        spread_points,
        atr,
        events,
        bars.timeframe_ms,
        settings.near_minutes * MINUTE_MS,
        settings.risk_window_minutes * MINUTE_MS,
        float(bars.point),
    )


def _fill(selection: Selection, arrays: BarArrays, values: Floats) -> None:
    group = selection.group
    state = np.zeros(group.state_size)
    out = np.empty((CHUNK_BARS, len(group.features)))
    sources, targets = list(selection.sources), list(selection.targets)
    for start in range(0, len(values), CHUNK_BARS):
        stop = min(start + CHUNK_BARS, len(values))
        group.kernel(arrays, start, stop, state, out)
        values[start:stop, targets] = out[: stop - start, sources]


def checked_events(event_ms: Ints | None, selections: Sequence[Selection]) -> Ints:
    """The event times for the kernels; refuses a news feature that has no events to speak of."""
    needy = [s.group.features[s.sources[0]].name for s in selections if s.group.needs_calendar]
    if needy and (event_ms is None or len(event_ms) == 0):
        found = "news=none" if event_ms is None else "a calendar without a single event that counts"
        raise ConfigError(
            f"features.names: {needy[0]} needs a news calendar, found {found}: use features=core59_no_news"
        )
    events = np.empty(0, np.int64) if event_ms is None else np.require(event_ms, np.int64, ("C", "A", "W"))
    if np.any(np.diff(events) < 0):
        raise DataError(
            "news calendar: event times must be in ascending order, found one before its predecessor: sort them"
        )
    return events


__all__ = ["FeatureMatrix", "build_features", "feature_hash"]
