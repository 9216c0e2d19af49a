"""Walking the trees: many rows down one tree, or one row down many trees, in step with one another.

A single walk waits for memory at every node; walks in lockstep wait together. Both ways add the leaf values of a row
tree by tree in the same order, so that a row alone and a row among others have the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from novosky.errors import DataError, ModelCompatibilityError
from novosky.execution.compiled import compiled
from novosky.market.bars import Floats
from novosky.models.classes import Inputs
from novosky.models.trees.table import Trees, least_features

LOCKSTEP = 64  # walks side by side
FEW_ROWS = 8  # so few rows go faster one by one
PART_ROWS = 512  # least work for a thread of its own

IDENTITY, MEAN, SOFTMAX = 0, 1, 2
LINKS = {"identity": IDENTITY, "mean": MEAN, "softmax": SOFTMAX}


@compiled
def _child(trees: Trees, node: np.uint64, x: Inputs, first: int) -> np.uint64:
    """Where the row whose inputs begin at `x[first]` goes from `node`; unsigned, since signed indices cost a test."""
    at = x[np.uint64(first) + np.uint64(np.uint32(trees.feature[node]))]
    return np.uint64(np.uint32(trees.left[node])) + np.uint64(at > trees.threshold[node])


@compiled
def _add_leaf(trees: Trees, tree: int, node: int, out: Floats) -> None:
    column = trees.column[tree]
    if column >= 0:
        out[column] += trees.value[node, 0]
    else:
        for k in range(trees.value.shape[1]):
            out[k] += trees.value[node, k]


@compiled
def add_row(trees: Trees, x: Inputs, out: Floats) -> None:
    """Add the leaf values of the row `x` (features,) to `out` (outputs,)."""
    n_trees = len(trees.root)
    node = np.empty(LOCKSTEP, np.uint64)
    for start in range(0, n_trees, LOCKSTEP):
        size = min(LOCKSTEP, n_trees - start)
        steps = 0
        for j in range(size):
            node[j] = trees.root[start + j]
            steps = max(steps, trees.depth[start + j])
        for _ in range(steps):
            for j in range(size):
                node[j] = _child(trees, node[j], x, 0)
        for j in range(size):
            _add_leaf(trees, start + j, node[j], out)


@compiled
def add_rows(trees: Trees, x: Inputs, out: Floats, start: int, stop: int) -> None:
    """Add the leaf values of rows `start <= row < stop` of `x` (n, features) to `out` (n, outputs)."""
    n_features = x.shape[1]
    flat = x.reshape(-1)
    node = np.empty(LOCKSTEP, np.uint64)
    for first in range(start, stop, LOCKSTEP):
        size = min(LOCKSTEP, stop - first)
        if size < FEW_ROWS:
            for row in range(first, stop):
                add_row(trees, x[row], out[row])
            return
        for tree in range(len(trees.root)):
            node[:] = trees.root[tree]
            for _ in range(trees.depth[tree]):
                for j in range(size):
                    node[j] = _child(trees, node[j], flat, (first + j) * n_features)
            for j in range(size):
                _add_leaf(trees, tree, node[j], out[first + j])


@compiled
def link_row(link: int, n_trees: int, row: Floats) -> None:
    """Sums of leaf values (outputs,) become the model's answer, in place."""
    if link == MEAN:
        row /= n_trees
    elif link == SOFTMAX:
        top = row[0]
        for k in range(1, len(row)):
            top = max(top, row[k])
        total = 0.0
        for k in range(len(row)):
            row[k] = np.exp(row[k] - top)
            total += row[k]
        row /= total


@compiled
def predict_row(trees: Trees, base: Floats, link: int, x: Inputs, out: Floats) -> None:
    """The answer for the row `x` (features,) into `out` (outputs,): link(base + sum of leaf values)."""
    out[:] = base
    add_row(trees, x, out)
    link_row(link, len(trees.root), out)


@compiled
def predict_rows(trees: Trees, base: Floats, link: int, x: Inputs, out: Floats, start: int, stop: int) -> None:
    """`predict_row` for rows `start <= row < stop` of `x` (n, features) into `out` (n, outputs)."""
    out[start:stop] = base
    add_rows(trees, x, out, start, stop)
    for row in range(start, stop):
        link_row(link, len(trees.root), out[row])


def predict(trees: Trees, base: Floats, link: str, x: Inputs, threads: int) -> Floats:
    """Answers (n, outputs) for the rows of `x` (n, features); `base` (outputs,)."""
    x = checked_inputs(x, least_features(trees))
    out: Floats = np.empty((len(x), len(base)))
    in_parts(lambda start, stop: predict_rows(trees, base, LINKS[link], x, out, start, stop), len(x), threads)
    return out


def checked_inputs(x: Inputs, n_features: int) -> Inputs:
    """`x` as the walkers want it: float32, row after row, at least `n_features` columns, finite.

    A missing value has no side of a threshold: raises `DataError`.
    """
    x = np.require(x, np.float32, ["C", "W"])
    if x.ndim != 2 or x.shape[1] < n_features:
        raise ModelCompatibilityError(
            f"trees: expected inputs of shape (n, features) with at least {n_features} features, found {x.shape}; "
            "give the features that the model was trained with, or train again"
        )
    if not np.isfinite(x).all():
        row, column = np.argwhere(~np.isfinite(x))[0]
        raise DataError(f"trees: expected finite inputs, found {x[row, column]} in row {row}, column {column}")
    return x


def in_parts(work: Callable[[int, int], object], n_rows: int, threads: int) -> None:
    """Call `work(start, stop)` for parts of the rows, one part a thread; rows know nothing of one another."""
    parts = max(1, min(threads, n_rows // PART_ROWS))
    edges = [n_rows * part // parts for part in range(parts + 1)]
    if parts == 1:
        work(0, n_rows)
        return
    with ThreadPoolExecutor(parts) as pool:
        list(pool.map(work, edges[:-1], edges[1:]))
