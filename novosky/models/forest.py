"""The random forest voter: trained by scikit-learn, kept as plain tree arrays, walked by our own code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.config.schema.learning import ForestConfig
from novosky.execution.compiled import compiled
from novosky.market.bars import Floats, Ints
from novosky.models.arrays import read_arrays, write_arrays
from novosky.models.classes import N_CLASSES, Inputs, Labels
from novosky.models.libraries import training_library

FILE = "forest.npz"


@dataclass(frozen=True, slots=True)
class Forest:
    """All trees in one table of nodes: the right child follows the left one, a leaf is its own left child.

    `root` (trees,) is the first node of each tree, `depth` (trees,) its number of splits on the longest way down;
    `left`, `feature` (nodes,) int32, `threshold` (nodes,) float64 (+inf in a leaf), `value` (nodes, 3) class shares.
    """

    root: Ints
    depth: Ints
    left: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: Floats
    value: Floats

    def predict(self, x: Inputs) -> Floats:
        """Class probabilities, shape (n, 3): the mean of the trees' leaf shares."""
        x = np.ascontiguousarray(x, dtype=np.float32)
        shares: Floats = walk(x, self.root, self.depth, self.left, self.feature, self.threshold, self.value)
        return shares

    def save(self, folder: Path) -> None:
        write_arrays(folder / FILE, {name: getattr(self, name) for name in self.__slots__})


def load(folder: Path, threads: int) -> Forest:
    return Forest(**read_arrays(folder / FILE))


def fit(x: Inputs, y: Labels, settings: ForestConfig, seed: int, threads: int, device: str) -> Forest:
    """Train on `x` (n, features) and class codes `y` (n,); a forest trains on the CPU whatever the device."""
    training_library("sklearn")
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(
        n_estimators=settings.trees,
        max_depth=settings.max_depth,
        min_samples_leaf=settings.min_samples_leaf,
        max_features=settings.max_features,
        max_samples=settings.max_samples,
        random_state=seed,
        n_jobs=threads,
    ).fit(x, y)
    return pack([estimator.tree_ for estimator in model.estimators_])


def pack(trees: list[Any]) -> Forest:
    """The forest of scikit-learn's tree structures."""
    sizes = [tree.node_count for tree in trees]
    root = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    parts = [_pack_tree(tree, first) for tree, first in zip(trees, root, strict=True)]
    left, feature, threshold, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    depth = np.array([tree.max_depth for tree in trees], dtype=np.int64)
    return Forest(root, depth, left, feature, threshold, value)


def _pack_tree(tree: Any, first: int) -> tuple[NDArray[Any], ...]:
    """One tree's nodes in breadth-first order, so that siblings are neighbours; `first` is its place in the table."""
    order = [0]
    child = np.zeros(tree.node_count, dtype=np.int64)
    for node in order:
        if tree.children_left[node] >= 0:
            child[node] = len(order)
            order += [tree.children_left[node], tree.children_right[node]]
    nodes = np.array(order)
    leaf = tree.children_left[nodes] < 0
    left = np.where(leaf, np.arange(len(nodes)), child[nodes]) + first
    feature = np.where(leaf, 0, tree.feature[nodes])
    threshold = np.where(leaf, np.inf, tree.threshold[nodes])
    return left.astype(np.int32), feature.astype(np.int32), threshold, tree.value[nodes, 0, :].astype(np.float64)


@compiled
def walk(
    x: Inputs,
    root: Ints,
    depth: Ints,
    left: NDArray[np.int32],
    feature: NDArray[np.int32],
    threshold: Floats,
    value: Floats,
) -> Floats:
    """Mean leaf value per row, shape (n, 3). A fixed number of steps per tree: a leaf steps onto itself."""
    n_rows, n_trees = x.shape[0], root.shape[0]
    out: Floats = np.zeros((n_rows, N_CLASSES))
    for row in range(n_rows):
        for tree in range(n_trees):
            node = root[tree]
            for _ in range(depth[tree]):
                node = left[node] + np.int64(x[row, feature[node]] > threshold[node])
            for k in range(N_CLASSES):
                out[row, k] += value[node, k]
    out /= n_trees
    return out
