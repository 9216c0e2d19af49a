"""Quality figures of bars with known flaws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from novosky.market.bars import Bars
from novosky.market.quality import quality
from novosky.market.synthetic import generate
from support.market_files import generated


@pytest.fixture(scope="module")
def clean() -> Bars:
    return generate(generated("random_walk", bars=1000, start="2024-01-01")).bars


def drop(bars: Bars, start: int, stop: int) -> Bars:
    kept = np.r_[0:start, stop : len(bars)]
    names = ("time_ms", "open", "high", "low", "close", "tick_volume", "spread_points", "real_volume")
    return replace(bars, **{name: getattr(bars, name)[kept] for name in names})


def test_clean_bars(clean: Bars) -> None:
    found = quality(clean)
    assert found["bars"] == 1000
    assert (found["gaps"], found["missing_bars"], found["largest_gap"]) == (0, 0, None)
    assert (found["outliers"]["count"], found["torn"]["count"]) == (0, 0)
    assert (found["zero_spread_share"], found["zero_volume_bars"], found["closes_off_point_share"]) == (0.0, 0, 0.0)
    assert found["first_bar"] == "2024-01-01 00:00 UTC"
    # 1,000 quarter hours from a Monday: ten whole days, and ten hours of a Thursday.
    assert found["bars_by_weekday"] == {"Mon": 192, "Tue": 192, "Wed": 192, "Thu": 136, "Fri": 96, "Sat": 96, "Sun": 96}


def test_gaps(clean: Bars) -> None:
    found = quality(drop(drop(clean, 500, 507), 100, 102))
    assert (found["gaps"], found["missing_bars"]) == (2, 9)
    assert found["largest_gap"] == {
        "after": "2024-01-06 04:45 UTC",
        "until": "2024-01-06 06:45 UTC",
        "missing_bars": 7,
    }


def test_doubtful_bars_are_named(clean: Bars) -> None:
    high, close, opens = clean.high.copy(), clean.close.copy(), clean.open.copy()
    high[300] *= 1.5
    opens[601] = close[600] * 1.02
    spread, volume = clean.spread_points.copy(), clean.tick_volume.copy()
    spread[:250], volume[7:9] = 0.0, 0.0
    found = quality(replace(clean, high=high, open=opens, spread_points=spread, tick_volume=volume))
    assert found["outliers"]["count"] == 1
    assert found["outliers"]["largest"][0]["time"] == "2024-01-04 03:00 UTC"
    assert found["torn"]["count"] == 1
    assert found["torn"]["largest"][0]["time"] == "2024-01-07 06:00 UTC"
    assert found["zero_spread_share"] == 0.25
    assert found["zero_volume_bars"] == 2


def test_a_jump_over_missing_bars_is_not_torn(clean: Bars) -> None:
    far = drop(clean, 200, 600)
    opens = far.open.copy()
    opens[200] = far.close[199] * 1.05
    assert quality(replace(far, open=opens))["torn"]["count"] == 0


def test_flat_bars_and_a_point_that_is_too_coarse(clean: Bars) -> None:
    ones = np.full(1000, 1.25)
    flat = replace(clean, point=0.5, open=ones, high=ones, low=ones, close=ones)
    found = quality(flat)
    assert found["flat_bars"] == 1000
    assert found["closes_off_point_share"] == 1.0
    assert found["outliers"] == {"beyond_sigmas": 20.0, "count": 0, "largest": []}


def test_one_bar(clean: Bars) -> None:
    assert quality(clean.slice(0, 1))["bars"] == 1
