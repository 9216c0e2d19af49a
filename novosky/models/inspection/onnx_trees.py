"""Our table of trees as TreeEnsembleRegressor; the newer TreeEnsemble has one value a leaf, where a forest needs three.

The operator adds leaf values up in double and answers in float32, which costs 6e-8 of the sum. So each leaf value is
cut in two: a part on a grid so coarse that its sum is exact in float32, and the rest, whose sum is so small that
float32 does it no harm. Together they give the sum to about 1e-11 of its size.
"""

from __future__ import annotations

import math

import numpy as np

from novosky.market.bars import Floats, Ints
from novosky.models.inspection.onnx_graph import ML, Graph
from novosky.models.trees.table import Trees

_FLOAT32_BITS = 24


def leaf_sums(graph: Graph, trees: Trees, n_outputs: int) -> str:
    """Sum of the leaf values of each row of `x`, double (n, n_outputs)."""
    node = np.arange(len(trees.left))
    tree = np.searchsorted(trees.root, node, side="right") - 1  # a tree's nodes follow its root
    place = node - trees.root[tree]
    is_leaf = trees.left == node
    left = np.where(is_leaf, 0, trees.left - trees.root[tree])
    leaf = np.flatnonzero(is_leaf)
    votes = 2 * trees.value.shape[1]
    both = graph.add(
        "TreeEnsembleRegressor",
        graph.double("x"),
        domain=ML,
        n_targets=2 * n_outputs,
        nodes_treeids=tree,
        nodes_nodeids=place,
        nodes_modes=np.where(is_leaf, "LEAF", "BRANCH_LEQ").tolist(),
        nodes_featureids=trees.feature,
        nodes_values_as_tensor=graph.tensor(np.where(is_leaf, 0.0, trees.threshold).astype(np.float64), "thresholds"),
        nodes_truenodeids=left,
        nodes_falsenodeids=np.where(is_leaf, 0, left + 1),
        target_treeids=np.repeat(tree[leaf], votes),
        target_nodeids=np.repeat(place[leaf], votes),
        target_ids=_targets(trees, tree[leaf], n_outputs).ravel(),
        target_weights_as_tensor=graph.tensor(_halves(trees, leaf).ravel(), "leaf_values"),
    )
    wide = graph.double(both)
    coarse, rest = (
        graph.add("Gather", wide, graph.constant(columns, np.int64), axis=1)
        for columns in (np.arange(n_outputs), np.arange(n_outputs, 2 * n_outputs))
    )
    return graph.add("Add", coarse, rest)


def _targets(trees: Trees, tree_of_leaf: Ints, n_outputs: int) -> Ints:
    """Which sum each of a leaf's values goes to, (leaves, 2 * width): first the coarse parts', then the rests'."""
    width = trees.value.shape[1]
    first = np.maximum(trees.column[tree_of_leaf], 0)[:, None] + np.arange(width)
    return np.concatenate([first, first + n_outputs], axis=1)


def _halves(trees: Trees, leaf: np.ndarray) -> Floats:
    """Coarse parts and rests of the leaf values, (leaves, 2 * width).

    No sum exceeds the sum of the trees' largest values; it and all on the way to it are whole multiples of the grid,
    fewer than 2**24, which float32 holds exactly.
    """
    value = trees.value[leaf]
    tree = np.searchsorted(trees.root, leaf, side="right") - 1
    largest = np.zeros(len(trees.root))
    np.maximum.at(largest, tree, np.abs(value).max(axis=1))
    bound = max(float(largest.sum()), float(np.finfo(np.float32).tiny))
    grid = math.ldexp(1.0, math.frexp(bound)[1] + 1 - _FLOAT32_BITS)
    coarse = np.round(value / grid) * grid
    return np.concatenate([coarse, value - coarse], axis=1)
