"""Daily R: whose day a trade is, and days without one."""

from __future__ import annotations

import numpy as np
import pytest

from novosky.errors import WindowError
from novosky.evaluation.daily import daily_r
from novosky.evaluation.metrics import MS_PER_DAY
from novosky.evaluation.windows import Window
from novosky.execution.records import TRADE_DTYPE, Ints

HOUR_MS = 3_600_000


def bars(first_ms: int, count: int) -> Ints:
    return first_ms + HOUR_MS * np.arange(count, dtype=np.int64)


def trades(*rows: tuple[int, float]) -> np.ndarray:
    found = np.zeros(len(rows), TRADE_DTYPE)
    found["exit_bar"], found["r"] = [bar for bar, _ in rows], [r for _, r in rows]
    return found


def test_a_trade_counts_on_the_utc_day_of_its_exit_bar_by_its_weight() -> None:
    time_ms = bars(20_000 * MS_PER_DAY + 22 * HOUR_MS, 60)  # 22:00; bar 2 opens a new day
    found = daily_r(
        trades((1, 1.5), (2, -1.0), (25, -1.0), (26, 0.5)), time_ms, np.array([1.0, 0.5, 2.0, 1.0]), Window("w", 0, 60)
    )
    assert found.tolist() == [1.5, -0.5 - 2.0, 0.5, 0.0]


def test_days_without_a_trade_or_a_bar_are_zero() -> None:
    time_ms = np.concatenate((bars(10 * MS_PER_DAY, 24), bars(13 * MS_PER_DAY, 24)))  # a closed weekend between
    found = daily_r(trades((30, 2.0)), time_ms, np.ones(1), Window("w", 0, 48))
    assert found.tolist() == [0.0, 0.0, 0.0, 2.0]
    assert daily_r(trades(), time_ms, np.ones(0), Window("w", 0, 48)).tolist() == [0.0] * 4


def test_the_days_are_those_of_the_window_alone() -> None:
    time_ms = bars(0, 24 * 10)
    found = daily_r(trades((50, 1.0)), time_ms, np.ones(1), Window("w", 48, 96))
    assert found.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("bar", [47, 96])
def test_a_trade_of_another_window_is_refused(bar: int) -> None:
    with pytest.raises(WindowError, match=f"bars 48 .. 95, found one in bar {bar}"):
        daily_r(trades((50, 1.0), (bar, 1.0)), bars(0, 240), np.ones(2), Window("w", 48, 96))
