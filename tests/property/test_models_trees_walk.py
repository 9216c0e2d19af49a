"""Whatever the trees and however the rows are cut: a row's bits are its own."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.models.trees import walk as tree_walk
from novosky.models.trees.walk import add_row, add_rows, predict
from support.small_trees import random_trees


@settings(max_examples=60, deadline=None)
@given(
    n_trees=st.integers(1, 150),
    n=st.integers(0, 140),
    width=st.sampled_from([1, 3]),
    seed=st.integers(0, 10_000),
    data=st.data(),
)
def test_a_row_has_the_same_bits_alone_and_among_others(
    n_trees: int, n: int, width: int, seed: int, data: st.DataObject
) -> None:
    trees = random_trees(n_trees, 4, width, seed)
    x = np.random.Generator(np.random.PCG64(seed)).normal(size=(n, 4)).astype(np.float32)
    cut = data.draw(st.integers(0, n))
    whole, parts, alone = np.zeros((n, 3)), np.zeros((n, 3)), np.zeros((n, 3))
    add_rows(trees, x, whole, 0, n)
    add_rows(trees, x, parts, cut, n)
    add_rows(trees, x, parts, 0, cut)
    for i in range(n):
        add_row(trees, x[i], alone[i])
    assert np.array_equal(whole, parts)
    assert np.array_equal(whole, alone)


@settings(max_examples=10, deadline=None)
@given(n=st.integers(0, 3000), threads=st.integers(1, 5))
def test_threads_change_nothing(n: int, threads: int) -> None:
    assert tree_walk.PART_ROWS * 5 < 3000  # so that some examples do use all threads
    trees = random_trees(40, 4, 1, seed=2)
    x = np.random.Generator(np.random.PCG64(3)).normal(size=(n, 4)).astype(np.float32)
    one = predict(trees, np.zeros(3), "softmax", x, 1)
    assert np.array_equal(predict(trees, np.zeros(3), "softmax", x, threads), one)
