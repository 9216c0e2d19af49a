"""Metrics with closed forms, the score's written rules, intervals."""

from __future__ import annotations

import numpy as np
import pytest

from novosky.config.schema.trading import ScoreConfig
from novosky.evaluation.bootstrap import mean_block, percentile_interval, stationary_indices
from novosky.evaluation.metrics import (
    MS_PER_DAY,
    buy_and_hold,
    count_names,
    daily_returns,
    max_drawdown,
    sharpe,
    trade_figures,
)
from novosky.evaluation.reliability import brier, log_loss, reliability
from novosky.evaluation.score import band, score

RULES = ScoreConfig()


def test_score_by_hand() -> None:
    # Half of 40 trades won, profit factor 300/200, drawdown 4 %: 0.5 * 1.5 / 0.2.
    assert score(40, 0.5, 300.0, 200.0, 0.04, RULES).value == pytest.approx(3.75)
    assert score(40, 0.5, 300.0, 200.0, 0.04, RULES).note == ""


def test_score_rules() -> None:
    few = score(29, 1.0, 300.0, 0.0, 0.0, RULES)
    assert (few.value, few.note) == (0.0, "too few trades: 29, fewer than 30")
    no_losses = score(40, 1.0, 300.0, 0.0, 0.04, RULES)
    assert (no_losses.value, no_losses.note) == (pytest.approx(50.0), "profit factor counted as 10")
    no_drawdown = score(40, 0.5, 300.0, 200.0, 0.0, RULES)
    assert (no_drawdown.value, no_drawdown.note) == (pytest.approx(7.5), "drawdown counted as 1 %")


def test_bands() -> None:
    assert [band(v) for v in (0.0, 5.99, 6.0, 9.9, 10.0, 15.0)] == [
        "pause trading",
        "pause trading",
        "retrain",
        "retrain",
        "production",
        "excellent",
    ]


def test_trade_figures_by_hand() -> None:
    net = np.array([20.0, -10.0, 10.0, -10.0])
    figures = trade_figures(net, net / 10.0, 500, 0.95, seed=1)
    assert (figures.trades, figures.win_rate, figures.profit_factor) == (4, 0.5, 1.5)
    assert (figures.expectancy_r, figures.net_profit) == (0.25, 10.0)
    assert figures.gross_profit == 30.0
    assert figures.gross_loss == 20.0


def test_no_trades_and_no_losses_have_no_profit_factor() -> None:
    nothing = trade_figures(np.empty(0), np.empty(0), 500, 0.95, seed=1)
    assert (nothing.trades, nothing.win_rate, nothing.profit_factor, nothing.expectancy_r) == (0, None, None, None)
    assert trade_figures(np.array([1.0, 2.0]), np.array([1.0, 2.0]), 500, 0.95, seed=1).profit_factor is None


def test_drawdown_counts_from_the_start_balance() -> None:
    assert max_drawdown(np.array([90.0, 120.0, 90.0, 130.0]), 100.0) == pytest.approx(0.25)
    assert max_drawdown(np.array([90.0, 95.0]), 100.0) == pytest.approx(0.10)
    assert max_drawdown(np.array([100.0, 101.0]), 100.0) == 0.0


def test_daily_returns_take_the_last_bar_of_each_day() -> None:
    time_ms = np.array([0.0, 0.5, 1.0, 1.5, 3.0]) * MS_PER_DAY
    returns = daily_returns(time_ms.astype(np.int64), np.array([105.0, 110.0, 100.0, 99.0, 198.0]), 100.0)
    assert returns == pytest.approx([0.10, -0.10, 1.0])


def test_sharpe_closed_form() -> None:
    daily = np.array([0.01, -0.01, 0.03, 0.01])
    # Mean 0.01, sample standard deviation sqrt(0.0008 / 3).
    assert sharpe(daily, 365) == pytest.approx(0.01 / np.sqrt(0.0008 / 3) * np.sqrt(365))
    assert sharpe(np.array([0.01, 0.01]), 365) is None
    assert sharpe(np.array([0.01]), 365) is None


def test_buy_and_hold_pays_the_spread_once() -> None:
    held = buy_and_hold(np.array([98.0, 100.0]), np.array([99.0, 110.0]), np.array([2.0, 2.0]))
    assert held.return_fraction == pytest.approx(0.10)
    assert held.max_drawdown == pytest.approx(0.01)


def test_count_names_leaves_out_what_never_occurs() -> None:
    assert count_names(np.array([2, 0, 2]), ("a", "b", "c")) == {"a": 1, "c": 2}


def test_bootstrap_blocks_have_the_asked_mean_length_and_wrap() -> None:
    index = stationary_indices(1000, 50, 8.0, seed=3)
    jumps = (np.diff(index, axis=1) % 1000 != 1).mean()
    assert 1 / jumps == pytest.approx(8.0, rel=0.05)
    assert index.min() == 0
    assert index.max() == 999
    np.testing.assert_array_equal(index, stationary_indices(1000, 50, 8.0, seed=3))


def test_interval_of_independent_trades_agrees_with_theory() -> None:
    r = np.random.Generator(np.random.PCG64(5)).normal(0.1, 1.0, 900)
    index = stationary_indices(len(r), 2000, mean_block(len(r)), seed=1)
    low, high = percentile_interval(r[index].mean(axis=1), 0.95)
    half = 1.96 * r.std() / 30
    assert low == pytest.approx(r.mean() - half, abs=0.02)
    assert high == pytest.approx(r.mean() + half, abs=0.02)


def test_interval_of_nothing_is_nothing() -> None:
    assert np.isnan(percentile_interval(np.array([np.nan]), 0.9)).all()


def test_reliability_log_loss_and_brier_by_hand() -> None:
    curve = reliability(np.array([0.1, 0.9, 0.2, 0.8]), np.array([False, True, True, True]), bins=2)
    assert curve.predicted == pytest.approx((0.15, 0.85))
    assert curve.observed == (0.5, 1.0)
    assert curve.rows == (2, 2)
    p = np.array([[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]])
    y = np.array([0, 2])
    assert log_loss(p, y) == pytest.approx(-(np.log(0.5) + np.log(0.6)) / 2)
    assert brier(p, y) == pytest.approx(((0.25 + 0.0625 + 0.0625) + (0.04 + 0.04 + 0.16)) / 2)
