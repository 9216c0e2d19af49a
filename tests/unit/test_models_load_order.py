"""Calibrated pickle, else ONNX, else raw pickle; no fallback in silence."""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from novosky.errors import ModelCompatibilityError
from novosky.models.bundle.golden import TOLERANCE
from novosky.models.bundle.manifest import manifest_hash, write_manifest
from novosky.models.inspection.load_order import LoadedVoter, load_by_original_order
from novosky.models.inspection.onnx_export import voter_to_onnx
from novosky.models.inspection.pickles import write_pickles
from novosky.models.trees.calibration import Calibrator, calibrate, fit_calibrator
from novosky.models.trees.voters import VOTERS, Voter, fit_voter
from support.signal_rows import stage, training_rows

ROWS = training_rows(1000)
GOLDEN = ROWS.x[::10]


@functools.cache
def trained() -> dict[str, tuple[Voter, Calibrator]]:
    voters = {name: fit_voter(name, ROWS.x, ROWS.y, stage(), 5, 1, "cpu") for name in VOTERS}
    return {name: (voter, fit_calibrator("sigmoid", voter.predict(ROWS.x), ROWS.y)) for name, voter in voters.items()}


class Bundle:
    """A stage folder with ONNX files and a manifest, the pickles beside it, and the compiled trees' golden answers."""

    def __init__(self, folder: Path) -> None:
        self.stage, self.pickles = folder / "signal", folder / "pickles" / "signal"
        self.stage.mkdir()
        for name, (voter, calibrator) in trained().items():
            graph = voter_to_onnx(voter.trees, voter.link, voter.base, calibrator, GOLDEN.shape[1])
            (self.stage / f"{name}.onnx").write_bytes(graph)
        write_manifest(self.stage, "signal", {})
        write_pickles(self.pickles, "signal", trained(), manifest_hash(self.stage))
        self.answers = np.stack(
            [calibrate(calibrator, voter.predict(GOLDEN)) for voter, calibrator in trained().values()]
        )

    def load(self, answers: np.ndarray | None = None) -> list[LoadedVoter]:
        expected = self.answers if answers is None else answers
        calibrators = [calibrator for _, calibrator in trained().values()]
        return load_by_original_order(VOTERS, self.stage, self.pickles, GOLDEN, expected, calibrators)


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return Bundle(tmp_path)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def sources(loaded: Sequence[LoadedVoter]) -> list[str]:
    return [voter.source for voter in loaded]


def answers_well(bundle: Bundle, loaded: Sequence[LoadedVoter]) -> None:
    for voter, answers in zip(loaded, bundle.answers, strict=True):
        difference = np.max(np.abs(voter.predict(GOLDEN) - answers))
        assert voter.golden_difference == difference < TOLERANCE


def test_whole_bundles_load_their_calibrated_pickles_without_a_word(
    bundle: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    loaded = bundle.load()
    assert [voter.name for voter in loaded] == list(VOTERS)
    assert sources(loaded) == ["calibrated pickle"] * 3
    assert all(voter.fallbacks == () for voter in loaded)
    answers_well(bundle, loaded)
    assert caplog.text == ""


def test_each_voter_falls_back_by_itself_and_says_why(bundle: Bundle, caplog: pytest.LogCaptureFixture) -> None:
    (bundle.pickles / "rf_signal_calibrated.pkl").unlink()
    flip(bundle.pickles / "xgb_signal_calibrated.pkl")
    flip(bundle.stage / "xgboost.onnx")
    loaded = bundle.load()
    assert sources(loaded) == ["onnx", "raw pickle", "calibrated pickle"]
    answers_well(bundle, loaded)
    (missing,), (changed, no_onnx), none = (voter.fallbacks for voter in loaded)
    assert "rf_signal_calibrated.pkl: missing" in missing
    assert "xgb_signal_calibrated.pkl: edited or damaged" in changed
    assert "xgboost.onnx: edited or damaged" in no_onnx
    assert none == ()
    for sentence in (missing, changed, no_onnx):
        assert sentence in caplog.text


def test_no_pickles_at_all_leaves_onnx(bundle: Bundle) -> None:
    for file in bundle.pickles.iterdir():
        file.unlink()
    loaded = bundle.load()
    assert sources(loaded) == ["onnx"] * 3
    answers_well(bundle, loaded)


def test_pickles_of_another_training_are_not_used(bundle: Bundle) -> None:
    write_pickles(bundle.pickles, "signal", trained(), "0" * 64)
    loaded = bundle.load()
    assert sources(loaded) == ["onnx"] * 3
    assert all("pickles of another model" in voter.fallbacks[0] for voter in loaded)


def test_without_the_runtime_the_raw_pickle_is_left(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    (bundle.pickles / "lgb_signal_calibrated.pkl").unlink()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    loaded = bundle.load()
    assert sources(loaded) == ["calibrated pickle", "calibrated pickle", "raw pickle"]
    assert "uv sync --extra onnx" in loaded[2].fallbacks[1]
    answers_well(bundle, loaded)


def test_no_source_left_lists_what_was_tried(bundle: Bundle) -> None:
    for file in bundle.pickles.glob("lgb_*"):
        file.unlink()
    (bundle.stage / "lightgbm.onnx").unlink()
    with pytest.raises(ModelCompatibilityError, match="the lightgbm voter has no source left") as refusal:
        bundle.load()
    for file in ("lgb_signal_calibrated.pkl", "lightgbm.onnx", "lgb_signal.pkl"):
        assert f"{file}: missing" in str(refusal.value)


def test_other_golden_answers_are_measured_and_announced(bundle: Bundle, caplog: pytest.LogCaptureFixture) -> None:
    answers = bundle.answers.copy()
    answers[1, 3, 0] += 0.25
    with caplog.at_level(logging.WARNING):
        loaded = bundle.load(answers)
    assert loaded[1].golden_difference == pytest.approx(0.25, abs=1e-5)
    assert "xgboost: the calibrated pickle answers its golden rows otherwise" in caplog.text
    assert "forest: the calibrated" not in caplog.text
