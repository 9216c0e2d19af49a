"""Scores become probabilities: sigmoid or isotonic, one class against the rest, then scaled to sum 1.

Sigmoid: J. Platt, "Probabilistic outputs for support vector machines" (1999), on the log-odds of the voter's
probability, with Platt's smoothed targets. Isotonic: Zadrozny and Elkan (2002).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from novosky.market.bars import Floats
from novosky.models.classes import CLASS_NAMES, N_CLASSES, Labels
from novosky.models.libraries import training_library

CLIP = 1e-6  # log-odds of a score stay within +-13.8
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


def fit_calibrator(method: str, raw: Floats, y: Labels) -> Calibrator:
    """Learn the map from raw probabilities (n, 3) and class codes (n,); `method` is `sigmoid` or `isotonic`."""
    if method == "sigmoid":
        fitted = [_fit_sigmoid(log_odds(raw[:, k]), y == k) for k in range(N_CLASSES)]
        return Sigmoid(np.array([slope for slope, _ in fitted]), np.array([intercept for _, intercept in fitted]))
    curves = [_fit_isotonic(raw[:, k], y == k) for k in range(N_CLASSES)]
    return Isotonic(tuple(score for score, _ in curves), tuple(probability for _, probability in curves))


def calibrate(calibrator: Calibrator, raw: Floats) -> Floats:
    """Calibrated probabilities (n, 3) of raw ones; each row sums to 1."""
    each = one_vs_rest(calibrator, raw)
    scaled: Floats = each / each.sum(axis=1, keepdims=True)
    return scaled


def one_vs_rest(calibrator: Calibrator, raw: Floats) -> Floats:
    """Probability of each class against the rest, (n, 3), before scaling; rising in the class's own score."""
    if isinstance(calibrator, Sigmoid):
        return _expit(calibrator.slope * log_odds(raw) + calibrator.intercept)
    curves = zip(calibrator.score, calibrator.probability, strict=True)
    return np.column_stack([np.interp(raw[:, k], score, value) for k, (score, value) in enumerate(curves)])


def log_odds(p: Floats) -> Floats:
    clipped = np.clip(p, CLIP, 1.0 - CLIP)
    odds: Floats = np.log(clipped) - np.log1p(-clipped)
    return odds


def _expit(z: Floats) -> Floats:
    """The logistic function, without overflow."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def _fit_sigmoid(score: Floats, hit: np.ndarray[Any, np.dtype[np.bool_]]) -> tuple[float, float]:
    """Slope and intercept of greatest likelihood, by Newton's method on a convex loss.

    A slope below 0 would turn the voter's opinion round. Where the fit has none to give, the least slope leaves the
    probabilities at the class's share, and the voter's order of rows as it was.
    """
    hits, misses = int(hit.sum()), int((~hit).sum())
    target = np.where(hit, (hits + 1.0) / (hits + 2.0), 1.0 / (misses + 2.0))
    mean = float(target.mean())
    flat: Floats = np.array([0.0, np.log(mean / (1.0 - mean))])
    parameters: Floats = flat
    design: Floats = np.column_stack([score, np.ones_like(score)])
    loss = _cross_entropy(design @ parameters, target)
    for _ in range(_STEPS):
        p = _expit(design @ parameters)
        gradient = design.T @ (p - target) / len(target)
        if np.max(np.abs(gradient)) < _TOLERANCE:
            break
        hessian = (design * (p * (1.0 - p))[:, None]).T @ design / len(target)
        step = np.linalg.solve(hessian + 1e-12 * np.eye(2), gradient).astype(np.float64)
        parameters, loss, moved = _descend(design, target, parameters, step, loss)
        if not moved:
            break
    if parameters[0] < LEAST_SLOPE:
        return LEAST_SLOPE, float(flat[1] - LEAST_SLOPE * score.mean())
    return float(parameters[0]), float(parameters[1])


def _descend(
    design: Floats, target: Floats, parameters: Floats, step: Floats, loss: float
) -> tuple[Floats, float, bool]:
    """The Newton step, halved until the loss falls."""
    for halving in range(30):
        moved = parameters - step * 0.5**halving
        new_loss = _cross_entropy(design @ moved, target)
        if new_loss < loss:
            return moved, new_loss, True
    return parameters, loss, False


def _cross_entropy(z: Floats, target: Floats) -> float:
    return float(np.mean(np.logaddexp(0.0, z) - target * z))


def _fit_isotonic(score: Floats, hit: np.ndarray[Any, np.dtype[np.bool_]]) -> tuple[Floats, Floats]:
    """Knots of the least-squares rising curve; held off 0 and 1 by Laplace's rule, as no sample proves either."""
    training_library("sklearn")
    from sklearn.isotonic import IsotonicRegression

    least = 1.0 / (len(score) + 2.0)
    curve = IsotonicRegression(y_min=least, y_max=1.0 - least, out_of_bounds="clip")
    curve.fit(score.astype(np.float64), hit.astype(np.float64))
    return np.asarray(curve.X_thresholds_, dtype=np.float64), np.asarray(curve.y_thresholds_, dtype=np.float64)


def to_json(calibrator: Calibrator) -> dict[str, Any]:
    """Plain lists by class name, for `calibration.json`."""
    if isinstance(calibrator, Sigmoid):
        rows = zip(CLASS_NAMES, calibrator.slope.tolist(), calibrator.intercept.tolist(), strict=True)
        return {
            "method": "sigmoid",
            **{name: {"slope": slope, "intercept": intercept} for name, slope, intercept in rows},
        }
    curves = zip(CLASS_NAMES, calibrator.score, calibrator.probability, strict=True)
    return {"method": "isotonic", **{name: {"score": s.tolist(), "probability": p.tolist()} for name, s, p in curves}}


def from_json(content: Mapping[str, Any]) -> Calibrator:
    def arrays(field: str) -> list[Floats]:
        return [np.array(content[name][field], dtype=np.float64) for name in CLASS_NAMES]

    if content["method"] == "sigmoid":
        return Sigmoid(np.array(arrays("slope")), np.array(arrays("intercept")))
    return Isotonic(tuple(arrays("score")), tuple(arrays("probability")))
