"""Exact SHAP values of the compiled trees: how much each input moved a row's score from the mean score.

Tree SHAP, path dependent: Lundberg and others, "From local explanations to global understanding with explainable AI for
trees" (2020), by the library `shap`, which is given our own tables, not the native models: thresholds are the float32
that decide, and no input is missing. The branches not taken weigh by the rows that the model learned from (`cover`).
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from novosky.errors import ConfigError, NovoskyError
from novosky.market.bars import Floats
from novosky.models.classes import Inputs
from novosky.models.explanation.scored import Scored
from novosky.models.trees.table import ALL_COLUMNS

TOLERANCE = 1e-4
"""Most that a row's values may miss its score by."""


@dataclass(frozen=True)
class Explanation:
    """Of one model: `values` (outputs, rows, inputs), `base` (outputs,), and how far their sums are from the score."""

    model: Scored
    values: Floats
    base: Floats
    largest_error: float

    def mean_abs(self) -> Floats:
        """Mean |SHAP| of each input by output, (outputs, inputs)."""
        return np.asarray(np.abs(self.values).mean(axis=1), dtype=np.float64)


def explain(model: Scored, x: Inputs, cover: Floats) -> Explanation:
    """SHAP values of the rows `x` (n, inputs); `cover` (nodes,) as `node_cover` gives it.

    Raises `NovoskyError` when a row's values do not add up to its compiled score, `ConfigError` without `shap`.
    """
    shared = np.all(model.trees.column == ALL_COLUMNS)
    trees = _single_trees(model, cover)
    columns = [ALL_COLUMNS] if shared else range(len(model.outputs))
    parts, bases = [], []
    for column in columns:
        some = [trees[i] for i in np.flatnonzero(model.trees.column == column)]
        values, base = _shap(some, x)
        parts.append(values)
        bases.append(base)
    values, base = np.concatenate(parts), np.concatenate(bases) + model.base
    if model.link == "mean":
        values, base = values / len(model.trees.root), base / len(model.trees.root)
    error = float(np.max(np.abs(values.sum(axis=2).T + base - model.score(x)), initial=0.0))
    if error > TOLERANCE:
        raise NovoskyError(f"{model.name}: SHAP values miss the score by {error:.2g}, more than {TOLERANCE:g}")
    return Explanation(model, values, base, error)


def _single_trees(model: Scored, cover: Floats) -> list[dict[str, Any]]:
    """Each tree as `shap` reads one: its own numbering, -1 for no child."""
    trees = model.trees
    ends = np.append(trees.root[1:], len(trees.left))
    found = []
    for root, end in zip(trees.root.tolist(), ends.tolist(), strict=True):
        own = slice(root, end)
        left = trees.left[own].astype(np.int64) - root
        leaf = left == np.arange(end - root)
        child = np.where(leaf, -1, left)
        found.append(
            {
                "children_left": child,
                "children_right": np.where(leaf, -1, left + 1),
                "children_default": child,
                "features": np.where(leaf, -2, trees.feature[own]),
                "thresholds": np.where(leaf, 0.0, trees.threshold[own]).astype(np.float64),
                "values": trees.value[own].copy(),
                "node_sample_weight": cover[own].copy(),
            }
        )
    return found


def _shap(trees: list[dict[str, Any]], x: Inputs) -> tuple[Floats, Floats]:
    """Values (outputs, n, inputs) and base (outputs,) of the sum of these trees."""
    outputs = trees[0]["values"].shape[1] if trees else 1
    if all(len(tree["features"]) == 1 for tree in trees):  # no split anywhere, which `shap` cannot read
        base = np.sum([tree["values"][0] for tree in trees], axis=0) if trees else np.zeros(outputs)
        return np.zeros((outputs, *x.shape)), np.asarray(base, dtype=np.float64)
    explainer = optimize_library("shap").TreeExplainer({"trees": trees}, feature_perturbation="tree_path_dependent")
    values = np.asarray(explainer.shap_values(x, check_additivity=False), dtype=np.float64)
    if values.ndim == 2:
        values = values[:, :, None]
    return np.ascontiguousarray(np.moveaxis(values, 2, 0)), np.atleast_1d(np.asarray(explainer.expected_value, float))


def optimize_library(name: str) -> Any:
    """A module of the extra `optimize`; `ConfigError` with the mend where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            f"mode=analyze needs the library {name}, which cannot be imported ({error}); install it: "
            "uv sync --extra optimize"
        ) from error
