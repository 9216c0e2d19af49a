"""Probabilistic and deflated Sharpe ratios: the papers' own numbers, and simulation."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from novosky.evaluation.sharpe_tests import (
    DailyShape,
    daily_shape,
    deflated_sharpe,
    expected_best_sharpe,
    min_track_record_days,
    probabilistic_sharpe,
)


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).normal(size=shape)


def test_probabilistic_sharpe_of_the_paper() -> None:
    """Bailey and Lopez de Prado (2012): two years of monthly returns, annual Sharpe ratio 1.59."""
    assert probabilistic_sharpe(DailyShape(24, 0.458, -2.448, 10.164)) == pytest.approx(0.913, abs=5e-4)
    assert probabilistic_sharpe(DailyShape(24, 0.458, 0.0, 3.0)) == pytest.approx(0.982, abs=5e-4)


@pytest.mark.parametrize(
    ("per_year", "skewness", "kurtosis", "years"),
    [(252, 0.0, 3.0, 2.73), (52, 0.0, 3.0, 2.83), (12, 0.0, 3.0, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_track_record_of_the_paper(per_year: int, skewness: float, kurtosis: float, years: float) -> None:
    """The same paper: years for an annual Sharpe ratio of 2 to be above 1 with 95 %."""
    shape = DailyShape(per_year, 2.0 / per_year**0.5, skewness, kurtosis)
    needed = min_track_record_days(shape, 1.0 / per_year**0.5)
    assert needed / per_year == pytest.approx(years, abs=5e-3)


@pytest.mark.parametrize(
    ("looks", "skewness", "kurtosis", "expected"),
    [(100, -3.0, 10.0, 0.9004), (46, -3.0, 10.0, 0.9505), (88, 0.0, 3.0, 0.9505)],
)
def test_deflated_sharpe_of_the_paper(looks: int, skewness: float, kurtosis: float, expected: float) -> None:
    """Bailey and Lopez de Prado (2014): five years of 250 days, annual ratio 2.5, variance of the looks 1/2 a year."""
    shape = DailyShape(1250, 2.5 / 250**0.5, skewness, kurtosis)
    assert deflated_sharpe(shape, looks, 0.5 / 250) == pytest.approx(expected, abs=5e-5)


def test_expected_best_of_the_paper() -> None:
    assert expected_best_sharpe(100, 0.5 / 250) == pytest.approx(0.1132, abs=5e-5)
    assert expected_best_sharpe(1, 0.5) == 0.0


@pytest.mark.parametrize("looks", [10, 100, 1000])
def test_expected_best_is_what_simulation_gives(looks: int) -> None:
    """The paper's form is asymptotic: for 10 it lies 2.3 % above the exact 1.5388 standard deviations."""
    best = (noise(1, 4000, looks) * 0.2).max(axis=1)
    assert expected_best_sharpe(looks, 0.04) == pytest.approx(best.mean(), rel=0.03)


def test_track_record_is_where_the_probability_arrives() -> None:
    shape = DailyShape(100, 0.1, -0.5, 5.0)
    needed = min_track_record_days(shape, 0.02)
    assert probabilistic_sharpe(shape._replace(days=needed), 0.02) == pytest.approx(0.95)
    assert min_track_record_days(shape, 0.1) == float("inf")


def test_shape_by_hand() -> None:
    """Three days at -1 and one at 3: mean 0, variance 3, third moment 6, fourth 21."""
    shape = daily_shape(np.array([-1.0, -1.0, -1.0, 3.0]))
    assert shape == pytest.approx((4, 0.0, 6 / 3**1.5, 21 / 9))
    assert daily_shape(np.array([1.0, 3.0, 5.0])).sharpe == pytest.approx(3.0 / 2.0)
    assert daily_shape(np.ones(5)) is None
    assert daily_shape(np.empty(0)) is None


def test_probability_is_uniform_where_the_benchmark_is_the_truth() -> None:
    """Of exponential returns less 0.9 (skewness 2, kurtosis 9, Sharpe ratio 0.1) 5 % are found above it at 95 %."""
    random = np.random.Generator(np.random.PCG64(8))
    found = [probabilistic_sharpe(daily_shape(row), 0.1) > 0.95 for row in random.exponential(size=(4000, 500)) - 0.9]
    assert np.mean(found) == pytest.approx(0.05, abs=0.015)


def test_deflation_takes_the_best_of_many_for_what_it_is() -> None:
    """The best of 50 without skill: undeflated nearly always above 95 %, deflated in about half above one half."""
    raw, deflated = [], []
    for k in range(300):
        tried = noise(100 + k, 50, 250)
        ratios = tried.mean(axis=1) / tried.std(axis=1, ddof=1)
        shape = daily_shape(tried[np.argmax(ratios)])
        raw.append(probabilistic_sharpe(shape))
        deflated.append(deflated_sharpe(shape, 50, float(ratios.var(ddof=1))))
    assert np.mean(np.array(raw) > 0.95) > 0.85
    assert np.mean(np.array(deflated) > 0.95) < 0.05
    assert np.median(deflated) == pytest.approx(0.5, abs=0.1)


def test_unknown_variance_is_that_of_no_skill() -> None:
    shape = DailyShape(401, 0.15, 0.0, 3.0)
    benchmark = expected_best_sharpe(20, 1 / 400)
    assert deflated_sharpe(shape, 20) == pytest.approx(probabilistic_sharpe(shape, benchmark))
    by_hand = NormalDist().cdf((0.15 - benchmark) * (400 / (1 + 0.5 * 0.15**2)) ** 0.5)
    assert deflated_sharpe(shape, 20) == pytest.approx(by_hand)
    ratios = noise(3, 3000, 401)
    assert (ratios.mean(axis=1) / ratios.std(axis=1)).var() == pytest.approx(1 / 400, rel=0.08)


def test_purgedcv_agrees() -> None:
    """An independent library, where it is installed; it rounds track records up, and may count moments by n - 1."""
    purgedcv = pytest.importorskip("purgedcv")
    daily = 0.08 + np.random.Generator(np.random.PCG64(2)).exponential(size=700) - 1.0
    shape = daily_shape(daily)
    assert probabilistic_sharpe(shape, 0.02) == pytest.approx(
        purgedcv.probabilistic_sharpe_ratio(daily, 0.02), abs=2e-3
    )
    assert deflated_sharpe(shape, 30, 0.002) == pytest.approx(
        purgedcv.deflated_sharpe_ratio(daily, 30, 0.002), abs=2e-3
    )
    needed = purgedcv.min_track_record_length(shape.sharpe, 0.01, 0.05, shape.skewness, shape.kurtosis)
    assert min_track_record_days(shape, 0.01) == pytest.approx(needed, abs=1.0)
