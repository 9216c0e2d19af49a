"""The table of trees, its walkers against a slow reading, and a file that is not as training wrote it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from novosky.errors import DataError, ModelCompatibilityError
from novosky.models.bundle.arrays import read_arrays, write_arrays
from novosky.models.trees.table import Trees, TreeTable, largest_float32, pack, read_trees, write_trees
from novosky.models.trees.walk import LINKS, add_row, add_rows, predict, predict_row
from support.plain import plain
from support.small_trees import random_trees, slow_sums

LAST = 12345


def inputs(n: int, seed: int = 1) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).normal(size=(n, 5)).astype(np.float32)


def test_pack_renumbers_breadth_first() -> None:
    """x0 <= 1 -> 10, else x2 <= 5 -> 20, else 30; numbered as no walker wants it, and node 2 out of reach."""
    table = TreeTable(
        left=np.array([4, 3, -1, -1, -1, -1]),
        right=np.array([1, 5, -1, -1, -1, -1]),
        feature=np.array([0, 2, 9, 9, 9, 9]),
        threshold=np.array([1, 5, 7, 7, 7, 7], np.float32),
        value=np.array([[7.0], [7.0], [7.0], [20.0], [10.0], [30.0]]),
    )
    leaf = TreeTable(np.array([-1]), np.array([-1]), np.array([9]), np.zeros(1, np.float32), np.array([[3.0]]))
    trees = pack([table, leaf], np.array([0, 1]))
    assert trees.root.tolist() == [0, 5]
    assert trees.depth.tolist() == [2, 0]
    assert trees.left.tolist() == [1, 1, 3, 3, 4, 5]
    assert trees.feature.tolist() == [0, 0, 2, 0, 0, 0]
    assert trees.threshold.tolist() == [1, np.inf, 5, np.inf, np.inf, np.inf]
    assert trees.value[:, 0].tolist() == [0, 10, 0, 20, 30, 3]
    x = np.array([[1, 0, 9], [1.5, 0, 5], [1.5, 0, 5.5]], np.float32)
    assert predict(trees, np.zeros(2), "identity", x, 1).tolist() == [[10, 3], [20, 3], [30, 3]]


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("n", [1, 7, 8, 63, 64, 65, 71, 72, 200])
def test_walkers_equal_the_slow_reading(width: int, n: int) -> None:
    trees = random_trees(70, 5, width, seed=n)
    x = inputs(n)
    expected = slow_sums(trees, x, 3)
    rows = np.zeros((n, 3))
    add_rows(trees, x, rows, 0, n)
    alone = np.zeros((n, 3))
    for i in range(n):
        add_row(trees, x[i], alone[i])
    assert np.array_equal(rows, expected)
    assert np.array_equal(alone, expected)


def test_walkers_are_the_same_uncompiled() -> None:
    trees, x = random_trees(20, 5, 1, seed=3), inputs(9)
    compiled, interpreted = np.zeros((9, 3)), np.zeros((9, 3))
    add_rows(trees, x, compiled, 0, 9)
    plain(add_rows)(trees, x, interpreted, 0, 9)
    assert np.array_equal(compiled, interpreted)
    for row in range(9):
        plain(predict_row)(trees, np.zeros(3), LINKS["softmax"], x[row], interpreted[row])
    np.testing.assert_allclose(interpreted, predict(trees, np.zeros(3), "softmax", x, 1), rtol=0, atol=1e-15)


def test_links() -> None:
    trees, x = random_trees(12, 5, 1, seed=4), inputs(30)
    base = np.array([0.5, -1.0, 800.0])  # exp(800) alone would overflow
    scores = base + slow_sums(trees, x, 3)
    np.testing.assert_allclose(predict(trees, base, "mean", x, 1), scores / 12, rtol=1e-15)
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(predict(trees, base, "softmax", x, 1), shares, atol=1e-15, rtol=0)


def test_inputs_that_have_no_side_are_refused() -> None:
    trees, x = random_trees(12, 5, 1, seed=4), inputs(4)
    for bad in (np.nan, np.inf, -np.inf):
        x[2, 1] = bad
        with pytest.raises(DataError, match=r"finite inputs, found -?(nan|inf) in row 2, column 1"):
            predict(trees, np.zeros(3), "softmax", x, 1)
    with pytest.raises(ModelCompatibilityError, match=r"at least 5 features, found \(4, 4\)"):
        predict(trees, np.zeros(3), "softmax", inputs(4)[:, :4], 1)


def test_inputs_of_any_layout_give_the_same_bits() -> None:
    trees, x = random_trees(12, 5, 1, seed=4), inputs(70)
    expected = predict(trees, np.zeros(3), "softmax", x, 1)
    frozen = x.copy()
    frozen.flags.writeable = False
    for same in (np.asfortranarray(x), x.astype(np.float64), frozen):
        assert np.array_equal(predict(trees, np.zeros(3), "softmax", same, 1), expected)


def test_largest_float32() -> None:
    one = np.float32(1.0)
    below = np.nextafter(one, np.float32(0))
    double = np.array([1.0, 1.0 + 1e-12, 1.0 - 1e-12, 0.0, 1e-60, -1e-60, 1e300, -1e300])
    least = np.float32(1e-45)
    expected = [one, one, below, 0.0, 0.0, -least, np.finfo(np.float32).max, -np.inf]
    assert largest_float32(double).tolist() == [float(value) for value in expected]


def test_a_file_gives_back_the_bits(tmp_path: Path) -> None:
    trees = random_trees(12, 5, 3, seed=5)
    write_trees(tmp_path / "a.npz", trees, {"base": np.array([1.0, 2.0, 3.0])})
    write_trees(tmp_path / "b.npz", trees, {"base": np.array([1.0, 2.0, 3.0])})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    again, more = read_trees(tmp_path / "a.npz")
    assert more["base"].tolist() == [1, 2, 3]
    for name, array in again._asdict().items():
        assert array.dtype == getattr(trees, name).dtype
        assert np.array_equal(array, getattr(trees, name))


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("left", 3, 10_000_000),
        ("left", 3, -5),
        ("left", 3, LAST),  # its right child would be the node after the last
        ("root", 1, -1),
        ("root", 1, 10_000_000),
        ("feature", 3, -1),
        ("threshold", -1, 0.0),  # a leaf that sends large inputs past the table's end
    ],
)
def test_a_node_that_points_outside_is_refused(name: str, place: int, value: float, tmp_path: Path) -> None:
    trees = random_trees(12, 5, 1, seed=6)
    getattr(trees, name)[place] = len(trees.left) - 1 if value == LAST else value
    write_trees(tmp_path / "voter.npz", trees, {})
    with pytest.raises(ModelCompatibilityError, match=r"voter\.npz: .* points outside the table; train again"):
        read_trees(tmp_path / "voter.npz")


def test_arrays_of_other_types_are_refused(tmp_path: Path) -> None:
    trees = random_trees(12, 5, 1, seed=6)
    file = tmp_path / "voter.npz"
    with pytest.raises(ModelCompatibilityError, match=r"voter\.npz, found no such file"):
        read_trees(file)
    write_trees(file, trees._replace(threshold=trees.threshold.astype(np.float64)), {})
    with pytest.raises(ModelCompatibilityError, match="threshold of type float32, found float64"):
        read_trees(file)
    write_trees(file, Trees(*(array[:-1] if i == 4 else array for i, array in enumerate(trees))), {})
    with pytest.raises(ModelCompatibilityError, match="differ in length"):
        read_trees(file)
    write_trees(file, trees, {})
    arrays = read_arrays(file)
    del arrays["depth"]
    write_arrays(file, arrays)
    with pytest.raises(ModelCompatibilityError, match="no array depth"):
        read_trees(file)
