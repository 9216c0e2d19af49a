"""XGBoost's model JSON as trees: float32 thresholds, `x < threshold` goes left.

Format: XGBoost's documentation, "Introduction to Model IO" and its JSON schema. For the walkers' `x <= threshold` the
threshold moves to the float32 before it.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from novosky.errors import ModelCompatibilityError
from novosky.market.bars import Floats
from novosky.models.classes import N_CLASSES
from novosky.models.trees.table import Trees, TreeTable, pack


def pack_xgboost(content: bytes) -> tuple[Trees, Floats]:
    """The trees and the base margin (3,) of a saved `multi:softprob` model.

    Raises `ModelCompatibilityError` for what the walkers cannot do: other objectives and boosters, categorical splits,
    leaves with several values.
    """
    learner = json.loads(content)["learner"]
    objective, booster = learner["objective"]["name"], learner["gradient_booster"]["name"]
    if objective != "multi:softprob":
        raise _refused("objective", objective, "multi:softprob")
    if booster != "gbtree":
        raise _refused("booster", booster, "gbtree")
    model = learner["gradient_booster"]["model"]
    tables = [_table(tree, i) for i, tree in enumerate(model["trees"])]
    return pack(tables, np.array(model["tree_info"], dtype=np.int64)), _base(learner["learner_model_param"])


def _base(parameters: dict[str, str]) -> Floats:
    """One number for all classes in older versions, one a class since 3.1; margins, as softmax has no inverse link."""
    scores = np.array([float(score) for score in parameters["base_score"].strip("[]").split(",")])
    return np.broadcast_to(scores, N_CLASSES).astype(np.float64)


def _table(tree: dict[str, Any], number: int) -> TreeTable:
    if any(tree["split_type"]):
        raise _refused(f"splits of tree {number}", "categorical ones", "numerical")
    if int(tree["tree_param"]["size_leaf_vector"]) > 1:
        raise _refused(f"leaves of tree {number}", "several values each", "one value")
    condition = np.array(tree["split_conditions"], dtype=np.float32)  # a leaf keeps its value here
    return TreeTable(
        np.array(tree["left_children"]),
        np.array(tree["right_children"]),
        np.array(tree["split_indices"]),
        np.nextafter(condition, np.float32(-np.inf)),
        condition[:, None].astype(np.float64),
    )


def _refused(what: str, found: str, expected: str) -> ModelCompatibilityError:
    return ModelCompatibilityError(
        f"XGBoost model: expected {expected} as {what}, found {found}; train it with the framework's own settings"
    )
