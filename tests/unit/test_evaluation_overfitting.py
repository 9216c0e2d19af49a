"""Probability of backtest overfitting: by hand, a slow copy, noise and a true edge."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from novosky.errors import NovoskyError
from novosky.evaluation.overfitting import overfitting


def noise(seed: int, n: int, tried: int) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).normal(size=(n, tried))


def test_two_blocks_by_hand() -> None:
    """Sharpe ratios: block 0: A 2, B 1; block 1: A 0, B 1. Each half's best is the other half's worse: rank 1/3."""
    a, b = [1.0, 3.0, -1.0, 1.0], [0.0, 2.0, 0.0, 4.0]
    found = overfitting(np.array([a, b]).T, blocks=2)
    assert found.probability == 1.0
    assert found.loss_probability == 0.0
    assert found.logits == pytest.approx(np.log([0.5, 0.5]))


def test_four_blocks_by_hand() -> None:
    """Each block of a column is m - 1, m + 1, m its mean: A 3, 3, -2, -2; B 0, 0, 0, 0; C 1, 1, 1, 1.

    Halves with both good blocks of A choose A and get -2 outside: rank 1/4 of three. The half with none chooses C, and
    outside A is better: rank 2/4. Mixed halves: A's mean 0.5 over sqrt(1 + 2.5^2) is below C's 1: C, first outside
    again: rank 3/4.
    """
    means = {"a": [3, 3, -2, -2], "b": [0, 0, 0, 0], "c": [1, 1, 1, 1]}
    daily = np.array([[m + step for m in column for step in (-1.0, 1.0)] for column in means.values()]).T
    found = overfitting(daily, blocks=4)
    assert np.exp(found.logits) / (1 + np.exp(found.logits)) == pytest.approx(
        [1 / 4, 3 / 4, 3 / 4, 3 / 4, 3 / 4, 1 / 2]
    )
    assert found.probability == pytest.approx(2 / 6)
    assert found.loss_probability == pytest.approx(1 / 6)


def test_any_table_is_as_a_slow_copy_says() -> None:
    daily = noise(5, 63, 7)
    cut = np.array_split(daily[3:], 6)
    below, losses = [], []
    for chosen in combinations(range(6), 3):
        inside = np.concatenate([cut[k] for k in chosen])
        outside = np.concatenate([cut[k] for k in range(6) if k not in chosen])
        best = np.argmax(inside.mean(axis=0) / inside.std(axis=0))
        ratios = outside.mean(axis=0) / outside.std(axis=0)
        below.append(sorted(ratios).index(ratios[best]) + 1 <= 4)
        losses.append(ratios[best] < 0)
    found = overfitting(daily, blocks=6)
    assert len(found.logits) == 20
    assert (found.probability, found.loss_probability) == (np.mean(below), np.mean(losses))


def test_choosing_among_noise_is_overfitting_about_every_second_time() -> None:
    """Halves of one table oppose each other a little, so noise lies at one half or above."""
    found = [overfitting(noise(k, 240, 20), blocks=8).probability for k in range(60)]
    assert 0.45 < np.mean(found) < 0.65


def test_a_true_edge_is_not() -> None:
    daily = noise(1, 480, 20)
    daily[:, 4] += 0.35
    found = overfitting(daily, blocks=10)
    assert found.probability < 0.02
    assert found.loss_probability == 0.0


def test_equal_columns_share_their_rank_and_those_without_variance_have_no_ratio() -> None:
    twins = np.repeat(noise(2, 40, 1), 3, axis=1)
    assert overfitting(twins, blocks=4).logits == pytest.approx(np.zeros(6))
    idle = np.concatenate((np.zeros((40, 1)), noise(3, 40, 1) - 3.0), axis=1)
    found = overfitting(idle, blocks=4)
    assert (found.probability, found.loss_probability) == (0.0, 0.0)


@pytest.mark.parametrize(("shape", "blocks"), [((40, 3), 5), ((40, 1), 4), ((7, 3), 4), ((40, 3), 0)])
def test_tables_that_cannot_be_cut_are_refused(shape: tuple[int, int], blocks: int) -> None:
    with pytest.raises(NovoskyError, match="even number of blocks"):
        overfitting(np.zeros(shape), blocks=blocks)


def test_purgedcv_agrees() -> None:
    """An independent library (ranks of the same cut, Sharpe ratios by its own formula), where it is installed."""
    purgedcv = pytest.importorskip("purgedcv")
    daily = noise(9, 120, 8)
    other = purgedcv.probability_of_backtest_overfitting(daily.T, n_splits=6)
    found = overfitting(daily, blocks=6)
    assert sorted(found.logits) == pytest.approx(sorted(other.logits))
    assert found.probability == pytest.approx(other.pbo)
