"""The three voters: their files, their equality with the library, and what they refuse."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from novosky.errors import ConfigError, DataError
from novosky.models.classes import require_all_classes
from novosky.models.forest import Forest, pack, walk
from novosky.models.libraries import training_device, training_library
from novosky.models.voters import VOTERS, derived_seed, enabled_voters, fit_voter, load_voter
from support.signal_rows import stage, training_rows


def sklearn_forest(depth: int | None) -> tuple[RandomForestClassifier, Forest]:
    rows = training_rows(600)
    model = RandomForestClassifier(20, max_depth=depth, random_state=3).fit(rows.x, rows.y)
    return model, pack([estimator.tree_ for estimator in model.estimators_])


@pytest.mark.parametrize("depth", [1, 6, None])
def test_forest_arrays_equal_scikit_learn(depth: int | None) -> None:
    model, forest = sklearn_forest(depth)
    x = training_rows(500, seed=9).x
    np.testing.assert_allclose(forest.predict(x), model.predict_proba(x), atol=1e-12, rtol=0)


def test_forest_on_its_own_thresholds_goes_the_same_way() -> None:
    """The nearest float32 below and above every threshold, where rounding would show."""
    model, forest = sklearn_forest(6)
    split = forest.threshold < np.inf
    x = np.zeros((2 * split.sum(), 6), dtype=np.float32)
    at = np.float32(forest.threshold[split])
    feature = np.tile(forest.feature[split], 2)
    x[np.arange(len(x)), feature] = np.concatenate([at, np.nextafter(at, np.float32(np.inf))])
    np.testing.assert_allclose(forest.predict(x), model.predict_proba(x), atol=1e-12, rtol=0)


def test_forest_walker_is_the_same_uncompiled() -> None:
    _, forest = sklearn_forest(4)
    x = training_rows(500, seed=9).x[:20]
    arrays = (forest.root, forest.depth, forest.left, forest.feature, forest.threshold, forest.value)
    assert np.array_equal(walk.py_func(x, *arrays), walk(x, *arrays))


@pytest.mark.parametrize("name", VOTERS)
def test_saved_voter_answers_with_the_same_bits(name: str, tmp_path: Path) -> None:
    rows = training_rows(800)
    voter = fit_voter(name, rows.x, rows.y, stage(), seed=5, threads=1, device="cpu")
    p = voter.predict(rows.x)
    assert p.shape == (800, 3)
    assert p.dtype == np.float64
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-6)
    voter.save(tmp_path)
    assert np.array_equal(load_voter(name, tmp_path, threads=2).predict(rows.x), p)


@pytest.mark.parametrize("name", VOTERS)
def test_files_depend_on_the_seed_and_not_on_the_threads(name: str, tmp_path: Path) -> None:
    rows = training_rows(800)
    written = []
    for seed, threads in ((5, 1), (5, 2), (6, 1)):
        folder = tmp_path / f"{seed}-{threads}"
        folder.mkdir()
        fit_voter(name, rows.x, rows.y, stage(), seed, threads, "cpu").save(folder)
        (file,) = folder.iterdir()
        written.append(file.read_bytes())
    assert written[0] == written[1]
    assert written[0] != written[2]


def test_a_missing_class_is_named_with_its_rows() -> None:
    with pytest.raises(DataError, match=r"BUY does not occur in the training rows before block 1 \(4 rows\)"):
        require_all_classes(np.array([0, 1, 1, 0], np.int8), "the training rows before block 1")


def test_a_missing_library_is_a_config_error_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)  # what Python itself keeps for a module that cannot be imported
    with pytest.raises(ConfigError, match="uv sync --extra train"):
        training_library("lightgbm")


def test_cuda_is_refused_where_there_is_none() -> None:
    if training_device("auto") == "cuda":
        assert training_device("cuda") == "cuda"
        return
    with pytest.raises(ConfigError, match=r"device=cuda .* device=cpu"):
        training_device("cuda")


def test_a_stage_without_voters_is_refused() -> None:
    assert enabled_voters(stage(forest=False)) == ("xgboost", "lightgbm")
    nobody = stage(forest=False, xgboost=False)
    nobody.lightgbm.enabled = False
    with pytest.raises(ConfigError, match="no voter"):
        enabled_voters(nobody)


def test_derived_seeds_differ_by_place() -> None:
    seeds = {derived_seed(7, block, voter) for block in range(20) for voter in range(3)}
    assert len(seeds) == 60
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert derived_seed(7, 1, 2) == derived_seed(7, 1, 2) != derived_seed(8, 1, 2)
