"""Scores become probabilities: sigmoid or isotonic, one class against the rest, then scaled to sum 1.

Sigmoid: J. Platt, "Probabilistic outputs for support vector machines" (1999), on the log-odds of the voter's
probability, with Platt's smoothed targets. Isotonic: Zadrozny and Elkan (2002).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from novosky.market.bars import Floats
from novosky.models.bundle.libraries import training_library
from novosky.models.classes import CLASS_NAMES, N_CLASSES, Flags, Labels
from novosky.models.trees.curves import CLIP, Curves, calibrate_rows, one_vs_rest_rows

LEAST_SLOPE = 0.01
_STEPS = 50
_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """`1 / (1 + exp(-(slope * log_odds + intercept)))` per class; both of shape (3,), slopes >= LEAST_SLOPE."""

    slope: Floats
    intercept: Floats


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Per class, a rising curve through (`score`, `probability`), straight in between, flat outside."""

    score: tuple[Floats, ...]
    probability: tuple[Floats, ...]


Calibrator = Sigmoid | Isotonic


def fit_calibrator(method: str, raw: Floats, y: Labels, weight: Floats | None = None) -> Calibrator:
    """Learn the map from raw probabilities (n, 3), class codes (n,) and the rows' weights (n,), all alike where None.

    `method` is `sigmoid` or `isotonic`.
    """
    shares = np.ones(len(y)) if weight is None else weight / weight.mean()
    if method == "sigmoid":
        fitted = [_fit_sigmoid(log_odds(raw[:, k]), y == k, shares) for k in range(N_CLASSES)]
        return Sigmoid(np.array([slope for slope, _ in fitted]), np.array([intercept for _, intercept in fitted]))
    curves = [_fit_isotonic(raw[:, k], y == k, shares) for k in range(N_CLASSES)]
    return Isotonic(tuple(score for score, _ in curves), tuple(probability for _, probability in curves))


def calibrate(calibrator: Calibrator, raw: Floats) -> Floats:
    """Calibrated probabilities (n, 3) of raw ones; each row sums to 1."""
    return _apply(calibrate_rows, calibrator, raw)


def one_vs_rest(calibrator: Calibrator, raw: Floats) -> Floats:
    """Probability of each class against the rest, (n, 3), before scaling; rising in the class's own score."""
    return _apply(one_vs_rest_rows, calibrator, raw)


def _apply(rows: Callable[..., None], calibrator: Calibrator, raw: Floats) -> Floats:
    out: Floats = np.array(raw, dtype=np.float64, order="C")
    rows(curves_of([calibrator]), 0, out, 0, len(out))
    return out


def curves_of(calibrators: Sequence[Calibrator]) -> Curves:
    """All calibrators as one table of arrays, for compiled code."""
    n = len(calibrators)
    slope, intercept = np.ones((n, N_CLASSES)), np.zeros((n, N_CLASSES))
    start = np.zeros((n, N_CLASSES + 1), dtype=np.int64)
    scores: list[Floats] = [np.empty(0)]
    probabilities: list[Floats] = [np.empty(0)]
    knots = 0
    for v, calibrator in enumerate(calibrators):
        start[v] = knots
        if isinstance(calibrator, Sigmoid):
            slope[v], intercept[v] = calibrator.slope, calibrator.intercept
            continue
        start[v, 1:] += np.cumsum([len(score) for score in calibrator.score])
        knots = int(start[v, -1])
        scores += calibrator.score
        probabilities += calibrator.probability
    return Curves(slope, intercept, start, np.concatenate(scores), np.concatenate(probabilities))


def log_odds(p: Floats) -> Floats:
    clipped = np.clip(p, CLIP, 1.0 - CLIP)
    odds: Floats = np.log(clipped) - np.log1p(-clipped)
    return odds


def _expit(z: Floats) -> Floats:
    """The logistic function, without overflow."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def _fit_sigmoid(score: Floats, hit: Flags, weight: Floats) -> tuple[float, float]:
    """Slope and intercept of greatest likelihood, by Newton's method on a convex loss; `weight` (n,) has mean 1.

    A slope below 0 would turn the voter's opinion round. Where the fit has none to give, the least slope leaves the
    probabilities at the class's share, and the voter's order of rows as it was.
    """
    hits, misses = float(weight[hit].sum()), float(weight[~hit].sum())
    target = np.where(hit, (hits + 1.0) / (hits + 2.0), 1.0 / (misses + 2.0))
    mean = float(np.mean(target * weight))
    flat: Floats = np.array([0.0, np.log(mean / (1.0 - mean))])
    parameters: Floats = flat
    design: Floats = np.column_stack([score, np.ones_like(score)])
    loss = _cross_entropy(design @ parameters, target, weight)
    for _ in range(_STEPS):
        p = _expit(design @ parameters)
        gradient = design.T @ ((p - target) * weight) / len(target)
        if np.max(np.abs(gradient)) < _TOLERANCE:
            break
        hessian = (design * (p * (1.0 - p) * weight)[:, None]).T @ design / len(target)
        step = np.linalg.solve(hessian + 1e-12 * np.eye(2), gradient).astype(np.float64)
        parameters, loss, moved = _descend(design, target, weight, parameters, step, loss)
        if not moved:
            break
    if parameters[0] < LEAST_SLOPE:
        return LEAST_SLOPE, float(flat[1] - LEAST_SLOPE * np.mean(score * weight))
    return float(parameters[0]), float(parameters[1])


def _descend(
    design: Floats, target: Floats, weight: Floats, parameters: Floats, step: Floats, loss: float
) -> tuple[Floats, float, bool]:
    """The Newton step, halved until the loss falls."""
    for halving in range(30):
        moved = parameters - step * 0.5**halving
        new_loss = _cross_entropy(design @ moved, target, weight)
        if new_loss < loss:
            return moved, new_loss, True
    return parameters, loss, False


def _cross_entropy(z: Floats, target: Floats, weight: Floats) -> float:
    return float(np.mean((np.logaddexp(0.0, z) - target * z) * weight))


def _fit_isotonic(score: Floats, hit: Flags, weight: Floats) -> tuple[Floats, Floats]:
    """Knots of the least-squares rising curve; held off 0 and 1 by Laplace's rule, as no sample proves either."""
    training_library("sklearn")
    from sklearn.isotonic import IsotonicRegression

    least = 1.0 / (len(score) + 2.0)
    curve = IsotonicRegression(y_min=least, y_max=1.0 - least, out_of_bounds="clip")
    curve.fit(score.astype(np.float64), hit.astype(np.float64), weight)
    return np.asarray(curve.X_thresholds_, dtype=np.float64), np.asarray(curve.y_thresholds_, dtype=np.float64)


def to_json(calibrator: Calibrator, names: Sequence[str] = CLASS_NAMES) -> dict[str, Any]:
    """Plain lists by class name, for `calibration.json`."""
    if isinstance(calibrator, Sigmoid):
        rows = zip(names, calibrator.slope.tolist(), calibrator.intercept.tolist(), strict=True)
        return {
            "method": "sigmoid",
            **{name: {"slope": slope, "intercept": intercept} for name, slope, intercept in rows},
        }
    curves = zip(names, calibrator.score, calibrator.probability, strict=True)
    return {"method": "isotonic", **{name: {"score": s.tolist(), "probability": p.tolist()} for name, s, p in curves}}


def from_json(content: Mapping[str, Any], names: Sequence[str] = CLASS_NAMES) -> Calibrator:
    def arrays(field: str) -> list[Floats]:
        return [np.array(content[name][field], dtype=np.float64) for name in names]

    if content["method"] == "sigmoid":
        return Sigmoid(np.array(arrays("slope")), np.array(arrays("intercept")))
    return Isotonic(tuple(arrays("score")), tuple(arrays("probability")))
