"""Exported models give the probabilities of our own trees and calibration, and the same votes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import onnx
import pytest

from novosky.errors import ConfigError, ModelCompatibilityError, NovoskyError
from novosky.execution.codes import OPENED
from novosky.models.decision.vote import judge, learned_threshold, vote
from novosky.models.inspection.onnx_export import regressor_to_onnx, voter_to_onnx
from novosky.models.inspection.onnx_run import run_onnx
from novosky.models.inspection.pickles import native_probabilities
from novosky.models.trees.calibration import Calibrator, Isotonic, Sigmoid, calibrate, fit_calibrator
from novosky.models.trees.table import Trees
from novosky.models.trees.voters import VOTERS, Voter, fit_voter
from support.signal_rows import prediction, stage, training_rows
from support.small_trees import example_onnx, random_trees, slow_sums, table_tree

N_FEATURES = 6
NOTHING = np.zeros(3)


def rows_at_thresholds(trees: Trees, seed: int = 5) -> np.ndarray:
    """Random rows, then rows whose features lie on a threshold, or the nearest float32 above or below it."""
    random = np.random.Generator(np.random.PCG64(seed))
    splits = trees.threshold[np.isfinite(trees.threshold)]
    at = random.choice(splits, size=(200, N_FEATURES))
    up, down = np.nextafter(at, np.float32(np.inf)), np.nextafter(at, np.float32(-np.inf))
    return np.concatenate([random.normal(size=(200, N_FEATURES)).astype(np.float32), at, up, down])


def softmax(scores: np.ndarray) -> np.ndarray:
    power = np.exp(scores - scores.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(3))
def test_forest_and_booster_equal_the_slow_walk(seed: int) -> None:
    """Single leaves, rows on thresholds and both links; far below float32's rounding of the sums, 6e-8."""
    forest, booster = random_trees(40, N_FEATURES, 3, seed), random_trees(60, N_FEATURES, 1, seed)
    base = np.array([0.3, -0.2, 0.1])
    for trees, link, offset in ((forest, "mean", NOTHING), (booster, "softmax", base)):
        x = rows_at_thresholds(trees)
        sums = slow_sums(trees, x, 3) + offset
        expected = softmax(sums) if link == "softmax" else sums / 40
        found = run_onnx(voter_to_onnx(trees, link, offset, None, N_FEATURES))(x)
        np.testing.assert_allclose(found, expected, atol=1e-11, rtol=0)


def test_regressor_equals_the_slow_walk() -> None:
    trees = random_trees(50, N_FEATURES, 1, 7)._replace(column=np.zeros(50, dtype=np.int64))
    x = rows_at_thresholds(trees)
    found = run_onnx(regressor_to_onnx(trees, 0.7, N_FEATURES))(x)
    assert found.shape == (len(x),)
    np.testing.assert_allclose(found, slow_sums(trees, x, 1)[:, 0] + 0.7, atol=1e-11, rtol=0)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e6])
def test_sums_keep_their_precision_at_any_size(scale: float) -> None:
    trees = random_trees(200, N_FEATURES, 1, 3)._replace(column=np.zeros(200, dtype=np.int64))
    trees = trees._replace(value=trees.value * scale)
    x = rows_at_thresholds(trees)[:100]
    found = run_onnx(regressor_to_onnx(trees, 0.0, N_FEATURES))(x)
    np.testing.assert_allclose(found, slow_sums(trees, x, 1)[:, 0], atol=1e-11 * scale, rtol=0)


def table_answers(raw: np.ndarray, calibrator: Calibrator) -> np.ndarray:
    """Calibrated rows of a model whose raw probabilities are `raw`."""
    x = np.zeros((len(raw), N_FEATURES), dtype=np.float32)
    x[:, 0] = np.arange(len(raw))
    return run_onnx(voter_to_onnx(table_tree(raw), "mean", NOTHING, calibrator, N_FEATURES))(x)


def test_sigmoid_by_hand() -> None:
    """Slope 1 and no intercept change nothing; slope 1/2 takes the root of the odds; 0 counts as 1e-6, 1 likewise."""
    raw = np.array([[0.2, 0.3, 0.5], [0.0, 0.0, 1.0]])
    clipped = np.clip(raw, 1e-6, 1 - 1e-6)
    same = table_answers(raw, Sigmoid(np.ones(3), np.zeros(3)))
    np.testing.assert_allclose(same, clipped / clipped.sum(axis=1, keepdims=True), atol=1e-14, rtol=0)
    odds = np.sqrt(clipped / (1 - clipped)) * np.exp([0.0, 0.5, -0.5])
    rooted = odds / (1 + odds)
    found = table_answers(raw, Sigmoid(np.full(3, 0.5), np.array([0.0, 0.5, -0.5])))
    np.testing.assert_allclose(found, rooted / rooted.sum(axis=1, keepdims=True), atol=1e-14, rtol=0)


def test_isotonic_by_hand() -> None:
    """Below, on, between and above the knots; a curve of one knot is flat; a jump is taken on the right side."""
    jump = np.nextafter(0.5, 1.0)
    curves = Isotonic(
        (np.array([0.2, 0.5, jump, 0.9]), np.array([0.4]), np.array([0.1, 0.3])),
        (np.array([0.1, 0.2, 0.6, 0.8]), np.array([0.5]), np.array([0.2, 0.4])),
    )
    first = np.array([0.0, 0.2, 0.35, 0.5, 0.7, 0.9, 1.0])
    each = np.array([[0.1, 0.1, 0.15, 0.2, 0.7, 0.8, 0.8], [0.5] * 7, [0.4] * 7]).T
    raw = np.column_stack([first, np.linspace(0, 1, 7), np.full(7, 0.6)])
    np.testing.assert_allclose(table_answers(raw, curves), each / each.sum(axis=1, keepdims=True), atol=1e-14, rtol=0)


@pytest.mark.parametrize("seed", range(4))
def test_isotonic_equals_ours_with_any_number_of_knots(seed: int) -> None:
    random = np.random.Generator(np.random.PCG64(seed))
    knots = [int(n) for n in random.choice([1, 2, 3, 4, 5, 8, 9, 31, 64, 65], 3)]
    curves = Isotonic(
        tuple(np.sort(random.random(n)) for n in knots), tuple(np.sort(random.uniform(0.05, 0.95, n)) for n in knots)
    )
    raw = random.dirichlet(np.ones(3), 300)
    found = table_answers(raw, curves)
    curve = zip(curves.score, curves.probability, strict=True)
    steepest = max(float(np.max(np.diff(value) / np.diff(score), initial=1.0)) for score, value in curve)
    np.testing.assert_allclose(found, calibrate(curves, raw), atol=1e-13 * steepest, rtol=0)


@pytest.fixture(scope="module")
def voters() -> dict[str, Voter]:
    rows = training_rows(2000)
    return {name: fit_voter(name, rows.x, rows.y, stage(), 5, 1, "cpu") for name in VOTERS}


def calibrators_of(voters: dict[str, Voter], method: str) -> dict[str, Calibrator]:
    rows = training_rows(2000, seed=8)
    return {name: fit_calibrator(method, voter.predict(rows.x), rows.y) for name, voter in voters.items()}


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_trained_voters_agree_and_vote_alike_on_10_000_rows(voters: dict[str, Voter], method: str) -> None:
    """Probabilities within 1e-9, and with them side and verdict by every rule on every row.

    The libraries' own answers lie further off, as XGBoost adds up in float32.
    """
    x = training_rows(10_000, seed=9).x
    calibrators = calibrators_of(voters, method)
    ours, theirs = [], []
    for name, voter in voters.items():
        ours.append(calibrate(calibrators[name], voter.predict(x)))
        graph = voter_to_onnx(voter.trees, voter.link, voter.base, calibrators[name], x.shape[1])
        theirs.append(run_onnx(graph, threads=2)(x))
        np.testing.assert_allclose(theirs[-1], ours[-1], atol=1e-9, rtol=0)
        native = calibrate(calibrators[name], native_probabilities(voter.native, x))
        np.testing.assert_allclose(theirs[-1], native, atol=1e-5 if method == "sigmoid" else 1e-4, rtol=0)
    for settings in (prediction(), prediction(rule="original", vote="majority", confidence_threshold=0.7)):
        opinions = vote(np.stack(ours), settings), vote(np.stack(theirs), settings)
        threshold = learned_threshold(opinions[0], settings)
        one, other = (judge(opinion, settings, threshold) for opinion in opinions)
        assert 1000 < np.sum(one.verdict == OPENED) < 9000
        assert np.array_equal(one.side, other.side)
        assert np.array_equal(one.verdict, other.verdict)


def test_equal_models_are_equal_bytes_in_any_process() -> None:
    """The other process hashes strings otherwise; it also shows that only the export itself imports onnx."""
    code = (
        "import hashlib, sys; import novosky.models.inspection.onnx_export; assert 'onnx' not in sys.modules; "
        "from support.small_trees import example_onnx; print(hashlib.sha256(example_onnx()).hexdigest())"
    )
    environment = os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == hashlib.sha256(example_onnx()).hexdigest()


def test_the_file_is_valid_and_says_little() -> None:
    model = onnx.load_from_string(example_onnx())
    onnx.checker.check_model(model, full_check=True)
    assert (model.producer_name, model.producer_version, model.doc_string) == ("novosky", "", "")
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 17), ("ai.onnx.ml", 3)]
    assert [value.name for value in (*model.graph.input, *model.graph.output)] == ["x", "probabilities"]


def test_what_cannot_be_exported_or_run_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NovoskyError, match="found logit"):
        voter_to_onnx(random_trees(3, N_FEATURES, 1, 0), "logit", NOTHING, None, N_FEATURES)
    with pytest.raises(ModelCompatibilityError, match=r"onnxruntime .* can run"):
        run_onnx(b"not a model")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ConfigError, match="uv sync --extra train"):
        example_onnx()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ConfigError, match="uv sync --extra onnx"):
        run_onnx(b"")
