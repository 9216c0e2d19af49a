"""Permutation importance: how much worse the models judge rows they have not seen when one input is shuffled.

L. Breiman, "Random forests" (2001). Rows are shuffled within a fold, so that every fold's models are given values of
their own time. What two inputs say alike, neither is missed alone: read it beside the redundancy clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from novosky.evaluation.bootstrap import bounds_of
from novosky.evaluation.loss_skill import loss_skill
from novosky.market.bars import Floats, Ints
from novosky.models.classes import Inputs

LEAST_ROWS = 200  # fewer say nothing

Loss = Callable[[Inputs], Floats]


@dataclass(frozen=True)
class UnseenRows:
    """Rows of one fold with the loss (rows,) of its models as a function of the inputs (rows, inputs).

    `used` names the columns that any of the fold's models splits on; the others cannot matter.
    """

    x: Inputs
    bar: Ints
    loss: Loss
    used: frozenset[int]


def permutation_importance(
    folds: Sequence[UnseenRows],
    names: Sequence[str],
    label_life: int,
    *,
    repeats: int,
    samples: int,
    coverage: float,
    seed: int,
    progress: Callable[[str, float], None],
) -> dict[str, Any] | None:
    """Mean loss, and each input's mean increase with its interval; None under `LEAST_ROWS` rows in all.

    The increases of a row, over `repeats` shuffles, are averaged first; the interval is that of `loss_skill`, since
    neighbouring rows share their labels' bars.
    """
    bar = np.concatenate([fold.bar for fold in folds]) if folds else np.zeros(0, np.int64)
    if len(bar) < LEAST_ROWS:
        return None
    plain = [fold.loss(fold.x) for fold in folds]
    whole = np.concatenate(plain)
    found: dict[str, Any] = {}
    for k, name in enumerate(names):
        progress(name, k / len(names))
        shuffled = np.concatenate(
            [
                _shuffled_loss(fold, own, k, repeats, seed, i)
                for i, (fold, own) in enumerate(zip(folds, plain, strict=True))
            ]
        )
        skill = loss_skill(whole, shuffled, bar, label_life, samples, coverage, seed)
        bounds = bounds_of(skill.interval)
        found[name] = {"increase": skill.skill, "interval": bounds, "found": bounds is not None and above_zero(bounds)}
    return {"rows": len(bar), "loss": float(whole.mean()), "repeats": repeats, "coverage": coverage, "features": found}


def above_zero(bounds: Sequence[float | None]) -> bool:
    return bounds[0] is not None and bounds[0] > 0.0


def _shuffled_loss(fold: UnseenRows, plain: Floats, column: int, repeats: int, seed: int, place: int) -> Floats:
    """Mean loss (rows,) over the shuffles of one column."""
    if column not in fold.used:
        return plain
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, place, column])))
    x, total = fold.x.copy(), np.zeros(len(plain))
    for _ in range(repeats):
        x[:, column] = fold.x[random.permutation(len(x)), column]
        total += fold.loss(x)
    return total / repeats
