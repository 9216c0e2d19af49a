"""Calibration against scikit-learn's sigmoid and against the min-max formula of isotonic regression."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.calibration import _SigmoidCalibration

from novosky.models.trees.calibration import (
    LEAST_SLOPE,
    Isotonic,
    Sigmoid,
    calibrate,
    curves_of,
    fit_calibrator,
    from_json,
    log_odds,
    one_vs_rest,
    to_json,
)
from novosky.models.trees.curves import calibrate_rows
from support.plain import plain


def scores(n: int = 400, seed: int = 1, skill: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Overconfident probabilities (n, 3) and classes that follow them a little."""
    random = np.random.Generator(np.random.PCG64(seed))
    y = random.integers(0, 3, n).astype(np.int8)
    logits = random.normal(size=(n, 3)) * 1.5
    logits[np.arange(n), y] += skill
    raw = np.exp(logits)
    return raw / raw.sum(axis=1, keepdims=True), y


def test_sigmoid_equals_scikit_learn() -> None:
    raw, y = scores()
    ours = one_vs_rest(fit_calibrator("sigmoid", raw, y), raw)
    for k in range(3):
        theirs = _SigmoidCalibration().fit(log_odds(raw[:, k]), (y == k).astype(float))
        np.testing.assert_allclose(ours[:, k], theirs.predict(log_odds(raw[:, k])), atol=1e-5)


def test_sigmoid_has_the_greatest_likelihood() -> None:
    """At the best slope and intercept both derivatives of Platt's loss are 0."""
    raw, y = scores()
    fitted = one_vs_rest(fit_calibrator("sigmoid", raw, y), raw)
    for k in range(3):
        hits = np.sum(y == k)
        target = np.where(y == k, (hits + 1) / (hits + 2), 1 / (len(y) - hits + 2))
        assert abs(np.sum(fitted[:, k] - target)) < 1e-6
        assert abs(np.sum((fitted[:, k] - target) * log_odds(raw[:, k]))) < 1e-6


def test_sigmoid_does_not_turn_a_voter_round() -> None:
    raw, y = scores(skill=-2.0)
    calibrator = fit_calibrator("sigmoid", raw, y)
    assert isinstance(calibrator, Sigmoid)
    assert calibrator.slope.tolist() == [LEAST_SLOPE] * 3
    shares = np.bincount(y) / len(y)
    np.testing.assert_allclose(calibrate(calibrator, raw), np.tile(shares, (len(y), 1)), atol=0.03)
    rising = one_vs_rest(calibrator, raw)[:, 0][np.argsort(raw[:, 0])]
    assert np.all(np.diff(rising) > 0)


def test_isotonic_equals_the_min_max_formula() -> None:
    """fit(i) = max over j <= i of min over k >= i of the mean of hits j..k, in order of score."""
    raw, y = scores(n=60)
    calibrator = fit_calibrator("isotonic", raw, y)
    ours = one_vs_rest(calibrator, raw)
    for c in range(3):
        order = np.argsort(raw[:, c])
        hits = (y[order] == c).astype(float)
        n = len(hits)
        best = [max(min(hits[j : k + 1].mean() for k in range(i, n)) for j in range(i + 1)) for i in range(n)]
        np.testing.assert_allclose(ours[order, c], np.clip(best, 1 / (n + 2), 1 - 1 / (n + 2)), atol=1e-12)


def weights(n: int) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(5)).exponential(3.0, n)


def test_weighted_sigmoid_has_the_greatest_weighted_likelihood() -> None:
    """Weights are scaled to mean 1; Platt's counts become sums of them."""
    raw, y = scores()
    weight = weights(len(y))
    fitted = one_vs_rest(fit_calibrator("sigmoid", raw, y, weight), raw)
    share = weight / weight.mean()
    for k in range(3):
        hits = share[y == k].sum()
        target = np.where(y == k, (hits + 1) / (hits + 2), 1 / (len(y) - hits + 2))
        assert abs(np.sum(share * (fitted[:, k] - target))) < 1e-5
        assert abs(np.sum(share * (fitted[:, k] - target) * log_odds(raw[:, k]))) < 1e-5


def test_weighted_isotonic_equals_the_min_max_formula() -> None:
    raw, y = scores(n=60)
    weight = weights(60)
    ours = one_vs_rest(fit_calibrator("isotonic", raw, y, weight), raw)
    for c in range(3):
        order = np.argsort(raw[:, c])
        hits, w = (y[order] == c).astype(float), weight[order]
        n = len(hits)

        def mean(j: int, k: int, hits: np.ndarray = hits, w: np.ndarray = w) -> float:
            return float(np.average(hits[j : k + 1], weights=w[j : k + 1]))

        best = [max(min(mean(j, k) for k in range(i, n)) for j in range(i + 1)) for i in range(n)]
        np.testing.assert_allclose(ours[order, c], np.clip(best, 1 / (n + 2), 1 - 1 / (n + 2)), atol=1e-12)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_weights_that_are_all_alike_change_nothing(method: str) -> None:
    raw, y = scores()
    alike = fit_calibrator(method, raw, y, np.full(len(y), 4.0))
    assert to_json(alike) == to_json(fit_calibrator(method, raw, y))


def test_a_sigmoid_is_the_logistic_function_of_the_log_odds() -> None:
    raw, y = scores()
    raw[:2] = [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    calibrator = fit_calibrator("sigmoid", raw, y)
    assert isinstance(calibrator, Sigmoid)
    expected = 1 / (1 + np.exp(-(calibrator.slope * log_odds(raw) + calibrator.intercept)))
    np.testing.assert_allclose(one_vs_rest(calibrator, raw), expected, rtol=1e-13)
    steep = Sigmoid(np.full(3, 100.0), np.zeros(3))
    assert np.isfinite(one_vs_rest(steep, raw)).all()


def test_an_isotonic_curve_is_straight_between_its_knots() -> None:
    curve = np.array([0.1, 0.1 + 1e-12, 0.5, 0.9]), np.array([0.2, 0.3, 0.3, 0.8])
    calibrator = Isotonic((curve[0],) * 3, (curve[1],) * 3)
    at = np.array([0.0, 0.1, 0.1 + 5e-13, 0.2, 0.5, 0.7, 0.9, 1.0])
    raw = np.column_stack([at, at[::-1], at])
    assert np.array_equal(one_vs_rest(calibrator, raw), np.interp(raw, *curve))
    one = Isotonic((np.array([0.4]),) * 3, (np.array([0.2]),) * 3)
    assert one_vs_rest(one, raw).tolist() == [[0.2] * 3] * 8


def test_the_compiled_body_is_the_same_uncompiled() -> None:
    raw, y = scores(n=40)
    both = [fit_calibrator("isotonic", raw, y), fit_calibrator("sigmoid", raw, y)]
    for v, calibrator in enumerate(both):
        rows = raw.copy()
        plain(calibrate_rows)(curves_of(both), v, rows, 0, len(rows))
        np.testing.assert_allclose(rows, calibrate(calibrator, raw), rtol=1e-14)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibrated_rows_sum_to_one_rise_with_the_score_and_gain(method: str) -> None:
    raw, y = scores(n=2000)
    calibrator = fit_calibrator(method, raw, y)
    later, later_y = scores(n=2000, seed=2)
    calibrated = calibrate(calibrator, later)
    np.testing.assert_allclose(calibrated.sum(axis=1), 1.0, atol=1e-12)
    assert calibrated.min() > 0
    for k in range(3):
        each = one_vs_rest(calibrator, later)[:, k]
        assert np.all(np.diff(each[np.argsort(later[:, k])]) >= 0)
    rows = np.arange(len(later_y))
    assert np.log(calibrated[rows, later_y]).mean() > np.log(later[rows, later_y]).mean()


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_certain_and_constant_scores_stay_finite(method: str) -> None:
    raw, y = scores(n=100)
    raw[:5] = [1.0, 0.0, 0.0]
    assert np.isfinite(calibrate(fit_calibrator(method, raw, y), raw)).all()
    constant = np.full((100, 3), 1 / 3)
    shares = calibrate(fit_calibrator(method, constant, y), constant)
    np.testing.assert_allclose(shares[0], np.bincount(y) / 100, atol=0.01)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_json_gives_the_same_bits(method: str) -> None:
    raw, y = scores()
    calibrator = fit_calibrator(method, raw, y)
    names = ("EXIT", "HOLD", "ADD")
    content = json.loads(json.dumps(to_json(calibrator, names)))
    assert set(content) == {"method", *names}
    again = from_json(content, names)
    assert isinstance(again, Sigmoid if method == "sigmoid" else Isotonic)
    assert np.array_equal(calibrate(again, raw), calibrate(calibrator, raw))
