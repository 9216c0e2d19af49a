"""The random forest voter: trained by scikit-learn, whose trees hold the class shares of their rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from novosky.config.schema.learning import ForestConfig
from novosky.market.bars import Floats
from novosky.models.bundle.libraries import training_library
from novosky.models.classes import N_CLASSES, Inputs, Labels
from novosky.models.trees.table import ALL_COLUMNS, Trees, TreeTable, largest_float32, pack


def fit(
    x: Inputs, y: Labels, settings: ForestConfig, seed: int, threads: int, device: str, weight: Floats | None
) -> tuple[Any, Trees, Floats]:
    """scikit-learn's model, its trees and their base (3,); a forest trains on the CPU whatever the device."""
    training_library("sklearn")
    from sklearn.ensemble import RandomForestClassifier

    rows = len(x) if weight is None else weight.sum()
    model = RandomForestClassifier(
        n_estimators=settings.trees,
        max_depth=settings.max_depth,
        min_samples_leaf=settings.min_samples_leaf,
        max_features=settings.max_features,
        max_samples=max(int(settings.max_samples * rows), 1),  # by weight, as scikit-learn would, without its warning
        random_state=seed,
        n_jobs=threads,
    ).fit(x, y, weight)
    return model, pack_forest([estimator.tree_ for estimator in model.estimators_]), np.zeros(N_CLASSES)


def pack_forest(trees: list[Any]) -> Trees:
    """The trees of scikit-learn's tree structures: `x <= threshold` in double precision goes left."""
    tables = [
        TreeTable(
            tree.children_left,
            tree.children_right,
            tree.feature,
            largest_float32(tree.threshold),
            tree.value[:, 0, :].astype(np.float64),
        )
        for tree in trees
    ]
    return pack(tables, np.full(len(trees), ALL_COLUMNS))
