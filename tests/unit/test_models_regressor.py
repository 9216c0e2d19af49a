"""The later stages' regressor: LightGBM's own answers, from files and from inside a loop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from novosky.config.schema.learning import RegressorConfig
from novosky.errors import DataError
from novosky.models.trees.lightgbm_regressor import Regressor, fit_regressor, load_regressor, regress_row
from support.plain import plain

SETTINGS = RegressorConfig(
    rounds=20, learning_rate=0.2, leaves=15, min_leaf_rows=10, subsample=0.8, colsample=0.8, l2=1.0
)
RANDOM = np.random.Generator(np.random.PCG64(1))
X = RANDOM.normal(size=(700, 5)).astype(np.float32)
Y = 3.0 + X[:, 0] * X[:, 1] + RANDOM.normal(size=700)


def fitted(seed: int = 1, threads: int = 1, weight: np.ndarray | None = None) -> Regressor:
    return fit_regressor(X, Y, SETTINGS, seed, threads, weight)


def test_it_answers_as_lightgbm_and_learns() -> None:
    regressor = fitted()
    answer = regressor.predict(X)
    np.testing.assert_allclose(answer, regressor.native.predict(X), atol=1e-12, rtol=0)
    assert np.mean((answer - Y) ** 2) < 0.6 * np.var(Y)
    assert abs(answer.mean() - Y.mean()) < 0.05


def test_row_batch_and_file_have_the_same_bits(tmp_path: Path) -> None:
    regressor = fitted()
    answer = regressor.predict(X, threads=2)
    regressor.save(tmp_path, "best_stop")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["best_stop.npz", "best_stop.txt"]
    again = load_regressor(tmp_path, "best_stop")
    assert np.array_equal(again.predict(X), answer)
    assert [regress_row(again.trees, again.base, row) for row in X[:50]] == answer[:50].tolist()
    assert plain(regress_row)(again.trees, again.base, X[0]) == answer[0]


def test_files_depend_on_the_seed_and_not_on_the_threads(tmp_path: Path) -> None:
    for name, seed, threads in (("a", 1, 1), ("b", 1, 2), ("c", 2, 1)):
        fitted(seed, threads).save(tmp_path, name)
    for kind in ("txt", "npz"):
        a, b, c = ((tmp_path / f"{name}.{kind}").read_bytes() for name in "abc")
        assert a == b != c


def test_weights_move_the_answer_towards_the_heavy_rows() -> None:
    heavy = np.where(Y.mean() < Y, 5.0, 0.5)
    assert fitted(weight=heavy).predict(X).mean() > fitted().predict(X).mean() + 0.3
    np.testing.assert_allclose(fitted(weight=np.ones(700)).predict(X), fitted().predict(X), atol=1e-6)


def test_what_is_not_finite_is_refused() -> None:
    x = X[:3].copy()
    x[2, 4] = np.inf
    with pytest.raises(DataError, match="found inf in row 2, column 4"):
        fitted().predict(x)
