"""`mode=analyze` on the small trained set: whole, repeatable, and it changes nothing."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from novosky.backtest.fold_models import position_folds, signal_folds
from novosky.backtest.learned_rows import learned_rows
from novosky.backtest.prepare import Prepared, prepare
from novosky.config.schema import Config
from novosky.errors import ModelCompatibilityError
from novosky.features.protected import PROTECTED
from novosky.models.bundle.bundle import Bundle, enabled_stages, load_bundle
from novosky.models.explanation.droppable import droppable
from novosky.models.forward.training_rows import TrainingRows
from support.small_job import Workspace

pytest.importorskip("shap")

FEW = ("analyze.rows=1000", "analyze.folds=3", "analyze.fold_rows=60", "analyze.permutation_rows=300")
QUICK = (*FEW, "analyze.permutation_repeats=1", "analyze.redundancy_rows=500", "analyze.picture_rows=40")


def quiet(text: str, share: float) -> None:
    """No progress."""


def analysed(job: Workspace, *more: str) -> tuple[dict[str, Any], dict[str, Any]]:
    result = job.run("mode=analyze", *QUICK, *more)
    return result, json.loads((result["folder"] / "analysis.json").read_text())


@pytest.fixture(scope="module")
def found(small_job: Workspace) -> tuple[dict[str, Any], dict[str, Any]]:
    return analysed(small_job)


@pytest.fixture(scope="module")
def ground(small_job: Workspace) -> tuple[Config, Prepared, Bundle]:
    config = small_job.compose(*small_job.overrides("mode=analyze"))
    prepared = prepare(config)
    features = prepared.features.names
    manifest = json.loads((small_job.train / "signal" / "manifest.json").read_text())
    bundle = load_bundle(small_job.train, enabled_stages(config.stage), features, manifest["features"]["hash"])
    return config, prepared, bundle


def test_every_stage_adds_up_on_a_thousand_rows(found: tuple[dict[str, Any], dict[str, Any]]) -> None:
    _, summary = found
    assert list(summary["stages"]) == ["position", "risk", "signal", "sltp"]
    for name, stage in summary["stages"].items():
        assert stage["rows"] == 1000 or name == "risk"  # which has fewer trades
        for model in stage["models"].values():
            assert model["largest_error"] < 1e-4
        shares = [one["share"] for one in stage["features"].values()]
        assert sum(shares) == pytest.approx(1.0)
        assert sorted(one["rank"] for one in stage["features"].values()) == list(range(1, len(shares) + 1))


def test_every_class_and_voter_has_a_table(found: tuple[dict[str, Any], dict[str, Any]]) -> None:
    signal = found[1]["stages"]["signal"]
    assert set(signal["outputs"]) == {"SELL", "HOLD", "BUY"}
    for block in signal["outputs"].values():
        assert set(block["models"]) == {"forest", "xgboost", "lightgbm"}
        for one in (*block["models"].values(), block["over_models"]):
            assert one["folds"] == 3
            assert -1.0 <= one["fold_rank_correlation"] <= 1.0
            assert set(one["features"]) == set(found[1]["features"])
    assert set(found[1]["stages"]["sltp"]["outputs"]) == {"stop_atr", "target_atr"}
    assert {"bars_held_norm", "pnl_pct"} <= set(found[1]["stages"]["position"]["features"])


def test_signal_folds_are_those_of_training(ground: tuple[Config, Prepared, Bundle]) -> None:
    """Trained again they answer as the kept out-of-fold predictions say, on rows that lie behind all they saw."""
    config, prepared, bundle = ground
    rows = learned_rows(config, prepared, bundle, "signal")
    assert isinstance(rows, TrainingRows)
    folds = signal_folds(config, bundle.signal, rows, 2, quiet)
    assert [fold.block for fold in folds] == [10, 11]
    for fold in folds:
        assert fold.difference == 0.0
        assert rows.label_end[fold.learned].max() + config.windows.embargo_bars < rows.bar[fold.judged].min()


def test_fold_loss_is_that_of_the_vote_out_of_fold(ground: tuple[Config, Prepared, Bundle]) -> None:
    config, prepared, bundle = ground
    rows = learned_rows(config, prepared, bundle, "position")
    assert isinstance(rows, TrainingRows)
    assert rows.weight is not None
    assert bundle.position is not None
    fold = position_folds(config, bundle, rows, 1)[0]
    places = np.flatnonzero(fold.judged)[:50]
    oof = bundle.position.out_of_fold
    vote = oof.calibrated[oof.kept[fold.block]][:, places].mean(axis=0)
    expected = -np.log(vote[np.arange(50), rows.y[places]]) * rows.weight[places]
    assert fold.loss(rows.x[places], places) == pytest.approx(expected, abs=1e-12)


def test_another_stage_setting_than_in_training_is_told(small_job: Workspace) -> None:
    result, _ = analysed(small_job, "stage.signal.lightgbm.rounds=9", "report.html=false")
    assert any("trained again, answer otherwise" in warning for warning in result["warnings"])


def test_other_rows_than_in_training_are_refused(small_job: Workspace) -> None:
    with pytest.raises(ModelCompatibilityError, match=r"position model: learned from .* rows, but these settings give"):
        analysed(small_job, "stage.trades.confidence_quantile=0.5", "report.html=false")


def test_other_labels_than_in_training_are_refused(small_job: Workspace) -> None:
    with pytest.raises(ModelCompatibilityError):
        analysed(small_job, "labels.horizon_bars=8", "report.html=false")


def test_twice_the_same_to_the_byte_and_nothing_else_changes(
    small_job: Workspace, found: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    files, looks = small_job.files(), small_job.looks.read_bytes()
    again, _ = analysed(small_job)
    for name in ("analysis.json", "report.html"):
        assert (again["folder"] / name).read_bytes() == (found[0]["folder"] / name).read_bytes()
    assert small_job.files() == files
    assert small_job.looks.read_bytes() == looks


def test_without_folds_there_is_no_stability_and_no_unseen_row(small_job: Workspace) -> None:
    _, summary = analysed(small_job, "analyze.folds=0")
    for stage in summary["stages"].values():
        assert stage["permutation"] is None
        assert stage["fold_rank_correlation"] is None
        assert all(one["top_folds"] is None for one in stage["features"].values())


def test_drift_is_that_of_the_audit(
    found: tuple[dict[str, Any], dict[str, Any]], ground: tuple[Config, Prepared, Bundle]
) -> None:
    """PSI of each feature by hand: ten quantile bins of train, shares of at least 1e-4."""
    result, analysis = found
    _, prepared, _ = ground
    assert set(analysis["drift_psi"]) == {"sweep", "gate", "holdout"}
    window, train = prepared.windows["gate"], prepared.windows["train"]
    name = "volatility_20" if "volatility_20" in prepared.features.names else prepared.features.names[0]
    values = prepared.features.values[:, prepared.features.names.index(name)]
    known = values[prepared.features.warmup_bars : train.stop]
    edges = [-np.inf, *np.unique(np.quantile(known, np.arange(1, 10) / 10)), np.inf]
    psi = 0.0
    for low, high in itertools.pairwise(edges):
        p, q = (
            max(1e-4, np.mean((some >= low) & (some < high))) for some in (known, values[window.start : window.stop])
        )
        psi += (q - p) * np.log(q / p)
    assert analysis["drift_psi"]["gate"][name] == pytest.approx(psi)
    assert "<h2>Drift" in (result["folder"] / "report.html").read_text()


def test_the_loop_gets_a_list_without_the_protected(found: tuple[dict[str, Any], dict[str, Any]]) -> None:
    summary = found[1]
    everything = droppable(summary, 1.1, summary["protected"])
    assert everything == [name for name in summary["features"] if name not in PROTECTED]
    assert set(summary["protected"]) == {"is_asian_session", "is_london_session", "is_ny_session"}


def test_without_models_it_says_what_to_do(small_job: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ModelCompatibilityError, match=r"found none; train them: run.py mode=train"):
        small_job.run("mode=analyze", f"paths.train={tmp_path / 'none'}")
