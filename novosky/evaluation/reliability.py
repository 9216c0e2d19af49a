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


def log_loss(probability: Floats, y: NDArray[Any]) -> float:
    """Mean of -log of the probability given to what happened; `probability` (n, 3), class codes `y` (n,)."""
    given = probability[np.arange(len(y)), y]
    return float(-np.log(np.maximum(given, EPSILON)).mean())


def brier(probability: Floats, y: NDArray[Any]) -> float:
    """Brier score of several classes (Brier 1950): mean squared distance to what happened, 0 best, 2 worst."""
    happened = np.zeros_like(probability)
    happened[np.arange(len(y)), y] = 1.0
    return float(((probability - happened) ** 2).sum(axis=1).mean())
