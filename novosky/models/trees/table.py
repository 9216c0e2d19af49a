"""All trees of a model in one table of nodes: what training leaves and every prediction walks.

Siblings are neighbours and a leaf steps onto itself, so that a walk is a fixed number of the same step. Inputs are
float32, hence thresholds too: those of the libraries are rounded to the float32 that sends every input the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.errors import ModelCompatibilityError
from novosky.execution.compiled import compiled
from novosky.market.bars import Floats, Ints
from novosky.models.bundle.arrays import read_arrays, write_arrays

ALL_COLUMNS = -1


class Trees(NamedTuple):
    """A table of nodes; `x <= threshold` goes to `left`, else to `left + 1`; a leaf is its own left child."""

    root: Ints  # (trees,) first node
    depth: Ints  # (trees,) steps on the longest way down
    column: Ints  # (trees,) the output that the tree adds to; ALL_COLUMNS: its values hold every output
    left: NDArray[np.int32]  # (nodes,)
    feature: NDArray[np.int32]  # (nodes,) 0 in a leaf
    threshold: NDArray[np.float32]  # (nodes,) +inf in a leaf
    value: Floats  # (nodes, width) 0 but in a leaf; width 1, or the number of outputs


class TreeTable(NamedTuple):
    """One tree as a library numbers its nodes: `left` and `right` are -1 in a leaf, node 0 is the root."""

    left: Ints  # (nodes,)
    right: Ints  # (nodes,)
    feature: Ints  # (nodes,)
    threshold: NDArray[np.float32]  # (nodes,)
    value: Floats  # (nodes, width)


_TYPES = {"root": "int64", "depth": "int64", "column": "int64", "left": "int32", "feature": "int32"} | {
    "threshold": "float32",
    "value": "float64",
}


def pack(tables: Sequence[TreeTable], columns: Ints) -> Trees:
    """The table of all trees, each renumbered breadth first; `columns` (trees,)."""
    parts: list[tuple[NDArray[Any], ...]] = []
    root, depth = np.zeros(len(tables), np.int64), np.zeros(len(tables), np.int64)
    nodes = 0
    for i, table in enumerate(tables):
        order, new_left, depth[i] = _breadth_first(table.left.astype(np.int64), table.right.astype(np.int64))
        leaf = table.left[order] < 0
        root[i] = nodes
        parts.append(
            (
                (new_left + nodes).astype(np.int32),
                np.where(leaf, 0, table.feature[order]).astype(np.int32),
                np.where(leaf, np.float32(np.inf), table.threshold[order]),
                np.where(leaf[:, None], table.value[order], 0.0),
            )
        )
        nodes += len(order)
    left, feature, threshold, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Trees(root, depth, columns.astype(np.int64), left, feature, threshold, value)


@compiled
def _breadth_first(left: Ints, right: Ints) -> tuple[Ints, Ints, int]:
    """Reachable nodes in breadth-first order, the new number of each one's left child, and the tree's depth."""
    order = np.zeros(len(left), np.int64)
    level = np.zeros(len(left), np.int64)
    new_left = np.arange(len(left))
    known = 1
    i = 0
    while i < known:
        node = order[i]
        if left[node] >= 0:
            new_left[i] = known
            order[known], order[known + 1] = left[node], right[node]
            level[known] = level[known + 1] = level[i] + 1
            known += 2
        i += 1
    return order[:known], new_left[:known], level[known - 1]


def largest_float32(threshold: Floats) -> NDArray[np.float32]:
    """The largest float32 not above each threshold: for float32 inputs `x <= threshold` stays as it was."""
    with np.errstate(over="ignore"):
        nearest = threshold.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest > threshold, below, nearest)


def least_features(trees: Trees) -> int:
    """Columns that inputs must have at least."""
    return int(trees.feature.max(initial=0)) + 1


def write_trees(path: Path, trees: Trees, more: Mapping[str, NDArray[Any]]) -> None:
    """Write the trees and the model's other arrays into one `.npz`."""
    write_arrays(path, {**trees._asdict(), **more})


def read_trees(path: Path) -> tuple[Trees, dict[str, NDArray[Any]]]:
    """The trees and the other arrays of a file.

    Raises `ModelCompatibilityError` where a walk could leave the table: compiled code checks no bounds.
    """
    if not path.is_file():
        raise ModelCompatibilityError(f"expected the trees of a model in {path}, found no such file; train again")
    arrays = read_arrays(path)
    missing = [name for name in Trees._fields if name not in arrays]
    if missing:
        raise _damaged(path, f"found no array {missing[0]}")
    trees = Trees(*(arrays.pop(name) for name in Trees._fields))
    for name, array in trees._asdict().items():
        if array.dtype != _TYPES[name] or array.ndim != (2 if name == "value" else 1):
            raise _damaged(path, f"expected {name} of type {_TYPES[name]}, found {array.dtype}, shape {array.shape}")
    _check_nodes(trees, path)
    return trees, arrays


def _check_nodes(trees: Trees, path: Path) -> None:
    n_trees, n_nodes = len(trees.root), len(trees.left)
    if not len(trees.depth) == len(trees.column) == n_trees or not n_trees:
        raise _damaged(path, "root, depth and column differ in length or are empty")
    if not len(trees.feature) == len(trees.threshold) == len(trees.value) == n_nodes:
        raise _damaged(path, "left, feature, threshold and value differ in length")
    own = np.arange(n_nodes)
    leaf = (trees.left == own) & (trees.threshold == np.inf)
    inner = (trees.left > own) & (trees.left < n_nodes - 1)
    roots = (trees.root >= 0) & (trees.root < n_nodes)
    if not (leaf | inner).all() or not roots.all() or trees.feature.min() < 0:
        raise _damaged(path, "a node points outside the table")


def _damaged(path: Path, found: str) -> ModelCompatibilityError:
    return ModelCompatibilityError(f"{path}: expected a table of trees as training writes it: {found}; train again")
