"""The paired probability against closed forms."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from novosky.errors import NovoskyError
from novosky.evaluation.better import probability_better


def days(seed: int, n: int = 400) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).normal(0.0, 1.0, n)


def test_equal_runs_are_equally_good() -> None:
    assert probability_better(days(1), days(1), 7) == 0.5


def test_a_run_that_is_better_every_day_is_better() -> None:
    market = days(1)
    assert probability_better(market + 0.001, market, 7) == 1.0
    assert probability_better(market, market + 0.001, 7) == 0.0


def test_the_two_directions_add_up() -> None:
    a, b = days(1), days(2)
    assert probability_better(a, b, 7) + probability_better(b, a, 7) == pytest.approx(1.0)


@pytest.mark.parametrize("z", [-1.5, -0.5, 0.0, 1.0, 2.0])
def test_independent_days_give_the_normal_probability(z: float) -> None:
    """With independent days the resampled mean is normal around the found mean: probability Phi(z)."""
    difference = days(3)
    difference += z * difference.std() / np.sqrt(len(difference)) - difference.mean()
    assert probability_better(difference, np.zeros(400), 7) == pytest.approx(NormalDist().cdf(z), abs=0.05)


def test_what_both_share_does_not_count() -> None:
    edge = days(4) * 0.1 + 0.005
    alone = probability_better(edge, np.zeros(400), 7)
    assert probability_better(100.0 * days(5) + edge, 100.0 * days(5), 7) == pytest.approx(alone, abs=1e-3)


def test_the_same_seed_gives_the_same_number() -> None:
    assert probability_better(days(1), days(2), 3) == probability_better(days(1), days(2), 3)


@pytest.mark.parametrize(("a", "b"), [(0, 0), (3, 4)])
def test_days_that_are_no_pairs_are_a_fault(a: int, b: int) -> None:
    with pytest.raises(NovoskyError, match="paired days"):
        probability_better(np.zeros(a), np.zeros(b), 1)
