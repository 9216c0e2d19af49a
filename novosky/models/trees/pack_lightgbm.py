"""LightGBM's model text as trees: double thresholds, `x <= threshold` goes left.

Format: LightGBM's `Tree::ToString` and `GBDT::SaveModelToString`. A child below 0 is leaf `~child`. `decision_type`
holds flags: 1 categorical, 2 missing goes left, and from 4 on what counts as missing (0 none, 1 zero, 2 NaN).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.errors import ModelCompatibilityError
from novosky.market.bars import Ints
from novosky.models.trees.table import Trees, TreeTable, largest_float32, pack

_CATEGORICAL, _MISSING_SHIFT, _ZERO_IS_MISSING = 1, 2, 1
_ZERO = np.float32(1e-35)  # LightGBM's kZeroThreshold
_OBJECTIVES = ("multiclass num_class:", "regression")


def pack_lightgbm(text: str) -> Trees:
    """The trees of a model text; tree i adds to output i modulo the number of outputs.

    Raises `ModelCompatibilityError` for what the walkers cannot do: categorical splits, zero as missing, linear leaves,
    averaged output, an objective with another link.
    """
    header, *blocks = text.split("\n\nend of trees", maxsplit=1)[0].split("\nTree=")
    facts = _fields(header)
    objective = facts.get("objective", "none")
    if not any(objective == known or (known.endswith(":") and objective.startswith(known)) for known in _OBJECTIVES):
        raise _refused("objective", objective, "multiclass or regression")
    if "average_output" in header.splitlines():
        raise _refused("output", "an average over trees (boosting=rf)", "a sum")
    columns = np.arange(len(blocks)) % int(facts["num_tree_per_iteration"])
    return pack([_table(_fields(block), i) for i, block in enumerate(blocks)], columns)


def _fields(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _table(fields: dict[str, str], tree: int) -> TreeTable:
    """Inner nodes first, then the leaves: leaf `~child` becomes node `inner + ~child`."""
    if int(fields.get("num_cat", 0)):
        raise _refused(f"splits of tree {tree}", "categorical ones", "numerical")
    if int(fields.get("is_linear", 0)):
        raise _refused(f"leaves of tree {tree}", "linear models", "constants")
    leaves = _numbers(fields["leaf_value"], np.float64)
    inner = len(leaves) - 1
    if inner == 0:  # LightGBM leaves the other fields empty
        none: Ints = np.array([-1])
        return TreeTable(none, none, none, np.zeros(1, np.float32), leaves[:, None])
    kind = _numbers(fields["decision_type"], np.int64)
    if np.any(kind & _CATEGORICAL):
        raise _refused(f"splits of tree {tree}", "categorical ones", "numerical")
    if np.any((kind >> _MISSING_SHIFT) == _ZERO_IS_MISSING):
        raise _refused(f"splits of tree {tree}", "zero as a missing value", "numbers only (zero_as_missing=false)")
    no_child = np.full(len(leaves), -1)
    children = [_numbers(fields[side], np.int64) for side in ("left_child", "right_child")]
    left, right = (np.concatenate([np.where(c < 0, inner + ~c, c), no_child]) for c in children)
    feature = np.concatenate([_numbers(fields["split_feature"], np.int64), no_child])
    threshold = np.concatenate([_numbers(fields["threshold"], np.float64), np.zeros(len(leaves))])
    value = np.concatenate([np.zeros(inner), leaves])
    return TreeTable(left, right, feature, _beside_zero(largest_float32(threshold)), value[:, None])


def _beside_zero(threshold: NDArray[np.float32]) -> NDArray[np.float32]:
    """LightGBM reads inputs within 1e-35 of 0 as 0: no threshold of ours may lie among them."""
    moved = np.where((threshold >= 0) & (threshold < _ZERO), _ZERO, threshold)
    moved[(threshold >= -_ZERO) & (threshold < 0)] = np.nextafter(-_ZERO, np.float32(-np.inf))
    return moved


def _numbers(text: str, kind: type) -> NDArray[Any]:
    return np.array(text.split(), dtype=kind)


def _refused(what: str, found: str, expected: str) -> ModelCompatibilityError:
    return ModelCompatibilityError(
        f"LightGBM model: expected {expected} as {what}, found {found}; train it with the framework's own settings"
    )
