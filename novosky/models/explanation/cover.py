"""How much of the training rows passes each node: what path-dependent SHAP weighs the untaken branches by.

The packed trees do not carry it, and a forest keeps no native file at all. Walking the rows that a model learned from
down the very trees that decide gives it for every model alike.
"""

from __future__ import annotations

import numpy as np

from novosky.execution.compiled import compiled
from novosky.market.bars import Floats
from novosky.models.classes import Inputs
from novosky.models.trees.table import Trees, least_features
from novosky.models.trees.walk import checked_inputs

LEAST_LEAF = 1e-9
"""Share of a row that a leaf holds at least, so that no branch has an undefined share: subsampled trees may have leaves
that none of the given rows reaches."""


def node_cover(trees: Trees, x: Inputs, weight: Floats | None = None) -> Floats:
    """Sum of the weights (n,), ones where None, of the rows of `x` (n, features) that pass each node, (nodes,).

    A node's cover is that of its two children together, to the last bit.
    """
    x = checked_inputs(x, least_features(trees))
    counts = np.zeros(len(trees.left))
    _count_leaves(trees, x, np.ones(len(x)) if weight is None else np.require(weight, np.float64, ["C", "W"]), counts)
    leaf = trees.left == np.arange(len(trees.left))
    counts[leaf] = np.maximum(counts[leaf], LEAST_LEAF)
    _sum_up(trees, counts)
    return counts


@compiled
def _count_leaves(trees: Trees, x: Inputs, weight: Floats, counts: Floats) -> None:
    for tree in range(len(trees.root)):
        for row in range(len(x)):
            node = trees.root[tree]
            while trees.left[node] != node:
                node = trees.left[node] + (1 if x[row, trees.feature[node]] > trees.threshold[node] else 0)
            counts[node] += weight[row]


@compiled
def _sum_up(trees: Trees, counts: Floats) -> None:
    """Children stand behind their parents: from the last node to the first."""
    for node in range(len(trees.left) - 1, -1, -1):
        child = trees.left[node]
        if child != node:
            counts[node] = counts[child] + counts[child + 1]
