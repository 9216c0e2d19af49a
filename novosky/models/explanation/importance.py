"""Which inputs move the scores most, and whether the models of other times agree.

A voter's SHAP values have its own unit, so that voters are put together by shares: each input's mean |SHAP| over the
sum of all inputs' (the voter's classes added up where the stage as a whole is meant), then the mean over those that
vote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from novosky.evaluation.rank_correlation import rank_correlation
from novosky.market.bars import Floats
from novosky.models.explanation.tree_shap import Explanation


def shares(mean_abs: Floats) -> Floats:
    """Values (inputs,) over their sum; zeros where nothing is used."""
    total = float(mean_abs.sum())
    return mean_abs / total if total > 0.0 else np.zeros_like(mean_abs)


def stage_shares(explained: Sequence[Explanation]) -> Floats:
    """Each input's share (inputs,) over the models that vote, their outputs added up."""
    found = [shares(one.mean_abs().sum(axis=0)) for one in explained if one.model.votes]
    return np.asarray(np.mean(found, axis=0), dtype=np.float64)


def output_shares(explained: Sequence[Explanation], output: str) -> Floats:
    """Each input's share (inputs,) of one output over the models that vote and have it."""
    found = [one for one in explained if one.model.votes and output in one.model.outputs]
    own = [shares(one.mean_abs()[one.model.outputs.index(output)]) for one in found]
    return np.asarray(np.mean(own, axis=0), dtype=np.float64)


def ranks(values: Floats) -> list[int]:
    """1 for the largest; equals in the order of the inputs."""
    place = np.empty(len(values), np.int64)
    place[np.argsort(-values, kind="stable")] = np.arange(1, len(values) + 1)
    return place.tolist()


def stability(folds: Sequence[Floats], top: int) -> tuple[float | None, list[float | None]]:
    """Mean rank correlation of all pairs of folds, and of each input the share of folds with it among the `top`.

    `folds`: importances (inputs,) of each fold's own models on the fold's own rows. None under two folds, or where a
    fold uses nothing.
    """
    n_inputs = len(folds[0]) if folds else 0
    among = [float(np.mean([_among(fold, top)[k] for fold in folds])) for k in range(n_inputs)]
    used = [fold for fold in folds if fold.max(initial=0.0) > 0.0]
    if len(used) < 2:
        return None, list(among)
    pairs = rank_correlation(np.column_stack(used))[np.triu_indices(len(used), 1)]
    return float(pairs.mean()), list(among)


def _among(values: Floats, top: int) -> list[bool]:
    return [rank <= top and value > 0.0 for rank, value in zip(ranks(values), values, strict=True)]


def table(names: Sequence[str], values: Floats, folds: Sequence[Floats], top: int, value_name: str) -> dict[str, Any]:
    """Value, rank and stability of every input by name, for `analysis.json`; `values` (inputs,)."""
    correlation, among = stability(folds, top)
    place = ranks(values)
    features: Mapping[str, Any] = {
        name: {
            value_name: float(values[k]),
            "rank": place[k],
            "top_folds": among[k] if folds else None,
        }
        for k, name in enumerate(names)
    }
    return {"features": dict(features), "fold_rank_correlation": correlation, "folds": len(folds)}
