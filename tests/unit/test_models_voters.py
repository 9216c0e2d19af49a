"""The three voters: their files, their equality with the library, and what they refuse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from novosky.errors import ConfigError, DataError
from novosky.models.bundle.libraries import training_device, training_library
from novosky.models.classes import BUY, require_all_classes
from novosky.models.inspection.pickles import native_probabilities
from novosky.models.trees.voters import VOTERS, derived_seed, enabled_voters, fit_voter, load_voter
from support.signal_rows import stage, training_rows


@pytest.mark.parametrize("name", VOTERS)
def test_saved_voter_answers_with_the_same_bits(name: str, tmp_path: Path) -> None:
    rows = training_rows(800)
    voter = fit_voter(name, rows.x, rows.y, stage(), seed=5, threads=1, device="cpu")
    p = voter.predict(rows.x)
    assert p.shape == (800, 3)
    assert p.dtype == np.float64
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-12)
    voter.save(tmp_path)
    again = load_voter(name, tmp_path)
    assert np.array_equal(again.predict(rows.x, threads=2), p)
    again.save(tmp_path)
    assert np.array_equal(load_voter(name, tmp_path).predict(rows.x[:1]), p[:1])


@pytest.mark.parametrize("name", VOTERS)
def test_a_voter_answers_as_its_library(name: str) -> None:
    rows = training_rows(800)
    voter = fit_voter(name, rows.x, rows.y, stage(), seed=5, threads=1, device="cpu")
    tolerance = 2e-6 if name == "xgboost" else 1e-12  # XGBoost adds up in float32
    np.testing.assert_allclose(voter.predict(rows.x), native_probabilities(voter.native, rows.x), atol=tolerance)


FILES = {
    "forest": ["forest.npz"],
    "xgboost": ["xgboost.json", "xgboost.npz"],
    "lightgbm": ["lightgbm.npz", "lightgbm.txt"],
}


@pytest.mark.parametrize("name", VOTERS)
def test_files_depend_on_the_seed_and_not_on_the_threads(name: str, tmp_path: Path) -> None:
    rows = training_rows(800)
    written = []
    for seed, threads in ((5, 1), (5, 2), (6, 1)):
        folder = tmp_path / f"{seed}-{threads}"
        folder.mkdir()
        fit_voter(name, rows.x, rows.y, stage(), seed, threads, "cpu").save(folder)
        assert sorted(file.name for file in folder.iterdir()) == FILES[name]
        written.append([(folder / file).read_bytes() for file in FILES[name]])
    assert written[0] == written[1]
    assert all(one != other for one, other in zip(written[0], written[2], strict=True))


@pytest.mark.parametrize("name", VOTERS)
def test_weights_move_a_voter_towards_the_heavy_rows(name: str) -> None:
    rows = training_rows(800)
    heavy = np.where(rows.y == BUY, 5.0, 0.5)
    plain, weighted = (fit_voter(name, rows.x, rows.y, stage(), 5, 1, "cpu", weight) for weight in (None, heavy))
    gain = weighted.predict(rows.x)[:, BUY] - plain.predict(rows.x)[:, BUY]
    assert gain.mean() > 0.1


@pytest.mark.parametrize("name", ["xgboost", "lightgbm"])
def test_equal_weights_are_no_weights(name: str) -> None:
    """Not for a forest: scikit-learn draws weighted rows with other random numbers."""
    rows = training_rows(800)
    plain, weighted = (fit_voter(name, rows.x, rows.y, stage(), 5, 1, "cpu", w) for w in (None, np.ones(800)))
    np.testing.assert_allclose(weighted.predict(rows.x), plain.predict(rows.x), atol=1e-6)


@pytest.mark.parametrize("name", VOTERS)
def test_the_unit_of_weights_does_not_matter(name: str) -> None:
    """scikit-learn sizes its samples by the sum of the weights, the boosters weigh penalties against it."""
    rows = training_rows(800)
    weight = 0.1 + np.arange(800) % 7
    one, other = (fit_voter(name, rows.x, rows.y, stage(), 5, 1, "cpu", w) for w in (weight, weight * 64.0))
    assert np.array_equal(one.predict(rows.x), other.predict(rows.x))


ASK = """
import subprocess
import sys
from pathlib import Path
import numpy as np
from novosky.models.trees.voters import VOTERS, load_voter
folder = Path(sys.argv[1])
x = np.load(folder / "x.npy")
np.save(folder / "answers.npy", np.stack([load_voter(name, folder).predict(x) for name in VOTERS]))
print([name for name in ("lightgbm", "xgboost", "sklearn", "onnx", "onnxruntime") if name in sys.modules])
"""


def test_a_trader_needs_no_training_library(tmp_path: Path) -> None:
    """In a process of its own: loading and predicting import none, and give the bits of training."""
    rows = training_rows(800)
    voters = [fit_voter(name, rows.x, rows.y, stage(), 5, 1, "cpu") for name in VOTERS]
    for voter in voters:
        voter.save(tmp_path)
    np.save(tmp_path / "x.npy", rows.x)
    done = subprocess.run([sys.executable, "-c", ASK, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    answers = np.load(tmp_path / "answers.npy")
    assert np.array_equal(answers, np.stack([voter.predict(rows.x) for voter in voters]))


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
