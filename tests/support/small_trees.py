"""Tables of trees made without a training library, and the plainest way to read them."""

from __future__ import annotations

import numpy as np

from novosky.models.inspection.onnx_export import voter_to_onnx
from novosky.models.trees.calibration import Isotonic
from novosky.models.trees.table import Trees


def random_trees(n_trees: int, n_features: int, width: int, seed: int, most_leaves: int = 12) -> Trees:
    """Trees of random shape, the first a single leaf; leaf values are shares for `width` 3, steps for `width` 1."""
    random = np.random.Generator(np.random.PCG64(seed))
    trees = [
        _grow(random, n_features, 1 if t == 0 else int(random.integers(2, most_leaves + 1))) for t in range(n_trees)
    ]
    sizes = [len(left) for left, _, _, _ in trees]
    root = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    left = np.concatenate([part[0] + first for part, first in zip(trees, root, strict=True)]).astype(np.int32)
    value = random.normal(scale=0.3, size=(len(left), width))
    if width > 1:
        value = np.abs(value) / np.abs(value).sum(axis=1, keepdims=True)
    return Trees(
        root=root,
        depth=np.array([depth for _, _, _, depth in trees], dtype=np.int64),
        column=np.full(n_trees, -1) if width > 1 else np.arange(n_trees) % 3,
        left=left,
        feature=np.concatenate([part[1] for part in trees]).astype(np.int32),
        threshold=np.concatenate([part[2] for part in trees]).astype(np.float32),
        value=value,
    )


def _grow(random: np.random.Generator, n_features: int, leaves: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    left, feature, threshold, level = [0], [0], [np.inf], [0]
    open_leaves = [0]
    for _ in range(leaves - 1):
        node = open_leaves.pop(int(random.integers(len(open_leaves))))
        left[node], feature[node], threshold[node] = len(left), int(random.integers(n_features)), random.normal()
        for child in (len(left), len(left) + 1):
            left.append(child)
            feature.append(0)
            threshold.append(np.inf)
            level.append(level[node] + 1)
            open_leaves.append(child)
    return np.array(left), np.array(feature), np.array(threshold), max(level)


def table_tree(rows: np.ndarray) -> Trees:
    """One tree that answers `rows[i]` where feature 0 is i: a chain of splits."""
    n, n_nodes = len(rows), 2 * len(rows) - 1
    split = np.arange(0, n_nodes - 1, 2)
    left, threshold = np.arange(n_nodes), np.full(n_nodes, np.inf)
    left[split], threshold[split] = split + 1, np.arange(n - 1)
    # split 2i has the leaf 2i + 1 on its left and the next split, or the last leaf, on its right
    value = np.zeros((n_nodes, rows.shape[1]))
    value[split + 1], value[n_nodes - 1] = rows[:-1], rows[-1]
    return Trees(
        root=np.array([0]),
        depth=np.array([n - 1]),
        column=np.array([-1]),
        left=left.astype(np.int32),
        feature=np.zeros(n_nodes, dtype=np.int32),
        threshold=threshold.astype(np.float32),
        value=value,
    )


def slow_sums(trees: Trees, x: np.ndarray, n_outputs: int) -> np.ndarray:
    """Sum of leaf values (n, n_outputs), one row and one tree after the other."""
    out = np.zeros((len(x), n_outputs))
    for i, row in enumerate(x):
        for root, column in zip(trees.root, trees.column, strict=True):
            node = root
            while trees.left[node] != node:
                node = trees.left[node] + (1 if row[trees.feature[node]] > trees.threshold[node] else 0)
            if column < 0:
                out[i] += trees.value[node]
            else:
                out[i, column] += trees.value[node, 0]
    return out


def example_onnx() -> bytes:
    """A booster of six features with a curve of nine knots, the same in every process."""
    curve = np.sort(np.random.Generator(np.random.PCG64(2)).random(9))
    calibrator = Isotonic((curve,) * 3, (curve,) * 3)
    return voter_to_onnx(random_trees(20, 6, 1, 1), "softmax", np.zeros(3), calibrator, 6)
