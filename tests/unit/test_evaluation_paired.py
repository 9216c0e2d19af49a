"""The paired test against hand figures, a slow resampler of its own, and its size on what holds no difference."""

from __future__ import annotations

import numpy as np
import pytest

from novosky.errors import WindowError
from novosky.evaluation.bootstrap import mean_block
from novosky.evaluation.paired import MIN_RESAMPLES, _resample, long_run_variance, paired
from novosky.execution.records import Floats
from support.plain import plain


def days(seed: int, n: int, mean: float = 0.0) -> Floats:
    """Skewed daily R with a memory: bracket results of a few trades a day."""
    random = np.random.default_rng(seed)
    wins = np.array([np.where(random.random(k) < 0.4, 1.5, -1.0).sum() for k in random.poisson(1.5, n)])
    return wins + 0.3 * np.roll(wins, 1) + mean


def slow_resamples(centred: Floats, block: float, count: int, seed: int) -> tuple[Floats, Floats]:
    """Means and studentised means, index by index as Politis and Romano write it."""
    random, n = np.random.default_rng(seed), len(centred)
    means, z = np.empty(count), np.empty(count)
    for k in range(count):
        drawn: list[list[float]] = []
        for i in range(n):
            if i == 0 or random.random() < 1.0 / block:
                at = int(random.integers(n))
                drawn.append([])
            else:
                at = (at + 1) % n
            drawn[-1].append(float(centred[at]))
        means[k] = sum(map(sum, drawn)) / n
        variance = sum((sum(part) - len(part) * means[k]) ** 2 for part in drawn) / n
        z[k] = means[k] * np.sqrt(n / variance) if variance > 0 else np.inf
    return means, z


def test_long_run_variance_by_hand() -> None:
    # c = 1, -1, 1, -1 around the circle: 1 + 2 (-3/4 * 1/2 + 1/2 * 1/4 - 1/4 * 1/8)
    assert long_run_variance(np.array([1.0, -1.0, 1.0, -1.0]), 2.0) == pytest.approx(0.4375, abs=1e-15)


def test_blocks_of_one_day_give_the_plain_variance() -> None:
    x = days(1, 50)
    assert long_run_variance(x - x.mean(), 1.0) == pytest.approx(x.var(), rel=1e-12)
    three = paired(np.array([1.0, 2.0, 4.5]), np.zeros(3), seed=1)
    assert three.z == pytest.approx(2.5 / np.sqrt(np.var([1.0, 2.0, 4.5]) / 3), rel=1e-12)


def test_long_run_variance_is_that_of_the_resampled_means() -> None:
    x = days(2, 40)
    means, _ = slow_resamples(x - x.mean(), 4.0, 4000, seed=5)
    assert long_run_variance(x - x.mean(), 4.0) == pytest.approx(40 * means.var(), rel=0.08)


@pytest.mark.parametrize("shift", [0.0, 0.25, 0.5])
def test_p_and_probability_agree_with_a_slow_resampler(shift: float) -> None:
    x = days(3, 60, shift) - days(3, 60).mean()
    found = paired(x, np.zeros(60), seed=1)
    means, z = slow_resamples(x - x.mean(), mean_block(60), 3000, seed=2)
    p, probability = np.mean(z >= found.z), np.mean(means + x.mean() > 0)
    for ours, slow in ((found.p, p), (found.probability, probability)):
        error = np.sqrt(max(slow * (1 - slow), 1e-3) * (1 / 3000 + 1 / found.resamples))
        assert abs(ours - slow) < 4 * error


def test_the_compiled_kernel_is_its_own_source() -> None:
    x = days(4, 30)
    arguments = (x - x.mean(), float(x.mean()), 1.0, 3.0, 200, 400)
    runs = [kernel(np.random.Generator(np.random.PCG64(7)), *arguments) for kernel in (_resample, plain(_resample))]
    assert runs[0] == runs[1]


def test_it_keeps_its_size_on_equal_sets() -> None:
    # 400 pairs at 5 %: 20 expected, standard deviation 4.4.
    hits = sum(paired(days(k, 80), days(10_000 + k, 80), seed=k, significance=0.05).p <= 0.05 for k in range(400))
    assert 7 <= hits <= 33


def test_swapping_the_two_turns_the_sign() -> None:
    a, b = days(5, 90, 0.4), days(6, 90)
    forth, back = paired(a, b, seed=3), paired(b, a, seed=3)
    assert (back.z, back.mean_difference_r) == (-forth.z, -forth.mean_difference_r)
    assert back.probability == pytest.approx(1.0 - forth.probability, abs=0.03)
    assert forth.p < 0.5 < back.p


def test_common_days_cancel() -> None:
    a, b, common = days(7, 90, 0.4), days(8, 90), 50.0 * np.random.default_rng(1).normal(size=90)
    assert paired(a + common, b + common, seed=1).z == pytest.approx(paired(a, b, seed=1).z, rel=1e-9)


def test_a_small_p_is_resolved_and_bounded() -> None:
    found = paired(days(9, 200, 2.0), np.zeros(200), seed=1, significance=1e-4)
    assert found.resamples == 200_000
    assert found.p == 1 / 200_001
    assert paired(days(9, 200), np.zeros(200), seed=1, significance=1e-4).resamples == MIN_RESAMPLES


def test_same_seed_same_answer() -> None:
    a, b = days(10, 90, 0.2), days(11, 90)
    assert paired(a, b, seed=1) == paired(a, b, seed=1)
    assert paired(a, b, seed=1).p != paired(a, b, seed=2).p


@pytest.mark.parametrize(
    ("difference", "probability"), [([], 0.5), ([0.0] * 9, 0.5), ([0.1] * 9, 1.0), ([-0.1] * 9, 0.0), ([1.0], 1.0)]
)
def test_without_variance_nothing_can_be_said(difference: list[float], probability: float) -> None:
    found = paired(np.array(difference), np.zeros(len(difference)), seed=1)
    assert (found.z, found.p, found.probability) == (0.0, 1.0, probability)


def test_other_days_and_what_is_no_number_are_refused() -> None:
    with pytest.raises(WindowError, match="found 3 and 4"):
        paired(np.zeros(3), np.zeros(4), seed=1)
    with pytest.raises(WindowError, match="found nan"):
        paired(np.array([0.0, np.nan, 1.0]), np.zeros(3), seed=1)
