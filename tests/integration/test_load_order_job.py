"""`load_order=original`: a window by pickle, ONNX or raw pickle beside the compiled trees, never in silence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from novosky.features.build import feature_hash
from novosky.models.bundle.bundle import load_bundle
from novosky.models.bundle.manifest import manifest_hash
from novosky.models.inspection.load_order import AGREEMENT
from novosky.models.inspection.pickles import pickle_name, read_pickle, write_pickles
from support.refusals import Refusals
from support.small_job import Workspace
from support.turned import Turned

ORIGINAL = ("mode=backtest", "report.html=false", "load_order=original")
VOTERS = ("forest", "xgboost", "lightgbm")
BOTH = [(stage, voter) for stage in ("signal", "position") for voter in VOTERS]


@pytest.fixture
def job(small_job: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the trained set and its pickles."""
    copy = Workspace(tmp_path / "job", small_job.data, small_job.compose)
    shutil.copytree(small_job.train, copy.train)
    copy.first = small_job.first
    return copy


def sources(result: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(voter["stage"], voter["voter"]): voter["source"] for voter in result["load_order"]["voters"]}


def fallbacks(result: dict[str, Any]) -> list[str]:
    return [fallback for voter in result["load_order"]["voters"] for fallback in voter["fallbacks"]]


def agrees(result: dict[str, Any], job: Workspace) -> None:
    """Another backend, the same votes, trades and golden answers."""
    votes = result["load_order"]["window_votes"]
    assert votes["bars"] == result["window"]["bars"]
    assert (votes["differing"], votes["largest_difference"] < AGREEMENT) == (0, True)
    assert all(voter["golden_difference"] < AGREEMENT for voter in result["load_order"]["voters"])
    for figure in ("trades", "expectancy_r", "exits", "why_no_trade"):
        assert result["judged"][figure] == job.first["judged"][figure]


def test_pickles_answer_first_and_the_result_says_so(job: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    result = job.run(*ORIGINAL)
    assert sources(result) == dict.fromkeys(BOTH, "calibrated pickle")
    assert fallbacks(result) == []
    assert caplog.text == ""
    agrees(result, job)
    (said,) = (warning for warning in result["warnings"] if "load_order" in warning)
    assert "this is not what trades" in said
    assert "inside open positions" in said
    assert "calibrated pickle: signal forest" in said
    assert "load_order" not in job.run("mode=backtest", "report.html=false")


def test_the_whole_job_may_be_judged_so_too(small_job: Workspace) -> None:
    """It reads the set that it has just trained, whatever `models` names."""
    other = small_job.sibling("original-order", with_models=False)
    off = [f"stage.{stage}.enabled=false" for stage in ("position", "sltp", "risk")]
    result = other.run("mode=run", "report.html=false", "load_order=original", "models=elsewhere", *off)
    assert sources(result) == {("signal", voter): "onnx" for voter in VOTERS}


def test_without_pickles_onnx_answers_and_each_fallback_is_announced(
    job: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(job.train / "pickles")
    result = job.run(*ORIGINAL)
    assert sources(result) == dict.fromkeys(BOTH, "onnx")
    agrees(result, job)
    assert len(fallbacks(result)) == len(BOTH)
    for fallback, (stage, voter) in zip(fallbacks(result), BOTH, strict=True):
        assert f"{voter}: no calibrated pickle: {job.train / 'pickles' / stage}" in fallback
        assert "mode=train train.pickles=true" in fallback
        assert fallback in caplog.text


def test_one_missing_pickle_is_one_fallback(job: Workspace) -> None:
    (job.train / "pickles" / "position" / pickle_name("xgboost", "position", calibrated=True)).unlink()
    result = job.run(*ORIGINAL)
    assert sources(result) == dict.fromkeys(BOTH, "calibrated pickle") | {("position", "xgboost"): "onnx"}
    assert len(fallbacks(result)) == 1


def test_raw_pickles_are_the_last_resort(job: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    for file in (job.train / "pickles").rglob("*_calibrated.pkl"):
        file.unlink()
    result = job.run(*ORIGINAL)
    assert sources(result) == dict.fromkeys(BOTH, "raw pickle")
    assert len(fallbacks(result)) == 2 * len(BOTH)
    agrees(result, job)


def test_no_source_at_all_is_refused(
    job: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    shutil.rmtree(job.train / "pickles")
    line = Refusals(monkeypatch, capsys, tmp_path)(*job.overrides(*ORIGINAL))
    assert line.startswith("the forest voter has no source left in the original's load order; tried: ")
    assert "uv sync --extra onnx" in line


def test_votes_that_differ_are_counted_and_said(job: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    """Pickles of models that mistake BUY for SELL."""
    names = tuple(job.compose(*job.overrides("mode=backtest")).features.names)
    model = load_bundle(job.train, ("signal",), names, feature_hash(names)).signal
    folder, made_for = job.train / "pickles" / "signal", manifest_hash(job.train / "signal")
    turned = {
        name: (Turned(read_pickle(folder, pickle_name(name, "signal", calibrated=False), made_for)), calibrator)
        for name, calibrator in zip(model.names, model.calibrators, strict=True)
    }
    write_pickles(folder, "signal", turned, made_for)
    result = job.run(*ORIGINAL)
    votes = result["load_order"]["window_votes"]
    assert 0 < votes["differing"] <= votes["bars"]
    assert votes["largest_difference"] > AGREEMENT
    assert (
        f"load_order=original: {votes['differing']} of {votes['bars']} votes differ from the compiled trees'"
        in (result["warnings"])
    )
    assert result["judged"]["expectancy_r"] != job.first["judged"]["expectancy_r"], "the figures are the pickles' own"
    assert "forest: the calibrated pickle answers its golden rows otherwise" in caplog.text
    assert max(voter["golden_difference"] for voter in result["load_order"]["voters"]) > AGREEMENT


def test_out_of_fold_predictions_are_stored_so_nothing_changes(job: Workspace) -> None:
    window = ("report.html=false", "window=train_oof")
    result = job.run(*ORIGINAL, "window=train_oof")
    assert result["load_order"]["window_votes"] is None
    assert any("changes nothing on train_oof" in warning for warning in result["warnings"])
    assert result["judged"] == job.run("mode=backtest", *window)["judged"]


def test_the_comparison_is_a_look_of_its_own(job: Workspace) -> None:
    assert job.run("mode=backtest", "report.html=false")["volatile"]["looks"] == 1
    result = job.run(*ORIGINAL)
    assert result["volatile"]["looks"] == 2
    differing = {name for name, digest in job.first["fingerprints"].items() if result["fingerprints"][name] != digest}
    assert differing == {"load_order", "whole"}


def test_what_is_not_asked_for_imports_no_pickles() -> None:
    code = (
        "import sys, novosky.modes.backtest, novosky.modes.run\n"
        "able = {'novosky.models.inspection.pickles', 'novosky.models.inspection.load_order', "
        "'joblib', 'cloudpickle', 'onnxruntime'}\n"
        "found = able & sys.modules.keys()\n"
        "sys.exit(f'imported: {found}' if found else 0)"
    )
    found = subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
