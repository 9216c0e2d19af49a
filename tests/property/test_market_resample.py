"""Resampling against a plain loop over buckets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.errors import DataError
from novosky.market.bars import Bars
from novosky.market.resample import resample
from support.market_files import bars

Row = tuple[int, float, float, float, float, float, float, float]


def slowly(fine: Bars, minutes: int) -> tuple[list[Row], int]:
    """Rows and the count of buckets with gaps, bucket by bucket."""
    step = minutes * 60_000
    buckets: dict[int, list[int]] = {}
    for i in range(len(fine)):
        buckets.setdefault(int(fine.time_ms[i]) // step * step, []).append(i)
    rows: list[Row] = []
    incomplete = 0
    for start, members in buckets.items():
        last_bucket = start == max(buckets)
        if last_bucket and fine.time_ms[members[-1]] + fine.timeframe_ms != start + step:
            continue
        spreads = [fine.spread_points[i] for i in members if fine.spread_points[i] > 0]
        rows.append(
            (
                start,
                fine.open[members[0]],
                max(fine.high[i] for i in members),
                min(fine.low[i] for i in members),
                fine.close[members[-1]],
                sum(fine.tick_volume[i] for i in members),
                min(spreads) if spreads else 0.0,
                sum(fine.real_volume[i] for i in members),
            )
        )
        incomplete += len(members) < minutes // fine.timeframe_minutes
    return rows, incomplete


def rows_of(made: Bars) -> list[Row]:
    columns = (made.time_ms, made.open, made.high, made.low, made.close, made.tick_volume, made.spread_points)
    return list(zip(*(column.tolist() for column in (*columns, made.real_volume)), strict=True))


@settings(max_examples=150, deadline=None)
@given(bars(), st.sampled_from([15, 30, 60, 240]))
def test_resample_equals_the_plain_loop(fine: Bars, minutes: int) -> None:
    expected, incomplete = slowly(fine, minutes)
    if not expected:
        with pytest.raises(DataError, match="do not fill one"):
            resample(fine, minutes)
        return
    coarse, found = resample(fine, minutes)
    assert rows_of(coarse) == expected
    assert found == incomplete
    assert coarse.timeframe_minutes == minutes


@settings(max_examples=50, deadline=None)
@given(bars(max_bars=200))
def test_resampling_twice_equals_once(fine: Bars) -> None:
    try:
        once, _ = resample(fine, 240)
        twice, _ = resample(resample(fine, 60)[0], 240)
    except DataError:
        return
    # The hourly step may leave out an unfinished hour, and with it the four hours that it would have finished.
    assert rows_of(twice) == rows_of(once)[: len(twice)]


@given(bars())
def test_the_future_changes_no_finished_bar(fine: Bars) -> None:
    half = fine.slice(0, len(fine) // 2 + 1)
    try:
        early, _ = resample(half, 60)
    except DataError:
        return
    late, _ = resample(fine, 60)
    assert rows_of(early) == rows_of(late)[: len(early)]


@pytest.mark.parametrize("minutes", [5, 20, 1])
def test_a_timeframe_that_is_no_multiple_is_refused(minutes: int) -> None:
    prices = np.ones(4)
    fine = Bars("X", 15, 0.01, np.arange(4) * 900_000, *[prices] * 7)
    with pytest.raises(DataError, match=f"bars of {minutes} minutes cannot be made from bars of 15"):
        resample(fine, minutes)
