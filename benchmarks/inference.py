"""The calibrated three-voter ensemble of 500 rounds each: compiled trees beside the libraries and ONNX Runtime."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.timing import best_seconds
from novosky.config.schema.learning import ForestConfig, LightgbmConfig, SignalStageConfig, XgboostConfig
from novosky.market.bars import Floats
from novosky.models.classes import Inputs, Labels
from novosky.models.inspection.onnx_export import voter_to_onnx
from novosky.models.inspection.onnx_run import run_onnx
from novosky.models.inspection.pickles import native_probabilities
from novosky.models.trees.calibration import Calibrator, calibrate, fit_calibrator
from novosky.models.trees.ensemble import build_ensemble, ensemble_rows
from novosky.models.trees.voters import VOTERS, Voter, fit_voter

ROWS, TRAINING_ROWS, FEATURES, SINGLE_ROWS = 35_000, 10_000, 59, 100
ROUNDS = 500
STAGE = SignalStageConfig(
    ForestConfig(True, ROUNDS, max_depth=12, min_samples_leaf=10, max_features=0.2, max_samples=0.8),
    XgboostConfig(True, ROUNDS, 0.05, max_depth=6, min_child_weight=1.0, subsample=0.8, colsample=0.8, l2=1.0),
    LightgbmConfig(True, ROUNDS, 0.05, leaves=31, min_leaf_rows=20, subsample=0.8, colsample=0.8, l2=1.0),
)
OURS = "compiled trees"

Predict = Callable[[Inputs], Floats]


def run() -> list[tuple[str, str]]:
    x, y = _rows()
    voters = [fit_voter(name, x[:TRAINING_ROWS], y[:TRAINING_ROWS], STAGE, 1, 2, "cpu") for name in VOTERS]
    curves = [fit_calibrator("sigmoid", voter.predict(x, 2), y) for voter in voters]
    lines = [
        (f"{ROWS:,} rows, {threads} thread(s), {which}", f"{_seconds(predict, x):.2f} s")
        for threads in (2, 1)
        for which, predict in _engines(voters, curves, threads).items()
    ]
    answers = {}
    for which, predict in _engines(voters, curves, 1).items():
        answers[which] = predict(x)
        rows = [x[i : i + 1] for i in range(SINGLE_ROWS)]
        alone = best_seconds(lambda: [predict(row) for row in rows], runs=3) / SINGLE_ROWS  # noqa: B023 -- called here
        lines.append((f"one row, {which}", f"{alone * 1e3:.3f} ms"))
    for which, answer in answers.items():
        apart = np.abs(answer - answers[OURS]).max(axis=(1, 2))
        if which != OURS:
            figures = ", ".join(f"{name} {figure:.0e}" for name, figure in zip(VOTERS, apart, strict=True))
            lines.append((f"largest difference of a probability, {which}", figures))
    return lines


def _seconds(predict: Predict, x: Inputs) -> float:
    predict(x[:1000])  # compilation, and the libraries' first steps
    return best_seconds(lambda: predict(x), runs=3)


def _engines(voters: Sequence[Voter], curves: Sequence[Calibrator], threads: int) -> dict[str, Predict]:
    """Engines by name, each from inputs (n, features) to calibrated probabilities (voters, n, 3)."""
    ensemble = build_ensemble(voters, curves)
    models = [_native(voter, threads) for voter in voters]

    def native(x: Inputs) -> Floats:
        return np.stack([calibrate(curve, model(x)) for model, curve in zip(models, curves, strict=True)])

    engines: dict[str, Predict] = {OURS: lambda x: ensemble_rows(ensemble, x, threads), "native libraries": native}
    if importlib.util.find_spec("onnxruntime"):
        both = zip(voters, curves, strict=True)
        graphs = [voter_to_onnx(voter.trees, voter.link, voter.base, curve, FEATURES) for voter, curve in both]
        sessions = [run_onnx(graph, threads) for graph in graphs]
        engines["ONNX Runtime"] = lambda x: np.stack([session(x) for session in sessions])
    return engines


def _native(voter: Voter, threads: int) -> Predict:
    """Raw probabilities (n, 3) by the voter's own library."""
    model: Any = voter.native
    if voter.name == "lightgbm":
        return lambda x: np.asarray(model.predict(x, num_threads=threads))
    model.set_params(n_jobs=threads) if voter.name == "forest" else model.set_param({"nthread": threads})
    return lambda x: native_probabilities(model, x)


def _rows() -> tuple[Inputs, Labels]:
    """Classes that follow products of features, which takes deep trees to learn."""
    random = np.random.Generator(np.random.PCG64(1))
    x = random.normal(size=(ROWS, FEATURES)).astype(np.float32)
    score = np.sign(x[:, 0] * x[:, 1]) + x[:, 2] * x[:, 3] + random.normal(size=ROWS)
    return x, np.where(score > 0.5, 2, np.where(score < -0.5, 0, 1)).astype(np.int8)
