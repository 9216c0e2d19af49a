"""Do probabilities mean what they say? Predicted against observed, bin by bin, and against the base rate."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.records import Floats

EPSILON = 1e-12  # probability counted at least, so that one certain miss does not make a mean infinite


class Reliability(NamedTuple):
    """Bins of equal count of one class's predictions: mean predicted, observed share, rows."""

    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    rows: tuple[int, ...]


def reliability(probability: Floats, happened: NDArray[np.bool_], bins: int = 10) -> Reliability:
    """Reliability curve (DeGroot and Fienberg 1983) of predictions (n,) for an event (n,)."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return Reliability(
        tuple(float(probability[part].mean()) for part in parts),
        tuple(float(happened[part].mean()) for part in parts),
        tuple(len(part) for part in parts),
    )


def calibration_error(curve: Reliability) -> float:
    """Expected calibration error: sum of rows / all rows * |observed - predicted| over the bins of one class
    (Naeini, Cooper and Hauskrecht 2015)."""
    gaps = np.abs(np.subtract(curve.observed, curve.predicted))
    return float(np.average(gaps, weights=curve.rows))


def log_losses(probability: Floats, y: NDArray[Any]) -> Floats:
    """-log of the probability given to what happened, (n,); `probability` (n, classes), class codes `y` (n,)."""
    given = probability[np.arange(len(y)), y]
    return np.asarray(-np.log(np.maximum(given, EPSILON)))


def log_loss(probability: Floats, y: NDArray[Any]) -> float:
    """Mean of `log_losses`."""
    return float(log_losses(probability, y).mean())


def brier_losses(probability: Floats, y: NDArray[Any]) -> Floats:
    """Squared distance of each row's probabilities to what happened (n,), 0 best, 2 worst (Brier 1950)."""
    happened = np.zeros_like(probability)
    happened[np.arange(len(y)), y] = 1.0
    return np.asarray(((probability - happened) ** 2).sum(axis=1))


def brier(probability: Floats, y: NDArray[Any]) -> float:
    """Brier score of several classes (Brier 1950): mean of `brier_losses`."""
    return float(brier_losses(probability, y).mean())
