"""Finer bars cut by the time of the bars around them, and files that are another market's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.errors import DataError
from novosky.market.bars import Bars
from novosky.market.finer import covered, finer_inside

MINUTE_MS = 60_000
DAY_MS = 1440 * MINUTE_MS
NAMES = ("time_ms", "open", "high", "low", "close", "tick_volume", "spread_points", "real_volume")


def flat_bars(minutes: int, times: list[int], price: float = 100.0, half_range: float = 1.0) -> Bars:
    """Bars that open `times` minutes after 1 January 2024, each from `price` - to `price` + `half_range`."""
    start = 19_723 * DAY_MS
    time_ms = start + np.array(times, np.int64) * MINUTE_MS
    level, ones = np.full(len(times), price), np.ones(len(times))
    high, low = level + half_range, level - half_range
    return Bars("BTCUSD", minutes, 0.01, time_ms, level, high, low, level, ones, ones, ones)


def test_each_bar_gets_what_opens_inside_it() -> None:
    """Bars at 0, 15 and 45, none at 30; five minutes from 10 to 65, so that 30 to 40 and 60 on belong to nobody."""
    bars = flat_bars(15, [0, 15, 45])
    finer = flat_bars(5, list(range(10, 70, 5)), half_range=0.5)
    finer.open[:] = np.arange(10, 70, 5) / 1000 + 100
    found = finer_inside(bars, finer, 0.01)
    assert found.first.tolist() == [0, 1, 4, 7]
    assert found.open.tolist() == pytest.approx([100.01, 100.015, 100.02, 100.025, 100.045, 100.05, 100.055])
    assert covered(found).tolist() == [True, True, True]
    assert len(found.open) == len(found.high) == len(found.low) == 7


def test_bars_before_and_after_the_finer_ones_hold_none() -> None:
    found = finer_inside(flat_bars(15, [0, 15, 30, 45]), flat_bars(5, [20, 25]), 0.01)
    assert found.first.tolist() == [0, 0, 2, 2, 2]
    assert covered(found).tolist() == [False, True, False, False]


@given(st.data())
@settings(deadline=None)
def test_cut_as_a_loop_would(data: st.DataObject) -> None:
    coarse = sorted(data.draw(st.sets(st.integers(0, 12), min_size=1)))
    fine = sorted(data.draw(st.sets(st.integers(0, 40), min_size=1)))
    bars, finer = flat_bars(15, [15 * k for k in coarse]), flat_bars(5, [5 * k for k in fine])
    finer.open[:] = 100 + np.arange(len(fine)) / 1000
    expected = [[float(finer.open[j]) for j in range(len(fine)) if fine[j] // 3 == k] for k in coarse]
    if not any(expected):
        with pytest.raises(DataError):
            finer_inside(bars, finer, 0.01)
        return
    found = finer_inside(bars, finer, 0.01)
    inside = [found.open[found.first[i] : found.first[i + 1]].tolist() for i in range(len(coarse))]
    assert inside == expected
    assert found.first[-1] == len(found.open)


@pytest.mark.parametrize("minutes", [15, 30, 10, 4])
def test_a_length_that_does_not_divide_is_refused(minutes: int) -> None:
    with pytest.raises(DataError, match=r"data\.finer_path: bars of .* do not fill those of M15; give finer bars"):
        finer_inside(flat_bars(15, [0, 15]), flat_bars(minutes, [0]), 0.01)


def test_another_time_is_refused() -> None:
    with pytest.raises(DataError) as refusal:
        finer_inside(flat_bars(15, [0, 15]), flat_bars(5, [30, 35]), 0.01)
    assert str(refusal.value) == (
        "data.finer_path: none of its bars (2024-01-01 00:30 UTC to 2024-01-01 00:35 UTC) lies inside one of data.path "
        "(2024-01-01 00:00 UTC to 2024-01-01 00:15 UTC); give finer bars of the same time"
    )


@pytest.mark.parametrize("side", ["high", "low"])
@pytest.mark.parametrize(("wrong", "refused"), [(2, False), (3, True)])
def test_another_market_is_refused_beyond_one_percent(side: str, wrong: int, refused: bool) -> None:
    """200 covered bars of 300: two may disagree by more than a tick, three may not; a tick is no disagreement."""
    bars = flat_bars(15, [15 * k for k in range(300)])
    finer = flat_bars(5, [5 * k for k in range(600)])
    sign = 1.0 if side == "high" else -1.0
    prices = getattr(finer, side) + sign * 0.01
    prices[[3 * 7 + 1, 3 * 50, 3 * 90 + 2][:wrong]] += sign * 0.01
    finer = replace(finer, **{side: prices})
    if not refused:
        assert int(covered(finer_inside(bars, finer, 0.01)).sum()) == 200
        return
    with pytest.raises(DataError) as refusal:
        finer_inside(bars, finer, 0.01)
    assert str(refusal.value) == (
        "data.finer_path: in 3 of 200 bars its prices lie outside the bar of data.path, first at "
        "2024-01-01 01:45 UTC: not the same market; give the finer bars of the same symbol and broker, and the right "
        "data.clock"
    )
