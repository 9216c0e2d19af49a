"""Metrics with closed forms, the score's written rules, intervals."""

from __future__ import annotations

import numpy as np
import pytest

from novosky.config.schema.trading import ScoreConfig
from novosky.evaluation.metrics import (
    MS_PER_DAY,
    buy_and_hold,
    count_names,
    daily_returns,
    expectancy_interval,
    max_drawdown,
    profit_factor_interval,
    sharpe,
    sharpe_interval,
    sized_expectancy,
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


def test_sharpe_knows_how_many_days_the_market_trades() -> None:
    """The same daily returns: sqrt(365 / 252) between round the clock and an exchange, intervals alike."""
    daily = np.random.Generator(np.random.PCG64(1)).normal(0.001, 0.01, 300)
    assert sharpe(daily, 365) / sharpe(daily, 252) == pytest.approx(np.sqrt(365 / 252))
    clock, exchange = (np.array(sharpe_interval(daily, days, 500, 0.9, 1)) for days in (365, 252))
    assert clock / exchange == pytest.approx(np.sqrt(365 / 252))


def test_sharpe_of_fridays_without_week_ends_counts_five_days_a_week() -> None:
    """Days without a bar are no returns of 0: Friday's end is what Monday's return is counted from."""
    time_ms = np.array([1, 4, 5]) * MS_PER_DAY  # 1970-01-02 is a Friday
    assert daily_returns(time_ms, np.array([101.0, 102.01, 103.0301]), 100.0) == pytest.approx([0.01] * 3)


def test_sharpe_interval_of_normal_days_is_that_of_lo() -> None:
    """Lo (2002): standard error sqrt((1 + SR^2 / 2) / n), daily."""
    daily = np.random.Generator(np.random.PCG64(3)).normal(0.002, 0.01, 3000)
    low, high = sharpe_interval(daily, 365, 4000, 0.90, 1)
    ratio = sharpe(daily, 365) / np.sqrt(365)
    half = 1.645 * np.sqrt((1 + ratio**2 / 2) / 3000) * np.sqrt(365)
    assert (high - low) / 2 == pytest.approx(half, rel=0.2)
    assert (low + high) / 2 == pytest.approx(sharpe(daily, 365), abs=0.3 * half)
    assert sharpe_interval(np.zeros(50), 365, 100, 0.9, 1) is None


def test_profit_factor_interval_of_brackets_is_that_of_the_win_rate() -> None:
    """+1.5 and -1: 1.5 p / (1 - p), whose logarithm has the standard error 1 / sqrt(n p (1 - p))."""
    net = np.where(np.random.Generator(np.random.PCG64(2)).random(3000) < 0.45, 1.5, -1.0)
    low, high = profit_factor_interval(net, 4000, 0.90, 1)
    p = (net > 0).mean()
    half = 1.645 / np.sqrt(3000 * p * (1 - p))
    assert np.log(high / low) / 2 == pytest.approx(half, rel=0.2)
    assert np.log(high * low) / 2 == pytest.approx(np.log(1.5 * p / (1 - p)), abs=0.3 * half)


def test_expectancy_by_size_with_one_size_is_the_plain_one() -> None:
    r = np.random.Generator(np.random.PCG64(4)).normal(0.1, 1.0, 300)
    value, bounds = sized_expectancy(r, np.full(300, 0.7), 500, 0.9, 1)
    assert value == pytest.approx(r.mean())
    assert bounds == pytest.approx(expectancy_interval(r, 500, 0.9, 1))


def test_a_scale_changes_no_interval_of_a_ratio() -> None:
    net = np.random.Generator(np.random.PCG64(5)).normal(0.1, 1.0, 200)
    small, large = trade_figures(net, net, 300, 0.9, 1), trade_figures(1000.0 * net, net, 300, 0.9, 1)
    assert small.profit_factor_interval == pytest.approx(large.profit_factor_interval)
    assert small.expectancy_r_interval == large.expectancy_r_interval


def test_reliability_log_loss_and_brier_by_hand() -> None:
    curve = reliability(np.array([0.1, 0.9, 0.2, 0.8]), np.array([False, True, True, True]), bins=2)
    assert curve.predicted == pytest.approx((0.15, 0.85))
    assert curve.observed == (0.5, 1.0)
    assert curve.rows == (2, 2)
    p = np.array([[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]])
    y = np.array([0, 2])
    assert log_loss(p, y) == pytest.approx(-(np.log(0.5) + np.log(0.6)) / 2)
    assert brier(p, y) == pytest.approx(((0.25 + 0.0625 + 0.0625) + (0.04 + 0.04 + 0.16)) / 2)
