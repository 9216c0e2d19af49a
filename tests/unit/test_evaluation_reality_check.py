"""The best of many: size where none is better, power where one is, and a slow copy."""

from __future__ import annotations

import numpy as np
import pytest

from novosky.evaluation.bootstrap import mean_block, stationary_indices
from novosky.evaluation.long_run import standard_error, waves_of
from novosky.evaluation.reality_check import _resampled, reality_check
from support.plain import plain


def gains_of(seed: int, n: int, tried: int, common: float = 0.5) -> np.ndarray:
    """Without skill; each two columns correlate by `common`, as configurations of one strategy do."""
    random = np.random.Generator(np.random.PCG64(seed))
    return common**0.5 * random.normal(size=(n, 1)) + (1 - common) ** 0.5 * random.normal(size=(n, tried))


def test_size_where_none_is_better() -> None:
    """300 tables, 8 columns: at 10 % both reject about 10 % (binomial standard error 1.7 %)."""
    found = [reality_check(gains_of(k, 200, 8), 99, seed=k) for k in range(300)]
    assert np.mean([one.white_p <= 0.10 for one in found]) == pytest.approx(0.10, abs=0.055)
    assert np.mean([one.spa_p <= 0.10 for one in found]) == pytest.approx(0.10, abs=0.055)


def test_picking_the_best_first_and_testing_it_alone_would_reject_often() -> None:
    """What the check is for: the best of 20 alone looks better than 0 at 10 % three times as often as it should."""
    alone = [reality_check(one[:, [one.mean(axis=0).argmax()]], 199, 1).white_p for one in map(_null, range(100))]
    assert np.mean([p <= 0.10 for p in alone]) > 0.3


def _null(seed: int) -> np.ndarray:
    return gains_of(seed, 200, 20)


def test_one_that_is_better_is_found() -> None:
    gains = gains_of(1, 250, 30)
    gains[:, 17] += 0.4
    found = reality_check(gains, 999, seed=2)
    assert found.best == 17
    assert max(found.white_p, found.spa_p) < 0.01


def test_a_wild_bad_column_hides_the_good_one_from_white_alone() -> None:
    """Hansen (2005), the reason of his statistic."""
    gains = gains_of(5, 250, 5)
    gains[:, 2] += 0.3
    gains[:, 4] = 20.0 * gains[:, 4] - 8.0
    found = reality_check(gains, 999, seed=2)
    assert found.best == 2
    assert found.spa_p < 0.01
    assert found.white_p > 0.3


def test_columns_that_never_trade_count_for_nothing() -> None:
    gains = gains_of(3, 100, 4)
    idle = np.concatenate((gains, np.zeros((100, 2))), axis=1)
    assert reality_check(idle, 199, 1).spa_p == reality_check(gains, 199, 1).spa_p
    nothing = reality_check(np.zeros((50, 3)), 199, 1)
    assert (nothing.white_p, nothing.spa_p) == (1.0, 1.0)


def test_p_values_are_those_of_a_slow_copy() -> None:
    gains = gains_of(11, 90, 6, common=0.0) + 0.05
    gains[:, 2:] -= 1.0  # plainly bad: left out by Hansen
    means, n = gains.mean(axis=0), 90
    resamples = gains[stationary_indices(n, 299, mean_block(n), seed=4)]
    errors = np.array([standard_error(column) for column in gains.T])
    own = np.array([[standard_error(column) for column in one.T] for one in resamples])
    white = (resamples.mean(axis=1) - means).max(axis=1)
    centres = np.where(means <= -errors * np.sqrt(2 * np.log(np.log(n))), 0.0, means)
    spa = np.maximum(((resamples.mean(axis=1) - centres) / own).max(axis=1), 0.0)
    assert (spa != np.maximum(((resamples.mean(axis=1) - means) / own).max(axis=1), 0.0)).any()
    found = reality_check(gains, 299, seed=4)
    assert found.white_p == pytest.approx((1 + (white >= means.max()).sum()) / 300)
    assert found.spa_p == pytest.approx((1 + (spa >= max((means / errors).max(), 0)).sum()) / 300)


def test_compiled_and_plain_agree() -> None:
    gains, found = gains_of(2, 40, 3), []
    for kernel in (_resampled, plain(_resampled)):
        drawn, own = np.empty((20, 3)), np.empty((20, 3))
        kernel(np.random.Generator(np.random.PCG64(1)), 3.0, gains, waves_of(40), drawn, own)
        found.append((drawn, own))
    assert found[0][0].tobytes() == found[1][0].tobytes()
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-12)
